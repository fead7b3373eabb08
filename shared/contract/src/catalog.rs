//! The field catalog: for each document type what is on the page, by which words a page names it, and the rules that tie the
//! values together. One TOML file per type in `catalog/`, compiled in; `CATALOG_DIR` replaces them at run time.
//!
//! This file defines the shape of the data and checks it; reading a page by it is the work of `handlers::extract`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use crate::{DocType, Severity};

/// The catalog of every type.
#[derive(Debug)]
pub struct Catalog {
    types: BTreeMap<DocType, TypeEntry>,
}

/// What is known of one document type.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypeEntry {
    /// The type.
    #[serde(rename = "type")]
    pub doc_type: DocType,
    /// How values stand on the page.
    pub layout: Layout,
    /// Log-odds of the type before anything is read.
    #[serde(default)]
    pub prior: f64,
    /// Words that speak for or against the type.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    /// Printed words that are never a value: second lines of labels, instructions, copy names.
    #[serde(default)]
    pub noise: Vec<String>,
    /// Single values.
    #[serde(default, rename = "field")]
    pub fields: Vec<Field>,
    /// Boxes that hold a name, an address and more in a few lines.
    #[serde(default, rename = "block")]
    pub blocks: Vec<Block>,
    /// Repeated groups of values.
    #[serde(default, rename = "list")]
    pub lists: Vec<List>,
    /// What must hold between the values.
    #[serde(default, rename = "rule")]
    pub rules: Vec<Rule>,
}

/// How values stand on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// A grid of boxes, each with its label inside, above the value.
    Form,
    /// Labels with values to the right or below, blocks and tables.
    Pairs,
    /// A narrow slip, read line by line.
    Slip,
    /// Nothing to extract.
    None,
}

/// Words, or a sign of the layout, that speak for (or, with a negative weight, against) a type.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Words as printed; matched fuzzily, whatever the case, but digits exactly: `1545-0110` is not `1545-0112`.
    #[serde(default)]
    pub phrase: Option<String>,
    /// A sign of the layout, by its name in `handlers::classify`.
    #[serde(default)]
    pub signal: Option<String>,
    /// Log-odds that it adds.
    pub weight: f64,
}

/// What a value is, and so how it is parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An amount of money, in cents.
    Money,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A year of four digits.
    Year,
    /// A check box.
    Bool,
    /// A whole number or decimal that is not money, such as a quantity.
    Number,
    /// A percentage.
    Percent,
    /// Letters and digits that identify something.
    Id,
    /// A taxpayer number: SSN, ITIN or EIN.
    Tin,
    /// A phone number.
    Phone,
    /// An e-mail address.
    Email,
    /// An IBAN.
    Iban,
    /// A BIC.
    Swift,
    /// A currency, ISO 4217.
    Currency,
    /// A US state.
    State,
    /// A short code of one to three characters.
    Code,
    /// A bank routing number.
    Routing,
    /// The last four digits of a card.
    Last4,
    /// The name of a person or firm.
    Name,
    /// A postal address, in one line.
    Address,
    /// Any words on one line.
    Text,
    /// An amount in words.
    Words,
}

/// How a value is hidden from a caller without the right to see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mask {
    /// `***-**-6789`, when shaped like an SSN.
    Ssn,
    /// `****1234`.
    Account,
}

/// A single value.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its name in the answer.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Number of its box on the form.
    #[serde(default, rename = "box")]
    pub box_number: Option<String>,
    /// How pages name it, most usual first. Empty: found by its kind or place alone. A label of several fields names them
    /// all, such as the period that holds two dates.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Words that contain a label but mean something else.
    #[serde(default)]
    pub not: Vec<String>,
    /// Where the value stands.
    #[serde(default)]
    pub place: Place,
    /// How it is hidden.
    #[serde(default)]
    pub mask: Option<Mask>,
    /// Tax years in which the box exists, from and to, both included.
    #[serde(default)]
    pub years: Option<(u16, u16)>,
    /// Which of several readings to take.
    #[serde(default)]
    pub pick: Pick,
    /// An amount whose sign is in its name (payments, withdrawals): printed with a minus or not, it is answered without.
    #[serde(default)]
    pub unsigned: bool,
}

/// Where a value stands, seen from its label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// To the right or below, whichever is nearer.
    #[default]
    Any,
    /// On the same line.
    Right,
    /// Under it.
    Below,
}

/// Which of several readings to take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// The one with the highest confidence.
    #[default]
    Best,
    /// The first on the page.
    First,
    /// The last on the page.
    Last,
    /// The largest amount.
    Largest,
}

/// A box or paragraph with a name, an address and more.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// How pages head it. Empty: found by its place.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Where it stands when nothing heads it.
    #[serde(default)]
    pub at: Option<BlockAt>,
    /// The parts that it holds.
    #[serde(default)]
    pub name: Option<String>,
    /// The parts that it holds.
    #[serde(default)]
    pub address: Option<String>,
    /// The parts that it holds.
    #[serde(default)]
    pub phone: Option<String>,
    /// The parts that it holds.
    #[serde(default)]
    pub email: Option<String>,
    /// The parts that it holds.
    #[serde(default)]
    pub tax_id: Option<String>,
}

/// Where a block without a heading stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockAt {
    /// The one who issued the document: at the top, or by the logo.
    Issuer,
    /// The one to whom it was sent: the address window of a letter.
    Addressee,
}

/// How a repeated group stands on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListLayout {
    /// A table with a header line.
    Table,
    /// Rows that begin with a date.
    Ledger,
    /// Boxes of a form, one column per field, one row per entry.
    Boxes,
    /// Code and amount in each of a few boxes.
    Coded,
    /// Free label and amount in one box.
    Labelled,
}

/// A repeated group of values.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Its name in the answer.
    pub name: String,
    /// How it stands on the page.
    pub layout: ListLayout,
    /// Words that head it.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Words at which it ends.
    #[serde(default)]
    pub until: Vec<String>,
    /// A debt: unsigned amounts raise it, payments and credits lower it. Otherwise deposits raise the balance.
    #[serde(default)]
    pub owed: bool,
    /// Most entries on a form.
    #[serde(default)]
    pub max: Option<usize>,
    /// The values of an entry.
    #[serde(rename = "field")]
    pub fields: Vec<Field>,
}

/// What must hold between values.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its id, unique in the type.
    pub id: String,
    /// How serious a breach is.
    pub severity: Severity,
    /// What it says, for people. Names fields, never values.
    pub message: String,
    /// The condition; see [`crate::rules`].
    pub check: String,
    /// The rule is skipped unless this holds too.
    #[serde(default)]
    pub when: Option<String>,
    /// Tolerance of an equation in money; absent: the larger of 1.00 and 0.5 %.
    #[serde(default)]
    pub tolerance: Option<f64>,
    /// A number per tax year that the condition calls `by_year`.
    #[serde(default)]
    pub by_year: BTreeMap<String, f64>,
}

/// The catalog can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// A file can't be read.
    #[error("catalog file {file}: {source}")]
    Read {
        /// The file.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not what this version expects.
    #[error("catalog file {file}: {reason}")]
    Invalid {
        /// The file.
        file: String,
        /// What is wrong.
        reason: String,
    },
}

macro_rules! files {
    ($($name:literal),+ $(,)?) => { &[$(($name, include_str!(concat!("../catalog/", $name)))),+] };
}

/// The catalog as shipped.
const FILES: &[(&str, &str)] = files![
    "W2.toml",
    "1099-INT.toml",
    "1099-DIV.toml",
    "1099-MISC.toml",
    "1099-NEC.toml",
    "1099-R.toml",
    "1098.toml",
    "bank_statement.toml",
    "credit_card_statement.toml",
    "invoice.toml",
    "receipt.toml",
    "check.toml",
    "other.toml",
];

impl Catalog {
    /// The catalog as shipped.
    ///
    /// # Errors
    /// A [`CatalogError`] if a shipped file is wrong; a test keeps that from happening.
    pub fn shipped() -> Result<Catalog, CatalogError> {
        Catalog::from_files(FILES.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())))
    }

    /// The catalog of a folder: the shipped one, with each file that the folder has taken from there.
    ///
    /// # Errors
    /// A [`CatalogError`] that names the file.
    pub fn from_dir(dir: &Path) -> Result<Catalog, CatalogError> {
        let mut files = Vec::new();
        for (name, shipped) in FILES {
            let text = match std::fs::read_to_string(dir.join(name)) {
                Ok(text) => text,
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => (*shipped).to_owned(),
                Err(source) => return Err(CatalogError::Read { file: (*name).to_owned(), source }),
            };
            files.push(((*name).to_owned(), text));
        }
        Catalog::from_files(files)
    }

    fn from_files(files: impl IntoIterator<Item = (String, String)>) -> Result<Catalog, CatalogError> {
        let mut types = BTreeMap::new();
        for (file, text) in files {
            let entry: TypeEntry = toml::from_str(&text)
                .map_err(|e| CatalogError::Invalid { file: file.clone(), reason: e.to_string() })?;
            entry.check().map_err(|reason| CatalogError::Invalid { file, reason })?;
            types.insert(entry.doc_type, entry);
        }
        match DocType::ALL.into_iter().find(|t| !types.contains_key(t)) {
            Some(missing) => {
                Err(CatalogError::Invalid { file: format!("{missing}.toml"), reason: "missing".to_owned() })
            }
            None => Ok(Catalog { types }),
        }
    }

    /// The entry of a type.
    pub fn get(&self, doc_type: DocType) -> &TypeEntry {
        &self.types[&doc_type]
    }

    /// Every entry, in the order of the contract.
    pub fn iter(&self) -> impl Iterator<Item = &TypeEntry> {
        self.types.values()
    }
}

impl TypeEntry {
    /// Every top-level name of the answer's `data`.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let blocks = self.blocks.iter().flat_map(Block::names);
        self.fields.iter().map(|f| f.name.as_str()).chain(blocks).chain(self.lists.iter().map(|l| l.name.as_str()))
    }

    fn check(&self) -> Result<(), String> {
        let names: BTreeSet<&str> = self.names().collect();
        if let Some(bad) = names.iter().find(|n| !is_snake_case(n)) {
            return Err(format!("name {bad:?} is not snake_case"));
        }
        if self.evidence.iter().any(|e| e.phrase.is_some() == e.signal.is_some()) {
            return Err("evidence needs either a phrase or a signal".to_owned());
        }
        let mut ids = BTreeSet::new();
        for rule in &self.rules {
            if !ids.insert(&rule.id) {
                return Err(format!("rule {} stands twice", rule.id));
            }
            crate::rules::check_syntax(rule).map_err(|e| format!("rule {}: {e}", rule.id))?;
        }
        Ok(())
    }
}

impl Block {
    /// The names of the values that it holds.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        [&self.name, &self.address, &self.phone, &self.email, &self.tax_id].into_iter().filter_map(|n| n.as_deref())
    }
}

fn is_snake_case(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_catalog_is_complete_and_valid() {
        let catalog = Catalog::shipped().unwrap();
        assert_eq!(catalog.iter().count(), DocType::ALL.len());
    }

    #[test]
    fn a_file_of_a_folder_replaces_the_shipped_one_and_an_error_names_it() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("other.toml"), "type = \"other\"\nlayout = \"none\"\nprior = 7.0\n").unwrap();
        let catalog = Catalog::from_dir(dir.path()).unwrap();
        assert_eq!(catalog.get(DocType::Other).prior, 7.0);
        std::fs::write(dir.path().join("W2.toml"), "type = \"W2\"\nlayout = \"form\"\ncolour = 1\n").unwrap();
        let error = Catalog::from_dir(dir.path()).unwrap_err().to_string();
        assert!(error.contains("W2.toml") && error.contains("colour"), "{error}");
    }
}
