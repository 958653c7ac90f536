//! The other triggers of a pool: functions that somebody else makes, and the key of those that send messages.

use serde_json::Value;

use crate::codes::Code;
use crate::config::Config;
use crate::config::place::Placed;
use crate::config::problem::Problem;
use crate::model::nearest;

/// What is no function among them.
const KEY: &str = "kms_key_id";
/// Cognito hands codes over to these, encrypted ("Custom sender Lambda triggers", Cognito Developer Guide).
const SENDERS: [&str; 2] = ["custom_email_sender", "custom_sms_sender"];

pub(super) fn check(config: &Config, place: &Placed) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (key, pool) in config.pools.iter().filter(|(_, pool)| pool.id.is_none()) {
        let at = place.at("pools").at(key).at("triggers");
        let triggers = pool.settings.0.get("triggers").and_then(Value::as_object);
        for (name, arn) in triggers.into_iter().flatten() {
            let arn = arn.as_str().unwrap_or_default();
            problems.extend(wrong_arn(config, name, arn, at.at(name)));
        }
        let senders = SENDERS.into_iter().filter(|sender| at.has(sender) && !at.has(KEY));
        problems.extend(senders.map(|sender| {
            let message =
                format!("`{sender}` needs the key by which Cognito encrypts codes for it");
            let help = format!("add `{KEY} = \"arn:aws:kms:…\"` to `pools.{key}.triggers`");
            Problem::error(Code::OtherTrigger, at.at(sender).key(), message).help(help)
        }));
    }
    problems
}

/// What no function, or no key, can be called.
fn wrong_arn(config: &Config, name: &str, arn: &str, at: &Placed) -> Option<Problem> {
    let [service, kind, example] = if name == KEY {
        ["kms", "key/", "a key, such as `arn:aws:kms:eu-west-1:123456789012:key/1234abcd`"]
    } else {
        [
            "lambda",
            "function:",
            "a function, such as `arn:aws:lambda:eu-west-1:123456789012:function:hook`",
        ]
    };
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, _, of, region, _, rest] = parts.as_slice() else { return None };
    if *of != service || !rest.starts_with(kind) {
        let problem = Problem::error(
            Code::OtherTrigger,
            at.value(),
            format!("`{arn}` is not the ARN of {example}"),
        );
        let meant = nearest(of, [service]).filter(|meant| meant != of);
        return Some(problem.meant(meant));
    }
    let own = config.stack().function_name();
    if rest.strip_prefix("function:").and_then(|rest| rest.split(':').next()) == Some(&own) {
        let problem = Problem::error(
            Code::OtherTrigger,
            at.value(),
            "the stack's own function answers for tokens alone",
        );
        return Some(
            problem.help("the stack itself points the pre token generation trigger at it"),
        );
    }
    let here = config.region.as_deref().filter(|here| here != region)?;
    let message = format!("this is in {region}, but the stack is in {here}");
    Some(
        Problem::error(Code::OtherTrigger, at.value(), message)
            .help("Cognito calls what is in the pool's own region"),
    )
}
