//! The package: what the sources make, or a file that was built before.

use std::path::Path;

use tokio::time::Instant;

use crate::cloud::wait::unless_stopped;
use crate::config::Config;
use crate::failure::{Exit, Failure};
use crate::package::{self, BuildMetadata, Package, Request, Wanted};
use crate::user::User;

/// Builds and packages the trigger.
pub async fn build(config: &Config, user: &impl User) -> Result<Package, Failure> {
    let rules = rules_json(config)?;
    let start = Instant::now();
    let request = request(config, &rules);
    let mut detail = |text: &str| user.detail(text);
    let building = package::build(&request, &mut detail);
    let built = unless_stopped(user, "the build", building).await?;
    let package =
        built.map_err(|error| Failure::from(error).context("cannot build the trigger"))?;
    let seconds = start.elapsed().as_secs_f32();
    user.say(&format!("Built the trigger: {} ({seconds:.1} s)", package.in_short()));
    Ok(package)
}

/// The package to deploy: the file that was named, or what the sources make.
pub async fn deployable(
    config: &Config,
    file: Option<&Path>,
    user: &impl User,
) -> Result<Package, Failure> {
    let Some(file) = file else { return build(config, user).await };
    let Config { trigger, rules, .. } = config;
    let package = package::open(file, &Wanted { architecture: trigger.architecture, rules })?;
    user.say(&format!("Deploying {}: {}", file.display(), package.in_short()));
    Ok(package)
}

/// What lies beside the package when it is written to `zip`.
pub async fn metadata(
    config: &Config,
    package: &Package,
    zip: &Path,
) -> Result<BuildMetadata, Failure> {
    let rules = rules_json(config)?;
    let metadata = package::build_metadata(&request(config, &rules), package, zip).await;
    metadata.map_err(|error| Failure::from(error).context("cannot describe the package"))
}

fn rules_json(config: &Config) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(&config.rules).map_err(|error| Failure::new(Exit::Failed, error))
}

fn request<'a>(config: &'a Config, rules_json: &'a [u8]) -> Request<'a> {
    let trigger = &config.trigger;
    Request { crate_dir: &trigger.crate_dir, architecture: trigger.architecture, rules_json }
}
