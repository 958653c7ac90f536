//! The ids that users and scripts need next: `outputs` of the JSON documents, and the last lines of a run.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use crate::reconcile::actual::Actual;
use crate::reconcile::identity::Identity;

/// What exists, by the keys of `deploy.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Outputs {
    /// Pools by key.
    pub pools: BTreeMap<String, PoolOutput>,
    /// The function.
    pub function_arn: Option<String>,
    /// What the pools name as their trigger.
    pub alias_arn: Option<String>,
    /// The version that serves.
    pub version: Option<String>,
    /// The function's role.
    pub role_arn: Option<String>,
    /// Lambda's `CodeSha256` of that version.
    pub code_sha256: Option<String>,
}

/// A pool.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PoolOutput {
    /// Its id.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// Its clients by key.
    pub clients: BTreeMap<String, ClientOutput>,
}

/// A client.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ClientOutput {
    /// Its id.
    pub id: String,
}

impl Outputs {
    /// What was seen.
    #[must_use]
    pub fn new(identity: &Identity, actual: &Actual) -> Self {
        let ids = actual.ids(identity);
        let target = &identity.target;
        let clients = |pool: &String| {
            let of_pool = ids.clients.iter().filter(move |(at, _)| at.pool == *pool);
            of_pool.map(|(at, id)| (at.client.clone(), ClientOutput { id: id.clone() })).collect()
        };
        let pool = |(key, id): (&String, &String)| {
            (
                key.clone(),
                PoolOutput { id: id.clone(), arn: target.pool_arn(id), clients: clients(key) },
            )
        };
        let function = actual.function.as_ref().map(|function| &function.name);
        let release = actual.release.as_ref();
        Self {
            pools: ids.pools.iter().map(pool).collect(),
            function_arn: function.map(|name| target.function_arn(name)),
            alias_arn: release.and(function).map(|name| target.alias_arn(name)),
            version: release.map(|release| release.version.clone()),
            role_arn: actual.role.as_ref().map(|role| target.role_arn(&role.name)),
            code_sha256: release.map(|release| release.settings.code_sha256.clone()),
        }
    }

    /// One line each, aligned.
    #[must_use]
    pub fn text(&self) -> String {
        let mut lines = vec![];
        for (key, pool) in &self.pools {
            lines.push((format!("pool {key}"), pool.id.clone()));
            lines.extend(
                pool.clients
                    .iter()
                    .map(|(client, output)| (format!("client {key}/{client}"), output.id.clone())),
            );
        }
        lines.extend(self.function_arn.iter().map(|arn| ("function".to_owned(), arn.clone())));
        lines.extend(
            self.version.iter().map(|version| ("live version".to_owned(), version.clone())),
        );
        let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        lines.iter().fold(String::new(), |mut text, (name, value)| {
            let _ = writeln!(text, "  {name:<width$}  {value}");
            text
        })
    }
}
