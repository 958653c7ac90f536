//! Facts: what is gathered about a subject before rules run. Here is what `deploy.toml` says of them, which the package
//! carries beside the rules, and what an item of a table means; nothing is asked here.

mod attribute_value;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::Subject;
use crate::rules::SubjectText;

pub use attribute_value::item;

/// Where a fact comes from, and what becomes of a sign-in without it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// One item of a table of DynamoDB, in the function's account and region.
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

/// One item of a table, by its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TableItem {
    /// The table's name.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[a-zA-Z0-9_.-]{3,255}$")))]
    pub table: String,
    /// The item's key: the name of the partition key, and of the sort key if the table has one, each with a text in which
    /// placeholders stand for what is known of the user (`"USER#{attributes.sub}"`).
    #[cfg_attr(feature = "schema", schemars(extend("minProperties" = 1, "maxProperties" = 2)))]
    pub key: BTreeMap<String, KeyValue>,
    /// The names of the attributes to ask for; without it, all that the item has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = 50), extend("uniqueItems" = true)))]
    pub attributes: Vec<String>,
    /// Whether writes that were just made must be seen, at twice the cost.
    #[serde(default)]
    pub consistent: bool,
}

/// The value of a key: a text, or a number that is written as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum KeyValue {
    /// A key of type string.
    Text(String),
    /// A key of type number: `{ number = "{attributes.custom:customer}" }`.
    Number {
        /// The number, with placeholders.
        number: String,
    },
}

impl KeyValue {
    /// As it is written, with its placeholders.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Number { number: text } => text,
        }
    }
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
pub struct Facts(BTreeMap<String, (Fact, Vec<(String, bool, SubjectText)>)>);

impl Facts {
    /// Prepares what `deploy.toml` says; or everything that is wrong with keys: the path to each, and a sentence.
    pub fn compile(declared: BTreeMap<String, Fact>) -> Result<Self, Vec<([String; 4], String)>> {
        let (mut facts, mut wrong) = (BTreeMap::new(), vec![]);
        for (name, fact) in declared {
            let mut key = vec![];
            for (part, value) in &fact.dynamodb.key {
                let number = matches!(value, KeyValue::Number { .. });
                match SubjectText::parse(value.text()) {
                    Ok(text) => key.push((part.clone(), number, text)),
                    Err(reason) => {
                        let path = [&name, "dynamodb", "key", part].map(str::to_owned);
                        wrong.push((path, reason));
                    }
                }
            }
            facts.insert(name, (fact, key));
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

    /// The body of `GetItem` that asks for this fact about `subject`; nothing if its key cannot be made, because something
    /// is missing or no number, so that there can be no such item.
    #[must_use]
    pub fn request(&self, name: &str, subject: &Subject) -> Option<Value> {
        let (Fact { dynamodb: wanted, .. }, key) = self.0.get(name)?;
        let part = |(name, number, text): &(String, bool, SubjectText)| {
            let text = text.fill(subject).filter(|text| !text.is_empty())?;
            let value = match number {
                true if text.parse::<f64>().is_ok_and(f64::is_finite) => json!({ "N": text }),
                true => return None,
                false => json!({ "S": text }),
            };
            Some((name.clone(), value))
        };
        let key = key.iter().map(part).collect::<Option<Map<_, _>>>()?;
        let mut body = json!({ "TableName": wanted.table, "Key": key });
        if wanted.consistent {
            body["ConsistentRead"] = true.into();
        }
        if !wanted.attributes.is_empty() {
            // Under other names: many words are reserved in expressions ("Reserved words in DynamoDB").
            let names = wanted.attributes.iter().enumerate();
            let names = names.map(|(place, name)| (format!("#{place}"), name.as_str().into()));
            let names: Map<String, Value> = names.collect();
            let all: Vec<_> = names.keys().map(String::as_str).collect();
            body["ProjectionExpression"] = all.join(",").into();
            body["ExpressionAttributeNames"] = names.into();
        }
        Some(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(key: &Value) -> Facts {
        let table = json!({ "table": "people", "key": key, "attributes": ["plan", "name"] });
        let facts = json!({ "f": { "dynamodb": table } });
        Facts::from_json(&facts.to_string()).expect("facts")
    }

    fn subject(attributes: &[(&str, &str)]) -> Subject {
        let attributes = attributes.iter().map(|(name, text)| ((*name).into(), (*text).into()));
        Subject { attributes: attributes.collect(), ..Subject::default() }
    }

    #[test]
    fn a_request_asks_for_one_item_and_what_is_wanted_of_it() {
        let key = json!({ "pk": "USER#{attributes.sub}", "sk": { "number": "{attributes.n}" } });
        let facts = facts(&key);
        let body = facts.request("f", &subject(&[("sub", "1"), ("n", "7")]));
        let expected = json!({
            "TableName": "people",
            "Key": { "pk": { "S": "USER#1" }, "sk": { "N": "7" } },
            "ProjectionExpression": "#0,#1",
            "ExpressionAttributeNames": { "#0": "plan", "#1": "name" },
        });
        assert_eq!(body, Some(expected));
        for lacking in [&[("sub", "1")][..], &[("n", "7")], &[("sub", "1"), ("n", "inf")], &[]] {
            assert_eq!(facts.request("f", &subject(lacking)), None, "{lacking:?}");
        }
        assert_eq!(facts.request("g", &subject(&[])), None);
    }

    #[test]
    fn an_empty_key_is_none() {
        assert_eq!(
            facts(&json!({ "pk": "{attributes.x}" })).request("f", &subject(&[("x", "")])),
            None
        );
    }

    #[test]
    fn what_is_not_said_has_its_default() {
        let facts = facts(&json!({ "pk": "x" }));
        let fact = facts.get("f").expect("a fact");
        let found = (fact.timeout_ms, fact.on_missing, fact.on_error, fact.cache_s);
        assert_eq!(found, (1500, FactLack::Refuse, FactLack::Refuse, 0));
        assert!(!fact.dynamodb.consistent);
    }

    #[test]
    fn a_wrong_key_is_told_with_its_place() {
        let wrong =
            r#"{"f":{"dynamodb":{"table":"people","key":{"pk":"{x}","sk":"{facts.f.y}"}}}}"#;
        let error = Facts::from_json(wrong).expect_err("wrong");
        assert!(error.starts_with("f.dynamodb.key.pk: there is no `{x}`"), "{error}");
        assert!(error.contains("f.dynamodb.key.sk: a key cannot be made of a fact"), "{error}");
        assert!(Facts::from_json("[]").is_err());
    }
}
