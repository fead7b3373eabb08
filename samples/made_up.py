"""Made-up people, firms, addresses and numbers. Any likeness is chance; telephone numbers are of the range kept for fiction."""

import datetime

FIRST = ["Marisol", "Dorian", "Imke", "Thaddeus", "Oluwaseun", "Priya", "Calliope", "Bram", "Yevgenia", "Lucinda", "Mateo", "Harriet",
         "Noor", "Ezekiel", "Saskia", "Wendell", "Aiko", "Florence", "Ravindra", "Beatrix", "Tobias", "Annelise", "Cormac", "Delphine"]
LAST = ["Quillfeather", "Hartsvale", "Brambleton", "Okonmarsh", "Vandermolen", "Tressilian", "Pemberwick", "Lindqvist", "Castellanoz",
        "Dunmore", "Ashgrove", "Feldspar", "Marchetti", "Rookwood", "Silverthorne", "Nakagawa", "Hollowell", "Abernathy", "Zielinski",
        "Garrowby", "Whitlock", "Estrada", "Thornbury", "Moreau"]
STREETS = ["Juniper Hollow Rd", "Copperfield Avenue", "Old Mill Lane", "Larkspur Court", "Tanager Street", "Granite Pass Blvd", "Willowmere Dr",
           "Harbor Light Way", "Cedar Bluff Road", "Sandpiper Terrace", "N Orchard St", "Fox Meadow Ln", "East 14th Street", "Peachtree Loop"]
CITIES = [("Maplewood", "OH", "44107"), ("Cedar Falls", "IA", "50613"), ("Brookhaven", "GA", "30319"), ("Ashford", "CT", "06278"),
          ("Riverton", "UT", "84065"), ("Silver Spring", "MD", "20901"), ("Pine Bluff", "AR", "71601"), ("Lakeview", "OR", "97630"),
          ("Bellhaven", "NC", "27810"), ("Franklin", "PA", "16323"), ("Oakdale", "CA", "95361"), ("Greenfield", "IN", "46140"),
          ("Marlborough", "MA", "01752"), ("Hartwell", "MI", "48103"), ("Newbridge", "NJ", "07621"), ("Kingsport", "VA", "24201")]
FIRMS = ["Bluestem Analytics", "Harrowgate Tool & Die", "Tidewater Dental Group", "Copper Kettle Foods", "Northlight Freight", "Larkin & Poole",
         "Summit Ridge Roofing", "Ivory Lantern Media", "Pinecrest Logistics", "Redwood Orchard Supply", "Meridian Glassworks",
         "Osprey Point Marina", "Thistledown Textiles", "Granite Bay Plumbing"]
SUFFIX = {"en": ["LLC", "Inc.", "Corp", "Ltd", "Co."], "de": ["GmbH", "AG", "e.K.", "GmbH & Co. KG"], "fr": ["SARL", "SAS", "SA"],
          "es": ["S.L.", "S.A."], "nl": ["B.V.", "N.V."]}
BANKS = ["First Prairie Bank", "Harbor Mutual Savings Bank", "Silver Creek Credit Union", "Commonwealth Valley Bank", "Evergreen Trust Bank",
         "Lakeshore Community Bank", "Bank of Tallgrass", "Ironwood National Bank"]
WORLD = {
    "de": (["Bahnhofstraße", "Lindenallee", "Am Mühlbach", "Goethestraße", "Hafenweg"], [("30159", "Hannover"), ("50667", "Köln"), ("80331", "München"),
           ("20095", "Hamburg")], ["Falkenberg Technik", "Brückner Werkzeuge", "Sonnwald Möbel", "Nordhafen Logistik", "Ritterhude Elektro"]),
    "fr": (["rue des Tilleuls", "avenue du Moulin", "boulevard Carnot", "place du Marché"], [("69002", "Lyon"), ("33000", "Bordeaux"),
           ("59800", "Lille"), ("44000", "Nantes")], ["Atelier Beaumarin", "Papeterie Valloire", "Menuiserie Clairbois", "Hexatel Services"]),
    "es": (["Calle de la Rosa", "Avenida del Puerto", "Calle Mayor", "Plaza Nueva"], [("28013", "Madrid"), ("46002", "Valencia"),
           ("41001", "Sevilla"), ("08002", "Barcelona")], ["Suministros Albarán", "Construcciones Peñalara", "Distribuciones Olmedo", "Gráficas Tormes"]),
    "nl": (["Keizerslaan", "Molenweg", "Dorpsstraat", "Havenkade"], [("1012 AB", "Amsterdam"), ("3511 CD", "Utrecht"), ("5611 EF", "Eindhoven"),
           ("9711 GH", "Groningen")], ["Van Rietveld Fietsen", "Duinzicht Handel", "Polderlicht Techniek", "De Groene Kas"]),
}


def person(rng, middle=0.4):
    first, last = rng.choice(FIRST), rng.choice(LAST)
    initial = f" {rng.choice('ABCDEGHJKLMNPRST')}" if rng.random() < middle else ""
    return first + initial, last


def us_address(rng):
    """(street lines, 'City, ST 12345')."""
    street = f"{rng.randint(10, 9899)} {rng.choice(STREETS)}"
    lines = [street]
    if rng.random() < 0.3:
        unit = f"{rng.choice(['Apt', 'Suite', 'Unit'])} {rng.randint(1, 40)}{rng.choice(['', 'B', 'C'])}"
        lines = [f"{street}, {unit}"] if rng.random() < 0.5 else [street, unit]
    return lines, us_city(rng)


def us_city(rng):
    city, state, zip_code = rng.choice(CITIES)
    if rng.random() < 0.3:
        zip_code += f"-{rng.randint(1000, 9999)}"
    return f"{city}, {state} {zip_code}", state


def firm(rng, language="en"):
    names = FIRMS if language == "en" else WORLD[language][2]
    return f"{rng.choice(names)} {rng.choice(SUFFIX[language])}"


def world_address(rng, language):
    streets, cities, _ = WORLD[language]
    street, (code, city), house = rng.choice(streets), rng.choice(cities), rng.randint(1, 240)
    line = f"{house} {street}" if language == "fr" else f"{street}, {house}" if language == "es" else f"{street} {house}"
    return [line, f"{code} {city}"]


def ssn(rng):
    return f"{rng.choice([n for n in range(100, 772) if n != 666]):03}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}"


def ein(rng):
    return f"{rng.choice([20, 26, 27, 45, 46, 47, 81, 82, 83, 84])}-{rng.randint(1000000, 9999999)}"


def phone(rng):
    area = rng.choice([206, 312, 415, 512, 614, 703, 813, 919])
    form = rng.choice(["({}) 555-01{:02}", "{}-555-01{:02}", "1-{}-555-01{:02}", "{}.555.01{:02}"])
    return form.format(area, rng.randint(0, 99))


def digits(rng, n):
    return "".join(str(rng.randint(0 if i else 1, 9)) for i in range(n))


def routing(rng):
    """Nine digits with a right checksum, of a district that exists."""
    while True:
        text = f"{rng.choice([1, 4, 5, 7, 10, 11, 12, 21, 25, 27, 31]):02}{rng.randint(100000, 999999)}"
        total = sum(int(d) * w for d, w in zip(text, [3, 7, 1] * 3))
        return text + str(-total % 10)


def iban(rng, country):
    body = {"DE": 18, "NL": 10, "FR": 23, "ES": 20, "GB": 14}[country]
    letters = {"NL": "NOVB", "GB": "NOVB"}.get(country, "")
    account = letters + digits(rng, body if country not in ("NL", "GB") else body)
    value = int("".join(str(int(c, 36)) for c in account + country + "00"))
    return f"{country}{98 - value % 97:02}{account}"


def grouped(text, n=4):
    return " ".join(text[i:i + n] for i in range(0, len(text), n))


def day(rng, year_from=2018, year_to=2025):
    start = datetime.date(year_from, 1, 1)
    return start + datetime.timedelta(days=rng.randint(0, (datetime.date(year_to, 12, 28) - start).days))


MONTHS = {
    "en": "January February March April May June July August September October November December".split(),
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split(),
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split(),
    "nl": "januari februari maart april mei juni juli augustus september oktober november december".split(),
}


def write_date(date, form):
    """A date in one of the forms `FORMS` of its country."""
    language, _, pattern = form.partition(":")
    return date.strftime(pattern).replace("{B}", MONTHS[language][date.month - 1]).replace("{b}", MONTHS[language][date.month - 1][:3]) \
        .replace("{d}", str(date.day)).replace("{m}", str(date.month))


FORMS = {
    "us": ["en:%m/%d/%Y", "en:{B} {d}, %Y", "en:{b} {d}, %Y", "en:{m}/{d}/%y", "en:%Y-%m-%d", "en:{b} %d %Y"],
    "uk": ["en:%d/%m/%Y", "en:{d} {B} %Y", "en:%d {b} %Y", "en:%d-{b}-%Y"],
    "de": ["de:%d.%m.%Y", "de:{d}. {B} %Y", "de:%d.%m.%y"],
    "fr": ["fr:%d/%m/%Y", "fr:{d} {B} %Y"],
    "es": ["es:%d/%m/%Y", "es:{d} de {B} de %Y", "es:%d-%m-%Y"],
    "nl": ["nl:%d-%m-%Y", "nl:{d} {B} %Y"],
}
