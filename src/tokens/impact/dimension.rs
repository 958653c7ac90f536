//! The ways in which subjects differ: client, attributes, metadata, source, time, scopes and groups, each with the
//! values that the given rules can tell apart. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use trigger::rules::{Condition, MACHINE_SOURCE, Rule, fact_of, is_computed};

use super::choice::{Choice, Dimension, RuleEffect, Set};
use super::item::Item;
use super::sample::{sample, symbol};
use super::seat::Seat;
use super::world::World;
use crate::tokens::placeholders::placeholders;

/// All dimensions of these rules, as far as they matter to the item.
pub(super) fn dimensions(
    item: &Item,
    rules: &[&Rule],
    world: &World,
    seat: Option<&Seat>,
) -> Vec<Dimension> {
    let mut shown = Shown::of(item, rules);
    if seat.is_some_and(Seat::is_machine) {
        shown = shown.without_user();
    }
    // A seat is one client.
    let mut all: Vec<_> =
        seat.is_none().then(|| clients(rules, world, &shown)).into_iter().collect();
    let seen = shown.values(&shown.attributes, "attributes.");
    all.extend(values(rules, |rule| &rule.attributes, &seen, Set::Attribute, ""));
    all.extend(values(
        rules,
        |rule| &rule.client_metadata,
        &shown.values(&shown.metadata, "metadata."),
        Set::Metadata,
        "metadata ",
    ));
    all.extend(facts(rules, &shown.values(&shown.facts, "facts.")));
    all.push(sources(rules, seat.is_some()));
    all.push(times(rules, world));
    if shown.user_name {
        let name = |label: &str, name: Option<&str>| Choice {
            label: label.to_owned(),
            set: Set::UserName(name.map(str::to_owned)),
            verdicts: vec![RuleEffect::Keep; rules.len()],
        };
        let choices = vec![name("", Some("‹user_name›")), name("without a user name", None)];
        all.push(Dimension { choices, shows: true });
    }
    all.extend(scopes(rules, &shown));
    all.push(unmet(rules, |rule| &rule.scopes));
    all.extend(groups(rules, &shown));
    all.push(unmet(rules, |rule| &rule.groups));
    all
}

/// What of attributes or metadata shows, and by which texts filters are told apart.
pub(in crate::tokens) type Seen = BTreeMap<String, BTreeSet<String>>;

/// What of a subject shows in the item.
#[derive(Debug, Default)]
struct Shown {
    attributes: BTreeSet<String>,
    metadata: BTreeSet<String>,
    facts: BTreeSet<String>,
    /// Texts by which filters are told apart, by the variable.
    samples: BTreeSet<(String, String)>,
    scopes: BTreeSet<String>,
    groups: BTreeSet<String>,
    all_groups: bool,
    client: bool,
    user_name: bool,
}

impl Shown {
    fn of(item: &Item, rules: &[&Rule]) -> Self {
        let mut shown = Self { all_groups: item.is_groups(), ..Self::default() };
        for rule in rules {
            let fixed = |list: &Vec<String>| -> Vec<String> {
                list.iter().filter(|entry| !is_computed(entry)).cloned().collect()
            };
            shown.scopes.extend(fixed(&rule.suppress_scopes));
            shown.groups.extend(fixed(&rule.suppress_groups));
            let set = rule.set_groups.iter().flatten();
            let computed = rule.add_groups.iter().chain(&rule.suppress_groups).chain(set);
            computed.for_each(|template| shown.read_text(template));
            rule.access_claims.values().chain(rule.id_claims.values()).for_each(|v| shown.read(v));
        }
        match item {
            Item::Id(name) if !item.is_groups() => shown.attributes.extend([name.clone()]),
            // Who asks for it gains nothing when a rule adds it.
            Item::Scope(name) if rules.iter().any(|rule| rule.scopes.contains(name)) => {
                shown.scopes.extend([name.clone()]);
            }
            Item::Operation(keys) => {
                let asked = |name: &&String| rules.iter().any(|rule| rule.scopes.contains(name));
                shown.scopes.extend(keys.iter().flatten().filter(asked).cloned());
            }
            _ => {}
        }
        shown
    }

    /// These variables, with their samples.
    fn values(&self, names: &BTreeSet<String>, kind: &str) -> Seen {
        let samples = |name: &String| {
            let of =
                self.samples.iter().filter(|(variable, _)| *variable == format!("{kind}{name}"));
            of.map(|(_, text)| text.clone()).collect()
        };
        names.iter().map(|name| (name.clone(), samples(name))).collect()
    }

    /// A machine has neither a name nor attributes nor groups.
    fn without_user(self) -> Self {
        let (attributes, groups) = (BTreeSet::new(), BTreeSet::new());
        Self { attributes, groups, all_groups: false, user_name: false, ..self }
    }

    /// Takes every brace for a placeholder: one too many costs time, one too few would be a mistake.
    fn read(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.read_text(text),
            Value::Array(items) => items.iter().for_each(|item| self.read(item)),
            Value::Object(members) => members.values().for_each(|member| self.read(member)),
            _ => {}
        }
    }

    fn read_text(&mut self, text: &str) {
        for (name, filters) in placeholders(text) {
            let samples = filters.filter_map(|filter| sample(name, filter));
            self.samples.extend(samples.map(|text| (name.to_owned(), text)));
            match (name, name.split_once('.')) {
                ("groups", _) => self.all_groups = true,
                ("client" | "pool", _) => self.client = true,
                ("user_name", _) => self.user_name = true,
                (_, Some(("attributes", name))) => {
                    self.attributes.insert(name.to_owned());
                }
                (_, Some(("facts", path))) => {
                    self.facts.insert(path.to_owned());
                }
                (_, Some(("metadata", name))) => {
                    self.metadata.insert(name.to_owned());
                }
                _ => {}
            }
        }
    }
}

/// Verdicts of a condition that is met or not.
fn judge(rules: &[&Rule], meets: impl Fn(&Rule) -> bool) -> Vec<RuleEffect> {
    rules.iter().map(|rule| if meets(rule) { RuleEffect::Keep } else { RuleEffect::Kill }).collect()
}

fn clients(rules: &[&Rule], world: &World, shown: &Shown) -> Dimension {
    let (mut pools, mut names) = (BTreeSet::new(), BTreeSet::new());
    for at in &world.clients {
        pools.insert(at.pool.as_str());
        names.insert(at.client.as_str());
    }
    for rule in rules {
        pools.extend(rule.pools.iter().map(String::as_str));
        for client in &rule.clients {
            let (pool, name) =
                client.split_once('/').map_or((None, client.as_str()), |(p, c)| (Some(p), c));
            pools.extend(pool);
            names.insert(name);
        }
    }
    let pools: Vec<_> = pools.into_iter().map(Some).chain([Some("‹pool›"), None]).collect();
    let names: Vec<_> = names.into_iter().map(Some).chain([Some("‹client›"), None]).collect();
    let pairs = names.iter().flat_map(|name| pools.iter().map(move |pool| (*pool, *name)));
    let choices =
        pairs.filter(|(pool, name)| possible(world, *pool, *name)).map(|(pool, name)| Choice {
            label: client_label(world, pool, name),
            set: Set::Client(pool.map(str::to_owned), name.map(str::to_owned)),
            verdicts: judge(rules, |rule| {
                let is = |wanted: &String| match wanted.split_once('/') {
                    Some((p, c)) => pool == Some(p) && name == Some(c),
                    None => name == Some(wanted.as_str()),
                };
                (rule.pools.is_empty() || rule.pools.iter().any(|one| pool == Some(one.as_str())))
                    && (rule.clients.is_empty() || rule.clients.iter().any(is))
            }),
        });
    Dimension { choices: choices.collect(), shows: shown.client }
}

/// A client that is declared exists in the pools that declare it, and nowhere else.
fn possible(world: &World, pool: Option<&str>, client: Option<&str>) -> bool {
    let mut declared =
        world.clients.iter().filter(|at| Some(at.client.as_str()) == client).peekable();
    declared.peek().is_none() || declared.any(|at| Some(at.pool.as_str()) == pool)
}

fn client_label(world: &World, pool: Option<&str>, client: Option<&str>) -> String {
    let real = |name: Option<&str>| name.filter(|name| !name.starts_with('‹')).map(str::to_owned);
    match (real(pool), real(client)) {
        (Some(pool), Some(client)) => {
            let ours = world.clients.iter().filter(|at| at.client == client).count();
            if ours == 1 { format!("client {client}") } else { format!("client {pool}/{client}") }
        }
        (Some(pool), None) => format!("another client of pool {pool}"),
        (None, Some(client)) => format!("client {client} of another pool"),
        (None, None) => "another client".to_owned(),
    }
}

pub(in crate::tokens) fn values<'r>(
    rules: &[&'r Rule],
    of: impl Fn(&'r Rule) -> &'r std::collections::BTreeMap<String, Condition>,
    shown: &Seen,
    set: fn(String, Option<String>) -> Set,
    what: &str,
) -> Vec<Dimension> {
    let conditions: Vec<_> = rules.iter().map(|rule| of(rule)).collect();
    let names: BTreeSet<_> =
        conditions.iter().flat_map(|all| all.keys()).chain(shown.keys()).collect();
    let dimension = |name: &String| {
        let mentioned = conditions.iter().filter_map(|all| all.get(name));
        let (mut exact, mut prefixes) = (BTreeSet::new(), BTreeSet::new());
        for condition in mentioned {
            match condition {
                Condition::Equals(text) => exact.extend([text.clone()]),
                Condition::OneOf(texts) => exact.extend(texts.iter().cloned()),
                Condition::Prefix(text) => prefixes.extend([text.clone()]),
                Condition::Present(_) => {}
            }
        }
        let choice = |label: String, value: Option<String>| Choice {
            verdicts: conditions
                .iter()
                .map(|all| match all.get(name) {
                    Some(condition) if !condition.holds(value.as_deref()) => RuleEffect::Kill,
                    _ => RuleEffect::Keep,
                })
                .collect(),
            label,
            set: set(name.clone(), value),
        };
        let mut choices = vec![choice(format!("without {what}{name}"), None)];
        let exact = exact.into_iter();
        choices.extend(exact.map(|text| choice(format!("{what}{name} = {text:?}"), Some(text))));
        choices.extend(prefixes.into_iter().filter(|text| !text.is_empty()).map(|text| {
            choice(
                format!("{what}{name} = {:?}", format!("{text}…")),
                Some(format!("{text}‹{name}›")),
            )
        }));
        let samples = shown.get(name).into_iter().flatten();
        choices.extend(
            samples.map(|text| choice(format!("{what}{name} = {text:?}"), Some(text.clone()))),
        );
        choices.push(choice(format!("with any other {what}{name}"), Some(symbol(what, name))));
        Dimension { choices, shows: shown.contains_key(name) }
    };
    names.into_iter().map(dimension).collect()
}

/// What rules tell apart of facts: a whole one stands before its members, and without it there is none of them.
pub(in crate::tokens) fn facts(rules: &[&Rule], shown: &Seen) -> Vec<Dimension> {
    let mut all = values(rules, |rule| &rule.facts, shown, Set::Fact, "facts.");
    for choice in all.iter_mut().flat_map(|dimension| &mut dimension.choices) {
        let Set::Fact(path, None) = &choice.set else { continue };
        if fact_of(path) != path {
            continue;
        }
        for (rule, verdict) in rules.iter().zip(&mut choice.verdicts) {
            let of = |(one, _): &(&String, &Condition)| fact_of(one) == path.as_str();
            if rule.facts.iter().filter(of).any(|(_, condition)| !condition.holds(None)) {
                *verdict = RuleEffect::Kill;
            }
        }
    }
    all
}

/// A seat is one of users or of machines already.
fn sources(rules: &[&Rule], seated: bool) -> Dimension {
    let named = rules.iter().flat_map(|rule| &rule.trigger_sources).map(String::as_str);
    let mut named: BTreeSet<&str> = named.collect();
    let spares_machines =
        |rule: &&Rule| rule.trigger_sources.is_empty() && !rule.is_for_source(Some(MACHINE_SOURCE));
    if !seated && rules.iter().any(spares_machines) {
        named.insert(MACHINE_SOURCE);
    }
    let others = if named.iter().eq([&MACHINE_SOURCE]) { "users" } else { "any other source" };
    let choice = |source: &str, label: &str| Choice {
        label: label.to_owned(),
        set: Set::Source(source.to_owned()),
        verdicts: judge(rules, |rule| {
            seated && rule.trigger_sources.is_empty() || rule.is_for_source(Some(source))
        }),
    };
    let mut choices: Vec<_> = named.into_iter().map(|source| choice(source, source)).collect();
    choices.push(choice("‹source›", others));
    Dimension { choices, shows: false }
}

/// From now on: what is over cannot come back.
pub(in crate::tokens) fn times(rules: &[&Rule], world: &World) -> Dimension {
    let starts = |rule: &Rule| {
        rule.not_before.as_ref().and_then(|at| Some((at.first_second()?, format!("from {at}"))))
    };
    let ends = |rule: &Rule| {
        rule.not_after
            .as_ref()
            .and_then(|at| Some((at.last_second()?.checked_add(1)?, format!("after {at}"))))
    };
    let mut cuts: Vec<_> = rules
        .iter()
        .flat_map(|rule| [starts(rule), ends(rule)])
        .flatten()
        .filter(|(second, _)| *second > world.now)
        .collect();
    cuts.sort();
    cuts.dedup_by_key(|(second, _)| *second);
    let moments = [(world.now, "now".to_owned())].into_iter().chain(cuts);
    let choices = moments.map(|(now, label)| Choice {
        label,
        set: Set::Now(now),
        verdicts: judge(rules, |rule| {
            let started = rule.not_before.as_ref().and_then(trigger::Moment::first_second);
            let ended = rule.not_after.as_ref().and_then(trigger::Moment::last_second);
            started.is_none_or(|first| now >= first) && ended.is_none_or(|last| now <= last)
        }),
    });
    Dimension { choices: choices.collect(), shows: false }
}

fn scopes(rules: &[&Rule], shown: &Shown) -> Vec<Dimension> {
    let names: BTreeSet<_> =
        rules.iter().flat_map(|rule| &rule.scopes).chain(&shown.scopes).collect();
    let dimension = |name: &String| {
        let asks: Vec<_> = rules
            .iter()
            .map(
                |rule| if rule.scopes.contains(name) { RuleEffect::Meet } else { RuleEffect::Keep },
            )
            .collect();
        let keep = vec![RuleEffect::Keep; rules.len()];
        let with = Choice {
            label: format!("asking for {name}"),
            set: Set::Scope(Some(name.clone())),
            verdicts: asks,
        };
        let without =
            Choice { label: format!("not asking for {name}"), set: Set::Nothing, verdicts: keep };
        Dimension { choices: vec![without, with], shows: shown.scopes.contains(name) }
    };
    names.into_iter().map(dimension).collect()
}

fn groups(rules: &[&Rule], shown: &Shown) -> Vec<Dimension> {
    let mut names: BTreeSet<String> = shown.groups.clone();
    for rule in rules {
        names.extend(rule.groups.iter().chain(&rule.groups_all).chain(&rule.groups_none).cloned());
    }
    if shown.all_groups {
        names.insert("‹group›".to_owned());
    }
    let dimension = |name: String| {
        let inside = |rule: &&Rule| match () {
            () if rule.groups_none.contains(&name) => RuleEffect::Kill,
            () if rule.groups.contains(&name) => RuleEffect::Meet,
            () => RuleEffect::Keep,
        };
        let outside = judge(rules, |rule| !rule.groups_all.contains(&name));
        let word = if name == "‹group›" { "another group" } else { name.as_str() };
        let inside = Choice {
            label: format!("in {word}"),
            verdicts: rules.iter().map(inside).collect(),
            set: Set::Group(Some(name.clone())),
        };
        let outside =
            Choice { label: format!("not in {word}"), verdicts: outside, set: Set::Nothing };
        Dimension {
            shows: shown.all_groups || shown.groups.contains(&name),
            choices: vec![outside, inside],
        }
    };
    names.into_iter().map(dimension).collect()
}

/// The end of an any-of list: a rule that asks for one of them and got none is out. `Meet` stands for what must be met.
fn unmet<'r>(rules: &[&'r Rule], wanted: impl Fn(&'r Rule) -> &'r Vec<String>) -> Dimension {
    let verdicts = rules
        .iter()
        .map(|rule| if wanted(rule).is_empty() { RuleEffect::Keep } else { RuleEffect::Meet })
        .collect();
    let choice = Choice { label: String::new(), set: Set::Nothing, verdicts };
    Dimension { choices: vec![choice], shows: false }
}
