//! What the function wrote.

use std::collections::BTreeSet;
use std::time::Duration;

use super::connection::Connection;
use crate::cloud::{LogEvent, Logs};
use crate::codes::Code;
use crate::failure::{Exit, Failure};
use crate::user::User;

/// Events may be shown some seconds after later ones of other streams.
const LATENESS_MS: i64 = 30_000;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The events since then (milliseconds since 1970).
pub async fn since<C: Logs>(
    connection: &Connection<C>,
    group: &str,
    since_ms: i64,
) -> Result<Vec<LogEvent>, Failure> {
    connection.cloud.log_events(group, since_ms).await?.ok_or_else(|| {
        let error = anyhow::anyhow!("there is no log group {group}");
        Failure::new(Exit::Failed, Code::NotDeployed, error).hint("run `pretoken up` first")
    })
}

/// Goes on with what comes, until the user stops it.
pub async fn follow<C: Logs>(
    connection: &Connection<C>,
    group: &str,
    shown: Vec<LogEvent>,
    mut since_ms: i64,
    user: &impl User,
    mut show: impl FnMut(&[LogEvent]),
) -> Result<(), Failure> {
    let mut seen: BTreeSet<LogEvent> = shown.into_iter().collect();
    let mut pause = FIRST_PAUSE;
    while !user.stopped() {
        crate::system::clock::pause(pause).await;
        since_ms = since_ms.max(seen.last().map_or(0, |event| event.at_ms - LATENESS_MS));
        let events = connection.cloud.log_events(group, since_ms).await?.unwrap_or_default();
        let new: Vec<LogEvent> = events.into_iter().filter(|event| !seen.contains(event)).collect();
        show(&new);
        pause = if new.is_empty() { (pause * 2).min(LONGEST_PAUSE) } else { FIRST_PAUSE };
        seen.extend(new);
        seen.retain(|event| event.at_ms >= since_ms);
    }
    Ok(())
}
