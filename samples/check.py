"""Bank checks: personal, and the laser check of a firm with its stub."""

import math

from made_up import BANKS, day, digits, firm, person, routing, us_address
from sheet import Sheet, money, number, some_family

ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()


def words(n):
    if n < 20:
        return ONES[n]
    if n < 100:
        return TENS[n // 10] + (f"-{ONES[n % 10]}" if n % 10 else "")
    if n < 1000:
        return f"{ONES[n // 100]} hundred" + (f" {words(n % 100)}" if n % 100 else "")
    return f"{words(n // 1000)} thousand" + (f" {words(n % 1000)}" if n % 1000 else "")


def micr_symbol(page, x, y, kind, h=11):
    """The transit (two bars and a block) and on-us marks of the E-13B line."""
    k = [(0, 0, 2, h * 0.45), (0, h * 0.55, 2, h * 0.45), (4, 0, 3.2, h)] if kind == "transit" else [(0, 0, 1.6, h), (3, 0, 1.6, h * 0.75), (6, h * 0.5, 2, h * 0.5)]
    for dx, dy, w, height in k:
        page.box(x + dx, y + dy, w, height, 0, fill=page.ink)
    return x + 10


def micr(page, x, y, parts):
    for part in parts:
        if part in ("transit", "on-us"):
            x = micr_symbol(page, x, y + 1, part)
        else:
            x, _ = page.text(x, y, part, 12.5, bold=True, family="mono")
            x += 2
    return x


def signature(page, x, y, rng, width=120):
    """A scrawl."""
    points = []
    a, b, c = rng.uniform(2, 4), rng.uniform(5, 9), rng.uniform(0, 6)
    for i in range(90):
        t = i / 89
        points.append(((x + width * t + 6 * math.sin(b * 2.2 * t + c)) * page.k, (y - 7 * math.sin(a * 3 * t * math.pi + c) - 5 * math.sin(b * 3 * t)) * page.k))
    page.draw.line(points, fill=(25, 35, 95), width=max(2, round(1.1 * page.k)), joint="curve")


def make(rng, layout=None, dpi=150):
    layout = layout or rng.choice(["personal", "business"])
    name = " ".join(person(rng)) if layout == "personal" else firm(rng)
    street, (city, _) = us_address(rng)
    payee = firm(rng) if rng.random() < 0.6 else " ".join(person(rng))
    cents = rng.choice([rng.randint(1_200, 90_000), rng.randint(90_000, 2_500_000)])
    written = f"{words(cents // 100)} and {cents % 100:02}/100"
    written = written[0].upper() + written[1:] if rng.random() < 0.6 else written.upper()
    date, number_ = day(rng), str(rng.randint(101, 9890))
    bank, aba, account = rng.choice(BANKS), routing(rng), digits(rng, rng.choice([8, 10, 12]))
    memo = rng.choice(["", f"Invoice {digits(rng, 5)}", "March rent", "Piano lessons", f"Acct {digits(rng, 6)}"])
    width, height = (440, 200) if layout == "personal" else (612, 252)
    page = Sheet((width, height), dpi, "sans", paper=rng.choice([(255, 255, 255), (238, 244, 238), (240, 243, 250)]))
    hand = some_family(rng, ["script", "sans", "mono"])
    page.block(20, 16, [name], 10.5, bold=True)
    page.block(20, 29, [*street, city], 8.2)
    page.text(width - 20, 14, number_, 12, bold=True, align="right")
    page.text(width - 60, 30, f"{int(aba[4:8])}-{int(aba[:2])}/{int(aba[1:4])}", 6.5, align="right")
    page.text(width - 190, 50, "DATE" if rng.random() < 0.7 else "Date", 7.5)
    page.text(width - 155, 44, f"{date:%m/%d/%Y}" if rng.random() < 0.6 else f"{date:%B} {date.day}, {date.year}", 10.5, family=hand)
    page.line(width - 160, 58, width - 60, 58, 0.5)
    y = 76 if layout == "personal" else 96
    page.block(20, y, ["PAY TO THE", "ORDER OF"], 6.8)
    page.text(72, y, payee, 12, family=hand)
    page.line(66, y + 16, width - 120, y + 16, 0.5)
    page.text(width - 116, y + 1, "$", 12, bold=True)
    page.box(width - 104, y - 3, 84, 20, 0.7)
    page.text(width - 26, y + 1, ("**" if layout == "business" else "") + money(cents), 11.5, family=hand, align="right")
    y += 26
    right, _ = page.text(22, y, written + ("***" if layout == "business" else ""), 10, family=hand)
    page.line(right + 4, y + 8, width - 78, y + 8, 0.5)
    page.line(20, y + 15, width - 76, y + 15, 0.5)
    page.text(width - 72, y + 5, "DOLLARS", 7.5, bold=True)
    page.text(20, y + 21, bank, 10, bold=True)
    y = height - 56
    page.text(20, y, rng.choice(["MEMO", "FOR", "Memo"]), 7)
    page.text(50, y - 5, memo, 10, family=hand)
    page.line(46, y + 9, 190, y + 9, 0.5)
    page.line(width - 200, y + 9, width - 20, y + 9, 0.5)
    signature(page, width - 185, y + 1, rng)
    page.text(width - 110, y + 11, "AUTHORIZED SIGNATURE", 5, align="center")
    order = ["transit", aba, "transit", f" {account}", "on-us", f" {number_.zfill(4)}"] if layout == "personal" else ["on-us", number_.zfill(6), "on-us", " ", "transit", aba, "transit", f" {account}", "on-us"]
    micr(page, 24 if layout == "personal" else 80, height - 28, order)
    fields = {"payer_name": name, "payer_address": ", ".join([*street, city]), "payee": payee, "date": date.isoformat(), "amount": number(cents), "amount_words": written, "bank_name": bank,
              "check_number": number_, "routing_number": aba, "account_number": account, "signature_present": True}
    if memo:
        fields["memo"] = memo
    return [page.image], "check", fields, f"layout {layout}"
