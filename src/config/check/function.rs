//! The function: what of its settings belongs together.

use crate::codes::Code;
use crate::config::Config;
use crate::config::place::Placed;
use crate::config::problem::Problem;

/// Lambda takes both lists or none ("Giving Lambda functions access to resources in an Amazon VPC").
pub(super) fn check(config: &Config, place: &Placed) -> Vec<Problem> {
    let at = place.at("trigger").at("vpc");
    let vpc = config.trigger.vpc.as_ref();
    let half = vpc.filter(|vpc| vpc.subnet_ids.is_empty() != vpc.security_group_ids.is_empty());
    let problem = half.map(|vpc| {
        let (empty, other) = if vpc.subnet_ids.is_empty() {
            ("subnet_ids", "security_group_ids")
        } else {
            ("security_group_ids", "subnet_ids")
        };
        let message = format!("`trigger.vpc.{empty}` is empty while `{other}` is not");
        let help = "name at least one of each; with none of both, the function is in no VPC";
        Problem::error(Code::VpcIncomplete, at.at(empty).value(), message).help(help)
    });
    problem.into_iter().collect()
}
