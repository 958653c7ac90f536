//! The package: what a crate makes, the prebuilt trigger with its rules, or a file that was built before.

use std::path::{Path, PathBuf};

use tokio::time::Instant;

use crate::cloud::wait::unless_stopped;
use crate::codes::Code;
use crate::config::{Config, Trigger};
use crate::failure::{Exit, Failure};
use crate::local::Dirs;
use crate::model::Architecture;
use crate::package::{
    self, Bootstrap, BootstrapManifest, BuildMetadata, BuildRequest, Package, PackageError,
    Prebuilt, Requirements, Source,
};
use crate::scaffold;
use crate::user::User;

/// Where the trigger of a stack comes from.
pub enum TriggerOrigin {
    /// The crate that `deploy.toml` names.
    Own(PathBuf),
    /// The package that this program came in.
    Prebuilt(Prebuilt),
    /// This program came alone, as `cargo install` leaves it: the sources that are in it.
    Sources(PathBuf),
}

impl TriggerOrigin {
    /// Where it comes from here.
    #[must_use]
    pub fn of(trigger: &Trigger, with_facts: bool) -> Option<Self> {
        let own = trigger.crate_dir.clone().map(Self::Own);
        // The prebuilt one asks for nothing.
        let prebuilt = || Prebuilt::find().filter(|_| !with_facts).map(Self::Prebuilt);
        own.or_else(prebuilt).or_else(|| sources().map(Self::Sources))
    }

    fn source(&self) -> Source<'_> {
        match self {
            Self::Own(path) | Self::Sources(path) => Source::Crate(path),
            Self::Prebuilt(prebuilt) => Source::Prebuilt(prebuilt),
        }
    }

    fn done(&self) -> &'static str {
        if matches!(self, Self::Prebuilt(_)) {
            "Packed the prebuilt trigger"
        } else {
            "Built the trigger"
        }
    }
}

/// Where the sources that are in this program are put, so that cargo can compile them once.
fn sources() -> Option<PathBuf> {
    let dirs = Dirs::from_env().ok()?;
    Some(dirs.cache.join(concat!("trigger-", env!("CARGO_PKG_VERSION"))))
}

/// The same for use: a crate that is nobody's own is written first.
fn ready(config: &Config) -> Result<TriggerOrigin, Failure> {
    let trigger =
        TriggerOrigin::of(&config.trigger, !config.facts.is_empty()).ok_or_else(homeless)?;
    if let TriggerOrigin::Sources(directory) = &trigger {
        keep(directory)?;
    }
    Ok(trigger)
}

fn homeless() -> Failure {
    let error =
        anyhow::anyhow!("there is no prebuilt trigger here, and no directory to build one in");
    Failure::new(Exit::Failed, Code::CannotWrite, error).hint("set HOME or XDG_CACHE_HOME")
}

/// Writes the sources that are in this program.
pub fn keep(directory: &Path) -> Result<(), Failure> {
    scaffold::keep_crate(directory).map_err(|error| {
        let context = format!("cannot write the trigger's sources into `{}`", directory.display());
        Failure::new(Exit::Failed, Code::CannotWrite, error).context(context)
    })
}

/// Builds and packages the trigger.
pub async fn build(config: &Config, user: &impl User) -> Result<Package, Failure> {
    let (files, trigger) = (RuleFiles::of(config)?, ready(config)?);
    let start = Instant::now();
    let request = request(config, &trigger, &files);
    let mut detail = |text: &str| user.detail(text);
    let package = settled(user, package::build(&request, &mut detail)).await?;
    let seconds = start.elapsed().as_secs_f32();
    user.say(&format!("{}: {} ({seconds:.1} s)", trigger.done(), package.in_short()));
    Ok(package)
}

/// The package to deploy: the file that was named, or what the sources make.
pub async fn deployable(
    config: &Config,
    file: Option<&Path>,
    user: &impl User,
) -> Result<Package, Failure> {
    let Some(file) = file else { return build(config, user).await };
    let Config { trigger, facts, .. } = config;
    let rules = &config.deployed_rules();
    let wanted = Requirements { architecture: trigger.architecture, rules, facts };
    let package = package::open(file, &wanted)?;
    user.say(&format!("Deploying {}: {}", file.display(), package.in_short()));
    Ok(package)
}

/// What lies beside the package when it is written to `zip`.
pub async fn metadata(
    config: &Config,
    package: &Package,
    zip: &Path,
) -> Result<BuildMetadata, Failure> {
    let (files, trigger) = (RuleFiles::of(config)?, ready(config)?);
    let metadata = package::build_metadata(&request(config, &trigger, &files), package, zip).await;
    metadata.map_err(|error| Failure::from(error).context("cannot describe the package"))
}

/// The executable alone, from the sources that are in this program.
pub async fn bootstrap(architecture: Architecture, user: &impl User) -> Result<Bootstrap, Failure> {
    let directory = sources().ok_or_else(homeless)?;
    keep(&directory)?;
    let mut detail = |text: &str| user.detail(text);
    settled(user, package::bootstrap(&directory, architecture, &mut detail)).await
}

/// The prebuilt trigger beside the one that its sources make here.
pub struct Reproduced {
    /// What the package of this program carries.
    pub prebuilt: BootstrapManifest,
    /// What was just built.
    pub rebuilt: BootstrapManifest,
}

/// Builds the prebuilt trigger again, from the sources that are in this program.
pub async fn reproduce(
    architecture: Architecture,
    user: &impl User,
) -> Result<Reproduced, Failure> {
    let Some(prebuilt) = Prebuilt::find() else {
        let error = anyhow::anyhow!(
            "this pretoken came without a prebuilt trigger: there is nothing to compare with"
        );
        let hint = format!(
            "a pretoken from PyPI, npm or its releases has one; or set {}",
            package::DIRECTORY_VARIABLE
        );
        return Err(Failure::new(Exit::Failed, Code::NoPrebuilt, error).hint(hint));
    };
    let prebuilt = prebuilt.read(architecture)?.manifest;
    let rebuilt = bootstrap(architecture, user).await?.manifest;
    Ok(Reproduced { prebuilt, rebuilt })
}

async fn settled<T>(
    user: &impl User,
    building: impl Future<Output = Result<T, PackageError>>,
) -> Result<T, Failure> {
    let built = unless_stopped(user, "the build", building).await?;
    built.map_err(|error| Failure::from(error).context("cannot build the trigger"))
}

/// What stands beside `bootstrap`.
struct RuleFiles {
    rules: Vec<u8>,
    facts: Option<Vec<u8>>,
}

impl RuleFiles {
    fn of(config: &Config) -> Result<Self, Failure> {
        let failed = |error| Failure::new(Exit::Failed, Code::Internal, error);
        let facts = (!config.facts.is_empty()).then(|| serde_json::to_vec(&config.facts));
        Ok(Self {
            rules: serde_json::to_vec(&config.deployed_rules()).map_err(failed)?,
            facts: facts.transpose().map_err(failed)?,
        })
    }
}

fn request<'a>(
    config: &Config,
    trigger: &'a TriggerOrigin,
    files: &'a RuleFiles,
) -> BuildRequest<'a> {
    BuildRequest {
        source: trigger.source(),
        architecture: config.trigger.architecture,
        rules_json: &files.rules,
        facts_json: files.facts.as_deref(),
    }
}
