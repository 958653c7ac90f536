//! The ids that AWS invented, translated to the keys that `deploy.toml` uses. They differ from
//! environment to environment, so they travel in [`IDS_VARIABLE`](crate::IDS_VARIABLE) and not in
//! the package.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Which pool and which client an event is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ids {
    /// From the id of a pool to its key.
    #[serde(default)]
    pub pools: BTreeMap<String, String>,
    /// From the id of an app client to the keys of its pool and itself: `customers/web`.
    #[serde(default)]
    pub clients: BTreeMap<String, String>,
}

impl Ids {
    /// Reads the value of the environment variable.
    pub fn from_json(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// The value of the environment variable: compact, and the same for the same ids.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "maps of strings are always JSON")]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("maps of strings are JSON")
    }

    /// The key of this pool.
    #[must_use]
    pub fn pool(&self, id: &str) -> Option<&str> {
        self.pools.get(id).map(String::as_str)
    }

    /// The keys of this client's pool and of the client.
    #[must_use]
    pub fn client(&self, id: &str) -> Option<(&str, &str)> {
        self.clients.get(id)?.split_once('/')
    }

    /// The keys of the pool and of the client that an event is about, each if it is one of ours.
    #[must_use]
    pub fn keys(
        &self,
        pool_id: Option<&str>,
        client_id: Option<&str>,
    ) -> (Option<&str>, Option<&str>) {
        let known = client_id.and_then(|id| self.client(id));
        let pool = pool_id.and_then(|id| self.pool(id)).or(known.map(|(pool, _)| pool));
        let client = known.filter(|(of, _)| Some(*of) == pool).map(|(_, client)| client);
        (pool, client)
    }
}

#[cfg(test)]
mod tests {
    use super::Ids;

    #[test]
    fn the_variable_is_compact_and_reads_back() {
        let ids = Ids {
            pools: [
                ("eu-west-1_B".into(), "staff".into()),
                ("eu-west-1_A".into(), "customers".into()),
            ]
            .into(),
            clients: [("1example".into(), "customers/web".into())].into(),
        };
        let json = r#"{"pools":{"eu-west-1_A":"customers","eu-west-1_B":"staff"},"clients":{"1example":"customers/web"}}"#;
        assert_eq!(ids.to_json(), json);
        assert_eq!(Ids::from_json(json).expect(json), ids);
        assert_eq!(Ids::from_json("{}").expect("no ids"), Ids::default());
        assert_eq!(ids.client("1example"), Some(("customers", "web")));
        assert_eq!((ids.client("2example"), ids.pool("1example")), (None, None));
    }

    #[test]
    fn anything_else_is_refused() {
        for json in ["", "null", "[1]", r#"{"pool":{}}"#, r#"{"pools":{"a":1}}"#] {
            assert!(Ids::from_json(json).is_err(), "{json}");
        }
    }
}
