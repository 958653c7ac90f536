//! What AWS invents, beside the keys of `deploy.toml`.

use std::collections::BTreeMap;
use std::fmt;

/// A client by the keys of `deploy.toml`; displayed as `pool/client`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientKey {
    /// Key of the pool.
    pub pool: String,
    /// Key of the client in it.
    pub client: String,
}

impl ClientKey {
    /// The client `client` of the pool `pool`.
    #[must_use]
    pub fn new(pool: &str, client: &str) -> Self {
        Self { pool: pool.to_owned(), client: client.to_owned() }
    }
}

impl fmt::Display for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.pool, self.client)
    }
}

/// What AWS invents, by the keys of `deploy.toml`. A pool that is not declared is listed under its own id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ids {
    /// Pool key to pool id.
    pub pools: BTreeMap<String, String>,
    /// Client key to client id.
    pub clients: BTreeMap<ClientKey, String>,
}

impl Ids {
    /// The value of the trigger's variable: which ids stand for which keys.
    ///
    /// Every environment runs the same package; only this tells them apart.
    #[must_use]
    pub fn for_trigger(&self) -> String {
        self.as_trigger_sees_them().to_json()
    }

    /// From ids to keys: what the trigger looks up.
    #[must_use]
    pub fn as_trigger_sees_them(&self) -> trigger::Ids {
        let swap = |(key, id): (String, &String)| (id.clone(), key);
        trigger::Ids {
            pools: self.pools.iter().map(|(k, v)| swap((k.clone(), v))).collect(),
            clients: self.clients.iter().map(|(k, v)| swap((k.to_string(), v))).collect(),
        }
    }
}
