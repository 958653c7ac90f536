//! Facts: what is gathered about a subject before rules run. Here is what `deploy.toml` says of them, which the package
//! carries beside the rules, and what an item of a table means; nothing is asked here.

mod attribute_value;
mod table_item;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use table_item::CompiledItem;

use crate::Subject;

pub use attribute_value::item;
pub use table_item::{KeyValue, TableItem, TableRequest};

/// Where a fact comes from, and what becomes of a sign-in without it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// One item of a table of DynamoDB, or a few, in the function's account and region.
    pub dynamodb: TableItem,
    /// Milliseconds until it counts as not to be had. All facts of a sign-in are asked for at once.
    #[serde(default = "timeout_ms")]
    #[cfg_attr(feature = "schema", schemars(range(min = 50, max = 4500)))]
    pub timeout_ms: u64,
    /// What becomes of a sign-in that needs the fact when there is no such item.
    #[serde(default)]
    pub on_missing: FactLack,
    /// What becomes of a sign-in that needs the fact when it cannot be had.
    #[serde(default)]
    pub on_error: FactLack,
    /// Seconds for which an item that was found is kept in memory.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(range(max = 3600)))]
    pub cache_s: u64,
}

fn timeout_ms() -> u64 {
    1500
}

/// What becomes of a sign-in without a fact that a rule needs for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum FactLack {
    /// It fails.
    #[default]
    Refuse,
    /// It goes on, and no condition on the fact holds but that something is not there.
    Skip,
}

/// Facts by name, ready to be asked for.
#[derive(Debug, Clone, Default)]
pub struct DeclaredFacts(BTreeMap<String, (Fact, CompiledItem)>);

impl DeclaredFacts {
    /// Prepares what `deploy.toml` says; or everything that is wrong: the path to each, and a sentence.
    pub fn compile(declared: BTreeMap<String, Fact>) -> Result<Self, Vec<(Vec<String>, String)>> {
        let (mut facts, mut wrong) = (BTreeMap::new(), vec![]);
        for (name, fact) in declared {
            match CompiledItem::compile(&fact.dynamodb) {
                Ok(item) => {
                    facts.insert(name, (fact, item));
                }
                Err(reasons) => wrong.extend(reasons.into_iter().map(|(mut path, reason)| {
                    path.splice(0..0, [name.clone(), "dynamodb".to_owned()]);
                    (path, reason)
                })),
            }
        }
        if wrong.is_empty() { Ok(Self(facts)) } else { Err(wrong) }
    }

    /// Reads the contents of [`FACTS_FILE`](crate::FACTS_FILE), or says in a sentence what is wrong with them.
    pub fn from_json(json: &str) -> Result<Self, String> {
        let declared = serde_json::from_str(json).map_err(|error| error.to_string())?;
        Self::compile(declared).map_err(|wrong| {
            let wrong = wrong.iter().map(|(path, reason)| format!("{}: {reason}", path.join(".")));
            wrong.collect::<Vec<_>>().join("; ")
        })
    }

    /// What is said of this fact.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Fact> {
        self.0.get(name).map(|(fact, _)| fact)
    }

    /// Their names.
    #[must_use]
    pub fn names(&self) -> BTreeSet<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    /// What asks for this fact about `subject`; nothing if its key cannot be made, because something is missing or no number,
    /// so that there can be no such item.
    #[must_use]
    pub fn request(&self, name: &str, subject: &Subject) -> Option<TableRequest> {
        let (fact, compiled) = self.0.get(name)?;
        compiled.request(&fact.dynamodb, subject)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_said_has_its_default() {
        let declared = json!({ "f": { "dynamodb": { "table": "people", "key": { "pk": "x" } } } });
        let facts = DeclaredFacts::from_json(&declared.to_string()).expect("facts");
        let fact = facts.get("f").expect("a fact");
        let found = (fact.timeout_ms, fact.on_missing, fact.on_error, fact.cache_s);
        assert_eq!(found, (1500, FactLack::Refuse, FactLack::Refuse, 0));
        assert!(!fact.dynamodb.consistent && !fact.dynamodb.is_query());
        assert_eq!(facts.names(), ["f"].into());
        assert_eq!(facts.request("g", &Subject::default()), None);
    }

    #[test]
    fn a_wrong_key_is_told_with_its_place() {
        let wrong =
            r#"{"f":{"dynamodb":{"table":"people","key":{"pk":"{x}","sk":"{facts.f.y}"}}}}"#;
        let error = DeclaredFacts::from_json(wrong).expect_err("wrong");
        assert!(error.starts_with("f.dynamodb.key.pk: there is no `{x}`"), "{error}");
        assert!(error.contains("f.dynamodb.key.sk: a key cannot be made of a fact"), "{error}");
        assert!(DeclaredFacts::from_json("[]").is_err());
    }
}
