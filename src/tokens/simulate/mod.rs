//! A token before and after the rules, and which rule did what: the trigger's own code on one event. Pure.
//!
//! What only Cognito knows (lifetimes, ids of tokens) is not part of these tokens.

mod lenient;
mod sample;
mod show;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use trigger::rules::{Decision, Mode, Rule, RuleRefusal, Rules, Subject};
use trigger::{Event, Fault, Handler};

use crate::tokens::machine::is_machine;

pub use crate::tokens::impact::given_facts;
pub(crate) use lenient::parse;
pub use sample::{ids, sample};

/// The document `pretoken/simulate/v1`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Simulation {
    /// `pretoken/simulate/v1`.
    pub schema: &'static str,
    /// The event that went in.
    pub event: Value,
    /// The `response` of the event that came out.
    pub response: Value,
    /// The access token.
    pub access: TokenDelta,
    /// The ID token; machines get none.
    pub id: TokenDelta,
    /// Names of the rules that apply, in order.
    pub matched: Vec<String>,
    /// Why there are no tokens, if a rule refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
    /// Every rule: what it did, or why it did nothing.
    pub rules: Vec<Trace>,
    /// Whom the token is for, as the rules see it.
    #[serde(skip)]
    pub subject: Subject,
}

impl Simulation {
    /// What the trigger answers: the `response`, or the text with which it refuses.
    #[must_use]
    pub fn answer(&self) -> Value {
        match &self.refused {
            Some(refused) => serde_json::json!({ "refused": refused.text }),
            None => self.response.clone(),
        }
    }
}

/// A sign-in that a rule refuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Refused {
    /// The rule's name.
    pub rule: String,
    /// What whoever signs in reads.
    pub text: String,
}

/// One token: what the rules changed of it, and its claims afterwards.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct TokenDelta {
    /// Scopes (access token) or names of claims (ID token) that it has through the rules.
    pub gained: Vec<String>,
    /// Scopes or names of claims that it has lost.
    pub lost: Vec<String>,
    /// Scopes and claims after the rules.
    pub claims: Map<String, Value>,
    /// Scopes and claims before the rules.
    pub before: Map<String, Value>,
}

/// What one rule did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Trace {
    /// The rule's name.
    pub rule: String,
    /// Whether it applies.
    pub matched: bool,
    /// The condition that keeps it from applying.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it does: `adds orders/read`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<String>,
}

/// Runs an event through the trigger at the time `now`, in seconds since 1970.
pub fn simulate(handler: &Handler, event: &str, now: i64) -> Result<Simulation, Fault> {
    let answer = handler.handle(event, now)?;
    let subject =
        Event::parse(event).map(|event| event.subject(&handler.ids, now)).unwrap_or_default();
    let value = |text: &str| parse(text).unwrap_or_default();
    // An event of version 1 is left alone.
    let ran = answer.decision.is_some();
    let decision = answer.decision.clone().unwrap_or_default();
    let rules = if ran { traces(&handler.rules, &subject) } else { vec![] };
    let refused = decision.refusal.clone().and_then(|RuleRefusal { rule, text }| {
        Some(Refused { rule: handler.rules.get(rule)?.name.clone(), text })
    });
    let answered = answer.event.as_deref().map(|text| value(text)["response"].clone());
    Ok(Simulation {
        schema: "pretoken/simulate/v1",
        event: value(event),
        response: answered.unwrap_or_default(),
        access: access(&subject, &decision),
        id: id(&subject, &decision),
        matched: rules.iter().filter(|rule| rule.matched).map(|rule| rule.rule.clone()).collect(),
        refused,
        rules,
        subject,
    })
}

/// The access token and the ID token alone, if there are any: what each rule did takes a look at every rule.
pub(crate) fn tokens(handler: &Handler, event: &str, now: i64) -> Option<(TokenDelta, TokenDelta)> {
    let decision = handler.handle(event, now).ok()?.decision.unwrap_or_default();
    if decision.refusal.is_some() {
        return None;
    }
    let subject =
        Event::parse(event).map(|event| event.subject(&handler.ids, now)).unwrap_or_default();
    Some((access(&subject, &decision), id(&subject, &decision)))
}

fn access(subject: &Subject, decision: &Decision) -> TokenDelta {
    let scopes = decision.access_scopes(subject.scopes.iter().map(String::as_str));
    let default = groups(subject);
    let with_scopes = |claims: Map<String, Value>, scopes: String| {
        let mut all = Map::from_iter([("scope".to_owned(), scopes.into())]);
        all.extend(claims);
        all
    };
    let gained = scopes.iter().filter(|scope| !subject.scopes.contains(scope));
    let lost = subject.scopes.iter().filter(|scope| !scopes.contains(*scope));
    let claims = with_scopes(decision.access_claims(&default), join(scopes.iter()));
    TokenDelta {
        gained: gained.cloned().collect(),
        lost: lost.cloned().collect(),
        claims: if decision.refusal.is_none() { claims } else { Map::new() },
        before: with_scopes(default, join(subject.scopes.iter())),
    }
}

fn id(subject: &Subject, decision: &Decision) -> TokenDelta {
    if is_machine(subject) {
        return TokenDelta::default();
    }
    let text = |(name, value): (&String, &String)| (name.clone(), Value::from(value.as_str()));
    let mut before: Map<_, _> = subject.attributes.iter().map(text).collect();
    before.extend(groups(subject));
    let claims = decision.id_claims(&before);
    let changed = claims
        .iter()
        .filter(|(name, value)| before.get(*name) != Some(value))
        .map(|(name, _)| name);
    TokenDelta {
        gained: changed.cloned().collect(),
        lost: before.keys().filter(|name| !claims.contains_key(*name)).cloned().collect(),
        claims,
        before,
    }
}

fn groups(subject: &Subject) -> Map<String, Value> {
    let groups = Some(&subject.groups).filter(|groups| !groups.is_empty());
    groups.map(|groups| ("cognito:groups".to_owned(), groups.clone().into())).into_iter().collect()
}

fn join<'a>(scopes: impl Iterator<Item = &'a String>) -> String {
    scopes.map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// Every rule: what it does for this subject, or why it does nothing.
pub(super) fn traces(rules: &Rules, subject: &Subject) -> Vec<Trace> {
    let decision = &rules.decide(subject);
    let trace = |(rule, applies): (&Rule, Result<(), trigger::rules::Mismatch<'_>>)| Trace {
        rule: rule.name.clone(),
        matched: applies.is_ok(),
        effects: if applies.is_ok() { effects(rule, decision) } else { vec![] },
        reason: applies.err().map(|mismatch| mismatch.to_string()),
    };
    rules.iter().zip(rules.explain(subject)).map(trace).collect()
}

/// What a rule that applies does, in words.
fn effects(rule: &Rule, decision: &Decision) -> Vec<String> {
    let mut words = vec![];
    let mut list = |verb: &str, what: &[String]| {
        if !what.is_empty() {
            words.push(format!("{verb} {}", what.join(", ")));
        }
    };
    list("adds", &rule.add_scopes);
    list("suppresses", &rule.suppress_scopes);
    for (token, set, there, gone) in [
        ("access", &rule.access_claims, &decision.access.claims, &rule.suppress_access_claims),
        ("ID", &rule.id_claims, &decision.id.claims, &rule.suppress_id_claims),
    ] {
        let names = |wanted: bool| -> Vec<String> {
            set.keys().filter(|name| there.contains_key(*name) == wanted).cloned().collect()
        };
        list(&format!("sets in the {token} token"), &names(true));
        list(&format!("leaves out of the {token} token (no value, or suppressed)"), &names(false));
        list(&format!("suppresses in the {token} token"), gone);
    }
    list("adds the groups", &rule.add_groups);
    match rule.set_groups.as_deref() {
        Some([]) => list("removes", &["all groups".to_owned()]),
        Some(groups) => list("sets the groups", groups),
        None => {}
    }
    list("suppresses the groups", &rule.suppress_groups);
    if let Some(text) = &rule.refuse {
        let verb = if rule.mode == Mode::Enforce { "refuses" } else { "would refuse" };
        words.push(format!("{verb}: {text}"));
    }
    words
}
