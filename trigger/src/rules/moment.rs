//! A point in time as a rule writes it, and its translation to seconds. Keeps the text, so that
//! what is wrong with it can be reported beside everything else that is wrong.

use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// An RFC 3339 time with its offset (`2026-12-31T23:59:59Z`) or a date (`2026-12-31`, in UTC), in
/// quotes or as TOML's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moment(String);

impl Moment {
    /// The moment that `text` describes, or fails to describe.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Its first second, in seconds since 1970 (UTC), or `None` if the text is neither a time nor a
    /// date.
    #[must_use]
    pub fn first_second(&self) -> Option<i64> {
        let (date, time) = self.0.split_at_checked(10).unwrap_or((&self.0, ""));
        let midnight = days_since_1970(date)? * DAY;
        if time.is_empty() { Some(midnight) } else { Some(midnight + seconds_of_day(time)?) }
    }

    /// Its last second: the same for a time, the end of the day for a date.
    #[must_use]
    pub fn last_second(&self) -> Option<i64> {
        let first = self.first_second()?;
        Some(if self.0.len() == 10 { first + DAY - 1 } else { first })
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

const DAY: i64 = 86_400;

/// `YYYY-MM-DD`, by the Gregorian calendar.
fn days_since_1970(text: &str) -> Option<i64> {
    let (year, month, day) = (number(text, 0..4)?, number(text, 5..7)?, number(text, 8..10)?);
    let real = text.len() == 10 && text.get(4..5)? == "-" && text.get(7..8)? == "-";
    if !real || !(1..=12).contains(&month) || !(1..=days_in(month, year)).contains(&day) {
        return None;
    }
    // Years are counted from March here, so that a leap day is the last of its year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468)
}

fn days_in(month: i64, year: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// `Thh:mm:ss`, an optional fraction (dropped), and `Z` or an offset such as `+02:00`.
fn seconds_of_day(text: &str) -> Option<i64> {
    let clock = text.strip_prefix(['T', 't', ' '])?;
    let (hour, minute, second) = (number(clock, 0..2)?, number(clock, 3..5)?, number(clock, 6..8)?);
    // 60 is a leap second.
    if clock.get(2..3)? != ":" || clock.get(5..6)? != ":" || hour > 23 || minute > 59 || second > 60
    {
        return None;
    }
    let mut rest = clock.get(8..)?;
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = fraction.trim_start_matches(|digit: char| digit.is_ascii_digit());
        if rest.len() == fraction.len() {
            return None;
        }
    }
    Some(hour * 3600 + minute * 60 + second - offset(rest)?)
}

fn offset(text: &str) -> Option<i64> {
    if text == "Z" || text == "z" {
        return Some(0);
    }
    let sign = match text.get(0..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hour, minute) = (number(text, 1..3)?, number(text, 4..6)?);
    let real = text.len() == 6 && text.get(3..4)? == ":" && hour < 24 && minute < 60;
    real.then_some(sign * (hour * 3600 + minute * 60))
}

fn number(text: &str, digits: std::ops::Range<usize>) -> Option<i64> {
    let digits = text.get(digits)?;
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MomentVisitor)
    }
}

/// The key under which the `toml` crate hands a date over as a table of one entry.
pub(super) const TOML_DATE: &str = "$__toml_private_datetime";

struct MomentVisitor;

impl<'de> Visitor<'de> for MomentVisitor {
    type Value = Moment;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a time such as 2026-12-31T23:59:59Z, or a date")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Moment, E> {
        Ok(Moment::new(text))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Moment, A::Error> {
        match map.next_entry::<String, String>()? {
            Some((key, text)) if key == TOML_DATE => Ok(Moment(text)),
            _ => Err(Error::invalid_type(serde::de::Unexpected::Map, &self)),
        }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Moment {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A time with its offset (2026-12-31T23:59:59Z) or a UTC date (2026-12-31).",
            "anyOf": [
                { "type": "string", "format": "date-time" },
                { "type": "string", "format": "date" }
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Moment;

    #[test]
    fn times_and_dates_become_seconds() {
        for (text, first, last) in [
            ("1970-01-01", 0, 86_399),
            ("1970-01-01T00:00:00Z", 0, 0),
            ("2000-02-29", 951_782_400, 951_868_799),
            ("2026-11-23T04:05:06Z", 1_795_406_706, 1_795_406_706),
            ("2026-11-23t06:05:06.789+02:00", 1_795_406_706, 1_795_406_706),
            ("2026-11-22 22:35:06-05:30", 1_795_406_706, 1_795_406_706),
            ("1969-12-31T23:59:59z", -1, -1),
            ("2016-12-31T23:59:60Z", 1_483_228_800, 1_483_228_800),
            ("9999-12-31", 253_402_214_400, 253_402_300_799),
        ] {
            let moment = Moment::new(text);
            assert_eq!(
                (moment.first_second(), moment.last_second()),
                (Some(first), Some(last)),
                "{text}"
            );
        }
    }

    #[test]
    fn everything_else_is_no_moment() {
        for text in [
            "",
            "soon",
            "2026",
            "2026-1-1",
            "2026-13-01",
            "2026-00-01",
            "2026-02-29",
            "1900-02-29",
            "2026-04-31",
            "2026-01-00",
            "2026/01/01",
            "2026-01-01T",
            "2026-01-01T10:00Z",
            "2026-01-01T10:00:00",
            "2026-01-01T24:00:00Z",
            "2026-01-01T10:60:00Z",
            "2026-01-01T10:00:61Z",
            "2026-01-01T10:00:00.Z",
            "2026-01-01T10:00:00+2",
            "2026-01-01T10:00:00+24:00",
            "2026-01-01T10:00:00Zulu",
            "+026-01-01",
            "2026-01-01x10:00:00Z",
            "ａａａａa-01",
            "10:00:00Z",
            "2026-01-01T1ö:00:00Z",
        ] {
            assert_eq!(Moment::new(text).first_second(), None, "{text}");
        }
    }
}
