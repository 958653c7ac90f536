//! What names an API of API Gateway.

use schemars::{Schema, SchemaGenerator};

use super::Text;

/// An id, and of a REST API the stage: "Stage names can contain only alphanumeric characters, hyphens, and underscores", 128 at
/// most (`CreateStage`).
pub(in crate::config) fn api_gateway(_: &mut SchemaGenerator) -> Schema {
    const STAGE: Text = Text {
        pattern: "^[a-z0-9]+(/[A-Za-z0-9_-]{1,128})?$",
        max: 160,
        must_be: "the id of an HTTP API, such as `a1b2c3d4e5`, or id and stage of a REST API, such as `a1b2c3d4e5/prod`",
    };
    STAGE.schema()
}
