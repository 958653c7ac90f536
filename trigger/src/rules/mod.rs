//! The rule language: its words ([`Rule`]), what is wrong with a rule ([`RuleProblem`]), and what the
//! rules say about one token ([`Decision`]). Pure: whatever a rule may look at is in the
//! [`Subject`], the time included.

mod check;
mod claim;
mod computed;
mod condition;
mod copy;
mod decision;
mod fact;
mod fact_path;
mod filter;
mod index;
mod matching;
mod moment;
mod problem;
mod protected;
mod refuse;
mod rule;
mod set;
mod subject;
mod template;
mod template_error;

pub use computed::{is_bound, is_computed};
pub use condition::Condition;
pub use copy::{CopiedAttributes, EVERY_CLAIM};
pub use decision::{AccessEffects, Decision, IdEffects, RuleRefusal};
pub use fact::{MISSING_FACT, SubjectText, without_nulls};
pub use fact_path::fact_of;
pub use matching::Mismatch;
pub use moment::Moment;
pub use problem::{ProblemKind, RuleProblem, Token};
pub use rule::{MACHINE_SOURCE, Mode, Rule};
pub use set::{Rules, RulesError};
pub use subject::Subject;
