//! What stood in a pool's slot before it was taken over, as a tag of our function. The tag is written before the slot is, so
//! that whoever comes later, on any machine, can give it back.
//!
//! Pure: text in, text out. It decides the form of the tag, and nothing about when it is written or removed.

use crate::model::{Tags, Trigger};

/// How the tags begin; the pool's id follows.
const PREFIX: &str = "pretoken:previous-trigger:";
/// Follows the version when only the legacy field was set.
const LEGACY: &str = "/legacy";

/// The tag's key for this pool.
#[must_use]
pub fn key(pool_id: &str) -> String {
    format!("{PREFIX}{pool_id}")
}

/// `V1_0/legacy arn:…`: characters that tags may hold, and at most 256 of them (an ARN of a function with an alias has
/// less than 240).
#[must_use]
pub fn text(trigger: &Trigger) -> String {
    let Trigger { arn, version, legacy } = trigger;
    format!("{version}{} {arn}", if *legacy { LEGACY } else { "" })
}

/// What these tags remember of this pool's slot.
#[must_use]
pub fn of(tags: &Tags, pool_id: &str) -> Option<Trigger> {
    let (version, arn) = tags.0.get(&key(pool_id))?.split_once(' ')?;
    let (version, legacy) = match version.strip_suffix(LEGACY) {
        Some(version) => (version, true),
        None => (version, false),
    };
    Some(Trigger { arn: arn.to_owned(), version: version.to_owned(), legacy })
}

/// Ids of the pools whose previous slots these tags remember.
pub fn pools(tags: &Tags) -> impl Iterator<Item = &str> {
    tags.0.keys().filter_map(|key| key.strip_prefix(PREFIX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_comes_back() {
        for (version, legacy) in [("V1_0", true), ("V1_0", false), ("V2_0", false)] {
            let arn = "arn:aws:lambda:eu-west-1:123456789012:function:their-own_one:live";
            let previous = Trigger { arn: arn.to_owned(), version: version.to_owned(), legacy };
            let tags = Tags([(key("eu-west-1_Ab1"), text(&previous))].into());
            assert_eq!(of(&tags, "eu-west-1_Ab1"), Some(previous));
            assert_eq!(of(&tags, "eu-west-1_Other"), None);
            assert_eq!(pools(&tags).collect::<Vec<_>>(), ["eu-west-1_Ab1"]);
        }
    }
}
