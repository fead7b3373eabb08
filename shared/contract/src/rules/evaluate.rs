//! Walks a condition over a document's values.

use num_traits::Zero;
use serde_json::Value as Json;

use super::chain;
use super::expression::{Chain, Comparison, Condition, Operand, Path, Quantifier, Shape};
use super::lookup::{self, Scope, Value};
use super::number::{self, Arithmetic, Number};
use super::trace::{Seen, Trace};
use super::truth::Truth;
use crate::date::Date;
use crate::{mask, validate};

/// The walk over one condition.
pub(super) struct Evaluator<'a> {
    document: Scope<'a>,
    today: Value,
    by_year: Option<Number>,
    tolerance: Option<Number>,
    trace: Trace,
    /// The names of the list entry being looked at. Whether they are blamed depends on that entry alone.
    entry: Option<Vec<Seen>>,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(data: &'a Json, today: Date, by_year: Option<Number>) -> Evaluator<'a> {
        let document = Scope::document(data);
        Evaluator {
            document,
            today: lookup::day(today),
            by_year,
            tolerance: None,
            trace: Trace::default(),
            entry: None,
        }
    }

    /// Equal within `tolerance`, which `<=` and `>=` then allow too.
    pub(super) fn with_tolerance(self, tolerance: Number) -> Evaluator<'a> {
        Evaluator { tolerance: Some(tolerance), ..self }
    }

    /// Whether the condition holds, and the fields it looked at.
    pub(super) fn run(mut self, condition: &Condition) -> (Truth, Trace) {
        let document = self.document.clone();
        let truth = self.condition(condition, &document);
        (truth, self.trace)
    }

    /// Every part is looked at, even when the first decides: all fields named belong in the trace.
    fn condition(&mut self, condition: &Condition, scope: &Scope<'a>) -> Truth {
        match condition {
            Condition::Compare(comparison, left, right) => {
                let (left, right) = (self.operand(left, scope), self.operand(right, scope));
                self.compare(*comparison, left, right)
            }
            Condition::All(parts) => parts.iter().fold(Truth::True, |all, part| all.min(self.condition(part, scope))),
            Condition::AnyOf(parts) => parts.iter().fold(Truth::False, |any, p| any.max(self.condition(p, scope))),
            Condition::Not(inner) => !self.condition(inner, scope),
            Condition::Present(path) => Truth::from(self.look(path, scope).is_some()),
            Condition::In(operand, texts) => match self.operand(operand, scope) {
                Value::Text(text) => Truth::from(texts.iter().any(|t| t.eq_ignore_ascii_case(text.trim()))),
                _ => Truth::Unknown,
            },
            Condition::Entries { quantifier, list, only, holds } => {
                let entries = self.base(list, scope).entries(list);
                let chosen = entries.into_iter().filter(|entry| self.selects(only.as_deref(), entry)).collect();
                self.entries(*quantifier, chosen, holds)
            }
            Condition::NotNegative(paths) => self.not_negative(paths, scope),
            Condition::Shape(shape, path) => {
                Truth::from(self.look(path, scope).and_then(Json::as_str).and_then(|text| shape_holds(*shape, text)))
            }
            Condition::Chain(chain) => self.chain(chain, scope),
        }
    }

    fn operand(&mut self, operand: &Operand, scope: &Scope<'a>) -> Value {
        match operand {
            Operand::Number(number) => Value::Number(*number),
            Operand::Text(text) => Value::Text(text.clone()),
            Operand::Today => self.today.clone(),
            Operand::ByYear => {
                let path = Path { names: vec![lookup::TAX_YEAR.to_owned()], of_document: true };
                self.look(&path, scope);
                self.by_year.into()
            }
            Operand::Field(path) => self.value(path, scope),
            Operand::Zero(path) if self.look(path, scope).is_none() => Value::Number(Number::zero()),
            Operand::Zero(path) => self.value(path, scope),
            Operand::Negative(inner) => match self.operand(inner, scope) {
                Value::Number(n) => Value::Number(-n),
                _ => Value::Unknown,
            },
            Operand::Absolute(inner) => match self.operand(inner, scope) {
                Value::Number(n) => Value::Number(number::absolute(n)),
                _ => Value::Unknown,
            },
            Operand::Arithmetic(operator, left, right) => {
                let (left, right) = (self.operand(left, scope), self.operand(right, scope));
                arithmetic(*operator, left, right)
            }
            Operand::Largest(parts) => self.numbers(parts, scope).and_then(|n| n.into_iter().max()).into(),
            Operand::Smallest(parts) => self.numbers(parts, scope).and_then(|n| n.into_iter().min()).into(),
            Operand::Count(list) => {
                let count = self.base(list, scope).entries(list).len();
                Value::from(i64::try_from(count).ok().map(number::whole))
            }
            Operand::Sum { list, only, field } => self.sum(list, only.as_deref(), field, scope).into(),
            Operand::WordsCents(path) => {
                let cents = self.look(path, scope).and_then(Json::as_str).and_then(validate::cents_in_words);
                cents.and_then(|c| Arithmetic::Divide.apply(number::whole(c.0), number::whole(100))).into()
            }
        }
    }

    fn numbers(&mut self, parts: &[Operand], scope: &Scope<'a>) -> Option<Vec<Number>> {
        let values: Vec<Value> = parts.iter().map(|part| self.operand(part, scope)).collect();
        values.into_iter().map(|v| if let Value::Number(n) = v { Some(n) } else { None }).collect()
    }

    fn compare(&self, comparison: Comparison, left: Value, right: Value) -> Truth {
        match (left, right) {
            (Value::Number(left), Value::Number(right)) => Truth::from(self.compare_numbers(comparison, left, right)),
            (Value::Day(left), Value::Day(right)) => Truth::from(match comparison {
                Comparison::Equal => left == right,
                Comparison::Less => left < right,
                Comparison::AtMost => left <= right,
                Comparison::Greater => left > right,
                Comparison::AtLeast => left >= right,
            }),
            (Value::Text(left), Value::Text(right)) if comparison == Comparison::Equal => Truth::from(left == right),
            _ => Truth::Unknown,
        }
    }

    fn compare_numbers(&self, comparison: Comparison, left: Number, right: Number) -> Option<bool> {
        let above = Arithmetic::Subtract.apply(left, right)?;
        let slack = self.tolerance.unwrap_or_else(Number::zero);
        Some(match comparison {
            Comparison::Equal => {
                let tolerance = self.tolerance.or_else(|| default_tolerance(left, right))?;
                number::absolute(above) <= tolerance
            }
            Comparison::Less => above < Number::zero(),
            Comparison::AtMost => above <= slack,
            Comparison::Greater => above > Number::zero(),
            Comparison::AtLeast => above >= -slack,
        })
    }

    fn selects(&mut self, only: Option<&Condition>, entry: &Scope<'a>) -> bool {
        only.is_none_or(|only| self.inside(|evaluator| evaluator.condition(only, entry)).0 == Truth::True)
    }

    fn entries(&mut self, quantifier: Quantifier, entries: Vec<Scope<'a>>, holds: &Condition) -> Truth {
        let mut all = match quantifier {
            Quantifier::Each => Truth::True,
            Quantifier::Any => Truth::False,
        };
        for entry in entries {
            let (truth, names) = self.inside(|evaluator| evaluator.condition(holds, &entry));
            let own = matches!(quantifier, Quantifier::Each).then_some(truth);
            names.into_iter().for_each(|seen| self.saw(Seen { own, ..seen }));
            all = match quantifier {
                Quantifier::Each => all.min(truth),
                Quantifier::Any => all.max(truth),
            };
        }
        all
    }

    /// An entry that has no value makes the sum unknown, and so does one of which it is unknown whether it belongs.
    fn sum(&mut self, list: &Path, only: Option<&Condition>, field: &Path, scope: &Scope<'a>) -> Option<Number> {
        let mut sum = Some(Number::zero());
        for entry in self.base(list, scope).entries(list) {
            let (belongs, names) =
                self.inside(|evaluator| only.map_or(Truth::True, |only| evaluator.condition(only, &entry)));
            if belongs == Truth::False {
                continue;
            }
            names.into_iter().for_each(|seen| self.saw(seen));
            sum = match (belongs, sum, self.value(field, &entry)) {
                (Truth::True, Some(sum), Value::Number(n)) => Arithmetic::Add.apply(sum, n),
                _ => None,
            };
        }
        sum
    }

    fn not_negative(&mut self, paths: &[Path], scope: &Scope<'a>) -> Truth {
        let mut all = Truth::True;
        for path in paths {
            let base = self.base(path, scope);
            let Some(present) = base.get(path) else { continue };
            let truth = match base.value(path) {
                Value::Number(n) => Truth::from(n >= Number::zero()),
                _ => Truth::Unknown,
            };
            self.saw(Seen { path: base.full_path(path), present: !present.is_null(), own: Some(truth) });
            all = all.min(truth);
        }
        all
    }

    fn chain(&mut self, chain: &Chain, scope: &Scope<'a>) -> Truth {
        let amount_of = |scope: &Scope<'a>, path: &Path| match scope.value(path) {
            Value::Number(n) => Some(n),
            _ => None,
        };
        let entries = self.base(&chain.list, scope).entries(&chain.list);
        let rows: Vec<chain::Row> = entries
            .iter()
            .map(|e| chain::Row { balance: amount_of(e, &chain.balance), amount: amount_of(e, &chain.amount) })
            .collect();
        let base = self.base(&chain.opening, scope);
        let opening = amount_of(&base, &chain.opening);
        let verdict = chain::follow(&rows, opening, self.tolerance.unwrap_or_else(Number::zero));
        let opening_path = base.full_path(&chain.opening);
        self.saw(Seen { path: opening_path, present: opening.is_some(), own: Some(verdict.opening) });
        for ((entry, row), found) in entries.iter().zip(&rows).zip(&verdict.rows) {
            let balance = entry.full_path(&chain.balance);
            self.saw(Seen { path: balance, present: row.balance.is_some(), own: Some(found.balance) });
            let amount = entry.full_path(&chain.amount);
            self.saw(Seen { path: amount, present: row.amount.is_some(), own: Some(found.amount) });
        }
        verdict.truth
    }

    /// The object that a path begins at.
    fn base(&self, path: &Path, scope: &Scope<'a>) -> Scope<'a> {
        if path.of_document { self.document.clone() } else { scope.clone() }
    }

    fn value(&mut self, path: &Path, scope: &Scope<'a>) -> Value {
        self.look(path, scope);
        self.base(path, scope).value(path)
    }

    /// A field's value if it is present. The field is now one that the condition looked at.
    fn look(&mut self, path: &Path, scope: &Scope<'a>) -> Option<&'a Json> {
        let base = self.base(path, scope);
        let found = base.get(path);
        let seen = Seen { path: base.full_path(path), present: found.is_some(), own: None };
        if path.of_document {
            self.trace.add(seen)
        } else {
            self.saw(seen)
        }
        found
    }

    fn saw(&mut self, seen: Seen) {
        match &mut self.entry {
            Some(names) => names.push(seen),
            None => self.trace.add(seen),
        }
    }

    /// Runs `part` with the names that it looks at kept apart.
    fn inside<T>(&mut self, part: impl FnOnce(&mut Self) -> T) -> (T, Vec<Seen>) {
        let outer = self.entry.replace(Vec::new());
        let result = part(self);
        (result, std::mem::replace(&mut self.entry, outer).unwrap_or_default())
    }
}

/// The larger of 1.00 and 0.5 % of the larger side.
fn default_tolerance(left: Number, right: Number) -> Option<Number> {
    let larger = number::absolute(left).max(number::absolute(right));
    let share = Arithmetic::Divide.apply(larger, number::whole(200))?;
    Some(share.max(number::whole(1)))
}

fn arithmetic(operator: Arithmetic, left: Value, right: Value) -> Value {
    let days = |n: Number| if n.is_integer() { i64::try_from(n.to_integer()).ok() } else { None };
    let shifted = |day: Option<i64>| day.map_or(Value::Unknown, Value::Day);
    match (operator, left, right) {
        (_, Value::Number(left), Value::Number(right)) => operator.apply(left, right).into(),
        (Arithmetic::Add, Value::Day(day), Value::Number(n)) => shifted(days(n).and_then(|n| day.checked_add(n))),
        (Arithmetic::Subtract, Value::Day(day), Value::Number(n)) => shifted(days(n).and_then(|n| day.checked_sub(n))),
        (Arithmetic::Subtract, Value::Day(left), Value::Day(right)) => {
            left.checked_sub(right).map(number::whole).into()
        }
        _ => Value::Unknown,
    }
}

/// Whether a text has the shape. Of a masked text nothing is known.
fn shape_holds(shape: Shape, text: &str) -> Option<bool> {
    let holds = match shape {
        Shape::Ssn => validate::ssn_shape(text),
        Shape::Ein => validate::ein_shape(text),
        Shape::Tin => validate::ssn_shape(text) || validate::itin(text) || validate::ein_shape(text),
        Shape::Iban => validate::iban(text),
        Shape::Routing => validate::aba(text),
        Shape::State => validate::state_code(text),
        Shape::Zip => validate::zip(text),
    };
    let hidden = mask::is_masked(text) || validate::tin_masked(text);
    if hidden && !holds { None } else { Some(holds) }
}
