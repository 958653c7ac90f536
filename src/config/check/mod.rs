//! What a configuration means: references, names once they are prefixed, and what contradicts itself. Takes the shape for
//! granted.

mod expectations;
mod machines;
mod names;
mod pools;
mod references;
mod rules;
mod scopes;
mod variables;

use super::place::Place;
use super::problem::Problem;
use super::types::Config;

/// Everything that is wrong with `config`, or odd; `place` is where its parts are.
pub(super) fn check(config: &Config, place: &Place) -> Vec<Problem> {
    [
        names::check,
        pools::check,
        machines::check,
        variables::check,
        rules::check,
        expectations::check,
    ]
    .into_iter()
    .flat_map(|check| check(config, place))
    .collect()
}
