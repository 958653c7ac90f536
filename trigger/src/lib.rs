//! The pre token generation trigger: which scopes and claims a token gets, and how Cognito is told.
//!
//! Everything here is pure: no clock, no environment, no files. The `bootstrap` binary adds those,
//! and the CLI uses the same code to check the rules, to simulate them and to prove that a real
//! token is what they promise.
//!
//! ```
//! use trigger::{Handler, Ids, Rules};
//!
//! let rules = r#"[{ "name": "staff write", "groups": ["staff"], "add_scopes": ["orders/write"] }]"#;
//! let rules = Rules::from_json(rules).expect("valid rules");
//! let handler = Handler { rules, ids: Ids::default() };
//!
//! let event = r#"{ "version": "2", "request": { "groupConfiguration": { "groupsToOverride": ["staff"] } }, "response": null }"#;
//! let answer = handler.handle(event, 0).expect("an event");
//! let event = answer.event.expect("no refusal");
//! assert!(event.contains(r#""scopesToAdd":["orders/write"]"#));
//! ```

pub mod event;
pub mod facts;
pub mod handle;
pub mod ids;
mod response;
pub mod rules;

pub use event::Event;
pub use facts::{DeclaredFacts, Fact, FactLack};
pub use handle::{Answer, Fault, Handler};
pub use ids::Ids;
pub use rules::{
    Condition, Decision, Mismatch, Moment, ProblemKind, Rule, RuleProblem, RuleRefusal, Rules,
    RulesError, Subject, Token,
};

/// The file beside `bootstrap`, in the deployed package, that holds the rules.
pub const RULES_FILE: &str = "rules.json";

/// The file beside them that says where facts come from. It is there only if there are any.
pub const FACTS_FILE: &str = "facts.json";

/// The member of an event that brings facts along, by their names: the smoke test of a new version sends it, and Cognito
/// never does.
pub const FACTS_MEMBER: &str = "pretokenFacts";

/// The environment variable that holds the [`Ids`]. AWS allows 4 KB for all variables of a function
/// together.
pub const IDS_VARIABLE: &str = "PRETOKEN_IDS";

/// The environment variable that makes the trigger log every decision when it is `debug`.
pub const LOG_VARIABLE: &str = "PRETOKEN_LOG";
