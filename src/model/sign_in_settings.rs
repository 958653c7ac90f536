//! What a pool and its clients say about signing in: what a proof can know before it begins.

use std::collections::BTreeSet;

/// What a pool asks of everybody who signs in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignInSettings {
    /// Names of the attributes that its users can have; none where nobody knows.
    pub attributes: BTreeSet<String>,
    /// Whether everybody needs a second factor (`MfaConfiguration` is `ON`).
    pub second_factor: bool,
    /// Whether one-time codes (TOTP) may be that factor, if that is known.
    pub software_tokens: Option<bool>,
}
