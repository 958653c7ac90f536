//! A decision in the words of Cognito: the `response` of events of version 2 and 3. What does not
//! change is left out; an empty `groupOverrideDetails` above all would take every group away.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::rules::{AccessEffects, IdEffects};
use crate::{Decision, Event};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Response<'a> {
    claims_and_scope_override_details: Overrides<'a>,
}

impl<'a> Response<'a> {
    /// The response that carries `decision`; roles stay as they are in `event`.
    pub(crate) fn new(decision: &'a Decision, event: &Event<'a>) -> Self {
        let overrides = Overrides {
            id_token_generation: IdToken::new(&decision.id),
            access_token_generation: AccessToken::new(&decision.access),
            group_override_details: decision.groups.as_deref().map(|groups| GroupsAndRoles {
                groups_to_override: groups,
                iam_roles_to_override: event.group_setting("iamRolesToOverride"),
                preferred_role: event.group_setting("preferredRole"),
            }),
        };
        Self { claims_and_scope_override_details: overrides }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Overrides<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token_generation: Option<IdToken<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token_generation: Option<AccessToken<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_override_details: Option<GroupsAndRoles<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IdToken<'a> {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    claims_to_add_or_override: &'a BTreeMap<String, Value>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    claims_to_suppress: &'a BTreeSet<String>,
}

impl<'a> IdToken<'a> {
    fn new(effects: &'a IdEffects) -> Option<Self> {
        (*effects != IdEffects::default()).then_some(Self {
            claims_to_add_or_override: &effects.claims,
            claims_to_suppress: &effects.suppress_claims,
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AccessToken<'a> {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    claims_to_add_or_override: &'a BTreeMap<String, Value>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    claims_to_suppress: &'a BTreeSet<String>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    scopes_to_add: &'a BTreeSet<String>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    scopes_to_suppress: &'a BTreeSet<String>,
}

impl<'a> AccessToken<'a> {
    fn new(effects: &'a AccessEffects) -> Option<Self> {
        (*effects != AccessEffects::default()).then_some(Self {
            claims_to_add_or_override: &effects.claims,
            claims_to_suppress: &effects.suppress_claims,
            scopes_to_add: &effects.add_scopes,
            scopes_to_suppress: &effects.suppress_scopes,
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupsAndRoles<'a> {
    groups_to_override: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    iam_roles_to_override: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_role: Option<&'a RawValue>,
}
