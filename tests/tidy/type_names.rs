//! One type, one name: whoever searches for a name finds one thing. What a room keeps to itself is its own affair.

use std::collections::BTreeMap;

use regex_lite::Regex;

use crate::sources::{none, rust};

/// Of these there are two: as `deploy.toml` says it, and as AWS has it.
const DECLARED_AND_REAL: &[&str] = &[
    "Client",
    "Group",
    "IdentityProvider",
    "Permission",
    "Pool",
    "ResourceServer",
    "Role",
    "Trigger",
    "Vpc",
];
/// From keys to ids for whoever deploys, and back for the trigger.
const BOTH_WAYS: &[&str] = &["Ids"];

#[test]
fn types_that_others_see_do_not_share_a_name() {
    let definition = Regex::new(
        r"(?m)^\s*pub(?:\((?:crate|super)\))? (?:struct|enum|trait|type) ([A-Z][A-Za-z0-9]*)",
    )
    .expect("a pattern");
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in rust(&["src", "trigger/src"]) {
        for found in definition.captures_iter(&source.text) {
            places.entry(found[1].to_owned()).or_default().push(source.path.clone());
        }
    }
    assert!(places.len() > 300, "only {} types were found", places.len());
    let may_share = |name: &str| DECLARED_AND_REAL.contains(&name) || BOTH_WAYS.contains(&name);
    let shared = |(name, places): (&String, &Vec<String>)| {
        let allowed = if may_share(name) { 2 } else { 1 };
        (places.len() > allowed).then(|| format!("{name}: {}", places.join(", ")))
    };
    none("types of the same name", &places.iter().filter_map(shared).collect::<Vec<_>>());
}
