//! APIs, and promises about them, as far as `deploy.toml` alone says what is wrong. What their documents say is not known
//! here.

use super::references;
use crate::codes::Code;
use crate::config::apis::{ApiSettings, Call, OperationRef, Statuses, refused_url};
use crate::config::place::Placed;
use crate::config::problem::{Problem, Span};
use crate::config::types::{Config, Expectation};
use crate::model::nearest;

pub(super) fn check(config: &Config, place: &Placed) -> Vec<Problem> {
    let apis = config
        .apis
        .iter()
        .flat_map(|(key, api)| check_api(config, key, api, place.at("apis").at(key)));
    let promises = config.expect.iter().enumerate().flat_map(|(index, expectation)| {
        check_promises(config, expectation, place.at("expect").item(index))
    });
    apis.chain(promises).collect()
}

fn check_api(config: &Config, key: &str, api: &ApiSettings, at: &Placed) -> Vec<Problem> {
    let pool = match &api.pool {
        Some(pool) => references::unknown_pool(config, pool, at.at("pool").value()),
        None if config.pools.len() > 1 => {
            let message = format!("there are several pools whose tokens `{key}` could take");
            let pools: Vec<_> = config.pools.keys().map(String::as_str).collect();
            let help = format!("say which one: `pool = \"{}\"`", pools.join("\"` or `pool = \""));
            Some(Problem::error(Code::AmbiguousReference, at.key(), message).help(help))
        }
        None => None,
    };
    let source = source(key, api, at);
    let url = api.url.as_deref().and_then(refused_url);
    let url = url.map(|reason| Problem::error(Code::BadUrl, at.at("url").value(), reason));
    source.into_iter().chain(pool).chain(url).collect()
}

/// One of both says what the API asks for.
fn source(key: &str, api: &ApiSettings, at: &Placed) -> Option<Problem> {
    match (&api.openapi, &api.api_gateway) {
        (None, None) => {
            let message = format!("nothing says what the API `{key}` asks for");
            let help = "name its document, `openapi = \"openapi.yaml\"`, or its API Gateway, `api_gateway = \"a1b2c3d4e5\"`";
            // At the table, of which it is known when a part of it was no good.
            Some(Problem::error(Code::MissingKey, at.value(), message).help(help))
        }
        (Some(_), Some(_)) => {
            let message =
                format!("`{key}` is described by its document or by its API Gateway, not by both");
            let problem = Problem::error(Code::WrongType, at.at("api_gateway").value(), message);
            Some(
                problem
                    .also(at.at("openapi").value(), "its document")
                    .help("leave one of them out"),
            )
        }
        _ => None,
    }
}

fn check_promises(config: &Config, expectation: &Expectation, at: &Placed) -> Vec<Problem> {
    let Expectation { may_call, may_not_call, calls, .. } = expectation;
    let mut problems = vec![];
    for (key, list) in [("may_call", may_call), ("may_not_call", may_not_call)] {
        for (index, text) in list.iter().enumerate() {
            let span = at.at(key).item(index).value();
            problems.extend(check_request(config, text, span).err().map(|problem| *problem));
        }
    }
    for (index, text) in may_call.iter().enumerate() {
        if let Some(other) = may_not_call.iter().position(|other| other == text) {
            let span = at.at("may_call").item(index).value();
            let problem = Problem::error(
                Code::PromiseContradicts,
                span,
                format!("`{text}` cannot be both promised and ruled out"),
            );
            problems
                .push(problem.also(at.at("may_not_call").item(other).value(), "ruled out here"));
        }
    }
    for (index, call) in calls.iter().enumerate() {
        problems.extend(check_call(config, call, at.at("calls").item(index)));
    }
    problems
}

fn check_request(config: &Config, text: &str, span: Span) -> Result<OperationRef, Box<Problem>> {
    let request = OperationRef::parse(text).map_err(|reason| {
        let problem = Problem::error(
            Code::WrongForm,
            span.clone(),
            format!("this is no operation: {reason}"),
        );
        problem.help("write its method and its path: `GET /orders/{id}`")
    })?;
    if config.apis.is_empty() {
        let problem = Problem::error(Code::UnknownOperation, span, "no API is declared");
        return Err(Box::new(
            problem
                .help("declare it: `[apis.NAME]` with `openapi = \"…\"` or `api_gateway = \"…\"`"),
        ));
    }
    match &request.api {
        Some(api) if !config.apis.contains_key(api) => {
            let problem =
                Problem::error(Code::UnknownOperation, span, format!("there is no API `{api}`"));
            let meant = nearest(api, config.apis.keys().map(String::as_str));
            Err(Box::new(problem.meant(meant).help("APIs are declared in `[apis.NAME]`")))
        }
        _ => Ok(request),
    }
}

fn check_call(config: &Config, call: &Call, at: &Placed) -> Vec<Problem> {
    let span = at.at("request").value();
    let mut problems = vec![];
    match check_request(config, &call.request, span.clone()) {
        Ok(request) if request.method == "ANY" => {
            problems.push(Problem::error(Code::CallNotPossible, span, "a call has one method"));
        }
        Ok(request) if !request.is_safe() && !call.is_unsafe => {
            let message = format!("{} may change something", request.method);
            let help = "if it may be sent all the same, give the call `unsafe = true`";
            problems.push(Problem::error(Code::CallNotPossible, span, message).help(help));
        }
        Ok(request) if request.path.contains(['{', '}']) => {
            let problem = Problem::error(
                Code::CallNotPossible,
                span,
                "a call has a value in place of each parameter",
            );
            problems.push(problem.help("put in one: `GET /orders/none`"));
        }
        Ok(_) => {}
        Err(problem) => problems.push(*problem),
    }
    if let Err(wrong) = Statuses::parse(&call.status) {
        let problem = Problem::error(
            Code::CallNotPossible,
            at.at("status").value(),
            format!("{wrong} is no status"),
        );
        problems.push(problem.help("write a number, a class such as \"2xx\", or a list of both"));
    }
    problems
}
