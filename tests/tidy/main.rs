//! The rules of the architecture, held by tests: a rule that nothing checks is a wish.

mod circles;
mod imports;
mod map;
mod rooms;
mod sources;
mod syntax;
mod type_names;
mod words;
