//! Settings of a pool that AWS reads and writes by calls of their own: each stands in `deploy.toml` under one key.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::{Declarable, DeclaredSettings};

/// The settings of one such call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PoolSection {
    /// Second factors and passkeys (`SetUserPoolMfaConfig`).
    Mfa,
    /// What threat protection does (`SetRiskConfiguration`).
    Risk,
    /// Where logs about users go (`SetLogDeliveryConfiguration`).
    LogDelivery,
}

/// Whether second factors are asked for: a setting of the pool, and written with the factors where they are declared, since AWS
/// takes neither without the other.
const MFA_MODE: [&str; 2] = ["mfa_configuration", "MfaConfiguration"];

static MFA: LazyLock<Declarable> = LazyLock::new(|| {
    Declarable::of(&["SetUserPoolMfaConfigRequest"], &["UserPoolId", MFA_MODE[1]], &[])
});
static RISK: LazyLock<Declarable> = LazyLock::new(|| {
    Declarable::of(&["SetRiskConfigurationRequest"], &["UserPoolId", "ClientId"], &[])
});
static LOG_DELIVERY: LazyLock<Declarable> =
    LazyLock::new(|| Declarable::of(&["SetLogDeliveryConfigurationRequest"], &["UserPoolId"], &[]));

impl PoolSection {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Mfa, Self::Risk, Self::LogDelivery];

    /// Its key in `deploy.toml`.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Mfa => "mfa",
            Self::Risk => "risk_configuration",
            Self::LogDelivery => "log_delivery",
        }
    }

    /// Those that these settings declare.
    pub fn declared(settings: &DeclaredSettings) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|section| settings.contains_key(section.key()))
    }

    /// The settings that a description shows; what is not known stays out.
    #[must_use]
    pub fn from_api(self, described: &Value) -> DeclaredSettings {
        self.members().from_api(described)
    }

    /// The schema of its table.
    #[must_use]
    pub fn property(self) -> Value {
        let about = match self {
            Self::Mfa => {
                "Second factors, which `mfa_configuration` turns on, and passkeys (SetUserPoolMfaConfig)."
            }
            Self::Risk => "What threat protection does (SetRiskConfiguration); it needs `PLUS`.",
            Self::LogDelivery => "Where logs about users go (SetLogDeliveryConfiguration).",
        };
        json!({
            "type": "object",
            "description": about,
            "properties": self.members().properties(),
            "additionalProperties": false,
            "minProperties": 1,
        })
    }

    fn members(self) -> &'static Declarable {
        match self {
            Self::Mfa => &MFA,
            Self::Risk => &RISK,
            Self::LogDelivery => &LOG_DELIVERY,
        }
    }
}

/// Declared settings by the calls that write them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PartedSettings {
    /// What the pool itself takes, under the names of `deploy.toml`.
    pub pool: DeclaredSettings,
    /// The members of each other call, as its request has them.
    pub sections: Vec<(PoolSection, Map<String, Value>)>,
}

/// Which call writes what of these settings.
#[must_use]
pub fn parted(settings: &DeclaredSettings) -> PartedSettings {
    let mut parts = PartedSettings { pool: settings.clone(), sections: vec![] };
    for section in PoolSection::ALL {
        let Some(Value::Object(table)) = parts.pool.shift_remove(section.key()) else { continue };
        let mut members = section.members().to_api(&table);
        let [key, name] = MFA_MODE;
        if section == PoolSection::Mfa
            && let Some(mode) = parts.pool.shift_remove(key)
        {
            members.insert(name.to_owned(), mode);
        }
        parts.sections.push((section, members));
    }
    parts
}

/// `changed`, and of `wanted` what is written by the same call.
#[must_use]
pub fn with_company(mut changed: DeclaredSettings, wanted: &DeclaredSettings) -> DeclaredSettings {
    let factors = PoolSection::Mfa.key();
    if changed.contains_key(MFA_MODE[0])
        && let Some(mfa) = wanted.get(factors)
    {
        changed.insert(factors.to_owned(), mfa.clone());
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(value: Value) -> DeclaredSettings {
        let Value::Object(table) = value else { panic!("a table") };
        table
    }

    #[test]
    fn each_call_gets_what_it_takes() {
        let settings = table(json!({
            "auto_verified_attributes": ["email"],
            "mfa_configuration": "ON",
            "mfa": { "software_token_mfa_configuration": { "enabled": true } },
            "log_delivery": { "log_configurations": [{
                "log_level": "ERROR",
                "event_source": "userNotification",
                "cloud_watch_logs_configuration": { "log_group_arn": "arn" },
            }] },
        }));
        let parts = parted(&settings);
        assert_eq!(parts.pool, table(json!({ "auto_verified_attributes": ["email"] })));
        let [(PoolSection::Mfa, mfa), (PoolSection::LogDelivery, logs)] = &parts.sections[..]
        else {
            panic!("two calls")
        };
        let expected = json!({
            "SoftwareTokenMfaConfiguration": { "Enabled": true },
            "MfaConfiguration": "ON",
        });
        assert_eq!(Value::Object(mfa.clone()), expected);
        assert_eq!(PoolSection::Mfa.from_api(&mfa.clone().into()), table(settings["mfa"].clone()));
        assert_eq!(logs["LogConfigurations"][0]["EventSource"], "userNotification");
        let seen = PoolSection::LogDelivery.from_api(&logs.clone().into());
        assert_eq!(seen, table(settings["log_delivery"].clone()));
    }

    #[test]
    fn the_mode_brings_its_factors() {
        let wanted = table(json!({ "mfa_configuration": "ON", "mfa": { "a": 1 } }));
        let mode = table(json!({ "mfa_configuration": "ON" }));
        assert_eq!(with_company(mode.clone(), &wanted), wanted);
        assert_eq!(with_company(mode.clone(), &mode), mode);
        assert_eq!(with_company(DeclaredSettings::new(), &wanted), DeclaredSettings::new());
    }

    #[test]
    fn without_factors_the_mode_is_the_pools_own() {
        let settings = table(json!({ "mfa_configuration": "OPTIONAL" }));
        assert_eq!(parted(&settings), PartedSettings { pool: settings, sections: vec![] });
    }
}
