//! Who deploys: a role is of an account that is allowed.

use crate::codes::Code;
use crate::config::Config;
use crate::config::place::Placed;
use crate::config::problem::Problem;

pub(super) fn check(config: &Config, place: &Placed) -> Vec<Problem> {
    let account = config.assume_role.as_deref().and_then(|role| role.split(':').nth(4));
    let allowed = &config.allowed_account_ids;
    let other =
        account.filter(|account| !allowed.is_empty() && !allowed.iter().any(|id| id == account));
    let problem = |account| {
        let message =
            format!("the role is of account {account}, which `allowed_account_ids` does not name");
        let problem = Problem::error(Code::WrongAccount, place.at("assume_role").value(), message);
        problem.also(place.at("allowed_account_ids").value(), "")
    };
    other.map(problem).into_iter().collect()
}
