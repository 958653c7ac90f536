//! What a saved plan was made from, as digests: enough to say later what is not as it was, and no value of it.
//!
//! Decides which facts make a plan stale: exactly those that a plan can depend on. Pure; files are read and written elsewhere.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::hmac;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::fields::{self, Field};
use crate::actual::{Actual, Found};
use crate::desired::{Desired, Holder, WantedPool};
use crate::marks::Marks;
use crate::model::{ALIAS, Function, LivePool};

/// Digests of values, by their path.
pub type Seals = BTreeMap<String, String>;

/// Everything that a plan follows from. Each value is there as its HMAC-SHA-256 under the salt, so that two files that hold
/// the same secret do not look alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// The key of the digests: random, in base64.
    pub salt: String,
    /// Lambda's `CodeSha256` of the package.
    pub code_sha256: String,
    /// The configuration, by its keys; rules and promises by their names.
    pub config: Seals,
    /// What was seen, by resource and field.
    pub observed: BTreeMap<String, Seals>,
}

/// In what something is not as it was when a plan was saved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "moved", rename_all = "kebab-case")]
pub enum Moved {
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

impl Basis {
    /// Seals what a plan for `desired`, of this configuration and this world, follows from.
    #[must_use]
    pub fn new(salt: &[u8], config: &Value, desired: &Desired, actual: &Actual) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, salt);
        let seal = |resource: &str, values: BTreeMap<String, Value>| -> Seals {
            let one = |(path, value): (String, Value)| {
                let text = format!("{resource}\n{path}\n{}", sorted(&value));
                let digest = BASE64_STANDARD.encode(hmac::sign(&key, text.as_bytes()));
                (path, digest)
            };
            values.into_iter().map(one).collect()
        };
        let mut keys = BTreeMap::new();
        leaves(String::new(), config, &mut keys);
        let mut facts = Facts::default();
        facts.of(desired, actual);
        let observed = facts.0.into_iter().map(|(resource, values)| {
            let seals = seal(&resource, values);
            (resource, seals)
        });
        Self {
            salt: BASE64_STANDARD.encode(salt),
            code_sha256: desired.function.settings.code_sha256.clone(),
            config: seal("config", keys),
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
    pub fn moved(&self, now: &Self) -> Vec<Moved> {
        let mut moved = vec![];
        let keys = deepest(&differing(&self.config, &now.config));
        if !keys.is_empty() {
            moved.push(Moved::Config { keys });
        }
        if self.code_sha256 != now.code_sha256 {
            let (planned, found) = (self.code_sha256.clone(), now.code_sha256.clone());
            moved.push(Moved::Package { planned, found });
        }
        for resource in differing(&self.observed, &now.observed) {
            let then = self.observed.get(&resource);
            moved.push(match (then, now.observed.get(&resource)) {
                (Some(then), Some(now)) => {
                    Moved::Changed { resource, fields: differing(then, now) }
                }
                (Some(_), None) => Moved::Gone { resource },
                (None, _) => Moved::Appeared { resource },
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

/// What was seen, as far as a plan depends on it.
///
/// Not in it: tags of other people, statements that are not about pools, settings of pools and clients of other people, and
/// whatever stands in a pool without being declared or ours.
#[derive(Default)]
struct Facts(BTreeMap<String, BTreeMap<String, Value>>);

impl Facts {
    fn of(&mut self, desired: &Desired, actual: &Actual) {
        if let Some(group) = &actual.log_group {
            self.note(format!("log-group {}", group.name), fields::log_group(group));
        }
        if let Some(role) = &actual.role {
            self.note(format!("role {}", role.name), fields::role(role));
        }
        if let Some(function) = &actual.function {
            // That a version was proven since then is no reason to plan again.
            let function = Function { tags: Marks::without(&function.tags), ..function.clone() };
            self.note(format!("function {}", function.name), fields::function(&function));
        }
        if let Some(release) = &actual.release {
            let mut seen = fields::settings(&release.settings);
            seen.push(fields::version(&release.version));
            let canary = release.canary.as_ref();
            seen.extend(canary.map(|canary| fields::canary(&canary.version, canary.percent)));
            self.note(format!("release {}:{ALIAS}", desired.function.name), seen);
        }
        for permission in actual.permissions.iter().filter(|permission| permission.is_for_cognito())
        {
            let name = format!("permission {}", permission.statement_id);
            self.note(name, fields::permission(permission));
        }
        for (key, wanted) in &desired.pools {
            match actual.pools.get(key) {
                Some(Found::Pool(live)) => self.pool(key, wanted, live),
                Some(Found::Strangers(ids) | Found::Several(ids)) => {
                    self.note(format!("pool {key}"), [Field::new("ids", ids.clone())]);
                }
                Some(Found::Nothing) | None => {}
            }
        }
        for (id, stray) in &actual.strays {
            let owner = stray.pool.tags.stack().unwrap_or_default();
            self.note(format!("pool {id}"), [Field::new("owner", owner)]);
            self.trigger(id, stray);
        }
    }

    fn note(&mut self, resource: String, fields: impl IntoIterator<Item = Field>) {
        let values = fields.into_iter().map(Field::into_parts);
        self.0.entry(resource).or_default().extend(values);
    }

    fn trigger(&mut self, key: &str, live: &LivePool) {
        if let Some(held) = &live.trigger {
            self.note(format!("trigger {key}"), fields::trigger(held));
        }
    }

    fn pool(&mut self, key: &str, wanted: &WantedPool, live: &LivePool) {
        let own = match &wanted.holder {
            Holder::Stack(_) => fields::pool(&live.pool),
            Holder::Others { .. } => vec![
                Field::new("tier", live.pool.tier.as_str()),
                Field::new("threat_protection", live.threat_protection),
                Field::new("left_out", live.kept.left_out.clone()),
            ],
        };
        let id = [Field::new("id", live.id.as_str())];
        self.note(format!("pool {key}"), id.into_iter().chain(own));
        self.trigger(key, live);
        self.clients(key, wanted, live);
        self.contents(key, wanted, live);
    }

    /// Declared clients by their key, and in a pool of ours the others of our name.
    fn clients(&mut self, key: &str, wanted: &WantedPool, live: &LivePool) {
        for (id, client) in &live.clients {
            let is_it = |(_, wanted): &(&String, &crate::desired::WantedClient)| match &wanted.id {
                Some(wanted) => wanted == id,
                None => wanted.client.name == client.name,
            };
            let declared = wanted.clients.iter().find(is_it);
            let name = declared.map_or(&client.name, |(key, _)| key);
            let seen = match (declared, &wanted.holder) {
                // The settings of other people's client are theirs.
                (Some((_, wanted)), _) if wanted.id.is_some() => vec![],
                (None, Holder::Others { .. }) => continue,
                _ => fields::client(client),
            };
            let prefixed = seen.into_iter().map(|field| field.below(id));
            let there = Field::new(id.as_str(), "there");
            self.note(format!("client {key}/{name}"), std::iter::once(there).chain(prefixed));
        }
    }

    fn contents(&mut self, key: &str, wanted: &WantedPool, live: &LivePool) {
        let prefix = match &wanted.holder {
            Holder::Stack(pool) => Some(pool.name.strip_suffix(key).unwrap_or(&pool.name)),
            Holder::Others { .. } => None,
        };
        for (identifier, server) in &live.resource_servers {
            let ours = prefix.is_some_and(|prefix| server.name.starts_with(prefix));
            if ours || wanted.resource_servers.contains_key(identifier) {
                let name = format!("resource-server {key}/{identifier}");
                self.note(name, fields::resource_server(server));
            }
        }
        for (name, group) in &live.groups {
            if wanted.groups.contains_key(name) {
                // Groups of other people carry no mark, and are left as they are.
                let seen = prefix
                    .map_or(vec![Field::new("name", name.as_str())], |_| fields::group(group));
                self.note(format!("group {key}/{name}"), seen);
            }
        }
    }
}
