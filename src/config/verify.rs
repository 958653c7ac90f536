//! `[verify]`: how tokens are proven.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits;

/// How tokens are proven by real sign-ins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Verify {
    /// Domain of the addresses of temporary users. No message is sent to them.
    #[schemars(schema_with = "limits::mail_domain")]
    pub email_domain: String,
    /// Attributes of every temporary user, unless a promise says otherwise.
    #[schemars(schema_with = "limits::attributes")]
    pub attributes: BTreeMap<String, String>,
    /// How often one run signs in at most; what is left is not proven.
    #[schemars(schema_with = "limits::sign_ins")]
    pub limit: u32,
    /// The user to sign in as instead of temporary ones, with the password in `PRETOKEN_VERIFY_PASSWORD`: nothing is
    /// made then, and nothing removed.
    #[schemars(schema_with = "limits::username")]
    pub user: Option<String>,
}

impl Default for Verify {
    fn default() -> Self {
        // Reserved for documentation (RFC 2606): no mail arrives anywhere.
        let email_domain = "example.com".to_owned();
        Self { email_domain, attributes: BTreeMap::new(), limit: 50, user: None }
    }
}
