//! `permissions`: the least IAM policy that a command needs, for people to read and for `aws iam` to take.

use std::rc::Rc;

use serde_json::Value;

use crate::cli::args::{Allowed, Global, PermissionsArgs};
use crate::cli::known::known;
use crate::cli::ui::Ui;
use crate::codes::Code;
use crate::config::Config;
use crate::failure::{Exit, Failure, Outcome};
use crate::model::{Target, partition};
use crate::ops::connection::{connect_for, region_of_the_chain};
use crate::permissions::advice::advice;
use crate::permissions::oidc::trust;
use crate::permissions::{PolicyFor, boundary, document, statements};
use crate::report::documents::PermissionsDocument;

/// Prints the policy, or with `--oidc` the trust policy alone: `aws iam create-role` and `aws iam put-role-policy` each take
/// a file with one document, and so one run of this command makes one file. JSON has both.
pub async fn run(ui: &Rc<Ui>, global: &Global, args: &PermissionsArgs) -> Outcome {
    let mut known = known(ui, global)?;
    misplaced(args)?;
    let target = target(ui, global, &known.config, args.account.as_ref()).await?;
    let named = &mut known.config.trigger.role.permissions_boundary;
    let declared = named.clone();
    if args.boundary.is_some() {
        named.clone_from(&args.boundary);
    }
    let config = &known.config;
    let limit = boundary::document(config, &target);
    let (name, policy) = policy(config, &target, args);
    let trust = if args.oidc.is_empty() { Value::Null } else { trust(&args.oidc, &target) };
    let changes = matches!(args.command, Allowed::Deploy | Allowed::Destroy);
    for hint in advice(config, changes, &args.oidc, &policy) {
        ui.say(hint);
    }
    let given = args.boundary.as_deref();
    let about_boundary = match args.command {
        _ if !trust.is_null() => None,
        Allowed::Deploy => boundary::of_a_deployment(config, &target, given, declared.as_deref()),
        Allowed::Boundary => Some(boundary::how_to_create(config, &target)),
        _ => None,
    };
    if let Some(advice) = about_boundary {
        ui.say(advice);
    }
    let shown = if trust.is_null() { &policy } else { &trust };
    let text = format!("{shown:#}\n");
    let all = PermissionsDocument {
        schema: "pretoken/permissions/v1",
        command: name,
        policy: &policy,
        boundary: args.boundary.as_ref().map(|_| &limit),
        trust: &trust,
    };
    ui.result(&all, &text);
    Ok(None)
}

/// What is asked for, and its policy.
fn policy(config: &Config, target: &Target, args: &PermissionsArgs) -> (&'static str, Value) {
    let (name, command) = match args.command {
        Allowed::Plan => ("plan", PolicyFor::Plan),
        Allowed::Deploy => ("deploy", PolicyFor::Deploy { verify: !args.no_verify }),
        Allowed::Verify => ("verify", PolicyFor::Verify),
        Allowed::Destroy => ("destroy", PolicyFor::Destroy),
        Allowed::Logs => ("logs", PolicyFor::Logs),
        Allowed::Boundary => return ("boundary", boundary::document(config, target)),
    };
    (name, document(&statements(config, target, command)))
}

/// Flags that mean something for other commands only.
fn misplaced(args: &PermissionsArgs) -> Result<(), Failure> {
    let why = match args.command {
        Allowed::Boundary if !args.oidc.is_empty() => "--oidc is for roles, not for a boundary",
        command if args.boundary.is_some() && command != Allowed::Deploy => {
            "--boundary is for `permissions deploy`"
        }
        _ => return Ok(()),
    };
    Err(Failure::new(Exit::Usage, Code::Usage, anyhow::anyhow!(why)))
}

/// Where the policy is for, without a call if that is known.
async fn target(
    ui: &Rc<Ui>,
    global: &Global,
    config: &Config,
    account: Option<&String>,
) -> Result<Target, Failure> {
    let place = global.place();
    let account = match account {
        Some(account) => Some(checked(config, account)?),
        None if global.local => None,
        None => only(&config.allowed_account_ids),
    };
    let Some(account) = account else {
        let connection =
            connect_for(ui, &place, config).await.map_err(|failure| match failure.exit {
                Exit::Access => failure.hint("or say which account it is for: --account ID"),
                _ => failure,
            })?;
        return Ok(connection.target);
    };
    let region = match global.region.as_ref().or(config.region.as_ref()) {
        Some(region) => region.clone(),
        None => region_of_the_chain(ui, &place, config).await?,
    };
    let partition = partition(&region).to_owned();
    Ok(Target {
        partition,
        account: account.clone(),
        region,
        env: config.env.clone(),
        local: false,
    })
}

fn only(accounts: &[String]) -> Option<&String> {
    match accounts {
        [account] => Some(account),
        _ => None,
    }
}

fn checked<'a>(config: &Config, account: &'a String) -> Result<&'a String, Failure> {
    let allowed = &config.allowed_account_ids;
    if allowed.is_empty() || allowed.contains(account) {
        return Ok(account);
    }
    let error = anyhow::anyhow!("deploy.toml does not allow the account {account}");
    Err(Failure::new(Exit::Refused, Code::WrongAccount, error)
        .hint(format!("`allowed_account_ids` has {}", allowed.join(", "))))
}
