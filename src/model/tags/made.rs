//! What a stack made in pools: clients, resource servers and groups carry no tags, and an equal name proves nothing. So
//! it is remembered before it is made: on the pool itself where the stack owns it, else on the stack's log group.
//!
//! A tag `pretoken:made:<pool id>` holds fingerprints of eight characters, 32 in a tag: AWS allows 256 characters in a
//! value, and 50 tags on a resource. Pools of the stack have theirs under `pretoken:made`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};

use super::Tags;

const PREFIX: &str = "pretoken:made";
/// Fingerprints in one tag.
const IN_A_TAG: usize = 32;
/// Characters of one: its kind, and the beginning of a hash.
const LENGTH: usize = 8;
const GROUP: char = 'g';
const PROVIDER: char = 'i';
const REPLACEMENT: char = 'x';

/// Something in a pool that a stack can make and that carries no tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Made<'a> {
    /// A client, by its name.
    Client(&'a str),
    /// A client in the place of one that somebody deleted: its name, and the id of that one.
    Replacement(&'a str, &'a str),
    /// A resource server, by its identifier.
    ResourceServer(&'a str),
    /// A group, by its name.
    Group(&'a str),
    /// An identity provider, by its name.
    IdentityProvider(&'a str),
}

impl Made<'_> {
    /// Short, and the same for the same thing.
    fn fingerprint(self) -> Fingerprint {
        let (kind, name) = match self {
            Self::Client(name) => ('c', name.to_owned()),
            Self::Replacement(name, id) => (REPLACEMENT, format!("{name}\n{id}")),
            Self::ResourceServer(name) => ('r', name.to_owned()),
            Self::Group(name) => (GROUP, name.to_owned()),
            Self::IdentityProvider(name) => (PROVIDER, name.to_owned()),
        };
        let hash = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, name.as_bytes()));
        Fingerprint(format!("{kind}{}", &hash[..LENGTH - 1]))
    }
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Fingerprint(String);

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What was made in one pool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Memory(BTreeSet<Fingerprint>);

impl Memory {
    /// What these tags say of the pool that carries them.
    #[must_use]
    pub fn of_own(tags: &Tags) -> Self {
        Self::under(PREFIX, tags)
    }

    /// What these tags of a log group say of the pool.
    #[must_use]
    pub fn of_adopted(pool_id: &str, tags: &Tags) -> Self {
        Self::under(&format!("{PREFIX}:{pool_id}"), tags)
    }

    fn under(prefix: &str, tags: &Tags) -> Self {
        let parts = tags.0.iter().filter(|(key, _)| is_part(prefix, key));
        let fingerprints = parts.flat_map(|(_, value)| {
            value
                .as_bytes()
                .chunks_exact(LENGTH)
                .map(|bytes| Fingerprint(String::from_utf8_lossy(bytes).into_owned()))
        });
        Self(fingerprints.collect())
    }

    /// Whether the stack made this.
    #[must_use]
    pub fn knows(&self, made: Made<'_>) -> bool {
        self.0.contains(&made.fingerprint())
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Remembers one thing more.
    pub fn add(&mut self, made: Made<'_>) {
        self.0.insert(made.fingerprint());
    }

    /// The groups that are known.
    #[must_use]
    pub fn groups(&self) -> Self {
        self.of(GROUP)
    }

    /// Whether any identity provider is known.
    #[must_use]
    pub fn knows_providers(&self) -> bool {
        !self.of(PROVIDER).is_empty()
    }

    /// What is known of clients that were replaced.
    #[must_use]
    pub fn replacements(&self) -> Self {
        self.of(REPLACEMENT)
    }

    /// The same without what was replaced.
    #[must_use]
    pub fn without_replacements(&self) -> Self {
        Self(self.0.difference(&self.replacements().0).cloned().collect())
    }

    fn of(&self, kind: char) -> Self {
        Self(self.0.iter().filter(|one| one.0.starts_with(kind)).cloned().collect())
    }

    /// Everything of both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Everything but these.
    #[must_use]
    pub fn without<'a>(&self, these: impl Iterator<Item = Made<'a>>) -> Self {
        let mut left = self.clone();
        these.for_each(|made| {
            left.0.remove(&made.fingerprint());
        });
        left
    }

    /// Only what is among these.
    #[must_use]
    pub fn only<'a>(&self, these: impl Iterator<Item = Made<'a>>) -> Self {
        let known = these.filter(|made| self.knows(*made));
        Self(known.map(Made::fingerprint).collect())
    }

    /// The tags that say so on the pool itself, whose tags are these now.
    #[must_use]
    pub fn on_own(&self, current: &Tags) -> Tags {
        self.tags(PREFIX, current)
    }

    /// The tags that say so of a pool on a log group, whose tags are these now.
    #[must_use]
    pub fn on_log_group(&self, pool_id: &str, current: &Tags) -> Tags {
        self.tags(&format!("{PREFIX}:{pool_id}"), current)
    }

    /// What is no longer needed becomes empty, so that setting tags is all that is ever done.
    fn tags(&self, prefix: &str, current: &Tags) -> Tags {
        let all: Vec<&str> = self.0.iter().map(|one| one.0.as_str()).collect();
        let part = |(number, part): (usize, &[&str])| {
            let key = if number == 0 { prefix.to_owned() } else { format!("{prefix}:{number}") };
            (key, part.concat())
        };
        let stale = current.0.keys().filter(|key| is_part(prefix, key));
        let mut tags: BTreeMap<_, _> = stale.map(|key| (key.clone(), String::new())).collect();
        tags.extend(all.chunks(IN_A_TAG).enumerate().map(part));
        Tags(tags)
    }
}

/// Ids of the adopted pools in which these tags of a log group remember something.
#[must_use]
pub fn pools(tags: &Tags) -> BTreeSet<&str> {
    let full = tags.0.iter().filter(|(_, value)| !value.is_empty());
    let keys = full.filter_map(|(key, _)| key.strip_prefix(PREFIX)?.strip_prefix(':'));
    keys.map(|rest| rest.split(':').next().unwrap_or_default())
        .filter(|id| id.contains('_'))
        .collect()
}

/// `prefix`, `prefix:1`, …
fn is_part(prefix: &str, key: &str) -> bool {
    match key.strip_prefix(prefix) {
        Some("") => true,
        Some(rest) => rest.strip_prefix(':').is_some_and(|number| number.parse::<u8>().is_ok()),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_known_and_nothing_else() {
        let mut memory = Memory::default();
        memory.add(Made::Client("orders-web"));
        memory.add(Made::Group("staff"));
        for tags in [
            memory.on_own(&Tags::default()),
            memory.on_log_group("eu-west-1_AbCdEf123", &Tags::default()),
        ] {
            assert_eq!(tags.0.len(), 1);
        }
        let read = Memory::of_own(&memory.on_own(&Tags::default()));
        assert_eq!(read, memory);
        assert!(read.knows(Made::Client("orders-web")) && read.knows(Made::Group("staff")));
        assert!(!read.knows(Made::Group("orders-web")) && !read.knows(Made::Client("web")));
    }

    #[test]
    fn a_hundred_things_are_as_many_tags_as_needed_and_each_fits() {
        let mut memory = Memory::default();
        let names: Vec<String> = (0..100).map(|number| format!("group {number}")).collect();
        for name in &names {
            memory.add(Made::Group(name));
        }
        let tags = memory.on_log_group("us-east-1_a", &Tags::default());
        assert_eq!(tags.0.len(), 4);
        assert!(tags.0.values().all(|value| value.len() <= 256));
        assert_eq!(Memory::of_adopted("us-east-1_a", &tags), memory);
        assert!(Memory::of_adopted("us-east-1_b", &tags).is_empty());
        assert!(Memory::of_own(&tags).is_empty());
        assert_eq!(pools(&tags).into_iter().collect::<Vec<_>>(), ["us-east-1_a"]);
        let fewer = memory.only([Made::Group("group 1")].into_iter());
        let fewer = fewer.on_log_group("us-east-1_a", &tags);
        assert_eq!(fewer.0.values().filter(|value| value.is_empty()).count(), 3);
    }
}
