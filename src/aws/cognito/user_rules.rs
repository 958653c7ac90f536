//! What a pool asks of a new user, as its description says.

use serde_json::Value;

use crate::cloud::{Mfa, RequiredAttribute, UserRules};
use crate::model::Attribute;

/// What the pool asks of a new user.
#[must_use]
pub fn user_rules(described: &Value) -> UserRules {
    const SHORTEST_BY_DEFAULT: u64 = 8;
    let schema = described["SchemaAttributes"].as_array().into_iter().flatten();
    let required = schema.filter_map(Attribute::described).filter_map(required_attribute);
    let usernames = described["UsernameAttributes"].as_array().into_iter().flatten();
    let length = described["Policies"]["PasswordPolicy"]["MinimumLength"]
        .as_u64()
        .unwrap_or(SHORTEST_BY_DEFAULT);
    UserRules {
        required: required.collect(),
        username_attributes: usernames.filter_map(Value::as_str).map(ToOwned::to_owned).collect(),
        password_length: usize::try_from(length).unwrap_or(usize::MAX),
        mfa: match described["MfaConfiguration"].as_str() {
            Some("ON") => Mfa::On,
            Some("OPTIONAL") => Mfa::Optional,
            _ => Mfa::Off,
        },
        sends_texts: described["SmsConfiguration"]["SnsCallerArn"].is_string(),
        sends_own_mail: described["EmailConfiguration"]["EmailSendingAccount"] == "DEVELOPER",
    }
}

/// Nobody may set `sub`.
fn required_attribute((name, attribute): (String, Attribute)) -> Option<RequiredAttribute> {
    let Attribute { kind, required, limits: [min, max], .. } = attribute;
    (required && name != "sub").then_some(RequiredAttribute { name, kind, min, max })
}
