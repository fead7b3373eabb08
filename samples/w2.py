"""Form W-2: the official box layout (copies B, C and 2), and the narrow cards of payroll firms, one to four on a sheet."""

from made_up import digits, ein, firm, person, ssn, us_address
from sheet import LETTER, Sheet, money, number, some_family

WAGE_BASE = {2019: 132900, 2020: 137700, 2021: 142800, 2022: 147000, 2023: 160200, 2024: 168600, 2025: 176100}
NO_INCOME_TAX = {"AK", "FL", "NV", "NH", "SD", "TN", "TX", "WA", "WY"}
COPIES = {"B": "To Be Filed With Employee's FEDERAL Tax Return.", "C": "For EMPLOYEE'S RECORDS (See Notice to Employee on the back of Copy B.)",
          "2": "To Be Filed With Employee's State, City, or Local Income Tax Return."}


def values(rng):
    """The boxes of one employee, in cents, that obey the form's rules."""
    year = rng.choice(list(WAGE_BASE))
    wages = rng.randint(900_000, 18_500_000)
    deferral = rng.choice([0, 0, rng.randint(50_000, 900_000)])
    tips = rng.choice([0] * 6 + [rng.randint(20_000, 500_000)])
    medicare = wages + deferral
    ss_wages = min(medicare - tips, WAGE_BASE[year] * 100 - tips)
    first, last = person(rng)
    street, (city, state) = us_address(rng)
    employer_street, (employer_city, _) = us_address(rng)
    data = {
        "tax_year": str(year), "employee_ssn": ssn(rng), "employer_ein": ein(rng), "employer_name": firm(rng),
        "employer_address": [*employer_street, employer_city], "employee_first": first, "employee_last": last,
        "employee_address": [*street, city], "control_number": rng.choice(["", digits(rng, 6), f"{digits(rng, 4)} {digits(rng, 3)}"]),
        "wages": wages, "federal_tax_withheld": wages * rng.randint(6, 24) // 100, "social_security_wages": ss_wages,
        "social_security_tax": (ss_wages + tips) * 62 // 1000, "medicare_wages": medicare,
        "medicare_tax": medicare * 145 // 10000 + max(0, medicare - 20_000_000) * 9 // 1000, "social_security_tips": tips or None,
        "allocated_tips": None, "dependent_care_benefits": rng.choice([None, None, rng.randint(50_000, 500_000)]),
        "nonqualified_plans": rng.choice([None] * 5 + [rng.randint(10_000, 300_000)]),
        "box_12": box_12(rng, deferral), "other": rng.choice([[], [], [("UNION DUES", rng.randint(5_000, 90_000))],
                                                             [("CASDI", rng.randint(10_000, 150_000))]]),
        "statutory_employee": False, "retirement_plan": deferral > 0, "third_party_sick_pay": rng.random() < 0.05,
    }
    states = [state] + ([rng.choice(["NY", "CA", "IL"])] if rng.random() < 0.2 else [])
    data["state_taxes"] = []
    for code in states:
        if code not in NO_INCOME_TAX:
            part = wages // len(states)
            data["state_taxes"].append((code, digits(rng, rng.choice([7, 8, 9])), part, part * rng.randint(2, 7) // 100))
    data["local_taxes"] = [(wages, wages * rng.randint(5, 25) // 1000, rng.choice(["MAPLEWD", "RITA", "NYC", "LOUISV"]))] \
        if data["state_taxes"] and rng.random() < 0.3 else []
    return data


def box_12(rng, deferral):
    entries = [("D", deferral)] if deferral else []
    for code, low, high in [("DD", 200_000, 2_400_000), ("C", 2_000, 30_000), ("W", 50_000, 700_000)]:
        if rng.random() < 0.35:
            entries.append((code, rng.randint(low, high)))
    return entries[:4]


def labels(data):
    fields = {k: v for k, v in data.items() if not isinstance(v, (list, tuple)) and k not in ("employee_first", "employee_last")}
    for key in list(fields):
        if isinstance(fields[key], int) and not isinstance(fields[key], bool):
            fields[key] = number(fields[key])
    fields["employee_name"] = f"{data['employee_first']} {data['employee_last']}"
    fields["employer_address"] = ", ".join(data["employer_address"])
    fields["employee_address"] = ", ".join(data["employee_address"])
    fields["box_12"] = [{"code": c, "amount": number(a)} for c, a in data["box_12"]]
    fields["other"] = [{"label": c, "amount": number(a)} for c, a in data["other"]]
    fields["state_taxes"] = [{"state": s, "employer_state_id": i, "wages": number(w), "tax": number(t)} for s, i, w, t in data["state_taxes"]]
    fields["local_taxes"] = [{"wages": number(w), "tax": number(t), "locality": n} for w, t, n in data["local_taxes"]]
    return {k: v for k, v in fields.items() if v is not None and v != "" and v != []}


def cash(cents, style="plain"):
    return "" if cents is None else money(cents, style)


def official(page, x, y, d, copy="B", style="plain", family="mono"):
    """The layout of the official form, 540 x 330 points."""
    put = lambda cx, cy, w, h, label, value="", **how: page.cell(x + cx, y + cy, w, h, label, value, value_family=family, **how)
    amount = lambda cx, cy, label, key, h=24: put(cx, cy, 125, h, label, cash(d[key], style), align="right")
    if copy == "B":
        page.paragraph(x + 410, y + 3, "Visit the IRS website at www.irs.gov/efile", 120, 6)
        page.text(x + 330, y + 2, "Safe, accurate,", 6)
        page.text(x + 330, y + 10, "FAST! Use", 6)
        page.text(x + 366, y + 6, "IRS e-file", 10, bold=True)
    page.box(x, y, 540, 24)
    put(90, 0, 150, 24, "a Employee's social security number", d["employee_ssn"])
    page.text(x + 246, y + 12, "OMB No. 1545-0008", 7)
    put(0, 24, 290, 24, "b Employer identification number (EIN)", d["employer_ein"])
    amount(290, 24, "1 Wages, tips, other compensation", "wages")
    amount(415, 24, "2 Federal income tax withheld", "federal_tax_withheld")
    put(0, 48, 290, 72, "c Employer's name, address, and ZIP code", [d["employer_name"], *d["employer_address"]])
    amount(290, 48, "3 Social security wages", "social_security_wages")
    amount(415, 48, "4 Social security tax withheld", "social_security_tax")
    amount(290, 72, "5 Medicare wages and tips", "medicare_wages")
    amount(415, 72, "6 Medicare tax withheld", "medicare_tax")
    amount(290, 96, "7 Social security tips", "social_security_tips")
    amount(415, 96, "8 Allocated tips", "allocated_tips")
    put(0, 120, 290, 24, "d Control number", d["control_number"])
    put(290, 120, 125, 24, "9")
    amount(415, 120, "10 Dependent care benefits", "dependent_care_benefits")
    put(0, 144, 130, 24, "e Employee's first name and initial", d["employee_first"])
    put(130, 144, 130, 24, "Last name", d["employee_last"])
    put(260, 144, 30, 24, "Suff.")
    put(0, 168, 290, 82, "", d["employee_address"])
    page.text(x + 3, y + 241, "f", 6.2, bold=True)
    page.text(x + 9, y + 241, "Employee's address and ZIP code", 6.2)
    amount(290, 144, "11 Nonqualified plans", "nonqualified_plans")
    for row, letter in enumerate("abcd"):
        top = 144 + [0, 24, 54, 80][row]
        height = [24, 30, 26, 26][row]
        put(415, top, 125, height, f"12{letter} See instructions for box 12" if letter == "a" else f"12{letter}")
        page.block(x + 417, y + top + 9, "Code", 3.6, 1.05)
        page.line(x + 447, y + top + 10, x + 447, y + top + height)
        if row < len(d["box_12"]):
            code, cents = d["box_12"][row]
            page.text(x + 425, y + top + height - 13, code, 9.5, family=family)
            page.text(x + 535, y + top + height - 13, money(cents, style), 9.5, family=family, align="right")
    page.box(x + 290, y + 168, 125, 30)
    page.text(x + 292, y + 169, "13", 6.2, bold=True)
    for column, (label, key) in enumerate([("Statutory\nemployee", "statutory_employee"), ("Retirement\nplan", "retirement_plan"),
                                           ("Third-party\nsick pay", "third_party_sick_pay")]):
        left = x + 302 + column * 38
        page.block(left, y + 169, label.split("\n"), 5.2, 1.05)
        page.checkbox(left + 6, y + 184, 9, d[key])
    put(290, 198, 125, 52, "14 Other", [f"{c} {money(a, style)}" for c, a in d["other"]], value_points=8.5)
    state_lines(page, x, y + 250, d, style, family)
    page.text(x, y + 317, "Form", 7)
    page.text(x + 20, y + 311, "W-2", 15, bold=True)
    page.text(x + 58, y + 314, "Wage and Tax Statement", 10, bold=True)
    page.text(x + 270, y + 308, d["tax_year"], 19, bold=True, align="center")
    page.text(x + 540, y + 314, "Department of the Treasury—Internal Revenue Service", 6.6, align="right")
    page.text(x, y + 332, f"Copy {copy}—{COPIES[copy]}", 7.5, bold=True)
    if copy == "B":
        page.text(x, y + 342, "This information is being furnished to the Internal Revenue Service.", 6.5)


def state_lines(page, x, y, d, style, family):
    columns = [(0, 120, "15 State"), (120, 80, "16 State wages, tips, etc."), (200, 80, "17 State income tax"), (280, 90, "18 Local wages, tips, etc."),
               (370, 80, "19 Local income tax"), (450, 90, "20 Locality name")]
    for left, width, label in columns:
        page.cell(x + left, y, width, 54, label)
    page.text(x + 40, y + 2, "Employer's state ID number", 6.2)
    page.line(x, y + 33, x + 540, y + 33, 0.5)
    for row, (state, number_, wages, tax) in enumerate(d["state_taxes"][:2]):
        at = y + 20 + row * 20
        page.text(x + 6, at, state, 9.5, family=family)
        page.text(x + 36, at, number_, 9, family=family)
        page.text(x + 195, at, money(wages, style), 9, family=family, align="right")
        page.text(x + 275, at, money(tax, style), 9, family=family, align="right")
    for row, (wages, tax, name) in enumerate(d["local_taxes"][:2]):
        at = y + 20 + row * 20
        page.text(x + 365, at, money(wages, style), 9, family=family, align="right")
        page.text(x + 445, at, money(tax, style), 9, family=family, align="right")
        page.text(x + 454, at, name, 9, family=family)


def card(page, x, y, d, caption, style="plain", family="sans"):
    """The compact card of a payroll firm, 270 x 352 points: the same boxes in another order, with shorter labels."""
    put = lambda cx, cy, w, h, label, value="", **how: page.cell(x + cx, y + cy, w, h, label, value, points=5, value_points=7.8,
                                                                 value_family=family, border=0.5, **how)
    top = [("1 Wages, tips, other comp.", "wages"), ("2 Federal income tax withheld", "federal_tax_withheld"), ("3 Social security wages", "social_security_wages"),
           ("4 Social security tax withheld", "social_security_tax"), ("5 Medicare wages and tips", "medicare_wages"), ("6 Medicare tax withheld", "medicare_tax")]
    for i, (label, key) in enumerate(top):
        put(i % 2 * 135, i // 2 * 22, 135, 22, label, cash(d[key], style), align="right")
    put(0, 66, 90, 22, "d Control number", d["control_number"])
    put(90, 66, 60, 22, "Dept.")
    put(150, 66, 120, 22, "Employer use only")
    put(0, 88, 270, 56, "c Employer's name, address, and ZIP code", [d["employer_name"].upper(), *[a.upper() for a in d["employer_address"]]])
    put(0, 144, 135, 22, "b Employer's FED ID number", d["employer_ein"])
    put(135, 144, 135, 22, "a Employee's SSA number", d["employee_ssn"])
    put(0, 166, 135, 20, "7 Social security tips", cash(d["social_security_tips"], style), align="right")
    put(135, 166, 135, 20, "8 Allocated tips")
    put(0, 186, 135, 20, "9")
    put(135, 186, 135, 20, "10 Dependent care benefits", cash(d["dependent_care_benefits"], style), align="right")
    put(0, 206, 135, 20, "11 Nonqualified plans", cash(d["nonqualified_plans"], style), align="right")
    put(0, 226, 135, 40, "14 Other", [f"{money(a, style)} {c}" for c, a in d["other"]])
    for row, letter in enumerate("abcd"):
        entry = d["box_12"][row] if row < len(d["box_12"]) else None
        put(135, 206 + row * 15, 135, 15, f"12{letter}" + (" See instructions for box 12" if letter == "a" else ""))
        if entry:
            page.text(x + 160, y + 212 + row * 15, entry[0], 7.4, family=family)
            page.line(x + 178, y + 212 + row * 15, x + 178, y + 221 + row * 15, 0.4)
            page.text(x + 266, y + 212 + row * 15, money(entry[1], style), 7.4, family=family, align="right")
    page.text(x + 2, y + 267, "13 Stat emp.  Ret. plan  3rd party sick pay", 5)
    for i, key in enumerate(["statutory_employee", "retirement_plan", "third_party_sick_pay"]):
        page.checkbox(x + 150 + i * 36, y + 267, 8, d[key])
    name = f"{d['employee_first']} {d['employee_last']}"
    put(0, 278, 270, 46, "e/f Employee's name, address and ZIP code", [name.upper(), *[a.upper() for a in d["employee_address"]]])
    state = d["state_taxes"][0] if d["state_taxes"] else None
    local = d["local_taxes"][0] if d["local_taxes"] else None
    put(0, 324, 90, 20, "15 State  Employer's state ID no.", f"{state[0]}  {state[1]}" if state else "")
    put(90, 324, 90, 20, "16 State wages, tips, etc.", money(state[2], style) if state else "", align="right")
    put(180, 324, 90, 20, "17 State income tax", money(state[3], style) if state else "", align="right")
    put(0, 344, 90, 20, "18 Local wages, tips, etc.", money(local[0], style) if local else "", align="right")
    put(90, 344, 90, 20, "19 Local income tax", money(local[1], style) if local else "", align="right")
    put(180, 344, 90, 20, "20 Locality name", local[2] if local else "")
    page.text(x + 2, y + 366, caption, 6.5, bold=True)
    page.text(x + 2, y + 374, f"Form W-2  Wage and Tax Statement   {d['tax_year']}   OMB No. 1545-0008   Dept. of the Treasury - IRS", 5)


def make(rng, layout=None, dpi=150):
    """(pages, type, fields, notes)"""
    d = values(rng)
    layout = layout or rng.choice(["official", "official", "official-twice", "cards-2", "cards-4"])
    style = rng.choice(["plain", "plain", "en"])
    page = Sheet(LETTER, dpi, "sans")
    if layout.startswith("official"):
        family = some_family(rng, ["mono", "dejavu-mono", "sans"])
        official(page, 36, 36, d, rng.choice("BC2"), style, family)
        if layout == "official-twice":
            official(page, 36, 420, d, "C", style, family)
    else:
        d["state_taxes"], d["local_taxes"] = d["state_taxes"][:1], d["local_taxes"][:1]
        family = some_family(rng, ["sans", "roboto", "mono"])
        captions = ["Copy B, to be filed with employee's Federal Tax Return.", "Copy C, for employee's records.", "Copy 2, to be filed with employee's State Tax Return.",
                    "Copy 2, to be filed with employee's City or Local Tax Return."]
        for i in range(int(layout[-1])):
            card(page, 26 + i % 2 * 290, 16 + i // 2 * 388, d, captions[i], style, family)
    return [page.image], "W2", labels(d), f"layout {layout}"
