//! All that the tool remembers on AWS: who owns a resource, when its stack may go, and in modules of their own what stood
//! in a slot and which versions were verified.

use std::collections::BTreeMap;

use serde::Serialize;

use super::stack::StackName;

pub mod made;
pub mod previous_trigger;
pub mod tagged;
pub mod verified_versions;

/// Tags of a resource, all of them as read; only ours are compared (see [`Tags::only`]).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tags(pub BTreeMap<String, String>);

impl Tags {
    /// The tag that says which stack owns a resource.
    pub const STACK: &str = "pretoken:stack";

    /// The tags that every resource of a stack carries.
    #[must_use]
    pub fn of_stack(stack: &StackName, region: &str) -> Self {
        let tags = [
            ("managed-by", "pretoken".to_owned()),
            (Self::STACK, stack.to_string()),
            (Self::REGION, region.to_owned()),
        ];
        Self(tags.map(|(key, value)| (key.to_owned(), value)).into())
    }

    /// Whether the tool alone sets tags of this key.
    #[must_use]
    pub fn is_ours(key: &str) -> bool {
        key == "managed-by" || key.starts_with("pretoken:")
    }

    /// The tag that says in which region: roles are global, and one of the same stack elsewhere is not this stack's.
    pub const REGION: &str = "pretoken:region";

    /// Whose these tags say that a resource is: a stack, and its region.
    #[must_use]
    pub fn owner(&self) -> Option<(&str, Option<&str>)> {
        Some((self.stack()?, self.0.get(Self::REGION).map(String::as_str)))
    }

    /// The tag that says when a stack may be removed (RFC 3339).
    pub const EXPIRES: &str = "pretoken:expires";

    /// When these tags say that the stack may be removed.
    #[must_use]
    pub fn expires(&self) -> Option<&str> {
        self.0.get(Self::EXPIRES).map(String::as_str)
    }

    /// The stack that these tags name as the owner.
    #[must_use]
    pub fn stack(&self) -> Option<&str> {
        self.0.get(Self::STACK).map(String::as_str)
    }

    /// These tags without those that `wanted` does not name: tags of others are not ours to compare.
    #[must_use]
    pub fn only(&self, wanted: &Self) -> Self {
        Self(
            self.0
                .iter()
                .filter(|(key, _)| wanted.0.contains_key(*key))
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect(),
        )
    }

    /// These tags without those of others: what the tool sets by itself, and what `wanted` names.
    #[must_use]
    pub fn without_others(&self, wanted: &Self) -> Self {
        let of_ours =
            |(key, _): &(&String, &String)| Self::is_ours(key) || wanted.0.contains_key(*key);
        Self(self.0.iter().filter(of_ours).map(|(k, v)| (k.clone(), v.clone())).collect())
    }

    /// Whether a resource with these tags belongs to the stack that has the tags `stack`.
    #[must_use]
    pub fn same_stack(&self, stack: &Self) -> bool {
        self.owner().is_some() && self.owner() == stack.owner()
    }
}
