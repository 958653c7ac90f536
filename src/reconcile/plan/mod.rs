//! What has to be done, as data: a pure function of what is wanted and what was seen. No clock, network or file.
//!
//! A step exists only because of what was observed, never because another step exists; that is why a killed run can be
//! continued by the next one without a state file.

mod adopted;
mod broken;
mod change;
mod contents;
mod converge;
mod declared;
mod destroy;
mod facts;
pub mod fields;
mod identity_providers;
mod memory;
mod other_triggers;
mod owners;
mod preserved;
mod refusal;
mod release;
mod saved;
mod show;
mod slots;
mod step;
mod strangers;

pub use broken::{Broken, broken};
pub use change::{Action, Change, Kind};
pub use converge::converge;
pub use destroy::{Confirmed, destroy};
pub use fields::FieldChange;
pub use preserved::PreservedSettings;
pub use refusal::Refusal;
pub use saved::{Fingerprints, Inputs, StaleReason};
pub use show::{Document, Summary};
pub(crate) use slots::withheld;
pub use step::Step;

/// What has to be done, in the order in which it is shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// The steps; [`Step::stage`] says which may run side by side.
    pub steps: Vec<Step>,
    /// How many resources were compared and found right.
    pub unchanged: usize,
    /// What the writes to adopted pools leave as it is.
    pub preserved: Vec<PreservedSettings>,
    /// What deserves saying but needs no step.
    pub notes: Vec<String>,
}

impl Plan {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}
