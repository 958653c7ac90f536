//! Tags: those of AWS and of the tool are not the file's to set, and IAM does not tell `Team` and `team` apart.

use crate::codes::Code;
use crate::config::Config;
use crate::config::place::Placed;
use crate::config::problem::Problem;
use crate::model::Tags;

pub(super) fn check(config: &Config, place: &Placed) -> Vec<Problem> {
    let at = place.at("tags");
    let reserved = config.tags.keys().filter_map(|key| {
        let message = if key.to_lowercase().starts_with("aws:") {
            format!("`{key}` begins with `aws:`, which AWS keeps for itself")
        } else if Tags::is_ours(key) {
            format!("`{key}` says whose a resource is, and is set by pretoken")
        } else {
            return None;
        };
        Some(
            Problem::error(Code::ReservedName, at.at(key).key(), message)
                .help("choose another key"),
        )
    });
    let keys: Vec<_> = config.tags.keys().collect();
    let alike = keys.iter().enumerate().filter_map(|(place, key)| {
        let other = keys[..place].iter().find(|other| other.eq_ignore_ascii_case(key))?;
        let message = format!("`{key}` and `{other}` are one key to IAM");
        let problem = Problem::error(Code::ReservedName, at.at(key).key(), message);
        Some(problem.also(at.at(other).key(), "the other one").help("keep one of them"))
    });
    reserved.chain(alike).collect()
}
