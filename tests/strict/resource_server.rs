//! Resource servers: an update without scopes leaves none.

use serde_json::json;

use super::{
    call::Call,
    layer::{Answer, Layer},
    upstream::{body, with_body},
};

/// The API reference's blanket text: what an update leaves out is set to its default.
pub(crate) async fn update(layer: &Layer, call: &Call) -> Answer {
    let response = layer.forward(call).await?;
    if call.params["Scopes"].is_array() {
        return Ok(response);
    }
    let mut emptied = call.params.clone();
    emptied["Scopes"] = json!([]);
    layer.upstream.cognito(&call.region, "UpdateResourceServer", &emptied).await?;
    let mut shown = body(&response);
    shown["ResourceServer"]["Scopes"] = json!([]);
    Ok(with_body(response, &shown))
}
