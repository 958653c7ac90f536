//! Faults on demand: the k-th change, or every call of an operation, gets lost, refused, throttled or held back.

use std::sync::Arc;

use super::{call::Call, gate::Gate, refusal::Refusal};

/// Which calls a fault meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pick {
    /// From the n-th changing call on, counted from 1 and from when the fault was set.
    Mutating(usize),
    /// The calls of an operation, such as `lambda:CreateFunction` or `CreateFunction`.
    Operation(&'static str),
    /// All calls of a service; `other` are those that are no AWS operation, such as downloads.
    Service(&'static str),
}

/// When a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The call has not taken effect, and if it is lost, never does.
    Before,
    /// It took effect, and the answer has not been sent.
    After,
}

/// What happens to a call that a fault meets.
#[derive(Debug, Clone)]
pub(crate) enum Effect {
    Lost(Moment),
    Held(Moment, Arc<Gate>),
    Refused(Refusal),
    Throttled,
}

#[derive(Debug)]
struct Fault {
    pick: Pick,
    effect: Effect,
    /// How many calls it still meets. The SDK tries again, so a single loss goes unnoticed.
    left: usize,
    seen: usize,
}

/// The faults that are set.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    set: Vec<Fault>,
}

impl Faults {
    pub(crate) fn add(&mut self, pick: Pick, effect: Effect, times: usize) {
        self.set.push(Fault { pick, effect, left: times, seen: 0 });
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The effect of the first fault that meets this call. Every fault counts it.
    pub(crate) fn strike(&mut self, call: &Call) -> Option<Effect> {
        let meeting: Vec<&mut Fault> =
            self.set.iter_mut().filter_map(|fault| fault.meets(call)).collect();
        let fault = meeting.into_iter().next()?;
        fault.left -= 1;
        Some(fault.effect.clone())
    }
}

impl Fault {
    fn meets(&mut self, call: &Call) -> Option<&mut Self> {
        let met = match self.pick {
            Pick::Mutating(nth) => {
                self.seen += usize::from(call.is_mutating());
                call.is_mutating() && self.seen >= nth
            }
            Pick::Operation(name) => name == call.operation || name == call.name(),
            Pick::Service(name) => name == call.service,
        };
        (met && self.left > 0).then_some(self)
    }
}
