//! Whether a function's resource policy lets Cognito invoke it for a pool. Pure.
//!
//! Statements come as `aws/lambda/resource_policy` writes them. Where it is not certain that a pool is let in, it is not.

use crate::model::resources::Permission;
use crate::model::target::Target;

const COGNITO: &str = "cognito-idp.amazonaws.com";
const INVOKE: &str = "lambda:invokefunction";
/// How an action begins that a statement forbids.
const DENY: &str = "Deny: ";
/// What follows an action under a condition of a kind that is not known here.
const CONDITION: &str = " if ";

/// Whether a statement lets the pool invoke, and none forbids it.
pub(super) fn admits(policy: &[Permission], target: &Target, pool_id: &str) -> bool {
    let pool = GrantedPool { arn: &target.pool_arn(pool_id), account: &target.account };
    policy.iter().any(|statement| pool.is_allowed_by(statement))
        && !policy.iter().any(|statement| pool.is_denied_by(statement))
}

struct GrantedPool<'a> {
    arn: &'a str,
    account: &'a str,
}

impl GrantedPool<'_> {
    fn is_allowed_by(&self, statement: &Permission) -> bool {
        let Permission { principal, action, .. } = statement;
        !action.contains(CONDITION)
            && any(action, is_invocation)
            && any(principal, is_cognito)
            && self.is_meant_by(statement)
    }

    /// A condition that is not known may hold; and what is left out forbids everything but what is named elsewhere.
    fn is_denied_by(&self, statement: &Permission) -> bool {
        let Some(action) = statement.action.strip_prefix(DENY) else { return false };
        let actions = action.split(CONDITION).next().unwrap_or_default();
        (actions.is_empty() || any(actions, is_invocation))
            && (statement.principal.is_empty() || any(&statement.principal, is_cognito))
            && self.is_meant_by(statement)
    }

    fn is_meant_by(&self, statement: &Permission) -> bool {
        let arn = |pattern: &str| arn_matches(pattern, self.arn);
        let account = |pattern: &str| matches(pattern, self.account);
        statement.source_arn.as_ref().is_none_or(|arns| any(arns, arn))
            && statement.source_account.as_ref().is_none_or(|accounts| any(accounts, account))
    }
}

/// Whether one of several, in a list as text, is meant.
fn any(list: &str, is_meant: impl Fn(&str) -> bool) -> bool {
    list.split(", ").any(is_meant)
}

fn is_cognito(principal: &str) -> bool {
    principal == COGNITO || principal == "*"
}

/// IAM does not mind the case of actions.
fn is_invocation(action: &str) -> bool {
    matches(&action.to_lowercase(), INVOKE)
}

/// As `ArnLike` compares: each of the six parts by itself, so that no `*` reaches over a colon.
fn arn_matches(pattern: &str, arn: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let (patterns, parts) = (pattern.splitn(6, ':'), arn.splitn(6, ':'));
    patterns.clone().count() == parts.clone().count()
        && patterns.zip(parts).all(|(pattern, part)| matches(pattern, part))
}

/// `*` is any text, `?` any one letter.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.chars().next() {
        None => text.is_empty(),
        Some('*') => {
            let rest = &pattern[1..];
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.into_iter().any(|at| matches(rest, &text[at..]))
        }
        Some(letter) => text.chars().next().is_some_and(|first| {
            (letter == '?' || letter == first)
                && matches(&pattern[letter.len_utf8()..], &text[first.len_utf8()..])
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POOL: &str = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_a";

    fn target() -> Target {
        Target {
            partition: "aws".to_owned(),
            account: "123456789012".to_owned(),
            region: "eu-west-1".to_owned(),
            env: None,
            local: false,
        }
    }

    fn statement() -> Permission {
        Permission {
            statement_id: "s".to_owned(),
            principal: COGNITO.to_owned(),
            action: "lambda:InvokeFunction".to_owned(),
            source_arn: Some(POOL.to_owned()),
            source_account: Some("123456789012".to_owned()),
        }
    }

    fn lets_in(policy: &[Permission]) -> bool {
        admits(policy, &target(), "eu-west-1_a")
    }

    fn with_arn(arn: &str) -> Permission {
        Permission { source_arn: Some(arn.to_owned()), ..statement() }
    }

    #[test]
    fn no_statement_lets_nobody_in() {
        assert!(!lets_in(&[]));
        assert!(lets_in(&[statement()]));
    }

    #[test]
    fn sources() {
        let other = POOL.replace("eu-west-1_a", "eu-west-1_b");
        for (arn, lets) in [
            (POOL, true),
            ("*", true),
            ("arn:aws:cognito-idp:*:*:userpool/*", true),
            ("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_?", true),
            ("arn:*:cognito-idp:eu-west-?:123456789012:*", true),
            (&format!("{other}, {POOL}"), true),
            (&other, false),
            ("arn:*", false),
            ("arn:aws:*:userpool/eu-west-1_a", false),
            ("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/", false),
            ("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_a?", false),
            ("arn:aws:cognito-idp:eu-west-1:999999999999:userpool/*", false),
            ("arn:aws:cognito-idp:us-east-1:123456789012:userpool/*", false),
            ("", false),
        ] {
            assert_eq!(lets_in(&[with_arn(arn)]), lets, "{arn}");
        }
    }

    #[test]
    fn without_sources_every_pool_is_meant() {
        let open = Permission { source_arn: None, source_account: None, ..statement() };
        assert!(lets_in(std::slice::from_ref(&open)));
        let of =
            |account: &str| Permission { source_account: Some(account.to_owned()), ..open.clone() };
        assert!(lets_in(&[of("123456789012")]));
        assert!(lets_in(&[of("999999999999, 123456789012")]));
        assert!(!lets_in(&[of("999999999999")]));
    }

    #[test]
    fn principals() {
        for (principal, lets) in [
            (COGNITO, true),
            ("*", true),
            ("sns.amazonaws.com, cognito-idp.amazonaws.com", true),
            ("cognito-sync.amazonaws.com", false),
            ("arn:aws:iam::123456789012:root", false),
            ("", false),
        ] {
            let one = Permission { principal: principal.to_owned(), ..statement() };
            assert_eq!(lets_in(&[one]), lets, "{principal}");
        }
    }

    #[test]
    fn actions() {
        for (action, lets) in [
            ("lambda:InvokeFunction", true),
            ("lambda:invokefunction", true),
            ("lambda:Invoke*", true),
            ("lambda:*", true),
            ("*", true),
            ("lambda:GetFunction, lambda:InvokeFunction", true),
            ("lambda:InvokeFunctionUrl", false),
            ("lambda:InvokeAsync", false),
            ("lambda:InvokeFunction if lambda:EventSourceToken is \"t\"", false),
            ("* if aws:PrincipalOrgID is \"o-1\"", false),
            ("lambda:InvokeFunction, lambda:GetFunction if aws:PrincipalOrgID is \"o\"", false),
            ("Audit: lambda:InvokeFunction", false),
            ("", false),
        ] {
            let one = Permission { action: action.to_owned(), ..statement() };
            assert_eq!(lets_in(&[one]), lets, "{action}");
        }
    }

    #[test]
    fn what_is_denied_is_denied() {
        for (action, denies) in [
            ("Deny: lambda:InvokeFunction", true),
            ("Deny: lambda:*", true),
            ("Deny: *", true),
            ("Deny: ", true),
            ("Deny: lambda:InvokeFunction if aws:SecureTransport is \"false\"", true),
            ("Deny: lambda:GetFunction", false),
        ] {
            let deny = Permission { action: action.to_owned(), ..statement() };
            assert_eq!(lets_in(&[statement(), deny]), !denies, "{action}");
        }
        let deny = |arn: &str| Permission { action: "Deny: *".to_owned(), ..with_arn(arn) };
        let others = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_b";
        assert!(lets_in(&[statement(), deny(others)]), "another pool is denied");
        assert!(!lets_in(&[deny("*"), statement()]), "whichever comes first");
    }
}
