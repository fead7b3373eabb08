//! The rules that tie a document's values together: the language of the catalog's conditions and its evaluation.
//!
//! A condition is a comparison (`=`, `<`, `<=`, `>`, `>=`) of operands, joined by `and`, `or`, `not`. Operands are numbers, texts in
//! double quotes, field names, `+ - * / ( )`, `today`, `by_year` and the functions below. Money is exact: amounts and rates are
//! fractions, never floats. A condition about a value that is absent, masked or of another kind is neither true nor false but
//! unknown; nothing is ever guessed.
//!
//! | function | meaning |
//! |---|---|
//! | `present(f)`, `absent(f)` | whether the field has a value; never unknown |
//! | `zero(f)` | the field, 0 if it is absent |
//! | `abs(x)`, `max(x, ...)`, `min(x, ...)` | as usual |
//! | `count(list)`, `sum(list.f)` | over the entries of a list; an absent list has none |
//! | `sum_if(list, condition, f)` | the sum of `f` over the entries for which the condition holds |
//! | `each(list, condition)`, `any(list, condition)` | whether it holds for all, or some, entries |
//! | `each_if(list, only, condition)` | whether it holds for all entries for which `only` holds |
//! | `in(x, "A", "B")` | whether the text is one of these, whatever the case |
//! | `nonneg(f, ...)` | whether none of the fields is below zero; absent ones don't count |
//! | `words_cents(f)` | the amount that the words say |
//! | `chain(list, balance, amount, opening)` | whether each row's balance is the one before plus its amount |
//! | `ssn_ok(f)`, `ein_ok`, `tin_ok`, `iban_ok`, `routing_ok`, `state_ok`, `zip_ok` | the checks of [`crate::validate`] |
//!
//! Inside a list's condition names are those of the entry; `document.f` is the field of the document. Dates compare as dates, and a
//! number added to one counts days. `=` of numbers has the rule's tolerance; `<=` and `>=` have it only if the rule names one.

mod chain;
mod evaluate;
mod expression;
mod lookup;
mod number;
mod parse;
#[cfg(test)]
mod tests;
mod token;
mod trace;
mod truth;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::catalog::Rule;
use crate::date::Date;
use crate::{Finding, Severity};

use evaluate::Evaluator;
use number::Number;
use truth::Truth;

/// Id of the finding that a year's number is not known.
const UNKNOWN_TAX_YEAR: &str = "unknown_tax_year";

/// What the rules found in a document.
#[derive(Debug, Default)]
pub struct Checked {
    /// The rules that don't hold.
    pub findings: Vec<Finding>,
    /// By field path, then by rule id: `pass`, `fail` or `unknown`.
    pub checks: BTreeMap<String, BTreeMap<String, String>>,
}

/// Checks the syntax of a rule.
///
/// # Errors
/// What is wrong with it, in a few words.
pub fn check_syntax(rule: &Rule) -> Result<(), String> {
    let check = parse::condition(&rule.check).map_err(|e| format!("check: {e}"))?;
    if let Some(when) = &rule.when {
        parse::condition(when).map_err(|e| format!("when: {e}"))?;
    }
    if rule.tolerance.is_some_and(|t| t < 0.0 || number::from_f64(t).is_none()) {
        return Err("tolerance is not a number from 0".to_owned());
    }
    let year = |y: &str| y.len() == 4 && y.bytes().all(|b| b.is_ascii_digit());
    if let Some((year, _)) = rule.by_year.iter().find(|(y, n)| !year(y) || number::from_f64(**n).is_none()) {
        return Err(format!("by_year: {year:?} is not a year with a number"));
    }
    if check.uses_year() == rule.by_year.is_empty() {
        return Err("by_year stands in the check and in the rule, or in neither".to_owned());
    }
    Ok(())
}

/// Whether a pass of the rule speaks for the values that it names: it is an equation or check digits, which a misread value would
/// break. A pass of a bound says little.
pub fn confirms(rule: &Rule) -> bool {
    parse::condition(&rule.check).is_ok_and(|check| check.confirms())
}

/// Tries the rules on a document's `data`. A rule that [`check_syntax`] refuses finds nothing; a catalog that holds one does not
/// load.
pub fn evaluate(rules: &[Rule], data: &Value, today: Date) -> Checked {
    let mut checked = Checked::default();
    let mut unknown_year = false;
    for rule in rules {
        unknown_year |= apply(rule, data, today, &mut checked).is_some_and(|missed| missed.0);
    }
    if unknown_year {
        checked.findings.push(Finding {
            rule: UNKNOWN_TAX_YEAR.to_owned(),
            severity: Severity::Warn,
            fields: vec![lookup::TAX_YEAR.to_owned()],
            message: "tax_year is absent, or a year whose limits are not known".to_owned(),
        });
    }
    checked
}

/// Whether a rule wanted the number of a year that it does not have.
struct MissedYear(bool);

/// Tries one rule. `None` if it does not apply.
fn apply(rule: &Rule, data: &Value, today: Date, checked: &mut Checked) -> Option<MissedYear> {
    let condition = parse::condition(&rule.check).ok()?;
    if let Some(when) = &rule.when {
        let when = parse::condition(when).ok()?;
        let (truth, _) = Evaluator::new(data, today, by_year(rule, data)).run(&when);
        (truth == Truth::True).then_some(())?;
    }
    let mut evaluator = Evaluator::new(data, today, by_year(rule, data));
    if let Some(tolerance) = rule.tolerance.and_then(number::from_f64) {
        evaluator = evaluator.with_tolerance(tolerance);
    }
    let (truth, trace) = evaluator.run(&condition);
    for (path, outcome) in trace.outcomes(truth) {
        checked.checks.entry(path).or_default().insert(rule.id.clone(), outcome.name().to_owned());
    }
    if truth == Truth::False {
        checked.findings.push(Finding {
            rule: rule.id.clone(),
            severity: rule.severity,
            fields: trace.implicated(),
            message: rule.message.clone(),
        });
    }
    Some(MissedYear(truth == Truth::Unknown && condition.uses_year() && by_year(rule, data).is_none()))
}

/// The rule's number for the document's year.
fn by_year(rule: &Rule, data: &Value) -> Option<Number> {
    rule.by_year.get(&lookup::tax_year(data)?).copied().and_then(number::from_f64)
}
