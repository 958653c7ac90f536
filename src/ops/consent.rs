//! Asking before something is changed, and failing early where nobody could answer.

use crate::codes::Code;
use crate::failure::{Exit, Failure};
use crate::user::{Consent, User};

/// Fails before any work where a question would come and nobody could answer it.
pub fn answerable(user: &impl User) -> Result<(), Failure> {
    if user.can_answer() { Ok(()) } else { Err(unavailable()) }
}

/// Asks, unless the answer was given beforehand. After a signal nothing is begun.
pub async fn ask(user: &impl User, question: &str) -> Result<(), Failure> {
    if user.stopped() {
        let error = anyhow::anyhow!("stopped; nothing was changed");
        return Err(Failure::new(Exit::Interrupted, Code::Stopped, error));
    }
    match user.confirm(question).await {
        Consent::Given => Ok(()),
        Consent::Refused => Err(Failure::new(
            Exit::Refused,
            Code::NotConfirmed,
            anyhow::anyhow!("not confirmed; nothing was changed"),
        )),
        Consent::Unavailable => Err(unavailable()),
    }
}

/// Waits for the turn of a run that has nothing to ask.
pub async fn turn(user: &impl User) -> Result<(), Failure> {
    match user.turn().await {
        Consent::Given => Ok(()),
        _ => Err(Failure::new(
            Exit::Refused,
            Code::NotConfirmed,
            anyhow::anyhow!("not confirmed; nothing was begun"),
        )),
    }
}

fn unavailable() -> Failure {
    let error = anyhow::anyhow!("nobody can confirm here; nothing was changed");
    Failure::new(Exit::Refused, Code::NotConfirmed, error)
        .hint("add --yes to go on without a question")
}
