//! The flows of a sign-in, and what a client must allow for them.

use std::collections::BTreeSet;

/// How a sign-in begins ("Authentication flows", Cognito Developer Guide).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flow {
    /// `InitiateAuth` with a password; needs no IAM.
    UserPassword,
    /// `AdminInitiateAuth` with a password.
    AdminUserPassword,
    /// `InitiateAuth` with a proof of the password, which is never sent.
    UserSrp,
    /// `InitiateAuth` without anything but a name: the pool says what it takes.
    User,
    /// `InitiateAuth` with a refresh token.
    RefreshToken,
}

impl Flow {
    /// Whether administrators may begin it for a user, too (`AdminInitiateAuth` in the API reference: `USER_AUTH`,
    /// `USER_SRP_AUTH`, `REFRESH_TOKEN_AUTH`).
    #[must_use]
    pub fn is_open_to_admins(self) -> bool {
        matches!(self, Self::UserSrp | Self::User | Self::RefreshToken)
    }

    /// The value of `AuthFlow`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UserPassword => "USER_PASSWORD_AUTH",
            Self::AdminUserPassword => "ADMIN_USER_PASSWORD_AUTH",
            Self::UserSrp => "USER_SRP_AUTH",
            Self::User => "USER_AUTH",
            Self::RefreshToken => "REFRESH_TOKEN_AUTH",
        }
    }
}

/// The older values of `ExplicitAuthFlows`, and today's name of what each allows (`CreateUserPoolClient` in the API
/// reference). They cannot stand beside today's names.
const OLDER: [(&str, &str); 2] = [
    ("ADMIN_NO_SRP_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"),
    ("USER_PASSWORD_AUTH", "ALLOW_USER_PASSWORD_AUTH"),
];

/// What a client allows, in the names of today, whichever it has.
///
/// One without any of today's names lets everybody in by SRP and by challenges of its own triggers, and refreshes, and the
/// older names add to that; `CUSTOM_AUTH_FLOW_ONLY` takes SRP away.
#[must_use]
pub fn todays_names(allowed: &BTreeSet<String>) -> BTreeSet<&str> {
    if allowed.iter().any(|name| name.starts_with("ALLOW_")) {
        return allowed.iter().map(String::as_str).collect();
    }
    let mut names = BTreeSet::from(["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
    if !allowed.contains("CUSTOM_AUTH_FLOW_ONLY") {
        names.insert("ALLOW_USER_SRP_AUTH");
    }
    let older = OLDER.into_iter().filter(|(older, _)| allowed.contains(*older));
    names.extend(older.map(|(_, today)| today));
    names
}
