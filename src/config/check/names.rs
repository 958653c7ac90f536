//! Lengths of names once they have their prefix, and names that are used twice.

use crate::codes::Code;
use crate::config::limits::{FUNCTION_NAME, POOL_NAME, RESOURCE_SERVER_NAME};
use crate::config::place::Placed;
use crate::config::problem::{Problem, Span};
use crate::config::types::Config;

const PARTS: &str = "the key, `name` or the environment's name";

pub(super) fn check(config: &Config, place: &Placed) -> Vec<Problem> {
    let mut problems = Vec::new();
    let function = config.stack().function_name();
    problems.extend(too_long(
        "function",
        "`name` or the environment's name",
        &function,
        FUNCTION_NAME,
        place.at("name").value(),
    ));
    let pools = place.at("pools");
    for (key, pool) in &config.pools {
        if pool.id.is_none() {
            problems.extend(too_long(
                "pool",
                PARTS,
                &config.stack().pool_name(key),
                POOL_NAME,
                pools.at(key).key(),
            ));
        }
        for (client_key, _) in pool.clients.iter().filter(|(_, client)| client.id.is_none()) {
            let at = pools.at(key).at("clients").at(client_key).key();
            problems.extend(too_long(
                "client",
                PARTS,
                &config.stack().client_name(client_key),
                POOL_NAME,
                at,
            ));
        }
        // In an adopted pool the name is always computed.
        let computed = |name: &Option<String>| name.is_none() || pool.id.is_some();
        let servers = pool.resource_servers.iter().filter(|(_, server)| computed(&server.name));
        for (identifier, _) in servers {
            problems.extend(too_long(
                "resource server",
                "the identifier, `name` or the environment's name, or give it a `name`",
                &config.stack().resource_server_name(identifier),
                RESOURCE_SERVER_NAME,
                pools.at(key).at("resource_servers").at(identifier).key(),
            ));
        }
    }
    problems.extend(twice(
        "rule",
        place.at("rules"),
        config.rules.iter().map(|rule| rule.name.as_str()),
    ));
    problems.extend(twice(
        "expectation",
        place.at("expect"),
        config.expect.iter().map(|expect| expect.name.as_str()),
    ));
    problems
}

fn too_long(kind: &str, parts: &str, name: &str, max: usize, span: Span) -> Option<Problem> {
    let length = name.chars().count();
    let problem = || {
        Problem::error(
            Code::NameTooLong,
            span,
            format!("the name of the {kind} is longer than {max} characters"),
        )
        .label(format!("`{name}` has {length}"))
        .help(format!("shorten {parts}"))
    };
    (length > max).then(problem)
}

pub(super) fn twice<'n>(
    kind: &str,
    list: &Placed,
    names: impl Iterator<Item = &'n str>,
) -> Vec<Problem> {
    let names: Vec<_> = names.collect();
    let again = |(index, name): (usize, &&str)| {
        let first = names[..index].iter().position(|other| other == name)?;
        let problem = Problem::error(
            Code::DuplicateName,
            list.item(index).at("name").value(),
            format!("two {kind}s are called `{name}`"),
        );
        Some(problem.also(list.item(first).at("name").value(), "the first one"))
    };
    names.iter().enumerate().filter_map(again).collect()
}
