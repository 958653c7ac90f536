//! `permissions`: the least IAM policy that a command needs, for people to read and for `aws iam` to take.

use std::rc::Rc;

use serde_json::{Value, json};

use crate::cli::args::{Allowed, Global, PermissionsArgs};
use crate::cli::known::known;
use crate::cli::ui::Ui;
use crate::config::Config;
use crate::failure::{Exit, Failure, Outcome};
use crate::model::{Target, partition};
use crate::ops::connection::{connect_for, region_of_the_chain};
use crate::permissions::oidc::{Subject, trust};
use crate::permissions::{Command, MANAGED_POLICY_LIMIT, document, size, statements};

/// Prints the policy, or with `--oidc` the trust policy alone: `aws iam create-role` and `aws iam put-role-policy` each take
/// a file with one document, and so one run of this command makes one file. JSON has both.
pub async fn run(ui: &Rc<Ui>, global: &Global, args: &PermissionsArgs) -> Outcome {
    let known = known(ui, global)?;
    let config = &known.config;
    let target = target(ui, global, config, args.account.as_ref()).await?;
    let (name, command) = match args.command {
        Allowed::Plan => ("plan", Command::Plan),
        Allowed::Deploy => ("deploy", Command::Deploy { verify: !args.no_verify }),
        Allowed::Verify => ("verify", Command::Verify),
        Allowed::Destroy => ("destroy", Command::Destroy),
        Allowed::Logs => ("logs", Command::Logs),
    };
    let policy = document(&statements(config, &target, command));
    let trust = if args.oidc.is_empty() { Value::Null } else { trust(&args.oidc, &target) };
    hints(ui, config, args, &policy);
    let shown = if trust.is_null() { &policy } else { &trust };
    let text = format!("{shown:#}\n");
    let all = json!({
        "schema": "pretoken/permissions/v1",
        "command": name,
        "policy": policy,
        "trust": trust,
    });
    ui.result(&all, &text);
    Ok(None)
}

/// What the documents cannot say.
fn hints(ui: &Ui, config: &Config, args: &PermissionsArgs, policy: &Value) {
    let length = size(policy);
    if length > MANAGED_POLICY_LIMIT {
        ui.say(format!(
            "hint: these are {length} characters, and a managed policy may have {MANAGED_POLICY_LIMIT}; put it into the role itself (`aws iam put-role-policy`), which takes 10240"
        ));
    }
    if args.oidc.iter().any(Subject::may_be_immutable) {
        ui.say(
            "hint: GitHub puts numbers into the subjects of repositories that were made, renamed or moved since 15 July 2026: write OWNER@ID/REPO@ID for those (`gh api repos/OWNER/REPO --jq '.owner.id, .id'`)",
        );
    }
    let adopts = config.pools.values().any(|pool| pool.pool_id().is_some());
    if adopts && matches!(args.command, Allowed::Deploy | Allowed::Destroy) {
        ui.say(
            "hint: a write to an adopted pool carries all its settings; if it sends SMS by a role of its own, the caller may need iam:PassRole on that role too",
        );
    }
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
        None => region_of_the_chain(ui, &place).await?,
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
    Err(Failure::new(Exit::Refused, error)
        .hint(format!("`allowed_account_ids` has {}", allowed.join(", "))))
}
