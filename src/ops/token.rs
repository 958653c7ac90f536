//! A user's own sign-in, and what is in the tokens.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::connection::Connection;
use crate::cloud::{Auth, CloudError, Secret, SignIn, Tokens};
use crate::codes::Code;
use crate::failure::{Exit, Failure};
use crate::model::{ClientKey, Flow, Ids};
use crate::reconcile::actual::Actual;
use crate::tokens::flows;
use crate::user::User;
use crate::verify::challenge::{Attempt, Person, SignInEnd};
use crate::verify::jwt::{Decoded, Keys};

/// Which client signs in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Which<'a> {
    /// Key of the pool, if there are several.
    pub pool: Option<&'a str>,
    /// Key of the client, if there are several.
    pub client: Option<&'a str>,
}

/// Who signs in. It has no `Debug`.
#[derive(Clone, Copy)]
pub struct Who<'a> {
    /// The name.
    pub username: &'a str,
    /// The password.
    pub password: &'a str,
    /// What makes one-time codes (Base32), if it is known.
    pub totp: Option<&'a str>,
}

/// Tokens whose signature is right.
pub struct SignedIn {
    /// As they came.
    pub raw: Tokens,
    /// What is in the access token.
    pub access: Decoded,
    /// What is in the ID token.
    pub id: Decoded,
}

/// How a client can be signed in to by a name and a password.
pub struct Way {
    /// The client.
    pub at: ClientKey,
    flow: Flow,
    pool_id: String,
    client_id: String,
}

/// Finds the client that is meant, and a flow that it allows.
pub fn way(actual: &Actual, ids: &Ids, which: Which<'_>) -> Result<Way, Failure> {
    let at = client(which, ids)?;
    let flow = flow(actual.flows(ids).get(&at), &at)?;
    let (pool_id, client_id) = (ids.pools[&at.pool].clone(), ids.clients[&at].clone());
    Ok(Way { at, flow, pool_id, client_id })
}

/// Signs in, and checks the signatures of what comes.
pub async fn sign_in<C: Auth>(
    connection: &Connection<C>,
    way: &Way,
    who: Who<'_>,
    jwks_url: Option<&String>,
    user: &impl User,
) -> Result<SignedIn, Failure> {
    let Way { flow, pool_id, client_id, .. } = way;
    let cloud = &connection.cloud;
    let secret = match cloud.app_client(pool_id, client_id).await?.secret {
        Secret::None => None,
        Secret::Known(secret) => Some(secret),
        Secret::Elsewhere(arn) => {
            let error = anyhow::anyhow!("Cognito keeps the client's secret elsewhere: {arn}");
            return Err(Failure::new(Exit::Failed, Code::NoWayIn, error));
        }
    };
    if let Some(secret) = &secret {
        user.secret(&secret.0);
    }
    let Who { username, password, totp } = who;
    let totp = &RefCell::new(totp.map(ToOwned::to_owned));
    let person = Person { username, password, is_temporary: false, totp };
    let sign_in = SignIn::new(pool_id, client_id, *flow);
    let ways = (cloud, user, connection.clock);
    let tokens = match Attempt::new(ways, sign_in, secret.as_ref(), &person).run().await {
        Ok(SignInEnd::In(tokens)) => tokens,
        Ok(SignInEnd::Stuck(reason)) => {
            return Err(Failure::new(Exit::Failed, Code::SignInFailed, anyhow::anyhow!(reason)));
        }
        Err(error @ CloudError::Refused { .. }) => {
            return Err(
                Failure::new(Exit::Failed, Code::SignInFailed, error).context("the sign-in failed")
            );
        }
        Err(error) => return Err(error.into()),
    };
    let keys = cloud.fetch(&connection.authority(jwks_url).jwks_url(pool_id)).await?;
    let keys = Keys::parse(&keys).map_err(unproven)?;
    let access = keys.verify(&tokens.access).map_err(unproven)?;
    let id = keys.verify(&tokens.id).map_err(unproven)?;
    Ok(SignedIn { raw: tokens, access, id })
}

fn unproven(error: impl Into<anyhow::Error>) -> Failure {
    Failure::new(Exit::Unproven, Code::TokenWrong, error)
}

/// The client that was named, or the only one.
fn client(which: Which<'_>, ids: &Ids) -> Result<ClientKey, Failure> {
    let fits = |at: &&ClientKey| {
        which.client.is_none_or(|key| *key == at.client)
            && which.pool.is_none_or(|key| *key == at.pool)
    };
    let fitting: Vec<&ClientKey> = ids.clients.keys().filter(fits).collect();
    let all: Vec<String> = ids.clients.keys().map(ToString::to_string).collect();
    match fitting.as_slice() {
        [one] => Ok((*one).clone()),
        [] => {
            Err(Failure::new(Exit::Usage, Code::UnknownClient, anyhow::anyhow!("no client fits"))
                .hint(format!("there are {}", all.join(", "))))
        }
        _ => {
            let error = anyhow::anyhow!("there are several clients: {}", all.join(", "));
            Err(Failure::new(Exit::Usage, Code::AmbiguousReference, error)
                .hint("choose with --client, and --pool if need be"))
        }
    }
}

fn flow(allowed: Option<&BTreeSet<String>>, at: &ClientKey) -> Result<Flow, Failure> {
    let flow = allowed.and_then(|allowed| flows::with_password(allowed).first().copied());
    flow.ok_or_else(|| {
        let error = anyhow::anyhow!("the client {at} lets nobody in by a password");
        Failure::new(Exit::Usage, Code::NoWayIn, error)
            .hint("add user-password, admin-user-password or user-srp to its `auth_flows`")
    })
}
