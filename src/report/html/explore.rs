//! The page of `explore`: a subject, its tokens before and after the rules, and which rule did what. Pure.

use askama::Template;
use serde_json::{Value, json};

use super::super::rule_in_words::RuleInWords;
use super::sections::{MatrixTable, TrustFinding, findings, matrix};
use crate::config::{Loaded, Located, TriggerSource};
use crate::tokens::impact::value;
use crate::tokens::matrix::Matrix;
use crate::tokens::simulate::{Simulation, TokenDelta, Trace};
use crate::tokens::size::{LIMIT, bytes};

/// What stands in the form.
#[derive(Debug, Default)]
pub struct Form<'a> {
    /// `pool/client`; none is the first one.
    pub client: &'a str,
    /// Groups of the user.
    pub groups: &'a [String],
    /// A `name=value` a line.
    pub attributes: &'a str,
    /// Likewise.
    pub metadata: &'a str,
    /// Scopes before the rules.
    pub scopes: &'a str,
    /// The trigger source; none is the usual one.
    pub source: &'a str,
    /// When.
    pub time: &'a str,
    /// Whether the deployed version is asked.
    pub live: bool,
}

/// What the tokens of the subject are.
#[derive(Debug)]
pub struct Explored {
    /// What the rules do.
    pub simulation: Simulation,
    /// The same as an `[[expect]]` table.
    pub promise: String,
    /// Whether the deployed version answers the same, or why that is not known; `None` if it was not asked.
    pub live: Option<Result<bool, String>>,
}

/// What the page is made of.
pub struct Exploration<'a> {
    /// The file's name.
    pub file: &'a str,
    /// How often it was read.
    pub version: u64,
    /// The file as it could last be read.
    pub loaded: Option<&'a Loaded>,
    /// Why it cannot be read now.
    pub error: Option<String>,
    /// What is odd in it.
    pub hints: &'a [Located],
    /// What is asked.
    pub form: Form<'a>,
    /// The answer, or what cannot be understood of the question.
    pub explored: Result<Explored, String>,
    /// Now: a date of RFC 3339.
    pub now: String,
    /// Who gets what.
    pub matrix: Option<&'a Matrix>,
    /// Marks the script that may run.
    pub nonce: &'a str,
}

struct Choice {
    text: String,
    chosen: bool,
}

struct Live {
    class: &'static str,
    text: String,
}

struct ClaimRow {
    name: String,
    before: String,
    after: String,
    class: &'static str,
    change: &'static str,
}

struct TokenTable {
    title: &'static str,
    bytes: usize,
    long: bool,
    claims: Vec<ClaimRow>,
}

struct TraceRow {
    name: String,
    applies: bool,
    text: String,
}

struct Told {
    who: &'static str,
    refusal: Option<String>,
    live: Option<Live>,
    tokens: Vec<TokenTable>,
    rules: Vec<TraceRow>,
    promise: String,
}

#[derive(Template)]
#[template(path = "explore.html")]
struct Page<'a> {
    title: String,
    file: &'a str,
    style: &'static str,
    own_style: &'static str,
    script: &'static str,
    nonce: &'a str,
    version: u64,
    error: Option<String>,
    known: bool,
    clients: Vec<Choice>,
    sources: Vec<Choice>,
    groups: Vec<Choice>,
    other_groups: String,
    attributes: &'a str,
    attribute_hint: String,
    metadata: &'a str,
    scopes: &'a str,
    scope_hint: &'static str,
    time: &'a str,
    now: String,
    live_asked: bool,
    problem: Option<String>,
    told: Option<Told>,
    matrix: Option<MatrixTable>,
    findings: Vec<TrustFinding>,
    rules: Vec<RuleInWords>,
}

/// The page.
///
/// # Errors
///
/// If the template cannot be filled in, which no file can bring about.
pub fn explore(exploration: Exploration<'_>) -> Result<String, askama::Error> {
    let Exploration { file, version, loaded, error, hints, form, explored, .. } = exploration;
    let (told, problem) = match explored {
        Ok(explored) => (Some(told(explored)), None),
        Err(problem) => (None, loaded.map(|_| problem)),
    };
    let groups = loaded.map(declared_groups).unwrap_or_default();
    let others: Vec<_> =
        form.groups.iter().filter(|group| !groups.contains(group)).cloned().collect();
    Page {
        title: loaded.map_or(file.to_owned(), |loaded| loaded.config.stack().to_string()),
        file,
        style: include_str!("style.css"),
        own_style: include_str!("explore.css"),
        script: include_str!("explore.js"),
        nonce: exploration.nonce,
        version,
        error,
        known: loaded.is_some(),
        clients: loaded.map(|loaded| clients(loaded, form.client)).unwrap_or_default(),
        sources: sources(form.source),
        groups: groups
            .into_iter()
            .map(|text| Choice { chosen: form.groups.contains(&text), text })
            .collect(),
        other_groups: others.join("\n"),
        attributes: form.attributes,
        attribute_hint: loaded.map(attribute_hint).unwrap_or_default(),
        metadata: form.metadata,
        scopes: form.scopes,
        scope_hint: "what Cognito puts in by itself",
        time: form.time,
        now: exploration.now,
        live_asked: form.live,
        problem,
        told: told.filter(|_| loaded.is_some()),
        matrix: exploration.matrix.and_then(|all| matrix(&json!(all))),
        findings: findings(hints),
        rules: loaded
            .map(|loaded| loaded.config.rules.iter().map(RuleInWords::new).collect())
            .unwrap_or_default(),
    }
    .render()
}

fn clients(loaded: &Loaded, chosen: &str) -> Vec<Choice> {
    let pools = loaded.config.pools.iter();
    let all =
        pools.flat_map(|(key, pool)| pool.clients.keys().map(move |it| format!("{key}/{it}")));
    all.map(|text| Choice { chosen: text == chosen, text }).collect()
}

fn sources(chosen: &str) -> Vec<Choice> {
    let choice = |source: TriggerSource| {
        let text = source.as_str().to_owned();
        Choice { chosen: text == chosen, text }
    };
    TriggerSource::ALL.into_iter().map(choice).collect()
}

fn declared_groups(loaded: &Loaded) -> Vec<String> {
    let pools = loaded.config.pools.values();
    let mut groups: Vec<_> = pools.flat_map(|pool| pool.groups.keys().cloned()).collect();
    groups.extend(loaded.config.rules.iter().flat_map(|rule| rule.groups.iter().cloned()));
    groups.sort();
    groups.dedup();
    groups
}

/// An attribute that a rule looks at, to begin with.
fn attribute_hint(loaded: &Loaded) -> String {
    let mut names = loaded.config.rules.iter().flat_map(|rule| rule.attributes.keys());
    names.next().map_or("email=ada@example.com".to_owned(), |name| format!("{name}=…"))
}

fn told(Explored { simulation, promise, live }: Explored) -> Told {
    let (access, id) = bytes(&simulation);
    let table = |title, bytes: usize, token: &TokenDelta| TokenTable {
        title,
        bytes,
        long: bytes > LIMIT,
        claims: claim_rows(token),
    };
    let mut tokens = vec![];
    if simulation.refused.is_none() {
        tokens.push(table("Access token", access, &simulation.access));
        tokens.extend(id.map(|bytes| table("ID token", bytes, &simulation.id)));
    }
    Told {
        who: if tokens.is_empty() { "There is no token" } else { "The tokens" },
        refusal: simulation.refused.as_ref().map(|it| format!("{} (rule {})", it.text, it.rule)),
        live: live.map(live_banner),
        tokens,
        rules: simulation.rules.iter().map(trace_row).collect(),
        promise,
    }
}

fn live_banner(live: Result<bool, String>) -> Live {
    match live {
        Ok(true) => {
            Live { class: "good", text: "The deployed version answers the same.".to_owned() }
        }
        Ok(false) => Live {
            class: "open",
            text: "The deployed version answers something else: it was made from other rules."
                .to_owned(),
        },
        Err(why) => {
            Live { class: "bad", text: format!("The deployed version cannot be asked: {why}") }
        }
    }
}

fn claim_rows(token: &TokenDelta) -> Vec<ClaimRow> {
    let mut names: Vec<_> = token.before.keys().chain(token.claims.keys()).collect();
    names.sort_by_key(|name| (*name != "scope", *name));
    names.dedup();
    let row = |name: &String| {
        let (before, after) = (token.before.get(name), token.claims.get(name));
        let (class, change) = match (before, after) {
            (None, Some(_)) => ("good", "+ added"),
            (Some(_), None) => ("bad", "− taken away"),
            (before, after) if before == after => ("dim", "–"),
            _ => ("open", "~ changed"),
        };
        let shown = |one: Option<&Value>| one.map(value).unwrap_or_default();
        ClaimRow { name: name.clone(), before: shown(before), after: shown(after), class, change }
    };
    names.into_iter().map(row).collect()
}

fn trace_row(trace: &Trace) -> TraceRow {
    let does =
        if trace.effects.is_empty() { "applies".to_owned() } else { trace.effects.join(", ") };
    TraceRow {
        name: trace.rule.clone(),
        applies: trace.matched,
        text: match &trace.reason {
            Some(reason) => format!("does nothing: {reason}"),
            None => does,
        },
    }
}
