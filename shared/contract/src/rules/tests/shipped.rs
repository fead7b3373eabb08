//! The shipped catalog's rules on documents that are right and on ones with a single fault.

use super::*;

/// Ids of the rules of a type that don't hold.
fn broken(doc_type: DocType, data: &Value) -> Vec<String> {
    let catalog = Catalog::shipped().unwrap();
    let checked = evaluate(&catalog.get(doc_type).rules, data, Date::new(2025, 6, 30).unwrap());
    checked.findings.into_iter().map(|f| f.rule).collect()
}

/// The document with some values replaced.
fn with(data: &Value, changes: Value) -> Value {
    let mut data = data.clone();
    for (name, value) in changes.as_object().unwrap() {
        data[name] = value.clone();
    }
    data
}

fn w2() -> Value {
    json!({
        "tax_year": 2024, "employee_ssn": "123-45-6789", "employer_ein": "12-3456789", "wages": 45000.0,
        "federal_tax_withheld": 4000.0, "social_security_wages": 50000.0, "social_security_tax": 3100.0,
        "medicare_wages": 50000.0, "medicare_tax": 725.0, "box_12": [{"code": "D", "amount": 5000.0}, {"code": "DD", "amount": 9000.0}],
        "state_taxes": [{"state": "CA", "wages": 45000.0, "tax": 1500.0}, {"state": "TX", "wages": 0.0}],
    })
}

#[test]
fn each_fault_of_a_w2_breaks_the_rule_that_is_about_it() {
    assert_eq!(broken(DocType::W2, &w2()), Vec::<String>::new());
    for (change, rule) in [
        (json!({"social_security_tax": 3700.0}), "social_security_tax_rate"),
        (json!({"tax_year": 2031}), "unknown_tax_year"),
        (json!({"medicare_tax": 275.0}), "medicare_tax_rate"),
        (json!({"box_12": null}), "deferrals_explain_medicare_wages"),
        (json!({"federal_tax_withheld": 30000.0}), "federal_tax_plausible"),
        (json!({"state_taxes": [{"state": "TX", "tax": 5.0}]}), "state_without_income_tax"),
        (json!({"state_taxes": [{"state": "ZZ"}]}), "state_known"),
        (json!({"employee_ssn": "912-70-1234"}), "employee_ssn_shape"),
        (json!({"employer_ein": "123456"}), "employer_ein_shape"),
        (json!({"allocated_tips": -1.0}), "amounts_not_negative"),
    ] {
        assert_eq!(broken(DocType::W2, &with(&w2(), change)), [rule]);
    }
    let high = json!({"wages": 295000.0, "social_security_wages": 168600.0, "social_security_tax": 10453.20,
        "medicare_wages": 300000.0, "medicare_tax": 5250.0});
    assert_eq!(broken(DocType::W2, &with(&w2(), high.clone())), Vec::<String>::new());
    let older = with(&with(&w2(), high), json!({"tax_year": 2023}));
    assert_eq!(broken(DocType::W2, &older), ["social_security_wage_base"]);
}

#[test]
fn each_fault_of_an_information_return_breaks_the_rule_that_is_about_it() {
    let interest =
        json!({"interest_income": 500.0, "tax_exempt_interest": 50.0, "private_activity_bond_interest": 5.0});
    assert_eq!(broken(DocType::Form1099Int, &interest), Vec::<String>::new());
    for (doc_type, data, rule) in [
        (DocType::Form1099Int, json!({}), "some_interest"),
        (
            DocType::Form1099Int,
            with(&interest, json!({"private_activity_bond_interest": 51.0})),
            "private_activity_within_tax_exempt",
        ),
        (DocType::Form1099Int, with(&interest, json!({"foreign_tax_paid": 1.0})), "foreign_tax_names_country"),
        (DocType::Form1099Int, with(&interest, json!({"federal_tax_withheld": 130.0})), "backup_withholding_rate"),
        (
            DocType::Form1099Div,
            json!({"total_ordinary_dividends": 5.0, "qualified_dividends": 6.0}),
            "qualified_within_ordinary",
        ),
        (
            DocType::Form1099Div,
            json!({"total_capital_gain": 5.0, "section_1202_gain": 6.0}),
            "special_gains_within_capital_gain",
        ),
        (DocType::Form1099Misc, json!({"rents": 0.0}), "some_payment"),
        (
            DocType::Form1099Nec,
            json!({"nonemployee_compensation": 5.0, "federal_tax_withheld": 6.0}),
            "federal_tax_within_compensation",
        ),
        (DocType::Form1099R, json!({"gross_distribution": 5.0, "taxable_amount": 6.0}), "taxable_within_gross"),
        (DocType::Form1098, json!({"mortgage_interest": 25.0, "outstanding_principal": 100.0}), "interest_plausible"),
    ] {
        assert_eq!(broken(doc_type, &data), [rule]);
    }
}

#[test]
fn a_statement_ties_to_the_cent() {
    let bank = json!({"beginning_balance": 100.0, "total_deposits": 50.0, "total_withdrawals": 30.0, "ending_balance": 120.0,
        "statement_start": "2024-12-15", "statement_end": "2025-01-14", "transactions": [
            {"date": "2024-12-20", "amount": 50.0, "balance": 150.0}, {"date": "2025-01-02", "amount": -30.0, "balance": 120.0}]});
    assert_eq!(broken(DocType::BankStatement, &bank), Vec::<String>::new());
    assert_eq!(
        broken(DocType::BankStatement, &with(&bank, json!({"ending_balance": 120.01}))),
        ["balances_tie", "transactions_tie"]
    );
    assert_eq!(
        broken(DocType::BankStatement, &with(&bank, json!({"statement_end": "2024-12-25"}))),
        ["transactions_in_period"]
    );
    let card = json!({"previous_balance": 100.0, "payments": -100.0, "purchases": 40.0, "interest_charged": 1.5, "new_balance": 41.5,
        "statement_date": "2025-01-14", "payment_due_date": "2025-02-10"});
    assert_eq!(broken(DocType::CreditCardStatement, &card), Vec::<String>::new());
    assert_eq!(broken(DocType::CreditCardStatement, &with(&card, json!({"new_balance": 41.0}))), ["summary_ties"]);
    assert_eq!(
        broken(DocType::CreditCardStatement, &with(&card, json!({"payment_due_date": "2025-01-14"}))),
        ["due_after_statement"]
    );
}

#[test]
fn a_bill_and_a_slip_add_up() {
    let bill = json!({"invoice_date": "2025-05-01", "due_date": "2025-05-31", "subtotal": 30.0, "tax_total": 5.7, "total": 35.7,
        "amount_paid": 5.7, "amount_due": 30.0, "iban": "DE89370400440532013000",
        "line_items": [{"quantity": 3, "unit_price": 3.33, "amount": 10.0}, {"amount": 20.0}]});
    assert_eq!(broken(DocType::Invoice, &bill), Vec::<String>::new());
    for (change, rule) in [
        (json!({"line_items": [{"amount": 29.0}]}), "lines_sum_to_subtotal"),
        (json!({"line_items": [{"quantity": 2, "unit_price": 10.0, "amount": 30.0}]}), "quantity_times_price"),
        (json!({"tax_total": 7.5}), "parts_sum_to_total"),
        (json!({"amount_due": 35.7}), "balance_due"),
        (json!({"due_date": "2025-04-01"}), "due_after_invoice"),
        (json!({"iban": "DE88370400440532013000"}), "iban_checksum"),
    ] {
        assert_eq!(broken(DocType::Invoice, &with(&bill, change)), [rule]);
    }
    let slip = json!({"date": "2025-06-30", "subtotal": 10.02, "tax_total": 0.6, "rounding": -0.02, "total": 10.6,
        "items": [{"quantity": 2, "unit_price": 5.01, "amount": 10.02}]});
    assert_eq!(broken(DocType::Receipt, &slip), Vec::<String>::new());
    assert_eq!(broken(DocType::Receipt, &with(&slip, json!({"total": 16.0}))), ["parts_sum_to_total"]);
    assert_eq!(broken(DocType::Receipt, &with(&slip, json!({"date": "2026-01-01"}))), ["date_not_in_future"]);
}

#[test]
fn a_check_says_its_amount_twice() {
    let check = json!({"amount": 45.0, "amount_words": "Forty-five and 00/100", "routing_number": "011000015", "date": "2025-06-01"});
    assert_eq!(broken(DocType::Check, &check), Vec::<String>::new());
    assert_eq!(broken(DocType::Check, &with(&check, json!({"amount": 54.0}))), ["amount_matches_words"]);
    assert_eq!(broken(DocType::Check, &with(&check, json!({"routing_number": "011000016"}))), ["routing_checksum"]);
}

#[test]
fn no_evidence_of_a_type_counts_twice() {
    for entry in Catalog::shipped().unwrap().iter() {
        let phrases = entry.evidence.iter().filter_map(|e| e.phrase.as_deref().or(e.signal.as_deref()));
        let mut folded: Vec<String> =
            phrases.map(|p| p.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase()).collect();
        folded.sort();
        let twice = folded.windows(2).find(|pair| pair[0] == pair[1]);
        assert_eq!(twice, None, "{}", entry.doc_type);
    }
}

#[test]
fn every_name_in_a_rule_is_a_field_of_its_type() {
    for entry in Catalog::shipped().unwrap().iter() {
        let fields = entry.names().chain(entry.lists.iter().flat_map(|l| l.fields.iter().map(|f| f.name.as_str())));
        let known: Vec<String> = fields.map(str::to_owned).collect();
        for rule in &entry.rules {
            for text in [Some(&rule.check), rule.when.as_ref()].into_iter().flatten() {
                for name in names_in(text) {
                    assert!(known.contains(&name), "{}: {} names {name}", entry.doc_type, rule.id);
                }
            }
        }
    }
}

/// The names in a condition that are neither functions nor words of the language.
fn names_in(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let unquoted: String = text.split('"').step_by(2).collect();
    let mut rest = unquoted.as_str();
    while let Some(start) = rest.find(|c: char| c.is_ascii_lowercase()) {
        let word = rest.get(start..).unwrap_or_default();
        let end = word
            .find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || "_.".contains(c)))
            .unwrap_or(word.len());
        let (name, after) = word.split_at(end);
        let language = ["and", "or", "not", "today", "by_year", "document"];
        if !after.starts_with('(') {
            names.extend(name.split('.').filter(|n| !language.contains(n)).map(str::to_owned));
        }
        rest = after;
    }
    names
}
