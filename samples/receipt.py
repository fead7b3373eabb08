"""Receipts of shops and restaurants: a narrow slip, mostly typed, in English, French, Spanish, German and Malaysian English."""

from made_up import FORMS, day, digits, firm, phone, us_address, world_address, write_date
from sheet import TYPED, Sheet, money, number, some_family

WORDS = {
    "us": dict(subtotal=["SUBTOTAL", "Subtotal", "SUB TOTAL"], tax=["TAX", "Sales Tax", "TAX 7.25%"], total=["TOTAL", "Total", "TOTAL DUE"], tip=["TIP", "Gratuity"], cash=["CASH", "Cash Tendered"],
               change=["CHANGE", "Change Due"], card=["VISA", "MASTERCARD", "AMEX"], number=["Receipt #", "Trans #", "Check #", "Order"], discount=["Discount", "Coupon"], currency="USD", symbol="$", forms="us",
               thanks=["THANK YOU!", "Thank you for shopping with us", "PLEASE COME AGAIN"]),
    "my": dict(subtotal=["Sub Total", "Total Excl. GST"], tax=["GST 6%", "Total GST"], total=["TOTAL", "Total Sales (Incl GST)", "Nett Total", "GRAND TOTAL"], tip=[""], cash=["CASH", "Cash"], change=["CHANGE", "Change"],
               card=["VISA CARD"], number=["Invoice No", "Receipt No:", "Bill No:", "Doc No."], discount=["Discount", "Disc"], currency="MYR", symbol="RM", forms="uk",
               thanks=["THANK YOU. PLEASE COME AGAIN", "Goods sold are not returnable"]),
    "fr": dict(subtotal=["SOUS-TOTAL", "Total HT"], tax=["TVA 10%", "TVA"], total=["TOTAL TTC", "TOTAL", "A PAYER"], tip=[""], cash=["ESPECES"], change=["RENDU", "Rendu monnaie"], card=["CB", "CARTE BANCAIRE"],
               number=["Ticket n°", "N°"], discount=["Remise"], currency="EUR", symbol="€", forms="fr", thanks=["MERCI DE VOTRE VISITE", "A bientôt"]),
    "es": dict(subtotal=["SUBTOTAL", "Base imponible"], tax=["IVA 10%", "IVA"], total=["TOTAL", "TOTAL EUR"], tip=[""], cash=["EFECTIVO"], change=["CAMBIO"], card=["TARJETA"], number=["Ticket", "Factura simplificada"],
               discount=["Dto."], currency="EUR", symbol="€", forms="es", thanks=["GRACIAS POR SU VISITA"]),
    "de": dict(subtotal=["Zwischensumme", "Netto"], tax=["MwSt 19%", "USt."], total=["SUMME", "Gesamtbetrag", "SUMME EUR"], tip=[""], cash=["BAR", "Bar gegeben"], change=["Rückgeld"], card=["EC-Karte", "girocard"],
               number=["Bon-Nr.", "Beleg"], discount=["Rabatt"], currency="EUR", symbol="€", forms="de", thanks=["Vielen Dank für Ihren Einkauf"]),
}
GOODS = {
    "us": ["LG COFFEE BLK", "Turkey Club", "ORG BANANAS", "Paper Towels 6pk", "CHIPS BBQ", "House Salad", "GREEK YOGURT", "AA Batteries", "Iced Tea", "MILK 2% GAL", "Caesar Wrap", "BREAD WHEAT"],
    "my": ["NASI LEMAK AYAM", "TEH TARIK", "KOPI O", "A4 PAPER 80GSM", "ROTI CANAI", "MINERAL WATER 1.5L", "WALL PLUG 8MM", "PVC PIPE 20MM", "MEE GORENG", "CABLE TIE 100PCS"],
    "fr": ["Café crème", "Croque-monsieur", "Eau gazeuse 50cl", "Tarte citron", "Menu du jour", "Baguette", "Vin rouge 25cl"],
    "es": ["Café con leche", "Tortilla española", "Agua mineral", "Bocadillo jamón", "Ensalada mixta", "Cerveza", "Pan"],
    "de": ["Brötchen", "Kaffee groß", "Bio Milch 1L", "Apfelschorle", "Schnitzel", "Butterbrezel", "Wasser 0,7l"],
}


def values(rng, country):
    w = {k: rng.choice(v) if isinstance(v, list) else v for k, v in WORDS[country].items()}
    items = []
    for text in rng.sample(GOODS[country], rng.randint(1, 7)):
        quantity, price = rng.choice([1, 1, 1, 2, 3]), rng.randint(80, 2_600)
        items.append({"text": text, "quantity": quantity, "price": price, "amount": quantity * price})
    net = sum(i["amount"] for i in items)
    discount = net // 10 if rng.random() < 0.15 else 0
    tax = (net - discount) * {"us": 725, "my": 600, "fr": 1000, "es": 1000, "de": 1900}[country] // 10000
    tip = (net * 18 // 100) if country == "us" and rng.random() < 0.2 else 0
    total = net - discount + tax + tip
    rounding = (total + 2) // 5 * 5 - total if country == "my" else 0
    total += rounding
    cash = rng.random() < 0.5
    tendered = -(-total // 1000) * 1000
    english = country in ("us", "my")
    address = (lambda a: [*a[0], a[1][0]])(us_address(rng)) if english else world_address(rng, country)
    hour, minute = rng.randint(7, 21), rng.randint(0, 59)
    return dict(w=w, country=country, items=items, net=net, discount=discount, tax=tax, tip=tip, rounding=rounding, total=total, cash=cash, tendered=tendered, merchant=firm(rng, "en" if english else country),
                address=address, phone=phone(rng), id=digits(rng, rng.choice([4, 6, 8])), date=day(rng), form=rng.choice(FORMS[w["forms"]][:4]), hour=hour, minute=minute,
                last4=digits(rng, 4), style="en" if english else "de" if country in ("de", "es") else "fr")


def labels(d):
    fields = {"merchant_name": d["merchant"], "merchant_address": ", ".join(d["address"]), "merchant_phone": d["phone"], "receipt_id": d["id"], "date": d["date"].isoformat(),
              "time": f"{d['hour']:02}:{d['minute']:02}", "currency": d["w"]["currency"], "subtotal": number(d["net"] - d["discount"]), "tax_total": number(d["tax"]), "total": number(d["total"]),
              "payment_method": d["w"]["cash"].split()[0] if d["cash"] else d["w"]["card"]}
    if d["discount"]:
        fields["discount"] = number(d["discount"])
    if d["rounding"]:
        fields["rounding"] = number(d["rounding"])
    if d["tip"]:
        fields["tip"] = number(d["tip"])
    if d["cash"]:
        fields["change"] = number(d["tendered"] - d["total"])
    else:
        fields["card_last4"] = d["last4"]
    fields["items"] = [{"description": i["text"], "quantity": i["quantity"], "amount": number(i["amount"])} for i in d["items"]]
    fields["n_items"] = len(d["items"])
    return fields


def make(rng, country=None, layout=None, dpi=170):
    country = country or rng.choice(["us", "us", "my", "my", "fr", "es", "de"])
    d = values(rng, country)
    layout = layout or rng.choice(["quantity-first", "quantity-below", "columns"])
    family = some_family(rng, TYPED)
    width = rng.choice([226, 260])
    height = 330 + 26 * len(d["items"]) + 14 * 6
    page = Sheet((width, height), dpi, family, ink=(45, 45, 50), paper=(252, 251, 247))
    y = head(page, d, width, rng)
    y = items(page, y, d, layout, width)
    y = sums(page, y, d, width, rng)
    for line in page.wrap(d["w"]["thanks"], width - 30, 8.5):
        page.text(width / 2, y + 8, line, 8.5, align="center")
        y += 11
    if rng.random() < 0.4:
        x = 40
        while x < width - 40:
            page.box(x, y + 16, rng.choice([0.8, 1.6]), 24, 0, fill=(40, 40, 40))
            x += rng.choice([2, 3, 4])
    page.image = page.image.crop((0, 0, page.image.width, min(page.image.height, round((y + 60) * page.k))))
    return [page.image], "receipt", labels(d), f"layout {layout}, {country}"


def head(page, d, width, rng):
    y = 16
    for line in page.wrap(d["merchant"].upper() if rng.random() < 0.5 else d["merchant"], width - 24, 12, True):
        page.text(width / 2, y, line, 12, bold=True, align="center")
        y += 15
    for line in [*d["address"], f"{rng.choice(['Tel: ', 'Phone ', 'TEL '])}{d['phone']}"]:
        page.text(width / 2, y, line, 8.5, align="center")
        y += 11
    y += 6
    page.line(12, y, width - 12, y, 0.6)
    y += 5
    clock = f"{d['hour'] % 12 or 12}:{d['minute']:02} {'PM' if d['hour'] > 11 else 'AM'}" if d["country"] == "us" else f"{d['hour']:02}:{d['minute']:02}"
    page.text(14, y, f"{d['w']['number']} {d['id']}", 8.5)
    if rng.random() < 0.5:
        page.text(width - 14, y, f"Cashier: {rng.choice(['01', 'ANA', '7'])}", 8.5, align="right")
    y += 12
    page.text(14, y, write_date(d["date"], d["form"]), 8.5)
    page.text(width - 14, y, clock, 8.5, align="right")
    y += 13
    page.line(12, y, width - 12, y, 0.6)
    return y + 6


def items(page, y, d, layout, width):
    cash = lambda cents: money(cents, d["style"])
    if layout == "columns":
        names = {"us": ("Item", "Qty", "Price", "Amount"), "my": ("Description", "Qty", "U.Price", "Amt(RM)"), "fr": ("Article", "Qté", "P.U.", "Montant"), "es": ("Artículo", "Ud", "Precio", "Importe"),
                 "de": ("Artikel", "Anz", "Preis", "Summe")}[d["country"]]
        for text, x, align in zip(names, (14, width - 92, width - 56, width - 12), ("left", "right", "right", "right")):
            page.text(x, y, text, 7.6, bold=True, align=align)
        y += 13
    for item in d["items"]:
        if layout == "quantity-first":
            page.text(14, y, f"{item['quantity']}", 8.8)
            page.text(32, y, item["text"], 8.8)
            page.text(width - 14, y, cash(item["amount"]), 8.8, align="right")
        elif layout == "quantity-below":
            page.text(14, y, item["text"], 8.8)
            y += 11
            page.text(28, y, f"{item['quantity']} x {cash(item['price'])}", 8.8)
            page.text(width - 14, y, cash(item["amount"]), 8.8, align="right")
        else:
            name = item["text"] if page.width(item["text"], 7.8) < width - 118 else item["text"][:15]
            item["text"] = name
            page.text(14, y, name, 7.8)
            page.text(width - 92, y, item["quantity"], 7.8, align="right")
            page.text(width - 56, y, cash(item["price"]), 7.8, align="right")
            page.text(width - 12, y, cash(item["amount"]), 7.8, align="right")
        y += 13
    page.line(12, y + 1, width - 12, y + 1, 0.6)
    return y + 7


def sums(page, y, d, width, rng):
    w, symbol = d["w"], rng.random() < 0.5
    rows = [(w["discount"], -d["discount"], False)] if d["discount"] else []
    rows += [(w["subtotal"], d["net"] - d["discount"], False), (w["tax"], d["tax"], False)]
    rows += [(w["tip"], d["tip"], False)] if d["tip"] else []
    rows += [("Rounding Adj", d["rounding"], False)] if d["rounding"] else []
    rows += [(w["total"], d["total"], True)]
    rows += [(w["cash"], d["tendered"], False), (w["change"], d["tendered"] - d["total"], False)] if d["cash"] else [(f"{w['card']} ************{d['last4']}", d["total"], False)]
    for label, cents, strong in rows:
        points = 11.5 if strong else 8.8
        text = money(cents, d["style"])
        if strong or symbol:
            text = f"{text} {w['symbol']}" if w["symbol"] == "€" else f"{w['symbol']}{'' if w['symbol'] == '$' else ' '}{text}"
        if page.width(label, points, strong) > width - 40 - page.width(text, points, strong):
            points -= 2.2
        page.text(14, y, label, points, bold=strong)
        page.text(width - 14, y, text, points, bold=strong, align="right")
        y += points * 1.42
    return y
