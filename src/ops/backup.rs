//! A copy of an adopted pool's description, saved before this program writes to the pool for the first time in a run.
//!
//! The file is what `aws cognito-idp describe-user-pool` prints; it holds no secret of a client.

use std::collections::BTreeSet;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use super::connection::Connection;
use crate::cloud::{CloudError, Read};
use crate::codes::Code;
use crate::failure::{Exit, Failure};
use crate::model::dates;
use crate::reconcile::actual::Actual;
use crate::reconcile::identity::Identity;
use crate::reconcile::plan::Plan;
use crate::system::text_file;
use crate::user::User;

/// Saves every adopted pool that the plan writes to, and says where.
pub async fn save<C: Read>(
    user: &impl User,
    connection: &Connection<C>,
    plan: &Plan,
    identity: &Identity,
    actual: &Actual,
) -> Result<Vec<PathBuf>, Failure> {
    let mut saved = vec![];
    for id in adopted_pools(plan, identity, actual) {
        let description = connection.cloud.pool_description(&id).await?;
        let path = write(&connection.backups, &id, &description, connection.clock.now())?;
        user.say(&format!("Saved the settings of the pool {id}: {}", path.display()));
        saved.push(path);
    }
    Ok(saved)
}

/// Names the copies to whoever has to put something back.
#[must_use]
pub fn point_to(saved: &[PathBuf], failure: Failure) -> Failure {
    let is_unexpected = |cause: &(dyn std::error::Error + 'static)| {
        matches!(cause.downcast_ref(), Some(CloudError::UnexpectedChange { .. }))
    };
    if !failure.error.chain().any(is_unexpected) {
        return failure;
    }
    saved.iter().fold(failure, |failure, path| {
        let path = path.display();
        failure.hint(format!(
            "`pretoken pool diff {path}` shows what differs from the settings before this run, and `pretoken pool restore {path}` puts them back"
        ))
    })
}

/// The member `UserPool` of a saved description, and the pool's id.
pub fn read(path: &Path) -> Result<(String, Value), Failure> {
    let wrong = |error: anyhow::Error| {
        Failure::new(Exit::Usage, Code::InputUnreadable, error)
            .context(format!("cannot use `{}`", path.display()))
    };
    let text = text_file::read(path).map_err(|error| wrong(error.into()))?;
    let document: Value = serde_json::from_str(&text).map_err(|error| wrong(error.into()))?;
    let pool = &document["UserPool"];
    match pool["Id"].as_str() {
        Some(id) => Ok((id.to_owned(), pool.clone())),
        None => Err(wrong(anyhow::anyhow!("there is no `UserPool` with an `Id` in it"))),
    }
}

fn adopted_pools(plan: &Plan, identity: &Identity, actual: &Actual) -> BTreeSet<String> {
    let adopted = |key: &str| {
        if let Some(declared) = identity.pools.get(key) {
            declared.id.clone()
        } else {
            let live = actual.undeclared.get(key)?;
            (!identity.owns(live)).then(|| key.to_owned())
        }
    };
    plan.steps.iter().filter_map(|step| adopted(step.writes_pool()?)).collect()
}

fn write(directory: &Path, id: &str, description: &Value, now: i64) -> Result<PathBuf, Failure> {
    let text = format!("{:#}\n", json!({ "UserPool": description }));
    let name = format!("{id}-{}", utc(now));
    create(directory, &name, text.as_bytes()).map_err(|error| {
        Failure::new(Exit::Failed, Code::CannotWrite, error)
            .context(format!(
                "cannot save the settings of the pool {id} in `{}`",
                directory.display()
            ))
            .hint("nothing was changed; make the directory writable, or set XDG_STATE_HOME")
    })
}

/// A new file that only the user can read; a number is added to a name that is taken.
fn create(directory: &Path, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let mut copy = 1;
    loop {
        let suffix = if copy == 1 { String::new() } else { format!("-{copy}") };
        let path = directory.join(format!("{name}{suffix}.json"));
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => copy += 1,
            file => {
                let mut file = file?;
                file.write_all(bytes)?;
                file.sync_all()?;
                return Ok(path);
            }
        }
    }
}

/// `20261123T050203Z`, of seconds since 1970.
fn utc(seconds: i64) -> String {
    dates::end(Duration::ZERO, seconds).replace(['-', ':'], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(utc(0), "19700101T000000Z");
        assert_eq!(utc(951_782_400), "20000229T000000Z");
        assert_eq!(utc(1_795_410_123), "20261123T050203Z");
    }

    #[test]
    fn a_copy_is_private_and_never_overwritten() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().expect("a directory");
        let one = create(directory.path(), "pool", b"one").expect("written");
        let two = create(directory.path(), "pool", b"two").expect("written");
        assert_eq!(std::fs::read(&one).expect("readable"), b"one");
        assert_eq!(std::fs::read(&two).expect("readable"), b"two");
        let mode = std::fs::metadata(&one).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
