//! When a test environment ends, by the tags of everything of its stack. Pure.

use super::actual::Actual;
use super::desired::Desired;
use crate::model::Tags;
use crate::time::seconds;

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
    pub fn of(desired: &Desired, actual: &Actual) -> Self {
        let marks = marks(desired, actual);
        let dated = |(_, tags): &(String, &Tags)| tags.expires().is_some();
        if !marks.iter().any(dated) {
            return Self::None;
        }
        let unsure = |(what, tags): &(String, &Tags)| match tags.expires() {
            None => Some(format!("{what} carries no expiry date")),
            Some(end) if seconds(end).is_none() => {
                Some(format!("{what} carries `{end}`, which is no date"))
            }
            Some(_) => None,
        };
        match marks.iter().find_map(unsure) {
            Some(what) => Self::Unsure(what),
            None => newest(&marks).map_or(Self::None, Self::At),
        }
    }
}

/// The newest date that anything of the stack carries; `None` if nothing carries one.
#[must_use]
pub fn known(desired: &Desired, actual: &Actual) -> Option<String> {
    newest(&marks(desired, actual))
}

/// The tags of everything of the stack that can carry tags, and what it is.
fn marks<'a>(desired: &Desired, actual: &'a Actual) -> Vec<(String, &'a Tags)> {
    let ours = |tags: &&Tags| tags.same_stack(&desired.tags);
    let log_group = actual.log_group.as_ref().map(|group| &group.tags).filter(ours);
    let role = actual.role.as_ref().map(|role| &role.tags).filter(ours);
    let function = actual.function.as_ref().map(|function| &function.tags).filter(ours);
    let named = [("log group", log_group), ("role", role), ("function", function)];
    let named = named.into_iter().filter_map(|(what, tags)| Some((format!("the {what}"), tags?)));
    let declared = desired.pools.iter().filter(|(_, pool)| pool.is_owned());
    let declared = declared.filter_map(|(key, _)| actual.pool(key));
    let undeclared =
        actual.undeclared.values().filter(|live| live.pool.tags.same_stack(&desired.tags));
    let pools = declared.chain(undeclared);
    named.chain(pools.map(|live| (format!("the pool {}", live.id), &live.pool.tags))).collect()
}

fn newest(marks: &[(String, &Tags)]) -> Option<String> {
    let dates = marks.iter().filter_map(|(_, tags)| tags.expires());
    let dates = dates.filter_map(|date| Some((seconds(date)?, date)));
    dates.max_by_key(|(at, _)| *at).map(|(_, date)| date.to_owned())
}
