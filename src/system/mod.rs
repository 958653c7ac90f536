//! This machine: its clock, programs that are started, texts that are read, and what no text that leaves may show.

pub mod browser;
pub(crate) mod child;
pub mod clock;
pub(crate) mod printable;
pub(crate) mod random;
pub(crate) mod secrets;
pub(crate) mod text_file;
