//! `sweep`: removes the test environments whose time is over, and nothing that carries no expiry date.

use std::fmt::Write as _;
use std::rc::Rc;

use serde::Serialize;

use super::up::{agreed, answerable};
use crate::cli::args::{Global, SweepArgs};
use crate::cli::ui::Ui;
use crate::cloud::Read as _;
use crate::failure::{Exit, Failure, Outcome};
use crate::model::stack::{StackName, stacks};
use crate::model::{Tags, Target};
use crate::ops::destroy::{Removal, Seen};
use crate::ops::discover::{Discovered, discover};
use crate::ops::session::Connection;
use crate::reconcile::lifetime::End;
use crate::reconcile::plan::{Change, Confirmed, Plan};
use crate::time::Clock;
use crate::time::is_over;
use crate::user::Progress as _;

/// The document `pretoken/sweep/v1`.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    target: &'a Target,
    dry_run: bool,
    stacks: &'a [Swept],
    notes: &'a [String],
}

/// A stack whose time is over, and what becomes of it.
#[derive(Serialize)]
struct Swept {
    #[serde(serialize_with = "as_text")]
    stack: StackName,
    expired: String,
    /// What removing it takes, or took.
    changes: Vec<Change>,
    error: Option<String>,
}

/// What looking at a stack came to.
enum Verdict {
    /// Nothing of it is to go; why, unless its time is simply not over.
    Stays(Option<String>),
    /// Its time is over.
    Goes(Box<Going>),
}

struct Going {
    since: String,
    discovered: Discovered,
    seen: Seen,
    plan: Result<Plan, Failure>,
}

/// Users go with a test environment, since a lifetime is the consent; what is protected stays.
static CONFIRMED: Confirmed = Confirmed::Pools(std::collections::BTreeSet::new());

pub async fn run(ui: &Rc<Ui>, global: &Global, args: &SweepArgs) -> Outcome {
    if !args.dry_run {
        answerable(global)?;
    }
    let connection = Connection::connect(ui, global, None, None).await?;
    ui.say(connection.header("sweep"));
    let sweep = Sweep { ui, connection };
    let (mut stacks, mut notes) = sweep.find().await?;
    let removable = stacks.iter().filter(|one| one.error.is_none()).count();
    if !args.dry_run && removable > 0 {
        ui.say(text(&stacks, &notes, "to remove"));
        let what = if removable == 1 { "this stack" } else { "these stacks" };
        agreed(ui, global, &format!("Remove {what} ({removable})?"))?;
        for one in stacks.iter_mut().filter(|one| one.error.is_none()) {
            sweep.remove(one, &mut notes).await;
        }
    }
    let failed = stacks.iter().any(|one| one.error.is_some());
    let text = text(&stacks, &notes, if args.dry_run { "would be removed" } else { "removed" });
    let (schema, target, dry_run) = ("pretoken/sweep/v1", &sweep.connection.target, args.dry_run);
    ui.result(&Document { schema, target, dry_run, stacks: &stacks, notes: &notes }, &text);
    Ok((failed && !dry_run).then(|| ui.signal().unwrap_or(Exit::Partial)))
}

struct Sweep<'a> {
    ui: &'a Rc<Ui>,
    connection: Connection,
}

impl Sweep<'_> {
    /// The stacks whose time is over, and what each is made of.
    async fn find(&self) -> Result<(Vec<Swept>, Vec<String>), Failure> {
        let over = |end: &str| is_over(end, Clock::system().now());
        let listed = stacks(&self.connection.aws.tagged(Tags::EXPIRES).await?).into_iter();
        let listed = listed.filter_map(|(stack, end)| Some((stack, end.filter(|end| over(end))?)));
        let (mut found, mut notes) = (vec![], vec![]);
        for (stack, expired) in listed {
            match self.judge(&stack).await {
                Ok(Verdict::Stays(why)) => notes.extend(why),
                Ok(Verdict::Goes(going)) => {
                    let (changes, error) = match going.plan {
                        Ok(plan) => (plan.changes(), None),
                        Err(failure) => (vec![], Some(told(&failure))),
                    };
                    notes.extend(going.discovered.notes);
                    found.push(Swept { stack, expired: going.since, changes, error });
                }
                Err(failure) => {
                    let error = Some(told(&failure));
                    found.push(Swept { stack, expired, changes: vec![], error });
                }
            }
        }
        Ok((found, notes))
    }

    /// The list of tags names candidates; the resources themselves decide, for the list may be a moment old.
    async fn judge(&self, stack: &StackName) -> Result<Verdict, Failure> {
        let discovered = discover(&self.connection.aws, stack).await?;
        let removal = self.removal(&discovered);
        let seen = removal.see().await?;
        let since = match End::of(&seen.desired, &seen.actual) {
            End::At(since) if is_over(&since, Clock::system().now()) => since,
            End::At(_) | End::None => return Ok(Verdict::Stays(None)),
            End::Unsure(what) => {
                return Ok(Verdict::Stays(Some(format!("`{stack}` stays: {what}"))));
            }
        };
        let plan = removal.plan(&seen).map_err(Failure::from);
        Ok(Verdict::Goes(Box::new(Going { since, discovered, seen, plan })))
    }

    /// Looks again, since the answer may have taken a while, and removes it.
    async fn remove(&self, one: &mut Swept, notes: &mut Vec<String>) {
        if self.ui.stopped() {
            one.changes.clear();
            one.error = Some("not begun: this run was stopped".to_owned());
            return;
        }
        let removed = async {
            let Verdict::Goes(going) = self.judge(&one.stack).await? else {
                notes.push(format!("`{}` was renewed meanwhile, and stays", one.stack));
                return Ok(vec![]);
            };
            let plan = going.plan?;
            self.ui.say(format!("{}:", one.stack));
            self.removal(&going.discovered).apply(&going.seen, &plan).await
        };
        match removed.await {
            Ok(changes) => one.changes = changes,
            Err(failure) => {
                one.changes.clear();
                one.error = Some(told(&failure));
            }
        }
    }

    fn removal<'a>(&'a self, discovered: &'a Discovered) -> Removal<'a> {
        let Self { ui, connection } = self;
        Removal { ui, connection, config: &discovered.config, confirmed: &CONFIRMED }
    }
}

fn as_text<S: serde::Serializer>(stack: &StackName, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(stack)
}

fn told(failure: &Failure) -> String {
    let hints: String = failure.hints.iter().map(|hint| format!("; {hint}")).collect();
    format!("{:#}{hints}", failure.error)
}

fn text(stacks: &[Swept], notes: &[String], what: &str) -> String {
    let mut text = String::new();
    for one in stacks {
        let _ = writeln!(text, "{}  expired {}", one.stack, one.expired);
        if let Some(error) = &one.error {
            let _ = writeln!(text, "  not removed: {error}");
            continue;
        }
        let width = one.changes.iter().map(|change| change.name.len()).max().unwrap_or(0);
        for change in &one.changes {
            let _ = writeln!(text, "  {}", change.line(width));
        }
    }
    for note in notes {
        let _ = writeln!(text, "Note: {note}.");
    }
    let removed = stacks.iter().filter(|one| one.error.is_none()).count();
    let _ = match (stacks.len(), removed) {
        (0, _) => writeln!(text, "Nothing has expired."),
        (all, removed) if all == removed => writeln!(text, "{removed} {what}."),
        (all, removed) => writeln!(text, "{removed} of {all} {what}."),
    };
    text
}
