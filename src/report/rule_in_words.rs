//! A rule as two sentences: when it applies, and what it does. Pure.

use std::collections::BTreeMap;

use serde_json::Value;
use trigger::rules::{Condition, Mode, Rule};

/// A rule for people who do not read TOML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleInWords {
    /// What it is called.
    pub name: String,
    /// When it applies: all of these; always, if there are none.
    pub when: Vec<String>,
    /// What it does then.
    pub does: Vec<String>,
}

impl RuleInWords {
    /// Every key of the rule is in it.
    #[must_use]
    pub fn new(rule: &Rule) -> Self {
        let Rule {
            name,
            pools,
            clients,
            groups,
            groups_all,
            groups_none,
            attributes,
            client_metadata,
            facts,
            scopes,
            trigger_sources,
            not_before,
            not_after,
            add_scopes,
            suppress_scopes,
            access_claims,
            suppress_access_claims,
            id_claims,
            suppress_id_claims,
            add_groups,
            set_groups,
            suppress_groups,
            scopes_from,
            refuse,
            mode,
        } = rule;
        let mut when = vec![];
        list(&mut when, "the pool is", pools, " or ");
        list(&mut when, "the client is", clients, " or ");
        list(&mut when, "the user is in", groups, " or ");
        list(&mut when, "the user is in", groups_all, " and ");
        list(&mut when, "the user is not in", groups_none, " nor ");
        when.extend(conditions("the attribute", attributes));
        when.extend(conditions("the caller's metadata", client_metadata));
        when.extend(conditions("the fact", facts));
        list(&mut when, "the token was asked for with", scopes, " or ");
        list(&mut when, "the occasion is", trigger_sources, " or ");
        when.extend(not_before.as_ref().map(|time| format!("it is {time} or later")));
        when.extend(not_after.as_ref().map(|time| format!("it is not after {time}")));
        let mut does = vec![];
        list(&mut does, "adds", add_scopes, ", ");
        list(&mut does, "takes away", suppress_scopes, ", ");
        does.extend(claims("access", access_claims));
        list(&mut does, "takes from the access token the claims", suppress_access_claims, ", ");
        does.extend(claims("ID", id_claims));
        list(&mut does, "takes from the ID token the claims", suppress_id_claims, ", ");
        list(&mut does, "takes scopes from data only within", scopes_from, " or ");
        list(&mut does, "names in the tokens, too, the groups", add_groups, ", ");
        match set_groups.as_deref() {
            Some([]) => does.push("names no group in the tokens".to_owned()),
            Some(groups) => list(&mut does, "names in the tokens the groups", groups, ", "),
            None => {}
        }
        list(&mut does, "takes from the tokens the groups", suppress_groups, ", ");
        does.extend(refuse.as_ref().map(|text| match mode {
            Mode::Enforce => format!("refuses the sign-in with \"{text}\""),
            Mode::Report => format!("writes into the log that it would refuse with \"{text}\""),
        }));
        Self { name: name.clone(), when, does }
    }
}

fn list(sentences: &mut Vec<String>, what: &str, names: &[String], between: &str) {
    if !names.is_empty() {
        sentences.push(format!("{what} {}", names.join(between)));
    }
}

fn conditions(what: &str, conditions: &BTreeMap<String, Condition>) -> Vec<String> {
    let sentence = |(name, condition): (&String, &Condition)| {
        let says = match condition {
            Condition::Equals(text) => format!("is \"{text}\""),
            Condition::OneOf(texts) => {
                let texts: Vec<_> = texts.iter().map(|text| format!("\"{text}\"")).collect();
                format!("is {}", texts.join(" or "))
            }
            Condition::Present(true) => "is there".to_owned(),
            Condition::Present(false) => "is not there".to_owned(),
            Condition::Prefix(text) => format!("begins with \"{text}\""),
        };
        format!("{what} {name} {says}")
    };
    conditions.iter().map(sentence).collect()
}

fn claims(token: &str, claims: &BTreeMap<String, Value>) -> Vec<String> {
    let sentence = |(name, value): (&String, &Value)| {
        format!("gives the {token} token the claim {name} = {value}")
    };
    claims.iter().map(sentence).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_key_is_a_sentence() {
        let rule = json!({
            "name": "all", "pools": ["p"], "clients": ["a", "b"], "groups": ["g", "h"], "groups_all": ["i", "j"],
            "groups_none": ["k", "l"], "attributes": {"plan": {"one_of": ["pro", "team"]}, "email": {"present": false}},
            "client_metadata": {"tenant": "acme"}, "scopes": ["openid"], "trigger_sources": ["TokenGeneration_Authentication"],
            "not_before": "2026-01-01", "not_after": "2026-12-31",
            "add_scopes": ["o/r", "o/w"], "suppress_scopes": ["o/x"], "access_claims": {"tenant": "{attributes.plan}"},
            "suppress_access_claims": ["c"], "id_claims": {"n": 1}, "suppress_id_claims": ["d"], "set_groups": [],
            "suppress_groups": ["m"], "add_groups": ["n"], "scopes_from": ["o/*"], "refuse": "No.",
        });
        let keys = rule.as_object().expect("a table").len();
        let rule: Rule = serde_json::from_value(rule).expect("a rule");
        let words = RuleInWords::new(&rule);
        // Attributes have two conditions, and the name is no sentence.
        assert_eq!(words.when.len() + words.does.len(), keys, "{words:#?}");
        assert!(words.when.contains(&"the user is in g or h".to_owned()));
        assert!(words.when.contains(&"the user is in i and j".to_owned()));
        assert!(words.when.contains(&"the attribute plan is \"pro\" or \"team\"".to_owned()));
        assert!(words.does.contains(&"names no group in the tokens".to_owned()));
        assert_eq!(RuleInWords::new(&Rule::default()).when, [""; 0]);
    }
}
