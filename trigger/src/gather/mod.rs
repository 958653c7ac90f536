//! Gathers what rules need to know about a subject: all facts at once, each within its time, and some out of memory. What an
//! item says never gets into the log.

mod dynamodb;
mod memory;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};
use tokio::task::JoinSet;
use trigger::facts::{TableRequest, item};
use trigger::{DeclaredFacts, FactLack, Fault, Subject};

use crate::log;
use dynamodb::{DynamoDb, NotHad};
use memory::FactMemory;

/// Where facts come from, and what is remembered of them.
pub(crate) struct Gatherer {
    facts: DeclaredFacts,
    dynamodb: DynamoDb,
    memory: Mutex<FactMemory>,
}

impl Gatherer {
    /// For these facts; or in a sentence what is wrong with the function's environment.
    pub(crate) fn new(facts: DeclaredFacts) -> Result<Arc<Self>, String> {
        let dynamodb = DynamoDb::from_env()?;
        Ok(Arc::new(Self { facts, dynamodb, memory: Mutex::default() }))
    }

    /// These facts about `subject`, without those that are missing. One that cannot be had ends it, or is empty, as was
    /// declared.
    pub(crate) async fn gather(
        self: &Arc<Self>,
        subject: &Subject,
        names: &BTreeSet<&str>,
        request_id: &str,
    ) -> Result<BTreeMap<String, Value>, Fault> {
        let mut asked = JoinSet::new();
        for name in names {
            let Some(request) = self.facts.request(name, subject) else { continue };
            let (this, name) = (Arc::clone(self), (*name).to_owned());
            asked.spawn(async move {
                let found = this.one(&name, &request).await;
                (name, found)
            });
        }
        let mut gathered = BTreeMap::new();
        while let Some(answered) = asked.join_next().await {
            let (name, found) = answered.map_err(|_| Fault::NoFact)?;
            match found {
                Ok(found) => gathered.extend(found.map(|value| (name, value))),
                Err(why) => {
                    let lack = self.facts.get(&name).map(|fact| fact.on_error).unwrap_or_default();
                    log::no_fact(&name, &why.to_string(), lack, request_id);
                    if lack == FactLack::Refuse {
                        return Err(Fault::NoFact);
                    }
                    gathered.insert(name, Map::new().into());
                }
            }
        }
        Ok(gathered)
    }

    async fn one(&self, name: &str, request: &TableRequest) -> Result<Option<Value>, NotHad> {
        let Some(fact) = self.facts.get(name) else { return Ok(None) };
        let body = request.body.to_string();
        let is_kept = fact.cache_s > 0;
        if is_kept
            && let Ok(mut memory) = self.memory.lock()
            && let Some(known) = memory.get(name, &body, Instant::now())
        {
            return Ok(Some(known));
        }
        let patience = Duration::from_millis(fact.timeout_ms);
        let asking = self.dynamodb.ask(request.operation, &body, patience / 2);
        let found = tokio::time::timeout(patience, asking).await;
        let found = found.map_err(|_| NotHad::TooLate(fact.timeout_ms))??;
        let mut found = found.iter().map(item);
        let found = match found.next() {
            Some(first) if request.is_list => Some(std::iter::once(first).chain(found).collect()),
            first => first,
        };
        if is_kept && let (Some(value), Ok(mut memory)) = (&found, self.memory.lock()) {
            let until = Instant::now() + Duration::from_secs(fact.cache_s);
            memory.keep(name, body, value.clone(), until);
        }
        Ok(found)
    }
}
