//! The events of a new version's smoke test, before it serves, and what it must answer: the same as the rules
//! answer here. Pure.

use serde_json::Value;
use trigger::{Handler, Rule, Rules, Subject};

use super::event::SampleEvent;
use super::persona::Persona;
use crate::config::EventVersion;
use crate::model::{ClientKey, Ids, Target};

/// One event and its expected answer.
#[derive(Debug, Clone)]
pub struct SmokeTest {
    persona: Persona,
    rules: Rules,
    region: String,
    version: EventVersion,
    now: i64,
}

/// One smoke test for each persona. `now` (seconds since 1970) decides rules that are limited in time.
#[must_use]
pub fn smoke_tests(
    personas: &[Persona],
    rules: &Rules,
    version: EventVersion,
    target: &Target,
    now: i64,
) -> Vec<SmokeTest> {
    let smoke_test = |persona: &Persona| SmokeTest {
        persona: persona.clone(),
        rules: rules.clone(),
        region: target.region.clone(),
        version,
        now,
    };
    personas.iter().map(smoke_test).collect()
}

/// The ids on both sides of a version. They differ where the version is older than a pool or a client.
#[derive(Debug, Clone, Copy)]
pub struct IdsAround<'a> {
    /// Those of today, which stand in events.
    pub now: &'a Ids,
    /// Those that the version froze: what it knows.
    pub frozen: &'a trigger::Ids,
}

impl IdsAround<'_> {
    /// The pools, and the clients of pools that it does know, of which the version knows nothing: by their keys.
    #[must_use]
    pub fn unknown(&self) -> Vec<String> {
        let Self { now, frozen } = self;
        let is_known = |pool: &str| now.pools.get(pool).is_some_and(|id| frozen.pool(id).is_some());
        let pools = now.pools.keys().filter(|pool| !is_known(pool));
        let clients =
            now.clients.iter().filter(|(at, id)| is_known(&at.pool) && frozen.client(id).is_none());
        pools.cloned().chain(clients.map(|(at, _)| at.to_string())).collect()
    }

    /// Somebody as the version sees them: of a pool or a client that it does not know there is no key.
    #[must_use]
    pub fn seen(&self, subject: Subject) -> Subject {
        let Self { now, frozen } = self;
        let key = subject.pool.as_deref().zip(subject.client.as_deref());
        let client = key.and_then(|(pool, client)| now.clients.get(&ClientKey::new(pool, client)));
        let pool = subject.pool.as_ref().and_then(|pool| now.pools.get(pool));
        let (pool, client) = frozen.keys(pool.map(String::as_str), client.map(String::as_str));
        let (pool, client) = (pool.map(ToOwned::to_owned), client.map(ToOwned::to_owned));
        Subject { pool, client, ..subject }
    }
}

impl SmokeTest {
    /// What it tries, for reports.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.persona.name
    }

    /// Whether its rules turn anybody away: Lambda counts each of them as an error of the function.
    #[must_use]
    pub fn may_refuse(&self) -> bool {
        self.rules.iter().any(Rule::refuses)
    }

    /// The event, in the form of AWS's own.
    #[must_use]
    pub fn event(&self, ids: &Ids) -> String {
        let persona = &self.persona;
        SampleEvent {
            version: self.version,
            region: Some(&self.region),
            pool_id: ids.pools.get(&persona.at.pool).map(String::as_str),
            client_id: ids.clients.get(&persona.at).map(String::as_str),
            username: Some("pretoken-smoke-test"),
            scopes: &persona.subject(persona.source, self.now).scopes,
            facts: self.rules.need_facts(),
        }
        .of(persona)
        .to_string()
    }

    /// Compares an answer, or Lambda's account of a failure, with that of the same rules run here, knowing the same ids;
    /// says what differs.
    pub fn check(&self, answer: Result<&str, &str>, ids: IdsAround<'_>) -> Result<(), String> {
        let handler = Handler { rules: self.rules.clone(), ids: ids.frozen.clone() };
        let event = self.event(ids.now);
        let wanted = handler.handle(&event, self.now).map_err(|fault| fault.detail())?;
        let read = |text: &str| {
            serde_json::from_str::<Value>(text).map_err(|_| format!("it answered {text}"))
        };
        let (answer, wanted) = match (answer, wanted.event) {
            (Ok(answer), Ok(wanted)) => (answer, wanted),
            (Err(fault), Err(refusal)) => {
                let same = read(fault).is_ok_and(|fault| fault["errorMessage"] == *refusal.text);
                let wrong =
                    || format!("it failed with {fault}, and should have refused: {}", refusal.text);
                return if same { Ok(()) } else { Err(wrong()) };
            }
            (Ok(_), Err(refusal)) => {
                return Err(format!("it answered, and should have refused: {}", refusal.text));
            }
            (Err(fault), Ok(_)) => return Err(fault.to_owned()),
        };
        let (found, wanted) = (read(answer)?, read(&wanted)?);
        if found == wanted {
            return Ok(());
        }
        Err(format!(
            "it answered {}, and should have answered {}",
            found["response"], wanted["response"]
        ))
    }
}
