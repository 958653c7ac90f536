//! What a command works with: the configuration, the way to AWS, the package. Each is made when a command asks for it.

use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_util::try_join;
use serde_json::Value;
use trigger::Rules;

use super::saved_plan::SavedPlan;
use crate::aws::{Aws, Options};
use crate::cli::args::{Allow, Deploy, Global};
use crate::cli::commands::check::unkept;
use crate::cli::ui::Ui;
use crate::cloud::{Caller, CloudError, Read as _};
use crate::config;
use crate::config::{Config, ConfigError, Loaded};
use crate::failure::{Exit, Failure};
use crate::local;
use crate::model::{Architecture, Target, dns_suffix};
use crate::package;
use crate::package::{BuildMetadata, OpenError, Package, PackageError, Request, Wanted};
use crate::reconcile::actual::Actual;
use crate::reconcile::desired::{Consent, Desired};
use crate::reconcile::lifetime;
use crate::reconcile::observe::{For, observe};
use crate::time::Clock;
use crate::tokens::smoke_test::{SmokeTest, smoke_tests};
use crate::user::Progress as _;
use crate::verify::Authority;

/// Region of the emulator when nobody names one.
const LOCAL_REGION: &str = "us-east-1";
/// The emulator's own key; it is no secret.
const LOCAL_KEY: (&str, &str) = ("test", "test");

/// The configuration of a run and its user.
pub struct Session {
    pub ui: Rc<Ui>,
    pub global: Global,
    pub loaded: Loaded,
    pub rules: Rules,
}

/// The way to AWS, and who goes it.
pub struct Connection {
    pub aws: Aws,
    pub target: Target,
    pub caller: Caller,
    endpoint: Option<String>,
}

impl Session {
    /// Reads and checks `deploy.toml`, and says what is odd in it.
    pub fn open(ui: Rc<Ui>, global: &Global) -> Result<Self, Failure> {
        let mut loaded = config::load(&global.file, global.env.as_deref())
            .map_err(|error| broken(&error, &ui))?;
        let hints = loaded.hints(Clock::system().now());
        if !hints.is_empty() {
            ui.hints(&hints);
        }
        loaded.config.trigger.environment.values().for_each(|value| ui.secret(value));
        if global.local {
            // An unknown host is found out by the build, which can say so.
            loaded.config.trigger.architecture =
                Architecture::host().unwrap_or(Architecture::X86_64);
        }
        let rules = Rules::compile(loaded.config.rules.clone()).map_err(|problems| {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            Failure::new(Exit::Usage, anyhow::anyhow!(lines.join("; ")))
        })?;
        Ok(Self { ui, global: global.clone(), loaded, rules })
    }

    pub fn config(&self) -> &Config {
        &self.loaded.config
    }

    /// Connects, starting the emulator first if it is meant, and checks that this is the right account.
    pub async fn connect(&self) -> Result<Connection, Failure> {
        let Config { region, env, allowed_account_ids: allowed, .. } = self.config();
        let connection =
            Connection::connect(&self.ui, &self.global, region.clone(), env.clone()).await?;
        if !self.global.local
            && !allowed.is_empty()
            && !allowed.contains(&connection.caller.account)
        {
            let error = anyhow::anyhow!(
                "this is account {}, which deploy.toml does not allow",
                connection.caller.account
            );
            let hint = format!(
                "`allowed_account_ids` has {}; check --profile and AWS_PROFILE",
                allowed.join(", ")
            );
            return Err(Failure::new(Exit::Refused, error).hint(hint));
        }
        Ok(connection)
    }

    /// Builds and packages the trigger.
    pub async fn package(&self) -> Result<Package, Failure> {
        let rules = self.rules_json()?;
        let start = Instant::now();
        let built = package::build(&self.request(&rules), &mut |text| self.ui.detail(text)).await;
        let package = built.map_err(|error| unbuilt(error, "cannot build the trigger"))?;
        let seconds = start.elapsed().as_secs_f32();
        self.ui.say(format!("Built the trigger: {} ({seconds:.1} s)", in_short(&package)));
        Ok(package)
    }

    /// What lies beside the package when it is written to `zip`.
    pub async fn build_metadata(
        &self,
        package: &Package,
        zip: &Path,
    ) -> Result<BuildMetadata, Failure> {
        let rules = self.rules_json()?;
        let build_metadata = package::build_metadata(&self.request(&rules), package, zip).await;
        build_metadata.map_err(|error| unbuilt(error, "cannot describe the package"))
    }

    /// The package to deploy: the file that was named, or what the sources make.
    async fn deployable(&self, deploy: &Deploy) -> Result<Package, Failure> {
        let Some(path) = &deploy.package else { return self.package().await };
        let Config { trigger, rules, .. } = self.config();
        let wanted = Wanted { architecture: trigger.architecture, rules };
        let package = package::open(path, &wanted).map_err(|error| {
            let (hint, is_refusal) = (error.hint(), matches!(error, OpenError::Refused { .. }));
            Failure::new(if is_refusal { Exit::Refused } else { Exit::Usage }, error).hint(hint)
        })?;
        self.ui.say(format!("Deploying {}: {}", path.display(), in_short(&package)));
        Ok(package)
    }

    fn rules_json(&self) -> Result<Vec<u8>, Failure> {
        serde_json::to_vec(&self.config().rules).map_err(|error| Failure::new(Exit::Failed, error))
    }

    fn request<'a>(&'a self, rules_json: &'a [u8]) -> Request<'a> {
        let trigger = &self.config().trigger;
        Request { crate_dir: &trigger.crate_dir, architecture: trigger.architecture, rules_json }
    }

    /// Connects and looks.
    pub async fn survey(&self, purpose: For) -> Result<(Connection, Actual), Failure> {
        let connection = self.connect().await?;
        let actual = connection.observe(self.config(), purpose).await?;
        Ok((connection, actual))
    }

    /// Everything that a plan needs: building goes on while the network is slow, and the other way round. A saved plan must
    /// be one for here, and hold still.
    pub async fn prepare(
        &self,
        deploy: &Deploy,
        allow: Allow,
        saved: Option<&SavedPlan>,
    ) -> Result<(Connection, Actual, Package, Desired), Failure> {
        if let Some(saved) = saved {
            saved.is_of(self)?;
        }
        self.keeps_its_promises()?;
        let end = self.end(allow.ttl)?;
        let look = async {
            let connection = self.connect().await?;
            if let Some(saved) = saved {
                saved.is_for(&connection.target)?;
            }
            let actual = connection.observe(self.config(), For::Converging).await?;
            Ok((connection, actual))
        };
        let (package, (connection, actual)) = try_join!(self.deployable(deploy), look)?;
        let mut desired =
            Desired::new(self.config(), connection.target.clone(), &package.code_sha256);
        // Whoever says nothing about the end leaves it as it is, on what is new too.
        if let Some(end) = end.or_else(|| lifetime::known(&desired, &actual)) {
            desired = desired.expiring(&end);
        }
        desired.consent = Consent { take_over: allow.take_over, change_tier: allow.change_tier };
        if let Some(saved) = saved {
            desired.consent = saved.consent();
            saved.holds(self.config(), &desired, &actual)?;
        }
        Ok((connection, actual, package, desired))
    }

    /// Rules that break a promise on paper break it in every token: nothing is built for them.
    fn keeps_its_promises(&self) -> Result<(), Failure> {
        let broken = self.loaded.broken_promises(Clock::system().now());
        if broken.is_empty() { Ok(()) } else { Err(unkept(&self.ui, &broken)) }
    }

    /// When this environment may be removed, if the command line says so.
    fn end(&self, ttl: Option<Duration>) -> Result<Option<String>, Failure> {
        let Some(ttl) = ttl else { return Ok(None) };
        if self.config().env.is_none() {
            let error = anyhow::anyhow!("only an environment can expire");
            let hint = "name one with -e, or leave out --ttl";
            return Err(Failure::new(Exit::Usage, error).hint(hint));
        }
        let end = crate::time::end(ttl, Clock::system().now());
        self.ui
            .say(format!("This environment may be removed from {end} on: see `pretoken sweep`."));
        let protected = |pool: &config::Pool| pool.id.is_none() && pool.deletion_protection;
        for (key, _) in self.config().pools.iter().filter(|(_, pool)| protected(pool)) {
            self.ui.say(format!(
                "Note: `sweep` will not remove the pool {key}: it is protected from deletion."
            ));
        }
        Ok(Some(end))
    }

    /// What a new version is tried with.
    pub fn smoke_tests(&self, target: &Target) -> Vec<SmokeTest> {
        self.smoke_tests_of(&self.rules, target)
    }

    /// What a version with these rules is tried with.
    pub fn smoke_tests_of(&self, rules: &Rules, target: &Target) -> Vec<SmokeTest> {
        let personas = crate::tokens::persona::personas(self.config());
        smoke_tests(
            &personas,
            rules,
            self.config().trigger.event_version,
            target,
            Clock::system().now(),
        )
    }

    /// The first line of every report: where all this happens.
    pub fn header(&self, connection: &Connection) -> String {
        connection.header(&self.global.file.display().to_string())
    }
}

impl Connection {
    /// Connects, in this region if the command line names no other.
    pub async fn connect(
        ui: &Rc<Ui>,
        global: &Global,
        region: Option<String>,
        env: Option<String>,
    ) -> Result<Self, Failure> {
        let local = global.local;
        let region = global.region.clone().or(region);
        let mut options = Options { region, profile: global.profile.clone(), ..Options::default() };
        options.endpoint_url.clone_from(&global.endpoint_url);
        if local {
            options.endpoint_url = Some(emulator(ui).await?.url);
            options.region = options.region.or_else(|| Some(LOCAL_REGION.to_owned()));
            options.credentials = Some((LOCAL_KEY.0.to_owned(), LOCAL_KEY.1.to_owned()));
        }
        let endpoint = options.endpoint_url.clone().or_else(endpoint_from_environment);
        let aws = Aws::connect(options, ui.clone()).await?;
        let caller = aws.caller().await?;
        let target = Target {
            partition: caller.partition.clone(),
            account: caller.account.clone(),
            region: aws.region().to_owned(),
            env,
            local,
        };
        Ok(Self { aws, target, caller, endpoint })
    }

    /// What this is about, and where it happens.
    pub fn header(&self, what: &str) -> String {
        let Target { account, region, env, local, .. } = &self.target;
        let env = env.as_ref().map(|env| format!("  env={env}")).unwrap_or_default();
        let place = if *local { "local emulator".to_owned() } else { format!("account={account}") };
        let caller = self.caller.arn.rsplit(':').next().unwrap_or_default();
        format!("{what}{env}  {place}  region={region}  caller={caller}")
    }

    /// Looks at the stack.
    pub async fn observe(&self, config: &Config, purpose: For) -> Result<Actual, CloudError> {
        observe(&self.aws, config, purpose).await
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

async fn emulator(ui: &Ui) -> Result<local::Running, Failure> {
    let dirs = local::Dirs::from_env().map_err(local_failure)?;
    let say = |text: &str| ui.detail(text);
    local::ensure_running(&dirs, &say).await.map_err(local_failure)
}

/// A package that could not be made.
fn unbuilt(error: PackageError, what: &'static str) -> Failure {
    let hint = error.hint();
    let failure = Failure::new(Exit::Failed, error).context(what);
    hint.into_iter().fold(failure, Failure::hint)
}

/// `919 KB for x86_64, static`.
fn in_short(package: &Package) -> String {
    let (size, architecture) = (package.zip.len().div_ceil(1024), package.architecture);
    format!("{size} KB for {architecture}, {}", libc_of(package))
}

/// `static`, or the glibc that the binary needs.
pub fn libc_of(package: &Package) -> String {
    package.glibc.as_ref().map_or("static".to_owned(), |glibc| format!("glibc {glibc}"))
}

/// The SDK reads these by itself; the address of the keys follows them.
fn endpoint_from_environment() -> Option<String> {
    let ignored =
        std::env::var("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_ok_and(|value| value == "true");
    let variables = ["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "AWS_ENDPOINT_URL"];
    variables
        .into_iter()
        .find_map(|name| std::env::var(name).ok())
        .filter(|url| !url.is_empty() && !ignored)
}

/// A `deploy.toml` that cannot be used.
pub fn broken(error: &ConfigError, ui: &Ui) -> Failure {
    let mut failure = Failure::new(Exit::Usage, anyhow::anyhow!(error.to_string()));
    failure.hints.extend(error.hint());
    match error {
        ConfigError::Invalid(problems) => {
            let located: Vec<_> = problems.located().collect();
            failure.rendered = Some(problems.render(ui.colors_errors()));
            failure.error = anyhow::anyhow!(problems.summary());
            failure.detail("problems", serde_json::to_value(located).unwrap_or(Value::Null))
        }
        ConfigError::Unreadable { error: source, .. } => {
            failure.error = anyhow::anyhow!("{source}").context(error.to_string());
            failure
        }
        ConfigError::BadEnvironment { .. } | ConfigError::UnknownEnvironment { .. } => failure,
    }
}

/// The emulator could not be used.
pub fn local_failure(error: local::LocalError) -> Failure {
    let hint = error.hint();
    let failure = Failure::new(Exit::Failed, error).context("cannot use the local emulator");
    hint.into_iter().fold(failure, Failure::hint)
}
