//! What a log group holds, read and put in order. It decides nothing about which events are shown.

use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use crate::aws::Aws;
use crate::aws::error::{Answer, Found};
use crate::cloud::Result;

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// Milliseconds since 1970, UTC.
    pub at_ms: i64,
    /// The stream: one for each instance of the function.
    pub stream: String,
    /// AWS's own; empty on emulators that give none.
    pub id: String,
    /// What was written, without the end of the line.
    pub message: String,
}

impl Event {
    /// Such as `2026-11-23T05:02:03.123Z`.
    #[must_use]
    pub fn time(&self) -> String {
        DateTime::from_millis(self.at_ms).fmt(Format::DateTime).unwrap_or_default()
    }
}

impl Aws {
    /// The group's events since then (milliseconds since 1970), oldest first; `None` if there is no such group.
    pub async fn log_events(&self, group: &str, since_ms: i64) -> Result<Option<Vec<Event>>> {
        let call = self.logs.client.filter_log_events().log_group_name(group).start_time(since_ms);
        let pages = call.into_paginator().send().collect::<std::result::Result<Vec<_>, _>>();
        let pages = Box::pin(pages).await.of("logs:FilterLogEvents").if_found()?;
        Ok(pages.map(|pages| {
            let events = pages.into_iter().flat_map(|page| page.events.unwrap_or_default());
            let mut events: Vec<Event> = events.map(event).collect();
            // Streams are searched side by side.
            events.sort_by_key(|event| event.at_ms);
            events
        }))
    }
}

fn event(event: FilteredLogEvent) -> Event {
    Event {
        at_ms: event.timestamp.unwrap_or_default(),
        stream: event.log_stream_name.unwrap_or_default(),
        id: event.event_id.unwrap_or_default(),
        message: event.message.unwrap_or_default().trim_end().to_owned(),
    }
}
