"""Pages that are none of the known types, some of them near neighbours: letters, a pay stub, forms W-9, 1099-G
and 1098-T, a card."""

from made_up import day, digits, ein, firm, person, phone, ssn, us_address
from sheet import LETTER, PROSE, Sheet, money, some_family

PARAGRAPHS = ["Thank you for your letter of last week. We have read it with care and discussed it at our last meeting.", "The committee agreed that the footpath behind the orchard should be repaired before the winter, and that the gate "
              "at its lower end should stay open during the day.", "You are invited to join us for the annual gathering at the town hall. Coffee and cake will be served, and the choir has promised to sing.",
              "Please let us know whether you can take part in the working group. A short note to the address above is enough.", "We are sorry for the inconvenience that the works on the bridge have caused, and hope that they will be finished soon."]


def letter(rng, page):
    page.text(306, 40, firm(rng).rsplit(" ", 1)[0] + " Residents Association", 15, bold=True, align="center")
    street, (city, _) = us_address(rng)
    page.text(306, 60, ", ".join([*street, city]), 9, align="center")
    name = " ".join(person(rng))
    to, (to_city, _) = us_address(rng)
    date = day(rng)
    y = page.block(72, 110, [f"{date:%B} {date.day}, {date.year}", "", name, *to, to_city, "", f"Dear {name.split()[0]},", ""], 11)
    for text in rng.sample(PARAGRAPHS, 4):
        y = page.paragraph(72, y, text, 460, 11, 1.4) + 9
    page.block(72, y + 10, ["Yours sincerely,", "", "", " ".join(person(rng)), "Secretary"], 11)
    return "a letter"


def pay_stub(rng, page):
    gross = rng.randint(150_000, 600_000)
    page.text(40, 36, firm(rng), 13, bold=True)
    page.text(572, 36, "Earnings Statement", 15, bold=True, align="right")
    date = day(rng)
    page.block(380, 64, [f"Pay Date: {date:%m/%d/%Y}", f"Period Ending: {date:%m/%d/%Y}", f"Employee ID: {digits(rng, 6)}"], 9)
    street, (city, _) = us_address(rng)
    page.block(40, 64, [" ".join(person(rng)), *street, city], 10)
    y = 140
    for title, rows in [("Earnings", [("Regular", gross), ("Overtime", gross // 12)]), ("Deductions", [("Federal Income Tax", -gross // 9), ("Social Security Tax", -gross * 62 // 1000), ("Medicare Tax", -gross * 145 // 10000), ("401(k)", -gross // 20)])]:
        page.box(40, y, 532, 16, 0, fill=(225, 228, 234))
        page.text(46, y + 3, title, 9.5, bold=True)
        page.text(440, y + 3, "this period", 9, align="right")
        page.text(566, y + 3, "year to date", 9, align="right")
        y += 20
        for label, cents in rows:
            page.text(46, y, label, 9)
            page.text(440, y, money(cents), 9, align="right")
            page.text(566, y, money(cents * 7), 9, align="right")
            y += 14
        y += 8
    page.text(46, y, "Net Pay", 11, bold=True)
    page.text(440, y, money(gross * 7 // 10, sign="$"), 11, bold=True, align="right")
    return "a pay stub"


def w9(rng, page):
    page.text(40, 36, "Form W-9", 16, bold=True)
    page.text(306, 38, "Request for Taxpayer", 14, bold=True, align="center")
    page.text(306, 55, "Identification Number and Certification", 14, bold=True, align="center")
    page.paragraph(470, 38, "Give form to the requester. Do not send to the IRS.", 100, 8, bold=True)
    name = " ".join(person(rng))
    street, (city, _) = us_address(rng)
    y = 84
    for label, value in [("1 Name of entity/individual. An entry is required.", name), ("2 Business name/disregarded entity name, if different from above.", ""), ("3a Check the appropriate box for federal tax classification", "Individual/sole proprietor"),
                         ("5 Address (number, street, and apt. or suite no.).", ", ".join(street)), ("6 City, state, and ZIP code", city), ("7 List account number(s) here (optional)", "")]:
        page.cell(40, y, 532, 34, label, value, points=7.5)
        y += 34
    page.text(40, y + 14, "Part I   Taxpayer Identification Number (TIN)", 11, bold=True)
    page.cell(380, y + 32, 192, 34, "Social security number", ssn(rng), points=7.5)
    page.text(40, y + 84, "Part II   Certification", 11, bold=True)
    page.paragraph(40, y + 102, "Under penalties of perjury, I certify that: 1. The number shown on this form is my correct taxpayer identification number, and 2. I am not subject to backup withholding, and 3. I am a U.S. citizen or other U.S. person.", 532, 9)
    return "form W-9"


def form_1099g(rng, page):
    """A neighbour of the known 1099 forms."""
    x, y = 36, 50
    page.checkbox(x + 200, y - 14, 9, False)
    page.text(x + 214, y - 14, "CORRECTED (if checked)", 8)
    street, (city, state) = us_address(rng)
    payer, (payer_city, _) = us_address(rng)
    page.cell(x, y, 236, 84, "PAYER'S name, street address, city or town, state or province, country, ZIP or foreign postal code, and telephone no.", ["Department of Labor", *payer, payer_city, phone(rng)], value_points=8.8)
    page.cell(x, y + 84, 118, 28, "PAYER'S TIN", ein(rng))
    page.cell(x + 118, y + 84, 118, 28, "RECIPIENT'S TIN", ssn(rng))
    page.cell(x, y + 112, 236, 28, "RECIPIENT'S name", " ".join(person(rng)))
    page.cell(x, y + 140, 236, 28, "Street address (including apt. no.)", ", ".join(street))
    page.cell(x, y + 168, 236, 28, "City or town, state or province, country, and ZIP or foreign postal code", city)
    page.cell(x, y + 196, 236, 28, "Account number (see instructions)", digits(rng, 8))
    labels = [("1 Unemployment compensation", rng.randint(100_000, 900_000)), ("2 State or local income tax refunds, credits, or offsets", None), ("3 Box 2 amount is for tax year", None), ("4 Federal income tax withheld", rng.randint(10_000, 90_000)),
              ("5 RTAA payments", None), ("6 Taxable grants", None), ("7 Agriculture payments", None), ("9 Market gain", None)]
    for i, (label, cents) in enumerate(labels):
        page.cell(x + 236, y + i * 28, 130, 28, label, money(cents) if cents else "", dollar=True, align="right")
    page.text(x + 380, y + 4, "OMB No. 1545-0120", 7)
    page.text(x + 380, y + 16, "Form 1099-G", 12, bold=True)
    page.paragraph(x + 380, y + 40, "Certain Government Payments", 140, 12, bold=True)
    page.text(x + 530, y + 90, "Copy B For Recipient", 9, bold=True, align="right")
    return "form 1099-G"


def form_1098t(rng, page):
    """A neighbour of form 1098."""
    x, y = 36, 50
    street, (city, _) = us_address(rng)
    school, (school_city, _) = us_address(rng)
    page.cell(x, y, 250, 80, "FILER'S name, street address, city or town, state or province, country, ZIP or foreign postal code, and telephone number",
              ["Lakeview Valley College", *school, school_city, phone(rng)], value_points=8.8)
    page.cell(x, y + 80, 125, 28, "FILER'S employer identification no.", ein(rng))
    page.cell(x + 125, y + 80, 125, 28, "STUDENT'S TIN", ssn(rng))
    page.cell(x, y + 108, 250, 28, "STUDENT'S name", " ".join(person(rng)))
    page.cell(x, y + 136, 250, 28, "Street address (including apt. no.)", ", ".join(street))
    page.cell(x, y + 164, 250, 28, "City or town, state or province, country, and ZIP or foreign postal code", city)
    labels = [("1 Payments received for qualified tuition and related expenses", rng.randint(300_000, 3_000_000)), ("2", None),
              ("4 Adjustments made for a prior year", None), ("5 Scholarships or grants", rng.randint(50_000, 900_000)), ("10 Ins. contract reimb./refund", None)]
    for i, (label, cents) in enumerate(labels):
        page.cell(x + 250, y + i * 32, 140, 32, label, money(cents) if cents else "", dollar=True, align="right")
    page.text(x + 400, y + 4, "OMB No. 1545-1574", 7)
    page.text(x + 400, y + 16, "Form 1098-T", 12, bold=True)
    page.text(x + 470, y + 40, "Tuition Statement", 12, bold=True, align="center")
    page.text(x + 530, y + 90, "Copy B For Student", 9, bold=True, align="right")
    return "form 1098-T"


def business_card(rng, page):
    page.image = page.image.crop((0, 0, round(252 * page.k), round(144 * page.k)))
    page.draw = type(page.draw)(page.image)
    page.text(20, 22, " ".join(person(rng)), 15, bold=True)
    page.text(20, 42, rng.choice(["Head of Gardens", "Senior Surveyor", "Piano Tuner"]), 9)
    street, (city, _) = us_address(rng)
    page.block(20, 80, [phone(rng), "hello@example.com", ", ".join([*street, city])], 8)
    return "a business card"


def make(rng, layout=None, dpi=150):
    kinds = {"letter": letter, "pay-stub": pay_stub, "w9": w9, "1099-G": form_1099g, "1098-T": form_1098t, "business-card": business_card}
    page = Sheet(LETTER, dpi, some_family(rng, PROSE))
    notes = kinds[layout or rng.choice(list(kinds))](rng, page)
    return [page.image], "other", {}, notes
