//! The way to AWS, and who goes it. The only operation that knows the adapter; all others work over the seam.

use std::path::PathBuf;
use std::rc::Rc;

use super::options::Place;
use crate::aws::{Aws, Options};
use crate::cloud::{Caller, CloudError, Read};
use crate::codes::Code;
use crate::config::Config;
use crate::failure::{Exit, Failure};
use crate::local;
use crate::model::{Target, dns_suffix, help_for_region};
use crate::reconcile::actual::Actual;
use crate::reconcile::identity::Identity;
use crate::reconcile::observe::{For, observe};
use crate::system::clock::Clock;
use crate::user::User;
use crate::verify::Authority;

/// What is reached where nobody says otherwise.
pub type Reached = Aws;

/// What was reached.
pub struct Connection<C> {
    /// AWS, an emulator, or a world in memory.
    pub cloud: C,
    /// Account and region.
    pub target: Target,
    /// Who calls.
    pub caller: Caller,
    /// What time it is.
    pub clock: Clock,
    /// Where copies of the settings of adopted pools are saved.
    pub backups: PathBuf,
    endpoint: Option<String>,
}

impl<C> Connection<C> {
    /// A way that is known already.
    pub fn new(cloud: C, target: Target, caller: Caller, clock: Clock, backups: PathBuf) -> Self {
        Self { cloud, target, caller, clock, backups, endpoint: None }
    }

    /// The first line of every report: what it is about, and where it happens.
    pub fn header(&self, what: &str) -> String {
        let Target { account, region, env, local, .. } = &self.target;
        let env = env.as_ref().map(|env| format!("  env={env}")).unwrap_or_default();
        let place = if *local { "local emulator".to_owned() } else { format!("account={account}") };
        let caller = self.caller.arn.rsplit(':').next().unwrap_or_default();
        format!("{what}{env}  {place}  region={region}  caller={caller}")
    }

    /// The stack that this `deploy.toml` describes, here.
    pub fn identity(&self, config: &Config) -> Identity {
        Identity::new(config, self.target.clone())
    }

    /// Where Cognito answers.
    pub fn endpoint(&self) -> String {
        let region = &self.target.region;
        let of_aws = || format!("https://cognito-idp.{region}.{}", dns_suffix(region));
        self.endpoint.clone().unwrap_or_else(of_aws)
    }

    /// Where keys of pools are.
    pub fn authority(&self, jwks_url: Option<&String>) -> Authority {
        Authority {
            region: self.target.region.clone(),
            domain: dns_suffix(&self.target.region).to_owned(),
            endpoint: self.endpoint.as_deref().map(|url| url.trim_end_matches('/').to_owned()),
            jwks_url: jwks_url.cloned(),
        }
    }
}

impl<C: Read> Connection<C> {
    /// Looks at the stack.
    pub async fn observe(&self, config: &Config, purpose: For) -> Result<Actual, CloudError> {
        observe(&self.cloud, &self.identity(config), purpose).await
    }
}

/// What `deploy.toml` says about where to go, and as whom; what the place says comes first.
#[derive(Debug, Clone, Default)]
pub struct Destination {
    /// The region.
    pub region: Option<String>,
    /// The environment.
    pub env: Option<String>,
    /// The profile of whoever deploys.
    pub profile: Option<String>,
    /// The role that is assumed for it.
    pub assume_role: Option<String>,
}

impl From<&Config> for Destination {
    fn from(Config { region, env, profile, assume_role, .. }: &Config) -> Self {
        Self {
            region: region.clone(),
            env: env.clone(),
            profile: profile.clone(),
            assume_role: assume_role.clone(),
        }
    }
}

/// Connects, starting the emulator first if it is meant.
pub async fn connect<U: User + 'static>(
    user: &Rc<U>,
    place: &Place,
    Destination { region, env, profile, assume_role }: Destination,
) -> Result<Connection<Aws>, Failure> {
    let region = place.region.clone().or(region);
    let mut options = Options {
        region,
        profile: place.profile.clone().or(profile),
        assume_role,
        endpoint_url: place.endpoint_url.clone(),
        credentials: None,
    };
    if place.local {
        let running = match &place.emulator {
            Some(running) => running.clone(),
            None => emulator(&**user).await?,
        };
        let local::Running { url, key, .. } = running;
        options.endpoint_url = Some(url);
        options.region = options.region.or_else(|| Some(local::REGION.to_owned()));
        options.credentials = Some((key.access_key_id, key.secret_access_key));
        (options.profile, options.assume_role) = (None, None);
    }
    let cloud = Aws::connect(options, user.clone()).await?;
    let endpoint = cloud.cognito_endpoint().map(ToOwned::to_owned);
    let caller = cloud.caller().await.map_err(|error| in_region(error, cloud.region()))?;
    let target = Target {
        partition: caller.partition.clone(),
        account: caller.account.clone(),
        region: cloud.region().to_owned(),
        env,
        local: place.local,
    };
    let backups = backups();
    Ok(Connection { cloud, target, caller, clock: Clock::system(), backups, endpoint })
}

/// A host that has no address is most often one of a region that does not exist.
fn in_region(error: CloudError, region: &str) -> Failure {
    let is_unreachable = matches!(error, CloudError::Unreachable { .. });
    let failure = Failure::from(error);
    match help_for_region(region).filter(|_| is_unreachable) {
        Some(help) => failure.hint(format!("the region `{region}` is not known here: {help}")),
        None => failure,
    }
}

/// Connects for this `deploy.toml`, and checks that this is an account that it allows.
pub async fn connect_for<U: User + 'static>(
    user: &Rc<U>,
    place: &Place,
    config: &Config,
) -> Result<Connection<Aws>, Failure> {
    let allowed = &config.allowed_account_ids;
    let connection = connect(user, place, config.into()).await?;
    let account = &connection.caller.account;
    if place.local || allowed.is_empty() || allowed.contains(account) {
        return Ok(connection);
    }
    let error = anyhow::anyhow!("this is account {account}, which deploy.toml does not allow");
    let hint = format!(
        "`allowed_account_ids` has {}; check --profile and AWS_PROFILE",
        allowed.join(", ")
    );
    Err(Failure::new(Exit::Refused, Code::WrongAccount, error).hint(hint))
}

/// The region that flags, variables or a profile name; nothing is called.
pub async fn region_of_the_chain<U: User + 'static>(
    user: &Rc<U>,
    place: &Place,
    config: &Config,
) -> Result<String, Failure> {
    let profile = place.profile.clone().or_else(|| config.profile.clone());
    let options = Options { profile, ..Options::default() };
    Ok(Aws::connect(options, user.clone()).await?.region().to_owned())
}

async fn emulator(user: &impl User) -> Result<local::Running, Failure> {
    let dirs = local::Dirs::from_env()?;
    let say = |text: &str| user.detail(text);
    Ok(local::ensure_running(&dirs, &say).await?)
}

/// In the user's state directory; a container that has neither HOME nor `XDG_STATE_HOME` keeps them where it works.
fn backups() -> PathBuf {
    local::Dirs::state_home()
        .map_or_else(|| ".pretoken".into(), |state| state.join("pretoken"))
        .join("backups")
}
