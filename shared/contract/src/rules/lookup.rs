//! Finds the values that a condition names in a document's `data`.

use serde_json::Value as Json;

use super::expression::Path;
use super::number::{self, Number};
use crate::date::Date;

/// The field that `by_year` goes by.
pub(super) const TAX_YEAR: &str = "tax_year";

/// The day from which days are counted. Any day does.
const EPOCH: Date = Date { year: 2000, month: 1, day: 1 };

/// A value as the rules see it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// Absent, or of a kind that the rules don't compare.
    Unknown,
    Number(Number),
    /// Days since [`EPOCH`].
    Day(i64),
    Text(String),
}

impl From<Option<Number>> for Value {
    fn from(number: Option<Number>) -> Value {
        number.map_or(Value::Unknown, Value::Number)
    }
}

/// A day as a value.
pub(super) fn day(date: Date) -> Value {
    Value::Day(EPOCH.days_until(date))
}

/// An object whose fields can be named: the document or an entry of a list.
#[derive(Clone)]
pub(super) struct Scope<'a> {
    object: &'a Json,
    /// Its path with a dot at the end; empty for the document.
    prefix: String,
}

impl<'a> Scope<'a> {
    pub(super) fn document(data: &'a Json) -> Scope<'a> {
        Scope { object: data, prefix: String::new() }
    }

    /// The path of a field from the document's root, as answers write it.
    pub(super) fn full_path(&self, path: &Path) -> String {
        format!("{}{}", self.prefix, path.names.join("."))
    }

    /// The field's value, unless it is absent: missing, null or empty.
    pub(super) fn get(&self, path: &Path) -> Option<&'a Json> {
        let found = path.names.iter().try_fold(self.object, |object, name| object.get(name))?;
        let empty = found.is_null() || found.as_str().is_some_and(|text| text.trim().is_empty());
        (!empty).then_some(found)
    }

    /// The field's value, as the rules see it.
    pub(super) fn value(&self, path: &Path) -> Value {
        match self.get(path) {
            Some(Json::Number(n)) => number::parse(&n.to_string()).into(),
            Some(Json::String(text)) => text.parse().map_or_else(|_| Value::Text(text.clone()), day),
            _ => Value::Unknown,
        }
    }

    /// The entries of a list. A list that is absent has none.
    pub(super) fn entries(&self, list: &Path) -> Vec<Scope<'a>> {
        let path = self.full_path(list);
        let entries = self.get(list).and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        entries.iter().enumerate().map(|(i, object)| Scope { object, prefix: format!("{path}[{i}].") }).collect()
    }
}

/// The document's tax year, as written.
pub(super) fn tax_year(data: &Json) -> Option<String> {
    match data.get(TAX_YEAR)? {
        Json::Number(n) => Some(n.to_string()),
        Json::String(text) => Some(text.trim().to_owned()),
        _ => None,
    }
}
