//! Whether a pool can invoke the function in its slot, by what was seen of the function. Pure.
//!
//! Cognito fails every sign-in of a pool whose trigger it cannot invoke, and says nothing before.

mod policy;

use super::resources::Permission;
use super::target::Target;

/// What decides whether a function, by one of its versions or aliases, can be invoked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InvocationTarget {
    /// `Active`, `Pending`, `Inactive` or `Failed`.
    pub state: String,
    /// How many invocations at a time are reserved for the function; zero turns it off.
    pub reserved_concurrency: Option<u32>,
    /// The statements of the policy of this version or alias.
    pub policy: Vec<Permission>,
}

/// What a look at a function came to: it, its absence, or why it could not be seen.
pub type Seen = std::result::Result<Option<InvocationTarget>, String>;

/// Why a function must not stand in a pool's slot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// There is none, or not by this version or alias.
    #[error("the function {arn} does not exist")]
    Gone {
        /// The function, as the slot names it.
        arn: String,
    },
    /// Lambda does not run it.
    #[error("the function {arn} is not active, but {state}")]
    NotActive {
        /// The function.
        arn: String,
        /// Its state.
        state: String,
    },
    /// It may run zero times at once.
    #[error("the function {arn} is throttled: its reserved concurrency is 0")]
    Throttled {
        /// The function.
        arn: String,
    },
    /// No statement of its policy lets the pool in, or one keeps it out.
    #[error("the function {arn} does not let the pool {pool_id} invoke it")]
    NotPermitted {
        /// The function.
        arn: String,
        /// The pool.
        pool_id: String,
    },
    /// Nobody can tell.
    #[error("whether the function {arn} can be invoked was not seen: {why}")]
    Unseen {
        /// The function.
        arn: String,
        /// What was in the way.
        why: String,
    },
}

impl Obstacle {
    /// Whether it is known that sign-ins fail, rather than unknown whether they do.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        !matches!(self, Self::Unseen { .. })
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Gone { .. } => "deploy that function again, or empty the pool's slot".to_owned(),
            Self::NotActive { .. } => {
                "Lambda wakes an idle function when it is invoked: `aws lambda invoke` does".to_owned()
            }
            Self::Throttled { arn } => format!(
                "`aws lambda delete-function-concurrency --function-name {}` lets it run again",
                unqualified(arn)
            ),
            Self::NotPermitted { arn, .. } => format!(
                "`aws lambda add-permission --function-name {arn}` with the principal cognito-idp.amazonaws.com, the action lambda:InvokeFunction and the pool's ARN as the source lets it in"
            ),
            Self::Unseen { .. } => {
                "let the caller read the function (`pretoken permissions` prints the policy), or set the pool's slot yourself first".to_owned()
            }
        }
    }
}

/// What keeps this pool from invoking the function, by what was seen of it.
#[must_use]
pub fn obstacle(seen: &Seen, target: &Target, pool_id: &str, arn: &str) -> Option<Obstacle> {
    let arn = || arn.to_owned();
    let found = match seen {
        Err(why) => return Some(Obstacle::Unseen { arn: arn(), why: why.clone() }),
        Ok(None) => return Some(Obstacle::Gone { arn: arn() }),
        Ok(Some(found)) => found,
    };
    if found.state != ACTIVE {
        return Some(Obstacle::NotActive { arn: arn(), state: found.state.clone() });
    }
    if found.reserved_concurrency == Some(0) {
        return Some(Obstacle::Throttled { arn: arn() });
    }
    let admitted = policy::admits(&found.policy, target, pool_id);
    (!admitted).then(|| Obstacle::NotPermitted { arn: arn(), pool_id: pool_id.to_owned() })
}

/// The state of a function that runs.
pub const ACTIVE: &str = "Active";

/// `arn:…:function:name` of an ARN with a version or alias.
fn unqualified(arn: &str) -> &str {
    arn.match_indices(':').nth(6).map_or(arn, |(end, _)| &arn[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:theirs:prod";

    fn target() -> Target {
        Target {
            partition: "aws".to_owned(),
            account: "123456789012".to_owned(),
            region: "eu-west-1".to_owned(),
            env: None,
            local: false,
        }
    }

    fn whole() -> InvocationTarget {
        let permission = Permission {
            statement_id: "cognito".to_owned(),
            principal: "cognito-idp.amazonaws.com".to_owned(),
            action: "lambda:InvokeFunction".to_owned(),
            source_arn: Some(target().pool_arn("eu-west-1_a")),
            source_account: Some(target().account),
        };
        InvocationTarget {
            state: ACTIVE.to_owned(),
            reserved_concurrency: None,
            policy: vec![permission],
        }
    }

    #[test]
    fn only_what_exists_runs_and_lets_the_pool_in_passes() {
        let judge =
            |seen: Seen| obstacle(&seen, &target(), "eu-west-1_a", ARN).map(|it| it.to_string());
        assert_eq!(judge(Ok(Some(whole()))), None);
        let reserved = |number| InvocationTarget { reserved_concurrency: Some(number), ..whole() };
        assert_eq!(judge(Ok(Some(reserved(1)))), None);
        let idle = InvocationTarget { state: "Inactive".to_owned(), ..whole() };
        let closed = InvocationTarget { policy: vec![], ..whole() };
        for (seen, says) in [
            (Ok(None), "does not exist"),
            (Ok(Some(idle)), "is not active, but Inactive"),
            (Ok(Some(reserved(0))), "is throttled: its reserved concurrency is 0"),
            (Ok(Some(closed)), "does not let the pool eu-west-1_a invoke it"),
            (Err("the caller needs lambda:GetPolicy".to_owned()), "needs lambda:GetPolicy"),
        ] {
            let said = judge(seen).expect("an obstacle");
            assert!(said.contains(says) && said.contains(ARN), "{said}");
        }
    }

    #[test]
    fn a_function_by_its_name_alone() {
        let plain = "arn:aws:lambda:eu-west-1:123456789012:function:theirs";
        assert_eq!((unqualified(ARN), unqualified(plain)), (plain, plain));
    }
}
