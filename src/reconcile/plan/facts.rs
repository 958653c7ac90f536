//! What was seen, as far as a plan depends on it: the facts that make a saved plan stale when they change.
//!
//! Not among them: tags of others, statements that are not about pools, settings of adopted pools and clients,
//! and whatever stands in a pool without being declared or ours. It must not compare.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fields;
use super::fields::Field;
use crate::model::aws_api;
use crate::model::tags::made::{Made, Memory};
use crate::model::tags::verified_versions::VerifiedVersions;
use crate::model::{
    ALIAS, Canary, Client, Function, LivePool, LogGroup, Pool, Release, Role, Tags,
};
use crate::reconcile::actual::{Actual, Found};
use crate::reconcile::desired::{Desired, Holder, WantedClient, WantedPool};
use crate::reconcile::identity::Identity;
use crate::reconcile::ownership::Ownership;

/// Values of fields, secrets too, by kind and name of the resource and by the field's path.
pub(super) type Facts = BTreeMap<String, BTreeMap<String, Value>>;

/// Takes down everything that [`super::converge`] can tell apart.
pub(super) fn facts(desired: &Desired, actual: &Actual) -> Facts {
    let mut notes = Notes::default();
    notes.function(desired, actual);
    for permission in actual.permissions.iter().filter(|permission| permission.is_for_cognito()) {
        let name = format!("permission {}", permission.statement_id);
        notes.take(name, fields::permission(permission));
    }
    for (key, wanted) in &desired.pools {
        match actual.pools.get(key) {
            Some(Found::Pool(live)) => {
                let memory = Ownership::new(&desired.identity, actual).of_declared(wanted, live);
                notes.pool(key, wanted, live, &memory);
                notes.obstacles(&desired.identity, actual, key, live);
            }
            Some(Found::Unmanaged(ids) | Found::Several(ids)) => {
                notes.take(format!("pool {key}"), [Field::new("ids", ids.clone())]);
            }
            Some(Found::Nothing) | None => {}
        }
    }
    for (id, undeclared_pool) in &actual.undeclared {
        let owner = undeclared_pool.pool.tags.stack().unwrap_or_default();
        notes.take(format!("pool {id}"), [Field::new("owner", owner)]);
        notes.trigger(id, undeclared_pool);
        notes.obstacles(&desired.identity, actual, id, undeclared_pool);
    }
    notes.0
}

#[derive(Default)]
struct Notes(Facts);

impl Notes {
    fn take(&mut self, resource: String, fields: impl IntoIterator<Item = Field>) {
        let values = fields.into_iter().map(Field::into_parts);
        self.0.entry(resource).or_default().extend(values);
    }

    /// The function, and what it stands on.
    fn function(&mut self, desired: &Desired, actual: &Actual) {
        let known = |tags: &Tags| tags.without_others(&desired.identity.tags);
        if let Some(group) = &actual.log_group {
            let group = LogGroup { tags: known(&group.tags), ..group.clone() };
            self.take(format!("log-group {}", group.name), fields::log_group(&group));
        }
        if let Some(role) = &actual.role {
            let role = Role { tags: known(&role.tags), ..role.clone() };
            self.take(format!("role {}", role.name), fields::role(&role));
        }
        if let Some(function) = &actual.function {
            // That a version was proven since then is no reason to plan again.
            let tags = known(&VerifiedVersions::without(&function.tags));
            let settings = function.settings.only(&desired.function.settings);
            let function = Function { settings, tags, ..function.clone() };
            self.take(format!("function {}", function.name), fields::function(&function));
        }
        if let Some(release) = &actual.release {
            let release = release.only(&desired.function.settings);
            self.take(format!("release {}:{ALIAS}", desired.function.name), released(&release));
        }
    }

    fn pool(&mut self, key: &str, wanted: &WantedPool, live: &LivePool, memory: &Memory) {
        let settings = match &wanted.holder {
            Holder::Owned(pool) => {
                let tags = live.pool.tags.without_others(&pool.tags);
                let settings = aws_api::without(&live.pool.settings, &wanted.ignored);
                fields::pool(&Pool { settings, tags, ..live.pool.clone() })
            }
            Holder::Adopted { .. } => vec![
                Field::new("tier", live.pool.tier.as_str()),
                Field::new("threat_protection", live.threat_protection),
                Field::new("left_out", live.preserved.left_out.clone()),
            ],
        };
        let id = Field::new("id", live.id.as_str());
        // A domain that is not wanted is left alone, whatever it is.
        let domain = wanted.domain.as_ref().and(live.domain.as_deref());
        let own = std::iter::once(id).chain(domain.map(|domain| Field::new("domain", domain)));
        self.take(format!("pool {key}"), own.chain(settings));
        self.trigger(key, live);
        self.clients(key, wanted, live, memory);
        self.resource_servers(key, wanted, live, memory);
        self.groups(key, wanted, live, memory);
        self.identity_providers(key, wanted, live, memory);
    }

    fn trigger(&mut self, key: &str, live: &LivePool) {
        if let Some(held) = &live.trigger {
            self.take(format!("trigger {key}"), fields::trigger(held));
        }
    }

    /// What keeps a pool from invoking what its slot holds, held before, or is to hold.
    fn obstacles(&mut self, identity: &Identity, actual: &Actual, key: &str, live: &LivePool) {
        let previous = actual.previous(&live.id, &identity.tags);
        let named = [live.trigger.clone(), previous].into_iter().flatten().map(|it| it.arn);
        let obstacle = |arn: String| Some(actual.obstacle(identity, &live.id, &arn)?.to_string());
        let named = named.chain([identity.alias_arn()]);
        let obstacles: Vec<String> = named.filter_map(obstacle).collect();
        if !obstacles.is_empty() {
            self.take(format!("trigger {key}"), [Field::new("obstacles", obstacles)]);
        }
    }

    /// Declared clients by their key, and in a pool of ours the others of our name. Names are not unique, so their ids are
    /// fields.
    fn clients(&mut self, key: &str, wanted: &WantedPool, live: &LivePool, memory: &Memory) {
        for (id, client) in &live.clients {
            let declared = wanted.clients.iter().find(|(_, wanted)| is_it(wanted, id, client));
            let (name, settings) = match declared {
                // The settings of an adopted client are its owner's.
                Some((name, wanted)) if wanted.id.is_some() => (name, vec![]),
                Some((name, _)) => (name, fields::client(client)),
                None if memory.knows(Made::Client(&client.name)) => {
                    (&client.name, fields::client(client))
                }
                None => continue,
            };
            let there = Field::new(id.as_str(), "there");
            let settings = settings.into_iter().map(|field| field.below(id));
            self.take(format!("client {key}/{name}"), std::iter::once(there).chain(settings));
        }
    }

    fn resource_servers(
        &mut self,
        key: &str,
        wanted: &WantedPool,
        live: &LivePool,
        memory: &Memory,
    ) {
        for (identifier, server) in &live.resource_servers {
            let declared = wanted.resource_servers.contains_key(identifier);
            if declared || memory.knows(Made::ResourceServer(identifier)) {
                let name = format!("resource-server {key}/{identifier}");
                self.take(name, fields::resource_server(server));
            }
        }
    }

    fn identity_providers(
        &mut self,
        key: &str,
        wanted: &WantedPool,
        live: &LivePool,
        memory: &Memory,
    ) {
        for (name, provider) in &live.identity_providers {
            let settings = match wanted.identity_providers.get(name) {
                Some(wanted) => fields::identity_provider(&provider.only(wanted)),
                None if memory.knows(Made::IdentityProvider(name)) => vec![],
                None => continue,
            };
            self.take(format!("identity-provider {key}/{name}"), settings);
        }
    }

    fn groups(&mut self, key: &str, wanted: &WantedPool, live: &LivePool, memory: &Memory) {
        for (name, wanted) in &wanted.groups {
            let Some(group) = live.groups.get(name) else { continue };
            // Whoever made it describes it.
            let ours = memory.knows(Made::Group(name));
            let settings = if ours { fields::group(&group.only(wanted)) } else { vec![] };
            self.take(format!("group {key}/{}", group.name), settings);
        }
    }
}

fn released(release: &Release) -> Vec<Field> {
    let mut seen = fields::settings(&release.settings);
    seen.push(fields::version(&release.version));
    if let Some(Canary { version, percent, settings }) = &release.canary {
        seen.push(fields::canary(version, *percent));
        seen.extend(fields::settings(settings).into_iter().map(|field| field.below("canary")));
    }
    seen
}

fn is_it(wanted: &WantedClient, id: &str, client: &Client) -> bool {
    wanted.id.as_ref().map_or(wanted.client.name == client.name, |wanted| wanted == id)
}
