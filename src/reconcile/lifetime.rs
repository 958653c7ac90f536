//! When a test environment ends: a lifetime as the command line has it, and the end as a tag has it.
//!
//! Pure: whoever reads a clock hands the time in.

use std::time::{Duration, UNIX_EPOCH};

use trigger::Moment;

use super::actual::Actual;
use super::desired::Desired;
use crate::model::Tags;

/// The longest lifetime: what is to live longer is no test environment.
pub const LONGEST: Duration = Duration::from_hours(366 * 24);

/// The end of a life that begins `now` (seconds since 1970), as the tag holds it: `2026-11-23T05:02:03Z`.
#[must_use]
pub fn end(lifetime: Duration, now: i64) -> String {
    let now = Duration::from_secs(now.try_into().unwrap_or_default());
    humantime::format_rfc3339_seconds(UNIX_EPOCH + now + lifetime).to_string()
}

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

/// Whether this date is over; one that cannot be read never is.
#[must_use]
pub fn is_over(end: &str, now: i64) -> bool {
    seconds(end).is_some_and(|end| end <= now)
}

/// Seconds since 1970 of a date with its time zone.
#[must_use]
pub fn seconds(text: &str) -> Option<i64> {
    Moment::new(text).first_second()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_lifetime_can_be_read_again() {
        let day = Duration::from_hours(24);
        assert_eq!(end(day, 0), "1970-01-02T00:00:00Z");
        assert_eq!(end(Duration::ZERO, 951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(seconds(&end(LONGEST, 1_795_410_123)), Some(1_795_410_123 + 366 * 86_400));
    }

    #[test]
    fn what_cannot_be_read_is_never_over() {
        assert!(is_over("1970-01-01T00:00:10Z", 10));
        assert!(!is_over("1970-01-01T00:00:10Z", 9));
        assert!(is_over("1970-01-01T02:00:10+02:00", 10));
        assert!(!is_over("soon", i64::MAX));
    }
}
