//! When a test environment ends, by the tags of everything of its stack. Pure.

use super::actual::Actual;
use super::identity::Identity;
use crate::model::Tags;
use crate::model::dates::seconds;

/// What the tags of a stack say about its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Nothing of it carries a date.
    None,
    /// The newest date of all, as a tag has it.
    At(String),
    /// Something of it carries no date, or one that cannot be read: what, in words.
    Unsure(String),
}

impl End {
    /// What everything of the stack that can carry tags says.
    #[must_use]
    pub fn of(identity: &Identity, actual: &Actual) -> Self {
        let own_tags = own_tags(identity, actual);
        let dated = |(_, tags): &(String, &Tags)| tags.expires().is_some();
        if !own_tags.iter().any(dated) {
            return Self::None;
        }
        let unsure = |(what, tags): &(String, &Tags)| match tags.expires() {
            None => Some(format!("{what} carries no expiry date")),
            Some(end) if seconds(end).is_none() => {
                Some(format!("{what} carries `{end}`, which is no date"))
            }
            Some(_) => None,
        };
        match own_tags.iter().find_map(unsure) {
            Some(what) => Self::Unsure(what),
            None => newest(&own_tags).map_or(Self::None, Self::At),
        }
    }
}

/// The newest date that anything of the stack carries; `None` if nothing carries one.
#[must_use]
pub fn known(identity: &Identity, actual: &Actual) -> Option<String> {
    newest(&own_tags(identity, actual))
}

/// The tags of everything of the stack that can carry tags, and what it is.
fn own_tags<'a>(identity: &Identity, actual: &'a Actual) -> Vec<(String, &'a Tags)> {
    let ours = |tags: &&Tags| tags.same_stack(&identity.tags);
    let log_group = actual.log_group.as_ref().map(|group| &group.tags).filter(ours);
    let role = actual.role.as_ref().map(|role| &role.tags).filter(ours);
    let function = actual.function.as_ref().map(|function| &function.tags).filter(ours);
    let named = [("log group", log_group), ("role", role), ("function", function)];
    let named = named.into_iter().filter_map(|(what, tags)| Some((format!("the {what}"), tags?)));
    let declared = identity.pools.iter().filter(|(_, pool)| pool.id.is_none());
    let declared = declared.filter_map(|(key, _)| actual.pool(key));
    let undeclared =
        actual.undeclared.values().filter(|live| live.pool.tags.same_stack(&identity.tags));
    let pools = declared.chain(undeclared);
    named.chain(pools.map(|live| (format!("the pool {}", live.id), &live.pool.tags))).collect()
}

fn newest(own_tags: &[(String, &Tags)]) -> Option<String> {
    let dates = own_tags.iter().filter_map(|(_, tags)| tags.expires());
    let dates = dates.filter_map(|date| Some((seconds(date)?, date)));
    dates.max_by_key(|(at, _)| *at).map(|(_, date)| date.to_owned())
}
