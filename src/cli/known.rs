//! What most commands begin with: `deploy.toml`, and the way to where it goes.

use std::rc::Rc;

use trigger::Rules;

use super::args::{Global, ProvingArgs};
use super::ui::Ui;
use crate::codes::Code;
use crate::config::{Loaded, Verify};
use crate::failure::{Exit, Failure};
use crate::model::Architecture;
use crate::ops::connection::{Connection, Reached, connect_for};
use crate::ops::options::Proving;
use crate::ops::resolve::{load, load_offline};
use crate::system::clock::Clock;
use crate::tokens::hints::hints;
use crate::tokens::matrix::{Explanation, Matrix};
use crate::user::Progress as _;
use crate::verify::TestUser;

/// Reads and checks `deploy.toml`, and says what is odd in it.
pub fn known(ui: &Ui, global: &Global) -> Result<Loaded, Failure> {
    Ok(told(ui, global, load_offline(&global.file, &global.selection())?))
}

/// The same, with what it says is in AWS.
pub async fn resolved(ui: &Rc<Ui>, global: &Global) -> Result<Loaded, Failure> {
    let loaded = load(ui, &global.place(), &global.file, &global.selection()).await?;
    Ok(told(ui, global, loaded))
}

fn told(ui: &Ui, global: &Global, mut loaded: Loaded) -> Loaded {
    let hints = hints(&loaded, Clock::system().now());
    if !hints.is_empty() {
        ui.hints(&hints);
    }
    keep_secret(ui, &loaded);
    if global.local {
        // An unknown host is found out by the build, which can say so.
        loaded.config.trigger.architecture = Architecture::host().unwrap_or(Architecture::X86_64);
    }
    loaded
}

/// What is secret in the file is in no output.
pub fn keep_secret(ui: &Ui, loaded: &Loaded) {
    loaded.hidden().for_each(|value| ui.secret(value));
}

/// The variable with the password of `[verify] user`.
const PASSWORD: &str = "PRETOKEN_VERIFY_PASSWORD";

/// How tokens are proven, if at all.
pub fn proving(
    ui: &Ui,
    args: &ProvingArgs,
    verify: &Verify,
    skip: bool,
) -> Result<Proving, Failure> {
    let test_user = if skip { None } else { test_user(ui, verify)? };
    let jwks_url = args.keys.jwks_url.clone();
    Ok(Proving { skip, jwks_url, no_calls: args.no_calls, test_user, load: None })
}

fn test_user(ui: &Ui, verify: &Verify) -> Result<Option<TestUser>, Failure> {
    let Some(username) = verify.user.clone() else { return Ok(None) };
    let Some(password) = std::env::var(PASSWORD).ok().filter(|value| !value.is_empty()) else {
        let error = anyhow::anyhow!("[verify] has a `user`, and {PASSWORD} is not set");
        let hint = "set it to that user's password, or leave `user` out";
        return Err(Failure::new(Exit::Usage, Code::VariableNotSet, error).hint(hint));
    };
    ui.secret(&password);
    Ok(Some(TestUser { username, password }))
}

/// The rows of the matrix that `--explain` means, with every rule.
pub fn explained_row(
    matrix: &Matrix,
    row: &str,
    rules: &Rules,
) -> Result<Vec<Explanation>, Failure> {
    let found = matrix.explain(row, rules);
    if found.is_empty() {
        let error = anyhow::anyhow!("no row of the matrix is `{row}`, or can be explained");
        let hint = "name a row by its number, or by a part of its words or of its promise";
        return Err(Failure::new(Exit::Usage, Code::Usage, error).hint(hint));
    }
    Ok(found)
}

/// The same, and the way to AWS.
pub async fn reached(
    ui: &Rc<Ui>,
    global: &Global,
) -> Result<(Loaded, Connection<Reached>), Failure> {
    let known = resolved(ui, global).await?;
    let connection = connect_for(ui, &global.place(), &known.config).await?;
    Ok((known, connection))
}
