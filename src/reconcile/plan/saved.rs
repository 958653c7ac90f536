//! What a saved plan was made from, as digests: enough to say later what is not as it was, and no value of it.
//!
//! Decides how that is kept and compared. Pure; which facts count is decided in `facts`, and files are read and written elsewhere.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::hmac;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::facts::facts;
use crate::reconcile::actual::Actual;
use crate::reconcile::desired::Desired;

/// Digests of values, by their path.
pub type Fingerprints = BTreeMap<String, String>;

/// Everything that a plan follows from. Each value is there as its HMAC-SHA-256 under the salt, so that two files that hold
/// the same secret do not look alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Inputs {
    /// The key of the digests: random, in base64.
    pub salt: String,
    /// Lambda's `CodeSha256` of the package.
    pub code_sha256: String,
    /// The configuration, by its keys; rules and promises by their names.
    pub config: Fingerprints,
    /// What was seen, by resource and field.
    pub observed: BTreeMap<String, Fingerprints>,
}

/// In what something is not as it was when a plan was saved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, JsonSchema)]
#[serde(tag = "moved", rename_all = "kebab-case")]
pub enum StaleReason {
    /// The configuration.
    #[error("deploy.toml changed since: {}", keys.join(", "))]
    Config {
        /// Its keys.
        keys: Vec<String>,
    },
    /// The package.
    #[error("the package differs: the plan has {planned}, this one is {found}")]
    Package {
        /// The plan's `CodeSha256`.
        planned: String,
        /// This package's.
        found: String,
    },
    /// A resource that is no longer there.
    #[error("the {resource} is gone")]
    Gone {
        /// Kind and name.
        resource: String,
    },
    /// A resource that was not there.
    #[error("the {resource} was not there when the plan was made")]
    Appeared {
        /// Kind and name.
        resource: String,
    },
    /// A resource that somebody changed.
    #[error("the {resource} is not as the plan saw it: {}", fields.join(", "))]
    Changed {
        /// Kind and name.
        resource: String,
        /// Its fields.
        fields: Vec<String>,
    },
}

impl Inputs {
    /// Fingerprints of what a plan for `desired`, of this configuration and this world, follows from.
    #[must_use]
    pub fn new(salt: &[u8], config: &Value, desired: &Desired, actual: &Actual) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, salt);
        let fingerprint = |resource: &str, values: BTreeMap<String, Value>| -> Fingerprints {
            let one = |(path, value): (String, Value)| {
                let text = format!("{resource}\n{path}\n{}", sorted(&value));
                let digest = BASE64_STANDARD.encode(hmac::sign(&key, text.as_bytes()));
                (path, digest)
            };
            values.into_iter().map(one).collect()
        };
        let mut keys = BTreeMap::new();
        leaves(String::new(), config, &mut keys);
        let observed = facts(desired, actual).into_iter().map(|(resource, values)| {
            let fingerprints = fingerprint(&resource, values);
            (resource, fingerprints)
        });
        Self {
            salt: BASE64_STANDARD.encode(salt),
            code_sha256: desired.function.settings.code_sha256.clone(),
            config: fingerprint("config", keys),
            observed: observed.collect(),
        }
    }

    /// The same of now, under the same salt; none if the salt is no base64.
    #[must_use]
    pub fn now(&self, config: &Value, desired: &Desired, actual: &Actual) -> Option<Self> {
        let salt = BASE64_STANDARD.decode(&self.salt).ok()?;
        Some(Self::new(&salt, config, desired, actual))
    }

    /// Everything that moved until `now`.
    #[must_use]
    pub fn moved(&self, now: &Self) -> Vec<StaleReason> {
        let mut moved = vec![];
        let keys = deepest(&differing(&self.config, &now.config));
        if !keys.is_empty() {
            moved.push(StaleReason::Config { keys });
        }
        if self.code_sha256 != now.code_sha256 {
            let (planned, found) = (self.code_sha256.clone(), now.code_sha256.clone());
            moved.push(StaleReason::Package { planned, found });
        }
        for resource in differing(&self.observed, &now.observed) {
            let then = self.observed.get(&resource);
            moved.push(match (then, now.observed.get(&resource)) {
                (Some(then), Some(now)) => {
                    StaleReason::Changed { resource, fields: differing(then, now) }
                }
                (Some(_), None) => StaleReason::Gone { resource },
                (None, _) => StaleReason::Appeared { resource },
            });
        }
        moved
    }
}

/// Keys whose values differ, or that one side does not have.
fn differing<T: PartialEq>(one: &BTreeMap<String, T>, other: &BTreeMap<String, T>) -> Vec<String> {
    let differs = |key: &&String| one.get(*key) != other.get(*key);
    let new = other.keys().filter(|key| !one.contains_key(*key));
    let mut keys: Vec<_> = one.keys().chain(new).filter(differs).cloned().collect();
    keys.sort();
    keys
}

/// Without those that only say that something below them differs: `rules`, beside `rules.staff write`.
fn deepest(keys: &[String]) -> Vec<String> {
    let below = |key: &str, other: &String| {
        other.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'))
    };
    keys.iter().filter(|key| !keys.iter().any(|other| below(key, other))).cloned().collect()
}

/// Values by dotted path. A list of things with names is taken apart by name, and its order is a value too.
fn leaves(path: String, value: &Value, found: &mut BTreeMap<String, Value>) {
    let inside =
        |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(members) if !members.is_empty() => {
            members.iter().for_each(|(name, value)| leaves(inside(name), value, found));
        }
        Value::Array(items) if items.iter().all(|item| item["name"].is_string()) => {
            let names: Vec<_> = items.iter().filter_map(|item| item["name"].as_str()).collect();
            found.extend(names.iter().zip(items).map(|(name, item)| (inside(name), item.clone())));
            found.insert(path, json!(names));
        }
        _ => drop(found.insert(path, value.clone())),
    }
}

/// The same value with its keys in order: AWS may write a policy's members in any.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<_, _> =
                members.iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
            Value::Object(members.into_iter().collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        _ => value.clone(),
    }
}
