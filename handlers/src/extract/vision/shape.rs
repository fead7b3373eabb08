//! What a value of each kind looks like as it is printed: bounded strings in JSON schema, in the part of it that every engine
//! knows. Patterns have classes, counted repeats and alternation only, and no repeat without an end: a model that may write digits
//! for ever sometimes does.

use contract::catalog::Kind;
use serde_json::{Value, json};

/// Amounts with their sign, currency and separators: `1,234.50`, `(12.00)`, `4,50,000.00`, `1.234,56 €`, `12.00 CR`.
const MONEY: &str = "^[-+(]{0,2}[A-Za-z$€£¥₹]{0,4}[-+( ]{0,2}([0-9]{1,12}([.,' ][0-9]{2,3}){0,4}([.,][0-9]{1,4})?|[.,][0-9]{2})[-)]{0,2}( ?[A-Za-z$€£¥₹]{1,3})?$";
const NUMBER: &str = "^[-+]?[0-9]{1,9}([., ][0-9]{3}){0,3}([.,][0-9]{1,6})?( ?[A-Za-z]{1,10})?$";
const PERCENT: &str = "^[-+]?[0-9]{1,3}([.,][0-9]{1,4})? ?%?$";
const TIME: &str = "^[0-9]{1,2}[:.h][0-9]{2}([:.][0-9]{2})?( ?[APap][.]?[Mm][.]?)?$";
const TIN: &str = "^[0-9A-Z*Xx#• -]{4,20}$";
const PHONE: &str = "^[0-9A-Za-z+()./ -]{5,30}$";
const IBAN: &str = "^[A-Z]{2}[0-9]{2}[A-Z0-9 ]{10,38}$";

/// How a text is bounded: by a pattern or by its length.
enum Bound {
    Pattern(&'static str),
    Length(u32),
}

fn bound(kind: Kind) -> Bound {
    match kind {
        Kind::Money => Bound::Pattern(MONEY),
        Kind::Number => Bound::Pattern(NUMBER),
        Kind::Percent => Bound::Pattern(PERCENT),
        Kind::Year => Bound::Pattern("^[12][0-9]{3}$"),
        Kind::Time => Bound::Pattern(TIME),
        Kind::Tin => Bound::Pattern(TIN),
        Kind::Phone => Bound::Pattern(PHONE),
        Kind::Iban => Bound::Pattern(IBAN),
        Kind::Swift => Bound::Pattern("^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$"),
        Kind::Currency => Bound::Pattern("^[A-Za-z$€£¥₹]{1,4}$"),
        Kind::State => Bound::Pattern("^[A-Za-z. ]{2,20}$"),
        Kind::Code => Bound::Pattern("^[A-Za-z0-9]{1,3}$"),
        Kind::Routing => Bound::Pattern("^[0-9]{9}$"),
        Kind::Last4 => Bound::Pattern("^[0-9]{4}$"),
        Kind::Date | Kind::Bool => Bound::Length(30),
        Kind::Id => Bound::Length(40),
        Kind::Email => Bound::Length(80),
        Kind::Name => Bound::Length(90),
        Kind::Address | Kind::Text | Kind::Words => Bound::Length(160),
    }
}

/// The schema of a value as it is printed, or `null`.
pub fn printed(kind: Kind) -> Value {
    match (kind, bound(kind)) {
        (Kind::Bool, _) => json!({"type": ["boolean", "null"]}),
        (_, Bound::Pattern(pattern)) => json!({"type": ["string", "null"], "pattern": pattern}),
        (_, Bound::Length(most)) => json!({"type": ["string", "null"], "maxLength": most}),
    }
}

/// Tokens that a value usually takes, with room to spare: a token is two to four letters, or a digit or two.
pub fn tokens(kind: Kind) -> usize {
    match kind {
        Kind::Bool | Kind::Code | Kind::State | Kind::Currency => 3,
        Kind::Year | Kind::Last4 | Kind::Percent | Kind::Number | Kind::Time | Kind::Swift => 8,
        Kind::Money | Kind::Date | Kind::Id | Kind::Tin | Kind::Phone | Kind::Routing => 16,
        Kind::Email | Kind::Iban | Kind::Name | Kind::Text => 30,
        Kind::Address | Kind::Words => 50,
    }
}
