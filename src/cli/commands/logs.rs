//! `logs`: what the function wrote. It writes no personal data, and so there is none here.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::cloud::{LogEvent, Logs as _};
use crate::failure::{Exit, Failure, Outcome};
use crate::ops::session::Session;
use crate::time::Clock;
use crate::user::Progress as _;

/// Events may be shown some seconds after later ones of other streams.
const LATENESS_MS: i64 = 30_000;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Which events.
#[derive(Debug, Args)]
pub struct LogsArgs {
    /// How far back, such as 90s, 10m, 2h or 1d
    #[arg(long, value_name = "AGE", default_value = "10m", value_parser = age)]
    pub since: Duration,
    /// Go on with what comes, until Ctrl-C
    #[arg(long)]
    pub follow: bool,
}

pub async fn run(session: &Session, args: &LogsArgs) -> Outcome {
    if args.follow && session.ui.json() {
        let error = anyhow::anyhow!("--follow never comes to an end, and JSON is one document");
        return Err(Failure::new(Exit::Usage, error).hint("leave out one of them"));
    }
    let connection = session.connect().await?;
    let group = session.config().log_group_name();
    let age = i64::try_from(args.since.as_millis()).unwrap_or(i64::MAX);
    let mut since = (Clock::system().now() * 1000).saturating_sub(age).max(0);
    let Some(events) = connection.aws.log_events(&group, since).await? else {
        let error = anyhow::anyhow!("there is no log group {group}");
        return Err(Failure::new(Exit::Failed, error).hint("run `pretoken up` first"));
    };
    let document = json!({
        "schema": "pretoken/logs/v1",
        "group": group,
        "events": events.iter().map(row).collect::<Vec<_>>(),
    });
    session.ui.result(&document, &lines(&events));
    let mut seen: BTreeSet<LogEvent> = events.into_iter().collect();
    let mut pause = FIRST_PAUSE;
    while args.follow && !session.ui.stopped() {
        sleep(pause).await;
        since = since.max(seen.last().map_or(0, |event| event.at_ms - LATENESS_MS));
        let events = connection.aws.log_events(&group, since).await?.unwrap_or_default();
        let new: Vec<LogEvent> = events.into_iter().filter(|event| !seen.contains(event)).collect();
        session.ui.result(&Value::Null, &lines(&new));
        pause = if new.is_empty() { (pause * 2).min(LONGEST_PAUSE) } else { FIRST_PAUSE };
        seen.extend(new);
        seen.retain(|event| event.at_ms >= since);
    }
    Ok(session.ui.signal())
}

fn lines(events: &[LogEvent]) -> String {
    events.iter().map(|event| format!("{}  {}\n", event.time(), event.message)).collect()
}

fn row(event: &LogEvent) -> Value {
    json!({ "time": event.time(), "stream": event.stream, "message": event.message })
}

/// A number and one of `s`, `m`, `h` and `d`.
fn age(text: &str) -> Result<Duration, String> {
    let wrong = || "write a number and s, m, h or d, such as 10m".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return Err(wrong()),
    };
    let number: u32 = text.trim_end_matches(unit).parse().map_err(|_| wrong())?;
    Ok(Duration::from_secs(u64::from(number) * seconds))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::age;

    #[test]
    fn ages_have_a_unit() {
        assert_eq!(age("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(age("10m"), Ok(Duration::from_mins(10)));
        assert_eq!(age("1d"), Ok(Duration::from_hours(24)));
        for text in ["", "10", "m", "-1m", "1w", "1.5h", "10 m"] {
            assert!(age(text).is_err(), "{text}");
        }
    }
}
