//! Users that come with a stack that does not last.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits;

/// A user of `--local`, and of environments that expire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    /// Key of the pool; needed only when there are several.
    #[serde(default)]
    pub pool: Option<String>,
    /// The name that it signs in with.
    #[schemars(length(min = 1, max = 128))]
    pub username: String,
    /// Its password: a text, or `{ env = "NAME" }`; without it one is made, which `local env` shows.
    #[serde(default)]
    pub password: Option<Password>,
    /// Groups that it is in; each is declared in the pool.
    #[serde(default)]
    #[schemars(length(max = 100), extend("uniqueItems" = true))]
    pub groups: Vec<String>,
    /// Attributes that it has.
    #[serde(default)]
    #[schemars(schema_with = "limits::attributes")]
    pub attributes: BTreeMap<String, String>,
    /// Whether it has a second factor, one-time codes, whose secret `local env` shows; on the emulator alone.
    #[serde(default)]
    pub totp: bool,
}

/// Where a password comes from. Its `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Password {
    /// From the file.
    Text(#[schemars(length(min = 6, max = 256))] String),
    /// From a variable of this process.
    Variable(Variable),
}

/// A variable of this process, or what is read from elsewhere in place of one. Its `Debug` hides the value.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// Its name.
    #[schemars(length(min = 1, max = 128))]
    pub env: String,
    /// The value, if it is known already: no file says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    pub value: Option<String>,
}

impl fmt::Debug for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Variable({})", self.env)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text(hidden)"),
            Self::Variable(variable) => variable.fmt(f),
        }
    }
}
