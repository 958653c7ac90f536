//! The embedded emulator that `--local` starts: a pinned `MiniStack` in a virtual environment of its own.
//!
//! Decides where it is installed and how its one process is started, found again and ended. It must not know what is
//! deployed to it, and it never ends a process that it cannot prove to be the one it started. The emulator runs code as its
//! owner, so it is its owner's alone: `guard.py` lets nobody in without the key of this emulator.

mod dirs;
mod emulator;
mod error;
mod fingerprint;
mod http;
mod install;
mod key;
mod lifecycle;
mod lock;
mod own;
mod private;
mod seeds;
mod tools;

pub use dirs::Dirs;
pub use emulator::{Emulator, spawn};
pub use error::LocalError;
pub use install::{Venv, install};
pub use key::Key;
pub use lifecycle::{Running, ensure_running, reset, status, stop};
pub use own::{Own, OwnOptions, start_own};
pub use seeds::{SeedSecrets, Seeds};
pub use tools::python;

/// Region of the emulator when nobody names one.
pub const REGION: &str = "us-east-1";

/// What a start or an installation tells its user: short lines such as `downloading cryptography 4.5 MB`.
pub type Say<'a> = &'a dyn Fn(&str);
