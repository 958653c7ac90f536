//! Checks a rule whole and prepares it for use. Finds every problem, not the first; looks at
//! nothing but the rule.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::claim::Claim;
use super::computed::{Computed, is_bound, is_computed, is_scope_character};
use super::copy::{CopiedAttributes, EVERY_CLAIM};
use super::fact::needed;
use super::problem::RuleProblems;
use super::protected::is_protected;
use super::refuse::check_refusal;
use super::{Condition, Moment, ProblemKind, Rule, RuleProblem, Token};

/// A rule that is ready for use, if it has no problem.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) rule: Rule,
    /// The first second in which it applies.
    pub(super) first_second: i64,
    /// The last second in which it applies.
    pub(super) last_second: i64,
    pub(super) access_claims: Vec<(String, Claim)>,
    pub(super) id_claims: Vec<(String, Claim)>,
    /// The attributes that become claims of each token.
    pub(super) copied: [Option<CopiedAttributes>; 2],
    /// Its lists, if data has a say in them.
    pub(super) computed: Option<Box<Computed>>,
    /// The names of the facts that it needs.
    pub(super) facts: BTreeSet<String>,
}

impl Rule {
    /// Everything that is wrong with this rule; the paths begin in it.
    #[must_use]
    pub fn problems(&self) -> Vec<RuleProblem> {
        let mut problems = RuleProblems::default();
        prepare(self.clone(), &mut problems);
        problems.found
    }
}

/// Prepares `rule`, which stands at the current path of `problems`.
pub(super) fn prepare(rule: Rule, problems: &mut RuleProblems) -> Prepared {
    if !rule.has_effect() {
        problems.push(ProblemKind::NoEffect);
    }
    check_blank(&rule, problems);
    check_refusal(&rule, problems);
    problems.at("attributes", |problems| check_conditions(&rule.attributes, problems));
    problems.at("client_metadata", |problems| check_conditions(&rule.client_metadata, problems));
    problems.at("facts", |problems| check_conditions(&rule.facts, problems));
    let (first_second, last_second) = period(&rule, problems);
    problems.at("add_scopes", |problems| check_scopes(&rule.add_scopes, true, problems));
    problems.at("suppress_scopes", |problems| check_scopes(&rule.suppress_scopes, false, problems));
    let access_claims = problems
        .at("access_claims", |problems| claims(&rule.access_claims, Token::Access, problems));
    let id_claims =
        problems.at("id_claims", |problems| claims(&rule.id_claims, Token::Id, problems));
    problems.at("suppress_access_claims", |problems| {
        check_suppressed(&rule.suppress_access_claims, problems);
    });
    problems
        .at("suppress_id_claims", |problems| check_suppressed(&rule.suppress_id_claims, problems));
    let computed = Computed::compile(&rule, problems);
    check_bounds(&rule, problems);
    let (facts, copied) =
        (needed(&rule), [Token::Access, Token::Id].map(|token| rule.copied(token)));
    Prepared { rule, first_second, last_second, access_claims, id_claims, copied, computed, facts }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// Refuses blank texts wherever no text may be blank.
fn check_blank(rule: &Rule, problems: &mut RuleProblems) {
    let Rule {
        name,
        pools,
        clients,
        groups,
        groups_all,
        groups_none,
        // What is in these is checked by what it says.
        attributes: _,
        client_metadata: _,
        facts: _,
        scopes,
        trigger_sources,
        not_before: _,
        not_after: _,
        add_scopes,
        suppress_scopes,
        access_claims: _,
        suppress_access_claims,
        id_claims: _,
        suppress_id_claims,
        add_groups,
        set_groups,
        suppress_groups,
        scopes_from,
        refuse,
        mode: _,
    } = rule;
    if is_blank(name) {
        problems.push_at("name", ProblemKind::Blank);
    }
    if refuse.as_deref().is_some_and(is_blank) {
        problems.push_at("refuse", ProblemKind::Blank);
    }
    for (key, entries) in [
        ("pools", pools),
        ("clients", clients),
        ("groups", groups),
        ("groups_all", groups_all),
        ("groups_none", groups_none),
        ("scopes", scopes),
        ("trigger_sources", trigger_sources),
        ("add_scopes", add_scopes),
        ("suppress_scopes", suppress_scopes),
        ("suppress_access_claims", suppress_access_claims),
        ("suppress_id_claims", suppress_id_claims),
        ("add_groups", add_groups),
        ("scopes_from", scopes_from),
        ("set_groups", set_groups.as_ref().unwrap_or(&Vec::new())),
        ("suppress_groups", suppress_groups),
    ] {
        for (place, _) in entries.iter().enumerate().filter(|(_, entry)| is_blank(entry)) {
            problems.at(key, |problems| problems.push_at(place.to_string(), ProblemKind::Blank));
        }
    }
}

fn check_conditions(conditions: &BTreeMap<String, Condition>, problems: &mut RuleProblems) {
    for (name, condition) in conditions {
        if is_blank(name) {
            problems.push_at(name.clone(), ProblemKind::Blank);
        }
        if *condition == Condition::OneOf(Vec::new()) {
            problems.push_at(name.clone(), ProblemKind::NothingToChoose);
        }
    }
}

fn period(rule: &Rule, problems: &mut RuleProblems) -> (i64, i64) {
    let mut second = |key, moment: &Option<Moment>, second: fn(&Moment) -> Option<i64>| {
        let moment = moment.as_ref()?;
        let second = second(moment);
        if second.is_none() {
            problems.push_at(key, ProblemKind::BadMoment { text: moment.to_string() });
        }
        second
    };
    let first = second("not_before", &rule.not_before, Moment::first_second);
    let last = second("not_after", &rule.not_after, Moment::last_second);
    if first.zip(last).is_some_and(|(first, last)| last <= first) {
        problems.push_at("not_after", ProblemKind::EmptyPeriod);
    }
    (first.unwrap_or(i64::MIN), last.unwrap_or(i64::MAX))
}

fn check_scopes(scopes: &[String], adds: bool, problems: &mut RuleProblems) {
    let named = |scope: &String| !is_blank(scope) && !is_computed(scope);
    for (place, scope) in scopes.iter().enumerate().filter(|(_, scope)| named(scope)) {
        if let Some(character) = scope.chars().find(|&character| !is_scope_character(character)) {
            problems.push_at(
                place.to_string(),
                ProblemKind::ScopeCharacter { scope: scope.clone(), character },
            );
        }
        if adds && scope.starts_with("aws.cognito.") {
            problems
                .push_at(place.to_string(), ProblemKind::ReservedScope { scope: scope.clone() });
        }
    }
}

/// Bounds are needed where scopes come out of data, and are scopes or the beginning of some.
fn check_bounds(rule: &Rule, problems: &mut RuleProblems) {
    for (place, bound) in rule.scopes_from.iter().enumerate() {
        if !is_blank(bound) && !is_bound(bound) {
            problems.at("scopes_from", |problems| {
                problems.push_at(place.to_string(), ProblemKind::BadBound);
            });
        }
    }
    let lists = [("add_scopes", &rule.add_scopes), ("suppress_scopes", &rule.suppress_scopes)];
    for (key, list) in lists.into_iter().filter(|_| rule.scopes_from.is_empty()) {
        if let Some(place) = list.iter().position(|entry| is_computed(entry)) {
            problems.at(key, |problems| problems.push_at(place.to_string(), ProblemKind::NoBounds));
        }
    }
}

fn claims(
    claims: &BTreeMap<String, Value>,
    token: Token,
    problems: &mut RuleProblems,
) -> Vec<(String, Claim)> {
    if claims.get(EVERY_CLAIM).is_some_and(|value| CopiedAttributes::parse(value).is_none()) {
        problems.push_at(EVERY_CLAIM, ProblemKind::NoCopy);
    }
    let compile = |(name, value): (&String, &Value)| {
        problems.at(name.clone(), |problems| {
            let claim = Claim::compile(value, problems);
            if let Some(kind) = unsettable(name, value, &claim, token) {
                problems.push(kind);
            }
            (name.clone(), claim)
        })
    };
    claims.iter().filter(|(name, _)| *name != EVERY_CLAIM).map(compile).collect()
}

/// Why `token` cannot be given this claim.
fn unsettable(name: &str, value: &Value, claim: &Claim, token: Token) -> Option<ProblemKind> {
    let claim_name = || name.to_owned();
    match (token, name) {
        _ if is_blank(name) => Some(ProblemKind::Blank),
        (_, "scope") => Some(ProblemKind::ScopeIsNoClaim),
        (_, "cognito:groups") => Some(ProblemKind::GroupsAreNoClaim),
        _ if is_protected(name) => Some(ProblemKind::ProtectedClaim { claim: claim_name() }),
        _ if name.starts_with("dev:") => Some(ProblemKind::DeveloperClaim { claim: claim_name() }),
        (Token::Id, "aud") => Some(ProblemKind::FixedAudience),
        (Token::Access, "aud") if value != "{client_id}" => Some(ProblemKind::OtherAudience),
        (Token::Id, "address" | "email_verified" | "phone_number_verified" | "updated_at")
            if claim.is_complex() =>
        {
            Some(ProblemKind::ComplexClaim { claim: claim_name() })
        }
        _ => None,
    }
}

fn check_suppressed(names: &[String], problems: &mut RuleProblems) {
    for (place, name) in names.iter().enumerate() {
        if let Some(kind) = unsuppressible(name) {
            problems.push_at(place.to_string(), kind);
        }
    }
}

/// Why no token can lose this claim.
fn unsuppressible(name: &str) -> Option<ProblemKind> {
    let claim = || name.to_owned();
    match name {
        "scope" => Some(ProblemKind::ScopeIsNoClaim),
        "cognito:groups" => None,
        "cognito:roles" | "cognito:preferred_role" => {
            Some(ProblemKind::RolesGoWithGroups { claim: claim() })
        }
        _ if name == "aud" || is_protected(name) => {
            Some(ProblemKind::ProtectedClaim { claim: claim() })
        }
        _ => None,
    }
}
