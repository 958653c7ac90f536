//! Finds the few rules that can apply to a subject without looking at the others. Never leaves one
//! out that does: what it gives are candidates, and `matching` has the last word.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::{Condition, Rule, Subject};

/// The rules by one fact that each of them needs.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    /// Sorted pairs of a fact and the position of a rule. A rule has an entry for each of its
    /// alternatives.
    by_fact: Vec<(Fact, usize)>,
    /// Rules that need no fact which could be looked up.
    always: Vec<usize>,
    /// The attributes and metadata that any rule asks for. The others of a subject are not worth a
    /// hash.
    names: BTreeSet<String>,
}

/// The hash of something that holds for a subject, such as "is in group staff". Two facts of the
/// same hash only make for one candidate more.
type Fact = u64;

impl Index {
    pub(super) fn new<'r>(rules: impl Iterator<Item = &'r Rule> + Clone) -> Self {
        let needs: Vec<_> = rules.clone().map(needs).collect();
        let mut all: Vec<Fact> = needs.iter().flatten().flatten().copied().collect();
        all.sort_unstable();
        let before = |limit: Option<Fact>| {
            limit.map_or(all.len(), |limit| all.partition_point(|&fact| fact < limit))
        };
        let frequency = |&fact: &Fact| before(fact.checked_add(1)) - before(Some(fact));
        let cost = |facts: &&Vec<Fact>| facts.iter().map(frequency).sum::<usize>();
        let names =
            rules.flat_map(|rule| rule.attributes.keys().chain(rule.client_metadata.keys()));
        let mut index = Self { names: names.cloned().collect(), ..Self::default() };
        for (position, needs) in needs.iter().enumerate() {
            // The rarest need leaves the fewest candidates.
            match needs.iter().min_by_key(cost) {
                Some(facts) => index.by_fact.extend(facts.iter().map(|&fact| (fact, position))),
                None => index.always.push(position),
            }
        }
        index.by_fact.sort_unstable();
        index
    }

    /// The positions of all rules that can apply to `subject`, in order.
    pub(super) fn candidates(&self, subject: &Subject) -> Vec<usize> {
        let mut found = self.always.clone();
        if !self.by_fact.is_empty() {
            self.for_each_fact(subject, |fact| {
                let start = self.by_fact.partition_point(|&(other, _)| other < fact);
                let same = self.by_fact[start..].iter().take_while(|&&(other, _)| other == fact);
                found.extend(same.map(|&(_, position)| position));
            });
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Everything about `subject` that a rule can need.
    fn for_each_fact(&self, subject: &Subject, mut add: impl FnMut(Fact)) {
        if let Some(client) = &subject.client {
            add(fact(FactKind::Client, client, None));
            if let Some(pool) = &subject.pool {
                add(fact(FactKind::Client, &format!("{pool}/{client}"), None));
            }
        }
        subject.pool.iter().for_each(|pool| add(fact(FactKind::Pool, pool, None)));
        subject.groups.iter().for_each(|group| add(fact(FactKind::Group, group, None)));
        subject.scopes.iter().for_each(|scope| add(fact(FactKind::Scope, scope, None)));
        subject
            .trigger_source
            .iter()
            .for_each(|source| add(fact(FactKind::TriggerSource, source, None)));
        for (kind, values) in [
            (FactKind::Attribute, &subject.attributes),
            (FactKind::ClientMetadata, &subject.client_metadata),
        ] {
            for (name, value) in values.iter().filter(|(name, _)| self.names.contains(*name)) {
                add(fact(kind, name, Some(value)));
                add(fact(kind, name, None));
            }
        }
    }
}

#[derive(Clone, Copy, Hash)]
enum FactKind {
    Pool,
    Client,
    Group,
    Scope,
    TriggerSource,
    /// With a value: the attribute has it. Without: the attribute is there.
    Attribute,
    /// The same for an entry of the client metadata.
    ClientMetadata,
}

fn fact(kind: FactKind, name: &str, value: Option<&str>) -> Fact {
    let mut hasher = DefaultHasher::new(); // the same in every process
    (kind, name, value).hash(&mut hasher);
    hasher.finish()
}

/// What `rule` needs of a subject: of each list, at least one.
fn needs(rule: &Rule) -> Vec<Vec<Fact>> {
    let one_of = |kind, names: &[String]| {
        names.iter().map(|name| fact(kind, name, None)).collect::<Vec<_>>()
    };
    let mut needs = vec![
        one_of(FactKind::Pool, &rule.pools),
        one_of(FactKind::Client, &rule.clients),
        one_of(FactKind::Group, &rule.groups),
        one_of(FactKind::Scope, &rule.scopes),
        one_of(FactKind::TriggerSource, &rule.trigger_sources),
    ];
    needs.extend(rule.groups_all.iter().map(|group| vec![fact(FactKind::Group, group, None)]));
    for (kind, conditions) in
        [(FactKind::Attribute, &rule.attributes), (FactKind::ClientMetadata, &rule.client_metadata)]
    {
        needs.extend(conditions.iter().map(|(name, condition)| value_needs(kind, name, condition)));
    }
    needs.retain(|facts| !facts.is_empty());
    needs
}

fn value_needs(kind: FactKind, name: &str, condition: &Condition) -> Vec<Fact> {
    match condition {
        Condition::Equals(value) => vec![fact(kind, name, Some(value))],
        Condition::OneOf(values) => {
            values.iter().map(|value| fact(kind, name, Some(value))).collect()
        }
        Condition::Present(true) | Condition::Prefix(_) => vec![fact(kind, name, None)],
        Condition::Present(false) => Vec::new(),
    }
}
