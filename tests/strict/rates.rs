//! AWS's rates: how many calls of a category it takes within a second, and how many of one operation on one pool
//! ("Quotas in Amazon Cognito", Developer Guide; "Lambda quotas").

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use super::call::Call;

const SECOND: Duration = Duration::from_secs(1);
const A_CATEGORY: usize = 15;
const A_POOL: usize = 5;

/// The calls of the last second.
#[derive(Debug, Default)]
pub(crate) struct Rates(HashMap<String, VecDeque<Instant>>);

impl Rates {
    /// Whether the call is within its rates. One that is refused does not count.
    pub(crate) fn allow(&mut self, call: &Call) -> bool {
        let now = Instant::now();
        let limits = limits(call);
        let within = limits.iter().all(|(key, most)| {
            let begun = self.0.entry(key.clone()).or_default();
            begun.retain(|begun| now.duration_since(*begun) < SECOND);
            begun.len() < *most
        });
        if within {
            for (key, _) in limits {
                self.0.entry(key).or_default().push_back(now);
            }
        }
        within
    }
}

fn limits(call: &Call) -> Vec<(String, usize)> {
    let Some((category, by_pool)) = category(call) else { return vec![] };
    let pool = call.text("UserPoolId");
    let mut limits = vec![(category, A_CATEGORY)];
    if by_pool && !pool.is_empty() {
        limits.push((format!("{} {pool}", call.operation), A_POOL));
    }
    limits
}

/// The category, and whether one pool has a rate of its own in it. Users and sign-ins have rates that no test comes near.
fn category(call: &Call) -> Option<(String, bool)> {
    let operation = call.operation.as_str();
    let direction = if call.is_mutating() { "update" } else { "read" };
    match call.service {
        "lambda" if operation != "Invoke" => Some(("lambda".to_owned(), false)),
        "cognito-idp" if operation.contains("UserPoolClient") => {
            Some((format!("client {direction}"), true))
        }
        "cognito-idp"
            if ["Group", "ResourceServer", "IdentityProvider"]
                .iter()
                .any(|kind| operation.contains(kind)) =>
        {
            (!operation.contains("User")).then(|| (format!("resource {direction}"), true))
        }
        "cognito-idp" if operation.contains("UserPool") && !operation.contains("Domain") => {
            Some((format!("pool {direction}"), false))
        }
        _ => None,
    }
}
