//! Settings of a pool that have calls of their own at AWS, as CloudFormation has them: properties of the pool, or resources; and
//! which of them Terraform has.

use serde_json::{Map, Value, json};

use crate::model::aws_api::{self, DeclaredSettings, PoolSection};

/// What the pool's own resource says of its second factors (`AWS::Cognito::UserPool`, CloudFormation Template Reference).
pub(super) fn second_factors(settings: &DeclaredSettings) -> Map<String, Value> {
    let mut properties = Map::new();
    let Some(members) = members(settings, PoolSection::Mfa) else { return properties };
    let mode = members.get("MfaConfiguration").cloned();
    properties.extend(mode.map(|mode| ("MfaConfiguration".to_owned(), mode)));
    let enabled = [
        ("SMS_MFA", members.contains_key("SmsMfaConfiguration")),
        (
            "SOFTWARE_TOKEN_MFA",
            found(&members, "/SoftwareTokenMfaConfiguration/Enabled") == Some(true.into()),
        ),
        ("EMAIL_OTP", members.contains_key("EmailMfaConfiguration")),
    ];
    let enabled: Vec<_> = enabled.into_iter().filter(|(_, is)| *is).map(|(name, _)| name).collect();
    if !enabled.is_empty() {
        properties.insert("EnabledMfas".to_owned(), json!(enabled));
    }
    let renamed = [
        ("SmsConfiguration", "/SmsMfaConfiguration/SmsConfiguration"),
        ("SmsAuthenticationMessage", "/SmsMfaConfiguration/SmsAuthenticationMessage"),
        ("EmailAuthenticationMessage", "/EmailMfaConfiguration/Message"),
        ("EmailAuthenticationSubject", "/EmailMfaConfiguration/Subject"),
        ("WebAuthnRelyingPartyID", "/WebAuthnConfiguration/RelyingPartyId"),
        ("WebAuthnUserVerification", "/WebAuthnConfiguration/UserVerification"),
        ("WebAuthnFactorConfiguration", "/WebAuthnConfiguration/FactorConfiguration"),
    ];
    let set =
        renamed.iter().filter_map(|(name, at)| Some(((*name).to_owned(), found(&members, at)?)));
    properties.extend(set);
    properties
}

/// What stands beside the pool: a word for its name, its type, and its properties.
pub(super) fn resources(
    settings: &DeclaredSettings,
    pool: &Value,
) -> Vec<(&'static str, &'static str, Value)> {
    let mut all = vec![];
    if let Some(mut risk) = members(settings, PoolSection::Risk) {
        // Of all its clients (`AWS::Cognito::UserPoolRiskConfigurationAttachment`).
        risk.insert("ClientId".to_owned(), json!("ALL"));
        risk.insert("UserPoolId".to_owned(), pool.clone());
        all.push(("Risk", "AWS::Cognito::UserPoolRiskConfigurationAttachment", risk.into()));
    }
    if let Some(mut logs) = members(settings, PoolSection::LogDelivery) {
        logs.insert("UserPoolId".to_owned(), pool.clone());
        all.push(("LogDelivery", "AWS::Cognito::LogDeliveryConfiguration", logs.into()));
    }
    all
}

/// Whether Terraform's module sets what `deploy.toml` declares at this path: the provider knows one way to send messages, and not all of
/// what passkeys can be asked for.
pub(super) fn terraform_sets(path: &str) -> bool {
    const UNKNOWN: [&str; 2] = [".eums_sms.", ".factor_configuration"];
    let is_below = |section: PoolSection| {
        path.strip_prefix(section.key()).is_some_and(|rest| rest.starts_with('.'))
    };
    PoolSection::ALL.into_iter().any(is_below) && !UNKNOWN.iter().any(|part| path.contains(part))
}

fn members(settings: &DeclaredSettings, section: PoolSection) -> Option<Map<String, Value>> {
    let sections = aws_api::parted(settings).sections;
    sections.into_iter().find(|(of, _)| *of == section).map(|(_, members)| members)
}

fn found(members: &Map<String, Value>, at: &str) -> Option<Value> {
    let (first, rest) = at.trim_start_matches('/').split_once('/')?;
    members.get(first)?.get(rest).cloned()
}
