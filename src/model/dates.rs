//! Dates as tags and claims have them, made of seconds since 1970.

use std::time::{Duration, UNIX_EPOCH};

use trigger::Moment;

/// The longest lifetime: what is to live longer is no test environment.
pub const LONGEST: Duration = Duration::from_hours(366 * 24);

/// The end of a life that begins `now` (seconds since 1970), as the tag holds it: `2026-11-23T05:02:03Z`.
#[must_use]
pub fn end(lifetime: Duration, now: i64) -> String {
    let now = Duration::from_secs(now.try_into().unwrap_or_default());
    humantime::format_rfc3339_seconds(UNIX_EPOCH + now + lifetime).to_string()
}

/// A time as a claim of SRP names it: `Thu Nov 5 04:03:02 UTC 2026` ("TIMESTAMP format should be EEE MMM d HH:mm:ss z
/// yyyy in english", Cognito's own words).
#[must_use]
pub fn of_claims(now: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let seconds = u64::try_from(now).unwrap_or_default();
    let date = humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds));
    let date = date.to_string();
    let number = |at: std::ops::Range<usize>| date[at].parse::<usize>().unwrap_or_default();
    let weekday = DAYS[usize::try_from(seconds / 86_400 % 7).unwrap_or_default()];
    let month = MONTHS[number(5..7).saturating_sub(1)];
    format!("{weekday} {month} {} {} UTC {}", number(8..10), &date[11..19], &date[..4])
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
    fn a_claim_names_the_day_of_the_week() {
        assert_eq!(of_claims(1_793_851_382), "Thu Nov 5 04:03:02 UTC 2026");
        assert_eq!(of_claims(951_782_399), "Mon Feb 28 23:59:59 UTC 2000");
    }

    #[test]
    fn what_cannot_be_read_is_never_over() {
        assert!(is_over("1970-01-01T00:00:10Z", 10));
        assert!(!is_over("1970-01-01T00:00:10Z", 9));
        assert!(is_over("1970-01-01T02:00:10+02:00", 10));
        assert!(!is_over("soon", i64::MAX));
    }
}
