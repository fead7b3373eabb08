"""Statements of bank accounts and of credit cards: summary block, then transactions in one of the usual layouts."""

import datetime

from made_up import BANKS, day, digits, person, phone, us_address
from sheet import LETTER, PROSE, Sheet, money, number, some_family

SPENT = ["POS PURCHASE GREEN BASKET MARKET", "ACH DEBIT CITY WATER DEPT", "DEBIT CARD ROUTE 9 FUEL", "ONLINE PMT HARBOR INSURANCE", "ATM WITHDRAWAL MAIN ST", "RECURRING STREAMBOX TV",
         "DEBIT CARD BLUE HERON CAFE", "MOBILE PAYMENT NORTHGATE RENTALS", "POS OAK & IRON HARDWARE", "ACH METRO GAS CO"]
EARNED = ["DIRECT DEP PAYROLL LARKIN POOLE", "MOBILE DEPOSIT", "ACH CREDIT TAX REFUND", "TRANSFER FROM SAVINGS", "BRANCH DEPOSIT"]
BOUGHT = ["GREEN BASKET MARKET MAPLEWOOD OH", "ROUTE 9 FUEL #2207", "PAPER LANTERN BOOKS", "STREAMBOX.EXAMPLE.COM", "SKYWARD AIR TICKET", "BLUE HERON CAFE", "OAK & IRON HARDWARE", "PETAL & STEM FLORIST",
          "CITY PARKING GARAGE", "HILLTOP PHARMACY", "NORTHGATE CINEMA", "COPPER KETTLE DINER"]


def holder(rng):
    first, last = person(rng)
    street, (city, _) = us_address(rng)
    return f"{first} {last}", [*street, city]


def period(rng):
    """A calendar month, or one from the middle of a month to the next."""
    first = day(rng).replace(day=1)
    after = (first + datetime.timedelta(days=32)).replace(day=1)
    if rng.random() < 0.4:
        return first.replace(day=14), after.replace(day=13)
    return first, after - datetime.timedelta(days=1)


def account_values(rng):
    start, end = period(rng)
    name, address = holder(rng)
    bank_address, (bank_city, _) = us_address(rng)
    balance = opening = rng.randint(20_000, 900_000)
    rows = []
    days = sorted(rng.randint(0, (end - start).days) for _ in range(rng.randint(5, 16)))
    for n, offset in enumerate(days):
        deposit = rng.random() < 0.3 or balance < 20_000
        amount = rng.randint(5_000, 320_000) if deposit else -rng.randint(300, min(60_000, balance - 1))
        check = None if deposit or rng.random() > 0.18 else str(1200 + n)
        text = rng.choice(EARNED) if deposit else f"CHECK {check}" if check else rng.choice(SPENT)
        balance += amount
        rows.append({"date": start + datetime.timedelta(days=offset), "text": text, "amount": amount, "balance": balance, "check": check})
    interest = rng.choice([None, rng.randint(3, 900)])
    if interest:
        balance += interest
        rows.append({"date": end, "text": "INTEREST PAYMENT", "amount": interest, "balance": balance, "check": None})
    fee = rng.choice([None, None, 1200, 1500])
    if fee and balance > fee:
        balance -= fee
        rows.append({"date": end, "text": "MONTHLY SERVICE FEE", "amount": -fee, "balance": balance, "check": None})
    else:
        fee = None
    account = digits(rng, rng.choice([9, 10, 12]))
    masked = rng.random() < 0.25
    return dict(bank=rng.choice(BANKS), bank_address=[*bank_address, bank_city], name=name, address=address, start=start, end=end, opening=opening, closing=balance, rows=rows, fee=fee,
                interest=interest, account=("XXXXXX" + account[-4:]) if masked else account, kind=rng.choice(["Everyday Checking", "Premier Checking", "Statement Savings", "Student Checking"]),
                phone=phone(rng))


def account_labels(d, shown):
    deposits, withdrawals = sum(r["amount"] for r in d["rows"] if r["amount"] > 0), -sum(r["amount"] for r in d["rows"] if r["amount"] < 0)
    fields = {"bank_name": d["bank"], "bank_address": ", ".join(d["bank_address"]), "account_holder": d["name"], "account_holder_address": ", ".join(d["address"]),
              "statement_start": d["start"].isoformat(), "statement_end": d["end"].isoformat(), "account_number": d["account"], "account_type": d["kind"], "currency": "USD",
              "beginning_balance": number(d["opening"]), "ending_balance": number(d["closing"])}
    if shown["totals"]:
        fields |= {"total_deposits": number(deposits), "total_withdrawals": number(withdrawals)}
    rows = shown["order"](d["rows"])
    fields["transactions"] = [{"date": r["date"].isoformat(), "description": r["text"], "amount": number(r["amount"]), **({"balance": number(r["balance"])} if shown["balance"] else {})} for r in rows]
    fields["n_transactions"] = len(rows)
    return fields


def long(date):
    return f"{date:%B} {date.day}, {date.year}"


def bank(rng, layout=None, dpi=150):
    d = account_values(rng)
    layout = layout or rng.choice(["running", "columns", "sections"])
    page = Sheet(LETTER, dpi, some_family(rng, PROSE))
    accent = rng.choice([(16, 70, 120), (110, 25, 45), (30, 90, 60), (25, 25, 30)])
    y = bank_head(page, d, accent, rng)
    y = bank_summary(page, d, y, accent, rng)
    form = rng.choice(["%m/%d", "%m/%d/%Y", "%b %d", "%m/%d/%y"])
    draw = {"running": running, "columns": in_out_columns, "sections": sections}[layout]
    draw(page, d, y + 10, accent, form)
    page.text(40, 752, f"Member FDIC   Equal Housing Lender   Questions? Call {d['phone']}", 7.5)
    page.text(572, 752, "Page 1 of 1", 7.5, align="right")
    shown = {"totals": True, "balance": layout != "sections",
             "order": (lambda rows: [r for r in rows if r["amount"] > 0] + [r for r in rows if r["amount"] < 0]) if layout == "sections" else (lambda rows: rows)}
    return [page.image], "bank_statement", account_labels(d, shown), f"layout {layout}"


def bank_head(page, d, accent, rng):
    page.text(40, 34, d["bank"], 17, bold=True, ink=accent)
    page.block(40, 56, d["bank_address"], 8.5)
    right = [("Statement Period", f"{long(d['start'])} through {long(d['end'])}" if rng.random() < 0.5 else f"{d['start']:%m/%d/%Y} - {d['end']:%m/%d/%Y}"),
             (rng.choice(["Account Number", "Account #", "Primary account number"]), d["account"]), ("Account Type", d["kind"])]
    y = 36
    if rng.random() < 0.5:
        page.text(572, 34, rng.choice(["Account Statement", "Statement of Account", "Checking Summary"]), 13, bold=True, align="right")
        y = 56
    for label, value in right:
        page.text(572, y, f"{label}: {value}", 8.8, align="right")
        y += 13
    return page.block(60, 120, [d["name"].upper() if rng.random() < 0.5 else d["name"], *d["address"]], 10) + 26


def bank_summary(page, d, y, accent, rng):
    deposits = [r["amount"] for r in d["rows"] if r["amount"] > 0]
    withdrawals = [r["amount"] for r in d["rows"] if r["amount"] < 0]
    names = rng.choice([("Beginning balance", "Deposits and other additions", "Withdrawals and other subtractions", "Ending balance"),
                        ("Previous Balance", "Total Deposits/Credits", "Total Withdrawals/Debits", "New Balance"), ("Opening Balance", "Total deposits", "Total withdrawals", "Closing Balance")])
    dated = rng.random() < 0.5
    rows = [(f"{names[0]} on {d['start']:%m/%d/%Y}" if dated else names[0], d["opening"]), (names[1], sum(deposits)), (names[2], sum(withdrawals)),
            (f"{names[3]} on {d['end']:%m/%d/%Y}" if dated else names[3], d["closing"])]
    page.box(40, y, 532, 17, 0, fill=accent)
    page.text(46, y + 3, rng.choice(["Account Summary", "SUMMARY OF ACCOUNT", "Balance summary"]), 10, bold=True, ink=(255, 255, 255))
    y += 22
    for i, (label, cents) in enumerate(rows):
        page.text(46, y, label, 9.2, bold=i == 3)
        page.text(330, y, money(cents, sign="$") if cents >= 0 else f"-{money(-cents, sign='$')}", 9.2, bold=i == 3, align="right")
        y += 14
    return y + 6


def running(page, d, y, accent, form):
    """Date, description, signed amount, balance."""
    page.text(40, y, "Transaction Detail", 11, bold=True, ink=accent)
    y += 18
    for label, x, align in [("DATE", 44, "left"), ("DESCRIPTION", 110, "left"), ("AMOUNT", 480, "right"), ("BALANCE", 568, "right")]:
        page.text(x, y, label, 8, bold=True, align=align)
    page.line(40, y + 12, 572, y + 12)
    y += 16
    page.text(110, y, "Beginning Balance", 9)
    page.text(568, y, money(d["opening"], sign="$"), 9, align="right")
    y += 14
    for row in d["rows"]:
        page.text(44, y, f"{row['date']:{form}}", 9)
        page.text(110, y, row["text"], 9)
        page.text(480, y, money(row["amount"]), 9, align="right")
        page.text(568, y, money(row["balance"]), 9, align="right")
        y += 14
    page.text(110, y, "Ending Balance", 9, bold=True)
    page.text(568, y, money(d["closing"], sign="$"), 9, bold=True, align="right")


def in_out_columns(page, d, y, accent, form):
    """Date, description, withdrawals, deposits, balance."""
    page.box(40, y, 532, 16, 0, fill=(228, 232, 238))
    for label, x, align in [("Date", 44, "left"), ("Transaction description", 105, "left"), ("Withdrawals ($)", 420, "right"), ("Deposits ($)", 495, "right"), ("Balance ($)", 568, "right")]:
        page.text(x, y + 3, label, 8.5, bold=True, align=align)
    y += 21
    for row in d["rows"]:
        page.text(44, y, f"{row['date']:{form}}", 9)
        page.text(105, y, row["text"], 9)
        page.text(420 if row["amount"] < 0 else 495, y, money(abs(row["amount"])), 9, align="right")
        page.text(568, y, money(row["balance"]), 9, align="right")
        page.line(40, y + 12.5, 572, y + 12.5, 0.3, (185, 185, 185))
        y += 15


def sections(page, d, y, accent, form):
    """Deposits first, then withdrawals, each with its total; the running balance is not shown."""
    for title, keep, total in [("Deposits and Other Credits", lambda r: r["amount"] > 0, "Total deposits and other credits"), ("Withdrawals and Other Debits", lambda r: r["amount"] < 0, "Total withdrawals and other debits")]:
        rows = [r for r in d["rows"] if keep(r)]
        page.text(40, y, title, 11, bold=True, ink=accent)
        y += 17
        for label, x, align in [("Date", 44, "left"), ("Description", 110, "left"), ("Amount", 568, "right")]:
            page.text(x, y, label, 8.5, bold=True, align=align)
        page.line(40, y + 12, 572, y + 12)
        y += 16
        for row in rows:
            page.text(44, y, f"{row['date']:{form}}", 9)
            page.text(110, y, row["text"], 9)
            page.text(568, y, money(row["amount"]), 9, align="right")
            y += 14
        page.text(44, y, total, 9, bold=True)
        text = money(abs(sum(r["amount"] for r in rows)), sign="$")
        page.text(568, y, text if title.startswith("D") else f"-{text}", 9, bold=True, align="right")
        y += 26
    daily_balances(page, d, y, accent, form)


def daily_balances(page, d, y, accent, form):
    """The balance at the end of each day on which something happened, in three columns."""
    days = {r["date"]: r["balance"] for r in d["rows"]}
    if y > 640:
        return
    page.text(40, y, "Daily Ending Balance", 11, bold=True, ink=accent)
    y += 17
    for column in range(3):
        page.text(44 + column * 180, y, "Date", 8.5, bold=True)
        page.text(190 + column * 180, y, "Balance ($)", 8.5, bold=True, align="right")
    page.line(40, y + 12, 572, y + 12)
    for i, (date, balance) in enumerate(days.items()):
        at = y + 16 + i // 3 * 13
        page.text(44 + i % 3 * 180, at, f"{date:{form}}", 8.8)
        page.text(190 + i % 3 * 180, at, money(balance), 8.8, align="right")


def card_values(rng):
    start, end = period(rng)
    name, address = holder(rng)
    previous = rng.randint(5_000, 400_000)
    payment = rng.choice([previous, rng.randint(2_500, previous)])
    rows = [{"date": start + datetime.timedelta(days=rng.randint(2, 12)), "text": "PAYMENT THANK YOU", "amount": -payment}]
    for _ in range(rng.randint(4, 13)):
        rows.append({"date": start + datetime.timedelta(days=rng.randint(0, (end - start).days - 2)), "text": rng.choice(BOUGHT), "amount": rng.randint(350, 45_000)})
    rows.sort(key=lambda r: r["date"])
    credit = rng.choice([0, 0, rng.randint(500, 9_000)])
    if credit:
        rows.append({"date": end - datetime.timedelta(days=3), "text": "RETURN PAPER LANTERN BOOKS", "amount": -credit})
    purchases = sum(r["amount"] for r in rows if r["amount"] > 0)
    fees = rng.choice([0, 0, 3900])
    interest = 0 if payment == previous else (previous - payment) * 19 // 1200
    advances = rng.choice([0, 0, 0, 20_000])
    new = previous - payment - credit + purchases + fees + interest + advances
    limit = rng.choice([300_000, 500_000, 1_000_000, 1_500_000])
    return dict(issuer=f"{rng.choice(BANKS)}", product=rng.choice(["Platinum Rewards Visa", "Cash Back Mastercard", "Everyday Visa Signature", "Travel Select Card"]), name=name, address=address, start=start, end=end,
                due=end + datetime.timedelta(days=rng.randint(21, 27)), rows=rows, previous=previous, payment=payment, credit=credit, purchases=purchases, fees=fees, interest=interest,
                advances=advances, new=new, minimum=max(2_500, new // 50), limit=max(limit, new), account=digits(rng, 16), phone=phone(rng))


def card_labels(d, posted):
    fields = {"issuer_name": d["issuer"], "card_product": d["product"], "account_number": d["printed"], "cardholder_name": d["name"], "statement_date": d["end"].isoformat(),
              "period_start": d["start"].isoformat(), "period_end": d["end"].isoformat(), "payment_due_date": d["due"].isoformat(), "previous_balance": number(d["previous"]), "payments": number(d["payment"]),
              "credits": number(d["credit"]), "purchases": number(d["purchases"]), "cash_advances": number(d["advances"]), "fees_charged": number(d["fees"]), "interest_charged": number(d["interest"]),
              "new_balance": number(d["new"]), "minimum_payment_due": number(d["minimum"]), "credit_limit": number(d["limit"]), "available_credit": number(d["limit"] - d["new"])}
    fields["transactions"] = [{"date": r["date"].isoformat(), "description": r["text"], "amount": number(r["amount"]),
                               **({"post_date": (r["date"] + datetime.timedelta(days=1)).isoformat()} if posted else {})} for r in d["rows"]]
    fields["n_transactions"] = len(d["rows"])
    return fields


def credit_card(rng, layout=None, dpi=150):
    d = card_values(rng)
    layout = layout or rng.choice(["two-blocks", "stacked"])
    page = Sheet(LETTER, dpi, some_family(rng, PROSE))
    accent = rng.choice([(10, 60, 110), (140, 30, 30), (35, 35, 40), (0, 95, 90)])
    d["printed"] = rng.choice(["{0} {1} {2} {3}", "XXXX XXXX XXXX {3}", "**** **** **** {3}", "ending in {3}"]).format(*[d["account"][i:i + 4] for i in (0, 4, 8, 12)])
    page.text(40, 32, d["issuer"], 16, bold=True, ink=accent)
    page.text(40, 52, d["product"], 10)
    page.text(572, 34, f"Account {'' if d['printed'].startswith('ending') else 'number '}{d['printed']}", 9, align="right")
    page.text(572, 47, f"{rng.choice(['Billing period', 'Opening/Closing Date', 'Statement period'])}: {d['start']:%m/%d/%Y} - {d['end']:%m/%d/%Y}", 9, align="right")
    page.text(572, 60, f"Statement closing date: {long(d['end'])}", 9, align="right")
    names = rng.choice([("Previous Balance", "Payments", "Other Credits", "Purchases", "Cash Advances", "Fees Charged", "Interest Charged", "New Balance"),
                        ("Previous balance", "Payments received", "Credits", "Purchases", "Cash advances", "Total fees charged", "Total interest charged", "New balance")])
    activity = list(zip(names, [("", d["previous"]), ("-", d["payment"]), ("-", d["credit"]), ("+", d["purchases"]), ("+", d["advances"]), ("+", d["fees"]), ("+", d["interest"]), ("", d["new"])]))
    credit = [(rng.choice(["Credit Limit", "Total credit line", "Credit Access Line"]), d["limit"]), (rng.choice(["Available Credit", "Credit available"]), d["limit"] - d["new"])]
    y = 88
    if layout == "two-blocks":
        bottom = activity_block(page, 40, y, 250, activity, credit, accent)
        page.text(320, y, "Payment Information", 11, bold=True, ink=accent)
        at = y + 18
        for label, value in payment_rows(d, rng):
            page.text(320, at, label, 9.5, bold=True)
            page.text(572, at, value, 9.5, align="right")
            at += 16
        page.paragraph(320, at + 4, "Late Payment Warning: If we do not receive your minimum payment by the date listed above, you may have to pay a late fee of up to $40.", 250, 7.5)
        page.paragraph(320, at + 42, "Minimum Payment Warning: If you make only the minimum payment each period, you will pay more in interest and it will take you longer to pay off your balance.", 250, 7.5)
        y = max(bottom, at + 90)
    else:
        for i, (label, value) in enumerate(payment_rows(d, rng)):
            page.box(40 + i * 178, y, 172, 34, 0.8, ink=accent)
            page.text(46 + i * 178, y + 4, label, 8.5)
            page.text(46 + i * 178, y + 16, value, 12, bold=True)
        page.block(60, y + 54, [d["name"], *d["address"]], 10)
        y = activity_block(page, 40, y + 116, 300, activity, credit, accent)
    card_rows(page, d, y + 14, accent, layout)
    if layout == "two-blocks":
        page.block(60, 706, [d["name"], *d["address"]], 9.5)
    return [page.image], "credit_card_statement", card_labels(d, layout == "two-blocks"), f"layout {layout}"


def payment_rows(d, rng):
    return [(rng.choice(["New Balance", "Statement balance"]), money(d["new"], sign="$")), (rng.choice(["Minimum Payment Due", "Minimum payment"]), money(d["minimum"], sign="$")),
            (rng.choice(["Payment Due Date", "Due date"]), f"{d['due']:%m/%d/%Y}")]


def activity_block(page, x, y, width, activity, credit, accent):
    page.text(x, y, "Summary of Account Activity" if width < 280 else "Account Summary", 11, bold=True, ink=accent)
    y += 18
    for i, (label, (sign, cents)) in enumerate(activity):
        last = i == len(activity) - 1
        if last:
            page.line(x, y - 1, x + width, y - 1)
        page.text(x, y, label, 9, bold=last)
        page.text(x + width, y, f"{sign}{money(cents, sign='$')}", 9, bold=last, align="right")
        y += 13.5
    y += 5
    for label, cents in credit:
        page.text(x, y, label, 9)
        page.text(x + width, y, money(cents, sign="$"), 9, align="right")
        y += 13.5
    return y


def card_rows(page, d, y, accent, layout):
    posted = layout == "two-blocks"
    page.text(40, y, "Transactions" if posted else "ACCOUNT ACTIVITY", 11, bold=True, ink=accent)
    y += 18
    heads = [("Trans Date", 44, "left"), ("Post Date", 100, "left"), ("Description", 160, "left"), ("Amount", 568, "right")] if posted else [("Date", 44, "left"), ("Merchant name or transaction description", 110, "left"), ("$ Amount", 568, "right")]
    for label, x, align in heads:
        page.text(x, y, label, 8.5, bold=True, align=align)
    page.line(40, y + 12, 572, y + 12)
    y += 16
    for row in d["rows"]:
        page.text(44, y, f"{row['date']:%m/%d}", 9)
        if posted:
            page.text(100, y, f"{row['date'] + datetime.timedelta(days=1):%m/%d}", 9)
        page.text(160 if posted else 110, y, row["text"], 9)
        page.text(568, y, money(row["amount"], sign="$" if posted else ""), 9, align="right")
        y += 13.5
