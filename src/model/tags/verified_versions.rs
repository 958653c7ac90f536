//! Which versions were verified, as tags of our function: versions themselves carry no tags, and their descriptions are
//! frozen before anything can be proven. So any machine knows the last good one.
//!
//! Pure. It decides the form of the tags and which version is good to go back to, and nothing about when they are written.

use std::collections::BTreeMap;

use crate::model::{Routing, Tags, Version};

/// How the tags begin; the version follows.
const PREFIX: &str = "pretoken:verified:";
/// A resource carries at most 50 tags, those of others included ("Tag naming limits and requirements").
const MOST: usize = 20;

/// A proof that was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mark {
    /// When (RFC 3339).
    pub time: String,
    /// Of all that the tokens depended on.
    pub fingerprint: String,
    /// How much could not be proven.
    pub open: usize,
}

/// Versions with the proof of their tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifiedVersions(BTreeMap<u64, Mark>);

impl VerifiedVersions {
    /// What these tags say.
    #[must_use]
    pub fn of(tags: &Tags) -> Self {
        let mark = |(key, value): (&String, &String)| {
            Some((key.strip_prefix(PREFIX)?.parse().ok()?, Mark::parse(value)))
        };
        Self(tags.0.iter().filter_map(mark).collect())
    }

    /// The tag that marks a version. Its characters are those of any tag's value, and its length is half of one's.
    #[must_use]
    pub fn tag(version: &str, mark: &Mark) -> Tags {
        let Mark { time, fingerprint, open } = mark;
        let value = format!("{time} {fingerprint} open={open}");
        Tags([(format!("{PREFIX}{version}"), value)].into())
    }

    /// The other tags.
    #[must_use]
    pub fn without(tags: &Tags) -> Tags {
        let others = tags.0.iter().filter(|(key, _)| !key.starts_with(PREFIX));
        Tags(others.map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    /// When this version was verified.
    #[must_use]
    pub fn at(&self, version: &str) -> Option<&str> {
        self.proof(version).map(|mark| mark.time.as_str())
    }

    /// The proof of this version.
    #[must_use]
    pub fn proof(&self, version: &str) -> Option<&Mark> {
        self.0.get(&version.parse().ok()?)
    }

    /// Keys of tags that nobody needs: of versions that are gone, and the oldest of too many.
    #[must_use]
    pub fn stale(&self, versions: &[Version]) -> Vec<String> {
        let there = |number: &u64| versions.iter().any(|version| version.number == *number);
        let kept: Vec<_> = self.0.keys().rev().filter(|number| there(number)).take(MOST).collect();
        let stale = self.0.keys().filter(|number| !kept.contains(number));
        stale.map(|number| format!("{PREFIX}{number}")).collect()
    }

    /// The version to go back to: without the canary, or else the newest verified one before the live one.
    #[must_use]
    pub fn last_good(&self, live: &Routing, versions: &[Version]) -> Option<String> {
        if live.canary.is_some() {
            return Some(live.version.clone());
        }
        let live: u64 = live.version.parse().ok()?;
        let there = |number: &&u64| versions.iter().any(|version| version.number == **number);
        self.0.range(..live).map(|(number, _)| number).rev().find(there).map(ToString::to_string)
    }
}

impl Mark {
    fn parse(value: &str) -> Self {
        let mut words = value.split(' ');
        let mut next = || words.next().unwrap_or_default();
        let (time, fingerprint) = (next().to_owned(), next().to_owned());
        let open = next().strip_prefix("open=").and_then(|open| open.parse().ok());
        Self { time, fingerprint, open: open.unwrap_or_default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(open: usize) -> Mark {
        let (time, fingerprint) = ("2026-01-01T00:00:00Z".to_owned(), "Zm9v+/=".to_owned());
        Mark { time, fingerprint, open }
    }

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        let tags = VerifiedVersions::tag("3", &mark(2));
        assert_eq!(VerifiedVersions::of(&tags).proof("3"), Some(&mark(2)));
        assert_eq!(tags.0["pretoken:verified:3"], "2026-01-01T00:00:00Z Zm9v+/= open=2");
    }

    fn marks(versions: &[u64]) -> VerifiedVersions {
        let mut tags = Tags::default();
        for version in versions {
            tags.0.extend(VerifiedVersions::tag(&version.to_string(), &mark(0)).0);
        }
        tags.0.insert("pretoken:stack".to_owned(), "orders".to_owned());
        VerifiedVersions::of(&tags)
    }

    fn published(numbers: impl IntoIterator<Item = u64>) -> Vec<Version> {
        let version =
            |number| Version { number, published: String::new(), code_sha256: String::new() };
        numbers.into_iter().map(version).collect()
    }

    #[test]
    fn the_last_good_version_is_verified_there_and_before_the_live_one() {
        let good = |marked: &[u64], there: &[u64], live: &str| {
            marks(marked).last_good(&Routing::all_to(live), &published(there.iter().copied()))
        };
        assert_eq!(good(&[2, 9, 10], &[2, 9, 10, 11], "11").as_deref(), Some("10"));
        assert_eq!(good(&[2, 9, 10], &[2, 9, 10, 11], "10").as_deref(), Some("9"));
        assert_eq!(good(&[2, 9], &[2, 10, 11], "11").as_deref(), Some("2"), "9 is gone");
        assert_eq!(good(&[11], &[10, 11], "11"), None, "nothing before it was verified");
    }

    #[test]
    fn a_canary_goes_back_to_what_takes_the_rest() {
        let route = Routing { version: "7".to_owned(), canary: Some(("8".to_owned(), 10)) };
        assert_eq!(marks(&[]).last_good(&route, &published([7, 8])).as_deref(), Some("7"));
    }

    #[test]
    fn marks_of_versions_that_are_gone_are_stale_and_so_are_too_many() {
        assert_eq!(marks(&[1, 2, 3]).stale(&published([2, 3])), ["pretoken:verified:1"]);
        let many: Vec<u64> = (1..=22).collect();
        let stale = marks(&many).stale(&published(1..=22));
        assert_eq!(stale, ["pretoken:verified:1", "pretoken:verified:2"]);
    }
}
