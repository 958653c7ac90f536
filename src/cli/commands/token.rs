//! `token`: signs a user in and prints what is in the tokens.

use std::fmt::Write as _;
use std::rc::Rc;

use crate::cli::args::{Global, TokenArgs};
use crate::cli::known::reached;
use crate::cli::prompt;
use crate::cli::ui::Ui;
use crate::codes::Code;
use crate::failure::{Exit, Failure, Outcome};
use crate::ops::token::{SignedIn, Which, Who, sign_in, way};
use crate::ops::verify::deployed;
use crate::report;
use crate::report::documents::{DecodedToken, TokenDocument};
use crate::user::Progress as _;

/// The variable that may hold the password.
const PASSWORD: &str = "PRETOKEN_PASSWORD";

pub async fn run(ui: &Rc<Ui>, global: &Global, args: &TokenArgs) -> Outcome {
    let (known, connection) = reached(ui, global).await?;
    let actual = deployed(&known, &connection).await?;
    let ids = actual.ids(&connection.identity(&known.config));
    let which = Which { pool: args.pool.as_deref(), client: args.client.as_deref() };
    let way = way(&actual, &ids, which)?;
    let password = password(ui, &args.username, args.password_stdin).await?;
    ui.secret(&password);
    let who = Who { username: &args.username, password: &password, totp: None };
    let keys = args.keys.jwks_url.as_ref();
    let SignedIn { raw, access, id } = sign_in(&connection, &way, who, keys, &**ui).await?;
    let shown = |token: &'_ str| args.raw.then(|| token.to_owned());
    let (raw_access, raw_id) = (shown(&raw.access), shown(&raw.id));
    let document = TokenDocument {
        schema: "pretoken/token/v1",
        access: DecodedToken {
            header: &access.header,
            claims: &access.claims,
            raw: raw_access.as_deref(),
        },
        id: DecodedToken { header: &id.header, claims: &id.claims, raw: raw_id.as_deref() },
    };
    let mut text = format!(
        "{}\n{}",
        report::token::text("access token", &access),
        report::token::text("ID token", &id)
    );
    if args.raw {
        let _ = write!(text, "\naccess token: {}\nID token: {}\n", raw.access, raw.id);
        ui.result_with([&raw.access, &raw.id], &document, &text);
        return Ok(None);
    }
    ui.result(&document, &text);
    Ok(None)
}

/// From standard input, the environment, or a prompt that shows nothing.
pub async fn password(ui: &Ui, username: &str, from_stdin: bool) -> Result<String, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::new(Exit::Usage, Code::InputUnreadable, error).context("cannot read the password")
    };
    if from_stdin {
        return prompt::line(&ui.signals).await.map_err(unreadable);
    }
    if let Ok(password) = std::env::var(PASSWORD) {
        return Ok(password);
    }
    let question = format!("Password of {username}: ");
    prompt::password(&ui.signals, question)
        .await
        .map_err(|error| unreadable(error).hint(format!("use --password-stdin, or set {PASSWORD}")))
}
