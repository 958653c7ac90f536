//! What the rules do to tokens, offline.

pub mod apis;
pub(crate) mod event;
pub mod flows;
pub mod hints;
pub mod impact;
pub mod lint;
mod machine;
pub mod matrix;
pub mod persona;
mod placeholders;
pub mod promise_text;
pub mod promises;
pub mod prospect;
pub mod simulate;
pub mod size;
pub mod smoke_test;
pub mod subjects;
pub mod trust;
