//! Whether two readings of a value are the same.

use contract::catalog::Kind;
use serde_json::Value;

use crate::layout::fold::{fold_text, similarity};

/// Running text whose readings differ in no more than a tenth of their letters says the same.
const TEXT: f32 = 0.9;

/// Kinds whose values are running text.
pub fn is_text(kind: Kind) -> bool {
    matches!(kind, Kind::Name | Kind::Address | Kind::Text | Kind::Words)
}

/// Whether what was read and what a model says, in its own words `said`, is the same value.
pub fn alike(kind: Kind, read: &Value, model: &Value, said: &str) -> bool {
    match (read, model) {
        (Value::Number(r), Value::Number(m)) => {
            let (r, m) = (r.as_f64().unwrap_or(f64::NAN), m.as_f64().unwrap_or(f64::NAN));
            // The sign of an amount may follow from its column, which a model that copies does not tell.
            let signed = said.contains(['-', '(', '–']) || said.to_ascii_uppercase().contains("CR");
            (r - m).abs() < 0.005 || (!signed && (r.abs() - m.abs()).abs() < 0.005)
        }
        (Value::String(r), Value::String(m)) if is_text(kind) => similarity(r, m) >= TEXT,
        (Value::String(r), Value::String(m)) => {
            let (r, m) = (fold_text(r), fold_text(m));
            // A check's number, a box of a form: leading zeros are printed in one place and not in another.
            r == m || (kind == Kind::Id && !m.is_empty() && r.trim_start_matches('0') == m.trim_start_matches('0'))
        }
        _ => read == model,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn amounts_are_the_same_whatever_the_sign_that_nobody_printed() {
        assert!(alike(Kind::Money, &json!(-25.0), &json!(25.0), "25.00"));
        assert!(!alike(Kind::Money, &json!(25.0), &json!(-25.0), "(25.00)"));
        assert!(!alike(Kind::Money, &json!(25.0), &json!(25.01), "25.01"));
    }

    #[test]
    fn numbers_of_people_are_the_same_digit_by_digit_and_texts_nearly() {
        assert!(alike(Kind::Id, &json!("HX-2041"), &json!("HX 2041"), "HX 2041"));
        assert!(!alike(Kind::Id, &json!("HX-2041"), &json!("HX-2047"), "HX-2047"));
        assert!(alike(Kind::Name, &json!("Harbor MilIs LLC"), &json!("Harbor Mills LLC"), ""));
        assert!(!alike(Kind::Name, &json!("Harbor Mills"), &json!("Quay Street"), ""));
    }
}
