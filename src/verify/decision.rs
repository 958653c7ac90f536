//! The whole decision of the rules, as tokens must show it: what was added, what was replaced, and what was taken away.
//! Pure.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use trigger::{Rules, Subject};

use crate::config::TriggerSource;
use crate::tokens::persona::{Expected, Persona};

/// The claim that lists groups, in both tokens.
const GROUPS: &str = "cognito:groups";

/// What tokens must hold, and what not.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Decided {
    pub(super) expected: Expected,
    /// Claims that the access token must not have.
    pub(super) not_in_access: BTreeSet<String>,
    /// Claims that the ID token must not have.
    pub(super) not_in_id: BTreeSet<String>,
    /// The groups in both tokens, if the rules changed them; their order is nobody's business.
    pub(super) groups: Option<BTreeSet<String>>,
}

impl Decided {
    /// What was promised, where nobody knows the rules.
    pub(super) fn promised(persona: &Persona, source: TriggerSource) -> Self {
        Self { expected: persona.promised(source), ..Self::default() }
    }

    /// What the rules decide about this subject, and what was promised.
    pub(super) fn of(
        persona: &Persona,
        rules: &Rules,
        subject: &Subject,
        source: TriggerSource,
    ) -> Self {
        let decision = rules.decide(subject);
        let expected = persona.expected(rules, subject, source);
        let absent = |suppressed: BTreeSet<String>, there: &Map<String, Value>| {
            suppressed.into_iter().filter(|claim| !there.contains_key(claim)).collect()
        };
        Self {
            not_in_access: absent(decision.access.suppress_claims, &expected.access_claims),
            not_in_id: absent(decision.id.suppress_claims, &expected.id_claims),
            groups: decision.groups.map(|groups| groups.into_iter().collect()),
            expected,
        }
    }

    /// What is wrong with the claims, a sentence each.
    pub(super) fn wrong(
        &self,
        access: &Map<String, Value>,
        id: &Map<String, Value>,
    ) -> Vec<String> {
        let Self { expected, not_in_access, not_in_id, .. } = self;
        let mut wrong = differing("access", &expected.access_claims, access);
        wrong.extend(differing("ID", &expected.id_claims, id));
        wrong.extend(present("access", not_in_access, access));
        wrong.extend(present("ID", not_in_id, id));
        wrong.extend(self.other_groups("access", access));
        wrong.extend(self.other_groups("ID", id));
        wrong
    }

    /// A token without groups has no claim at all.
    fn other_groups(&self, token: &str, claims: &Map<String, Value>) -> Option<String> {
        let wanted = self.groups.as_ref()?;
        if self.not_in_access.contains(GROUPS) || self.not_in_id.contains(GROUPS) {
            return None;
        }
        let names = claims.get(GROUPS).and_then(Value::as_array).into_iter().flatten();
        let found: BTreeSet<String> =
            names.filter_map(Value::as_str).map(ToOwned::to_owned).collect();
        (found != *wanted).then(|| {
            let (found, wanted) = (json!(found), json!(wanted));
            format!("the claim `{GROUPS}` of the {token} token is {found}, not {wanted}")
        })
    }
}

fn differing(
    token: &str,
    expected: &Map<String, Value>,
    found: &Map<String, Value>,
) -> Vec<String> {
    let wrong = expected.iter().filter(|(claim, value)| found.get(*claim) != Some(value));
    wrong
        .map(|(claim, value)| {
            let found = found.get(claim).map_or("absent".to_owned(), ToString::to_string);
            format!("the claim `{claim}` of the {token} token is {found}, not {value}")
        })
        .collect()
}

fn present(token: &str, absent: &BTreeSet<String>, found: &Map<String, Value>) -> Vec<String> {
    let there = absent.iter().filter(|claim| found.contains_key(*claim));
    there
        .map(|claim| {
            format!("the claim `{claim}` of the {token} token is {}, not absent", found[claim])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn what_was_taken_away_is_gone() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let decided = Decided {
            not_in_id: names(&["email"]),
            groups: Some(names(&["staff", "desk"])),
            ..Decided::default()
        };
        let right = claims(&json!({"cognito:groups": ["desk", "staff"]}));
        assert_eq!(decided.wrong(&right, &right), Vec::<String>::new());
        let wrong = claims(&json!({"cognito:groups": ["admins"], "email": "a@example.com"}));
        assert_eq!(
            decided.wrong(&right, &wrong),
            [
                "the claim `email` of the ID token is \"a@example.com\", not absent",
                "the claim `cognito:groups` of the ID token is [\"admins\"], not [\"desk\",\"staff\"]",
            ]
        );
        let nobodys = Decided { groups: Some(names(&[])), ..Decided::default() };
        assert_eq!(nobodys.wrong(&Map::new(), &Map::new()), Vec::<String>::new());
    }
}
