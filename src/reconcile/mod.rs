//! From what is wanted and what was seen to what has to be done, and doing it.

pub mod actual;
pub mod apply;
pub mod desired;
pub mod identity;
pub mod lifetime;
pub mod observe;
pub mod ownership;
pub mod plan;
