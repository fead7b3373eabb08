//! The syntax tree of a rule's condition. Conditions and operands are different types, so `1 + (a = b)` can't be built.

use super::number::{Arithmetic, Number};

/// Something that holds or not.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    Compare(Comparison, Operand, Operand),
    All(Vec<Condition>),
    AnyOf(Vec<Condition>),
    Not(Box<Condition>),
    Present(Path),
    In(Operand, Vec<String>),
    Entries { quantifier: Quantifier, list: Path, only: Option<Box<Condition>>, holds: Box<Condition> },
    NotNegative(Vec<Path>),
    Shape(Shape, Path),
    Chain(Chain),
}

/// Something that has a value.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    Number(Number),
    Text(String),
    Today,
    ByYear,
    Field(Path),
    Zero(Path),
    Negative(Box<Operand>),
    Arithmetic(Arithmetic, Box<Operand>, Box<Operand>),
    Absolute(Box<Operand>),
    Largest(Vec<Operand>),
    Smallest(Vec<Operand>),
    Count(Path),
    Sum { list: Path, only: Option<Box<Condition>>, field: Path },
    WordsCents(Path),
}

/// A field's name, dotted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    /// The names from outside to inside, at least one.
    pub(super) names: Vec<String>,
    /// Whether it begins at the document, even inside a list.
    pub(super) of_document: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Quantifier {
    Each,
    Any,
}

/// A check of `validate`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    Ssn,
    Ein,
    Tin,
    Iban,
    Routing,
    State,
    Zip,
}

/// Running balances of a list's rows.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    pub(super) list: Path,
    pub(super) balance: Path,
    pub(super) amount: Path,
    pub(super) opening: Path,
}

impl Condition {
    /// Whether the number of the year is needed.
    pub(super) fn uses_year(&self) -> bool {
        match self {
            Condition::Compare(_, left, right) => left.uses_year() || right.uses_year(),
            Condition::All(parts) | Condition::AnyOf(parts) => parts.iter().any(Condition::uses_year),
            Condition::Not(inner) => inner.uses_year(),
            Condition::Entries { only, holds, .. } => holds.uses_year() || only.as_ref().is_some_and(|c| c.uses_year()),
            Condition::In(operand, _) => operand.uses_year(),
            Condition::Present(_) | Condition::NotNegative(_) | Condition::Shape(..) | Condition::Chain(_) => false,
        }
    }

    /// Whether it compares values for equality or checks digits, so that a misread value is unlikely to pass.
    pub(super) fn confirms(&self) -> bool {
        match self {
            Condition::Compare(comparison, ..) => *comparison == Comparison::Equal,
            Condition::All(parts) | Condition::AnyOf(parts) => parts.iter().any(Condition::confirms),
            Condition::Entries { holds, .. } => holds.confirms(),
            Condition::Shape(shape, _) => matches!(shape, Shape::Iban | Shape::Routing),
            Condition::Chain(_) => true,
            Condition::Not(_) | Condition::Present(_) | Condition::In(..) | Condition::NotNegative(_) => false,
        }
    }
}

impl Operand {
    fn uses_year(&self) -> bool {
        match self {
            Operand::ByYear => true,
            Operand::Negative(inner) | Operand::Absolute(inner) => inner.uses_year(),
            Operand::Arithmetic(_, left, right) => left.uses_year() || right.uses_year(),
            Operand::Largest(parts) | Operand::Smallest(parts) => parts.iter().any(Operand::uses_year),
            Operand::Sum { only, .. } => only.as_ref().is_some_and(|c| c.uses_year()),
            Operand::Number(_) | Operand::Text(_) | Operand::Today | Operand::Field(_) => false,
            Operand::Zero(_) | Operand::Count(_) | Operand::WordsCents(_) => false,
        }
    }
}
