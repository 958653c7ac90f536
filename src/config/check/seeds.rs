//! Seeds: whether there is such a pool, and whether the user can be as it says.

use super::{references, second_factors};
use crate::codes::Code;
use crate::config::place::Placed;
use crate::config::problem::Problem;
use crate::config::seed::Seed;
use crate::config::types::{Config, Pool};

/// Attributes that nobody but Cognito sets ("Working with user attributes", Cognito Developer Guide).
const COGNITOS: [&str; 2] = ["sub", "identities"];

pub(super) fn check(config: &Config, place: &Placed) -> Vec<Problem> {
    let each = config.seed.iter().enumerate();
    each.flat_map(|(index, seed)| {
        let at = place.at("seed").item(index);
        let mut problems = check_one(config, seed, at);
        let same = |other: &Seed| (&other.pool, &other.username) == (&seed.pool, &seed.username);
        if let Some(first) = config.seed[..index].iter().position(same) {
            let text = format!("there is a seed `{}` already", seed.username);
            let problem = Problem::error(Code::DuplicateName, at.at("username").value(), text);
            let first = place.at("seed").item(first).at("username").value();
            problems.push(problem.also(first, "here"));
        }
        problems
    })
    .collect()
}

fn check_one(config: &Config, seed: &Seed, at: &Placed) -> Vec<Problem> {
    let (key, pool) = match pool_of(config, seed, at) {
        Ok(found) => found,
        Err(problem) => return vec![*problem],
    };
    if pool.id.is_some() {
        let text = format!("the pool `{key}` is adopted: its users are its owner's");
        return vec![Problem::error(Code::AdoptedSetting, at.at("pool").value(), text)];
    }
    let mut problems = references::unknown_groups(key, pool, &seed.groups, at.at("groups"));
    if seed.totp && !second_factors::has_totp(pool) {
        let text = format!("users of the pool `{key}` can enrol no app that shows codes");
        let help = format!(
            "set `mfa_configuration = \"OPTIONAL\"` and `mfa.software_token_mfa_configuration.enabled = true` in `[pools.{key}]`"
        );
        problems.push(Problem::error(Code::SeedWithoutMfa, at.at("totp").value(), text).help(help));
    }
    let attributes = seed.attributes.keys();
    let set = attributes
        .filter(|name| COGNITOS.contains(&name.as_str()) || name.starts_with("cognito:"))
        .map(|name| {
            let text = format!("the attribute `{name}` is set by Cognito alone");
            Problem::error(Code::SetByCognito, at.at("attributes").at(name).key(), text)
                .help("leave it out")
        });
    problems.extend(set);
    problems
}

/// The pool that it is in.
fn pool_of<'c>(
    config: &'c Config,
    seed: &'c Seed,
    at: &Placed,
) -> Result<(&'c str, &'c Pool), Box<Problem>> {
    if let Some(key) = &seed.pool {
        let missing = references::unknown_pool(config, key, at.at("pool").value());
        return missing.map_or_else(|| Ok((key.as_str(), &config.pools[key])), |it| Err(it.into()));
    }
    let mut pools = config.pools.iter();
    if let (Some((key, pool)), None) = (pools.next(), pools.next()) {
        return Ok((key, pool));
    }
    let text = "there are several pools, and the seed does not say which";
    let problem = Problem::error(Code::AmbiguousReference, at.at("username").value(), text);
    let keys: Vec<_> = config.pools.keys().map(String::as_str).collect();
    Err(problem.help(format!("say `pool = \"{}\"`", keys.join("\"` or `pool = \""))).into())
}
