//! Rules that give or take authority by what users, or callers, set themselves. Pure.
//!
//! A claim that is only added is left out: it may well say what users say of themselves. Groups beside such a condition do not
//! help: their members are many, and each could give themselves the rest.

use std::collections::BTreeSet;

use trigger::rules::{Condition, Rule, is_computed};

use super::placeholders::placeholders;
use crate::config::{Client, Config, Pool as Declared, UserAttribute};
use crate::model::{Pool, is_standard, standard_attributes};

/// How many clients a finding names; an unmanaged pool may have a thousand.
const NAMED: usize = 5;

/// A condition that decides about a scope, a group or a suppressed claim, and that an administrator does not decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trust<'a> {
    /// The rule's position.
    pub rule: usize,
    /// What is trusted.
    pub what: What<'a>,
}

/// What somebody else than an administrator may set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What<'a> {
    /// A user's attribute, if a client lets its users write it.
    Attribute(&'a str),
    /// An entry of the metadata that the caller sends.
    Metadata(&'a str),
}

/// All such conditions of these rules.
#[must_use]
pub fn trusts(rules: &[Rule]) -> Vec<Trust<'_>> {
    let deciding = rules.iter().enumerate().filter(|(_, rule)| decides(rule));
    deciding.flat_map(|(place, rule)| of(place, rule)).collect()
}

fn of(place: usize, rule: &Rule) -> Vec<Trust<'_>> {
    let attributes = rule.attributes.keys().filter(|name| !is_vouched_for(rule, name));
    let attributes = attributes.map(|name| What::Attribute(name));
    let metadata = rule.client_metadata.keys().map(|key| What::Metadata(key));
    let computed = computed(rule).flat_map(|(_, _, entry)| sources(entry));
    let computed = computed.filter(|what| match what {
        What::Attribute(name) => {
            !rule.attributes.contains_key(*name) && !is_vouched_for(rule, name)
        }
        What::Metadata(key) => !rule.client_metadata.contains_key(*key),
    });
    let mut found: Vec<_> = attributes.chain(metadata).collect();
    for what in computed {
        if !found.contains(&what) {
            found.push(what);
        }
    }
    found.into_iter().map(|what| Trust { rule: place, what }).collect()
}

/// Scopes and groups that a rule computes: the list's key, the position in it, and the template.
fn computed(rule: &Rule) -> impl Iterator<Item = (&'static str, usize, &str)> {
    let lists = [
        ("add_scopes", &rule.add_scopes),
        ("suppress_scopes", &rule.suppress_scopes),
        ("add_groups", &rule.add_groups),
        ("suppress_groups", &rule.suppress_groups),
    ];
    let set = rule.set_groups.iter().map(|list| ("set_groups", list));
    lists.into_iter().chain(set).flat_map(|(key, list)| {
        let entries = list.iter().enumerate().filter(|(_, entry)| is_computed(entry));
        entries.map(move |(place, entry)| (key, place, entry.as_str()))
    })
}

/// What a template is made of, as far as users or callers set it.
fn sources(template: &str) -> impl Iterator<Item = What<'_>> {
    placeholders(template).filter_map(|(name, _)| match name.split_once('.') {
        Some(("attributes", name)) => Some(What::Attribute(name)),
        Some(("metadata", key)) => Some(What::Metadata(key)),
        _ => None,
    })
}

/// Where a rule computes something out of this: the list's key, and the position in it.
#[must_use]
pub fn place_of(rule: &Rule, what: What<'_>) -> Option<(&'static str, usize)> {
    let found = computed(rule).find(|(_, _, entry)| sources(entry).any(|source| source == what));
    found.map(|(key, place, _)| (key, place))
}

fn decides(rule: &Rule) -> bool {
    let lists = [
        &rule.add_scopes,
        &rule.suppress_scopes,
        &rule.add_groups,
        &rule.suppress_groups,
        &rule.suppress_access_claims,
        &rule.suppress_id_claims,
    ];
    rule.refuse.is_some() || rule.set_groups.is_some() || lists.iter().any(|list| !list.is_empty())
}

/// Whether no user can set it: it is Cognito's or a developer's own, or the rule asks that Cognito verified it.
fn is_vouched_for(rule: &Rule, attribute: &str) -> bool {
    let verified = |flag: &str| {
        rule.attributes.get(flag).is_some_and(|it| *it == Condition::Equals("true".to_owned()))
    };
    match attribute {
        "email" => verified("email_verified"),
        "phone_number" => verified("phone_number_verified"),
        "sub" | "identities" => true,
        other => is_cognitos(other) || other.starts_with("cognito:") || other.starts_with("dev:"),
    }
}

/// Set by Cognito when a code came back, and by administrators ("Working with user attributes", Cognito Developer Guide).
fn is_cognitos(attribute: &str) -> bool {
    ["email_verified", "phone_number_verified"].contains(&attribute)
}

/// Who can write what in a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteAccess {
    /// The pool's key.
    pub pool: String,
    /// Clients that let people in, as they are shown, with their `WriteAttributes`.
    pub clients: Vec<(String, Vec<String>)>,
    /// Whether anybody may sign up.
    pub sign_up: bool,
    /// Attributes that nobody can write once the user is there.
    pub immutable: Vec<String>,
}

impl WriteAccess {
    /// A pool that the stack makes: without strangers unless it says so.
    #[must_use]
    pub fn own(config: &Config, key: &str, pool: &Declared) -> Self {
        let people = pool.clients.iter().filter(|(_, client)| client.is_for_users());
        let writable = write_attributes(config, key, pool);
        let writable =
            |(name, client): (&String, &Client)| (format!("{key}/{name}"), writable(client));
        let sign_up = pool.settings.0.get("admin_create_user_config");
        let immutable = pool.attributes.iter().filter(|(_, attribute)| !attribute.mutable);
        Self {
            pool: key.to_owned(),
            clients: people.map(writable).collect(),
            sign_up: sign_up.is_some_and(|it| it["allow_admin_create_user_only"] == false),
            immutable: immutable.map(|(name, _)| UserAttribute::api_name(name)).collect(),
        }
    }

    /// A pool as it was seen, with its clients.
    #[must_use]
    pub fn seen(key: &str, pool: &Pool, clients: Vec<(String, Vec<String>)>) -> Self {
        let admins = pool.settings.get("admin_create_user_config");
        let immutable = pool.attributes.iter().filter(|(_, attribute)| !attribute.mutable);
        Self {
            pool: key.to_owned(),
            clients,
            sign_up: admins.is_none_or(|it| it["allow_admin_create_user_only"] != true),
            immutable: immutable.map(|(name, _)| name.clone()).collect(),
        }
    }

    /// How somebody meets the condition by themselves.
    #[must_use]
    pub fn way(&self, what: What<'_>) -> Option<String> {
        let name = match what {
            What::Attribute(name) => name,
            What::Metadata(_) => {
                let how = "sends it to RespondToAuthChallenge or the token endpoint";
                return Some(format!("whoever signs in to the pool {} {how}", self.pool));
            }
        };
        let update =
            (!self.immutable.iter().any(|it| it == name)).then_some("UpdateUserAttributes");
        let calls: Vec<_> = update.into_iter().chain(self.sign_up.then_some("SignUp")).collect();
        let writers = self.clients.iter().filter(|(_, listed)| is_writable(name, listed));
        let writers: Vec<_> = writers.map(|(client, _)| client.as_str()).collect();
        (!calls.is_empty() && !writers.is_empty()).then(|| {
            let (pool, calls) = (&self.pool, calls.join(" or "));
            format!("any user of the pool {pool} calls {calls} through {}", shortened(&writers))
        })
    }
}

/// Whether a client lets its users write the attribute. Without a list (`WriteAttributes`) it is all standard ones
/// (`CreateUserPoolClient`, API reference).
fn is_writable(attribute: &str, listed: &[String]) -> bool {
    match listed {
        [] => is_standard(attribute) && !is_cognitos(attribute),
        _ => listed.iter().any(|one| one == attribute),
    }
}

/// What users may write through a client that the stack makes; nothing is AWS's own list. Unless `deploy.toml` says it, that is
/// every standard attribute but those by which a rule decides and that no user must have.
///
/// What a provider maps must be writable ("Mapping `IdP` attributes to profiles and tokens", Cognito Developer Guide), so a client of
/// providers keeps AWS's list.
///
/// The rules are looked at once, for all clients of the pool.
pub fn write_attributes(
    config: &Config,
    key: &str,
    pool: &Declared,
) -> impl Fn(&Client) -> Vec<String> {
    let trusted = if pool.id.is_none() { trusted_in(config, key, pool) } else { BTreeSet::new() };
    let others = || {
        let others = standard_attributes().filter(|name| !is_cognitos(name));
        others.filter(|name| !trusted.contains(name)).map(str::to_owned).collect()
    };
    let others: Vec<String> = if trusted.is_empty() { vec![] } else { others() };
    move |client| {
        let declared = client.settings.words("write_attributes").map(str::to_owned);
        let declared: Vec<_> = declared.collect();
        let mut providers = client.settings.words("supported_identity_providers");
        let as_it_is = !client.is_for_users() || providers.any(|one| one != "COGNITO");
        if declared.is_empty() && !as_it_is { others.clone() } else { declared }
    }
}

/// Standard attributes by which rules that reach this pool decide, and that no user must have.
fn trusted_in<'c>(config: &'c Config, key: &str, pool: &Declared) -> BTreeSet<&'c str> {
    let is_required = |name: &str| pool.attributes.get(name).is_some_and(|it| it.required);
    let decides = |trust: &Trust<'_>| reaches(&config.rules[trust.rule], key, pool);
    let deciding = trusts(&config.rules).into_iter().filter(decides);
    let standard = deciding.filter_map(|trust| match trust.what {
        What::Attribute(name) if is_standard(name) && !is_required(name) => Some(name),
        _ => None,
    });
    standard.collect()
}

fn shortened(names: &[&str]) -> String {
    let first = names[..names.len().min(NAMED)].join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// Whether the rule can change tokens of this pool.
#[must_use]
pub fn reaches(rule: &Rule, key: &str, pool: &Declared) -> bool {
    let is_here = |name: &String| match name.split_once('/') {
        Some((pool_key, client)) => pool_key == key && pool.clients.contains_key(client),
        None => pool.clients.contains_key(name),
    };
    (rule.pools.is_empty() || rule.pools.iter().any(|pool| pool == key))
        && (rule.clients.is_empty() || rule.clients.iter().any(is_here))
}

/// Every trust that somebody can meet in a pool that the stack makes, and how.
#[must_use]
pub fn ways_in_own_pools(config: &Config) -> Vec<(Trust<'_>, String)> {
    let own = config.pools.iter().filter(|(_, pool)| pool.id.is_none());
    let own: Vec<_> =
        own.map(|(key, pool)| (key, pool, WriteAccess::own(config, key, pool))).collect();
    let met = |trust: Trust<'_>| {
        let rule = &config.rules[trust.rule];
        let mut reached = own.iter().filter(|(key, pool, _)| reaches(rule, key, pool));
        reached.find_map(|(_, _, ground)| ground.way(trust.what))
    };
    let trusts = trusts(&config.rules).into_iter();
    trusts.filter_map(|trust| met(trust).map(|way| (trust, way))).collect()
}

/// What the rule does, in a line.
#[must_use]
pub fn said(rules: &[Rule], trust: Trust<'_>) -> String {
    let rule = &rules[trust.rule].name;
    match trust.what {
        What::Attribute(name) => {
            format!("rule `{rule}` decides by `{name}`, which users write themselves")
        }
        What::Metadata(key) => {
            format!("rule `{rule}` decides by `{key}`, which whoever asks for a token sends along")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Rule {
        serde_json::from_str(&format!("{{\"name\": \"r\", {text}}}")).expect("a rule")
    }

    #[test]
    fn what_users_and_callers_set_is_trusted() {
        let scoped = |text: &str| rule(&format!("\"add_scopes\": [\"a/b\"], {text}"));
        let rules = [
            scoped(r#""attributes": {"profile": "admin", "sub": "1", "custom:plan": "pro"}"#),
            scoped(r#""client_metadata": {"device": {"present": true}}"#),
            scoped(r#""attributes": {"profile": "admin"}, "groups": ["staff"]"#),
            scoped(r#""attributes": {"email": {"prefix": "a"}, "email_verified": "true"}"#),
            scoped(r#""attributes": {"email": {"prefix": "a"}, "email_verified": "false"}"#),
            rule(r#""attributes": {"locale": "de"}, "access_claims": {"language": "de"}"#),
            rule(r#""attributes": {"locale": "de"}, "suppress_id_claims": ["limit"]"#),
            rule(r#""attributes": {"locale": "de"}, "set_groups": []"#),
            rule(r#""attributes": {"custom:tenant": {"present": false}}, "refuse": "Not yet.""#),
            rule(
                r#""add_scopes": ["{attributes.custom:scopes | list}"], "add_groups": ["{metadata.role}"]"#,
            ),
            rule(r#""add_groups": ["{attributes.sub}", "{groups}"]"#),
        ];
        let found: Vec<_> = trusts(&rules).into_iter().map(|it| (it.rule, it.what)).collect();
        let expected = [
            (0, What::Attribute("custom:plan")),
            (0, What::Attribute("profile")),
            (1, What::Metadata("device")),
            (2, What::Attribute("profile")),
            (4, What::Attribute("email")),
            (6, What::Attribute("locale")),
            (7, What::Attribute("locale")),
            (8, What::Attribute("custom:tenant")),
            (9, What::Attribute("custom:scopes")),
            (9, What::Metadata("role")),
        ];
        assert_eq!(found, expected);
    }

    fn ground(clients: &[(&str, &[&str])]) -> WriteAccess {
        let listed = |it: &[&str]| it.iter().map(|name| (*name).to_owned()).collect();
        WriteAccess {
            pool: "p".to_owned(),
            clients: clients.iter().map(|(id, it)| ((*id).to_owned(), listed(it))).collect(),
            sign_up: false,
            immutable: vec!["custom:tenant".to_owned()],
        }
    }

    #[test]
    fn a_way_is_a_client_that_may_write_it_and_a_call() {
        let way = |ground: &WriteAccess, name: &str| ground.way(What::Attribute(name));
        let usual = ground(&[("web", &[])]);
        let by = "any user of the pool p calls UpdateUserAttributes through web";
        assert_eq!(way(&usual, "profile").as_deref(), Some(by));
        assert_eq!([way(&usual, "custom:plan"), way(&usual, "email_verified")], [None, None]);
        let listed = ground(&[("web", &["email"]), ("old", &["custom:plan", "custom:tenant"])]);
        assert_eq!(way(&listed, "profile"), None);
        let by = "any user of the pool p calls UpdateUserAttributes through old";
        assert_eq!(way(&listed, "custom:plan").as_deref(), Some(by));
        assert_eq!(way(&listed, "custom:tenant"), None, "nobody can write it later");
        let open = WriteAccess { sign_up: true, ..listed };
        let by = "any user of the pool p calls SignUp through old";
        assert_eq!(way(&open, "custom:tenant").as_deref(), Some(by));
        assert_eq!(way(&ground(&[]), "profile"), None, "nobody signs in");
    }

    #[test]
    fn what_a_rule_decides_by_is_not_writable_unless_the_file_says_so() {
        let config = |client: &str, attribute: &str| {
            let text = format!(
                r#"{{"name": "s", "pools": {{"p": {{"clients": {{"web": {client}}}, "attributes": {{{attribute}}}}}}},
                    "rules": [{{"name": "r", "attributes": {{"profile": "a", "custom:x": "y"}}, "add_scopes": ["a/b"]}}]}}"#
            );
            serde_json::from_str::<Config>(&text).expect("a configuration")
        };
        let writable = |client: &str, attribute: &str| {
            let config = config(client, attribute);
            let pool = &config.pools["p"];
            write_attributes(&config, "p", pool)(&pool.clients["web"])
        };
        let usual = writable("{}", "");
        assert_eq!(usual.len(), 16, "{usual:?}");
        assert!(!usual.iter().any(|it| it == "profile" || it == "email_verified"), "{usual:?}");
        assert_eq!(writable(r#"{"write_attributes": ["profile"]}"#, ""), ["profile"]);
        let aws: [String; 0] = [];
        assert_eq!(writable(r#"{"supported_identity_providers": ["Google"]}"#, ""), aws);
        assert_eq!(writable("{}", r#""profile": {"required": true}"#), aws);
        assert_eq!(writable(r#"{"auth_flows": ["client-credentials"]}"#, ""), aws);
    }

    #[test]
    fn a_thousand_clients_are_not_all_named() {
        let many: Vec<_> = (0..1000).map(|number| (format!("c{number}"), vec![])).collect();
        let way = WriteAccess { clients: many, ..ground(&[]) }.way(What::Attribute("name"));
        assert!(way.is_some_and(|way| way.ends_with("c0, c1, c2, c3, c4 and 995 more")));
    }
}
