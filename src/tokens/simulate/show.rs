//! A simulation for people: who, the token before and after, and every rule.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde_json::{Map, Value};

use super::{Refused, Simulation, TokenDelta, Trace};

const GREEN: Style = AnsiColor::Green.on_default();
const RED: Style = AnsiColor::Red.on_default();
const DIM: Style = Style::new().dimmed();

impl Simulation {
    /// The text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{}\n\n", self.who());
        if let Some(Refused { rule, text: says }) = &self.refused {
            let _ = writeln!(text, "{RED}The sign-in is refused{RED:#} by {rule}: {says}\n");
        } else {
            write_token(&mut text, "Access token", &self.access);
        }
        if self.refused.is_none() && !(self.id.before.is_empty() && self.id.claims.is_empty()) {
            write_token(&mut text, "ID token", &self.id);
        }
        text.push_str("Rules\n");
        if self.rules.is_empty() {
            text.push_str("  none\n");
        }
        for rule in &self.rules {
            text += &rule.text();
        }
        text
    }

    /// Whom the token is for, in a line.
    fn who(&self) -> String {
        let subject = &self.subject;
        let client = subject.client.as_deref().map_or_else(
            || "a client that deploy.toml does not know".to_owned(),
            |client| format!("client {client}"),
        );
        let pool = subject.pool.as_ref().map(|pool| format!("pool {pool}"));
        let groups = Some(subject.groups.join(", ")).filter(|groups| !groups.is_empty());
        let pairs = |what: &str, pairs: &std::collections::BTreeMap<String, String>| {
            let pairs: Vec<_> =
                pairs.iter().map(|(key, value)| format!("{what}{key}={value}")).collect();
            Some(pairs.join(", ")).filter(|pairs| !pairs.is_empty())
        };
        let facts = subject.facts.iter().map(|(name, fact)| (name.clone(), fact.to_string()));
        let facts = facts.collect();
        let parts = [
            Some(client),
            pool,
            groups.map(|groups| format!("in {groups}")),
            pairs("", &subject.attributes),
            pairs("metadata ", &subject.client_metadata),
            pairs("fact ", &facts),
            subject.trigger_source.clone(),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

impl Trace {
    /// A line: what it does, or what keeps it from it.
    pub(crate) fn text(&self) -> String {
        let Self { rule, reason, effects, .. } = self;
        match reason {
            None => format!("  {GREEN}+{GREEN:#} {rule}: {}\n", effects.join("; ")),
            Some(reason) => format!("  {DIM}- {rule}: does not apply ({reason}){DIM:#}\n"),
        }
    }
}

/// Names of all claims, before and after, with the sign of what became of each.
fn write_token(text: &mut String, title: &str, token: &TokenDelta) {
    let _ = writeln!(text, "{title}");
    let names = token.before.keys().chain(token.claims.keys());
    let width = names.map(String::len).max().unwrap_or(0);
    for (name, before) in &token.before {
        let name = format!("{name:<width$}");
        let _ = match token.claims.get(name.trim_end()) {
            None => writeln!(text, "  {RED}-{RED:#} {name}  {}", value(before)),
            Some(after) if after == before => writeln!(text, "    {name}  {}", value(before)),
            Some(after) => {
                writeln!(text, "  {GREEN}~{GREEN:#} {name}  {} -> {}", value(before), value(after))
            }
        };
    }
    for (name, after) in new(token) {
        let _ = writeln!(text, "  {GREEN}+{GREEN:#} {name:<width$}  {}", value(after));
    }
    text.push('\n');
}

fn new(token: &TokenDelta) -> impl Iterator<Item = (&String, &Value)> {
    let before: &Map<String, Value> = &token.before;
    token.claims.iter().filter(move |(name, _)| !before.contains_key(*name))
}

fn value(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "(none)".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
