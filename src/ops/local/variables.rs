//! What clients need, as variables: where Cognito is, keys, and everything of the stack by the keys of `deploy.toml`.

use super::seeds::{Seeded, kept};
use crate::cloud::{Auth, Read, Secret};
use crate::config::Config;
use crate::failure::Failure;
use crate::local::{REGION, Running};
use crate::ops::connection::Connection;
use crate::reconcile::observe::For;

/// Variables in the order in which they are shown; some values are secrets.
pub type Variables = Vec<(String, String)>;

/// Settings of AWS that would win over these, or spoil them.
pub const UNSET: [&str; 3] = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"];

/// What every client of AWS reads.
#[must_use]
pub fn of_emulator(running: &Running, region: Option<&str>) -> Variables {
    let region = region.unwrap_or(REGION);
    [
        ("AWS_ENDPOINT_URL", running.url.as_str()),
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region), // boto3 and the AWS CLI of version 1 read no other
        ("AWS_ACCESS_KEY_ID", &running.key.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", &running.key.secret_access_key),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// What is there of the stack; of what is not, nothing is said. The seeds are those that this emulator keeps.
pub async fn of_stack<C: Read + Auth>(
    config: &Config,
    connection: &Connection<C>,
    running: &Running,
) -> Result<Variables, Failure> {
    let actual = connection.observe(config, For::Converging).await?;
    let ids = actual.ids(&connection.identity(config));
    let authority = connection.authority(None);
    let seeds = kept(config, &ids, running)?;
    let mut all: Variables = vec![];
    for (key, id) in &ids.pools {
        let key = upper(key);
        all.push((format!("PRETOKEN_POOL_{key}"), id.clone()));
        let issuer = authority.issuers(id).into_iter().next().unwrap_or_default();
        all.push((format!("PRETOKEN_ISSUER_{key}"), issuer));
        all.push((format!("PRETOKEN_JWKS_URL_{key}"), authority.jwks_url(id)));
        let token_url = authority.token_url(None);
        all.extend(token_url.map(|url| (format!("PRETOKEN_TOKEN_URL_{key}"), url)));
    }
    for (at, id) in &ids.clients {
        let key = format!("{}_{}", upper(&at.pool), upper(&at.client));
        all.push((format!("PRETOKEN_CLIENT_{key}"), id.clone()));
        if let Some(pool_id) = ids.pools.get(&at.pool)
            && let Secret::Known(secret) = connection.cloud.app_client(pool_id, id).await?.secret
        {
            all.push((format!("PRETOKEN_CLIENT_SECRET_{key}"), secret.0));
        }
    }
    for (index, Seeded { username, secrets, .. }) in seeds.iter().enumerate() {
        let seed = format!("PRETOKEN_SEED_{}", index + 1);
        all.push((format!("{seed}_USERNAME"), username.clone()));
        all.push((format!("{seed}_PASSWORD"), secrets.password.clone()));
        all.extend(secrets.totp.clone().map(|totp| (format!("{seed}_TOTP"), totp)));
    }
    Ok(all)
}

/// A key as a part of a variable's name.
fn upper(key: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    key.chars().map(letter).collect()
}
