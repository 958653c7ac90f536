//! Machines: what a client needs so that Cognito gives it tokens of its own ("OAuth 2.0 grants", Cognito Developer
//! Guide), and the domain that they come from.

use crate::codes::Code;
use crate::config::limits::{CLIENT_SCOPES, DOMAIN_NAME};
use crate::config::place::Placed;
use crate::config::problem::Problem;
use crate::config::{AuthFlow, Client, Config, EventVersion, Pool};
use crate::model::nearest;

/// Words that AWS allows in no prefix ("Configuring a user pool domain").
const RESERVED: [&str; 3] = ["aws", "amazon", "cognito"];

pub(super) fn check(config: &Config, place: &Placed) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (key, pool) in config.pools.iter().filter(|(_, pool)| pool.id.is_none()) {
        let at = place.at("pools").at(key);
        problems.extend(check_domain(config, pool, at));
        for (client_key, client) in pool.clients.iter().filter(|(_, client)| client.id.is_none()) {
            let at = at.at("clients").at(client_key);
            if client.is_machine_to_machine() {
                problems.extend(check_machine(config, key, pool, client, at));
            }
        }
    }
    problems
}

fn check_domain(config: &Config, pool: &Pool, at: &Placed) -> Vec<Problem> {
    let Some(domain) = &pool.domain else { return Vec::new() };
    let (span, name) = (at.at("domain").value(), config.stack().domain_name(domain));
    let reserved = RESERVED.iter().find(|word| name.contains(**word)).map(|word| {
        Problem::error(
            Code::ReservedName,
            span.clone(),
            format!("AWS allows no domain with `{word}` in it"),
        )
    });
    let long = (name.len() > DOMAIN_NAME).then(|| {
        let message = format!("the domain `{name}` is longer than {DOMAIN_NAME} characters");
        Problem::error(Code::NameTooLong, span, message)
            .help("shorten it, or the environment's name")
    });
    reserved.into_iter().chain(long).collect()
}

fn check_machine(
    config: &Config,
    key: &str,
    pool: &Pool,
    client: &Client,
    at: &Placed,
) -> Vec<Problem> {
    let flow = client.auth_flows.iter().position(|flow| *flow == AuthFlow::ClientCredentials);
    let flow = at.at("auth_flows").item(flow.unwrap_or_default()).value();
    let mut problems = Vec::new();
    if !client.generate_secret {
        let problem = Problem::error(
            Code::MachineClient,
            flow.clone(),
            "a machine proves itself with a secret",
        );
        problems.push(
            problem.help("add `generate_secret = true`; it is decided when the client is created"),
        );
    }
    let declared: Vec<String> = pool.scopes().collect();
    if declared.is_empty() {
        let problem =
            Problem::error(Code::MachineClient, flow.clone(), "a machine needs a scope to ask for");
        problems.push(problem.help(format!("declare one in `[pools.{key}.resource_servers.…]`")));
    }
    // A list of its own is judged as what it is; without one it is every scope of the pool.
    let asks_for_all = client.settings.words("oauth_scopes").next().is_none();
    if asks_for_all && declared.len() > CLIENT_SCOPES {
        let message = format!(
            "this machine may ask for {} scopes, and Cognito lets a client have {CLIENT_SCOPES}",
            declared.len()
        );
        let problem = Problem::error(Code::MachineClient, flow.clone(), message);
        problems.push(problem.help("name those that it needs in `oauth_scopes`"));
    }
    for (index, scope) in client.settings.words("oauth_scopes").enumerate() {
        if !declared.iter().any(|known| known == scope) {
            let span = at.at("oauth_scopes").item(index).value();
            let message = format!("no resource server of pool `{key}` has the scope `{scope}`");
            let problem = Problem::error(Code::UnknownScope, span, message);
            problems.push(problem.meant(nearest(scope, declared.iter().map(String::as_str))));
        }
    }
    if pool.domain.is_none() {
        let problem = Problem::hint(
            Code::NoDomain,
            flow.clone(),
            format!("pool `{key}` has no domain, and so no token endpoint"),
        );
        problems.push(
            problem
                .help(format!("add `domain = \"…\"` to `[pools.{key}]`; the emulator needs none")),
        );
    }
    if config.trigger.event_version == EventVersion::V2_0 {
        let problem = Problem::hint(
            Code::MachinesNotAsked,
            flow,
            "at V2_0 Cognito does not ask the trigger about machines",
        );
        problems.push(problem.help("for rules to count, set `event_version = \"V3_0\"`"));
    }
    problems
}
