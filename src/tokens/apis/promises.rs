//! Promises by operation: which operation is meant, and whether a subject's token opens it. Pure.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::callers::let_in;
use crate::codes::Code;
use crate::config::openapi::{Api, Operation};
use crate::config::{
    Config, Expectation, Loaded, OperationRef, Problem, Problems, Span, TriggerSource,
};
use crate::model::nearest;
use crate::model::{ClientKey, Ids};
use crate::tokens::persona::{Persona, promised};

/// What is wrong with the operations that promises name: all of it, before anything is called.
#[must_use]
pub fn unknown_operations(apis: &[Api], loaded: &Loaded) -> Problems {
    let mut problems = vec![];
    for (index, expectation) in loaded.config.expect.iter().enumerate() {
        let at = loaded.place.at("expect").item(index);
        for (key, list) in lists(expectation) {
            for (item, text) in
                list.iter().enumerate().filter(|(_, text)| !is_unread(apis, loaded, text))
            {
                let span = at.at(key).item(item).value();
                problems.extend(operation(apis, text, &span).err().map(|problem| *problem));
            }
        }
        for (item, call) in expectation.calls.iter().enumerate() {
            if is_unread(apis, loaded, &call.request) {
                continue;
            }
            let span = at.at("calls").item(item).at("request").value();
            problems.extend(called(apis, &call.request, &span).err().map(|problem| *problem));
        }
    }
    Problems::new(Arc::clone(&loaded.source), problems)
}

/// Whether an operation may be one of an API that has not been read yet, as one of API Gateway offline.
fn is_unread(apis: &[Api], loaded: &Loaded, text: &str) -> bool {
    let mut unread =
        loaded.config.apis.keys().filter(|key| !apis.iter().any(|api| api.name == **key));
    match OperationRef::parse(text) {
        Ok(OperationRef { api: Some(name), .. }) => unread.any(|key| *key == name),
        _ => unread.next().is_some(),
    }
}

fn lists(expectation: &Expectation) -> [(&'static str, &[String]); 2] {
    [("may_call", &expectation.may_call), ("may_not_call", &expectation.may_not_call)]
}

/// The promises by operation that rules and clients do not keep at `now`, seconds since 1970.
#[must_use]
pub fn broken_by_operation(apis: &[Api], loaded: &Loaded, ids: &Ids, now: i64) -> Problems {
    let mut problems = vec![];
    // Personas are the expectations, in their order, once every client is known.
    for (index, persona) in promised(&loaded.config).iter().enumerate() {
        let Some(promise) = &persona.promise else { continue };
        let at = loaded.place.at("expect").item(index);
        let subject =
            Caller { persona, config: &loaded.config, ids, scopes: scopes(persona, loaded, now) };
        for (key, list) in lists(promise) {
            for (item, text) in list.iter().enumerate() {
                let span = at.at(key).item(item).value();
                let Ok((api, operation)) = operation(apis, text, &span) else { continue };
                problems.extend(subject.broken(api, operation, key == "may_call", span));
            }
        }
    }
    Problems::new(Arc::clone(&loaded.source), problems)
}

/// The scopes of a subject's access token.
fn scopes(persona: &Persona, loaded: &Loaded, now: i64) -> BTreeSet<String> {
    let mut subject = persona.subject(persona.source, now);
    if persona.source == TriggerSource::ClientCredentials {
        let pool = &loaded.config.pools[&persona.at.pool];
        subject.scopes = pool.machine_scopes(&pool.clients[&persona.at.client]);
    }
    loaded.rules.decide(&subject).access_scopes(subject.scopes.iter().map(String::as_str))
}

struct Caller<'a> {
    persona: &'a Persona,
    config: &'a Config,
    ids: &'a Ids,
    scopes: BTreeSet<String>,
}

impl Caller<'_> {
    fn broken(&self, api: &Api, operation: &Operation, may: bool, span: Span) -> Option<Problem> {
        let (name, who) = (operation.name(), &self.persona.name);
        let opens = if self.is_let_in(api) || operation.is_public() {
            operation.opens(api.needs, &self.scopes)
        } else {
            Some(false)
        };
        let problem = match opens {
            Some(opens) if opens == may => return None,
            Some(true) if operation.is_public() => Problem::error(
                Code::MayCall,
                span,
                format!("`{who}` may call {name}: it is public"),
            ),
            Some(true) => Problem::error(Code::MayCall, span, format!("`{who}` may call {name}")),
            Some(false) => {
                Problem::error(Code::MayNotCall, span, format!("`{who}` may not call {name}"))
            }
            None => Problem::error(
                Code::CallUnknown,
                span,
                format!(
                    "whether `{who}` may call {name} is not known: what it asks for is put in when `{}` is deployed",
                    api.name
                ),
            ),
        };
        Some(problem.help(self.reason(api, operation)))
    }

    fn is_let_in(&self, api: &Api) -> bool {
        let at = &self.persona.at;
        if at.pool != api.pool {
            return false;
        }
        let (users, machines) = let_in(api, self.config, self.ids);
        let is = |one: &ClientKey| one == at;
        users.iter().any(is) || machines.iter().any(|machine| is(&machine.at))
    }

    fn reason(&self, api: &Api, operation: &Operation) -> String {
        if !self.is_let_in(api) {
            return format!("`{}` takes no token of the client `{}`", api.name, self.persona.at);
        }
        let list = |scopes: Vec<&str>| match scopes.as_slice() {
            [] => "no scope".to_owned(),
            some => format!("`{}`", some.join("`, `")),
        };
        let asked = list(operation.scopes().into_iter().collect());
        let has = list(self.scopes.iter().map(String::as_str).collect());
        format!("it asks for {asked}; the access token has {has}")
    }
}

/// The one operation that a promise means.
pub(crate) fn operation<'a>(
    apis: &'a [Api],
    text: &str,
    span: &Span,
) -> Result<(&'a Api, &'a Operation), Box<Problem>> {
    find(apis, text, span, |request, operation| {
        operation.path == request.path && is_method(operation, &request.method)
    })
}

/// The one operation that a call goes to.
pub(crate) fn called<'a>(
    apis: &'a [Api],
    text: &str,
    span: &Span,
) -> Result<(&'a Api, &'a Operation), Box<Problem>> {
    let (api, operation) = find(apis, text, span, |request, operation| {
        let path = request.path.split('?').next().unwrap_or_default();
        is_path(&operation.path, path) && is_method(operation, &request.method)
    })?;
    if api.url.is_none() {
        let message = format!("it is not known where the API `{}` is", api.name);
        let help = format!("say it in `[apis.{}]`: `url = \"https://…\"`", api.name);
        return Err(Box::new(
            Problem::error(Code::CallNotPossible, span.clone(), message).help(help),
        ));
    }
    Ok((api, operation))
}

fn is_method(operation: &Operation, method: &str) -> bool {
    operation.method == method || operation.method == "ANY"
}

/// What an HTTP API answers with where no other route fits ("Create routes for HTTP APIs").
const DEFAULT_ROUTE: &str = "/$default";

/// Whether a path is one of those that a template stands for; `{proxy+}` is API Gateway's for any rest.
fn is_path(template: &str, path: &str) -> bool {
    if template == DEFAULT_ROUTE {
        return true;
    }
    let (mut wanted, mut parts) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), parts.next()) {
            (None, None) => return true,
            (Some(rest), Some(part)) if rest.starts_with('{') && rest.ends_with("+}") => {
                return !part.is_empty();
            }
            (Some(name), Some(part)) if name == part => {}
            (Some(name), Some(part))
                if name.starts_with('{') && name.ends_with('}') && !part.is_empty() => {}
            _ => return false,
        }
    }
}

fn find<'a>(
    apis: &'a [Api],
    text: &str,
    span: &Span,
    is: impl Fn(&OperationRef, &Operation) -> bool,
) -> Result<(&'a Api, &'a Operation), Box<Problem>> {
    // That it is an operation at all was checked with the file.
    let request = OperationRef::parse(text)
        .map_err(|reason| Problem::error(Code::WrongForm, span.clone(), reason))?;
    let of = |api: &&Api| request.api.as_ref().is_none_or(|name| *name == api.name);
    let all =
        || apis.iter().filter(of).flat_map(|api| api.operations.iter().map(move |one| (api, one)));
    // The closest one: a path without parameters before one with, a method before ANY.
    let rank = |one: &Operation| {
        (one.path == DEFAULT_ROUTE, one.path.matches('{').count(), one.method == "ANY")
    };
    let mut found: Vec<_> = all().filter(|(_, one)| is(&request, one)).collect();
    found.sort_by_key(|(_, one)| rank(one));
    let Some((first, best)) = found.first().copied() else {
        let names: Vec<_> = all().map(|(_, one)| one.name()).collect();
        let message = format!("no API has the operation `{}`", request.name());
        let problem = Problem::error(Code::UnknownOperation, span.clone(), message);
        let problem = problem.meant(nearest(&request.name(), names.iter().map(String::as_str)));
        return Err(Box::new(problem.help("`pretoken check --by operation` lists all of them")));
    };
    let others: BTreeSet<_> = found.iter().map(|(api, _)| api.name.as_str()).collect();
    if others.len() > 1 {
        let message = format!("several APIs have `{}`", request.name());
        let choice: Vec<_> =
            others.iter().map(|api| format!("`{api}: {}`", request.name())).collect();
        let help = format!("say which one: {}", choice.join(" or "));
        return Err(Box::new(
            Problem::error(Code::AmbiguousReference, span.clone(), message).help(help),
        ));
    }
    Ok((first, best))
}
