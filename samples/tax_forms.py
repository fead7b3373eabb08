"""Forms 1099-INT, -DIV, -MISC, -NEC, -R and 1098: the official grids (payer block and TINs left, boxes in two columns, copy
text at the right), and the plain lists that brokers print instead."""

from made_up import BANKS, day, digits, ein, firm, person, phone, routing, ssn, us_address, us_city
from sheet import LETTER, Sheet, money, number, some_family

# Per form: title, OMB number, rows of boxes (left, right; a box is (label, field, kind)), kinds: money, text, bool.
M, T, B = "money", "text", "bool"
FORMS = {
    "1099-INT": ("Interest Income", "1545-0112", [
        [("1 Interest income", "interest_income", M), None],
        [("2 Early withdrawal penalty", "early_withdrawal_penalty", M), None],
        [("3 Interest on U.S. Savings Bonds and Treasury obligations", "us_savings_bond_interest", M), None],
        [("4 Federal income tax withheld", "federal_tax_withheld", M), ("5 Investment expenses", "investment_expenses", M)],
        [("6 Foreign tax paid", "foreign_tax_paid", M), ("7 Foreign country or U.S. territory", "foreign_country", T)],
        [("8 Tax-exempt interest", "tax_exempt_interest", M), ("9 Specified private activity bond interest", "private_activity_bond_interest", M)],
        [("10 Market discount", "market_discount", M), ("11 Bond premium", "bond_premium", M)],
        [("12 Bond premium on Treasury obligations", "bond_premium_treasury", M), ("13 Bond premium on tax-exempt bond", "bond_premium_tax_exempt", M)],
        [("14 Tax-exempt and tax credit bond CUSIP no.", "tax_exempt_bond_cusip", T), "states"]]),
    "1099-DIV": ("Dividends and Distributions", "1545-0110", [
        [("1a Total ordinary dividends", "total_ordinary_dividends", M), None],
        [("1b Qualified dividends", "qualified_dividends", M), None],
        [("2a Total capital gain distr.", "total_capital_gain", M), ("2b Unrecap. Sec. 1250 gain", "unrecaptured_1250_gain", M)],
        [("2c Section 1202 gain", "section_1202_gain", M), ("2d Collectibles (28%) gain", "collectibles_gain", M)],
        [("2e Section 897 ordinary dividends", "section_897_ordinary_dividends", M), ("2f Section 897 capital gain", "section_897_capital_gain", M)],
        [("3 Nondividend distributions", "nondividend_distributions", M), ("4 Federal income tax withheld", "federal_tax_withheld", M)],
        [("5 Section 199A dividends", "section_199a_dividends", M), ("6 Investment expenses", "investment_expenses", M)],
        [("7 Foreign tax paid", "foreign_tax_paid", M), ("8 Foreign country or U.S. possession", "foreign_country", T)],
        [("9 Cash liquidation distributions", "cash_liquidation", M), ("10 Noncash liquidation distributions", "noncash_liquidation", M)],
        [("12 Exempt-interest dividends", "exempt_interest_dividends", M), ("13 Specified private activity bond interest dividends", "private_activity_dividends", M)],
        ["states", None]]),
    "1099-MISC": ("Miscellaneous Information", "1545-0115", [
        [("1 Rents", "rents", M), None],
        [("2 Royalties", "royalties", M), None],
        [("3 Other income", "other_income", M), ("4 Federal income tax withheld", "federal_tax_withheld", M)],
        [("5 Fishing boat proceeds", "fishing_boat_proceeds", M), ("6 Medical and health care payments", "medical_payments", M)],
        [("7 Payer made direct sales totaling $5,000 or more of consumer products to recipient for resale", "direct_sales_5000", B),
         ("8 Substitute payments in lieu of dividends or interest", "substitute_payments", M)],
        [("9 Crop insurance proceeds", "crop_insurance", M), ("10 Gross proceeds paid to an attorney", "attorney_gross_proceeds", M)],
        [("11 Fish purchased for resale", "fish_purchased", M), ("12 Section 409A deferrals", "section_409a_deferrals", M)],
        [("14 Excess golden parachute payments", "excess_golden_parachute", M), ("15 Nonqualified deferred compensation", "nonqualified_deferred_comp", M)],
        ["states", None]]),
    "1099-NEC": ("Nonemployee Compensation", "1545-0116", [
        [("1 Nonemployee compensation", "nonemployee_compensation", M), None],
        [("2 Payer made direct sales totaling $5,000 or more of consumer products to recipient for resale", "direct_sales_5000", B), None],
        [("3", None, T), None],
        [("4 Federal income tax withheld", "federal_tax_withheld", M), None],
        ["states", None]]),
    "1099-R": ("Distributions From Pensions, Annuities, Retirement or Profit-Sharing Plans, IRAs, Insurance Contracts, etc.", "1545-0119", [
        [("1 Gross distribution", "gross_distribution", M), None],
        [("2a Taxable amount", "taxable_amount", M), None],
        [("2b Taxable amount not determined", "taxable_not_determined", B), ("Total distribution", "total_distribution", B)],
        [("3 Capital gain (included in box 2a)", "capital_gain", M), ("4 Federal income tax withheld", "federal_tax_withheld", M)],
        [("5 Employee contributions/ Designated Roth contributions or insurance premiums", "employee_contributions", M),
         ("6 Net unrealized appreciation in employer's securities", "net_unrealized_appreciation", M)],
        [("7 Distribution code(s)", "distribution_codes", T), ("IRA/ SEP/ SIMPLE", "ira_sep_simple", B)],
        [("9a Your percentage of total distribution", "percent_of_total", T), ("9b Total employee contributions", "total_employee_contributions", M)],
        [("10 Amount allocable to IRR within 5 years", "irr_within_5_years", M), ("11 1st year of desig. Roth contrib.", "first_year_designated_roth", T)],
        ["states", None]]),
    "1098": ("Mortgage Interest Statement", "1545-1380", [
        [("1 Mortgage interest received from payer(s)/borrower(s)", "mortgage_interest", M), None],
        [("2 Outstanding mortgage principal", "outstanding_principal", M), ("3 Mortgage origination date", "origination_date", T)],
        [("4 Refund of overpaid interest", "refund_overpaid_interest", M), ("5 Mortgage insurance premiums", "mortgage_insurance_premiums", M)],
        [("6 Points paid on purchase of principal residence", "points_paid", M), None],
        [("7 If address of property securing mortgage is the same as PAYER'S/BORROWER'S address, the box is checked, or the address or description is entered in box 8.",
          "property_same_as_borrower", B), None],
        [("8 Address or description of property securing mortgage", "property_address", T), None],
        [("9 Number of properties securing the mortgage", "mortgaged_property_count", T), ("10 Other", "other", T)],
        [("11 Mortgage acquisition date", "acquisition_date", T), None]]),
}
WITH_ID = (["state", "id", "tax"], [0.24, 0.4, 0.36])
WITH_INCOME = (["tax", "both", "income"], [0.32, 0.36, 0.32])
STATE_BOXES = {
    "1099-INT": (["15 State", "16 State identification no.", "17 State tax withheld"], *WITH_ID),
    "1099-DIV": (["14 State", "15 State identification no.", "16 State tax withheld"], *WITH_ID),
    "1099-MISC": (["16 State tax withheld", "17 State/Payer's state no.", "18 State income"], *WITH_INCOME),
    "1099-NEC": (["5 State tax withheld", "6 State/Payer's state no.", "7 State income"], *WITH_INCOME),
    "1099-R": (["14 State tax withheld", "15 State/Payer's state no.", "16 State distribution"], *WITH_INCOME),
}
MAIN = {"1099-INT": ["interest_income"], "1099-DIV": ["total_ordinary_dividends", "qualified_dividends"], "1099-MISC": ["rents", "other_income"],
        "1099-NEC": ["nonemployee_compensation"], "1099-R": ["gross_distribution", "taxable_amount"], "1098": ["mortgage_interest", "outstanding_principal"]}


def values(rng, form):
    """Shared header, and the boxes as cents, text or bool. Few boxes are filled, as in life."""
    bank = form in ("1099-INT", "1099-DIV", "1099-R", "1098")
    first, last = person(rng)
    street, (city, state) = us_address(rng)
    payer_street, (payer_city, _) = us_address(rng)
    d = {"tax_year": rng.randint(2020, 2024), "corrected": rng.random() < 0.1, "payer_name": rng.choice(BANKS) if bank else firm(rng),
         "payer_address": [*payer_street, payer_city], "payer_phone": phone(rng), "payer_tin": ein(rng),
         "recipient_tin": rng.choice([ssn(rng), ssn(rng), f"XXX-XX-{digits(rng, 4)}", f"***-**-{digits(rng, 4)}"]),
         "recipient_name": f"{first} {last}", "street": street, "city": city, "account_number": digits(rng, rng.choice([8, 10, 12])),
         "boxes": {}, "states": []}
    main = MAIN[form]
    base = rng.randint(1_200, 4_000_000)
    for row in FORMS[form][2]:
        for box in row:
            if not isinstance(box, tuple) or not box[1]:
                continue
            _, field, kind = box
            if kind == M and (field in main or rng.random() < 0.22):
                cents = base if field == main[0] else rng.randint(100, max(101, base // 2))
                d["boxes"][field] = cents
            elif kind == B:
                d["boxes"][field] = rng.random() < 0.3
    special(rng, form, d, street, city)
    if rng.random() < 0.4 and form != "1098":
        d["states"] = [(state, digits(rng, 8), base, base * rng.randint(2, 6) // 100)]
    return d


def special(rng, form, d, street, city):
    boxes = d["boxes"]
    if form == "1099-INT" and rng.random() < 0.4:
        d["payer_rtn"] = routing(rng)
    if form == "1099-INT" and "foreign_tax_paid" in boxes:
        boxes["foreign_country"] = "Canada"
    if form == "1099-R":
        boxes["distribution_codes"] = rng.choice(["1", "4", "7", "G", "7D"])
        if boxes.get("capital_gain", 0) > boxes["taxable_amount"]:
            del boxes["capital_gain"]
    if form == "1098":
        boxes["mortgage_interest"] = rng.randint(150_000, 1_800_000)
        boxes["outstanding_principal"] = boxes["mortgage_interest"] * rng.randint(12, 30)
        boxes["origination_date"] = day(rng, 2005, 2019)
        boxes["mortgaged_property_count"] = "1"
        if not boxes["property_same_as_borrower"]:
            other, (other_city, _) = us_address(rng)
            boxes["property_address"] = ", ".join([*other, other_city])


def labels(form, d):
    prefix = ("lender", "borrower") if form == "1098" else ("payer", "recipient")
    fields = {"tax_year": str(d["tax_year"]), "corrected": d["corrected"], f"{prefix[0]}_name": d["payer_name"],
              f"{prefix[0]}_address": ", ".join(d["payer_address"]), f"{prefix[0]}_phone": d["payer_phone"], f"{prefix[0]}_tin": d["payer_tin"],
              f"{prefix[1]}_tin": d["recipient_tin"], f"{prefix[1]}_name": d["recipient_name"],
              f"{prefix[1]}_address": ", ".join([*d["street"], d["city"]]), "account_number": d["account_number"]}
    if "payer_rtn" in d:
        fields["payer_rtn"] = d["payer_rtn"]
    for field, value in d["boxes"].items():
        fields[field] = value if isinstance(value, (bool, str)) else number(value) if isinstance(value, int) else value.isoformat()
    fields["state_taxes"] = [{"state": s, "payer_state_id": i, "tax_withheld": number(t), **({"income": number(w)} if form != "1099-INT" and form != "1099-DIV" else {})}
                             for s, i, w, t in d["states"]]
    return {k: v for k, v in fields.items() if v not in ("", [])}


def grid(page, form, d, x=36, y=40, style="plain", family="mono", copy=None):
    """The official layout, 540 points wide."""
    title, omb, rows = FORMS[form]
    lender = form == "1098"
    ours, theirs = ("RECIPIENT'S/LENDER'S", "PAYER'S/BORROWER'S") if lender else ("PAYER'S", "RECIPIENT'S")
    put = lambda cx, cy, w, h, label, value="", **how: page.cell(x + cx, y + cy, w, h, label, value, value_family=family, **how)
    page.checkbox(x + 200, y - 14, 9, d["corrected"])
    page.text(x + 214, y - 14, "CORRECTED (if checked)", 8)
    row_h = 30
    total = row_h * len(rows)
    left_h = max(total, 212)
    street = ", ".join(d["street"])
    put(0, 0, 236, 84, f"{ours} name, street address, city or town, state or province, country, ZIP or foreign postal code, and telephone no.",
        [d["payer_name"], *d["payer_address"], d["payer_phone"]], value_points=8.8)
    put(0, 84, 118, 26, f"{ours} TIN", d["payer_tin"])
    put(118, 84, 118, 26, f"{theirs} TIN", d["recipient_tin"])
    put(0, 110, 236, 28, f"{theirs} name", d["recipient_name"])
    put(0, 138, 236, 26, "Street address (including apt. no.)", street)
    put(0, 164, 236, 26, "City or town, state or province, country, and ZIP or foreign postal code", d["city"])
    account_y = 190
    if form in ("1099-INT", "1099-DIV", "1099-MISC", "1099-NEC"):
        put(168, account_y, 68, 26, "FATCA filing requirement", points=5.6)
        page.checkbox(x + 222, y + account_y + 14, 8, False)
        put(0, account_y, 168, max(24, left_h - account_y), "Account number (see instructions)", d["account_number"])
    else:
        put(0, account_y, 236, max(24, left_h - account_y), "Account number (see instructions)", d["account_number"])
    heading(page, x, y, form, d, title, omb, row_h)
    page.box(x, y, 540, left_h, 0.9)
    for index, row in enumerate(rows):
        boxes(page, x + 236, y + index * row_h, row_h, row, form, d, style, family, index)
    copy_text(page, x + 448, y, left_h, row_h, form, copy or "B")
    page.text(x, y + left_h + 4, f"Form {form}", 9, bold=True)
    page.text(x + 150, y + left_h + 5, "(keep for your records)", 6.5)
    page.text(x + 270, y + left_h + 5, f"www.irs.gov/Form{form.replace('-', '')}", 6.5)
    page.text(x + 540, y + left_h + 5, "Department of the Treasury - Internal Revenue Service", 6.5, align="right")
    return y + left_h + 20


def heading(page, x, y, form, d, title, omb, row_h):
    """OMB number, form and year, title: beside the first rows, where the form has no right box."""
    page.box(x + 342, y, 106, row_h * 2 if form in ("1099-INT", "1099-DIV", "1099-MISC", "1099-R", "1099-NEC") else row_h, 0.7)
    page.text(x + 346, y + 3, f"OMB No. {omb}", 6.2)
    page.text(x + 346, y + 12, "Form", 6)
    page.text(x + 364, y + 10, form, 10, bold=True)
    if form != "1098":
        page.text(x + 346, y + 27, "(Rev. January 2022)", 5.8)
        page.text(x + 346, y + 37, "For calendar year", 6.2)
        page.text(x + 346, y + 45, f"{d['tax_year']}", 11, bold=True)
    else:
        page.text(x + 405, y + 14, f"{d['tax_year']}", 11, bold=True)
    page.paragraph(x + 452, y + 6, title, 84, 10 if len(title) < 40 else 6, bold=True)
    if form == "1099-INT":
        page.text(x + 346, y - 9, "Payer's RTN (optional)", 6)
        page.text(x + 420, y - 11, d.get("payer_rtn", ""), 8.5, family="mono")


def boxes(page, x, y, h, row, form, d, style, family, index):
    left, right = row
    if left == "states":
        return states(page, x, y, 212, h, form, d, style, family)
    wide = right is None and index >= 2
    shown = [(left, 0, 212 if wide else 106)] + ([(right, 106, 106)] if right and right != "states" else [])
    for (label, field, kind), offset, width in shown:
        value = d["boxes"].get(field)
        if kind == B:
            page.cell(x + offset, y, width, h, label, points=5.4)
            page.checkbox(x + offset + width - 13, y + h - 12, 8, bool(value))
        elif kind == M:
            page.cell(x + offset, y, width, h, label, "" if value is None else money(value, style), value_family=family, dollar=True, align="right")
        else:
            text = "" if value is None else value if isinstance(value, str) else value.strftime("%m/%d/%Y")
            lines = page.wrap(text, width - 10, 7.4, family=family)
            page.cell(x + offset, y, width, h, label, lines if len(lines) > 1 else text, value_family=family, value_points=7.4 if len(lines) > 1 else 8.5)
    if right == "states":
        states(page, x + 106, y, 106, h, form, d, style, family, narrow=True)


def states(page, x, y, w, h, form, d, style, family, narrow=False):
    """The state's boxes, in the order and with the numbers of the form."""
    names, order, widths = STATE_BOXES[form]
    at = x
    for name, which, share in zip(names, order, widths):
        value = ""
        if d["states"]:
            state, identity, income, tax = d["states"][0]
            value = {"state": state, "id": identity, "tax": money(tax, style), "income": money(income, style), "both": f"{state}/{identity}"}[which]
        page.cell(at, y, w * share, h, name, value, points=4.6 if narrow else 5.8, value_points=6.2 if narrow else 8.5, value_family=family)
        at += w * share


def copy_text(page, x, y, h, row_h, form, copy):
    page.line(x, y, x, y + h, 0.7)
    texts = {"B": ("Copy B", "For Recipient", "This is important tax information and is being furnished to the IRS. If you are required to file a return, a negligence "
                   "penalty or other sanction may be imposed on you if this income is taxable and the IRS determines that it has not been reported."),
             "C": ("Copy C", "For Payer", "For Privacy Act and Paperwork Reduction Act Notice, see the current General Instructions for Certain Information Returns.")}
    name, whom, text = texts[copy]
    if form == "1098":
        whom = "For Payer/Borrower"
    page.text(x + 86, y + row_h * 2 + 4, name, 10, bold=True, align="right")
    page.text(x + 86, y + row_h * 2 + 17, whom, 8, bold=True, align="right")
    page.paragraph(x + 4, y + row_h * 2 + 36, text, 84, 6.2)


def listing(page, form, d, style="en", family="sans"):
    """The substitute statement of a broker or bank: boxes as lines of a list."""
    title, omb, rows = FORMS[form]
    lender = form == "1098"
    y = page.block(40, 40, [d["payer_name"]], 14, bold=True)
    y = page.block(40, y + 2, [*d["payer_address"], f"Telephone: {d['payer_phone']}"], 9)
    page.text(572, 40, f"{d['tax_year']} Form {form}", 14, bold=True, align="right")
    page.text(572, 58, title if len(title) < 40 else "Distributions From Pensions, Annuities, etc.", 9, align="right")
    page.text(572, 70, f"OMB No. {omb}   Copy B for {'Borrower' if lender else 'Recipient'}", 8, align="right")
    page.block(40, y + 20, [d["recipient_name"], *d["street"], d["city"]], 10)
    who = ("Lender's", "Borrower's") if lender else ("Payer's", "Recipient's")
    right = [(f"{who[0]} TIN:", d["payer_tin"]), (f"{who[1]} TIN:", d["recipient_tin"]), ("Account number:", d["account_number"]),
             ("Tax year:", str(d["tax_year"]))] + ([("Payer's RTN:", d["payer_rtn"])] if "payer_rtn" in d else [])
    for i, (label, value) in enumerate(right):
        page.text(340, y + 20 + i * 14, label, 9, bold=True)
        page.text(450, y + 20 + i * 14, value, 9)
    y += 100
    page.box(40, y, 532, 16, 0, fill=(225, 228, 234))
    page.text(44, y + 3, "Box  Description", 9, bold=True)
    page.text(566, y + 3, "Amount", 9, bold=True, align="right")
    y += 22
    for row in rows:
        for box in row:
            if not isinstance(box, tuple) or not box[1]:
                continue
            label, field, kind = box
            value = d["boxes"].get(field)
            first, _, rest = label.partition(" ")
            named = (first, rest) if first[0].isdigit() else ("", label)
            page.text(46, y, named[0], 9)
            for i, line in enumerate(page.wrap(named[1], 380, 9)):
                page.text(72, y + i * 11, line, 9)
            page.text(566, y, shown(value, kind, style), 9, align="right")
            y += 6 + 11 * len(page.wrap(named[1], 380, 9))
            page.line(40, y - 3, 572, y - 3, 0.3, (190, 190, 190))
    if d["states"]:
        state, identity, _, tax = d["states"][0]
        page.text(72, y, f"State {state}   State identification no. {identity}   State tax withheld", 9)
        page.text(566, y, money(tax, style), 9, align="right")
    page.paragraph(40, y + 24, "This is important tax information and is being furnished to the Internal Revenue Service. If you are required to file a return, a "
                   "negligence penalty or other sanction may be imposed on you if this income is taxable and the IRS determines that it has not been reported.", 532, 8)


def shown(value, kind, style):
    """A box's value as a list prints it: an empty amount is 0.00 there."""
    if kind == M:
        return money(value or 0, style)
    if kind == B:
        return "Yes" if value else "No"
    return "" if value is None else value if isinstance(value, str) else value.strftime("%m/%d/%Y")


def make(rng, form, layout=None, dpi=150):
    d = values(rng, form)
    layout = layout or rng.choice(["grid", "grid", "grid-twice", "list"])
    style = rng.choice(["plain", "en"])
    page = Sheet(LETTER, dpi, some_family(rng, ["sans", "lato", "roboto", "opensans"]) if layout == "list" else "sans")
    fields = labels(form, d)
    if layout == "list":
        listing(page, form, d, "en")
        fields.pop("corrected")
        for _, field, kind in [b for row in FORMS[form][2] for b in row if isinstance(b, tuple) and b[1]]:
            if kind == M:
                fields.setdefault(field, 0.0)
        for entry in fields.get("state_taxes", []):
            entry.pop("income", None)
    else:
        family = some_family(rng, ["mono", "dejavu-mono", "sans"])
        below = grid(page, form, d, style=style, family=family, copy="B")
        if layout == "grid-twice":
            grid(page, form, d, y=below + 60, style=style, family=family, copy="C")
    return [page.image], form, fields, f"layout {layout}"
