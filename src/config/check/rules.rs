//! Rules: what the trigger itself would refuse, and references to pools, clients, groups and scopes.

use serde_json::Value;
use trigger::rules::{ProblemKind, Rule, RuleProblem, is_bound, is_computed};

use super::{references, scopes};
use crate::codes::Code;
use crate::config::place::Placed;
use crate::config::problem::Problem;
use crate::config::types::{Config, Pool, TriggerSource};
use crate::model::DEFAULT_SCOPE;
use crate::model::nearest;

pub(super) fn check(config: &Config, place: &Placed) -> Vec<Problem> {
    let at = place.at("rules");
    let mut problems = check_bounds(config, place.at("trigger").at("scopes_from"));
    for (index, rule) in config.rules.iter().enumerate() {
        let at = at.item(index);
        problems.extend(check_references(config, rule, at));
        problems.extend(check_scopes(config, rule, at));
        problems.extend(check_user_api(rule, at));
        problems.extend(check_sources(rule, at));
        problems.extend(check_nesting(rule, at));
    }
    problems
}

fn check_bounds(config: &Config, at: &Placed) -> Vec<Problem> {
    let bounds = config.trigger.scopes_from.iter().enumerate();
    let wrong = bounds.filter(|(_, bound)| !is_bound(bound));
    wrong
        .map(|(index, _)| {
            let problem = Problem::error(
                Code::ScopesFrom,
                at.item(index).value(),
                "this is no scope, nor the beginning of some",
            );
            problem.help("write the scope, or its beginning and a `*`: `orders/*`")
        })
        .collect()
}

/// What the trigger would refuse, in the file.
pub(super) fn refused(problems: &[RuleProblem], at: &Placed) -> Vec<Problem> {
    // An empty `one_of` is against the schema already.
    let news = problems.iter().filter(|problem| problem.kind != ProblemKind::NothingToChoose);
    news.map(|problem| in_file(problem, at)).collect()
}

fn in_file(problem: &RuleProblem, at: &Placed) -> Problem {
    let place = at.follow(&problem.path);
    let text = match (&problem.kind, problem.path.as_slice()) {
        (ProblemKind::Blank, [.., list, item]) if item.parse::<usize>().is_ok() => {
            format!("an item of `{list}` is blank")
        }
        (ProblemKind::Blank, [.., key]) => format!("`{key}` is blank"),
        (kind, _) => kind.to_string(),
    };
    let code = code_of(&problem.kind);
    match text.split_once("; ") {
        Some((message, help)) => Problem::error(code, place.value(), message).help(help),
        None => Problem::error(code, place.value(), text),
    }
}

fn code_of(kind: &ProblemKind) -> Code {
    match kind {
        ProblemKind::Blank | ProblemKind::NothingToChoose => Code::Blank,
        ProblemKind::NoEffect => Code::RuleWithoutEffect,
        ProblemKind::ScopeCharacter { .. } | ProblemKind::ReservedScope { .. } => Code::BadScope,
        ProblemKind::ProtectedClaim { .. }
        | ProblemKind::DeveloperClaim { .. }
        | ProblemKind::ScopeIsNoClaim
        | ProblemKind::GroupsAreNoClaim
        | ProblemKind::RolesGoWithGroups { .. }
        | ProblemKind::FixedAudience
        | ProblemKind::OtherAudience => Code::ProtectedClaim,
        ProblemKind::NoCopy
        | ProblemKind::ComplexClaim { .. }
        | ProblemKind::NullClaim
        | ProblemKind::DateClaim => Code::ClaimValue,
        ProblemKind::BadTemplate { .. }
        | ProblemKind::UnknownVariable { .. }
        | ProblemKind::UnknownFilter { .. } => Code::BadTemplate,
        ProblemKind::BadMoment { .. } | ProblemKind::EmptyPeriod => Code::BadPeriod,
        ProblemKind::NoBounds | ProblemKind::BadBound => Code::ScopesFrom,
        ProblemKind::RefusesBeside
        | ProblemKind::LongRefusal { .. }
        | ProblemKind::InvisibleRefusal { .. }
        | ProblemKind::ModeWithoutRefusal => Code::BadRefusal,
    }
}

fn check_references(config: &Config, rule: &Rule, at: &Placed) -> Vec<Problem> {
    let pools = rule.pools.iter().enumerate().filter_map(|(index, pool)| {
        references::unknown_pool(config, pool, at.at("pools").item(index).value())
    });
    let clients = rule.clients.iter().enumerate().filter_map(|(index, client)| {
        let span = at.at("clients").item(index).value();
        match client.split_once('/') {
            None => references::unknown_client(config, None, client, span),
            Some((pool, client)) => references::unknown_pool(config, pool, span.clone())
                .or_else(|| references::unknown_client(config, Some(pool), client, span)),
        }
    });
    let groups = [
        ("groups", &rule.groups),
        ("groups_all", &rule.groups_all),
        ("groups_none", &rule.groups_none),
    ];
    let groups = groups.into_iter().flat_map(|(key, groups)| {
        groups.iter().enumerate().filter_map(move |(index, group)| {
            let span = at.at(key).item(index).value();
            let pools = pools_of(config, rule);
            // Groups may well be managed by others; only what looks like a typo is worth a word.
            if pools.iter().any(|pool| pool.groups.contains_key(group)) {
                return None;
            }
            let declared = pools.iter().flat_map(|pool| pool.groups.keys()).map(String::as_str);
            let meant = nearest(group, declared)?;
            Some(
                Problem::hint(
                    Code::UndeclaredGroup,
                    span,
                    format!("group `{group}` is not declared"),
                )
                .meant(Some(meant)),
            )
        })
    });
    pools.chain(clients).chain(groups).collect()
}

fn check_scopes(config: &Config, rule: &Rule, at: &Placed) -> Vec<Problem> {
    let pools = pools_of(config, rule);
    let lists = [
        ("add_scopes", &rule.add_scopes),
        ("suppress_scopes", &rule.suppress_scopes),
        ("scopes", &rule.scopes),
    ];
    let valid = |scope: &&String| {
        !is_computed(scope)
            && !scope.starts_with("aws.cognito.")
            && scope.chars().all(|c| c.is_ascii_graphic())
    };
    let lists = lists
        .into_iter()
        .flat_map(|(key, list)| list.iter().enumerate().map(move |entry| (key, entry)));
    lists
        .filter(|(_, (_, scope))| valid(scope))
        .filter_map(|(key, (index, scope))| {
            scopes::check(scope, &pools, at.at(key).item(index).value())
        })
        .collect()
}

/// Without this scope Cognito's own calls with the token (`GetUser`, `ChangePassword` and others) are refused.
fn check_user_api(rule: &Rule, at: &Placed) -> Option<Problem> {
    let index = rule.suppress_scopes.iter().position(|scope| scope == DEFAULT_SCOPE)?;
    let span = at.at("suppress_scopes").item(index).value();
    let message = format!("a token without `{DEFAULT_SCOPE}` cannot call `GetUser` and the like");
    let help = "leave it out, unless users change their own accounts in another way";
    Some(Problem::hint(Code::UserApiLost, span, message).help(help))
}

fn check_sources(rule: &Rule, at: &Placed) -> Vec<Problem> {
    let known = || TriggerSource::ALL.iter().map(|source| source.as_str());
    let at = at.at("trigger_sources");
    let unknown = rule
        .trigger_sources
        .iter()
        .enumerate()
        .filter(|(_, source)| known().all(|known| known != *source));
    unknown
        .map(|(index, source)| {
            let problem = Problem::hint(
                Code::UnknownSource,
                at.item(index).value(),
                format!("Cognito is not known to have a source `{source}`"),
            );
            problem.meant(nearest(source, known()))
        })
        .collect()
}

/// `{groups}` alone is a list by itself.
fn check_nesting(rule: &Rule, at: &Placed) -> Vec<Problem> {
    let claims = [("access_claims", &rule.access_claims), ("id_claims", &rule.id_claims)];
    let claims = claims.into_iter().flat_map(|(key, claims)| {
        claims.iter().map(move |(name, value)| (at.at(key).at(name), value))
    });
    claims.flat_map(|(at, value)| nested(value, at)).collect()
}

fn nested(value: &Value, at: &Placed) -> Vec<Problem> {
    match value {
        Value::Array(items) => {
            let items = items.iter().enumerate();
            let of = |(index, item): (usize, &Value)| match item.as_str() {
                Some(text) if is_groups_alone(text) => {
                    let message =
                        format!("`{text}` is a list already, and this makes it a list in a list");
                    let problem = Problem::hint(Code::ListInList, at.item(index).value(), message);
                    vec![problem.help(format!("leave the brackets out: \"{text}\""))]
                }
                _ => nested(item, at.item(index)),
            };
            items.flat_map(of).collect()
        }
        Value::Object(entries) => {
            entries.iter().flat_map(|(key, value)| nested(value, at.at(key))).collect()
        }
        _ => vec![],
    }
}

/// Whether it is this placeholder and nothing else, perhaps with something for nobody's groups.
fn is_groups_alone(text: &str) -> bool {
    let inner = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let mut parts = inner.into_iter().flat_map(|inner| inner.split('|')).map(str::trim);
    let is_groups = parts.next() == Some("groups");
    is_groups && parts.count() <= 1 && text.matches('{').count() == 1
}

/// The pools whose tokens a rule is about.
fn pools_of<'c>(config: &'c Config, rule: &Rule) -> Vec<&'c Pool> {
    let named: Vec<_> = rule.pools.iter().filter_map(|key| config.pools.get(key)).collect();
    if named.is_empty() { config.pools.values().collect() } else { named }
}
