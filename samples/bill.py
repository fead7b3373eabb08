"""Bills of utilities and telecoms: invoices without line items in a table, with the balance brought forward and a slip to return."""

import datetime

from made_up import day, digits, person, phone, us_address
from sheet import LETTER, PROSE, Sheet, money, number, some_family

CHARGES = {"Electric": ["Basic service charge", "Energy charge 642 kWh", "Fuel adjustment"], "Water & Sewer": ["Water base fee", "Water usage 5,200 gal", "Sewer charge"],
           "Fiber": ["Internet 500 Mbps", "Modem rental", "Broadcast fee"]}


def make(rng, layout=None, dpi=150):
    trade = layout or rng.choice(list(CHARGES))
    vendor = f"{rng.choice(['Tallgrass', 'Harborview', 'Juniper Valley', 'Stonebridge'])} {trade}"
    street, (city, _) = us_address(rng)
    home, (home_city, _) = us_address(rng)
    name = " ".join(person(rng))
    charges = [(text, rng.randint(300, 11_000)) for text in CHARGES[trade]]
    tax = sum(c for _, c in charges) * 4 // 100
    total = sum(c for _, c in charges) + tax
    previous = rng.randint(3_000, 20_000)
    paid = rng.choice([previous, previous, previous // 2])
    due = previous - paid + total
    issued = day(rng)
    date_due = issued + datetime.timedelta(days=rng.randint(15, 25))
    account, invoice_id = digits(rng, 10), digits(rng, 9)
    page = Sheet(LETTER, dpi, some_family(rng, PROSE))
    accent = rng.choice([(0, 85, 140), (20, 110, 60), (90, 40, 120)])
    page.text(40, 34, vendor, 18, bold=True, ink=accent)
    page.block(40, 58, [*street, city, f"Customer service {(tel := phone(rng))}"], 8.5)
    rows = [("Account number", account), ("Bill number", invoice_id), ("Bill date", f"{issued:%B} {issued.day}, {issued.year}"), ("Due date", f"{date_due:%B} {date_due.day}, {date_due.year}")]
    for i, (label, value) in enumerate(rows):
        page.text(400, 38 + i * 14, label, 9)
        page.text(572, 38 + i * 14, value, 9, bold=True, align="right")
    page.box(400, 104, 172, 44, 0, fill=accent)
    page.text(408, 109, "Amount Due", 10, ink=(255, 255, 255))
    page.text(564, 122, money(due, sign="$"), 17, bold=True, align="right", ink=(255, 255, 255))
    page.block(60, 122, [name, *home, home_city], 10)
    y = 210
    for title, lines in [("Account summary", [("Previous balance", previous), ("Payments received - thank you", -paid), ("Balance forward", previous - paid)]),
                         ("Current charges", [*charges, ("Taxes and surcharges", tax), ("Total current charges", total)])]:
        page.text(40, y, title, 12, bold=True, ink=accent)
        y += 20
        for label, cents in lines:
            strong = label.startswith(("Total", "Balance"))
            page.text(48, y, label, 9.5, bold=strong)
            text = money(abs(cents), sign="$")
            page.text(400, y, f"-{text}" if cents < 0 else text, 9.5, bold=strong, align="right")
            y += 15
        y += 12
    page.text(48, y, "Amount due", 11, bold=True)
    page.text(400, y, money(due, sign="$"), 11, bold=True, align="right")
    for x in range(40, 572, 8):
        page.line(x, 660, x + 4, 660, 0.6)
    page.text(306, 664, "Please detach and return this portion with your payment", 7.5, align="center")
    page.block(60, 690, [vendor, "Payment Center", *street, city], 9)
    page.text(572, 690, f"Account number {account}", 9, align="right")
    page.text(572, 704, f"Due {date_due:%m/%d/%Y}   Amount due {money(due, sign='$')}", 9, align="right")
    fields = {"invoice_id": invoice_id, "invoice_date": issued.isoformat(), "due_date": date_due.isoformat(), "customer_id": account, "vendor_name": vendor, "vendor_address": ", ".join([*street, city]),
              "vendor_phone": tel, "customer_name": name, "customer_address": ", ".join([*home, home_city]), "currency": "USD", "tax_total": number(tax), "total": number(total),
              "previous_balance": number(previous), "amount_paid": number(paid), "amount_due": number(due)}
    return [page.image], "invoice", fields, f"layout bill, {trade}"
