//! What a configuration means: references, names once they are prefixed, and what contradicts itself. Takes the shape for
//! granted.

mod apis;
mod attributes;
mod caller;
mod clients;
mod expectations;
mod facts;
mod function;
mod identity_providers;
mod ignored;
mod machines;
mod names;
mod pools;
pub(super) mod promises;
mod references;
mod rules;
mod scopes;
mod second_factors;
mod seeds;
mod tags;
mod threats;
mod triggers;
mod variables;
mod verify;

use trigger::Rules;

use super::place::Placed;
use super::problem::Problem;
use super::types::Config;

/// The compiled rules, unless the trigger would refuse them; and everything that is wrong with `config`, or odd. `place`
/// is where its parts are.
pub(super) fn check(config: &Config, place: &Placed) -> (Option<Rules>, Vec<Problem>) {
    let (rules, refused) = match Rules::compile(config.deployed_rules()) {
        Ok(rules) => (Some(rules), vec![]),
        Err(mut problems) => {
            // Those behind the file's own follow from them, and so do their problems.
            let own = |place: &String| {
                place.parse::<usize>().is_ok_and(|place| place < config.rules.len())
            };
            problems.retain(|problem| problem.path.first().is_some_and(own));
            (None, rules::refused(&problems, place.at("rules")))
        }
    };
    let checks = [
        names::check,
        caller::check,
        tags::check,
        pools::check,
        triggers::check,
        second_factors::check,
        threats::check,
        attributes::check,
        machines::check,
        clients::check,
        identity_providers::check,
        ignored::check,
        variables::check,
        function::check,
        rules::check,
        facts::check,
        expectations::check,
        verify::check,
        apis::check,
        seeds::check,
    ];
    let meaning = checks.into_iter().flat_map(|check| check(config, place));
    (rules, refused.into_iter().chain(meaning).collect())
}
