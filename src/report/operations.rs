//! Who may call what, and what changes in that. Pure.

use std::fmt::Write as _;

use anstyle::AnsiColor;

use crate::config::Needs;
use crate::tokens::impact::{ApiImpact, OperationImpact};

/// A line for each operation that is open to others than before.
#[must_use]
pub fn what_changes(apis: &[ApiImpact]) -> String {
    let (green, red) = (AnsiColor::Green.on_default(), AnsiColor::Red.on_default());
    let mut text = String::new();
    for (api, operation) in
        apis.iter().flat_map(|api| api.operations.iter().map(move |one| (api, one)))
    {
        let at = format!("{} of {}", operation.operation, api.name);
        if !operation.gained.is_empty() {
            let who = operation.gained.join("; ");
            let _ = writeln!(text, "Calls: {who}: {green}gains{green:#} {at}");
        }
        if !operation.lost.is_empty() {
            let who = operation.lost.join("; ");
            let _ = writeln!(text, "Calls: {who}: {red}LOSES{red:#} {at}");
        }
    }
    text
}

/// A table for each API.
#[must_use]
pub fn what_is(apis: &[ApiImpact]) -> String {
    let mut text = String::new();
    for api in apis {
        let _ = writeln!(text, "\n{}, who may call what:", api.name);
        let scopes: Vec<_> = api.operations.iter().map(asked).collect();
        let names = api.operations.iter().map(|one| one.operation.chars().count());
        let (name, scope) = (
            names.max().unwrap_or(0),
            scopes.iter().map(|one| one.chars().count()).max().unwrap_or(0),
        );
        for (operation, asked) in api.operations.iter().zip(&scopes) {
            let who = who(operation);
            let _ = writeln!(text, "  {:<name$}  {asked:<scope$}  {who}", operation.operation);
        }
    }
    text
}

fn asked(operation: &OperationImpact) -> String {
    let and = if operation.needs == Some(Needs::All) { " and " } else { " or " };
    match operation {
        OperationImpact { public: true, .. } => "public".to_owned(),
        OperationImpact { scopes, unknown, .. } if !scopes.is_empty() => {
            scopes.join(and) + if *unknown { ", …" } else { "" }
        }
        OperationImpact { unknown: true, .. } => "not known yet".to_owned(),
        _ => "no scope".to_owned(),
    }
}

fn who(operation: &OperationImpact) -> String {
    match operation.callers.as_slice() {
        _ if operation.public => "everyone, without a token".to_owned(),
        [] if operation.unknown => "not known".to_owned(),
        [] => "nobody".to_owned(),
        callers => callers.join("; "),
    }
}
