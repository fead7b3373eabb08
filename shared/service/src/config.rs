//! Configuration from the environment: each variable typed and checked, and every bad one reported in a single start.
//!
//! `envy` does the parsing, one variable at a time, because its errors stop at the first problem, lack the variable's full name
//! and print the value, which may be a secret. An empty variable counts as absent: that is what `NAME=` in an env file means.

use std::collections::HashMap;
use std::fmt::{self, Display};
use std::ops::RangeInclusive;

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Exit status of a program whose configuration is bad (`EX_USAGE` of `sysexits.h`).
pub const EXIT_BAD_CONFIG: u8 = 64;

/// A set of variables being read. Read each with [`Environment::required`] and its siblings, then call
/// [`Environment::finish`].
pub struct Environment {
    values: HashMap<String, String>,
    read: Vec<Variable>,
    problems: Vec<String>,
}

/// A variable that a program reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its full name.
    pub name: &'static str,
    /// Its default as text; `None` if it is required.
    pub default: Option<String>,
}

/// Everything that is wrong with the environment, one line each. Names variables, never shows their values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// The lines.
    pub problems: Vec<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bad configuration: {}", self.problems.join("; "))
    }
}

impl Environment {
    /// The variables of this process.
    pub fn from_process() -> Environment {
        let utf8 = std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
        Environment::from_iter(utf8)
    }

    /// A variable that must be set. If it is not, or is malformed, the problem is noted and a value comes back that
    /// [`Environment::finish`] will never let out.
    pub fn required<T: DeserializeOwned + Default>(&mut self, name: &'static str) -> T {
        self.read.push(Variable { name, default: None });
        match self.parse(name) {
            Some(value) => value.unwrap_or_default(),
            None => {
                self.problem(name, "is required");
                T::default()
            }
        }
    }

    /// A variable with a default.
    pub fn or<T: DeserializeOwned + Display>(&mut self, name: &'static str, default: T) -> T {
        self.read.push(Variable { name, default: Some(default.to_string()) });
        self.parse(name).flatten().unwrap_or(default)
    }

    /// A whole number within bounds, with a default.
    pub fn number(&mut self, name: &'static str, default: u64, range: RangeInclusive<u64>) -> u64 {
        let value = self.or(name, default);
        if range.contains(&value) {
            return value;
        }
        self.problem(name, &format!("must be between {} and {}", range.start(), range.end()));
        default
    }

    /// A variable that may be absent and then means nothing.
    pub fn optional<T: DeserializeOwned>(&mut self, name: &'static str) -> Option<T> {
        self.read.push(Variable { name, default: Some(String::new()) });
        self.parse(name).flatten()
    }

    /// Notes a problem found by the caller's own check, such as an URL without a host. Don't put the value in it.
    pub fn problem(&mut self, name: &str, what: &str) {
        self.problems.push(format!("{name} {what}"));
    }

    /// Every variable asked for so far, in that order: what the documentation must list.
    pub fn variables(&self) -> &[Variable] {
        &self.read
    }

    /// The configuration built from the values, if all of them were good.
    ///
    /// # Errors
    /// All problems noted since the start.
    pub fn finish<C>(self, config: C) -> Result<C, ConfigError> {
        if self.problems.is_empty() { Ok(config) } else { Err(ConfigError { problems: self.problems }) }
    }

    /// `None`: absent. `Some(None)`: malformed, and noted.
    fn parse<T: DeserializeOwned>(&mut self, name: &'static str) -> Option<Option<T>> {
        #[derive(Deserialize)]
        struct One<T> {
            value: T,
        }
        let text = self.values.get(name)?.clone();
        match envy::from_iter::<_, One<T>>([("value".to_owned(), text)]) {
            Ok(one) => Some(Some(one.value)),
            Err(_) => {
                self.problem(name, &format!("is no valid {}", type_name::<T>()));
                Some(None)
            }
        }
    }
}

impl FromIterator<(String, String)> for Environment {
    /// The seam for tests: never the process's own variables.
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Environment {
        let values = pairs.into_iter().map(|(k, v)| (k, v.trim().to_owned())).filter(|(_, v)| !v.is_empty()).collect();
        Environment { values, read: Vec::new(), problems: Vec::new() }
    }
}

fn type_name<T>() -> &'static str {
    match std::any::type_name::<T>() {
        "u8" | "u16" | "u32" | "u64" | "usize" => "whole number",
        "f32" | "f64" => "number",
        "bool" => "boolean (true or false)",
        _ => "value",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn values_are_typed_and_absent_ones_have_their_default() {
        let mut env = environment(&[("PORT", "9000"), ("KEYS", "a,b"), ("EMPTY", " ")]);
        assert_eq!(env.or("PORT", 8000u16), 9000);
        assert_eq!(env.required::<Vec<Secret>>("KEYS"), [Secret::new("a"), Secret::new("b")]);
        assert_eq!(env.number("EMPTY", 3, 0..=10), 3);
        assert_eq!(env.optional::<String>("ABSENT"), None);
        assert!(env.finish(()).is_ok());
    }

    #[test]
    fn every_bad_variable_is_reported_in_one_start_with_its_full_name_and_without_its_value() {
        let mut env = environment(&[("PORT", "hunter2"), ("RATE_LIMIT_WINDOW", "0"), ("DEBUG", "maybe")]);
        env.required::<Secret>("RUNPOD_API_KEY");
        env.or("PORT", 8000u16);
        env.number("RATE_LIMIT_WINDOW", 60, 1..=3600);
        env.or("DEBUG", false);
        env.problem("BASE_URL", "has no host");
        let error = env.finish(()).unwrap_err();
        assert_eq!(error.problems.len(), 5);
        let text = error.to_string();
        for name in ["RUNPOD_API_KEY", "PORT", "RATE_LIMIT_WINDOW", "DEBUG", "BASE_URL"] {
            assert!(text.contains(name), "{text}");
        }
        assert!(!text.contains("hunter2") && !text.contains("maybe"));
    }

    #[test]
    fn the_variables_read_are_known_with_their_defaults() {
        let mut env = environment(&[]);
        env.or("PORT", 8000u16);
        env.required::<String>("ID");
        let expected =
            [Variable { name: "PORT", default: Some("8000".into()) }, Variable { name: "ID", default: None }];
        assert_eq!(env.variables(), expected);
    }
}
