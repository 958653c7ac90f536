//! The account's list of tagged resources, and which stacks they belong to. Pure.

use std::collections::BTreeMap;

use trigger::Moment;

use super::Tags;
use crate::model::stack::StackName;

/// A resource as the account's list of tagged resources has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagged {
    /// Its ARN.
    pub arn: String,
    /// All its tags.
    pub tags: Tags,
}

/// The stacks of this region that these resources belong to, and the newest date that any of a stack's resources carries.
///
/// The list may be a moment old, and name what is gone already: whoever acts on it looks at the resources first.
#[must_use]
pub fn stacks(resources: &[Tagged], region: &str) -> BTreeMap<StackName, Option<String>> {
    let mut stacks: BTreeMap<StackName, Option<String>> = BTreeMap::new();
    for Tagged { tags, .. } in resources {
        let here = tags.owner().filter(|(_, of)| *of == Some(region));
        let Some(Ok(stack)) = here.map(|(stack, _)| stack.parse()) else { continue };
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
        let own = [(Tags::STACK, stack), (Tags::REGION, "eu-west-1")];
        let mut tags = Tags(own.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
        tags.0.extend(expires.map(|date| (Tags::EXPIRES.to_owned(), date.to_owned())));
        Tagged { arn: format!("arn:aws:lambda:eu-west-1:123456789012:function:{stack}"), tags }
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
        let found = stacks(&resources, "eu-west-1");
        assert!(stacks(&resources, "us-east-1").is_empty());
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
