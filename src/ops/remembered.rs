//! A proof that an earlier run made, and all that it depended on: while none of that changes, it holds.

use super::connection::Connection;
use super::options::Proving;
use super::prospects;
use crate::config::Loaded;
use crate::model::tags::verified_versions::{Mark, VerifiedVersions};
use crate::model::{dates, sha256};
use crate::reconcile::actual::Actual;
use crate::tokens::persona::Expected;
use crate::tokens::prospect::{Candidate, Prospect};
use crate::verify::Report;

/// What is remembered of the version that serves, if it still holds.
pub fn remembered<C>(
    known: &Loaded,
    connection: &Connection<C>,
    actual: &Actual,
    proving: &Proving,
) -> Option<Report> {
    let (live, function) = (actual.release.as_ref()?, actual.function.as_ref()?);
    let verified = VerifiedVersions::of(&function.tags);
    let mark = verified.proof(&live.version)?;
    let fingerprint = fingerprint(known, connection, actual, proving);
    (mark.fingerprint == fingerprint).then(|| Report::remembered(&mark.time, mark.open))
}

/// What is to be remembered of a proof that was just made.
pub fn mark<C>(
    known: &Loaded,
    connection: &Connection<C>,
    actual: &Actual,
    proving: &Proving,
    report: &Report,
) -> Mark {
    // Whoever was left behind is removed by the next proof: there must be one.
    let fingerprint = if report.leaves_users {
        String::new()
    } else {
        fingerprint(known, connection, actual, proving)
    };
    let untried = prospects::existing(known, connection, actual).unproven().count();
    Mark {
        time: dates::end(std::time::Duration::ZERO, connection.clock.now()),
        fingerprint,
        open: untried + report.count(crate::model::Verdict::NotProven),
    }
}

/// Everything that could make a token, or a sign-in, another one than it was: the version with its rules and what they
/// decide now, ids, promises, who is tried how, and what pools and clients say. The version of this program counts, too:
/// another one may look at more.
fn fingerprint<C>(
    known: &Loaded,
    connection: &Connection<C>,
    actual: &Actual,
    proving: &Proving,
) -> String {
    let ids = actual.ids(&connection.identity(&known.config));
    let version = actual.release.as_ref().map(|live| &live.version);
    let prospect = prospects::existing(known, connection, actual);
    let pools: Vec<_> = ids
        .pools
        .keys()
        .filter_map(|key| {
            let live = actual.pool(key)?;
            let clients = ids.clients.iter().filter(|(at, _)| at.pool == *key);
            let clients: Vec<_> = clients.map(|(_, id)| live.clients.get(id)).collect();
            Some((&live.trigger, &live.other_triggers, &live.domain, &live.sign_in, clients))
        })
        .collect();
    let decided = decided(known, &prospect, connection.clock.now());
    let config = (&known.config.expect, &known.config.verify, proving.no_calls);
    let program = env!("CARGO_PKG_VERSION");
    sha256(&format!("{:?}", (program, version, &ids, pools, config, &prospect, decided)))
}

/// What rules decide now about everybody who is tried: some of them are limited in time.
fn decided(known: &Loaded, prospect: &Prospect, now: i64) -> Vec<Expected> {
    let expected = |Candidate { persona, .. }: &Candidate| {
        let subject = persona.subject(persona.source, now);
        persona.expected(&known.rules, &subject, persona.source)
    };
    prospect.candidates.iter().map(expected).collect()
}
