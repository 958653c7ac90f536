//! Removing the test environments whose time is over, and nothing that carries no expiry date.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::connection::Connection;
use super::destroy::Removal;
use super::discover::{Discovered, discover};
use crate::cloud::Write;
use crate::failure::Failure;
use crate::model::Tags;
use crate::model::dates::is_over;
use crate::model::stack::StackName;
use crate::model::tags::tagged::stacks;
use crate::reconcile::actual::Actual;
use crate::reconcile::lifetime::End;
use crate::reconcile::plan::{Change, Confirmed, Plan};
use crate::user::User;

/// A stack whose time is over, and what becomes of it.
#[derive(Serialize, JsonSchema)]
pub struct Swept {
    /// Which.
    #[serde(serialize_with = "as_text")]
    #[schemars(with = "String")]
    pub stack: StackName,
    /// Since when.
    pub expired: String,
    /// What removing it takes, or took.
    pub changes: Vec<Change>,
    /// Why it is still there.
    pub error: Option<String>,
}

/// What looking at a stack came to.
enum Judgement {
    /// Nothing of it is to go; why, unless its time is simply not over.
    Stays(Option<String>),
    /// Its time is over.
    Goes(Box<Going>),
}

struct Going {
    since: String,
    discovered: Discovered,
    seen: Actual,
    plan: Result<Plan, Failure>,
}

/// Users go with a test environment, since a lifetime is the consent; what is protected stays.
static CONFIRMED: Confirmed = Confirmed::Pools(BTreeSet::new());

/// A sweep of one account and region.
pub struct Sweep<'a, C, U> {
    /// Whom it is done for.
    pub user: &'a U,
    /// The way to AWS.
    pub connection: &'a Connection<C>,
}

impl<C: Write, U: User> Sweep<'_, C, U> {
    /// The stacks whose time is over, and what each is made of; and what is worth saying of others.
    pub async fn find(&self) -> Result<(Vec<Swept>, Vec<String>), Failure> {
        let over = |end: &str| is_over(end, self.connection.clock.now());
        let listed = stacks(
            &self.connection.cloud.tagged(Tags::EXPIRES).await?,
            &self.connection.target.region,
        )
        .into_iter();
        let listed = listed.filter_map(|(stack, end)| Some((stack, end.filter(|end| over(end))?)));
        let (mut found, mut notes) = (vec![], vec![]);
        for (stack, expired) in listed {
            match self.judge(&stack).await {
                Ok(Judgement::Stays(why)) => notes.extend(why),
                Ok(Judgement::Goes(going)) => {
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

    /// Looks again, since the answer may have taken a while, and removes it.
    pub async fn remove(&self, one: &mut Swept, notes: &mut Vec<String>) {
        if self.user.stopped() {
            one.changes.clear();
            one.error = Some("not begun: this run was stopped".to_owned());
            return;
        }
        let removed = async {
            let Judgement::Goes(going) = self.judge(&one.stack).await? else {
                notes.push(format!("`{}` was renewed meanwhile, and stays", one.stack));
                return Ok(vec![]);
            };
            let plan = going.plan?;
            self.user.say(&format!("{}:", one.stack));
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

    /// The list of tags names candidates; the resources themselves decide, for the list may be a moment old.
    async fn judge(&self, stack: &StackName) -> Result<Judgement, Failure> {
        let discovered = discover(self.connection, stack).await?;
        let removal = self.removal(&discovered);
        let seen = removal.see().await?;
        let since = match End::of(&discovered.identity, &seen) {
            End::At(since) if is_over(&since, self.connection.clock.now()) => since,
            End::At(_) | End::None => return Ok(Judgement::Stays(None)),
            End::Unsure(what) => {
                return Ok(Judgement::Stays(Some(format!("`{stack}` stays: {what}"))));
            }
        };
        let plan = removal.plan(&seen).map_err(Failure::from);
        Ok(Judgement::Goes(Box::new(Going { since, discovered, seen, plan })))
    }

    fn removal<'a>(&'a self, discovered: &'a Discovered) -> Removal<'a, C, U> {
        let Self { user, connection } = self;
        Removal { user, connection, identity: &discovered.identity, confirmed: &CONFIRMED }
    }
}

fn as_text<S: serde::Serializer>(stack: &StackName, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(stack)
}

fn told(failure: &Failure) -> String {
    let hints: String = failure.hints.iter().map(|hint| format!("; {}", hint.text)).collect();
    format!("{:#}{hints}", failure.error)
}
