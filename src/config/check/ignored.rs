//! What a pool of our own leaves to others: paths of settings that it has.

use std::collections::BTreeSet;

use crate::codes::Code;
use crate::config::place::Placed;
use crate::config::problem::Problem;
use crate::config::{Config, Pool};
use crate::model::{aws_api, nearest};

pub(super) fn check(config: &Config, place: &Placed) -> Vec<Problem> {
    let owned = config.pools.iter().filter(|(_, pool)| pool.id.is_none());
    owned.flat_map(|(key, pool)| of_pool(key, pool, place.at("pools").at(key))).collect()
}

fn of_pool(key: &str, pool: &Pool, at: &Placed) -> Vec<Problem> {
    let declared = paths(pool);
    let unknown = pool.ignore.iter().enumerate().filter(|(_, path)| !declared.contains(*path));
    let problem = |(index, path): (usize, &String)| {
        let span = at.at("ignore").item(index).value();
        let problem =
            Problem::error(Code::UnknownKey, span, format!("pool `{key}` declares no `{path}`"));
        let first = path.split('.').next().unwrap_or_default();
        match nearest(path, declared.iter().map(String::as_str)) {
            Some(meant) => problem.meant(Some(meant)),
            None if aws_api::POOL.keys().any(|known| known == first) => {
                problem.help("declare it, too: the value that it has at first")
            }
            None => problem
                .help("it is the path of a setting of this pool, such as `email_configuration`"),
        }
    };
    unknown.map(problem).collect()
}

/// Every declared setting, and the tables that they are in.
fn paths(pool: &Pool) -> BTreeSet<String> {
    let leaves = aws_api::leaves(&pool.settings.0);
    let dots = |path: &str| path.match_indices('.').map(|(at, _)| at).collect::<Vec<_>>();
    let all = leaves.iter().flat_map(|(path, _)| {
        dots(path).into_iter().chain([path.len()]).map(|end| path[..end].to_owned())
    });
    all.collect()
}
