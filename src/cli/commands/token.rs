//! `token`: signs a user in and prints what is in the tokens.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::BufRead as _;

use serde_json::{Map, Value, json};

use super::verify::deployed;
use crate::cli::args::TokenArgs;
use crate::cloud::{Auth as _, CloudError, Flow, SignIn, Signed};
use crate::config::AuthFlow;
use crate::failure::{Exit, Failure, Outcome};
use crate::model::{ClientKey, Ids};
use crate::ops::session::Session;
use crate::reconcile::desired::Desired;
use crate::user::Progress as _;
use crate::verify::jwt::{Decoded, Keys};

/// The variable that may hold the password.
const PASSWORD: &str = "PRETOKEN_PASSWORD";

pub async fn run(session: &Session, args: &TokenArgs) -> Outcome {
    let connection = session.connect().await?;
    let actual = deployed(session, &connection).await?;
    let ids = actual.ids(&Desired::new(session.config(), connection.target.clone(), ""));
    let at = client(args, &ids)?;
    let password = password(args)?;
    let (pool_id, client_id) = (&ids.pools[&at.pool], &ids.clients[&at]);
    let flow = flow(actual.flows(&ids).get(&at), &at)?;
    let secret = connection.aws.client_secret(pool_id, client_id).await?;
    if let Some(secret) = &secret {
        session.ui.secret(&secret.0);
    }
    let sign_in = SignIn {
        flow,
        pool_id,
        client_id,
        username: &args.username,
        secret: &password,
        client_secret: secret.as_ref(),
    };
    let tokens = match connection.aws.sign_in(&sign_in).await {
        Ok(Signed::In(tokens)) => tokens,
        Ok(Signed::Challenge(name)) => {
            let error =
                anyhow::anyhow!("the pool asks for {name}, which this command does not answer");
            return Err(Failure::new(Exit::Failed, error));
        }
        Err(error @ CloudError::Refused { .. }) => {
            return Err(Failure::new(Exit::Failed, error).context("the sign-in failed"));
        }
        Err(error) => return Err(error.into()),
    };
    let document = connection
        .aws
        .fetch(&connection.authority(args.keys.jwks_url.as_ref()).jwks_url(pool_id))
        .await?;
    let read = |token: &str| Keys::parse(&document).and_then(|keys| keys.verify(token));
    let unproven = |error| Failure::new(Exit::Unproven, error);
    let (access, id) =
        (read(&tokens.access).map_err(unproven)?, read(&tokens.id).map_err(unproven)?);
    let mut document = json!({
        "schema": "pretoken/token/v1",
        "access": {"header": access.header, "claims": access.claims},
        "id": {"header": id.header, "claims": id.claims},
    });
    if args.raw {
        for token in [&tokens.access, &tokens.id] {
            session.ui.secret(token);
        }
        document["access"]["raw"] = tokens.access.clone().into();
        document["id"]["raw"] = tokens.id.clone().into();
    }
    let mut text = format!("{}\n{}", shown("access token", &access), shown("ID token", &id));
    if args.raw {
        let _ = write!(text, "\naccess token: {}\nID token: {}\n", tokens.access, tokens.id);
    }
    session.ui.result(&document, &text);
    Ok(None)
}

fn shown(name: &str, decoded: &Decoded) -> String {
    let claims = |claims: &Map<String, Value>| {
        let width = claims.keys().map(String::len).max().unwrap_or(0);
        claims.iter().fold(String::new(), |mut text, (claim, value)| {
            let _ = writeln!(text, "  {claim:<width$}  {value}");
            text
        })
    };
    format!("{name} (its signature is right)\n{}", claims(&decoded.claims))
}

/// The client that was named, or the only one.
fn client(args: &TokenArgs, ids: &Ids) -> Result<ClientKey, Failure> {
    let fits = |at: &&ClientKey| {
        args.client.as_ref().is_none_or(|key| *key == at.client)
            && args.pool.as_ref().is_none_or(|key| *key == at.pool)
    };
    let fitting: Vec<&ClientKey> = ids.clients.keys().filter(fits).collect();
    let all: Vec<String> = ids.clients.keys().map(ToString::to_string).collect();
    match fitting.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(Failure::new(Exit::Usage, anyhow::anyhow!("no client fits"))
            .hint(format!("there are {}", all.join(", ")))),
        _ => {
            let error = anyhow::anyhow!("there are several clients: {}", all.join(", "));
            Err(Failure::new(Exit::Usage, error)
                .hint("choose with --client, and --pool if need be"))
        }
    }
}

fn flow(flows: Option<&BTreeSet<String>>, at: &ClientKey) -> Result<Flow, Failure> {
    let allowed = [
        (AuthFlow::UserPassword, Flow::UserPassword),
        (AuthFlow::AdminUserPassword, Flow::AdminUserPassword),
    ];
    let flow = allowed
        .into_iter()
        .find(|(needed, _)| flows.is_some_and(|flows| flows.contains(needed.allow())));
    flow.map(|(_, flow)| flow).ok_or_else(|| {
        let error =
            anyhow::anyhow!("the client {at} allows neither user-password nor admin-user-password");
        Failure::new(Exit::Usage, error).hint("add one of them to its `auth_flows`")
    })
}

/// From standard input, the environment, or a prompt that shows nothing.
fn password(args: &TokenArgs) -> Result<String, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::new(Exit::Usage, error).context("cannot read the password")
    };
    if args.password_stdin {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map_err(unreadable)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    if let Ok(password) = std::env::var(PASSWORD) {
        return Ok(password);
    }
    rpassword::prompt_password(format!("Password of {}: ", args.username))
        .map_err(|error| unreadable(error).hint(format!("use --password-stdin, or set {PASSWORD}")))
}
