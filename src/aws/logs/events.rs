//! What a log group holds, read and put in order. It decides nothing about which events are shown.

use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;

use super::groups::Logs;
use crate::aws::error::{Answer, Found};
use crate::aws::paging;
use crate::cloud::{LogEvent, Result};

impl Logs {
    /// The group's events since then (milliseconds since 1970), oldest first; `None` if there is no such group.
    pub(in crate::aws) async fn events(
        &self,
        group: &str,
        since_ms: i64,
    ) -> Result<Option<Vec<LogEvent>>> {
        const OPERATION: &str = "logs:FilterLogEvents";
        let events = paging::all(OPERATION, async |from| {
            let call = self.client.filter_log_events().log_group_name(group).start_time(since_ms);
            let page = call.set_next_token(from).send().await.of(OPERATION)?;
            Ok((page.next_token, page.events))
        });
        Ok(Box::pin(events).await.if_found()?.map(|events| {
            let mut events: Vec<LogEvent> = events.into_iter().map(event).collect();
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
