//! `simulate`: the rules on an event, and what the live version answers to the same one.

use std::collections::BTreeMap;

use serde_json::Value;
use trigger::{Handler, Ids};

use super::connection::{Connection, Reached};
use super::verify::deployed;
use crate::cloud::{Invocation, Invoke as _, Read as _};
use crate::codes::Code;
use crate::config::{Loaded, TriggerSource};
use crate::failure::{Exit, Failure};
use crate::model::{ALIAS, ClientKey};
use crate::tokens::persona::Persona;
use crate::tokens::simulate::{Simulation, given_facts, parse, sample, simulate};

/// Whom a token is for.
#[derive(Debug, Clone, Default)]
pub struct Recipient {
    /// Key of the pool; without it any.
    pub pool: Option<String>,
    /// Key of the client, alone or as `pool/client`; without it the first one.
    pub client: Option<String>,
    /// The groups of the user.
    pub groups: Vec<String>,
    /// The attributes of the user.
    pub attributes: BTreeMap<String, String>,
    /// What the caller sends along.
    pub client_metadata: BTreeMap<String, String>,
    /// What is gathered about the user, by paths: JSON, or else a text.
    pub facts: Vec<(String, String)>,
    /// The scopes before the rules, instead of the source's own.
    pub scopes: Vec<String>,
    /// How the token comes about.
    pub source: TriggerSource,
}

impl Recipient {
    /// The subject that is meant, at a client of this file.
    pub fn persona(&self, known: &Loaded) -> Result<Persona, Failure> {
        Ok(Persona {
            name: String::new(),
            at: self.client_key(known)?,
            groups: self.groups.clone(),
            attributes: self.attributes.clone(),
            client_metadata: self.client_metadata.clone(),
            facts: given_facts(&self.facts),
            source: self.source,
            promise: None,
        })
    }

    /// The client that is meant, or the first one that fits.
    fn client_key(&self, known: &Loaded) -> Result<ClientKey, Failure> {
        let pools = known.config.pools.iter();
        let keys: Vec<ClientKey> = pools
            .flat_map(|(key, pool)| pool.clients.keys().map(|client| ClientKey::new(key, client)))
            .collect();
        let is =
            |wanted: &Option<String>, name: &str| wanted.as_deref().is_none_or(|it| it == name);
        let fits = |at: &&ClientKey| {
            is(&self.pool, &at.pool)
                && (is(&self.client, &at.client) || is(&self.client, &at.to_string()))
        };
        keys.iter().find(fits).cloned().ok_or_else(|| {
            let keys: Vec<_> = keys.iter().map(ToString::to_string).collect();
            Failure::new(
                Exit::Usage,
                Code::UnknownClient,
                anyhow::anyhow!("deploy.toml has no such client"),
            )
            .hint(format!("it has {}", keys.join(", ")))
        })
    }
}

/// An event, and whose it is.
pub struct GivenEvent {
    text: String,
    /// The same as a value.
    pub value: Value,
    /// The event's own client and pool, when it was said which ones they are.
    named: Option<ClientKey>,
}

impl GivenEvent {
    /// An event that somebody wrote down; `name` is what errors call it.
    pub fn written(
        text: String,
        name: &str,
        known: &Loaded,
        recipient: &Recipient,
    ) -> Result<Self, Failure> {
        let value = parse(&text).map_err(|error| {
            Failure::new(Exit::Usage, Code::BadEvent, error)
                .context(format!("`{name}` is no event"))
        })?;
        can_be_decided(&value).map_err(|failure| {
            failure.context(format!("`{name}` is no event that rules can change"))
        })?;
        let named = recipient.client.is_some().then(|| recipient.client_key(known)).transpose()?;
        Ok(Self { text, value, named })
    }

    /// An event for this recipient, in a pool and a client of these ids.
    pub fn sample(known: &Loaded, ids: &Ids, recipient: &Recipient) -> Result<Self, Failure> {
        let who = recipient.persona(known)?;
        let scopes = (!recipient.scopes.is_empty()).then_some(recipient.scopes.as_slice());
        let value = sample(&known.config, ids, &who, scopes);
        Ok(Self { text: value.to_string(), value, named: None })
    }

    /// What the rules do to it at `now`, seconds since 1970.
    pub fn simulated(&self, known: &Loaded, mut ids: Ids, now: i64) -> Result<Simulation, Failure> {
        if let Some(at) = &self.named {
            let text = |value: &Value| value.as_str().map(str::to_owned);
            if let Some(pool) = text(&self.value["userPoolId"]) {
                ids.pools.insert(pool, at.pool.clone());
            }
            if let Some(client) = text(&self.value["callerContext"]["clientId"]) {
                ids.clients.insert(client, at.to_string());
            }
        }
        let handler = Handler { rules: known.rules.clone(), ids };
        simulate(&handler, &self.text, now).map_err(|fault| {
            Failure::new(Exit::Usage, Code::BadEvent, anyhow::anyhow!(fault.detail()))
        })
    }
}

/// What would be simulated as if there were no rules is refused: an event of version 1, and one in a wrapper.
fn can_be_decided(event: &Value) -> Result<(), Failure> {
    if event["version"] == "1" || event["version"] == 1 {
        let error =
            anyhow::anyhow!("its version is 1 (V1_0), which the trigger returns as it came");
        return Err(Failure::new(Exit::Usage, Code::BadEvent, error)
            .hint("take an event of V2_0 or V3_0: its `version` is \"2\" or \"3\""));
    }
    if event["event"].is_object() && event.get("triggerSource").is_none() {
        let error = anyhow::anyhow!("the event is wrapped in a member `event`");
        return Err(
            Failure::new(Exit::Usage, Code::BadEvent, error).hint("give what is in `event` alone")
        );
    }
    Ok(())
}

/// The version behind the alias, which can be asked the same.
pub struct LiveVersion<'a> {
    connection: &'a Connection<Reached>,
    function: String,
    /// The ids that it stands on.
    pub ids: Ids,
}

impl<'a> LiveVersion<'a> {
    /// That of this stack; an error if there is none.
    pub async fn of(known: &Loaded, connection: &'a Connection<Reached>) -> Result<Self, Failure> {
        let actual = deployed(known, connection).await?;
        let identity = connection.identity(&known.config);
        let function = identity.stack.function_name();
        if connection.cloud.release(&function).await?.is_none() {
            let error = anyhow::anyhow!("no version of {function} is live");
            return Err(Failure::new(Exit::Failed, Code::NotDeployed, error)
                .hint("run `pretoken up` first"));
        }
        let told = actual.ids(&identity).for_trigger();
        let ids = Ids::from_json(&told)
            .map_err(|error| Failure::new(Exit::Failed, Code::Internal, error))?;
        Ok(Self { connection, function, ids })
    }

    /// Its answer: the event's `response`, or the text of a refusal as [`Simulation::answer`] has it.
    pub async fn answer(&self, event: &GivenEvent) -> Result<Value, Failure> {
        match self.connection.cloud.invoke(&self.function, ALIAS, &event.text).await? {
            Invocation::Answer(answer) => serde_json::from_str(&answer)
                .map(|mut answer: Value| answer["response"].take())
                .map_err(|error| {
                    Failure::new(Exit::Failed, Code::TriggerFailed, error)
                        .context("the live version answered no JSON")
                }),
            Invocation::Fault(fault) => {
                let told: Value = serde_json::from_str(&fault).unwrap_or_default();
                if told["errorType"] == "Refused" {
                    return Ok(serde_json::json!({ "refused": told["errorMessage"] }));
                }
                let error = anyhow::anyhow!("{fault}");
                Err(Failure::new(Exit::Unproven, Code::TriggerFailed, error)
                    .context("the live version failed"))
            }
        }
    }
}
