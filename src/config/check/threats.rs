//! Threat protection, and where logs about users go: what has to stand together ("Advanced security with threat protection" and
//! "Exporting logs from Amazon Cognito user pools", Cognito Developer Guide).

use std::collections::BTreeSet;

use serde_json::Value;

use crate::codes::Code;
use crate::config::place::Placed;
use crate::config::problem::Problem;
use crate::config::{Config, Pool, Tier};

pub(super) fn check(config: &Config, place: &Placed) -> Vec<Problem> {
    let owned = config.pools.iter().filter(|(_, pool)| pool.id.is_none());
    owned
        .flat_map(|(key, pool)| {
            let at = place.at("pools").at(key);
            let mut problems = protection(key, pool, at);
            problems.extend(delivery(key, pool, at));
            problems
        })
        .collect()
}

fn protection(key: &str, pool: &Pool, at: &Placed) -> Vec<Problem> {
    const MODE: [&str; 2] = ["user_pool_add_ons", "advanced_security_mode"];
    let settings = &pool.settings.0;
    let mode = settings.get(MODE[0]).map(|add_ons| &add_ons[MODE[1]]);
    let is_on = mode.is_some_and(|mode| mode == "AUDIT" || mode == "ENFORCED");
    let mut problems = vec![];
    if is_on && pool.tier != Tier::Plus {
        let at = at.at(MODE[0]).at(MODE[1]).value();
        let problem =
            Problem::error(Code::ThreatProtection, at, "threat protection needs the plan \"PLUS\"");
        problems.push(problem.help(format!("set `tier = \"PLUS\"` in `[pools.{key}]`")));
    }
    if settings.contains_key("risk_configuration") && !is_on {
        let at = at.at("risk_configuration").key();
        let problem = Problem::error(
            Code::ThreatProtection,
            at,
            "`risk_configuration` needs threat protection",
        );
        let help = format!(
            "set `{}.{} = \"ENFORCED\"` (or \"AUDIT\", which only logs) in `[pools.{key}]`",
            MODE[0], MODE[1]
        );
        problems.push(problem.help(help));
    }
    problems
}

fn delivery(key: &str, pool: &Pool, at: &Placed) -> Vec<Problem> {
    const LIST: &str = "log_configurations";
    let Some(logs) = pool.settings.0.get("log_delivery") else { return vec![] };
    let at = at.at("log_delivery").at(LIST);
    let mut sources = BTreeSet::new();
    let configurations = logs[LIST].as_array().into_iter().flatten().enumerate();
    configurations
        .flat_map(|(index, one)| {
            let at = at.item(index);
            let source = one["event_source"].as_str().unwrap_or_default();
            let again = (!sources.insert(source)).then(|| {
                Problem::error(
                    Code::LogDelivery,
                    at.value(),
                    format!("the logs of `{source}` go to one place alone"),
                )
            });
            again.into_iter().chain(one_delivery(key, pool, source, one, at)).collect::<Vec<_>>()
        })
        .collect()
}

/// Each source has its level, its places and its plan (`LogConfigurationType`, API reference).
fn one_delivery(key: &str, pool: &Pool, source: &str, one: &Value, at: &Placed) -> Vec<Problem> {
    let users = source == "userAuthEvents";
    let places: &[&str] = if users {
        &["cloud_watch_logs_configuration", "s3_configuration", "firehose_configuration"]
    } else {
        &["cloud_watch_logs_configuration"]
    };
    let mut problems = vec![];
    if users && pool.tier != Tier::Plus {
        let problem = Problem::error(
            Code::LogDelivery,
            at.value(),
            format!("`{source}` needs the plan \"PLUS\""),
        );
        problems.push(problem.help(format!("set `tier = \"PLUS\"` in `[pools.{key}]`")));
    }
    let level = if users { "INFO" } else { "ERROR" };
    if one["log_level"].as_str().is_some_and(|declared| declared != level) {
        let message = format!("`{source}` is logged at the level \"{level}\" alone");
        problems.push(Problem::error(Code::LogDelivery, at.at("log_level").value(), message));
    }
    let named = one.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    let named: Vec<_> = named.filter(|name| name.ends_with("_configuration")).collect();
    match named.as_slice() {
        [place] if places.contains(place) => {}
        _ => {
            let places: Vec<_> = places.iter().map(|place| format!("`{place}`")).collect();
            let message = format!("the logs of `{source}` go to {}", places.join(" or "));
            problems.push(
                Problem::error(Code::LogDelivery, at.value(), message).help("name one of them"),
            );
        }
    }
    problems
}
