//! Parses a condition by recursive descent.

mod call;

use super::expression::{Comparison, Condition, Operand, Path};
use super::number::Arithmetic;
use super::token::{Token, tokens};

/// Longest text of a condition, in bytes. Bounds the depth of the tree, and so the stack that walking it takes.
const MAX_LENGTH: usize = 1000;
/// Deepest nesting of parentheses, calls and prefixes.
const MAX_DEPTH: usize = 24;

/// A condition from its text.
pub(super) fn condition(text: &str) -> Result<Condition, String> {
    if text.len() > MAX_LENGTH {
        return Err(format!("longer than {MAX_LENGTH} bytes"));
    }
    let mut parser = Parser { tokens: tokens(text)?.into_iter().peekable(), depth: 0 };
    let condition = parser.alternatives()?.condition()?;
    match parser.tokens.next() {
        None => Ok(condition),
        Some(token) => Err(format!("unexpected {}", describe(Some(&token)))),
    }
}

/// A part of the text whose kind is only known once it is read.
enum Node {
    Condition(Condition),
    Operand(Operand),
}

impl Node {
    fn condition(self) -> Result<Condition, String> {
        match self {
            Node::Condition(condition) => Ok(condition),
            Node::Operand(_) => Err("a value stands where a condition is needed".to_owned()),
        }
    }

    fn operand(self) -> Result<Operand, String> {
        match self {
            Node::Operand(operand) => Ok(operand),
            Node::Condition(_) => Err("a condition stands where a value is needed".to_owned()),
        }
    }

    fn path(self) -> Result<Path, String> {
        match self {
            Node::Operand(Operand::Field(path)) => Ok(path),
            _ => Err("a field's name is needed".to_owned()),
        }
    }

    fn text(self) -> Result<String, String> {
        match self {
            Node::Operand(Operand::Text(text)) => Ok(text),
            _ => Err("a quoted text is needed".to_owned()),
        }
    }
}

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    depth: usize,
}

impl Parser {
    /// `a or b or c`.
    fn alternatives(&mut self) -> Result<Node, String> {
        self.joined("or", Parser::conjunction, Condition::AnyOf)
    }

    /// `a and b and c`.
    fn conjunction(&mut self) -> Result<Node, String> {
        self.joined("and", Parser::negation, Condition::All)
    }

    fn joined(
        &mut self,
        word: &str,
        part: fn(&mut Parser) -> Result<Node, String>,
        join: fn(Vec<Condition>) -> Condition,
    ) -> Result<Node, String> {
        let first = part(self)?;
        if !self.takes_word(word) {
            return Ok(first);
        }
        let mut parts = vec![first.condition()?, part(self)?.condition()?];
        while self.takes_word(word) {
            parts.push(part(self)?.condition()?);
        }
        Ok(Node::Condition(join(parts)))
    }

    fn negation(&mut self) -> Result<Node, String> {
        if !self.takes_word("not") {
            return self.comparison();
        }
        let inner = self.deeper(Parser::negation)?.condition()?;
        Ok(Node::Condition(Condition::Not(Box::new(inner))))
    }

    fn comparison(&mut self) -> Result<Node, String> {
        let left = self.sum()?;
        let comparison = match self.tokens.peek() {
            Some(Token::Sign("=")) => Comparison::Equal,
            Some(Token::Sign("<")) => Comparison::Less,
            Some(Token::Sign("<=")) => Comparison::AtMost,
            Some(Token::Sign(">")) => Comparison::Greater,
            Some(Token::Sign(">=")) => Comparison::AtLeast,
            _ => return Ok(left),
        };
        self.tokens.next();
        Ok(Node::Condition(Condition::Compare(comparison, left.operand()?, self.sum()?.operand()?)))
    }

    fn sum(&mut self) -> Result<Node, String> {
        self.arithmetic(&[("+", Arithmetic::Add), ("-", Arithmetic::Subtract)], Parser::product)
    }

    fn product(&mut self) -> Result<Node, String> {
        self.arithmetic(&[("*", Arithmetic::Multiply), ("/", Arithmetic::Divide)], Parser::signed)
    }

    fn arithmetic(
        &mut self,
        operators: &[(&'static str, Arithmetic)],
        part: fn(&mut Parser) -> Result<Node, String>,
    ) -> Result<Node, String> {
        let mut left = part(self)?;
        while let Some((_, operator)) = operators.iter().find(|(sign, _)| self.takes_sign(sign)) {
            let right = part(self)?.operand()?;
            left = Node::Operand(Operand::Arithmetic(*operator, Box::new(left.operand()?), Box::new(right)));
        }
        Ok(left)
    }

    fn signed(&mut self) -> Result<Node, String> {
        if !self.takes_sign("-") {
            return self.primary();
        }
        let inner = self.deeper(Parser::signed)?.operand()?;
        Ok(Node::Operand(Operand::Negative(Box::new(inner))))
    }

    fn primary(&mut self) -> Result<Node, String> {
        match self.tokens.next() {
            Some(Token::Number(number)) => Ok(Node::Operand(Operand::Number(number))),
            Some(Token::Text(text)) => Ok(Node::Operand(Operand::Text(text))),
            Some(Token::Sign("(")) => {
                let inner = self.deeper(Parser::alternatives)?;
                self.expect(")")?;
                Ok(inner)
            }
            Some(Token::Name(name)) if self.takes_sign("(") => {
                let arguments = self.deeper(Parser::arguments)?;
                call::build(&name, arguments).map_err(|e| format!("{name}: {e}"))
            }
            Some(Token::Name(name)) => named(&name).map(Node::Operand),
            other => Err(format!("unexpected {}", describe(other.as_ref()))),
        }
    }

    fn arguments(&mut self) -> Result<Vec<Node>, String> {
        let mut arguments = vec![self.alternatives()?];
        while self.takes_sign(",") {
            arguments.push(self.alternatives()?);
        }
        self.expect(")")?;
        Ok(arguments)
    }

    fn deeper<T>(&mut self, part: fn(&mut Parser) -> Result<T, String>) -> Result<T, String> {
        if self.depth == MAX_DEPTH {
            return Err(format!("nested deeper than {MAX_DEPTH}"));
        }
        self.depth += 1;
        let result = part(self);
        self.depth -= 1;
        result
    }

    fn takes_word(&mut self, word: &str) -> bool {
        self.tokens.next_if(|token| matches!(token, Token::Name(name) if name == word)).is_some()
    }

    fn takes_sign(&mut self, sign: &str) -> bool {
        self.tokens.next_if(|token| matches!(token, Token::Sign(s) if *s == sign)).is_some()
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.takes_sign(sign) {
            return Ok(());
        }
        Err(format!("{sign} is needed before {}", describe(self.tokens.peek())))
    }
}

/// A name that is not a call.
fn named(name: &str) -> Result<Operand, String> {
    match name {
        "today" => return Ok(Operand::Today),
        "by_year" => return Ok(Operand::ByYear),
        "and" | "or" | "not" => return Err(format!("unexpected {name}")),
        _ => {}
    }
    let inside = name.strip_prefix("document.");
    let names: Vec<String> = inside.unwrap_or(name).split('.').map(str::to_owned).collect();
    if names.iter().any(String::is_empty) {
        return Err(format!("{name} is not a field's name"));
    }
    Ok(Operand::Field(Path { names, of_document: inside.is_some() }))
}

fn describe(token: Option<&Token>) -> String {
    match token {
        None => "the end".to_owned(),
        Some(Token::Number(number)) => number.to_string(),
        Some(Token::Text(text)) => format!("{text:?}"),
        Some(Token::Name(name)) => name.clone(),
        Some(Token::Sign(sign)) => (*sign).to_owned(),
    }
}
