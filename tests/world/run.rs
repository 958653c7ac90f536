//! Runs of the program: what is asked of it, with which file and package, and how it ended.

use std::sync::LazyLock;
use std::time::Duration;

use pretoken::cloud::Read as _;
use pretoken::failure::{Exit, Failure};
use pretoken::model::{Architecture, Target, VERIFICATION_PREFIX};
use pretoken::ops::connection::Connection;
use pretoken::ops::destroy::Removal;
use pretoken::ops::options::{Allow, Gradual, Proving};
use pretoken::ops::plan::{Intent, plan};
use pretoken::ops::promote::promote;
use pretoken::ops::rollback::rollback;
use pretoken::ops::status::status;
use pretoken::ops::sweep::Sweep;
use pretoken::ops::up::{UpOptions, carry_out};
use pretoken::package::Package;
use pretoken::reconcile::plan::Confirmed;
use pretoken::system::clock::Clock;
use pretoken::verify::Report;
use tempfile::TempDir;

use crate::account::{Account, Operator};
use crate::cloud::Cloud;
use crate::code::Code;
use crate::fake::target;
use crate::file::File;

/// One start of the program.
#[derive(Debug, Clone, Copy)]
pub enum Run {
    Up { file: File, code: Code, how: How },
    Rollback { file: File, to: Option<u64> },
    Promote,
    Destroy { file: File },
    Sweep,
}

/// How a new version comes into service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    AtOnce,
    /// It is watched while it serves a tenth of sign-ins.
    Canary,
    /// It keeps its tenth.
    HeldCanary,
    /// Nobody signs in.
    Unproven,
    /// In an environment that may be removed after this many hours.
    For(u64),
}

/// How a run ended, in words where it failed.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    Done,
    /// It did what it should, and says what it could not do.
    Noted(String),
    Failed(Exit, String),
    /// Nobody heard of it again.
    Killed,
}

impl End {
    /// What the run says about why it failed, or what it left undone.
    pub fn said(&self) -> &str {
        match self {
            Self::Failed(_, said) | Self::Noted(said) => said,
            Self::Done | Self::Killed => "",
        }
    }

    /// Whether it did what it should.
    pub fn is_fine(&self) -> bool {
        matches!(self, Self::Done | Self::Noted(_))
    }

    /// The exit code of a failure.
    pub fn exit(&self) -> Option<Exit> {
        if let Self::Failed(exit, _) = self { Some(*exit) } else { None }
    }
}

/// Long enough for three looks at a canary, at the pace at which it is looked at.
const BAKE: Duration = Duration::from_millis(400);
/// No run of the program waits so long.
const FOR_EVER: Duration = Duration::from_hours(24);

static BACKUPS: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a directory"));

impl Run {
    /// The file that it is given.
    pub fn file(self) -> File {
        match self {
            Self::Up { file, .. } | Self::Destroy { file } | Self::Rollback { file, .. } => file,
            Self::Promote | Self::Sweep => File::Own,
        }
    }

    /// Runs to its end, or until it is killed.
    pub async fn go(self, account: &Account) -> End {
        // Whoever was killed never goes on, so that nothing is left but time.
        let Ok(end) = tokio::time::timeout(FOR_EVER, self.to_its_end(account)).await else {
            return End::Killed;
        };
        match end {
            Ok(None) => End::Done,
            Ok(Some(report)) if report.ok && report.notes.is_empty() => End::Done,
            Ok(Some(report)) if report.ok => End::Noted(report.notes.join("; ")),
            Ok(Some(report)) => {
                let said = ["the tokens are wrong".to_owned(), report.notes.join("; ")].join("; ");
                End::Failed(Exit::Unproven, said)
            }
            Err(failure) => {
                let hints: Vec<_> = failure.hints.iter().map(|hint| hint.text.clone()).collect();
                let said = format!("{:#}; {}", failure.error, hints.join("; "));
                End::Failed(failure.exit, said)
            }
        }
    }

    /// The temporary users that `status` tells of.
    pub async fn left_users(self, account: &Account) -> Vec<String> {
        let file = self.file();
        let connection = connect(account, file.environment()).await.expect("connected");
        match status(&file.loaded(), &connection).await {
            Ok(status) => {
                let left = status.left_users.expect("allowed to look");
                left.into_iter().map(|left| left.username).collect()
            }
            // It refuses a pool that nobody has consented to take over, and says it beside.
            Err(failure) => {
                let said = failure.hints.iter().flat_map(|hint| hint.text.split_whitespace());
                said.filter(|word| word.starts_with(VERIFICATION_PREFIX))
                    .map(ToOwned::to_owned)
                    .collect()
            }
        }
    }

    /// What was found of the tokens, where they were looked at.
    async fn to_its_end(self, account: &Account) -> Result<Option<Report>, Failure> {
        let user = &Operator(account);
        match self {
            Self::Up { file, code, how } => up(account, file, code, how).await,
            Self::Rollback { file, to } => {
                let connection = connect(account, None).await?;
                rollback(&file.loaded(), &connection, to, user).await.map(|_| None)
            }
            Self::Promote => {
                let (known, proving) = (File::Own.loaded(), Proving::default());
                let connection = connect(account, None).await?;
                let promoted = promote(&known, &connection, &proving, user).await?;
                Ok(promoted.and_then(|promoted| promoted.report))
            }
            Self::Destroy { file } => {
                let connection = connect(account, None).await?;
                let identity = connection.identity(&file.loaded().config);
                let confirmed = &Confirmed::Everything;
                let removal =
                    Removal { user, connection: &connection, identity: &identity, confirmed };
                let seen = removal.see().await?;
                let plan = removal.plan(&seen)?;
                if !plan.is_empty() {
                    removal.apply(&seen, &plan).await?;
                }
                Ok(None)
            }
            Self::Sweep => sweep(account).await,
        }
    }
}

async fn up(
    account: &Account,
    file: File,
    code: Code,
    how: How,
) -> Result<Option<Report>, Failure> {
    let env = file.environment();
    let known = &file.loaded();
    let user = &Operator(account);
    let ttl =
        if let How::For(hours) = how { Some(Duration::from_secs(hours * 3600)) } else { None };
    let canary = matches!(how, How::Canary | How::HeldCanary).then_some(10);
    let intent = Intent {
        known,
        allow: Allow { take_over: true, ttl, ..Allow::default() },
        canary,
        forbid_scope_loss: false,
        forbid_user_controlled: false,
        saved: None,
        local: false,
    };
    let package = async { Ok(package(code)) };
    let connecting = connect(account, env);
    let planned = plan(intent, Clock::at(account.now.get()), package, connecting, user).await?;
    let gradual = Gradual { canary, bake: BAKE, hold: how == How::HeldCanary };
    let proving = &Proving { skip: how == How::Unproven, ..Proving::default() };
    let options = UpOptions { gradual, proving, saved: None };
    let upped = carry_out(known, planned, options, user).await?;
    Ok(upped.report)
}

async fn sweep(account: &Account) -> Result<Option<Report>, Failure> {
    let connection = connect(account, None).await?;
    let sweep = Sweep { user: &Operator(account), connection: &connection };
    let (mut stacks, mut notes) = sweep.find().await?;
    for one in stacks.iter_mut().filter(|one| one.error.is_none()) {
        sweep.remove(one, &mut notes).await;
    }
    let errors: Vec<_> = stacks.iter().filter_map(|one| one.error.clone()).collect();
    if errors.is_empty() {
        return Ok(None);
    }
    Err(Failure::new(
        Exit::Partial,
        pretoken::codes::Code::AwsRefused,
        anyhow::anyhow!(errors.join("; ")),
    ))
}

/// The way to the account.
pub async fn connect<'a>(
    account: &'a Account,
    env: Option<&str>,
) -> Result<Connection<Cloud<'a>>, Failure> {
    let cloud = Cloud(account);
    let caller = cloud.caller().await?;
    let target = Target { env: env.map(ToOwned::to_owned), ..target() };
    let backups = BACKUPS.path().to_owned();
    Ok(Connection::new(cloud, target, caller, Clock::at(account.now.get()), backups))
}

fn package(code: Code) -> Package {
    Package {
        zip: vec![],
        code_sha256: code.sha256(),
        sha256_hex: String::new(),
        architecture: Architecture::Arm64,
        target: None,
        glibc: None,
        interpreter: None,
        bootstrap_bytes: 0,
        rules_sha256: String::new(),
        files: vec![],
    }
}
