//! Plans in files: written by `plan --out`, done by `up PLAN`. What makes one stale is decided in `plan::saved`.
//!
//! The file is the document `pretoken/plan/v1`, and beside it what the plan follows from. No value of a secret is in it.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::codes::Code;
use crate::config::Config;
use crate::failure::{Exit, Failure};
use crate::model::Target;
use crate::reconcile::actual::Actual;
use crate::reconcile::desired::{Consents, Desired};
use crate::reconcile::plan::{Document, Inputs, Plan, StaleReason};
use crate::system::text_file;

const SCHEMA: &str = "pretoken/plan/v1";
/// What a file has beside the document.
#[derive(Debug, Serialize, Deserialize)]
struct Saved {
    /// The version of this program: another one may plan otherwise.
    pretoken: String,
    /// `name` of the configuration.
    stack: String,
    consent: Consents,
    #[serde(flatten)]
    inputs: Inputs,
    /// The digest of all of it.
    #[serde(default, skip_serializing)]
    digest: String,
}

/// A file, as it is written.
#[derive(Serialize)]
struct File<'a> {
    #[serde(flatten)]
    document: &'a Document<'a>,
    saved: Saved,
}

/// What is read of one.
#[derive(Debug, Deserialize)]
struct Contents {
    target: Target,
    changes: Value,
    saved: Option<Saved>,
}

/// A plan that was saved.
#[derive(Debug)]
pub struct SavedPlan {
    path: PathBuf,
    target: Target,
    changes: Value,
    saved: Saved,
    /// Whether it is all that was saved: what only people read, too.
    is_whole: bool,
}

/// The text of a file, for nobody else to read: an attacker could try values of a secret against its digest.
pub fn text(
    config: &Config,
    document: &Document<'_>,
    (desired, actual): (&Desired, &Actual),
) -> Result<String, Failure> {
    let failed = |error: anyhow::Error| {
        Failure::new(Exit::Failed, Code::CannotWrite, error).context("cannot save the plan")
    };
    let mut salt = [0; 32];
    let random = SystemRandom::new().fill(&mut salt);
    random.map_err(|_| failed(anyhow::anyhow!("this machine gives no random numbers")))?;
    let inputs = Inputs::new(&salt, &portable_inputs(config), desired, actual);
    let saved = Saved {
        pretoken: env!("CARGO_PKG_VERSION").to_owned(),
        stack: config.name.clone(),
        consent: desired.consent,
        inputs,
        digest: String::new(),
    };
    let mut file = serde_json::to_value(File { document, saved });
    if let Ok(file) = &mut file {
        file["saved"]["digest"] = digest(&salt, file).into();
    }
    let text = file.and_then(|file| serde_json::to_string_pretty(&file));
    Ok(text.map_err(|error| failed(error.into()))? + "\n")
}

/// Without what an editor or a tool changes about line ends.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").trim_end().to_owned()
}

/// The digest of the whole file, of what only people read, too; which does not count itself.
fn digest(salt: &[u8], file: &Value) -> String {
    let mut file = file.clone();
    if let Some(saved) = file["saved"].as_object_mut() {
        saved.shift_remove("digest");
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, salt);
    BASE64_STANDARD.encode(hmac::sign(&key, file.to_string().as_bytes()))
}

/// What a plan follows from: everything but the crate's directory, which is another one on another machine, and who
/// deploys. The package stands for what is in it.
fn portable_inputs(config: &Config) -> Value {
    let mut value = json!(config);
    if let Some(config) = value.as_object_mut() {
        config.retain(|key, _| key != "profile" && key != "assume_role");
    }
    if let Some(trigger) = value["trigger"].as_object_mut() {
        trigger.remove("crate");
    }
    value
}

impl SavedPlan {
    /// Reads a file, which must hold what [`text`] gave, and nothing else.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let wrong = |error: anyhow::Error| {
            let failure = Failure::new(Exit::Usage, Code::InputUnreadable, error);
            let failure = failure.context(format!("`{}` is no saved plan", path.display()));
            failure.hint("`pretoken plan --out FILE` saves one")
        };
        let text = text_file::read(path).map_err(|error| wrong(error.into()))?;
        let value: Value = serde_json::from_str(&text).map_err(|error| wrong(error.into()))?;
        match value["schema"].as_str() {
            Some(SCHEMA) => {}
            Some(other) if other.starts_with("pretoken/plan/") => {
                let error =
                    anyhow::anyhow!("its schema is `{other}`, and this version knows `{SCHEMA}`");
                return Err(wrong(error));
            }
            _ => return Err(wrong(anyhow::anyhow!("its schema is not `{SCHEMA}`"))),
        }
        let Contents { target, changes, saved } =
            serde_json::from_value(value.clone()).map_err(|error| wrong(error.into()))?;
        let printed =
            || wrong(anyhow::anyhow!("it was printed, not saved: what it follows from is missing"));
        let saved = saved.ok_or_else(printed)?;
        // A key that stands twice is read by nobody but people.
        let written = serde_json::to_string_pretty(&value).is_ok_and(|it| it == plain(&text));
        let salt = BASE64_STANDARD.decode(&saved.inputs.salt);
        let is_whole = written && salt.is_ok_and(|salt| digest(&salt, &value) == saved.digest);
        Ok(Self { path: path.to_owned(), target, changes, saved, is_whole })
    }

    /// What the user allowed when the plan was made.
    #[must_use]
    pub fn consent(&self) -> Consents {
        self.saved.consent
    }

    /// Refuses a plan of another stack, environment or version, or that was edited, before anything is called.
    pub fn is_of(&self, config: &Config, local: bool) -> Result<(), Failure> {
        let env = |env: &Option<String>| {
            env.clone().map_or("no environment".to_owned(), |env| format!("`{env}`"))
        };
        let place = |local: bool| if local { "the local emulator" } else { "AWS" };
        self.same(&[
            ("stack", self.saved.stack.clone(), config.name.clone()),
            ("environment", env(&self.target.env), env(&config.env)),
            ("place", place(self.target.local).to_owned(), place(local).to_owned()),
            (
                "version of pretoken",
                self.saved.pretoken.clone(),
                env!("CARGO_PKG_VERSION").to_owned(),
            ),
        ])?;
        if self.is_whole { Ok(()) } else { Err(self.edited()) }
    }

    /// Refuses a plan for another account or region.
    pub fn is_for(&self, target: &Target) -> Result<(), Failure> {
        self.same(&[
            ("account", self.target.account.clone(), target.account.clone()),
            ("region", self.target.region.clone(), target.region.clone()),
        ])
    }

    fn same(&self, facts: &[(&str, String, String)]) -> Result<(), Failure> {
        let other = facts.iter().filter(|(_, planned, found)| planned != found);
        let others: Vec<_> = other
            .map(|(what, planned, found)| {
                format!("{what}: the plan is for {planned}, and this is {found}")
            })
            .collect();
        if others.is_empty() {
            return Ok(());
        }
        let error = anyhow::anyhow!(
            "the plan `{}` is not for here: {}",
            self.path.display(),
            others.join("; ")
        );
        Err(Failure::new(Exit::Refused, Code::StalePlan, error).hint("give the flags with which it was made (-f, -e, --local, --region, --profile), or make a plan for here"))
    }

    /// Refuses if the configuration, the package or the world is not what the plan follows from.
    pub fn holds(
        &self,
        config: &Config,
        desired: &Desired,
        actual: &Actual,
    ) -> Result<(), Failure> {
        let inputs = &self.saved.inputs;
        match inputs.now(&portable_inputs(config), desired, actual).map(|now| inputs.moved(&now)) {
            Some(moved) if moved.is_empty() => Ok(()),
            Some(moved) => Err(self.stale(&moved)),
            None => Err(self.edited()),
        }
    }

    /// Refuses if what was shown to its readers is not what follows.
    pub fn says(&self, plan: &Plan) -> Result<(), Failure> {
        if self.changes == json!(plan.changes()) { Ok(()) } else { Err(self.edited()) }
    }

    /// After a plan was begun it does not hold any more: what is done is done.
    #[must_use]
    pub fn used_up(plan: Option<&Self>, mut failure: Failure) -> Failure {
        if plan.is_none() {
            return failure;
        }
        failure.hints.retain(|hint| !hint.is_about_again);
        failure.hint("make a new plan for the rest, or run `pretoken up` without one")
    }

    fn stale(&self, moved: &[StaleReason]) -> Failure {
        let lines: Vec<String> = moved.iter().map(ToString::to_string).collect();
        let path = self.path.display();
        let error = anyhow::anyhow!(
            "the plan `{path}` does not hold any more, and nothing was changed:\n       {}",
            lines.join("\n       ")
        );
        let failure =
            Failure::new(Exit::Refused, Code::StalePlan, error).detail("moved", json!(moved));
        let failure = if moved.iter().any(|one| matches!(one, StaleReason::Package { .. })) {
            failure.hint("the same package is deployed with --package, from the file that `build --out` wrote")
        } else {
            failure
        };
        failure.hint(format!("make a new one with `pretoken plan --out {path}`, and read it"))
    }

    fn edited(&self) -> Failure {
        let error = anyhow::anyhow!(
            "the plan `{}` was edited: what it says is not what follows from it",
            self.path.display()
        );
        Failure::new(Exit::Refused, Code::StalePlan, error)
            .hint("make a new one with `pretoken plan --out FILE`")
    }
}
