//! `doctor --live`: a stack of its own in an account of one's choice, up and away again, and a ledger of what was found.
//!
//! Its name is random and its end an hour away, so that `sweep` removes what a killed run leaves.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

use super::build::build;
use super::connection::{Connection, Reached, connect_for};
use super::destroy::Removal;
use super::ledger::{Ledger, Recorder};
use super::options::{Allow, Gradual, Place, Proving};
use super::plan::{Intent, plan};
use super::rollback::rollback;
use super::up::{PATIENCE, UpOptions, carry_out};
use super::verify::{deployed, prove};
use crate::codes::Code;
use crate::config::{self, Loaded};
use crate::failure::{Exit, Failure};
use crate::reconcile::plan::Confirmed;
use crate::system::clock::Clock;
use crate::system::random::random_hex;
use crate::user::User;
use crate::verify::Report;

const HOUR: Duration = Duration::from_hours(1);
const ENVIRONMENT: &str = "live";

/// What is deployed first, without its name.
const STACK: &str = r#"
[pools.trial]
deletion_protection = false
[pools.trial.clients.web]
[pools.trial.resource_servers.trial]
scopes = { read = "Read", write = "Write" }
[[rules]]
name = "everyone reads"
add_scopes = ["trial/read"]
[[expect]]
name = "a user reads"
client = "web"
scopes = ["trial/read"]
[env.live]
trigger.keep_versions = 5
"#;

/// What the second version does besides.
const SECOND: &str = r#"
[[rules]]
name = "everyone writes"
add_scopes = ["trial/write"]
[[expect]]
name = "a user writes"
client = "web"
scopes = ["trial/read", "trial/write"]
"#;

/// Walks through the account; an error only if nothing was begun. Whatever happens on the way, the stack is removed.
pub async fn live<U: User + 'static>(
    known: &Loaded,
    place: &Place,
    user: &Rc<U>,
) -> Result<Ledger, Failure> {
    let user = Rc::new(Recorder::new(user.clone()));
    if !place.local && known.config.allowed_account_ids.is_empty() {
        let error = anyhow::anyhow!("deploy.toml does not name the account to try");
        let hint = "put its id into `allowed_account_ids`, so that it is no other by mistake";
        return Err(Failure::new(Exit::Refused, Code::WrongAccount, error).hint(hint));
    }
    let connection = connect_for(&user, place, &known.config).await?;
    let name = name();
    let region = &connection.target.region;
    let (first, second) = (stack(known, &name, region, "")?, stack(known, &name, region, SECOND)?);
    let connection = connect_for(&user, place, &first.config).await?;
    let mut walk = Walk {
        ledger: Ledger::new(&connection.target.region, &connection.target.account),
        place,
        user,
        connection,
    };
    walk.user.say(&walk.connection.header(&format!("trial stack {name}")));
    walk.there(&first, &second).await;
    walk.away(&first).await;
    Ok(walk.ledger)
}

/// The stack, with the trigger of the user's own.
fn stack(known: &Loaded, name: &str, region: &str, more: &str) -> Result<Loaded, Failure> {
    let text = format!("name = \"{name}\"\nregion = \"{region}\"\n{STACK}{more}");
    let mut stack = config::parse(&text, "the trial stack", Some(ENVIRONMENT))?;
    let (theirs, ours) = (&known.config.trigger, &mut stack.config.trigger);
    ours.crate_dir.clone_from(&theirs.crate_dir);
    ours.architecture = theirs.architecture;
    stack.config.allowed_account_ids.clone_from(&known.config.allowed_account_ids);
    Ok(stack)
}

fn name() -> String {
    format!("pretoken-trial-{}", random_hex(4))
}

struct Walk<'a, U> {
    ledger: Ledger,
    place: &'a Place,
    user: Rc<Recorder<U>>,
    connection: Connection<Reached>,
}

impl<U: User + 'static> Walk<'_, U> {
    /// Each step needs the one before.
    async fn there(&mut self, first: &Loaded, second: &Loaded) {
        let up = self.up(first, Some(HOUR)).await;
        let _ = self.noted("up", up)
            && {
                let again = self.up(first, None).await;
                self.noted("up again, with nothing to do", again)
            }
            && {
                let released = self.up(second, None).await;
                self.noted("a release", released)
            }
            && {
                let back = self.back(first).await;
                self.noted("rollback", back)
            }
            && {
                let verified = self.verify(first).await;
                self.noted("verify", verified)
            };
    }

    async fn away(&mut self, first: &Loaded) {
        let removed = self.destroy(first).await;
        self.noted("destroy", removed);
    }

    fn noted(&mut self, step: &'static str, (outcome, took): Timed) -> bool {
        self.ledger.note(step, outcome, took, self.user.taken())
    }

    /// Another `ttl` would be a change; without one, the end stays.
    async fn up(&self, stack: &Loaded, ttl: Option<Duration>) -> Timed {
        timed(async {
            let user = &*self.user;
            let intent = Intent {
                known: stack,
                allow: Allow { ttl, ..Allow::default() },
                canary: None,
                forbid_scope_loss: false,
                forbid_user_controlled: false,
                saved: None,
                local: self.place.local,
            };
            let package = build(&stack.config, user);
            let connecting = connect_for(&self.user, self.place, &stack.config);
            let planned = plan(intent, Clock::system(), package, connecting, user).await?;
            let proving = &Proving::default();
            let options = UpOptions { gradual: Gradual::default(), proving, saved: None };
            let upped = carry_out(stack, planned, options, user).await?;
            let changes = upped.changes.len();
            let proof = upped.report.as_ref().map(proof).transpose()?.unwrap_or_default();
            Ok(format!("{changes} changes; {proof}"))
        })
        .await
    }

    async fn back(&self, stack: &Loaded) -> Timed {
        timed(async {
            let back = rollback(stack, &self.connection, None, &*self.user).await?;
            Ok(format!("version {} serves again", back.to))
        })
        .await
    }

    async fn verify(&self, stack: &Loaded) -> Timed {
        timed(async {
            let actual = deployed(stack, &self.connection).await?;
            let proving = Proving::default();
            let (connection, user) = (&self.connection, &*self.user);
            let report = prove(stack, connection, &actual, &proving, PATIENCE, user).await?;
            proof(&report)
        })
        .await
    }

    async fn destroy(&self, stack: &Loaded) -> Timed {
        timed(async {
            let (user, connection) = (&*self.user, &self.connection);
            let identity = &connection.identity(&stack.config);
            let confirmed = &Confirmed::Everything;
            let removal = Removal { user, connection, identity, confirmed };
            let seen = removal.see().await?;
            let changes = removal.apply(&seen, &removal.plan(&seen)?).await?;
            Ok(format!("{} resources removed, nothing is left", changes.len()))
        })
        .await
    }
}

/// What a step came to, and how long it took.
type Timed = (Result<String, Failure>, Duration);

async fn timed(step: impl Future<Output = Result<String, Failure>>) -> Timed {
    let start = Instant::now();
    (step.await, start.elapsed())
}

fn proof(report: &Report) -> Result<String, Failure> {
    let tokens = report.checks.len();
    if report.ok {
        return Ok(format!("{tokens} tokens are right"));
    }
    Err(Failure::new(
        Exit::Unproven,
        Code::TokenWrong,
        anyhow::anyhow!("of {tokens} tokens, some are not as the rules say"),
    ))
}
