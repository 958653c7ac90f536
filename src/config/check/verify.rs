//! `[verify]`: whether temporary users can be as it says.

use crate::codes::Code;
use crate::config::place::Placed;
use crate::config::problem::Problem;
use crate::config::types::Config;
use crate::config::verify::Verify;

/// Attributes that nobody but Cognito sets ("Working with user attributes", Cognito Developer Guide).
const COGNITOS: [&str; 2] = ["sub", "identities"];

pub(super) fn check(config: &Config, place: &Placed) -> Vec<Problem> {
    check_settings(&config.verify, place)
}

/// `place` is that of the file.
pub(super) fn check_settings(settings: &Verify, place: &Placed) -> Vec<Problem> {
    let at = place.at("verify").at("attributes");
    let names = settings.attributes.keys();
    let set =
        names.filter(|name| COGNITOS.contains(&name.as_str()) || name.starts_with("cognito:"));
    let problem = |name: &String| {
        let text = format!("the attribute `{name}` is set by Cognito alone");
        Problem::error(Code::SetByCognito, at.at(name).key(), text).help("leave it out")
    };
    set.map(problem).collect()
}
