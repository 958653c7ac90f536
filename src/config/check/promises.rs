//! A file of promises about one client: whether they are about it, and can be kept at all.

use super::{expectations, names, verify};
use crate::codes::Code;
use crate::config::place::Placed;
use crate::config::problem::{Problem, Severity};
use crate::config::promises::{Promise, PromisesFile};
use crate::model::ClientKey;

pub(in crate::config) fn check(
    file: &PromisesFile,
    at: &ClientKey,
    place: &Placed,
) -> Vec<Problem> {
    let list = place.at("expect");
    let each = file.expect.iter().enumerate();
    let mut problems: Vec<_> =
        each.flat_map(|(index, promise)| check_one(promise, at, list.item(index))).collect();
    let called = file.expect.iter().map(|promise| promise.name.as_str());
    problems.extend(names::twice("expectation", list, called));
    problems.extend(verify::check_settings(&file.verify, place));
    problems
}

fn check_one(promise: &Promise, at: &ClientKey, place: &Placed) -> Vec<Problem> {
    let other = |key: &str, said: Option<&String>, meant: &str| {
        let said = said.filter(|said| *said != meant)?;
        let message = format!("the promise is about another {key}, `{said}`");
        let help = format!("leave `{key}` out, or write the id: `{key} = \"{meant}\"`");
        Some(Problem::error(Code::PromiseImpossible, place.at(key).value(), message).help(help))
    };
    let mut problems = vec![];
    problems.extend(other("pool", promise.pool.as_ref(), &at.pool));
    problems.extend(other("client", promise.client.as_ref(), &at.client));
    let expectation = promise.clone().about(at);
    problems.extend(expectations::contradictions(&expectation, place));
    problems.extend(expectations::check_machine(&expectation, place));
    problems.extend(expectations::check_refused(&expectation, place));
    let empty = expectations::empty(&expectation, place);
    problems.extend(empty.map(|problem| Problem { severity: Severity::Error, ..problem }));
    problems
}
