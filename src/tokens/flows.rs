//! By which flows a client lets people in. Pure.

use std::collections::BTreeSet;

use crate::model::{Flow, todays_names};

/// What allows a flow that begins with a name and a password (`ExplicitAuthFlows` in the API reference of
/// `CreateUserPoolClient`).
const ALLOW: [(Flow, &str); 4] = [
    (Flow::UserPassword, "ALLOW_USER_PASSWORD_AUTH"),
    (Flow::AdminUserPassword, "ALLOW_ADMIN_USER_PASSWORD_AUTH"),
    (Flow::UserSrp, "ALLOW_USER_SRP_AUTH"),
    (Flow::User, "ALLOW_USER_AUTH"),
];

/// The flows that begin with a name and a password, plainest first.
#[must_use]
pub fn with_password(allowed: &BTreeSet<String>) -> Vec<Flow> {
    let names = todays_names(allowed);
    ALLOW.into_iter().filter(|(_, name)| names.contains(name)).map(|(flow, _)| flow).collect()
}

/// Whether a refresh token may be used by `InitiateAuth`.
#[must_use]
pub fn refreshes(allowed: &BTreeSet<String>) -> bool {
    todays_names(allowed).contains("ALLOW_REFRESH_TOKEN_AUTH")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_names_are_synonyms() {
        use Flow::{AdminUserPassword, User, UserPassword, UserSrp};
        let flows = |names: &[&str]| {
            let names: BTreeSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
            (with_password(&names), refreshes(&names))
        };
        for (names, expected) in [
            (&["ALLOW_USER_SRP_AUTH"][..], (vec![UserSrp], false)),
            (&["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"], (vec![User], true)),
            (&["ADMIN_NO_SRP_AUTH"], (vec![AdminUserPassword, UserSrp], true)),
            (&["USER_PASSWORD_AUTH"], (vec![UserPassword, UserSrp], true)),
            (&["CUSTOM_AUTH_FLOW_ONLY"], (vec![], true)),
            (&["ALLOW_CUSTOM_AUTH"], (vec![], false)),
            (&[], (vec![UserSrp], true)),
        ] {
            assert_eq!(flows(names), expected, "{names:?}");
        }
    }
}
