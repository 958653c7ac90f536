//! Stacks as tags name them: which ones there are, told from resources with their tags. Pure.

use std::fmt;
use std::str::FromStr;

/// A stack by its name and its environment; displayed as its tag has it: `name` or `name/environment`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StackName {
    /// `name` of `deploy.toml`.
    pub name: String,
    /// The environment, if it has one.
    pub env: Option<String>,
}

impl FromStr for StackName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, env) = match text.split_once('/') {
            Some((name, env)) => (name, Some(env)),
            None => (text, None),
        };
        // What names of resources are made of; anything else is no stack of ours.
        let fits = |part: &str| {
            let letter = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            !part.is_empty() && part.chars().all(letter)
        };
        if fits(name) && env.is_none_or(fits) {
            Ok(Self { name: name.to_owned(), env: env.map(ToOwned::to_owned) })
        } else {
            Err("write it as NAME or NAME/ENVIRONMENT".to_owned())
        }
    }
}

impl fmt::Display for StackName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.env {
            Some(env) => write!(f, "{}/{env}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_there_and_back() {
        for name in ["orders", "orders/pr-123", "or_ders-2/x"] {
            assert_eq!(
                name.parse::<StackName>().map(|stack| stack.to_string()),
                Ok(name.to_owned())
            );
        }
        for wrong in ["", "/", "orders/", "/pr-1", "a/b/c", "a b", "a*"] {
            assert!(wrong.parse::<StackName>().is_err(), "{wrong}");
        }
    }
}
