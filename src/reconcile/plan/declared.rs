//! The declared settings of a pool, or of a client, against those that were seen.

use serde_json::Value;

use crate::model::aws_api::{self, DeclaredSettings, POOL};
use crate::model::{Attribute, Attributes, Client, Pool, is_standard};

/// Of a pool that was seen, what `wanted` speaks of.
pub(super) fn seen(wanted: &Pool, live: &Pool) -> Pool {
    let attribute = |(name, wanted): (&String, &Attribute)| {
        let usual = is_standard(name).then(|| Attribute::usual(name));
        let seen = live.attributes.get(name).cloned().or(usual)?;
        // A limit that is not declared is any.
        let is_it = wanted.unlike(&seen).is_none();
        Some((name.clone(), if is_it { wanted.clone() } else { seen }))
    };
    Pool {
        tags: live.tags.only(&wanted.tags),
        settings: aws_api::seen_of(&wanted.settings, &live.settings),
        attributes: wanted.attributes.iter().filter_map(attribute).collect(),
        ..live.clone()
    }
}

/// Of a client that was seen, what `wanted` speaks of.
pub(super) fn seen_client(wanted: &Client, live: &Client) -> Client {
    Client { settings: aws_api::seen_of(&wanted.settings, &live.settings), ..live.clone() }
}

/// The declared settings that were not seen so, each top level key whole.
pub(super) fn changed(seen: &DeclaredSettings, wanted: &DeclaredSettings) -> DeclaredSettings {
    let differs = |(key, value): &(&String, &Value)| seen.get(*key) != Some(*value);
    wanted.iter().filter(differs).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// The declared attributes that are not there.
pub(super) fn added(seen: &Attributes, wanted: &Attributes) -> Attributes {
    let is_new = |(name, _): &(&String, &Attribute)| !seen.contains_key(*name);
    wanted.iter().filter(is_new).map(|(name, it)| (name.clone(), it.clone())).collect()
}

/// What differs and cannot change: path, what is there, what is declared.
pub(super) fn fixed(wanted: &Pool, seen: &Pool) -> Vec<(String, String, String)> {
    let shown = |value: Option<&Value>| match value {
        None | Some(Value::Null) => "not set".to_owned(),
        Some(value) => value.to_string(),
    };
    let settings = POOL.fixed_keys().filter_map(|key| {
        let declared = wanted.settings.get(key)?;
        let found = seen.settings.get(key);
        (found != Some(declared)).then(|| (key.to_owned(), shown(found), declared.to_string()))
    });
    let attributes = wanted.attributes.iter().filter_map(|(name, wanted)| {
        let seen = seen.attributes.get(name)?;
        let (key, before, after) = wanted.unlike(seen)?;
        let path = format!("attributes.{}.{key}", name.trim_start_matches("custom:"));
        Some((path, shown(Some(&before)), shown(Some(&after))))
    });
    settings.chain(attributes).collect()
}
