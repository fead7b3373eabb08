"""Invoices of firms in five languages: letterhead, addresses, reference block, line items, totals at the right, payment."""

import datetime

from made_up import FORMS, day, digits, firm, grouped, iban, person, phone, us_address, world_address, write_date
from sheet import A4, LETTER, PROSE, Sheet, money, number, some_family

WORDS = {
    "en": dict(title=["INVOICE", "Invoice", "TAX INVOICE"], id=["Invoice No.", "Invoice #", "Invoice Number", "Invoice no:"], date=["Invoice Date", "Date", "Date of issue"],
               due=["Due Date", "Payment due", "Date due"], po=["P.O. #", "PO Number", "Purchase Order", "Your order"], customer=["Customer ID", "Customer No.", "Account No."],
               to=["BILL TO", "Bill To:", "Billed to", "Invoice to", "Sold To"], ship=["SHIP TO", "Ship To:", "Deliver to"], terms=["Terms", "Payment terms"],
               text=["Description", "Item", "Item Description", "Product / Service"], code=["Item #", "SKU", "Code"], qty=["Qty", "Quantity", "QTY"],
               price=["Unit Price", "Price", "Rate", "Unit cost"], amount=["Amount", "Line Total", "Total"], rate=["Tax", "Tax rate"], subtotal=["Subtotal", "Sub Total", "Net amount"],
               discount=["Discount"], freight=["Shipping", "Freight", "Shipping & handling"], tax=["Sales Tax", "Tax", "VAT"], total=["TOTAL", "Total", "Invoice Total", "Grand Total"],
               paid=["Amount Paid", "Payments"], payable=["Amount Due", "Balance Due", "Balance due"], vat_id=["VAT Reg. No.", "VAT No"], thanks=["Thank you for your business!", "Please remit payment within the stated terms."]),
    "de": dict(title=["Rechnung", "RECHNUNG"], id=["Rechnungsnummer", "Rechnung Nr.", "Rechnungs-Nr."], date=["Rechnungsdatum", "Datum"], due=["Fällig am", "Zahlbar bis", "Fälligkeitsdatum"],
               po=["Bestellnummer", "Ihre Bestellung"], customer=["Kundennummer", "Kunden-Nr."], to=["", "Rechnungsadresse"], ship=["Lieferadresse"], terms=["Zahlungsbedingungen"],
               text=["Bezeichnung", "Beschreibung", "Leistung"], code=["Art.-Nr.", "Artikel"], qty=["Menge", "Anzahl"], price=["Einzelpreis", "E-Preis", "Preis"],
               amount=["Gesamtpreis", "Betrag", "Gesamt"], rate=["MwSt.", "USt."], subtotal=["Zwischensumme", "Nettobetrag", "Summe netto"], discount=["Rabatt"], freight=["Versandkosten"],
               tax=["MwSt. 19 %", "zzgl. 19% USt.", "Umsatzsteuer 19%"], total=["Gesamtbetrag", "Rechnungsbetrag", "Gesamtsumme"], paid=["Anzahlung"], payable=["Zu zahlen", "Offener Betrag"],
               vat_id=["USt-IdNr.", "USt-ID"], thanks=["Bitte überweisen Sie den Betrag ohne Abzug.", "Vielen Dank für Ihren Auftrag."]),
    "fr": dict(title=["FACTURE", "Facture"], id=["Facture n°", "N° de facture", "Numéro de facture"], date=["Date", "Date de facturation", "Date d'émission"], due=["Date d'échéance", "Échéance"],
               po=["Bon de commande", "Commande n°"], customer=["Code client", "N° client"], to=["Facturé à", "Client", "Adresse de facturation"], ship=["Livré à", "Adresse de livraison"], terms=["Conditions de paiement"],
               text=["Désignation", "Description"], code=["Réf.", "Référence"], qty=["Qté", "Quantité"], price=["Prix unitaire HT", "P.U. HT", "Prix unitaire"], amount=["Montant HT", "Total HT"],
               rate=["TVA"], subtotal=["Total HT", "Sous-total"], discount=["Remise"], freight=["Frais de port"], tax=["TVA 20 %", "TVA (20%)"], total=["Total TTC", "Montant TTC"], paid=["Acompte"],
               payable=["Net à payer", "Reste à payer"], vat_id=["N° TVA", "TVA intracommunautaire"], thanks=["Merci de votre confiance."]),
    "es": dict(title=["FACTURA", "Factura"], id=["Factura nº", "Número de factura", "Nº Factura"], date=["Fecha", "Fecha de factura"], due=["Vencimiento", "Fecha de vencimiento"], po=["Pedido nº", "Nº de pedido"],
               customer=["Nº cliente", "Código cliente"], to=["Facturar a", "Cliente"], ship=["Enviar a"], terms=["Forma de pago"], text=["Descripción", "Concepto"], code=["Ref.", "Código"], qty=["Cant.", "Cantidad"],
               price=["Precio unitario", "Precio"], amount=["Importe"], rate=["IVA"], subtotal=["Base imponible", "Subtotal"], discount=["Descuento"], freight=["Gastos de envío", "Portes"], tax=["IVA 21%", "I.V.A. 21 %"],
               total=["TOTAL", "Total factura"], paid=["Pagado"], payable=["Total a pagar", "Importe pendiente"], vat_id=["NIF", "CIF"], thanks=["Gracias por su confianza."]),
    "nl": dict(title=["FACTUUR", "Factuur"], id=["Factuurnummer", "Factuurnr."], date=["Factuurdatum", "Datum"], due=["Vervaldatum", "Te betalen voor"], po=["Ordernummer", "Bestelnummer"],
               customer=["Klantnummer", "Debiteurnummer"], to=["Factuuradres", "Aan"], ship=["Afleveradres"], terms=["Betalingstermijn"], text=["Omschrijving", "Artikel"], code=["Art.nr."], qty=["Aantal"],
               price=["Prijs", "Stukprijs"], amount=["Bedrag", "Totaal"], rate=["BTW"], subtotal=["Subtotaal", "Totaal excl. btw"], discount=["Korting"], freight=["Verzendkosten"], tax=["BTW 21%", "21% btw"],
               total=["Totaal", "Totaal incl. btw"], paid=["Reeds betaald"], payable=["Te betalen"], vat_id=["BTW-nummer", "BTW nr."], thanks=["Wij verzoeken u het bedrag tijdig over te maken."]),
}
GOODS = {
    "en": ["Ceramic drill bit set, 12 pcs", "Quarterly maintenance visit", "LED panel 60x60 cm", "Website hosting, annual plan", "Oak shelf board", "Consulting hours, senior engineer",
           "Stainless hinge, pair", "Printed brochures A5", "Network cable Cat6, 25 m", "Deep cleaning of premises", "Logo redesign", "Copper pipe 15 mm"],
    "de": ["Bohrmaschine 18 V", "Wartungspauschale Heizung", "Bürostuhl Modell Ulm", "Beratung vor Ort, Stunden", "Kabelkanal 2 m", "Druckerpapier A4, Karton", "Montagearbeiten"],
    "fr": ["Ramette papier A4", "Prestation de conseil, jour", "Étagère chêne massif", "Maintenance annuelle", "Cartouche d'encre noire", "Pose de carrelage, m²"],
    "es": ["Tornillos inox. caja 200", "Servicio de mantenimiento", "Papel reciclado A4", "Diseño de folleto", "Horas de instalación", "Pintura blanca 15 l"],
    "nl": ["Fietsverlichting set", "Onderhoudsbeurt jaarlijks", "Kantoorstoel Delft", "Advies per uur", "Houten plank eiken", "Drukwerk flyers A6"],
}
COUNTRY = {"de": ("EUR", 19, "de", "DE"), "fr": ("EUR", 20, "fr", "FR"), "es": ("EUR", 21, "de", "ES"), "nl": ("EUR", 21, "de", "NL")}


def values(rng, language):
    words = {k: rng.choice(v) for k, v in WORDS[language].items()}
    english = language == "en"
    british = english and rng.random() < 0.35
    currency, rate, style, country = COUNTRY.get(language) or (("GBP", 20, "en", "GB") if british else ("USD", rng.choice([0, 6, 7, 8]), "en", "US"))
    items = []
    for text in rng.sample(GOODS[language], rng.randint(1, 6)):
        quantity, price = rng.choice([1, 1, 2, 3, 4, 5, 10, 12, 25]), rng.choice([rng.randint(90, 9_900), rng.randint(5_000, 180_000)])
        items.append({"text": text, "code": f"{rng.choice('ABKLRT')}{rng.choice('MNPQ')}-{digits(rng, 4)}", "quantity": quantity, "price": price, "amount": quantity * price})
    net = sum(i["amount"] for i in items)
    discount = net * rng.choice([5, 10]) // 100 if rng.random() < 0.15 else 0
    freight = rng.randint(490, 4900) if rng.random() < 0.25 else 0
    tax = (net - discount + freight) * rate // 100
    total = net - discount + freight + tax
    paid = total // 4 if rng.random() < 0.12 else 0
    date = day(rng)
    term = rng.choice([7, 14, 30, 30, 45])
    form = rng.choice(FORMS["uk" if british else "us" if english else language])
    address = (lambda: (lambda a: [*a[0], a[1][0]])(us_address(rng))) if english else (lambda: world_address(rng, language))
    vendor = firm(rng, language)
    buyer = firm(rng, language) if rng.random() < 0.7 else " ".join(person(rng))
    while buyer.split()[0] == vendor.split()[0]:
        buyer = firm(rng, language)
    return dict(words=words, language=language, currency=currency, rate=rate, style=style, country=country, items=items, net=net, discount=discount, freight=freight, tax=tax,
                total=total, paid=paid, date=date, due=date + datetime.timedelta(days=term), term=term, form=form, vendor=vendor, vendor_address=address(),
                buyer=buyer, buyer_address=address(), id=rng.choice([f"INV-{digits(rng, 5)}", digits(rng, 6), f"{date.year}-{digits(rng, 4)}", f"{rng.choice('RFV')}{digits(rng, 7)}"]),
                po=f"PO-{digits(rng, 5)}" if rng.random() < 0.4 else None, customer=digits(rng, 5) if rng.random() < 0.5 else None,
                vat_id=f"{country}{digits(rng, 9)}" if currency != "USD" else None, iban=iban(rng, country) if country != "US" else None,
                phone=phone(rng) if english else f"+{dict(de=49, fr=33, es=34, nl=31)[language]} {digits(rng, 2)} {digits(rng, 7)}",
                swift=f"NOVB{country}2X" if country != "US" and rng.random() < 0.7 else None)


def labels(d, shown):
    fields = {"invoice_id": d["id"], "invoice_date": d["date"].isoformat(), "vendor_name": d["vendor"], "vendor_address": ", ".join(d["vendor_address"]),
              "vendor_phone": d["phone"], "vendor_email": d["email"], "customer_name": d["buyer"], "customer_address": ", ".join(d["buyer_address"]),
              "currency": d["currency"], "subtotal": number(d["net"]), "tax_total": number(d["tax"]), "total": number(d["total"])}
    optional = {"due_date": d["due"].isoformat() if shown["due"] else None, "purchase_order": d["po"], "customer_id": d["customer"], "vendor_tax_id": d["vat_id"],
                "discount": number(d["discount"]) or None, "freight": number(d["freight"]) or None, "amount_paid": number(d["paid"]) or None,
                "amount_due": number(d["total"] - d["paid"]) if d["paid"] else None, "iban": d["iban"], "swift": d["swift"],
                "ship_to_name": d["buyer"] if shown["ship"] else None, "ship_to_address": ", ".join(d["ship_address"]) if shown["ship"] else None}
    fields.update({k: v for k, v in optional.items() if v is not None})
    if not d["tax"]:
        del fields["tax_total"]
    fields["line_items"] = [{"description": i["text"], "quantity": i["quantity"], "unit_price": number(i["price"]), "amount": number(i["amount"]),
                             **({"product_code": i["code"]} if shown["code"] else {})} for i in d["items"]]
    fields["n_line_items"] = len(d["items"])
    return fields


def cash(d, cents, symbol=True):
    text = money(cents, d["style"])
    if not symbol:
        return text
    return f"{text} €" if d["currency"] == "EUR" else f"{dict(USD='$', GBP='£')[d['currency']]}{text}"


def make(rng, language=None, layout=None, dpi=150, pages=1):
    language = language or rng.choice(["en", "en", "en", "de", "fr", "es", "nl"])
    d = values(rng, language)
    d["email"] = f"{rng.choice(['billing', 'info', 'accounts'])}@{''.join(c for c in d['vendor'].split()[0].lower() if c.isascii() and c.isalpha())}.example.com"
    if pages > 1:
        d["items"] = [dict(d["items"][n % len(d["items"])]) for n in range(40)]
        for n, item in enumerate(d["items"]):
            item["text"] = f"{GOODS[language][n % len(GOODS[language])]}, lot {n + 1}"
        d.update(net=sum(i["amount"] for i in d["items"]), discount=0, freight=0, paid=0)
        d["tax"] = d["net"] * d["rate"] // 100
        d["total"] = d["net"] + d["tax"]
    layout = layout or rng.choice(["modern", "classic", "boxed"])
    ship = language == "en" and rng.random() < 0.3
    d["ship_address"] = (lambda a: [*a[0], a[1][0]])(us_address(rng)) if ship else None
    shown = {"due": rng.random() < 0.8, "code": rng.random() < 0.4, "ship": ship, "rate": d["rate"] and rng.random() < 0.3, "symbol": rng.random() < 0.5}
    size = LETTER if d["currency"] == "USD" else A4
    accent = rng.choice([(30, 60, 110), (20, 20, 24), (120, 40, 40), (20, 95, 80)])
    images = []
    page = Sheet(size, dpi, some_family(rng, PROSE))
    images.append(page.image)
    y = {"modern": modern, "classic": classic, "boxed": boxed}[layout](page, d, shown, accent, rng)
    page, y = table(page, y, d, shown, layout, accent, images, rng)
    y = totals(page, y, d, shown, layout, accent)
    footer(page, y, d, shown, rng)
    return images, "invoice", labels(d, shown), f"layout {layout}, {language}"


def references(d, shown):
    w = d["words"]
    rows = [(w["id"], d["id"]), (w["date"], write_date(d["date"], d["form"]))]
    rows += [(w["due"], write_date(d["due"], d["form"]))] if shown["due"] else []
    rows += [(w["po"], d["po"])] if d["po"] else []
    rows += [(w["customer"], d["customer"])] if d["customer"] else []
    return rows


def recipients(page, y, d, shown, left, middle):
    columns = [(left, d["words"]["to"], d["buyer_address"])] + ([(middle, d["words"]["ship"], d["ship_address"])] if shown["ship"] else [])
    bottoms = []
    for x, title, address in columns:
        at = page.block(x, y, [title], 8.5, bold=True) if title else y
        bottoms.append(page.block(x, at + 2, [d["buyer"], *address], 9.5))
    return max(bottoms)


def modern(page, d, shown, accent, rng):
    """Vendor top left, big title top right, references under it."""
    w = page.size[0]
    page.text(40, 38, d["vendor"], 16, bold=True, ink=accent)
    left = page.block(40, 60, [*d["vendor_address"], d["phone"], d["email"]], 8.5)
    page.text(w - 40, 34, d["words"]["title"], 24, bold=True, align="right", ink=accent)
    y = 70
    for label, value in references(d, shown):
        page.text(w - 150, y, label, 8.5, bold=True, align="right")
        page.text(w - 40, y, value, 9, align="right")
        y += 14
    return recipients(page, max(left, y) + 24, d, shown, 40, 240) + 24


def classic(page, d, shown, accent, rng):
    """Letter: sender line, address window, reference list at the right, title above the table."""
    w = page.size[0]
    page.text(w / 2, 32, d["vendor"], 18, bold=True, align="center", ink=accent)
    page.text(w / 2, 54, " · ".join(d["vendor_address"]), 8, align="center")
    page.text(w / 2, 65, f"Tel. {d['phone']}   {d['email']}", 8, align="center")
    page.line(40, 80, w - 40, 80, 0.8, accent)
    y = recipients(page, 110, d, shown, 50, 230)
    at = 112
    for label, value in references(d, shown):
        page.text(w - 210, at, f"{label}{'' if label.endswith(':') else ':'}", 9)
        page.text(w - 100, at, value, 9)
        at += 14
    y = max(y, at, 190) + 20
    page.text(50, y, f"{d['words']['title']} {d['id']}" if rng.random() < 0.4 else d["words"]["title"], 15, bold=True)
    return y + 30


def boxed(page, d, shown, accent, rng):
    """References as a table with headings above the values."""
    w = page.size[0]
    page.box(40, 34, 46, 46, 0, fill=accent)
    page.text(63, 43, d["vendor"][0], 24, bold=True, align="center", ink=(255, 255, 255))
    page.text(96, 34, d["vendor"], 13, bold=True)
    page.block(96, 52, [", ".join(d["vendor_address"]), f"{d['phone']}  |  {d['email']}"], 8.5)
    page.text(w - 40, 40, d["words"]["title"], 20, bold=True, align="right")
    y = recipients(page, 104, d, shown, 44, 250) + 16
    rows = references(d, shown)
    width = (w - 80) / len(rows)
    for i, (label, value) in enumerate(rows):
        page.box(40 + i * width, y, width, 15, 0.6, fill=(232, 235, 240))
        page.text(40 + i * width + width / 2, y + 3, label, 8, bold=True, align="center")
        page.box(40 + i * width, y + 15, width, 17, 0.6)
        page.text(40 + i * width + width / 2, y + 18, value, 9, align="center")
    return y + 52


def table(page, y, d, shown, layout, accent, images, rng):
    """The line items; goes on on the next page when the page is full."""
    w, words, right = page.size[0], d["words"], page.size[0] - 44
    columns = [("amount", right, "right"), ("price", right - 80, "right"), ("quantity", right - 150, "right")]
    if shown["rate"]:
        columns.append(("rate", right - 195, "right"))
    columns += [("code", 44, "left"), ("text", 110, "left")] if shown["code"] else [("text", 44, "left")]
    heads = {"amount": words["amount"], "price": words["price"], "quantity": words["qty"], "rate": words["rate"], "code": words["code"], "text": words["text"]}

    def header(y):
        filled = layout != "classic"
        if filled:
            page.box(40, y - 3, w - 80, 17, 0, fill=accent if layout == "modern" else (215, 220, 228))
        for key, x, align in columns:
            page.text(x, y, heads[key], 8.5, bold=True, align=align, ink=(255, 255, 255) if layout == "modern" else None)
        if not filled:
            page.line(40, y + 13, w - 40, y + 13)
        return y + 20

    y = header(y)
    for item in d["items"]:
        if y > page.size[1] - 150:
            page.text(w - 40, page.size[1] - 40, f"Page {len(images)}", 8, align="right")
            page = Sheet(page.size, page.dpi, page.family)
            images.append(page.image)
            y = header(50)
        row = {"amount": cash(d, item["amount"], shown["symbol"]), "price": cash(d, item["price"], shown["symbol"]), "quantity": str(item["quantity"]), "rate": f"{d['rate']}%",
               "code": item["code"], "text": item["text"]}
        for key, x, align in columns:
            page.text(x, y, row[key], 9, align=align)
        y += 17
        if layout != "classic":
            page.line(40, y - 4, w - 40, y - 4, 0.3, (170, 170, 170))
    page.line(40, y, w - 40, y, 0.7)
    return page, y + 8


def totals(page, y, d, shown, layout, accent):
    w, words = page.size[0], d["words"]
    rows = [(words["subtotal"], d["net"])]
    rows += [(words["discount"], -d["discount"])] if d["discount"] else []
    rows += [(words["freight"], d["freight"])] if d["freight"] else []
    tax = words["tax"] if any(c.isdigit() for c in words["tax"]) else f"{words['tax']} ({d['rate']}%)"
    rows += [(tax, d["tax"])] if d["tax"] else []
    rows += [(words["total"], d["total"])]
    rows += [(words["paid"], -d["paid"]), (words["payable"], d["total"] - d["paid"])] if d["paid"] else []
    for label, cents in rows:
        strong = label in (words["total"], words["payable"])
        points = 11 if strong else 9
        if strong and layout == "boxed":
            page.box(w - 250, y - 3, 210, 19, 0, fill=(232, 235, 240))
        page.text(w - 240, y, label, points, bold=strong)
        page.text(w - 44, y, cash(d, cents, strong or shown["symbol"]), points, bold=strong, align="right")
        y += 19 if strong else 15
    return y


def footer(page, y, d, shown, rng):
    w, h = page.size
    lines = [d["words"]["thanks"]]
    bank = []
    if d["iban"]:
        bank.append(f"IBAN: {grouped(d['iban'])}")
    if d["swift"]:
        bank.append(f"BIC: {d['swift']}")
    if d["vat_id"]:
        bank.append(f"{d['words']['vat_id']}: {d['vat_id']}")
    if d["language"] == "en" and d["currency"] == "USD":
        lines.append(f"Make all checks payable to {d['vendor']}")
    y = max(y + 26, h - 120) if rng.random() < 0.6 else y + 26
    y = page.block(44, y, lines, 8.5)
    if bank and rng.random() < 0.5:
        page.text(w / 2, h - 40, "   |   ".join(bank), 7.5, align="center")
    else:
        page.block(44, y + 6, bank, 8.5)
