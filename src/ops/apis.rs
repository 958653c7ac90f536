//! The APIs of a configuration: what they ask, who may call what, and whether the promises about that are kept. Calls
//! nothing.

use trigger::Rules;

use crate::config::openapi::{self, Api};
use crate::config::{Loaded, Problems, Severity};
use crate::failure::Failure;
use crate::model::Ids;
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

/// Reads the APIs' documents and compares them with the rules, and with those before; fails with everything that is wrong.
/// Without any API no file is read.
pub fn at_the_door(
    known: &Loaded,
    ids: &Ids,
    before: Option<&Rules>,
    now: i64,
) -> Result<AtTheDoor, Failure> {
    if known.config.apis.is_empty() {
        return Ok(AtTheDoor::default());
    }
    let apis = openapi::read(known, ids).map_err(|problems| Failure::of_files(&problems))?;
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
