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
                let Some(partial) = candidate.value.as_str().and_then(partial) else { return true };
                let Some(date) = period.and_then(|(start, end)| partial.in_period(start, end)) else { return false };
                candidate.value = Value::String(date.to_string());
                true
            });
        }
    }
}

fn partial(text: &str) -> Option<PartialDate> {
    let (month, day) = text.strip_prefix("--")?.split_once('-')?;
    Some(PartialDate { month: month.parse().ok()?, day: day.parse().ok()?, ambiguous: false })
}

/// The period that the statement covers, or the days before its date.
fn period(draft: &Draft) -> Option<(Date, Date)> {
    let day = |names: &[&str]| names.iter().find_map(|n| draft.get(n)?.value.as_str()?.parse::<Date>().ok());
    let end = day(&["statement_end", "period_end", "statement_date"]);
    let start = day(&["statement_start", "period_start"]);
    match (start, end) {
        (Some(start), Some(end)) => Some((start, end)),
        (None, Some(only)) | (Some(only), None) => Some((only, only)),
        (None, None) => None,
    }
}
