//! Which policy is asked for.

use clap::{Args, ValueEnum};

use crate::permissions::oidc::OidcSubject;

/// What is asked for.
#[derive(Debug, Args)]
pub struct PermissionsArgs {
    /// The command that is to be allowed
    #[arg(value_enum, value_name = "COMMAND")]
    pub command: Allowed,
    /// Leave out what the sign-ins of `up` need
    #[arg(long)]
    pub no_verify: bool,
    /// For `deploy`: the managed policy that limits what the function's role may ever do; printed as `boundary` in JSON
    #[arg(long, value_name = "ARN", value_parser = policy_arn)]
    pub boundary: Option<String>,
    /// The account; without it the only one of `allowed_account_ids`, or that of the credentials
    #[arg(long, value_name = "ID", value_parser = account_id)]
    pub account: Option<String>,
    /// Print instead who may take the role on: github=OWNER/REPO or gitlab=GROUP/PROJECT; may be repeated
    ///
    /// Without more it is the branch `main`. For GitHub add `:environment:NAME`, `:ref:refs/heads/BRANCH` or
    /// `:pull_request`, and write `OWNER@ID/REPO@ID` where subjects are immutable; Enterprise is
    /// `github=https://HOST/OWNER/REPO`. For GitLab add
    /// `:ref_type:branch:ref:BRANCH` or `:ref_type:tag:ref:TAG`; another host is `gitlab=https://HOST/GROUP/PROJECT`.
    #[arg(long, value_name = "PROVIDER=SUBJECT")]
    pub oidc: Vec<OidcSubject>,
}

/// A command that calls AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
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
    /// The most that the function's role may ever do: a managed policy, to be its permissions boundary
    Boundary,
}

/// A managed policy.
fn policy_arn(text: &str) -> Result<String, String> {
    let fits = text.starts_with("arn:") && text.contains(":iam::") && text.contains(":policy/");
    let how =
        "write the ARN of a managed policy, such as arn:aws:iam::123456789012:policy/boundary";
    if fits { Ok(text.to_owned()) } else { Err(how.to_owned()) }
}

/// Twelve digits.
fn account_id(text: &str) -> Result<String, String> {
    let fits = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { Ok(text.to_owned()) } else { Err("an account's number has twelve digits".to_owned()) }
}
