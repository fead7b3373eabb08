//! Which of a caller's own names ask for a number that leaves this service masked. The caller may call it what it likes, so this
//! goes by the words of names and descriptions; numbers that the catalog's fields hold are known by their digits
//! ([`crate::extract::answer::Secrets`]) whatever the name.

use contract::catalog::Mask;
use contract::mask;
use serde_json::Value;

/// Words for the numbers of people.
const PEOPLE: &[&str] = &["ssn", "ssns", "itin", "tin", "tins", "taxpayer", "taxpayers"];
/// The same where they are part of a word that was run together.
const PEOPLE_PARTS: &[&str] = &["ssn", "socialsecurity", "taxpayer"];
/// Words for the numbers of accounts.
const ACCOUNTS: &[&str] = &["card", "cards", "iban", "ibans", "acc", "acct", "accts"];
/// The same where they are part of a word that was run together.
const ACCOUNT_PARTS: &[&str] = &["account", "acct", "cardno", "cardnum", "ibanno"];
/// Words that make a name one of an amount or a day, such as the balance of an account.
const MEASURES: &[&str] = &[
    "amount",
    "balance",
    "balances",
    "total",
    "sum",
    "limit",
    "fee",
    "fees",
    "rate",
    "apr",
    "interest",
    "date",
    "day",
    "points",
    "payment",
    "payments",
    "deposits",
    "withdrawals",
    "charges",
    "purchases",
    "due",
    "opened",
    "expires",
    "expiry",
    "zip",
    "phone",
    "year",
];
/// Digits from which a number may be somebody's: four are what a mask leaves.
const DIGITS: usize = 5;

/// How the value of a caller's own name is masked: by the words of its path, and of what the caller says of it and of what it is
/// part of.
pub fn mask_of<'a>(path: &str, descriptions: impl Iterator<Item = &'a str>) -> Option<Mask> {
    let own = words(path.rsplit('.').next().unwrap_or(path));
    let texts: Vec<Vec<String>> = std::iter::once(words(path)).chain(descriptions.map(words)).collect();
    let any = |whole: &[&str], parts: &[&str]| texts.iter().any(|words| speaks_of(words, whole, parts));
    if any(PEOPLE, PEOPLE_PARTS) {
        return Some(Mask::Ssn);
    }
    let measure = own.iter().any(|word| MEASURES.contains(&word.as_str()));
    (!measure && any(ACCOUNTS, ACCOUNT_PARTS)).then_some(Mask::Account)
}

/// Whether a text holds enough of a number to be masked.
pub fn is_number(text: &str) -> bool {
    text.chars().filter(char::is_ascii_digit).count() >= DIGITS || mask::is_masked(text)
}

/// Whether a number, in the model's words, may be an account's or a person's: amounts have a point.
pub fn is_whole(value: &Value, hide: Mask) -> bool {
    let text = value.to_string();
    text.chars().filter(char::is_ascii_digit).count() >= DIGITS && (hide == Mask::Ssn || !text.contains('.'))
}

fn speaks_of(words: &[String], whole: &[&str], parts: &[&str]) -> bool {
    let pair = |p: &[String]| matches!(p, [a, b] if parts.contains(&format!("{a}{b}").as_str()));
    words.iter().any(|w| whole.contains(&w.as_str()) || parts.iter().any(|part| w.contains(part)))
        || words.windows(2).any(pair)
}

/// The words of a name or a sentence: `employeeSSN`, `employee_ssn` and `Employee's SSN` have the word `ssn`.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in text.chars() {
        let border = !c.is_alphanumeric() || (before.is_lowercase() && c.is_uppercase());
        if border {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|w| !w.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_descriptions_that_ask_for_numbers_of_people_or_accounts_are_told() {
        let of = |path: &str, text: &str| mask_of(path, std::iter::once(text));
        for path in ["ssn", "employeeSSN", "person.social_security_number", "SocialSecurityNo", "taxpayer_id", "TIN[0]"]
        {
            assert_eq!(of(path, ""), Some(Mask::Ssn), "{path}");
        }
        for path in ["accountNumber", "acct_no", "accounts[0].number", "iban", "card.digits", "bankaccount"] {
            assert_eq!(of(path, ""), Some(Mask::Account), "{path}");
        }
        assert_eq!(of("id", "The recipient's social security number"), Some(Mask::Ssn));
        assert_eq!(of("id", "which account was charged"), Some(Mask::Account));
    }

    #[test]
    fn other_names_are_let_through() {
        for path in
            ["business_name", "rating", "discarded", "account_balance", "card.limit", "accounts[0].opened", "id"]
        {
            assert_eq!(mask_of(path, std::iter::empty()), None, "{path}");
        }
    }
}
