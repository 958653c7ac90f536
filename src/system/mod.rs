//! This machine: programs that are started, and texts that are read.

pub(crate) mod child;
pub(crate) mod text_file;
