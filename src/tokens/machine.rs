//! Who is a machine: nobody stands behind a token that a client got by its own credentials. Pure.

use trigger::rules::{MACHINE_SOURCE, Subject};

/// Whether a token that comes about so is a machine's.
pub(super) fn is_of_machine(source: &str) -> bool {
    source == MACHINE_SOURCE
}

/// Whether the subject is a machine.
pub(super) fn is_machine(subject: &Subject) -> bool {
    subject.trigger_source.as_deref().is_some_and(is_of_machine)
}
