//! The ids that users and scripts need next: `outputs` of the JSON documents, and the last lines of a run.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use crate::reconcile::actual::Actual;
use crate::reconcile::desired::Desired;

/// What exists, by the keys of `deploy.toml`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outputs {
    pub pools: BTreeMap<String, PoolOutput>,
    pub function_arn: Option<String>,
    pub alias_arn: Option<String>,
    pub version: Option<String>,
    pub role_arn: Option<String>,
    pub code_sha256: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PoolOutput {
    pub id: String,
    pub arn: String,
    pub clients: BTreeMap<String, ClientOutput>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClientOutput {
    pub id: String,
}

impl Outputs {
    /// What was seen.
    pub fn new(desired: &Desired, actual: &Actual) -> Self {
        let ids = actual.ids(desired);
        let target = &desired.target;
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
