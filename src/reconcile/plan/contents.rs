//! What stands in a pool: clients, resource servers and groups. What is not declared is left alone, unless this stack made it.

use crate::model::tags::made::{Made, Memory};
use crate::model::{Client, ClientEdit, ClientKey, LivePool};
use crate::reconcile::desired::{WantedClient, WantedPool};

use super::converge::{Planner, changed};
use super::declared;
use super::fields;
use super::refusal::Refusal;
use super::step::Step;

impl Planner<'_> {
    /// Everything in one pool.
    pub(super) fn contents(&mut self, key: &str, wanted: &WantedPool, live: Option<&LivePool>) {
        let memory = live.map(|live| self.ownership.of_declared(wanted, live)).unwrap_or_default();
        self.resource_servers(key, wanted, live, &memory);
        self.groups(key, wanted, live, &memory);
        self.identity_providers(key, wanted, live, &memory);
        for (client, wanted) in &wanted.clients {
            self.client(&ClientKey::new(key, client), wanted, live, &memory);
        }
        if let Some(live) = live {
            self.undeclared(key, wanted, live, &memory);
        }
    }

    fn resource_servers(
        &mut self,
        key: &str,
        wanted: &WantedPool,
        live: Option<&LivePool>,
        memory: &Memory,
    ) {
        for (identifier, server) in &wanted.resource_servers {
            let pool = key.to_owned();
            match live.and_then(|live| live.resource_servers.get(identifier)) {
                None => self.step(Step::CreateResourceServer { pool, server: server.clone() }),
                Some(seen) if seen == server => self.unchanged(),
                Some(seen) if !memory.knows(Made::ResourceServer(identifier)) => {
                    self.unmanaged_server(key, server, seen);
                }
                Some(seen) => {
                    let fields = fields::diff(
                        &fields::resource_server(seen),
                        &fields::resource_server(server),
                    );
                    self.step(Step::UpdateResourceServer { pool, server: server.clone(), fields });
                }
            }
        }
    }

    fn groups(&mut self, key: &str, wanted: &WantedPool, live: Option<&LivePool>, memory: &Memory) {
        for (name, group) in &wanted.groups {
            let pool = key.to_owned();
            match live.and_then(|live| live.groups.get(name)) {
                None => self.step(Step::CreateGroup { pool, group: group.clone() }),
                Some(seen) if seen.only(group) == *group => self.unchanged(),
                // Whoever made it describes it.
                Some(_) if !memory.knows(Made::Group(name)) => self.unchanged(),
                Some(seen) => {
                    let seen = fields::group(&seen.only(group));
                    let fields = fields::diff(&seen, &fields::group(group));
                    self.step(Step::UpdateGroup { pool, group: group.clone(), fields });
                }
            }
        }
    }

    fn client(
        &mut self,
        at: &ClientKey,
        wanted: &WantedClient,
        live: Option<&LivePool>,
        memory: &Memory,
    ) {
        let declared = &self.desired.identity.pools[&at.pool].clients[&at.client];
        let candidates: Vec<_> =
            live.map(|live| declared.candidates(live).collect()).unwrap_or_default();
        match (candidates.as_slice(), &wanted.id) {
            ([], None) => {
                self.step(Step::CreateClient { at: at.clone(), client: wanted.client.clone() });
            }
            ([], Some(id)) => self.refusals.push(Refusal::NoSuchClient {
                pool: at.pool.clone(),
                key: at.client.clone(),
                id: id.clone(),
            }),
            // The settings of an adopted client are its owner's.
            ([_], Some(_)) => self.unchanged(),
            ([(id, seen)], None)
                if live.is_some_and(|live| self.made(live, memory, &seen.name, id)) =>
            {
                self.client_settings(at, id, seen, &wanted.client);
            }
            ([(id, seen)], None) => self.refusals.push(Refusal::UnmanagedClient {
                at: at.to_string(),
                name: seen.name.clone(),
                id: (*id).clone(),
            }),
            (several, _) => self.refusals.push(Refusal::SeveralClients {
                pool: at.pool.clone(),
                name: wanted.client.name.clone(),
                ids: several.iter().map(|(id, _)| (*id).clone()).collect(),
            }),
        }
    }

    fn made(&self, live: &LivePool, memory: &Memory, name: &str, id: &str) -> bool {
        self.ownership.made_client(live, memory, name, id)
    }

    fn client_settings(&mut self, at: &ClientKey, id: &str, seen: &Client, wanted: &Client) {
        let seen = &declared::seen_client(wanted, seen);
        if seen == wanted {
            return self.unchanged();
        }
        if seen.has_secret != wanted.has_secret {
            return self
                .refusals
                .push(Refusal::ClientSecret { at: at.to_string(), has: seen.has_secret });
        }
        let edit = client_edit(seen, wanted);
        let fields = fields::diff(&fields::client(seen), &fields::client(wanted));
        self.step(Step::UpdateClient { at: at.clone(), id: id.to_owned(), edit, fields });
    }

    /// What this stack made for an earlier `deploy.toml` goes, and is forgotten then; groups stay, since users are in them.
    fn undeclared(&mut self, key: &str, wanted: &WantedPool, live: &LivePool, memory: &Memory) {
        let declared = |name: &str| wanted.clients.values().any(|it| it.client.name == name);
        for (id, client) in &live.clients {
            if self.made(live, memory, &client.name, id) && !declared(&client.name) {
                let (pool, id, name) = (key.to_owned(), id.clone(), client.name.clone());
                self.step(Step::DeleteClient { pool, id, name });
            }
        }
        for identifier in live.resource_servers.keys() {
            let ours = memory.knows(Made::ResourceServer(identifier));
            if ours && !wanted.resource_servers.contains_key(identifier) {
                let identifier = identifier.clone();
                self.step(Step::DeleteResourceServer { pool: key.to_owned(), identifier });
            }
        }
        for name in live.groups.keys() {
            if memory.knows(Made::Group(name)) && !wanted.groups.contains_key(name) {
                self.plan.notes.push(format!(
                    "the group `{name}` of the pool {key} is no longer declared; it stays until `destroy`"
                ));
            }
        }
    }
}

/// What makes of a client that was seen the one that is wanted.
fn client_edit(seen: &Client, wanted: &Client) -> ClientEdit {
    let mut settings = declared::changed(&seen.settings, &wanted.settings);
    if seen.machine != wanted.machine {
        // The write of the machines' flow sets flows and scopes: what people are to have is said with it, also where it
        // stays.
        for key in ["oauth_flows", "oauth_scopes"] {
            let value = wanted.settings.get(key).cloned();
            settings.extend(value.map(|value| (key.to_owned(), value)));
        }
    }
    ClientEdit {
        auth_flows: changed(&seen.auth_flows, &wanted.auth_flows)
            .map(|flows| flows.into_iter().collect()),
        access_token_s: changed(&seen.access_token_s, &wanted.access_token_s),
        machine: changed(&seen.machine, &wanted.machine),
        settings,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_machines_client_that_becomes_one_for_people_is_told_its_scopes_again() {
        let client = |machine, settings: Value| {
            let settings = settings.as_object().cloned().expect("a table");
            Client { machine, settings, ..Client::default() }
        };
        let seen = client(Some([].into()), json!({ "oauth_scopes": ["openid"] }));
        let people = json!({ "oauth_flows": ["code"], "oauth_scopes": ["openid"] });
        let request = client_edit(&seen, &client(None, people)).to_api();
        // No scope beside a flow for people is what AWS refuses.
        assert_eq!(request["AllowedOAuthScopes"], json!(["openid"]));
        assert_eq!(request["AllowedOAuthFlows"], json!(["code"]));
        assert_eq!(request["AllowedOAuthFlowsUserPoolClient"], true);
    }
}
