//! JSON whose values know where they stand in the text, read as far as the text goes: of a text that is cut, every value that is
//! complete.

use std::ops::Range;

/// Deeper than any schema that a model is asked with.
const MAX_DEPTH: usize = 32;

/// A value with its place in the text, in bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: Json,
    /// From its first byte to its last, quotes included.
    pub span: Range<usize>,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it is written.
    Number(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// An object; of a name that stands twice the first.
    Object(Vec<(String, Node)>),
}

impl Node {
    /// The value of a name, if it is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Node> {
        match &self.kind {
            Json::Object(members) => members.iter().find(|(n, _)| n == name).map(|(_, node)| node),
            _ => None,
        }
    }

    /// The entries, if it is a list.
    pub fn entries(&self) -> Option<&[Node]> {
        match &self.kind {
            Json::List(entries) => Some(entries),
            _ => None,
        }
    }
}

/// Reads the first object of a text, and says whether it is whole.
pub fn read(text: &str) -> (Option<Node>, bool) {
    let Some(start) = text.find('{') else { return (None, false) };
    let mut parser = Parser { text, at: start, whole: true };
    let node = parser.value(0);
    (node, parser.whole)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    whole: bool,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&mut self) -> Option<u8> {
        self.at += self.rest().len() - self.rest().trim_start().len();
        self.rest().bytes().next()
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    /// The value here, as far as it is complete; what is not JSON ends the reading.
    fn value(&mut self, depth: usize) -> Option<Node> {
        let first = self.peek().filter(|_| depth < MAX_DEPTH);
        let start = self.at;
        let kind = match first {
            Some(b'{') => Some(self.object(depth)),
            Some(b'[') => Some(self.list(depth)),
            Some(b'"') => self.text().map(Json::Text),
            _ => self.word(),
        };
        self.whole &= kind.is_some();
        Some(Node { kind: kind?, span: start..self.at })
    }

    fn object(&mut self, depth: usize) -> Json {
        self.at += 1;
        let mut members: Vec<(String, Node)> = Vec::new();
        while !self.take(b'}') {
            let separated = members.is_empty() || self.take(b',');
            let name = if separated && self.peek() == Some(b'"') { self.text() } else { None };
            let node = if name.is_some() && self.take(b':') { self.value(depth + 1) } else { None };
            let (Some(name), Some(node)) = (name, node) else {
                self.whole = false;
                break;
            };
            if members.iter().all(|(n, _)| *n != name) {
                members.push((name, node));
            }
            if !self.whole {
                break;
            }
        }
        Json::Object(members)
    }

    fn list(&mut self, depth: usize) -> Json {
        self.at += 1;
        let mut entries = Vec::new();
        while !self.take(b']') {
            let separated = entries.is_empty() || self.take(b',');
            let Some(node) = (if separated { self.value(depth + 1) } else { None }) else {
                self.whole = false;
                break;
            };
            entries.push(node);
            if !self.whole {
                break;
            }
        }
        Json::List(entries)
    }

    /// The text in quotes here; `None` if its end is missing.
    fn text(&mut self) -> Option<String> {
        let mut escaped = false;
        let end = self.rest().bytes().skip(1).position(|b| {
            let ends = b == b'"' && !escaped;
            escaped = b == b'\\' && !escaped;
            ends
        })?;
        let quoted = self.rest().get(..end + 2)?;
        let text = serde_json::from_str(quoted).ok()?;
        self.at += end + 2;
        Some(text)
    }

    /// `null`, `true`, `false` or a number; a number at the very end of the text may lack digits.
    fn word(&mut self) -> Option<Json> {
        let length = self.rest().find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '+' | '.'))?;
        let word = self.rest().get(..length)?;
        let kind = match word {
            "null" => Json::Null,
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            number => {
                serde_json::from_str::<serde_json::Number>(number).ok().map(|_| Json::Number(number.to_owned()))?
            }
        };
        self.at += length;
        Some(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_knows_where_it_stands() {
        let text = r#"{"a": "x\"y", "b": [1.50, true, null]}"#;
        let (node, whole) = read(text);
        let node = node.unwrap();
        assert!(whole);
        let a = node.get("a").unwrap();
        assert_eq!((&a.kind, text.get(a.span.clone())), (&Json::Text("x\"y".to_owned()), Some(r#""x\"y""#)));
        let b = node.get("b").and_then(Node::entries).unwrap();
        assert_eq!(b.iter().map(|n| text.get(n.span.clone()).unwrap()).collect::<Vec<_>>(), ["1.50", "true", "null"]);
    }

    #[test]
    fn a_cut_text_gives_the_values_that_are_complete() {
        let whole = r#"{"a":"x","b":[{"c":"1","d":12},{"c":"2","d":34}]}"#;
        for end in 1..whole.len() {
            let (node, complete) = read(whole.get(..end).unwrap());
            assert!(!complete, "{end}");
            let entries = node.as_ref().and_then(|n| n.get("b")).and_then(Node::entries).unwrap_or_default().len();
            assert!(entries <= 2 && (end < 30 || entries > 0), "{end}");
        }
        let (node, _) = read(r#"{"a":"x","b":12"#);
        assert_eq!(node.map(|n| (n.get("a").is_some(), n.get("b").is_some())), Some((true, false)));
    }

    #[test]
    fn what_is_around_the_object_does_not_matter_and_what_is_no_json_gives_nothing() {
        assert!(read("```json\n{\"a\": 1}\n```").1);
        assert_eq!(read("I can't read this."), (None, false));
        assert!(!read(&"{\"a\":".repeat(10_000)).1);
        assert_eq!(
            read(r#"{"a":"first","a":"second"}"#).0.unwrap().get("a").unwrap().kind,
            Json::Text("first".to_owned())
        );
    }
}
