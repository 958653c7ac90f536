//! Settings of a pool: how they change, and what AWS refuses of them.

use pretoken::cloud::Result;
use pretoken::model::aws_api::{DeclaredSettings, merged};
use pretoken::model::{LivePool, PoolEdit};
use serde_json::Value;

use super::refused;

/// AWS asks for no second factor where there is none to have (R8 of the strict layer).
pub(super) fn second_factors(settings: &DeclaredSettings) -> Result<()> {
    let asked = settings.get("mfa_configuration").is_some_and(|mode| mode != "OFF");
    let mfa = settings.get("mfa").and_then(Value::as_object);
    let is_factor = |(name, value): (&String, &Value)| {
        name != "web_authn_configuration" && value["enabled"] != false
    };
    let has =
        mfa.into_iter().flatten().any(is_factor) || settings.contains_key("sms_configuration");
    if asked && !has {
        return Err(refused("cognito-idp:SetUserPoolMfaConfig", "InvalidParameterException"));
    }
    Ok(())
}

/// What an edit sets; everything else stays.
pub(super) fn edit_settings(live: &mut LivePool, edit: &PoolEdit) -> Result<()> {
    if let Some(name) = &edit.name {
        live.pool.name.clone_from(name);
    }
    if let Some(tier) = &edit.tier {
        live.pool.tier.clone_from(tier);
    }
    if let Some(protection) = edit.deletion_protection {
        live.pool.deletion_protection = protection;
    }
    let settings = merged(&live.pool.settings, &edit.settings);
    second_factors(&settings)?;
    live.pool.settings = settings;
    live.pool.attributes.extend(edit.attributes.clone());
    live.pool.tags.0.extend(edit.tags.clone().unwrap_or_default().0);
    Ok(())
}
