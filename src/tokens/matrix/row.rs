//! A kind of subject. Pure.

use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use trigger::rules::Subject;

/// A kind of subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Row {
    /// Who they are, in words.
    pub subject: String,
    /// The promises that are about them; the document has their names in one text.
    #[serde(rename = "promise", serialize_with = "joined", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Option<String>")]
    pub promises: Vec<String>,
    /// One of them; who is only known by name has none.
    #[serde(skip)]
    pub(crate) example: Option<Subject>,
}

impl Row {
    pub(super) fn new(subject: String) -> Self {
        Self { subject, promises: vec![], example: None }
    }
}

fn joined<S: Serializer>(names: &[String], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&names.join("; "))
}
