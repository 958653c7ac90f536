//! The event that Cognito sends to the trigger, in the form of AWS's own. Pure.

use serde_json::{Value, json};
use trigger::FACTS_MEMBER;

use super::persona::Persona;
use crate::config::EventVersion;

/// What an event says beside its persona.
pub(crate) struct SampleEvent<'a> {
    pub(crate) version: EventVersion,
    pub(crate) region: Option<&'a str>,
    pub(crate) pool_id: Option<&'a str>,
    pub(crate) client_id: Option<&'a str>,
    pub(crate) username: Option<&'a str>,
    /// What the token has before any rule.
    pub(crate) scopes: &'a [String],
    /// Whether it brings facts along, so that none is asked for elsewhere.
    pub(crate) facts: bool,
}

impl SampleEvent<'_> {
    /// The event of this persona.
    pub(crate) fn of(&self, persona: &Persona) -> Value {
        let mut event = json!({
            "version": match self.version {
                EventVersion::V2_0 => "2",
                EventVersion::V3_0 => "3",
            },
            "triggerSource": persona.source.as_str(),
            "region": self.region,
            "userPoolId": self.pool_id,
            "userName": self.username,
            "callerContext": { "awsSdkVersion": "pretoken", "clientId": self.client_id },
            "request": {
                "userAttributes": persona.attributes,
                "groupConfiguration": {
                    "groupsToOverride": persona.groups,
                    "iamRolesToOverride": [],
                    "preferredRole": null,
                },
                "clientMetadata": persona.client_metadata,
                "scopes": self.scopes,
            },
            "response": { "claimsAndScopeOverrideDetails": null },
        });
        if self.facts {
            event[FACTS_MEMBER] = json!(persona.facts);
        }
        event
    }
}
