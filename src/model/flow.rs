//! The flows of a sign-in.

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
