//! What a pool asks of a new user, read from a pool's document.

use serde_json::Value;

use super::Attribute;

/// What Cognito asks where nobody said anything (`PasswordPolicyType`).
const SHORTEST_BY_DEFAULT: usize = 8;

/// Whether a pool asks for a second factor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mfa {
    /// Never.
    #[default]
    Off,
    /// Whoever set one up.
    Optional,
    /// Everybody.
    On,
}

/// The second factors that a pool takes: what its description does not show (`GetUserPoolMfaConfig`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SecondFactors {
    /// One-time codes of an app.
    pub app: bool,
    /// Codes by text message.
    pub texts: bool,
    /// Codes by e-mail.
    pub mail: bool,
}

/// A required attribute and what it may be ("Working with user attributes", Cognito Developer Guide).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequiredAttribute {
    /// Its name.
    pub name: String,
    /// `String`, `Number`, `DateTime` or `Boolean`.
    pub kind: String,
    /// Fewest characters, or the smallest number.
    pub min: Option<i64>,
    /// Most characters, or the largest number.
    pub max: Option<i64>,
}

/// What a pool asks of a new user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRules {
    /// Required attributes.
    pub required: Vec<RequiredAttribute>,
    /// `email` or `phone_number` when users are named by one of them.
    pub username_attributes: Vec<String>,
    /// Shortest password that the pool accepts.
    pub password_length: usize,
    /// Whether it asks for a second factor.
    pub mfa: Mfa,
    /// Whether it can send text messages, and may so send codes.
    pub sends_texts: bool,
    /// Whether it sends e-mail by the owner's own account, which codes by e-mail need.
    pub sends_own_mail: bool,
    /// The second factors that it takes, if they are known.
    pub factors: Option<SecondFactors>,
}

impl Default for UserRules {
    fn default() -> Self {
        Self {
            required: vec![],
            username_attributes: vec![],
            password_length: SHORTEST_BY_DEFAULT,
            mfa: Mfa::Off,
            sends_texts: false,
            sends_own_mail: false,
            factors: None,
        }
    }
}

impl UserRules {
    /// Whether it may send whoever has a phone number a code. One that can send text messages is not asked to find out.
    #[must_use]
    pub fn texts_codes(&self) -> bool {
        self.sends_texts || self.factors.is_some_and(|factors| factors.texts)
    }

    /// Whether it may send whoever has an e-mail address a code.
    #[must_use]
    pub fn mails_codes(&self) -> bool {
        self.factors.map_or(self.sends_own_mail, |factors| factors.mail)
    }

    /// With what this document says: the description of a pool, or what is to be written to it.
    #[must_use]
    pub fn with(mut self, pool: &Value) -> Self {
        let schema = [&pool["SchemaAttributes"], &pool["Schema"]];
        if let Some(schema) = schema.into_iter().find_map(Value::as_array) {
            let attributes = schema.iter().filter_map(Attribute::described);
            self.required = attributes.filter_map(required).collect();
        }
        if let Some(names) = pool["UsernameAttributes"].as_array() {
            let names = names.iter().filter_map(Value::as_str).map(ToOwned::to_owned);
            self.username_attributes = names.collect();
        }
        if let Some(length) = pool["Policies"]["PasswordPolicy"]["MinimumLength"].as_u64() {
            self.password_length = usize::try_from(length).unwrap_or(usize::MAX);
        }
        match pool["MfaConfiguration"].as_str() {
            Some("ON") => self.mfa = Mfa::On,
            Some("OPTIONAL") => self.mfa = Mfa::Optional,
            Some(_) => self.mfa = Mfa::Off,
            None => {}
        }
        self.sends_texts |= pool["SmsConfiguration"]["SnsCallerArn"].is_string();
        self.sends_own_mail |= pool["EmailConfiguration"]["EmailSendingAccount"] == "DEVELOPER";
        self
    }
}

/// Nobody may set `sub`.
fn required((name, attribute): (String, Attribute)) -> Option<RequiredAttribute> {
    let Attribute { kind, required, limits: [min, max], .. } = attribute;
    (required && name != "sub").then_some(RequiredAttribute { name, kind, min, max })
}
