//! What the words of a ledger say about its amounts: titles of sections, headings of columns, rows that are balances.

use crate::layout::fold::fold_text;

/// Headings and section titles under which amounts leave the account.
pub(super) const OUT: &[&str] = &[
    "withdrawal",
    "debit",
    "subtraction",
    "paidout",
    "moneyout",
    "checkspaid",
    "soll",
    "cargo",
    "debe",
    "dare",
    "uscite",
    "payments",
    "fees",
    "charges",
    "af",
];
/// Headings and section titles under which amounts come in.
pub(super) const IN: &[&str] =
    &["deposit", "credit", "addition", "paidin", "moneyin", "haben", "abono", "haber", "avere", "entrate", "bij"];

/// What is known of the unsigned amounts below a title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    /// Nothing.
    Plain,
    /// They come in.
    In,
    /// They leave the account.
    Out,
    /// They lower a debt.
    Lowers,
}

impl Section {
    /// The section that a row opens; `None` if the row is no title.
    pub(super) fn opened_by(text: &str, owed: bool) -> Option<Section> {
        if owed { of_debt(text) } else { of_account(text) }
    }
}

/// The section that a title opens on the statement of an account.
fn of_account(text: &str) -> Option<Section> {
    let words = text.split_whitespace().count();
    if words > 7 || text.chars().any(|c| c.is_ascii_digit()) {
        return None;
    }
    let folded = fold_text(text);
    if folded == "checks" {
        return Some(Section::Out);
    }
    let (out, inward) =
        (OUT.iter().any(|w| w.len() > 3 && folded.contains(w)), IN.iter().any(|w| w.len() > 3 && folded.contains(w)));
    match (out, inward) {
        (true, false) => Some(Section::Out),
        (false, true) => Some(Section::In),
        _ => None,
    }
}

/// The section that a title opens on the statement of a debt.
fn of_debt(text: &str) -> Option<Section> {
    let folded = fold_text(text);
    let title =
        text.split_whitespace().count() <= 5 && !text.chars().any(|c| c.is_ascii_digit()) && !text.ends_with('.');
    if !title || text.starts_with(char::is_lowercase) {
        return None;
    }
    let lowers = ["payment", "credits", "refund"].iter().any(|w| folded.contains(w)) && !folded.contains("due");
    let raises =
        ["purchase", "fees", "interest", "cashadvance", "balancetransfer", "charges", "debits", "transactions"]
            .iter()
            .any(|w| folded.contains(w));
    match (lowers, raises) {
        (true, false) => Some(Section::Lowers),
        (false, true) => Some(Section::Plain),
        _ => None,
    }
}

/// Rows that state a balance or a total are no transactions.
pub(super) fn is_balance_row(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "openingbalance",
        "closingbalance",
        "beginningbalance",
        "endingbalance",
        "previousbalance",
        "newbalance",
        "balanceforward",
        "balancebroughtforward",
        "balancecarriedforward",
        "startingbalance",
        "anfangssaldo",
        "endsaldo",
        "alterkontostand",
        "neuerkontostand",
        "saldoanterior",
        "saldoinicial",
        "saldofinal",
        "soldeprecedent",
        "nouveausolde",
        "ancienssolde",
        "saldoiniziale",
        "saldofinale",
        "beginsaldo",
        "eindsaldo",
        "totaldeposits",
        "totalwithdrawals",
        "totalchecks",
        "totalfees",
        "totalcredits",
        "totaldebits",
    ];
    let folded = fold_text(text);
    WORDS.iter().any(|w| folded.contains(w))
}
