//! `logs`: what the function wrote. It writes no personal data, and so there is none here.

use std::rc::Rc;

use serde_json::Value;

use crate::cli::args::{Global, LogsArgs};
use crate::cli::known::reached;
use crate::cli::ui::Ui;
use crate::cloud::LogEvent;
use crate::codes::Code;
use crate::failure::{Exit, Failure, Outcome};
use crate::ops::logs::{follow, since};
use crate::report::documents::{LogRow, LogsDocument};
use crate::report::log_summary::LogSummary;

const SCHEMA: &str = "pretoken/logs/v1";

pub async fn run(ui: &Rc<Ui>, global: &Global, args: &LogsArgs) -> Outcome {
    if args.follow && ui.json() {
        let error = anyhow::anyhow!("--follow never comes to an end, and JSON is one document");
        return Err(Failure::new(Exit::Usage, Code::Usage, error).hint("leave out one of them"));
    }
    let (known, connection) = reached(ui, global).await?;
    let group = known.config.stack().log_group_name();
    let age = i64::try_from(args.since.as_millis()).unwrap_or(i64::MAX);
    // Whole seconds would show what is older than asked for.
    let from = connection.clock.now_ms().saturating_sub(age).max(0);
    let events = since(&connection, &group, from).await?;
    if args.summary {
        let lines = events.iter().map(|event| (event.at_ms, event.message.as_str()));
        let summary = LogSummary::of(lines);
        let (events, summary) = (None, Some(&summary));
        let document = LogsDocument { schema: SCHEMA, group: &group, events, summary };
        ui.result(&document, &summary.map(LogSummary::text).unwrap_or_default());
        return Ok(ui.signal());
    }
    let rows = Some(events.iter().map(row).collect());
    let document = LogsDocument { schema: SCHEMA, group: &group, events: rows, summary: None };
    ui.result(&document, &lines(&events));
    if args.follow {
        let show = |new: &[LogEvent]| ui.result(&Value::Null, &lines(new));
        follow(&connection, &group, events, from, &**ui, show).await?;
    }
    Ok(ui.signal())
}

fn lines(events: &[LogEvent]) -> String {
    events.iter().map(|event| format!("{}  {}\n", event.time(), event.message)).collect()
}

fn row(event: &LogEvent) -> LogRow<'_> {
    LogRow { time: event.time(), stream: &event.stream, message: &event.message }
}
