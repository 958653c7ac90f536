//! The users that proofs make: whose they are is in their names, so that one that was left behind is known to whoever looks,
//! and how long one may be in use is fixed, so that nobody removes one from under a proof that goes on.

use ring::digest::{SHA256, digest};

use super::stack::StackName;

/// How the name of every user begins that a proof makes.
///
/// In a pool that names its users by e-mail address or phone number, AWS invents the name: there the address
/// (`pretoken-verify-…@example.com`), or the attribute `name`, begins with it.
pub const VERIFICATION_PREFIX: &str = "pretoken-verify-";

/// How many seconds a proof keeps to one user at most. It takes another one when half of them are over, so that one that is
/// older than this belongs to no proof.
pub const LEASE: i64 = 900;

impl StackName {
    /// How the names of the users begin that proofs of this stack make: two stacks may prove tokens in one pool.
    #[must_use]
    pub fn temporary_user_prefix(&self) -> String {
        let hash = digest(&SHA256, self.to_string().as_bytes());
        let hash: String = hash.as_ref()[..2].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{VERIFICATION_PREFIX}{hash}-")
    }
}

/// A user that some proof made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TemporaryUser {
    /// What the pool calls it: where users are named by an attribute, an id of AWS's.
    pub username: String,
    /// Where its name stands that says whose it is: its own name, its address or its attribute `name`.
    pub shown: String,
    /// When it was made, in seconds since 1970.
    pub made: Option<i64>,
}

impl TemporaryUser {
    /// Whether a proof of this stack made it.
    #[must_use]
    pub fn is_of(&self, stack: &StackName) -> bool {
        self.shown.starts_with(&stack.temporary_user_prefix())
    }

    /// Whether no proof can still be using it.
    #[must_use]
    pub fn is_left_behind(&self, now: i64) -> bool {
        self.made.is_none_or(|made| now - made > LEASE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stack_knows_its_own_users_and_how_long_they_are_in_use() {
        let stacks = ["orders", "orders/pr-1"].map(|name| name.parse::<StackName>().expect("one"));
        let shown = format!("{}0123456789abcdef", stacks[0].temporary_user_prefix());
        assert_eq!(shown.len(), VERIFICATION_PREFIX.len() + 5 + 16);
        let user = TemporaryUser { username: "0b4d".to_owned(), shown, made: Some(1000) };
        assert!(user.is_of(&stacks[0]) && !user.is_of(&stacks[1]));
        assert!(!user.is_left_behind(1000 + LEASE) && user.is_left_behind(1001 + LEASE));
        assert!(TemporaryUser { made: None, ..user }.is_left_behind(0));
    }
}
