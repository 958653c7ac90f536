//! Stacks as tags name them: which ones there are, told from resources with their tags. Pure.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use trigger::Moment;

use super::tags::Tags;

/// A stack by its name and its environment; displayed as its tag has it: `name` or `name/environment`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StackName {
    /// `name` of `deploy.toml`.
    pub name: String,
    /// The environment, if it has one.
    pub env: Option<String>,
}

/// A resource as the account's list of tagged resources has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagged {
    /// Its ARN.
    pub arn: String,
    /// All its tags.
    pub tags: Tags,
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

/// The stacks that these resources belong to, and the newest date that any of a stack's resources carries.
///
/// The list may be a moment old, and name what is gone already: whoever acts on it looks at the resources first.
#[must_use]
pub fn stacks(resources: &[Tagged]) -> BTreeMap<StackName, Option<String>> {
    let mut stacks: BTreeMap<StackName, Option<String>> = BTreeMap::new();
    for Tagged { tags, .. } in resources {
        let Some(Ok(stack)) = tags.stack().map(str::parse) else { continue };
        let newest = stacks.entry(stack).or_default();
        let at = |date: &Option<String>| Moment::new(date.as_deref()?).first_second();
        let date = tags.expires().map(ToOwned::to_owned);
        if at(&date) > at(newest) {
            *newest = date;
        }
    }
    stacks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tagged(stack: &str, expires: Option<&str>) -> Tagged {
        let mut tags = Tags([(Tags::STACK.to_owned(), stack.to_owned())].into());
        tags.0.extend(expires.map(|date| (Tags::EXPIRES.to_owned(), date.to_owned())));
        Tagged { arn: format!("arn:aws:lambda:eu-west-1:123456789012:function:{stack}"), tags }
    }

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

    #[test]
    fn the_newest_date_of_a_stack_counts() {
        let resources = [
            tagged("orders/pr-1", Some("2026-01-01T00:00:00Z")),
            tagged("orders/pr-1", Some("2026-01-02T01:00:00+02:00")),
            tagged("orders/pr-1", Some("2026-01-01T12:00:00Z")),
            tagged("orders/pr-1", None),
            tagged("orders/pr-2", Some("whenever")),
            tagged("orders", None),
            tagged("no stack of ours", Some("2026-01-01T00:00:00Z")),
        ];
        let found = stacks(&resources);
        let found: Vec<_> =
            found.iter().map(|(stack, end)| (stack.to_string(), end.as_deref())).collect();
        assert_eq!(
            found,
            [
                ("orders".to_owned(), None),
                ("orders/pr-1".to_owned(), Some("2026-01-02T01:00:00+02:00")),
                ("orders/pr-2".to_owned(), None)
            ]
        );
    }
}
