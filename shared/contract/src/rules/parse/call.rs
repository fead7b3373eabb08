//! Turns a function's name and arguments into its place in the tree.

use super::Node;
use crate::rules::expression::{Chain, Condition, Operand, Path, Quantifier, Shape};

/// The tree of a call.
pub(super) fn build(name: &str, arguments: Vec<Node>) -> Result<Node, String> {
    let condition = match name {
        "present" => Condition::Present(one(arguments)?.path()?),
        "absent" => Condition::Not(Box::new(Condition::Present(one(arguments)?.path()?))),
        "in" => membership(arguments)?,
        "each" => entries(Quantifier::Each, arguments)?,
        "any" => entries(Quantifier::Any, arguments)?,
        "each_if" => selected(arguments)?,
        "nonneg" => Condition::NotNegative(arguments.into_iter().map(Node::path).collect::<Result<_, _>>()?),
        "chain" => chain(arguments)?,
        "ssn_ok" => Condition::Shape(Shape::Ssn, one(arguments)?.path()?),
        "ein_ok" => Condition::Shape(Shape::Ein, one(arguments)?.path()?),
        "tin_ok" => Condition::Shape(Shape::Tin, one(arguments)?.path()?),
        "iban_ok" => Condition::Shape(Shape::Iban, one(arguments)?.path()?),
        "routing_ok" => Condition::Shape(Shape::Routing, one(arguments)?.path()?),
        "state_ok" => Condition::Shape(Shape::State, one(arguments)?.path()?),
        "zip_ok" => Condition::Shape(Shape::Zip, one(arguments)?.path()?),
        _ => return operand(name, arguments).map(Node::Operand),
    };
    Ok(Node::Condition(condition))
}

fn operand(name: &str, arguments: Vec<Node>) -> Result<Operand, String> {
    Ok(match name {
        "zero" => Operand::Zero(one(arguments)?.path()?),
        "abs" => Operand::Absolute(Box::new(one(arguments)?.operand()?)),
        "max" => Operand::Largest(arguments.into_iter().map(Node::operand).collect::<Result<_, _>>()?),
        "min" => Operand::Smallest(arguments.into_iter().map(Node::operand).collect::<Result<_, _>>()?),
        "count" => Operand::Count(one(arguments)?.path()?),
        "sum" => sum(one(arguments)?.path()?)?,
        "sum_if" => {
            let [list, only, field] = several(arguments)?;
            Operand::Sum { list: list.path()?, only: Some(Box::new(only.condition()?)), field: field.path()? }
        }
        "words_cents" => Operand::WordsCents(one(arguments)?.path()?),
        _ => return Err("no such function".to_owned()),
    })
}

/// `sum(list.field)`: the last name is the entry's.
fn sum(path: Path) -> Result<Operand, String> {
    let Path { mut names, of_document } = path;
    match names.pop() {
        Some(field) if !names.is_empty() => {
            let field = Path { names: vec![field], of_document: false };
            Ok(Operand::Sum { list: Path { names, of_document }, only: None, field })
        }
        _ => Err("list.field is needed".to_owned()),
    }
}

fn membership(arguments: Vec<Node>) -> Result<Condition, String> {
    let mut arguments = arguments.into_iter();
    let operand = arguments.next().ok_or("a field is needed")?.operand()?;
    let texts: Vec<String> = arguments.map(Node::text).collect::<Result<_, _>>()?;
    if texts.is_empty() {
        return Err("texts are needed".to_owned());
    }
    Ok(Condition::In(operand, texts))
}

fn entries(quantifier: Quantifier, arguments: Vec<Node>) -> Result<Condition, String> {
    let [list, condition] = several(arguments)?;
    Ok(Condition::Entries { quantifier, list: list.path()?, only: None, holds: Box::new(condition.condition()?) })
}

fn selected(arguments: Vec<Node>) -> Result<Condition, String> {
    let [list, only, condition] = several(arguments)?;
    let (list, only, holds) = (list.path()?, Some(Box::new(only.condition()?)), Box::new(condition.condition()?));
    Ok(Condition::Entries { quantifier: Quantifier::Each, list, only, holds })
}

fn chain(arguments: Vec<Node>) -> Result<Condition, String> {
    let [list, balance, amount, opening] = several(arguments)?;
    let (list, balance, amount) = (list.path()?, balance.path()?, amount.path()?);
    Ok(Condition::Chain(Chain { list, balance, amount, opening: opening.path()? }))
}

fn one(arguments: Vec<Node>) -> Result<Node, String> {
    several::<1>(arguments).map(|[argument]| argument)
}

fn several<const N: usize>(arguments: Vec<Node>) -> Result<[Node; N], String> {
    let found = arguments.len();
    arguments.try_into().map_err(|_| format!("{N} arguments are needed, not {found}"))
}
