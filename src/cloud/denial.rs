//! What AWS says about a call that it denied: which action is missing, and who could allow it.
//!
//! The wordings are those of "Troubleshoot access denied error messages" (IAM User Guide).

/// Why a call was denied.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Denial<'a> {
    /// The action that is missing: not always that of the call.
    pub action: Option<&'a str>,
    /// On what.
    pub resource: Option<&'a str>,
    pub by: DeniedBy,
}

/// Who says no.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum DeniedBy {
    /// Nobody says yes: a policy of the caller can.
    Silence,
    /// A policy of this kind forbids it: no other policy can allow it.
    ExplicitDeny(&'static str),
    /// A policy of this kind, which bounds all others, does not allow it.
    Boundary(&'static str),
}

/// Kinds of policies, as AWS's messages name them.
const KINDS: [&str; 7] = [
    "service control policy",
    "resource control policy",
    "permissions boundary",
    "session policy",
    "VPC endpoint policy",
    "identity-based policy",
    "resource-based policy",
];
const BOUNDS: usize = 5;

impl<'a> Denial<'a> {
    /// From AWS's words.
    pub(crate) fn of(message: &'a str) -> Self {
        let action = word_after(message, "not authorized to perform: ");
        let resource = word_after(message, "on resource: ");
        Self { action, resource, by: by(message) }
    }

    /// What can be done about it; `operation` is the call that was denied.
    pub(crate) fn hint(&self, operation: &str) -> String {
        let action = self.action.unwrap_or(operation);
        match self.by {
            DeniedBy::Silence => {
                let on = self.resource.filter(|_| action != operation);
                let on = on.map(|resource| format!(" on {resource}")).unwrap_or_default();
                format!(
                    "the caller needs {action}{on}; `pretoken permissions deploy` (or `plan`, `verify`, `destroy`) prints the policy with all that the command needs"
                )
            }
            DeniedBy::ExplicitDeny(kind) => format!(
                "{action} is forbidden by an explicit deny ({kind}), which no other policy can lift: ask whoever manages it"
            ),
            DeniedBy::Boundary(kind) => format!(
                "{action} is not allowed by a {kind}, whatever the caller's own policies say: ask whoever manages it"
            ),
        }
    }
}

fn by(message: &str) -> DeniedBy {
    let kind = |kinds: &[&'static str]| kinds.iter().find(|kind| message.contains(*kind)).copied();
    if message.contains("explicit deny") {
        return DeniedBy::ExplicitDeny(kind(&KINDS).unwrap_or("policy"));
    }
    kind(&KINDS[..BOUNDS]).map_or(DeniedBy::Silence, DeniedBy::Boundary)
}

fn word_after<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    let word = text.split_once(before)?.1.split_whitespace().next()?;
    Some(word.trim_end_matches(['.', ',']))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHO: &str =
        "User: arn:aws:sts::123456789012:assumed-role/ci/1 is not authorized to perform: ";

    #[test]
    fn the_action_is_the_one_that_aws_names() {
        let message = format!(
            "{WHO}iam:PassRole on resource: arn:aws:iam::123456789012:role/sms because no identity-based policy allows the iam:PassRole action"
        );
        let denial = Denial::of(&message);
        assert_eq!(denial.by, DeniedBy::Silence);
        let hint = denial.hint("cognito-idp:UpdateUserPool");
        assert!(
            hint.starts_with(
                "the caller needs iam:PassRole on arn:aws:iam::123456789012:role/sms;"
            )
        );
    }

    #[test]
    fn a_message_without_an_action_leaves_the_call() {
        let hint = Denial::of("no").hint("iam:CreateRole");
        assert!(hint.starts_with("the caller needs iam:CreateRole;"), "{hint}");
    }

    #[test]
    fn what_our_policy_cannot_cure_is_not_cured_by_it() {
        let cases = [
            (
                "with an explicit deny in a service control policy",
                "iam:CreateRole is forbidden by an explicit deny (service control policy)",
            ),
            (
                "with an explicit deny in an identity-based policy",
                "iam:CreateRole is forbidden by an explicit deny (identity-based policy)",
            ),
            ("with an explicit deny", "iam:CreateRole is forbidden by an explicit deny (policy)"),
            (
                "because no permissions boundary allows the iam:CreateRole action",
                "iam:CreateRole is not allowed by a permissions boundary",
            ),
            (
                "because no session policy allows the iam:CreateRole action",
                "iam:CreateRole is not allowed by a session policy",
            ),
        ];
        for (why, start) in cases {
            let message = format!("{WHO}iam:CreateRole on resource: arn:aws:iam::1:role/r {why}");
            let hint = Denial::of(&message).hint("iam:CreateRole");
            assert!(hint.starts_with(start) && !hint.contains("permissions deploy"), "{hint}");
        }
    }
}
