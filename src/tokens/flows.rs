//! By which flows a client lets people in. Pure.

use std::collections::BTreeSet;

use crate::model::Flow;

/// What allows a flow: today's name, and the older one that is its synonym (`ExplicitAuthFlows` in the API reference of
/// `CreateUserPoolClient`).
const ALLOW: [(Flow, &str, &str); 3] = [
    (Flow::UserPassword, "ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"),
    (Flow::AdminUserPassword, "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"),
    (Flow::User, "ALLOW_USER_AUTH", ""),
];

/// The flows that begin with a name and a password, plainest first.
#[must_use]
pub fn with_password(allowed: &BTreeSet<String>) -> Vec<Flow> {
    let said = |names: &[&str]| names.iter().any(|name| allowed.contains(*name));
    let mut flows: Vec<Flow> = ALLOW
        .into_iter()
        .filter(|(_, name, older)| said(&[name, older]))
        .map(|(flow, ..)| flow)
        .collect();
    let excluded = allowed.contains("CUSTOM_AUTH_FLOW_ONLY");
    if said(&["ALLOW_USER_SRP_AUTH"]) || (is_of_old(allowed) && !excluded) {
        flows.push(Flow::UserSrp);
    }
    flows.sort_unstable();
    flows
}

/// Whether a refresh token may be used by `InitiateAuth`.
#[must_use]
pub fn refreshes(allowed: &BTreeSet<String>) -> bool {
    allowed.contains("ALLOW_REFRESH_TOKEN_AUTH") || is_of_old(allowed)
}

/// A client without any of today's names lets everybody in by SRP, and refreshes.
fn is_of_old(allowed: &BTreeSet<String>) -> bool {
    !allowed.iter().any(|name| name.starts_with("ALLOW_"))
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
