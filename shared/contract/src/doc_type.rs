//! The document types that `/v1/classify` may answer.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A kind of document. Serialised by its public name (`W2`, `1099-INT`, `bank_statement`, ...).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DocType {
    /// Form W-2, wage and tax statement.
    #[serde(rename = "W2")]
    W2,
    /// Form 1099-INT, interest income.
    #[serde(rename = "1099-INT")]
    Form1099Int,
    /// Form 1099-DIV, dividends and distributions.
    #[serde(rename = "1099-DIV")]
    Form1099Div,
    /// Form 1099-MISC, miscellaneous information.
    #[serde(rename = "1099-MISC")]
    Form1099Misc,
    /// Form 1099-NEC, nonemployee compensation.
    #[serde(rename = "1099-NEC")]
    Form1099Nec,
    /// Form 1099-R, distributions from pensions and retirement plans.
    #[serde(rename = "1099-R")]
    Form1099R,
    /// Form 1098, mortgage interest statement.
    #[serde(rename = "1098")]
    Form1098,
    /// A statement of a bank or investment account.
    #[serde(rename = "bank_statement")]
    BankStatement,
    /// A statement of a credit card account.
    #[serde(rename = "credit_card_statement")]
    CreditCardStatement,
    /// A bill that asks for payment.
    #[serde(rename = "invoice")]
    Invoice,
    /// A slip for something already paid.
    #[serde(rename = "receipt")]
    Receipt,
    /// A bank check.
    #[serde(rename = "check")]
    Check,
    /// Everything else.
    #[serde(rename = "other")]
    Other,
}

/// The name is none of [`DocType::ALL`].
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown document type")]
pub struct UnknownDocType;

impl DocType {
    /// Every type, in the order of the contract.
    pub const ALL: [DocType; 13] = [
        DocType::W2,
        DocType::Form1099Int,
        DocType::Form1099Div,
        DocType::Form1099Misc,
        DocType::Form1099Nec,
        DocType::Form1099R,
        DocType::Form1098,
        DocType::BankStatement,
        DocType::CreditCardStatement,
        DocType::Invoice,
        DocType::Receipt,
        DocType::Check,
        DocType::Other,
    ];

    /// The public name.
    pub fn name(self) -> &'static str {
        match self {
            DocType::W2 => "W2",
            DocType::Form1099Int => "1099-INT",
            DocType::Form1099Div => "1099-DIV",
            DocType::Form1099Misc => "1099-MISC",
            DocType::Form1099Nec => "1099-NEC",
            DocType::Form1099R => "1099-R",
            DocType::Form1098 => "1098",
            DocType::BankStatement => "bank_statement",
            DocType::CreditCardStatement => "credit_card_statement",
            DocType::Invoice => "invoice",
            DocType::Receipt => "receipt",
            DocType::Check => "check",
            DocType::Other => "other",
        }
    }
}

impl fmt::Display for DocType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for DocType {
    type Err = UnknownDocType;

    /// Accepts the public name, whatever its case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        DocType::ALL.into_iter().find(|t| t.name().eq_ignore_ascii_case(text)).ok_or(UnknownDocType)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_reads_back_from_its_name_and_its_json() {
        for t in DocType::ALL {
            assert_eq!(t.name().parse(), Ok(t));
            assert_eq!(serde_json::to_value(t).unwrap(), t.name());
            assert_eq!(serde_json::from_value::<DocType>(t.name().into()).unwrap(), t);
        }
        assert_eq!("w-2".parse::<DocType>(), Err(UnknownDocType));
    }
}
