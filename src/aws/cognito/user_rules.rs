//! What a pool asks of a new user, as its description says.

use serde_json::Value;

use crate::cloud::{Mfa, RequiredAttribute, UserRules};

/// What the pool asks of a new user.
#[must_use]
pub fn user_rules(described: &Value) -> UserRules {
    const SHORTEST_BY_DEFAULT: u64 = 8;
    let schema = described["SchemaAttributes"].as_array().into_iter().flatten();
    let required = schema.filter(|attribute| attribute["Required"] == true);
    let usernames = described["UsernameAttributes"].as_array().into_iter().flatten();
    let length = described["Policies"]["PasswordPolicy"]["MinimumLength"]
        .as_u64()
        .unwrap_or(SHORTEST_BY_DEFAULT);
    UserRules {
        required: required.filter_map(required_attribute).collect(),
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

/// Limits are numbers in texts. Nobody may set `sub`.
fn required_attribute(attribute: &Value) -> Option<RequiredAttribute> {
    let name = attribute["Name"].as_str().filter(|name| *name != "sub")?;
    let limit = |of_text: &str, of_number: &str| {
        let limits = ["StringAttributeConstraints", "NumberAttributeConstraints"];
        let found = [&attribute[limits[0]][of_text], &attribute[limits[1]][of_number]];
        found.into_iter().find_map(|limit| limit.as_str()?.parse().ok())
    };
    Some(RequiredAttribute {
        name: name.to_owned(),
        kind: attribute["AttributeDataType"].as_str().unwrap_or("String").to_owned(),
        min: limit("MinLength", "MinValue"),
        max: limit("MaxLength", "MaxValue"),
    })
}
