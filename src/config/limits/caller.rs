//! Who deploys: what names a profile.

use schemars::{Schema, SchemaGenerator};

use super::Text;

/// What can stand in the heading of a section of `~/.aws/config`; AWS gives no length.
pub(in crate::config) fn profile(_: &mut SchemaGenerator) -> Schema {
    const PROFILE: Text = Text {
        pattern: r"^[^\s\[\]][^\[\]\r\n]*$",
        max: 128,
        must_be: "the name of an AWS profile",
    };
    PROFILE.schema()
}
