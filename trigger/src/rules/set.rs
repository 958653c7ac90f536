//! All rules together: compiled once when they are loaded, asked once for every token. Defines the
//! order of things: the first rule that refuses ends everything; else all rules that match apply in
//! turn, what is suppressed by any of them is gone, and of two values the later one stays.

use std::collections::BTreeSet;
use std::fmt;

use super::check::{self, Prepared};
use super::claim::Claim;
use super::computed::Names;
use super::index::Index;
use super::problem::RuleProblems;
use super::{Decision, Mismatch, Rule, RuleProblem, RuleRefusal, Subject, Token};

/// Valid rules, ready to decide about tokens.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    rules: Vec<Prepared>,
    index: Index,
}

impl Rules {
    /// Compiles `rules`, or says everything that is wrong with them. The paths of the problems
    /// begin with the position of the rule.
    pub fn compile(rules: Vec<Rule>) -> Result<Self, Vec<RuleProblem>> {
        let mut problems = RuleProblems::default();
        let prepare = |(place, rule): (usize, Rule)| {
            problems.at(place.to_string(), |problems| check::prepare(rule, problems))
        };
        let rules: Vec<_> = rules.into_iter().enumerate().map(prepare).collect();
        if !problems.found.is_empty() {
            return Err(problems.found);
        }
        let index = Index::new(rules.iter().map(|prepared| &prepared.rule));
        Ok(Self { rules, index })
    }

    /// Reads and compiles the contents of [`RULES_FILE`](crate::RULES_FILE): a JSON array of rules.
    pub fn from_json(json: &str) -> Result<Self, RulesError> {
        let rules = serde_json::from_str(json).map_err(RulesError::Unreadable)?;
        Self::compile(rules).map_err(RulesError::Invalid)
    }

    /// The rules as they were given, in order; positions in a [`Decision`] and in a [`RuleProblem`]
    /// count them from zero.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Rule> {
        self.rules.iter().map(|prepared| &prepared.rule)
    }

    /// The rule at this position.
    #[must_use]
    pub fn get(&self, position: usize) -> Option<&Rule> {
        self.rules.get(position).map(|prepared| &prepared.rule)
    }

    /// What the rules say about the tokens of `subject`.
    #[must_use]
    pub fn decide(&self, subject: &Subject) -> Decision {
        let mut decision = Decision::default();
        let mut refusal = None;
        for position in self.index.candidates(subject) {
            let prepared = &self.rules[position];
            if prepared.matches(subject).is_ok() {
                decision.matched.push(position);
                refusal = refusal.or_else(|| prepared.refusal(position));
                prepared.apply(position, subject, &mut decision);
            }
        }
        if refusal.is_some() {
            return Decision { matched: decision.matched, refusal, ..Decision::default() };
        }
        decision.settle();
        decision.groups = self.groups(subject, &mut decision);
        decision.dropped.sort_unstable();
        decision.dropped.dedup();
        decision
    }

    /// The names of the facts that can make a difference to `subject`: those of rules that apply as far as is known
    /// without any.
    #[must_use]
    pub fn needed_facts(&self, subject: &Subject) -> BTreeSet<&str> {
        let candidates = self.index.candidates(subject).into_iter();
        let applying = candidates
            .map(|position| &self.rules[position])
            .filter(|prepared| !prepared.facts.is_empty())
            .filter(|prepared| prepared.matches_but_for_facts(subject).is_ok());
        applying.flat_map(|prepared| prepared.facts.iter().map(String::as_str)).collect()
    }

    /// Whether any rule needs a fact.
    #[must_use]
    pub fn need_facts(&self) -> bool {
        self.rules.iter().any(|prepared| !prepared.facts.is_empty())
    }

    /// For every rule whether it applies to `subject`, and if not, the first condition that is in
    /// the way.
    #[must_use]
    pub fn explain(&self, subject: &Subject) -> Vec<Result<(), Mismatch<'_>>> {
        self.rules.iter().map(|prepared| prepared.matches(subject)).collect()
    }

    /// The groups that the matched rules of `decision` leave to `subject`, if they differ from its own.
    fn groups(&self, subject: &Subject, decision: &mut Decision) -> Option<Vec<String>> {
        let (mut set, mut added, mut gone) = (None, Vec::new(), BTreeSet::new());
        for &position in &decision.matched {
            let prepared = &self.rules[position];
            let rule = &prepared.rule;
            let Some(computed) = &prepared.computed else {
                set = rule.set_groups.clone().or(set);
                added.extend(rule.add_groups.iter().cloned());
                gone.extend(rule.suppress_groups.iter().cloned());
                continue;
            };
            let mut dropped = false;
            let mut fill = |names: &Names| {
                let (groups, bad) = names.groups(subject);
                dropped |= bad;
                groups
            };
            set = rule.set_groups.is_some().then(|| fill(&computed.set_groups)).or(set);
            added.extend(fill(&computed.add_groups));
            gone.extend(fill(&computed.suppress_groups));
            decision.dropped.extend(dropped.then_some(position));
        }
        if set.is_none() && added.is_empty() && gone.is_empty() {
            return None;
        }
        // Inserting what was seen leaves out a second mention, too.
        let all = set.as_ref().unwrap_or(&subject.groups).iter().chain(&added);
        let groups: Vec<_> = all.filter(|group| gone.insert((*group).clone())).cloned().collect();
        (groups != subject.groups).then_some(groups)
    }
}

impl Prepared {
    /// What it refuses with, if that is what it does.
    fn refusal(&self, position: usize) -> Option<RuleRefusal> {
        let text = self.rule.refuse.clone().filter(|_| self.rule.refuses())?;
        Some(RuleRefusal { rule: position, text })
    }

    /// Adds the effects of this rule to `decision`.
    fn apply(&self, position: usize, subject: &Subject, decision: &mut Decision) {
        let rule = &self.rule;
        if let Some(computed) = &self.computed {
            let (added, bad) = computed.add_scopes.scopes(subject, rule);
            let (suppressed, worse) = computed.suppress_scopes.scopes(subject, rule);
            decision.access.add_scopes.extend(added);
            decision.access.suppress_scopes.extend(suppressed);
            decision.dropped.extend((bad || worse).then_some(position));
        } else {
            decision.access.add_scopes.extend(rule.add_scopes.iter().cloned());
            decision.access.suppress_scopes.extend(rule.suppress_scopes.iter().cloned());
        }
        decision.access.suppress_claims.extend(rule.suppress_access_claims.iter().cloned());
        decision.id.suppress_claims.extend(rule.suppress_id_claims.iter().cloned());
        // What a rule names by itself stays, whatever it copies.
        let [access, id] = &self.copied;
        let copied = access.iter().flat_map(|copied| copied.claims(subject, Token::Access));
        decision.access.claims.extend(copied);
        decision.id.claims.extend(id.iter().flat_map(|copied| copied.claims(subject, Token::Id)));
        let fill = |(name, claim): &(String, Claim)| Some((name.clone(), claim.fill(subject)?));
        decision.access.claims.extend(self.access_claims.iter().filter_map(fill));
        decision.id.claims.extend(self.id_claims.iter().filter_map(fill));
    }
}

impl Decision {
    /// What is suppressed is not added. Cognito sees it so too; this way nothing depends on that.
    fn settle(&mut self) {
        let Self { access, id, .. } = self;
        access.add_scopes.retain(|scope| !access.suppress_scopes.contains(scope));
        access.claims.retain(|name, _| !access.suppress_claims.contains(name));
        id.claims.retain(|name, _| !id.suppress_claims.contains(name));
    }
}

/// Why there are no rules.
#[derive(Debug)]
pub enum RulesError {
    /// The text is not a JSON array of rules.
    Unreadable(serde_json::Error),
    /// Something is wrong with the rules themselves.
    Invalid(Vec<RuleProblem>),
}

impl fmt::Display for RulesError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(_) => out.write_str("it is no JSON array of rules"),
            Self::Invalid(problems) => {
                let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
                write!(out, "its rules are not valid: {}", problems.join("; "))
            }
        }
    }
}

impl std::error::Error for RulesError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable(error) => Some(error),
            Self::Invalid(_) => None,
        }
    }
}
