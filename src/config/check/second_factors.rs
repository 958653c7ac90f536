//! Second factors: what has to stand together so that AWS takes them and somebody can have one ("Adding MFA to a user pool", Cognito
//! Developer Guide; `SetUserPoolMfaConfig`, API reference).

use serde_json::Value;

use crate::codes::Code;
use crate::config::place::Placed;
use crate::config::problem::Problem;
use crate::config::{Config, Pool};
use crate::model::aws_api::DeclaredSettings;

const MODE: &str = "mfa_configuration";
const TOTP: &str = "software_token_mfa_configuration";
const SMS: &str = "sms_mfa_configuration";
const EMAIL: &str = "email_mfa_configuration";
const SENDER: &str = "sms_configuration";

pub(super) fn check(config: &Config, place: &Placed) -> Vec<Problem> {
    let owned = config.pools.iter().filter(|(_, pool)| pool.id.is_none());
    owned
        .flat_map(|(key, pool)| {
            let (at, settings) = (place.at("pools").at(key), &pool.settings.0);
            let nobodys = nobody_can_have_one(key, settings, at);
            [nobodys, required_beside_codes(settings, at), texts(key, settings, at)]
                .into_iter()
                .flatten()
                .chain(beside_off(settings, at))
                .chain(mails(key, settings, at))
        })
        .collect()
}

/// Whether users of the pool can enrol an app that shows codes.
pub(super) fn has_totp(pool: &Pool) -> bool {
    is_asked_for(&pool.settings.0) && apps(&pool.settings.0)
}

fn is_asked_for(settings: &DeclaredSettings) -> bool {
    settings.get(MODE).is_some_and(|mode| mode != "OFF")
}

fn factor<'s>(settings: &'s DeclaredSettings, name: &str) -> Option<&'s Value> {
    settings.get("mfa")?.get(name)
}

fn apps(settings: &DeclaredSettings) -> bool {
    factor(settings, TOTP).is_some_and(|app| app["enabled"] == true)
}

/// AWS refuses it (aws-cdk #12075). Without `mfa`, a sender of text messages is a factor.
fn nobody_can_have_one(key: &str, settings: &DeclaredSettings, at: &Placed) -> Option<Problem> {
    let by_text = if settings.contains_key("mfa") { SMS } else { SENDER };
    let has_any = apps(settings)
        || factor(settings, EMAIL).is_some()
        || factor(settings, SMS).is_some()
        || settings.contains_key(by_text);
    let mode = settings.get(MODE).filter(|_| is_asked_for(settings) && !has_any)?.as_str()?;
    let message = format!("`{MODE}` is \"{mode}\", and there is no second factor to have");
    let help = format!("add `mfa.{TOTP}.enabled = true` to `[pools.{key}]`, or another factor");
    Some(Problem::error(Code::SecondFactor, at.at(MODE).value(), message).help(help))
}

/// Refused by `SetUserPoolMfaConfig` (measured, go-to-k/cdkd).
fn beside_off(settings: &DeclaredSettings, at: &Placed) -> Vec<Problem> {
    if is_asked_for(settings) {
        return vec![];
    }
    let factors = [TOTP, SMS, EMAIL].into_iter().filter(|name| factor(settings, name).is_some());
    let problem = |name: &str| {
        let key = at.at("mfa").at(name).key();
        let problem = Problem::error(
            Code::SecondFactor,
            key,
            format!("`{name}` does nothing while `{MODE}` is off"),
        );
        problem.help(format!("set `{MODE}` to \"OPTIONAL\" or \"ON\", or leave the factor out"))
    };
    factors.map(problem).collect()
}

/// One-time passwords that come first leave no second one ("Authentication flows"; refused by AWS as cdkd measured).
fn required_beside_codes(settings: &DeclaredSettings, at: &Placed) -> Option<Problem> {
    let policies = settings.get("policies")?;
    let first = policies["sign_in_policy"]["allowed_first_auth_factors"].as_array()?;
    let is_code = |factor: &Value| factor == "EMAIL_OTP" || factor == "SMS_OTP";
    let index = first.iter().position(is_code)?;
    (settings.get(MODE)? == "ON").then(|| {
        let factors = at.at("policies").at("sign_in_policy").at("allowed_first_auth_factors");
        let message = "no one-time password can come first where a second factor is required";
        Problem::error(Code::SecondFactor, factors.item(index).value(), message)
            .also(at.at(MODE).value(), "required here")
            .help(format!("make it `{MODE} = \"OPTIONAL\"`, or leave the factor out"))
    })
}

/// Text messages need a role that sends them; AWS keeps one, under two names.
fn texts(key: &str, settings: &DeclaredSettings, at: &Placed) -> Option<Problem> {
    let texts = factor(settings, SMS)?;
    let at = at.at("mfa").at(SMS);
    match (texts.get(SENDER), settings.get(SENDER)) {
        (None, None) => {
            let message = format!("`{SMS}` needs a role that sends messages");
            let help = format!(
                "add `{SENDER} = {{ sns_caller_arn = \"arn:…\", external_id = \"…\" }}` to `[pools.{key}]`"
            );
            Some(Problem::error(Code::SecondFactor, at.key(), message).help(help))
        }
        (Some(one), Some(other)) if one != other => {
            let message = format!(
                "`{SENDER}` of the pool and of its second factor are the same to AWS, and differ here"
            );
            Some(
                Problem::error(Code::SecondFactor, at.at(SENDER).key(), message)
                    .help("leave one of them out"),
            )
        }
        _ => None,
    }
}

/// Codes by e-mail go out by SES alone (`EmailMfaConfigType`); an empty table would say nothing that can be compared.
fn mails(key: &str, settings: &DeclaredSettings, at: &Placed) -> Vec<Problem> {
    let Some(mails) = factor(settings, EMAIL) else { return vec![] };
    let at = at.at("mfa").at(EMAIL).key();
    let sender = settings.get("email_configuration").map(|it| &it["email_sending_account"]);
    let mut problems = vec![];
    if sender.is_none_or(|sender| sender != "DEVELOPER") {
        let help = format!(
            "add `email_configuration = {{ email_sending_account = \"DEVELOPER\", source_arn = \"arn:…\" }}` to `[pools.{key}]`"
        );
        let message = format!("`{EMAIL}` needs e-mail by SES");
        problems.push(Problem::error(Code::SecondFactor, at.clone(), message).help(help));
    }
    if mails.as_object().is_some_and(serde_json::Map::is_empty) {
        let problem = Problem::error(Code::SecondFactor, at, format!("`{EMAIL}` says nothing"));
        problems.push(problem.help("give it the `subject` or the `message` of its e-mails"));
    }
    problems
}
