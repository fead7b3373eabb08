//! Years of ledger dates: statements print month and day, the period tells the year.

use contract::date::{Date, PartialDate};
use serde_json::Value;

use super::candidate::Draft;

/// Completes dates that were read as `--MM-DD`; those that no period completes are dropped, their raw text stays with the entry.
pub fn complete(draft: &mut Draft) {
    let period = period(draft);
    for (_, entries) in &mut draft.lists {
        for entry in entries.iter_mut() {
            entry.retain_mut(|(_, candidate)| {
                let Some(date) = completed(&candidate.value, period) else { return true };
                let Some(date) = date else { return false };
                candidate.value = Value::String(date.to_string());
                true
            });
        }
    }
}

/// The date of a value that lacks its year, if a period completes it; `None` if nothing lacks.
pub fn completed(value: &Value, period: Option<(Date, Date)>) -> Option<Option<Date>> {
    let partial = value.as_str().and_then(partial)?;
    Some(period.and_then(|(start, end)| partial.in_period(start, end)))
}

fn partial(text: &str) -> Option<PartialDate> {
    let (month, day) = text.strip_prefix("--")?.split_once('-')?;
    Some(PartialDate { month: month.parse().ok()?, day: day.parse().ok()?, ambiguous: false })
}

/// The period that the statement covers, or the days before its date.
pub fn period(draft: &Draft) -> Option<(Date, Date)> {
    let day = |names: &[&str]| names.iter().find_map(|n| draft.get(n)?.value.as_str()?.parse::<Date>().ok());
    let end = day(&["statement_end", "period_end", "statement_date"]);
    let start = day(&["statement_start", "period_start"]);
    match (start, end) {
        (Some(start), Some(end)) => Some((start, end)),
        (None, Some(only)) | (Some(only), None) => Some((only, only)),
        (None, None) => None,
    }
}
