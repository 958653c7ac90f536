//! Least privilege: what `permissions` prints, and the proof by an emulator that enforces it.

mod account;
mod apis;
#[path = "../support/binary.rs"]
#[expect(dead_code, reason = "each test crate uses a part of it")]
mod binary;
mod boundary;
mod calls;
mod document;
mod enforced;
mod printed;
mod simulated;
#[path = "../support/stack.rs"]
#[expect(dead_code, reason = "the end to end tests use the rest of it")]
mod stack;
#[path = "../strict/mod.rs"]
#[expect(dead_code, reason = "the layer's own tests use the rest of it")]
mod strict;
