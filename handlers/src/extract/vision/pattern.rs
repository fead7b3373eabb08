//! A caller's regular expression as one without an end-less repeat, in the part that every engine knows. What it matches, the
//! caller's matches too; it may match less.

/// Most characters that a pattern may let a value have.
const MOST: usize = 400;
/// What stands for "any number of": tried from the largest on, until the whole stays below [`MOST`].
const REPEATS: [usize; 5] = [64, 24, 12, 6, 3];
/// Most characters of a pattern, and levels of its groups.
const PATTERN: usize = 500;
const GROUPS: usize = 8;

/// The pattern of a format that has a fixed form; `None` for others, whose text is only bounded in length.
pub fn of_format(format: &str) -> Option<&'static str> {
    Some(match format {
        "date" => "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        "time" => "^[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[-+][0-9]{2}:[0-9]{2})$",
        "date-time" => "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[-+][0-9]{2}:[0-9]{2})$",
        "email" => "^[A-Za-z0-9._%+-]{1,60}@[A-Za-z0-9.-]{1,60}[.][A-Za-z]{2,12}$",
        "uuid" => "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        _ => return None,
    })
}

/// The pattern, bounded and from end to end.
///
/// # Errors
/// What of it can't be kept, in a few words.
pub fn bounded(pattern: &str) -> Result<String, &'static str> {
    if pattern.chars().count() > PATTERN {
        return Err("is a pattern of too many characters");
    }
    for repeat in REPEATS {
        let mut parser = Parser { chars: pattern.chars().collect(), at: 0, repeat, out: String::new() };
        let length = parser.alternatives(0)?;
        if parser.at < parser.chars.len() {
            return Err("has a bracket that nothing opens");
        }
        if length <= MOST {
            return Ok(format!("^({})$", parser.out));
        }
    }
    Err("lets a value be too long")
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    repeat: usize,
    out: String,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn take(&mut self, c: char) -> bool {
        let there = self.peek() == Some(c);
        self.at += usize::from(there);
        there
    }

    /// Branches up to the end or a closing bracket; the most characters that they match.
    fn alternatives(&mut self, depth: usize) -> Result<usize, &'static str> {
        let mut most = 0;
        loop {
            // Matching from end to end is what the anchors ask for; elsewhere they could never hold.
            if depth == 0 {
                self.take('^');
            }
            most = most.max(self.sequence(depth)?);
            if !self.take('|') {
                return Ok(most);
            }
            self.out.push('|');
        }
    }

    fn sequence(&mut self, depth: usize) -> Result<usize, &'static str> {
        let mut length: usize = 0;
        while let Some(c) = self.peek().filter(|c| !matches!(c, '|' | ')')) {
            let last = matches!(self.chars.get(self.at + 1), None | Some('|'));
            if c == '$' && depth == 0 && last {
                self.at += 1;
                continue;
            }
            let atom = self.atom(depth)?;
            length = length.saturating_add(atom.saturating_mul(self.count()?));
        }
        Ok(length)
    }

    /// One character, class or group; the most characters that it matches.
    fn atom(&mut self, depth: usize) -> Result<usize, &'static str> {
        let Some(c) = self.peek() else { return Ok(0) };
        self.at += 1;
        match c {
            '(' => {
                if self.peek() == Some('?') && self.chars.get(self.at + 1) != Some(&':') {
                    return Err("looks around, names a group or sets a flag");
                }
                if depth >= GROUPS {
                    return Err("has groups that are too deep");
                }
                if self.take('?') {
                    self.take(':');
                }
                self.out.push('(');
                let length = self.alternatives(depth + 1)?;
                self.out.push(')');
                if self.take(')') { Ok(length) } else { Err("has a group without an end") }
            }
            '[' => self.class().map(|()| 1),
            '\\' => self.escape(false).map(|()| 1),
            '.' => {
                self.out.push_str("[ -~]");
                Ok(1)
            }
            '^' | '$' => Err("has an anchor inside"),
            '*' | '+' | '?' | '{' => Err("repeats nothing"),
            other => {
                self.out.push(other);
                Ok(1)
            }
        }
    }

    /// What follows a backslash.
    fn escape(&mut self, in_class: bool) -> Result<(), &'static str> {
        let c = self.peek().ok_or("ends in a backslash")?;
        self.at += 1;
        let class = match c {
            'd' => "0-9",
            'w' => "0-9A-Za-z_",
            's' => " ",
            c if !c.is_alphanumeric() && in_class => {
                self.out.push('\\');
                self.out.push(c);
                return Ok(());
            }
            c if c.is_ascii_punctuation() => {
                // In a class of its own no sign but these two needs a backslash.
                let escaped = if matches!(c, '\\' | ']' | '^' | '[') { format!("\\{c}") } else { format!("[{c}]") };
                self.out.push_str(&escaped);
                return Ok(());
            }
            _ => return Err("has an escape that can't be kept"),
        };
        self.out.push_str(&if in_class { class.to_owned() } else { format!("[{class}]") });
        Ok(())
    }

    fn class(&mut self) -> Result<(), &'static str> {
        self.out.push('[');
        if self.peek() == Some('^') {
            return Err("has a class that excludes");
        }
        let start = self.at;
        loop {
            let c = self.peek().ok_or("has a class without an end")?;
            self.at += 1;
            match c {
                ']' if self.at > start + 1 => break,
                '[' | ']' => return Err("has a bracket in a class"),
                '\\' => self.escape(true)?,
                other => self.out.push(other),
            }
        }
        self.out.push(']');
        Ok(())
    }

    /// The repeat that follows an atom; the most times that it stands for.
    fn count(&mut self) -> Result<usize, &'static str> {
        let (least, most) = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => {
                let end =
                    self.chars.iter().skip(self.at).position(|c| *c == '}').ok_or("has a count without an end")?;
                let inner: String = self.chars.iter().skip(self.at + 1).take(end - 1).collect();
                self.at += end;
                let number = |text: &str| text.parse::<usize>().map_err(|_| "has a count that is no number");
                match inner.split_once(',') {
                    None => (number(&inner)?, Some(number(&inner)?)),
                    Some((least, "")) => (number(least)?, None),
                    Some((least, most)) => (number(least)?, Some(number(most)?)),
                }
            }
            _ => return Ok(1),
        };
        self.at += 1;
        if self.take('?') || self.take('+') {
            return Err("has a lazy or possessive repeat");
        }
        let most = most.unwrap_or(self.repeat.max(least));
        if least > most {
            return Err("has a count that ends below its start");
        }
        self.out.push_str(&format!("{{{least},{most}}}"));
        Ok(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_get_an_end_and_shorthands_are_spelled_out() {
        for (own, wanted) in [
            (r"^\d+$", "^([0-9]{1,64})$"),
            (r"[A-Z]{2}\d{3,}", "^([A-Z]{2,2}[0-9]{3,64})$"),
            (r"^(?:a|b)?-x*$", "^((a|b){0,1}-x{0,64})$"),
            (r"^INV\.\d{4}$|^none$", "^(INV[.][0-9]{4,4}|none)$"),
            (r"[\w.-]+", "^([0-9A-Za-z_.-]{1,64})$"),
        ] {
            assert_eq!(bounded(own).as_deref(), Ok(wanted), "{own}");
        }
    }

    #[test]
    fn nested_repeats_stay_short() {
        assert_eq!(bounded(r"^(\w+\s?)+$").as_deref(), Ok("^(([0-9A-Za-z_]{1,12}[ ]{0,1}){1,12})$"));
        assert!(bounded("((((a+)+)+)+)+").is_ok());
        assert_eq!(bounded("a{9999}"), Err("lets a value be too long"));
    }

    #[test]
    fn what_no_grammar_keeps_is_refused() {
        for own in [
            "(?=a)b", "(?<n>a)", r"\bword", "[^a]", "a++", "a+?", "(a", "a)", "[a", "*", "a{2,1}", r"(a)\1", "x^y",
            "a\\",
        ] {
            assert!(bounded(own).is_err(), "{own}");
        }
    }
}
