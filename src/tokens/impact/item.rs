//! The things that are compared one by one: a scope, or a claim of one of the tokens. Pure.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use trigger::Token;
use trigger::rules::{Decision, EVERY_CLAIM, Rule, Rules, Subject, is_computed};

use super::change::ClaimImpact;
use crate::model::DEFAULT_SCOPE;

/// Groups that data takes away are not known: they stand among the others by their template.
fn note_unknown(rules: &Rules, decision: &mut Decision, subject: &Subject) {
    let matched = decision.matched.iter().filter_map(|place| rules.get(*place));
    let gone = matched.flat_map(|rule| &rule.suppress_groups).filter(|group| is_computed(group));
    let gone: Vec<_> = gone.map(|template| format!("‹without {template}›")).collect();
    if !gone.is_empty() {
        decision.groups.get_or_insert_with(|| subject.groups.clone()).extend(gone);
    }
}

/// A scope that data might say, and that a rule takes away.
const WITHHELD: &str = "withheld";

/// What becomes of a scope. One that data says is known by its template alone, and by the bounds within which it lies.
fn scope_outcome(
    scope: &String,
    rules: &Rules,
    decision: &Decision,
    subject: &Subject,
) -> Option<Value> {
    let matched = || decision.matched.iter().filter_map(|place| rules.get(*place));
    if is_computed(scope) {
        if matched().any(|rule| rule.suppress_scopes.contains(scope)) {
            return Some(WITHHELD.into());
        }
        let mut adding = matched().filter(|rule| rule.add_scopes.contains(scope));
        return adding.next_back().map(|rule| rule.scopes_from.clone().into());
    }
    if decision.access_scopes(subject.scopes.iter().map(String::as_str)).contains(scope) {
        return Some(Value::Bool(true));
    }
    let by_data =
        |rule: &Rule| rule.admits(scope) && rule.add_scopes.iter().any(|one| is_computed(one));
    let withheld = decision.access.suppress_scopes.contains(scope) && matched().any(by_data);
    withheld.then(|| WITHHELD.into())
}

const GROUPS: &str = "cognito:groups";

/// The rest of the name of any attribute that is copied.
const ANY: &str = "‹any›";

/// The claims of a token that a rule sets, by their names; all copies are one of them.
fn claims_set(rule: &Rule, token: Token) -> Vec<String> {
    let claims = match token {
        Token::Access => &rule.access_claims,
        Token::Id => &rule.id_claims,
    };
    let named = claims.keys().filter(|name| *name != EVERY_CLAIM).cloned();
    named.chain(rule.copied(token).map(|copied| copied.claim(ANY))).collect()
}

/// What a rule sets this claim of a token to: a copy as if it were named.
fn claim_set(rule: &Rule, token: Token, name: &str) -> Option<(String, Value)> {
    let claims = match token {
        Token::Access => &rule.access_claims,
        Token::Id => &rule.id_claims,
    };
    let copied = || {
        let attribute = rule.copied(token)?.source(name, token)?;
        Some(format!("{{attributes.{attribute}}}").into())
    };
    Some((name.to_owned(), claims.get(name).cloned().or_else(copied)?))
}

/// The right to sign in, a scope, a claim of one of the tokens, or an operation that scopes open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Item {
    SignIn,
    Scope(String),
    Access(String),
    Id(String),
    /// Each of the sets opens it.
    Operation(BTreeSet<BTreeSet<String>>),
}

/// Everything that any of the rules can touch.
pub(super) fn items(rules: &[&Rule]) -> BTreeSet<Item> {
    let mut items = BTreeSet::new();
    for rule in rules {
        items.extend(rule.refuses().then_some(Item::SignIn));
        items.extend(rule.add_scopes.iter().chain(&rule.suppress_scopes).cloned().map(Item::Scope));
        let access = claims_set(rule, Token::Access).into_iter();
        items.extend(access.chain(rule.suppress_access_claims.clone()).map(Item::Access));
        let id = claims_set(rule, Token::Id).into_iter();
        items.extend(id.chain(rule.suppress_id_claims.clone()).map(Item::Id));
        if changes_groups(rule) {
            items.extend([Item::Access(GROUPS.to_owned()), Item::Id(GROUPS.to_owned())]);
        }
    }
    items
}

fn changes_groups(rule: &Rule) -> bool {
    !rule.add_groups.is_empty() || rule.set_groups.is_some() || !rule.suppress_groups.is_empty()
}

impl Item {
    /// The rules that touch it, without their effects on anything else. Who is refused has nothing at all.
    pub(super) fn touching(&self, rules: &Rules) -> Vec<Rule> {
        let only = |list: &[String], name: &String| -> Vec<String> {
            list.iter().filter(|one| *one == name).cloned().collect()
        };
        // What data says may be any scope within bounds.
        let scopes =
            |list: &[String], rule: &Rule, meant: &dyn Fn(&String) -> bool, admitted: bool| {
                let touches = |one: &&String| {
                    meant(one) || admitted && is_computed(one) && !rule.scopes_from.is_empty()
                };
                list.iter().filter(touches).cloned().collect::<Vec<_>>()
            };
        let alone = |rule: &Rule| {
            let mut part = rule.clone().without_effects();
            if rule.refuses() {
                part.refuse.clone_from(&rule.refuse);
            }
            match self {
                Self::SignIn => {}
                Self::Operation(keys) => {
                    let meant = |scope: &String| keys.iter().any(|key| key.contains(scope));
                    part.add_scopes = scopes(&rule.add_scopes, rule, &meant, false);
                    part.suppress_scopes = scopes(&rule.suppress_scopes, rule, &meant, false);
                }
                Self::Scope(name) => {
                    let (meant, admitted) = (|scope: &String| scope == name, rule.admits(name));
                    part.add_scopes = scopes(&rule.add_scopes, rule, &meant, admitted);
                    part.suppress_scopes = scopes(&rule.suppress_scopes, rule, &meant, admitted);
                    if part.computes_scopes() {
                        part.scopes_from.clone_from(&rule.scopes_from);
                    }
                }
                Self::Access(name) => {
                    part.access_claims.extend(claim_set(rule, Token::Access, name));
                    part.suppress_access_claims = only(&rule.suppress_access_claims, name);
                }
                Self::Id(name) => {
                    part.id_claims.extend(claim_set(rule, Token::Id, name));
                    part.suppress_id_claims = only(&rule.suppress_id_claims, name);
                }
            }
            if self.is_groups() {
                part.add_groups.clone_from(&rule.add_groups);
                part.set_groups.clone_from(&rule.set_groups);
                part.suppress_groups.clone_from(&rule.suppress_groups);
            }
            part
        };
        rules.iter().map(alone).filter(Rule::has_effect).collect()
    }

    /// What a user's token has of it without any rule, where that matters.
    pub(super) fn own_scopes(&self) -> Vec<String> {
        let matters = |key: &BTreeSet<String>| key.contains(DEFAULT_SCOPE);
        let own = matches!(self, Self::Operation(keys) if keys.iter().any(matters));
        own.then(|| DEFAULT_SCOPE.to_owned()).into_iter().collect()
    }

    /// Whether it is the claim that groups make.
    pub(super) fn is_groups(&self) -> bool {
        matches!(self, Self::Access(name) | Self::Id(name) if name == GROUPS)
    }

    /// What the token has of it under these rules; a scope is simply there or not.
    ///
    /// `own` is whether Cognito may set the claim by itself.
    pub(super) fn outcome(&self, rules: &Rules, subject: &Subject, own: bool) -> Option<Value> {
        let mut decision = rules.decide(subject);
        if self.is_groups() {
            note_unknown(rules, &mut decision, subject);
        }
        self.outcome_of(rules, &decision, subject, own)
    }

    /// The same of a subject whose data is known to the letter.
    pub(super) fn outcome_of_known(&self, rules: &Rules, subject: &Subject) -> Option<Value> {
        self.outcome_of(rules, &rules.decide(subject), subject, false)
    }

    fn outcome_of(
        &self,
        rules: &Rules,
        decision: &Decision,
        subject: &Subject,
        own: bool,
    ) -> Option<Value> {
        let groups = Some(&subject.groups).filter(|groups| !groups.is_empty());
        let mut default: Map<_, _> =
            groups.map(|groups| (GROUPS.to_owned(), groups.clone().into())).into_iter().collect();
        if decision.refusal.is_some() {
            return None;
        }
        match self {
            Self::SignIn => Some(Value::Bool(true)),
            Self::Scope(scope) => scope_outcome(scope, rules, decision, subject),
            Self::Operation(keys) => {
                let scopes = decision.access_scopes(subject.scopes.iter().map(String::as_str));
                keys.iter().any(|key| key.is_subset(&scopes)).then_some(Value::Bool(true))
            }
            Self::Access(name) => {
                if own {
                    default.insert(name.clone(), "as Cognito sets it".into());
                }
                decision.access_claims(&default).get(name).cloned()
            }
            Self::Id(name) => {
                let text = |value: &String| (name.clone(), Value::from(value.as_str()));
                default.extend(subject.attributes.get(name).map(text));
                decision.id_claims(&default).get(name).cloned()
            }
        }
    }

    /// How much a token has of it: what is withheld from data, nothing, all.
    pub(super) fn rank(outcome: Option<&Value>) -> i8 {
        match outcome {
            Some(Value::String(word)) if word == WITHHELD => -1,
            None => 0,
            Some(_) => 1,
        }
    }

    /// Whether Cognito may set it by itself: a claim of the access token that is suppressed, although no rule sets it.
    pub(super) fn is_cognitos(&self, rules: &[&Rule]) -> bool {
        let Self::Access(name) = self else { return false };
        let set = |rule: &&Rule| rule.access_claims.contains_key(name);
        !self.is_groups() && !rules.iter().any(set)
    }

    /// The change, in words of the document; of a scope or an operation there is none.
    pub(super) fn change(&self, before: Option<Value>, after: Option<Value>) -> ClaimImpact {
        let (token, claim) = match self {
            Self::Scope(name) | Self::Access(name) => ("access", name.clone()),
            Self::Id(name) => ("id", name.clone()),
            Self::SignIn | Self::Operation(_) => ("access", String::new()),
        };
        ClaimImpact { token, claim: claim.replace(ANY, EVERY_CLAIM), before, after }
    }
}
