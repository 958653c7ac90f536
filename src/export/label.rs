//! What a template calls its resources: labels made from the keys of `deploy.toml`.
//!
//! A label must be the same in every export, whatever else is declared: with another one the engine would make the resource
//! anew, and a pool's users would be lost. So two keys never share one, and none depends on its neighbours.

use super::short_digest;

/// A logical id of CloudFormation, which is made of letters and digits: `ClientCustomersWeb`.
pub(super) fn logical_id(kind: &str, keys: &[&str]) -> String {
    let (last, first) = keys.split_last().unwrap_or((&"", &[]));
    // Each capital begins a word: so many words for what stands before, the rest for the last key.
    let plain = first.iter().all(|key| is_word(key)) && last.split('-').all(is_word);
    let words = keys.iter().flat_map(|key| key.split(|c: char| !c.is_ascii_alphanumeric()));
    let words: String = words.map(capitalized).collect();
    if plain { format!("{kind}{words}") } else { format!("{kind}{words}{}", suffix(keys)) }
}

/// The name of a resource in Terraform: `customers_web`.
pub(super) fn name(keys: &[&str]) -> String {
    let plain = keys.iter().all(|key| key.split('-').all(is_word));
    if plain {
        return keys.join("_");
    }
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let safe: String = keys.join("_").chars().map(allowed).collect();
    // A name begins with a letter or a `_`.
    let start = if safe.starts_with(|c: char| c.is_ascii_alphabetic()) { "" } else { "_" };
    format!("{start}{safe}_{}", suffix(keys))
}

/// `PARTNER_API` as `PartnerApi`.
pub(super) fn variable(kind: &str, name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let words: Vec<&str> = lower.split('_').collect();
    let plain = name.to_ascii_uppercase() == name && words.iter().all(|word| is_word(word));
    let shown: String = words.into_iter().map(capitalized).collect();
    if plain { format!("{kind}{shown}") } else { format!("{kind}{shown}{}", suffix(&[name])) }
}

/// A letter, then letters and digits, all of them small.
fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

fn suffix(keys: &[&str]) -> String {
    short_digest(&keys.join("\n"), 6)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{logical_id, name, variable};

    #[test]
    fn usual_keys_give_readable_labels() {
        assert_eq!(
            logical_id("Client", &["customers", "back-office"]),
            "ClientCustomersBackOffice"
        );
        assert_eq!(name(&["customers", "back-office"]), "customers_back-office");
        assert_eq!(variable("Environment", "PARTNER_API"), "EnvironmentPartnerApi");
    }

    #[test]
    fn different_keys_have_different_labels() {
        let keys: [&[&str]; 12] = [
            &["a", "b-c"],
            &["a-b", "c"],
            &["a", "b.c"],
            &["a", "b_c"],
            &["a_b", "c"],
            &["a", "bc"],
            &["a", "BC"],
            &["a", "b-C"],
            &["ab", "c"],
            &["2", "c"],
            &["a", "ä"],
            &["a", "ö"],
        ];
        let ids: BTreeSet<_> = keys.iter().map(|keys| logical_id("Client", keys)).collect();
        let names: BTreeSet<_> = keys.iter().map(|keys| name(keys)).collect();
        assert_eq!((ids.len(), names.len()), (keys.len(), keys.len()), "{ids:?} {names:?}");
        assert!(ids.iter().all(|id| id.chars().all(|c| c.is_ascii_alphanumeric())), "{ids:?}");
        let variables = ["PARTNER_API", "PARTNERAPI", "PartnerApi", "PARTNER__API", "PARTNER_API_"];
        let labels: BTreeSet<_> = variables.iter().map(|name| variable("", name)).collect();
        assert_eq!(labels.len(), variables.len(), "{labels:?}");
    }
}
