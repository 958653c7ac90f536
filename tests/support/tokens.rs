//! What a token of random rules and subjects holds, and the few words that these are made of: so few that rules meet.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use trigger::rules::{Rules, Subject};

use crate::rules::Words;

pub const GROUPS: [&str; 3] = ["x", "y", "z"];
pub const VALUES: [&str; 7] = ["pro", "p", "prime", "basic", "", "project", "write"];
pub const SOURCES: [&str; 2] = ["TokenGeneration_HostedAuth", "TokenGeneration_RefreshTokens"];

pub const FEW_WORDS: Words = Words {
    pools: &["customers", "staff", "others"],
    clients: &["web", "app", "customers/web", "staff/app"],
    client_keys: &["web", "app", "desk"],
    groups: &GROUPS,
    member_of: &["x", "y", "z", "unheard of"],
    names: &["a", "b"],
    values: &VALUES,
    scopes: &["read", "write", "admin"],
    sources: &SOURCES,
    claims: &["one", "a", "cognito:groups"],
    claim_values: &[
        "1",
        r#""pro""#,
        r#""{attributes.a}""#,
        r#""{attributes.b | pro}""#,
        r#"{ "in": ["{metadata.a}", "{groups}"] }"#,
        r#""{client}""#,
        r#""{user_name}-{pool}""#,
        r#""{attributes.a | upper}""#,
        r#""{attributes.b | strip_prefix 'pro' | default 1}""#,
        r#""{attributes.a | replace 'p' 'b'}""#,
    ],
    computed_scopes: &["{attributes.a | prefix 'x:'}", "{attributes.b | list}"],
    computed_groups: &["{attributes.a | prefix 'g-'}", "{metadata.b}"],
};

/// The right to have tokens.
pub const SIGN_IN: &str = "sign-in";

/// What a token is, in the same words as a report: scopes, and claims by their token.
pub fn tokens(rules: &Rules, subject: &Subject) -> BTreeMap<String, Value> {
    let decision = rules.decide(subject);
    if decision.refusal.is_some() {
        return BTreeMap::new();
    }
    let groups = Some(&subject.groups).filter(|groups| !groups.is_empty());
    let groups: Map<_, _> =
        groups.map(|groups| ("cognito:groups".to_owned(), json!(groups))).into_iter().collect();
    let mut profile = groups.clone();
    profile.extend(subject.attributes.iter().map(|(name, value)| (name.clone(), json!(value))));
    let scopes = decision.access_scopes(subject.scopes.iter().map(String::as_str));
    let scopes = scopes.into_iter().map(|scope| (format!("scope {scope}"), json!(true)));
    let access = decision.access_claims(&groups).into_iter();
    let access = access.map(|(name, value)| (format!("access {name}"), value));
    let id = decision.id_claims(&profile).into_iter();
    let all = scopes.chain(access).chain(id.map(|(name, value)| (format!("id {name}"), value)));
    all.chain([(SIGN_IN.to_owned(), json!(true))]).collect()
}
