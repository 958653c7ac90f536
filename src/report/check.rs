//! What `check` says: what was read, who may call what, how long tokens will be. Pure.

use std::fmt::Write as _;

use super::operations::what_is;
use crate::config::Loaded;
use crate::model::counted;
use crate::tokens::impact::ApiImpact;
use crate::tokens::size::{Estimate, LIMIT, Size};

/// Who may call what.
#[must_use]
pub fn by_operation(impacts: &[ApiImpact]) -> String {
    if impacts.is_empty() {
        return "\nNo API is known here: `[apis.NAME]` with `openapi = \"…\"` names one.\n"
            .to_owned();
    }
    what_is(impacts)
}

/// How long the tokens will be.
#[must_use]
pub fn sizes(estimates: &[Estimate]) -> String {
    let mut text = format!(
        "\nTokens, in bytes as they are sent (an estimate; a cookie holds {LIMIT} with its name):\n"
    );
    for Estimate { name, pool, client, access, id } in estimates {
        let _ = writeln!(text, "{name}  ({pool}/{client})");
        for (token, size) in [("access", Some(access)), ("ID", id.as_ref())] {
            let Some(Size { bytes, largest }) = size else { continue };
            let largest: Vec<_> =
                largest.iter().map(|part| format!("{} {}", part.claim, part.bytes)).collect();
            let _ = writeln!(text, "  {token:<6}  {bytes:>5}  most of it: {}", largest.join(", "));
        }
    }
    text
}

/// What was read, in one line.
#[must_use]
pub fn summary(loaded: &Loaded, environments: &[String]) -> String {
    let config = &loaded.config;
    let clients: usize = config.pools.values().map(|pool| pool.clients.len()).sum();
    let parts = [
        counted(config.pools.len(), "pool"),
        counted(clients, "client"),
        counted(config.rules.len(), "rule"),
        counted(config.expect.len(), "promise") + " kept",
    ];
    let environments = match environments {
        [] => String::new(),
        names => format!("; environments: {}", names.join(", ")),
    };
    format!("{} is valid: {}{environments}\n", loaded.path(), parts.join(", "))
}
