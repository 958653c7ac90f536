//! What a rule that refuses may say: one line that can be shown to anybody, and nothing else beside
//! it.

use super::problem::RuleProblems;
use super::{Mode, ProblemKind, Rule};

/// More is no message any more. Cognito documents no limit of its own.
const LETTERS: usize = 200;

/// Checks `refuse` and `mode` of a rule, at whose path `problems` is.
pub(super) fn check_refusal(rule: &Rule, problems: &mut RuleProblems) {
    let Some(text) = &rule.refuse else {
        if rule.mode == Mode::Report {
            problems.push_at("mode", ProblemKind::ModeWithoutRefusal);
        }
        return;
    };
    let letters = text.chars().count();
    if letters > LETTERS {
        problems.push_at("refuse", ProblemKind::LongRefusal { letters, most: LETTERS });
    }
    if let Some(character) = text.chars().find(|&character| is_invisible(character)) {
        problems.push_at("refuse", ProblemKind::InvisibleRefusal { character });
    }
    let alone = Rule { refuse: None, mode: Mode::Enforce, ..rule.clone() };
    if alone.has_effect() {
        problems.push_at("refuse", ProblemKind::RefusesBeside);
    }
}

/// Control characters, and those that have no shape or turn the direction of the text around them.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}
