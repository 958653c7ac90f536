//! What this machine and this account can do, before anything is begun: each finding with its help. It writes nothing, and it
//! starts no emulator.

use std::rc::Rc;

use schemars::JsonSchema;
use serde::Serialize;

use super::build::{TriggerOrigin, keep};
use super::connection::{Connection, Destination, connect};
use super::options::Place;
use super::preflight;
use crate::cloud::{Access, Auth, Read};
use crate::codes::Code;
use crate::config::Loaded;
use crate::failure::{Exit, Failure};
use crate::local;
use crate::model::Architecture;
use crate::package::{PackageError, rehearse};
use crate::reconcile::desired::Desired;
use crate::reconcile::observe::For;
use crate::reconcile::plan::converge;
use crate::user::User;

/// Signatures may be five minutes old ("Elements of an AWS API request signature", IAM User Guide); the SDK corrects what is
/// less, and tokens are compared with AWS's clock.
const CLOCK_FAILS: i64 = 300;
/// One-time codes are for thirty seconds.
const CLOCK_WARNS: i64 = 30;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// As it should be.
    Ok,
    /// Worth knowing, and in the way of nothing or of a part.
    Warning,
    /// In the way of a deployment.
    Failed,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Diagnosis {
    /// Of what.
    pub check: &'static str,
    /// How it ended.
    pub verdict: Grade,
    /// What was found.
    pub text: String,
    /// What to do about it.
    pub help: Option<String>,
    /// What an operation that needs this would end with: a code that `pretoken explain` knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'static str>,
}

impl Diagnosis {
    fn ok(check: &'static str, text: impl Into<String>) -> Self {
        Self { check, verdict: Grade::Ok, text: text.into(), help: None, id: None }
    }

    fn warning(check: &'static str, text: impl Into<String>, help: Option<String>) -> Self {
        Self { check, verdict: Grade::Warning, text: text.into(), help, id: None }
    }

    /// What an operation that needs this would end with.
    fn failed(check: &'static str, failure: &Failure) -> Self {
        let hints: Vec<&str> = failure.hints.iter().map(|hint| hint.text.as_str()).collect();
        let help = (!hints.is_empty()).then(|| hints.join("; "));
        let (text, id) = (format!("{:#}", failure.error), Some(failure.code.id()));
        Self { check, verdict: Grade::Failed, text, help, id }
    }

    fn only_a_warning(self) -> Self {
        Self { verdict: Grade::Warning, ..self }
    }
}

/// Looks at the machine; and, where nobody asked for the emulator, at the account.
pub async fn doctor<U: User + 'static>(
    known: Option<&Loaded>,
    place: &Place,
    user: &Rc<U>,
) -> Vec<Diagnosis> {
    let mut findings = machine(known, place).await;
    if place.local {
        return findings;
    }
    let config = known.map(|known| &known.config);
    match connect(user, place, config.map(Destination::from).unwrap_or_default()).await {
        Err(failure) => findings.push(unreached(&failure)),
        Ok(connection) => {
            let endpoint = connection.endpoint();
            findings.push(Diagnosis::ok("endpoint", format!("{endpoint} answers")));
            findings.extend(account(known, &connection).await);
        }
    }
    findings
}

fn unreached(failure: &Failure) -> Diagnosis {
    let check = match failure.exit {
        Exit::Access => "credentials",
        Exit::Usage => "region",
        _ => "endpoint",
    };
    Diagnosis::failed(check, failure)
}

/// What is needed of this machine: a trigger, and Python for the emulator.
pub async fn machine(known: Option<&Loaded>, place: &Place) -> Vec<Diagnosis> {
    let settings = known.map(|known| known.config.trigger.clone()).unwrap_or_default();
    let architecture = settings.architecture;
    let with_facts = known.is_some_and(|known| !known.config.facts.is_empty());
    let trigger = match TriggerOrigin::of(&settings, with_facts) {
        Some(trigger) => source(&trigger, architecture).await,
        None => Diagnosis::warning(
            "trigger",
            "there is no prebuilt trigger, and no directory to build one in",
            Some("set HOME or XDG_CACHE_HOME".to_owned()),
        ),
    };
    let emulator = match local::python().await {
        Ok(python) => Diagnosis::ok("emulator", format!("{python}, for --local")),
        Err(error) => {
            let missing = Diagnosis::failed("emulator", &error.into());
            if place.local { missing } else { missing.only_a_warning() }
        }
    };
    vec![trigger, emulator]
}

async fn source(trigger: &TriggerOrigin, architecture: Architecture) -> Diagnosis {
    let found = match trigger {
        TriggerOrigin::Prebuilt(prebuilt) => prebuilt.read(architecture).map(|found| {
            let pretoken = found.manifest.pretoken;
            format!(
                "prebuilt for {architecture}, of {pretoken}, in {}",
                prebuilt.directory().display()
            )
        }),
        TriggerOrigin::Own(directory) => compiles(directory, architecture).await,
        TriggerOrigin::Sources(directory) => match keep(directory) {
            Ok(()) => compiles(directory, architecture).await,
            Err(failure) => return Diagnosis::failed("trigger", &failure),
        },
    };
    found.map_or_else(
        |error| Diagnosis::failed("trigger", &error.into()),
        |text| Diagnosis::ok("trigger", text),
    )
}

async fn compiles(
    directory: &std::path::Path,
    architecture: Architecture,
) -> Result<String, PackageError> {
    let (rustc, target) = rehearse(directory, architecture).await?;
    Ok(format!("{rustc} builds `{}` for {target}", directory.display()))
}

/// What the account says.
pub async fn account<C: Read + Auth + Access>(
    known: Option<&Loaded>,
    connection: &Connection<C>,
) -> Vec<Diagnosis> {
    let (caller, target) = (&connection.caller, &connection.target);
    let mut findings = vec![
        Diagnosis::ok("credentials", format!("{}, in account {}", caller.arn, caller.account)),
        clock(connection.cloud.clock_ahead()),
    ];
    let Some(known) = known else {
        findings.push(Diagnosis::warning(
            "stack",
            "there is no deploy.toml, so nothing that it describes was looked at",
            Some("`pretoken init` writes one".to_owned()),
        ));
        return findings;
    };
    let allowed = &known.config.allowed_account_ids;
    if !allowed.is_empty() && !allowed.contains(&caller.account) {
        let error = anyhow::anyhow!(
            "deploy.toml does not allow this account: `allowed_account_ids` has {}",
            allowed.join(", ")
        );
        findings.push(Diagnosis::failed(
            "account",
            &Failure::new(Exit::Refused, Code::WrongAccount, error)
                .hint("check --profile and AWS_PROFILE"),
        ));
    }
    findings.push(region(known, &target.region));
    findings.extend(stack(known, connection).await);
    findings.push(rights(known, connection).await);
    findings
}

/// A machine's clock beside AWS's, by the `Date` of its answers.
fn clock(ahead: i64) -> Diagnosis {
    let by = ahead.abs();
    let text = match ahead {
        0 => "as AWS's".to_owned(),
        ahead if ahead > 0 => format!("{by} s behind AWS's"),
        _ => format!("{by} s ahead of AWS's"),
    };
    let help = || Some("let the machine set its clock by NTP".to_owned());
    if by >= CLOCK_FAILS {
        let id = Some(Code::AwsRefused.id());
        Diagnosis { check: "clock", verdict: Grade::Failed, text, help: help(), id }
    } else if by >= CLOCK_WARNS {
        Diagnosis::warning("clock", text, help())
    } else {
        Diagnosis::ok("clock", text)
    }
}

/// An adopted pool lives in the region that its id begins with.
fn region(known: &Loaded, region: &str) -> Diagnosis {
    let ids = known.config.pools.iter().filter_map(|(key, pool)| Some((key, pool.id.as_ref()?)));
    let elsewhere = ids.filter_map(|(key, id)| {
        let id = id.rsplit('/').next().unwrap_or(id);
        let (at, _) = id.split_once('_')?;
        (at != region).then(|| format!("the pool `{key}` ({id}) is in {at}"))
    });
    let elsewhere: Vec<String> = elsewhere.collect();
    if elsewhere.is_empty() {
        return Diagnosis::ok("region", region);
    }
    let error = anyhow::anyhow!("{region}, and {}", elsewhere.join(", "));
    Diagnosis::failed(
        "region",
        &Failure::new(Exit::Refused, Code::AdoptedElsewhere, error)
            .hint("set `region` in deploy.toml, or --region"),
    )
}

/// What `plan` would refuse or note: feature plans, pools of other owners, triggers of others.
async fn stack<C: Read>(known: &Loaded, connection: &Connection<C>) -> Vec<Diagnosis> {
    let actual = match connection.observe(&known.config, For::Converging).await {
        Ok(actual) => actual,
        Err(error) => return vec![Diagnosis::failed("stack", &error.into())],
    };
    let desired = Desired::as_deployed(&known.config, connection.target.clone(), &actual);
    let plan = match converge(&desired, &actual) {
        Ok(plan) => plan,
        Err(refusals) => return vec![Diagnosis::failed("stack", &refusals.into())],
    };
    let there = if actual.is_empty(&desired.identity) { "not deployed yet" } else { "deployed" };
    let mut findings =
        vec![Diagnosis::ok("stack", format!("{}, {there}", known.config.stack().prefix()))];
    findings.extend(plan.notes.into_iter().map(|note| Diagnosis::warning("stack", note, None)));
    findings
}

/// Whether IAM lets the caller do all that `up` needs. Where IAM itself may not be asked, nothing is known.
async fn rights<C: Read + Access>(known: &Loaded, connection: &Connection<C>) -> Diagnosis {
    match preflight::check(&known.config, connection, true).await {
        Ok(text) => Diagnosis::ok("permissions", text),
        Err(failure) if failure.details.contains_key("denied") => {
            Diagnosis::failed("permissions", &failure)
        }
        Err(failure) => Diagnosis::failed("permissions", &failure).only_a_warning(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_judged_by_what_it_breaks() {
        for (ahead, verdict, text) in [
            (0, Grade::Ok, "as AWS's"),
            (29, Grade::Ok, "29 s behind AWS's"),
            (-30, Grade::Warning, "30 s ahead of AWS's"),
            (300, Grade::Failed, "300 s behind AWS's"),
        ] {
            let found = clock(ahead);
            assert_eq!((found.verdict, found.text.as_str()), (verdict, text));
            assert_eq!(found.help.is_some(), verdict != Grade::Ok);
        }
    }
}
