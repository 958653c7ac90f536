//! The APIs of a configuration: what they ask, who may call what, and whether the promises about that are kept. Calls
//! API Gateway for what its stages serve, and nothing else.

use std::sync::Arc;

use trigger::Rules;

use super::connection::Connection;
use crate::cloud::Read;
use crate::codes::Code;
use crate::config::openapi::{self, Api, Served, ServedApi};
use crate::config::{Loaded, Problem, Problems, Severity};
use crate::failure::{Exit, Failure};
use crate::model::{ApiStage, Ids};
use crate::tokens::apis::{broken_by_operation, callers, findings, unknown_operations};
use crate::tokens::impact::ApiImpact;

/// What is known about the APIs without calling them.
#[derive(Debug, Default)]
pub struct AtTheDoor {
    /// What their documents say.
    pub apis: Vec<Api>,
    /// Who may call what.
    pub impacts: Vec<ApiImpact>,
    /// What is odd, file by file.
    pub hints: Vec<Problems>,
}

/// What the stages serve that `deploy.toml` names; of the emulator there are none. Without any, nothing is called.
pub async fn served<C: Read>(
    known: &Loaded,
    connection: &Connection<C>,
) -> Result<Served, Failure> {
    let (mut served, mut problems) = (Served::new(), vec![]);
    if connection.target.local {
        return Ok(served);
    }
    for (key, api) in &known.config.apis {
        let Some(stage) = api.stage() else { continue };
        let export = connection.cloud.api_export(&stage).await?;
        match export.map(|export| ServedApi::of_export(&stage, &export)) {
            Some(Ok(api)) => drop(served.insert(key.clone(), api)),
            Some(Err(reason)) => {
                let error = anyhow::anyhow!("the export of {stage} cannot be read: {reason}");
                return Err(Failure::new(Exit::Failed, Code::AwsRefused, error));
            }
            None => problems.push(absent(known, key, &stage)),
        }
    }
    let problems = Problems::new(Arc::clone(&known.source), problems);
    if problems.is_empty() { Ok(served) } else { Err(Failure::of_files(&[problems])) }
}

fn absent(known: &Loaded, key: &str, stage: &ApiStage) -> Problem {
    let at = known.place.at("apis").at(key).at("api_gateway").value();
    let help = match stage {
        ApiStage::Http { .. } => {
            "check the id, account and region; of a REST API name the stage, too: `\"ID/STAGE\"`"
        }
        ApiStage::Rest { .. } => {
            "check id, stage, account and region; an HTTP API is named by its id alone"
        }
    };
    Problem::error(Code::NoSuchId, at, format!("there is no {stage}")).help(help)
}

/// The APIs that only AWS can tell about, in words; nothing if there are none.
#[must_use]
pub fn left_for_later(known: &Loaded) -> Option<String> {
    let later = known.config.apis.iter().filter(|(_, api)| api.api_gateway.is_some());
    let later: Vec<_> = later.map(|(key, _)| format!("`{key}`")).collect();
    let names = later.join(", ");
    (!later.is_empty()).then(|| {
        format!("API Gateway is read by `plan` and `verify`: nothing is known of {names} here")
    })
}

/// Reads the APIs' documents and compares them with the rules, and with those before; fails with everything that is wrong.
/// Without any API no file is read.
pub fn at_the_door(
    known: &Loaded,
    (ids, served): (&Ids, &Served),
    before: Option<&Rules>,
    now: i64,
) -> Result<AtTheDoor, Failure> {
    if known.config.apis.is_empty() {
        return Ok(AtTheDoor::default());
    }
    let apis =
        openapi::read(known, ids, served).map_err(|problems| Failure::of_files(&problems))?;
    let unknown = unknown_operations(&apis, known);
    if !unknown.is_empty() {
        return Err(Failure::of_files(&[unknown]));
    }
    let impacts = callers(&apis, &known.config, ids, [before, Some(&known.rules)], now);
    let hints = findings(&apis, &impacts, known, ids);
    if hints.iter().flat_map(Problems::iter).any(|one| one.severity == Severity::Error) {
        return Err(Failure::of_files(&hints));
    }
    let broken = broken_by_operation(&apis, known, ids, now);
    if !broken.is_empty() {
        return Err(Failure::unkept(&broken));
    }
    Ok(AtTheDoor { apis, impacts, hints })
}

/// The calls that a proof makes, in words.
#[must_use]
pub fn listed_calls(known: &Loaded) -> Vec<String> {
    let calls = known.config.expect.iter().flat_map(|promise| {
        promise.calls.iter().map(|call| format!("{} as \"{}\"", call.request, promise.name))
    });
    calls.collect()
}
