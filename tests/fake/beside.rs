//! What is asked beside the stack itself: logs, the caller's policies, and the world as descriptions and lists have it.

use pretoken::cloud::{Access, AccessQuestion, LogEvent, Logs, Result, Users};
use pretoken::model::tags::tagged::Tagged;
use pretoken::model::{LivePool, Tags, Trigger};
use serde_json::{Map, Value, json};

use super::{State, World};

impl Logs for World {
    async fn log_events(&self, group: &str, since_ms: i64) -> Result<Option<Vec<LogEvent>>> {
        if !self.state.borrow().log_groups.contains_key(group) {
            return Ok(None);
        }
        let events = self.events.borrow();
        let new = events.get(group).into_iter().flatten().filter(|event| event.at_ms >= since_ms);
        Ok(Some(new.cloned().collect()))
    }
}

/// The caller may do everything.
impl Access for World {
    async fn principal(&self, caller_arn: &str) -> Result<Option<String>> {
        Ok(Some(caller_arn.to_owned()))
    }

    async fn denied(&self, _: &str, _: AccessQuestion<'_>) -> Result<Vec<String>> {
        Ok(vec![])
    }
}

impl World {
    /// A line in the function's log.
    pub(super) fn log(&self, function: &str, message: &str) {
        let event = LogEvent {
            at_ms: 0,
            stream: "world".to_owned(),
            id: String::new(),
            message: message.to_owned(),
        };
        let group = format!("/aws/lambda/{function}");
        self.events.borrow_mut().entry(group).or_default().push(event);
    }

    /// Everything of the world that the tagging API knows.
    pub(super) fn with_tag(&self, key: &str) -> Vec<Tagged> {
        let (state, target) = (self.state.borrow(), &self.target);
        let State { log_groups, functions, pools, .. } = &*state;
        let groups = log_groups.values().map(|it| (target.log_group_arn(&it.name), &it.tags));
        let functions =
            functions.iter().map(|(name, it)| (target.function_arn(name), &it.latest.tags));
        let pools = pools.values().map(|it| (target.pool_arn(&it.id), &it.pool.tags));
        let all = groups.chain(functions).chain(pools);
        all.filter(|(_, tags)| tags.0.contains_key(key))
            .map(|(arn, tags)| Tagged { arn, tags: tags.clone() })
            .collect()
    }
}

/// A pool in AWS's words.
pub(super) fn description(live: &LivePool) -> Value {
    let protection = if live.pool.deletion_protection { "ACTIVE" } else { "INACTIVE" };
    let lambda = match &live.trigger {
        None => json!({}),
        Some(Trigger { arn, legacy: true, .. }) => json!({ "PreTokenGeneration": arn }),
        Some(Trigger { arn, version, .. }) => json!({
            "PreTokenGeneration": arn,
            "PreTokenGenerationConfig": { "LambdaArn": arn, "LambdaVersion": version },
        }),
    };
    json!({
        "Id": live.id,
        "Name": live.pool.name,
        "UserPoolTier": live.pool.tier,
        "DeletionProtection": protection,
        "UserPoolTags": live.pool.tags,
        "LambdaConfig": lambda,
    })
}

/// Puts back what a description holds, but for the slot.
pub(super) fn restore(live: &mut LivePool, saved: &Value) {
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
    let none = Map::new();
    let tags = saved["UserPoolTags"].as_object().unwrap_or(&none);
    let tags = tags.iter().filter_map(|(key, value)| Some((key.clone(), text(value)?)));
    live.pool.tags = Tags(tags.collect());
    live.pool.deletion_protection = saved["DeletionProtection"] == "ACTIVE";
    live.pool.name = text(&saved["Name"]).unwrap_or_default();
    live.pool.tier = text(&saved["UserPoolTier"]).unwrap_or_default();
}

/// What a description has in the slot.
pub(super) fn trigger(saved: &Value) -> Option<Trigger> {
    let lambda = &saved["LambdaConfig"];
    let arn = lambda["PreTokenGeneration"].as_str()?.to_owned();
    let version = lambda["PreTokenGenerationConfig"]["LambdaVersion"].as_str();
    let (legacy, version) = (version.is_none(), version.unwrap_or("V1_0").to_owned());
    Some(Trigger { arn, version, legacy })
}

impl Users for World {
    async fn delete_user(&self, pool_id: &str, username: &str) -> Result<()> {
        self.call("AdminDeleteUser", |state| {
            state.temporary.retain(|(pool, user)| pool != pool_id || user.username != username);
            Ok(())
        })
    }
}
