//! The words of a rule, as they stand in `deploy.toml` and in the deployed `rules.json`. Plain
//! data: what is wrong with it is decided in `check`, when it applies in `matching`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Condition, Moment};

/// One rule about tokens: when every condition that is given holds, every effect that is given
/// happens. A rule without conditions always applies. All rules that apply are applied, in order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What plans, simulations and logs call this rule.
    pub name: String,

    /// Only for users of these pools: keys of `[pools]`, any of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pools: Vec<String>,
    /// Only for sign-ins through these app clients, any of them: `web` is the client of that key in
    /// any pool, `customers/web` the one of the pool `customers`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<String>,
    /// Only for users who are in at least one of these groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// Only for users who are in every one of these groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups_all: Vec<String>,
    /// Only for users who are in none of these groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups_none: Vec<String>,
    /// Only for users whose attributes meet all of these conditions, by attribute name
    /// (`"custom:plan" = "pro"`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Condition>,
    /// Only if the client metadata of the request meets all of these conditions. The caller chooses
    /// the metadata freely: it is a wish, not a proof.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub client_metadata: BTreeMap<String, Condition>,
    /// Only if what was gathered about the user meets all of these conditions, by the fact's name and the names of its
    /// members (`"entitlements.plan" = "pro"`). A number or a boolean is met by its text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, Condition>,
    /// Only if at least one of these scopes is in the token already, because it was asked for and
    /// allowed. Sign-ins through the API have `aws.cognito.signin.user.admin` alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// Only for these occasions, such as `TokenGeneration_RefreshTokens`, any of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trigger_sources: Vec<String>,
    /// Only from this time on; a date begins at midnight UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Moment>,
    /// Only until this time, itself included; a date lasts until its end in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Moment>,

    /// Scopes that the access token gains. An entry with braces is a template, here and in the other
    /// lists: `{attributes.custom:scopes | list}`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add_scopes: Vec<String>,
    /// Scopes that the access token loses, also when another rule adds them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppress_scopes: Vec<String>,
    /// Claims that the access token gains. Any JSON value; strings are templates such as
    /// `{attributes.custom:tenant}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub access_claims: BTreeMap<String, Value>,
    /// Claims that the access token loses, also when another rule adds them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppress_access_claims: Vec<String>,
    /// Claims that the ID token gains. Any JSON value; strings are templates such as
    /// `{attributes.custom:tenant}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub id_claims: BTreeMap<String, Value>,
    /// Claims that the ID token loses, also when another rule adds them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppress_id_claims: Vec<String>,
    /// Groups that both tokens name beside the user's own, or beside those that `set_groups` sets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add_groups: Vec<String>,
    /// The groups that both tokens name instead of the user's own; an empty list is no group at
    /// all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_groups: Option<Vec<String>>,
    /// Groups that neither token names, also when another rule sets them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppress_groups: Vec<String>,

    /// Within which scopes lie that come out of data: `orders/read`, or `orders/*` for all that begin
    /// so. Without it, what `[trigger] scopes_from` says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes_from: Vec<String>,

    /// There is no token at all: the sign-in fails with this text, which whoever signs in reads. The
    /// first rule that refuses has the say, before any effect of any rule; it is never about machines
    /// unless `trigger_sources` names theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refuse: Option<String>,
    /// Whether a rule that refuses does so, or only writes into the log that it would.
    #[serde(default, skip_serializing_if = "Mode::is_enforce")]
    pub mode: Mode,
}

/// What becomes of a refusal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The sign-in fails.
    #[default]
    Enforce,
    /// The log says that it would have failed.
    Report,
}

impl Mode {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls")]
    fn is_enforce(&self) -> bool {
        *self == Self::Enforce
    }
}

/// The occasion of a machine's own token ("Pre token generation Lambda trigger", Cognito Developer
/// Guide).
pub const MACHINE_SOURCE: &str = "TokenGeneration_ClientCredentials";

impl Rule {
    /// Whether the rule would change anything at all.
    #[must_use]
    pub fn has_effect(&self) -> bool {
        let Self { name, mode, scopes_from, .. } = self;
        let nothing = Self {
            name: name.clone(),
            mode: *mode,
            scopes_from: scopes_from.clone(),
            ..Self::default()
        };
        self.clone().without_conditions() != nothing
    }

    /// Whether a sign-in to which it applies fails.
    #[must_use]
    pub fn refuses(&self) -> bool {
        self.refuse.is_some() && self.mode == Mode::Enforce
    }

    /// Whether this occasion is one of its own. To turn a machine away stops a service, not a person:
    /// that has to be meant.
    #[must_use]
    pub fn is_for_source(&self, source: Option<&str>) -> bool {
        if self.trigger_sources.is_empty() {
            return self.refuse.is_none() || source != Some(MACHINE_SOURCE);
        }
        self.trigger_sources.iter().any(|one| Some(one.as_str()) == source)
    }

    /// Its name and its conditions.
    #[must_use]
    pub fn without_effects(self) -> Self {
        let Self {
            name,
            pools,
            clients,
            groups,
            groups_all,
            groups_none,
            attributes,
            client_metadata,
            facts,
            scopes,
            trigger_sources,
            not_before,
            not_after,
            add_scopes: _,
            suppress_scopes: _,
            access_claims: _,
            suppress_access_claims: _,
            id_claims: _,
            suppress_id_claims: _,
            add_groups: _,
            set_groups: _,
            suppress_groups: _,
            scopes_from: _,
            refuse: _,
            mode: _,
        } = self;
        Self {
            name,
            pools,
            clients,
            groups,
            groups_all,
            groups_none,
            attributes,
            client_metadata,
            facts,
            scopes,
            trigger_sources,
            not_before,
            not_after,
            ..Self::default()
        }
    }

    /// Its name and its effects.
    #[must_use]
    pub fn without_conditions(self) -> Self {
        let Self {
            name,
            pools: _,
            clients: _,
            groups: _,
            groups_all: _,
            groups_none: _,
            attributes: _,
            client_metadata: _,
            facts: _,
            scopes: _,
            trigger_sources: _,
            not_before: _,
            not_after: _,
            add_scopes,
            suppress_scopes,
            access_claims,
            suppress_access_claims,
            id_claims,
            suppress_id_claims,
            add_groups,
            set_groups,
            suppress_groups,
            scopes_from,
            refuse,
            mode,
        } = self;
        Self {
            name,
            add_scopes,
            suppress_scopes,
            access_claims,
            suppress_access_claims,
            id_claims,
            suppress_id_claims,
            add_groups,
            set_groups,
            suppress_groups,
            scopes_from,
            refuse,
            mode,
            ..Self::default()
        }
    }
}
