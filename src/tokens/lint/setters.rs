//! Who sets what: of several rules that set the same claim, or groups, the order matters.

use std::collections::HashMap;

use trigger::rules::{EVERY_CLAIM, Rule};

use super::index::Touched;

/// The rules that set a claim or groups, in the order of the file.
pub(super) struct Setters<'r>(HashMap<Touched<'r>, Vec<usize>>);

impl<'r> Setters<'r> {
    pub(super) fn new(rules: &'r [Rule]) -> Self {
        let mut setters: HashMap<_, Vec<usize>> = HashMap::new();
        for (place, rule) in rules.iter().enumerate() {
            for touched in sets(rule) {
                setters.entry(touched).or_default().push(place);
            }
        }
        Self(setters)
    }

    /// The last one of those that are alive that sets it before this place.
    pub(super) fn last(&self, touched: Touched, place: usize, alive: &[bool]) -> Option<usize> {
        let of = |touched: &Touched| {
            let setters = self.0.get(touched)?;
            let before = &setters[..setters.partition_point(|at| *at < place)];
            before.iter().rev().copied().find(|at| alive[*at])
        };
        // A copy of attributes may be a claim of any name.
        let copied = match touched {
            Touched::Access(_) => of(&Touched::Access(EVERY_CLAIM)),
            Touched::Id(_) => of(&Touched::Id(EVERY_CLAIM)),
            _ => None,
        };
        of(&touched).max(copied)
    }

    /// The last one that sets anything that `rule`, which stands at `place`, sets, too.
    pub(super) fn last_before(&self, rule: &Rule, place: usize, alive: &[bool]) -> Option<usize> {
        sets(rule).filter_map(|touched| self.last(touched, place, alive)).max()
    }
}

fn sets(rule: &Rule) -> impl Iterator<Item = Touched<'_>> {
    let access = rule.access_claims.keys().map(|name| Touched::Access(name));
    let id = rule.id_claims.keys().map(|name| Touched::Id(name));
    // Groups stand in the token in the order in which they were added.
    let added = (!rule.add_groups.is_empty()).then_some(Touched::AddGroups);
    access.chain(id).chain(rule.set_groups.iter().map(|_| Touched::SetGroups)).chain(added)
}
