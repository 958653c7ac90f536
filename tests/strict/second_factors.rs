//! `SetUserPoolMfaConfig`: second factors, all of them at once.

use serde_json::json;

use super::{
    call::Call,
    layer::{Answer, Layer, Stop},
    pool, pool_rules,
};

/// A full replace: a factor that is left out is off afterwards (measured, go-to-k/cdkd).
pub(crate) async fn set(layer: &Layer, call: &Call) -> Answer {
    const FACTORS: [&str; 3] =
        ["SmsMfaConfiguration", "SoftwareTokenMfaConfiguration", "EmailMfaConfiguration"];
    let given = |name: &str| !call.params[name].is_null();
    let app = call.params["SoftwareTokenMfaConfiguration"]["Enabled"] == true;
    let sends = given(FACTORS[0]) || given(FACTORS[2]);
    let mode = call.params.get("MfaConfiguration").cloned().unwrap_or_else(|| "OFF".into());
    pool_rules::refuse_if(
        mode == "OFF" && FACTORS.into_iter().any(given),
        "Factors cannot be configured while MFA is OFF.",
    )?;
    pool_rules::refuse_if(
        mode != "OFF" && !app && !sends,
        "MFA needs at least one factor that is enabled.",
    )?;
    pool::current(layer, call).await?;
    let response = layer.forward(call).await?;
    // The emulator keeps what is left out.
    let mut left_out = json!({"UserPoolId": call.text("UserPoolId")});
    for name in FACTORS.into_iter().filter(|name| !given(name)) {
        left_out[name] = json!({});
    }
    let emptied = layer.upstream.cognito(&call.region, "SetUserPoolMfaConfig", &left_out).await;
    emptied.map_err(Stop::from)?;
    if let Some(pool) = layer.world().pools.get_mut(call.text("UserPoolId")) {
        pool.second_factor = app || sends;
        pool.document.insert("MfaConfiguration".to_owned(), mode);
        let texts = &call.params["SmsMfaConfiguration"]["SmsConfiguration"];
        if texts.is_object() {
            pool.document.insert("SmsConfiguration".to_owned(), texts.clone());
        }
    }
    Ok(response)
}
