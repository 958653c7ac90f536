//! What a log group holds, read and put in order. It decides nothing about which events are shown.

use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;

use super::groups::Logs;
use crate::aws::error::{Answer, Found};
use crate::cloud::{LogEvent, Result};

impl Logs {
    /// The group's events since then (milliseconds since 1970), oldest first; `None` if there is no such group.
    pub(in crate::aws) async fn events(
        &self,
        group: &str,
        since_ms: i64,
    ) -> Result<Option<Vec<LogEvent>>> {
        let call = self.client.filter_log_events().log_group_name(group).start_time(since_ms);
        let pages = call.into_paginator().send().collect::<std::result::Result<Vec<_>, _>>();
        let pages = Box::pin(pages).await.of("logs:FilterLogEvents").if_found()?;
        Ok(pages.map(|pages| {
            let events = pages.into_iter().flat_map(|page| page.events.unwrap_or_default());
            let mut events: Vec<LogEvent> = events.map(event).collect();
            // Streams are searched side by side.
            events.sort_by_key(|event| event.at_ms);
            events
        }))
    }
}

fn event(event: FilteredLogEvent) -> LogEvent {
    LogEvent {
        at_ms: event.timestamp.unwrap_or_default(),
        stream: event.log_stream_name.unwrap_or_default(),
        id: event.event_id.unwrap_or_default(),
        message: event.message.unwrap_or_default().trim_end().to_owned(),
    }
}
