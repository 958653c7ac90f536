//! What a rule asks of facts, and texts that know none.

use std::collections::BTreeSet;

use serde_json::Value;

use super::fact_path::fact_of;
use super::template::Template;
use super::{Condition, Mode, Rule, Subject};

/// With what a sign-in is refused for which a fact is missing that a rule needs.
pub const MISSING_FACT: &str = "the account is not set up";

/// The value without what a claim cannot be: members and items that are null.
#[must_use]
pub fn without_nulls(value: Value) -> Value {
    match value {
        Value::Array(items) => {
            items.into_iter().filter(|item| !item.is_null()).map(without_nulls).collect()
        }
        Value::Object(members) => {
            let members = members.into_iter().filter(|(_, value)| !value.is_null());
            members.map(|(name, value)| (name, without_nulls(value))).collect()
        }
        other => other,
    }
}

impl Rule {
    /// What the rule asks of facts, each with the place where it does: `["facts", "entitlements.plan"]` asks for
    /// `entitlements.plan`.
    #[must_use]
    pub fn facts_asked(&self) -> Vec<(Vec<String>, String)> {
        let conditions = self.facts.keys();
        let mut asked: Vec<_> =
            conditions.map(|path| (vec!["facts".to_owned(), path.clone()], path.clone())).collect();
        let set_groups = self.set_groups.as_deref().unwrap_or_default();
        for (key, list) in [
            ("add_scopes", self.add_scopes.as_slice()),
            ("suppress_scopes", &self.suppress_scopes),
            ("add_groups", &self.add_groups),
            ("set_groups", set_groups),
            ("suppress_groups", &self.suppress_groups),
        ] {
            for (place, entry) in list.iter().enumerate() {
                ask(entry, &[key.to_owned(), place.to_string()], &mut asked);
            }
        }
        for (key, claims) in
            [("access_claims", &self.access_claims), ("id_claims", &self.id_claims)]
        {
            for (name, value) in claims {
                ask_value(value, &[key.to_owned(), name.clone()], &mut asked);
            }
        }
        asked
    }

    /// The rule that turns away whoever this one applies to without the fact `name`. Machines are refused by it only if this
    /// rule names their source.
    #[must_use]
    pub fn without_fact(&self, name: &str) -> Self {
        Self {
            name: format!("{}: without the fact {name}", self.name),
            facts: [(name.to_owned(), Condition::Present(false))].into(),
            refuse: Some(MISSING_FACT.to_owned()),
            mode: Mode::Enforce,
            ..self.clone().without_effects()
        }
    }
}

/// The names of the facts that the rule needs.
pub(super) fn needed(rule: &Rule) -> BTreeSet<String> {
    rule.facts_asked().iter().map(|(_, path)| fact_of(path).to_owned()).collect()
}

fn ask(text: &str, place: &[String], asked: &mut Vec<(Vec<String>, String)>) {
    if !text.contains("facts.") {
        return; // nothing is parsed twice where nobody has facts
    }
    // One that is none is a problem of its own.
    let Ok(template) = Template::parse(text) else { return };
    asked.extend(template.facts().map(|path| (place.to_vec(), path.to_owned())));
}

fn ask_value(value: &Value, place: &[String], asked: &mut Vec<(Vec<String>, String)>) {
    let further = |step: String| place.iter().cloned().chain([step]).collect::<Vec<_>>();
    match value {
        Value::String(text) => ask(text, place, asked),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                ask_value(item, &further(index.to_string()), asked);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                ask_value(member, &further(name.clone()), asked);
            }
        }
        _ => {}
    }
}

/// A text with placeholders outside of rules: the key of an item. It knows everything of a subject but facts.
#[derive(Debug, Clone, PartialEq)]
pub struct SubjectText(Template);

impl SubjectText {
    /// Reads it, or says in a sentence what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let template =
            Template::parse(text).map_err(|error| super::ProblemKind::from(error).to_string())?;
        let asked = template.facts().next().map(str::to_owned);
        match asked {
            Some(path) => Err(format!("a key cannot be made of a fact, as `{{facts.{path}}}`")),
            None => Ok(Self(template)),
        }
    }

    /// The text for `subject`; nothing if anything that it needs is missing.
    #[must_use]
    pub fn fill(&self, subject: &Subject) -> Option<String> {
        Some(match self.0.render(subject)? {
            Value::String(text) => text,
            Value::Array(items) => {
                let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
                texts.collect::<Option<Vec<_>>>()?.join(",")
            }
            other => other.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_rule_tells_what_it_asks_for() {
        let rule: Rule = serde_json::from_value(json!({
            "name": "r", "facts": { "a.x": "1" }, "add_scopes": ["o/{facts.b.y | lower}", "o/x"],
            "access_claims": { "c": [{ "d": "{facts.c}" }], "e": "{{facts.d}}" },
        }))
        .expect("a rule");
        let found: Vec<_> = rule.facts_asked();
        let found: Vec<_> =
            found.iter().map(|(place, path)| (place.join("/"), path.as_str())).collect();
        let expected =
            [("facts/a.x", "a.x"), ("add_scopes/0", "b.y"), ("access_claims/c/0/d", "c")];
        assert_eq!(found, expected.map(|(place, path)| (place.to_owned(), path)));
        assert_eq!(needed(&rule), ["a", "b", "c"].map(str::to_owned).into());
    }

    #[test]
    fn a_key_is_a_text_without_facts() {
        let subject = Subject {
            user_name: Some("ada".to_owned()),
            groups: vec!["x".to_owned(), "y".to_owned()],
            ..Subject::default()
        };
        let fill = |text: &str| SubjectText::parse(text).map(|text| text.fill(&subject));
        assert_eq!(fill("USER#{user_name}"), Ok(Some("USER#ada".to_owned())));
        assert_eq!(fill("{groups}"), Ok(Some("x,y".to_owned())));
        assert_eq!(fill("{attributes.sub}"), Ok(None));
        assert!(fill("{facts.a.b}").is_err_and(|text| text.contains("{facts.a.b}")));
        assert!(fill("{").is_err());
    }

    #[test]
    fn no_null_is_left() {
        let value = json!({ "a": null, "b": [null, 1, { "c": null }], "d": "x" });
        assert_eq!(without_nulls(value), json!({ "b": [1, {}], "d": "x" }));
    }
}
