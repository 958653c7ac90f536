//! When a test environment ends: a lifetime as the command line has it, and the end as a tag has it.
//!
//! Pure: whoever reads a clock hands the time in.

use std::fmt;
use std::str::FromStr;

use trigger::Moment;

use crate::actual::Actual;
use crate::desired::Desired;
use crate::model::Tags;

/// A lifetime, such as `30m`, `24h` or `7d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ttl {
    seconds: i64,
}

/// The longest lifetime, in days. What is to live longer is no test environment.
const LONGEST_DAYS: i64 = 366;
const DAY: i64 = 86_400;

impl Ttl {
    /// The end of a life that begins `now`, in seconds since 1970, as the tag holds it.
    #[must_use]
    pub fn end(self, now: i64) -> String {
        text(now + self.seconds)
    }
}

impl FromStr for Ttl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || "write it as 30m, 24h or 7d".to_owned();
        let (number, unit) =
            text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(form)?;
        let unit = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => DAY,
            _ => return Err(form()),
        };
        let number: u32 = number.parse().map_err(|_| form())?;
        let seconds = i64::from(number) * unit;
        if seconds > LONGEST_DAYS * DAY {
            return Err(format!("it is at most {LONGEST_DAYS}d"));
        }
        Ok(Self { seconds })
    }
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
    /// The newest date that is known, even if something carries none.
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

/// `2026-11-23T05:02:03Z`, of seconds since 1970.
#[must_use]
pub fn text(seconds: i64) -> String {
    let (days, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    // Days to a date of the Gregorian calendar, in eras of 400 years that begin on the 1st of March (H. Hinnant).
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day_of_month:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// The tags of everything of the stack that can carry tags, and what it is.
fn marks<'a>(desired: &Desired, actual: &'a Actual) -> Vec<(String, &'a Tags)> {
    let ours = |tags: &&Tags| tags.same_stack(&desired.tags);
    let log_group = actual.log_group.as_ref().map(|group| &group.tags).filter(ours);
    let role = actual.role.as_ref().map(|role| &role.tags).filter(ours);
    let function = actual.function.as_ref().map(|function| &function.tags).filter(ours);
    let named = [("log group", log_group), ("role", role), ("function", function)];
    let named = named.into_iter().filter_map(|(what, tags)| Some((format!("the {what}"), tags?)));
    let declared = desired.pools.iter().filter(|(_, pool)| pool.is_of_the_stack());
    let declared = declared.filter_map(|(key, _)| actual.pool(key));
    let strays = actual.strays.values().filter(|live| live.pool.tags.same_stack(&desired.tags));
    let pools = declared.chain(strays);
    named.chain(pools.map(|live| (format!("the pool {}", live.id), &live.pool.tags))).collect()
}

fn newest(marks: &[(String, &Tags)]) -> Option<String> {
    let dates = marks.iter().filter_map(|(_, tags)| tags.expires());
    let dates = dates.filter_map(|date| Some((seconds(date)?, date)));
    dates.max_by_key(|(at, _)| *at).map(|(_, date)| date.to_owned())
}

impl fmt::Display for Ttl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes() {
        let end = |ttl: &str| ttl.parse::<Ttl>().map(|ttl| ttl.end(0));
        for (ttl, at) in [
            ("0s", "1970-01-01T00:00:00Z"),
            ("30m", "1970-01-01T00:30:00Z"),
            ("24h", "1970-01-02T00:00:00Z"),
            ("7d", "1970-01-08T00:00:00Z"),
        ] {
            assert_eq!(end(ttl).as_deref(), Ok(at));
        }
        for wrong in ["", "24", "h", "-1h", "1.5h", "1w", "24 h", "367d", "4294967296s", "1µ"] {
            assert!(end(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn dates_there_and_back() {
        for at in [0, 951_782_400, 1_795_410_123, 4_102_444_799] {
            assert_eq!(seconds(&text(at)), Some(at));
        }
        assert_eq!(text(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(text(1_795_410_123), "2026-11-23T05:02:03Z");
    }

    #[test]
    fn what_cannot_be_read_is_never_over() {
        assert!(is_over("1970-01-01T00:00:10Z", 10));
        assert!(!is_over("1970-01-01T00:00:10Z", 9));
        assert!(is_over("1970-01-01T02:00:10+02:00", 10));
        assert!(!is_over("soon", i64::MAX));
    }
}
