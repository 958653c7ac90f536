//! `permissions`: the least IAM policy that a command needs, for people to read and for `aws iam` to take.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::aws::{Aws, Options};
use crate::config::Config;
use crate::failure::{Exit, Failure, Outcome};
use crate::model::{Target, partition};
use crate::ops::session::Session;
use crate::permissions::oidc::{Subject, trust};
use crate::permissions::{Command, MANAGED_POLICY_LIMIT, document, size, statements};

/// What is asked for.
#[derive(Debug, Args)]
pub struct PermissionsArgs {
    /// The command that is to be allowed
    #[arg(value_enum, value_name = "COMMAND")]
    pub command: Allowed,
    /// Leave out what the sign-ins of `up` need
    #[arg(long)]
    pub no_verify: bool,
    /// The account; without it the only one of `allowed_account_ids`, or that of the credentials
    #[arg(long, value_name = "ID", value_parser = account_id)]
    pub account: Option<String>,
    /// Print instead who may take the role on: github=OWNER/REPO or gitlab=GROUP/PROJECT; may be repeated
    ///
    /// Without more it is the branch `main`. For GitHub add `:environment:NAME`, `:ref:refs/heads/BRANCH` or
    /// `:pull_request`, and write `OWNER@ID/REPO@ID` where subjects are immutable. For GitLab add
    /// `:ref_type:branch:ref:BRANCH` or `:ref_type:tag:ref:TAG`; another host is `gitlab=https://HOST/GROUP/PROJECT`.
    #[arg(long, value_name = "PROVIDER=SUBJECT")]
    pub oidc: Vec<Subject>,
}

/// A command that calls AWS.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Allowed {
    /// `plan` and `status`
    Plan,
    /// `up`, `promote` and `rollback`, and `plan` with them
    Deploy,
    /// `verify`
    Verify,
    /// `destroy`
    Destroy,
    /// `logs`
    Logs,
}

/// Prints the policy, or with `--oidc` the trust policy alone: `aws iam create-role` and `aws iam put-role-policy` each take
/// a file with one document, and so one run of this command makes one file. JSON has both.
pub async fn run(session: &Session, args: &PermissionsArgs) -> Outcome {
    let target = target(session, args.account.as_ref()).await?;
    let (name, command) = match args.command {
        Allowed::Plan => ("plan", Command::Plan),
        Allowed::Deploy => ("deploy", Command::Deploy { verify: !args.no_verify }),
        Allowed::Verify => ("verify", Command::Verify),
        Allowed::Destroy => ("destroy", Command::Destroy),
        Allowed::Logs => ("logs", Command::Logs),
    };
    let policy = document(&statements(session.config(), &target, command));
    let trust = if args.oidc.is_empty() { Value::Null } else { trust(&args.oidc, &target) };
    hints(session, args, &policy);
    let shown = if trust.is_null() { &policy } else { &trust };
    let text = format!("{shown:#}\n");
    let all = json!({
        "schema": "pretoken/permissions/v1",
        "command": name,
        "policy": policy,
        "trust": trust,
    });
    session.ui.result(&all, &text);
    Ok(None)
}

/// What the documents cannot say.
fn hints(session: &Session, args: &PermissionsArgs, policy: &Value) {
    let length = size(policy);
    if length > MANAGED_POLICY_LIMIT {
        session.ui.say(format!(
            "hint: these are {length} characters, and a managed policy may have {MANAGED_POLICY_LIMIT}; put it into the role itself (`aws iam put-role-policy`), which takes 10240"
        ));
    }
    if args.oidc.iter().any(Subject::may_be_immutable) {
        session.ui.say(
            "hint: GitHub puts numbers into the subjects of repositories that were made, renamed or moved since 15 July 2026: write OWNER@ID/REPO@ID for those (`gh api repos/OWNER/REPO --jq '.owner.id, .id'`)",
        );
    }
    let adopts = session.config().pools.values().any(|pool| pool.pool_id().is_some());
    if adopts && matches!(args.command, Allowed::Deploy | Allowed::Destroy) {
        session.ui.say(
            "hint: a write to an adopted pool carries all its settings; if it sends SMS by a role of its own, the caller may need iam:PassRole on that role too",
        );
    }
}

/// Where the policy is for, without a call if that is known.
async fn target(session: &Session, account: Option<&String>) -> Result<Target, Failure> {
    let config = session.config();
    let account = match account {
        Some(account) => Some(checked(config, account)?),
        None if session.global.local => None,
        None => only(&config.allowed_account_ids),
    };
    let Some(account) = account else {
        let connection = session.connect().await.map_err(|failure| match failure.exit {
            Exit::Access => failure.hint("or say which account it is for: --account ID"),
            _ => failure,
        })?;
        return Ok(connection.target);
    };
    let region = match session.global.region.as_ref().or(config.region.as_ref()) {
        Some(region) => region.clone(),
        None => region_of_the_chain(session).await?,
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

/// The region that variables or a profile name; nothing is called.
async fn region_of_the_chain(session: &Session) -> Result<String, Failure> {
    let options = Options { profile: session.global.profile.clone(), ..Options::default() };
    Ok(Aws::connect(options, session.ui.clone()).await?.region().to_owned())
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

fn account_id(text: &str) -> Result<String, String> {
    let sound = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if sound {
        Ok(text.to_owned())
    } else {
        Err("an account's number has twelve digits".to_owned())
    }
}
