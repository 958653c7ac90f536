//! How something is written that AWS describes whole, takes back whole, and resets where something is left out.
//!
//! It decides when to write, and what came of it. What is in the document is decided elsewhere.

use std::time::Duration;

use serde_json::Value;

use super::document::Update;
use super::raw_body::Replace;
use crate::cloud::wait::{Look, Patience};
use crate::cloud::{CloudError, Result};

/// How long other writers are given way to.
const OTHER_WRITERS: Duration = Duration::from_mins(1);

/// How long a description may take to show a write, before what it shows counts as an unexpected change.
const ECHO: Duration = Duration::from_secs(4);

/// Refusals after which nothing is written, and soon something can be.
const NOT_NOW: [&str; 4] = [
    "ConcurrentModificationException",
    "TooManyRequestsException",
    "ThrottlingException",
    "Throttling",
];

/// Faults of AWS's after which something may be written, or not.
const PERHAPS: [&str; 4] =
    ["InternalErrorException", "InternalFailure", "InternalServerError", "ServiceUnavailable"];

/// One change of one thing.
pub(in crate::aws) trait Rewrite {
    /// What is written, in the words that the user sees.
    fn what(&self) -> String;
    /// Everything that AWS tells of it.
    async fn describe(&self) -> Result<Value>;
    /// The request that writes everything back with the change in it.
    fn request(&self, described: &Value) -> Update;
    /// Sends it, once.
    async fn write(&self, body: Replace) -> Result<()>;
    /// In what `after` is not `before` with the change in it.
    fn unexpected(&self, before: &Value, after: &Value) -> Vec<String>;
    /// In what `after` is not `before`.
    fn changes(&self, before: &Value, after: &Value) -> Vec<String>;
}

impl Patience {
    /// Describes, edits, makes sure that nothing moved meanwhile, writes everything, and compares what came of it.
    ///
    /// AWS offers no lock: another writer in the very moment between the last look and the write is overwritten.
    pub(in crate::aws) async fn rewrite(&self, change: &impl Rewrite) -> Result<()> {
        let (before, answer) =
            self.wait_until(OTHER_WRITERS, async || attempt(change).await).await?;
        let mut after = Value::Null;
        let look = async || {
            after = change.describe().await?;
            let done = change.unexpected(&before, &after).is_empty();
            Ok(if done {
                Look::Ready(())
            } else {
                Look::NotYet(format!("{} to show the change", change.what()))
            })
        };
        match (self.wait_until(ECHO, look).await, answer) {
            (Err(CloudError::TimedOut { .. }), Err(lost))
                if change.changes(&before, &after).is_empty() =>
            {
                Err(lost)
            }
            (Err(CloudError::TimedOut { .. }), _) => Err(CloudError::UnexpectedChange {
                what: change.what(),
                differences: change.unexpected(&before, &after),
            }),
            (seen, _) => seen,
        }
    }
}

/// One attempt to write; ready with the description that it started from, and with an error if the answer was lost.
async fn attempt(change: &impl Rewrite) -> Result<Look<(Value, Result<()>)>> {
    let others = || Ok(Look::NotYet(format!("other changes to {} to end", change.what())));
    let before = change.describe().await?;
    let update = change.request(&before);
    let now = change.describe().await?;
    if now["LastModifiedDate"] != before["LastModifiedDate"]
        || !change.changes(&before, &now).is_empty()
    {
        return others();
    }
    match change.write(Replace::with(&Value::Object(update.body))).await {
        Ok(()) => Ok(Look::Ready((before, Ok(())))),
        Err(error) if NOT_NOW.iter().any(|code| error.has_code(code)) => others(),
        Err(error) if is_lost(&error) => Ok(Look::Ready((before, Err(error)))),
        Err(error) => Err(error),
    }
}

/// Whether the write may have happened although no good answer came.
fn is_lost(error: &CloudError) -> bool {
    match error {
        CloudError::Unanswered { .. } | CloudError::Unreadable { .. } => true,
        CloudError::Refused { code, .. } => {
            PERHAPS.contains(&code.as_str()) || code.starts_with("HTTP 5")
        }
        _ => false,
    }
}
