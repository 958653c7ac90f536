//! Scopes and groups that come out of data: entries of a rule's lists that are templates. What data
//! says is not to be trusted: a scope has to lie within bounds, and neither may be what Cognito
//! could not take.

use serde_json::Value;

use super::problem::RuleProblems;
use super::template::Template;
use super::{Rule, Subject};

/// More scopes of one list are not taken from data: as many as an app client may allow
/// (`AllowedOAuthScopes`, Cognito API reference).
const SCOPES: usize = 50;
/// More groups of one list are not taken from data: nobody is in more ("Quotas in Amazon Cognito").
const GROUPS: usize = 100;
/// No longer names are taken from data: `GroupName` has 128 letters, and a resource server's scope
/// 256 beside its identifier's 256 (Cognito API reference).
const GROUP_LETTERS: usize = 128;
const SCOPE_LETTERS: usize = 513;

/// Whether an entry of a list is a template.
#[must_use]
pub fn is_computed(entry: &str) -> bool {
    entry.contains(['{', '}'])
}

/// Whether this is a scope, or the beginning of some and a `*`.
#[must_use]
pub fn is_bound(text: &str) -> bool {
    let start = text.strip_suffix('*').unwrap_or(text);
    !start.is_empty() && start.chars().all(|c| is_scope_character(c) && c != '*')
}

/// The lists of a rule of which any entry is a template.
#[derive(Debug, Clone)]
pub(super) struct Computed {
    pub(super) add_scopes: Names,
    pub(super) suppress_scopes: Names,
    pub(super) add_groups: Names,
    pub(super) set_groups: Names,
    pub(super) suppress_groups: Names,
}

/// The entries of one list.
#[derive(Debug, Clone)]
pub(super) struct Names(Vec<Name>);

#[derive(Debug, Clone)]
enum Name {
    Fixed(String),
    Computed(Template),
}

impl Computed {
    /// Compiles the lists of `rule`, at whose path `problems` is; nothing if no entry is a template.
    pub(super) fn compile(rule: &Rule, problems: &mut RuleProblems) -> Option<Box<Self>> {
        let set_groups = rule.set_groups.as_deref().unwrap_or_default();
        let lists =
            [&rule.add_scopes, &rule.suppress_scopes, &rule.add_groups, &rule.suppress_groups];
        let mut entries = lists.into_iter().flatten().chain(set_groups);
        if !entries.any(|entry| is_computed(entry)) {
            return None;
        }
        let mut compile = |key: &'static str, list: &[String]| {
            problems.at(key, |problems| Names::compile(list, problems))
        };
        Some(Box::new(Self {
            add_scopes: compile("add_scopes", &rule.add_scopes),
            suppress_scopes: compile("suppress_scopes", &rule.suppress_scopes),
            add_groups: compile("add_groups", &rule.add_groups),
            set_groups: compile("set_groups", set_groups),
            suppress_groups: compile("suppress_groups", &rule.suppress_groups),
        }))
    }
}

impl Names {
    fn compile(list: &[String], problems: &mut RuleProblems) -> Self {
        if !list.iter().any(|entry| is_computed(entry)) {
            return Self(list.iter().cloned().map(Name::Fixed).collect());
        }
        let compile = |(place, entry): (usize, &String)| match Template::parse(entry) {
            Ok(template) if is_computed(entry) => Name::Computed(template),
            Ok(_) => Name::Fixed(entry.clone()),
            Err(error) => {
                problems.push_at(place.to_string(), error.into());
                Name::Fixed(entry.clone())
            }
        };
        Self(list.iter().enumerate().map(compile).collect())
    }

    /// The scopes for `subject`, and whether data said anything that is none, or not within the
    /// bounds of `rule`.
    pub(super) fn scopes(&self, subject: &Subject, rule: &Rule) -> (Vec<String>, bool) {
        self.fill(subject, SCOPES, |scope| rule.admits(scope))
    }

    /// The groups for `subject`, and whether data said anything that can be none.
    pub(super) fn groups(&self, subject: &Subject) -> (Vec<String>, bool) {
        self.fill(subject, GROUPS, is_group)
    }

    fn fill(
        &self,
        subject: &Subject,
        most: usize,
        is_good: impl Fn(&str) -> bool,
    ) -> (Vec<String>, bool) {
        let (mut names, mut taken, mut dropped) = (Vec::new(), 0, false);
        for name in &self.0 {
            match name {
                Name::Fixed(name) => names.push(name.clone()),
                Name::Computed(template) => {
                    for name in texts(template.render(subject)) {
                        let good = taken < most && is_good(&name);
                        dropped |= !good && !name.trim().is_empty();
                        if good {
                            taken += 1;
                            names.push(name);
                        }
                    }
                }
            }
        }
        (names, dropped)
    }
}

/// The texts in a value: itself, or the items of a list.
fn texts(value: Option<Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Number(number)) => vec![number.to_string()],
        Some(Value::Array(items)) => items
            .into_iter()
            .flat_map(|item| match item {
                Value::Array(_) => Vec::new(),
                item => texts(Some(item)),
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// `GroupName`: letters, marks, symbols, digits and punctuation (Cognito API reference).
fn is_group(name: &str) -> bool {
    let letters = name.chars().count();
    (1..=GROUP_LETTERS).contains(&letters)
        && !name.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// RFC 6749, appendix A.4: `scope-token`.
pub(super) fn is_scope_character(character: char) -> bool {
    matches!(character, '\x21' | '\x23'..='\x5B' | '\x5D'..='\x7E')
}

impl Rule {
    /// Whether a scope that data says may be taken: it is one that Cognito takes, is not Cognito's
    /// own, and lies within `scopes_from`.
    #[must_use]
    pub fn admits(&self, scope: &str) -> bool {
        let lies_in = |bound: &String| match bound.strip_suffix('*') {
            Some(start) => scope.starts_with(start) && scope.len() > start.len(),
            None => scope == bound,
        };
        !scope.is_empty()
            && scope.len() <= SCOPE_LETTERS
            && scope.chars().all(is_scope_character)
            && !scope.starts_with("aws.cognito.")
            && self.scopes_from.iter().any(lies_in)
    }

    /// Whether scopes come out of data.
    #[must_use]
    pub fn computes_scopes(&self) -> bool {
        self.add_scopes.iter().chain(&self.suppress_scopes).any(|entry| is_computed(entry))
    }
}
