//! A user pool's description: what it says in our words, and how it is written back whole with one change in it.
//!
//! `UpdateUserPool` resets what a caller leaves out, member by member and not all alike, so everything that it takes
//! goes back, in a form that it accepts. Pure: the JSON of `DescribeUserPool` in, the JSON of `UpdateUserPool` out.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::document;
use super::document::{Fate, Update, text};
use super::pool_update::{
    self, LAMBDAS, LEGACY_TRIGGER, MIRRORED_MESSAGES, TRIGGER, without_aws_tags,
};
use crate::model::aws_api::{self, POOL};
use crate::model::{Attribute, Pool, PoolEdit, Preserved, Tags, Trigger};

/// Members of `UserPoolType`, and what `UpdateUserPoolRequest` makes of them (botocore 1.44, SDK 1.144).
const TABLE: &document::CopyTable = &[
    ("Id", Fate::Renamed("UserPoolId")),
    ("Name", Fate::Renamed("PoolName")),
    ("Policies", Fate::RoundTrip),
    ("DeletionProtection", Fate::RoundTrip),
    (LAMBDAS, Fate::RoundTrip),
    ("AutoVerifiedAttributes", Fate::RoundTrip),
    ("SmsVerificationMessage", Fate::RoundTrip),
    ("EmailVerificationMessage", Fate::RoundTrip),
    ("EmailVerificationSubject", Fate::RoundTrip),
    ("VerificationMessageTemplate", Fate::RoundTrip),
    ("SmsAuthenticationMessage", Fate::RoundTrip),
    // An empty list is how it is told apart from never set, and AWS takes it (terraform-provider-aws, user_pool.go).
    ("UserAttributeUpdateSettings", Fate::Verbatim),
    ("MfaConfiguration", Fate::RoundTrip),
    ("DeviceConfiguration", Fate::RoundTrip),
    ("EmailConfiguration", Fate::RoundTrip),
    ("SmsConfiguration", Fate::RoundTrip),
    ("UserPoolTags", Fate::Verbatim),
    ("AdminCreateUserConfig", Fate::RoundTrip),
    ("UserPoolAddOns", Fate::RoundTrip),
    ("AccountRecoverySetting", Fate::RoundTrip),
    ("UserPoolTier", Fate::RoundTrip),
    ("KeyConfiguration", Fate::Verbatim),
    ("IssuerConfiguration", Fate::Verbatim),
    ("AcrConfiguration", Fate::Verbatim),
    ("DcrConfiguration", Fate::Verbatim),
    ("Arn", Fate::ReadOnly),
    ("CreationDate", Fate::ReadOnly),
    ("AliasAttributes", Fate::ReadOnly),
    ("UsernameAttributes", Fate::ReadOnly),
    ("UsernameConfiguration", Fate::ReadOnly),
    ("SchemaAttributes", Fate::ReadOnly),
    ("Domain", Fate::ReadOnly),
    ("CustomDomain", Fate::ReadOnly),
    ("LastModifiedDate", Fate::Volatile),
    ("Status", Fate::Volatile),
    ("EstimatedNumberOfUsers", Fate::Volatile),
    ("SmsConfigurationFailure", Fate::Volatile),
    ("EmailConfigurationFailure", Fate::Volatile),
];

/// What AWS does when a member is absent: a description may name it or not, before and after.
const DEFAULTS: [(&[&str], &str); 5] = [
    (&["DeletionProtection"], "INACTIVE"),
    (&["MfaConfiguration"], "OFF"),
    (&["EmailConfiguration", "EmailSendingAccount"], "COGNITO_DEFAULT"),
    (&["VerificationMessageTemplate", "DefaultEmailOption"], "CONFIRM_WITH_CODE"),
    (&["Policies", "SignInPolicy", "AllowedFirstAuthFactors"], "PASSWORD"),
];

/// What a pool is to be.
#[derive(Debug, Clone, Copy)]
pub enum PoolChange<'a> {
    /// As it is, with these settings.
    Edit(&'a PoolEdit),
    /// As it is, with this in its slot.
    Slot(Option<&'a Trigger>),
    /// As it was, with this in its slot.
    Restore {
        /// The earlier description.
        saved: &'a Value,
        /// What the slot is to hold, whatever it held then.
        trigger: Option<&'a Trigger>,
    },
}

impl PoolChange<'_> {
    /// The description as it should be afterwards.
    fn made_in(self, described: &Value) -> Value {
        match self {
            Self::Edit(edit) => edited(described, edit),
            Self::Slot(trigger) => with_slot(described.clone(), trigger),
            Self::Restore { saved, trigger } => with_slot(restored(described, saved), trigger),
        }
    }

    /// Members that are sent empty when there is nothing in them: absent could mean "as it is".
    fn emptied(self) -> &'static [&'static str] {
        match self {
            Self::Edit(_) | Self::Slot(Some(_)) => &[],
            Self::Slot(None) => &[LAMBDAS],
            Self::Restore { .. } => &[LAMBDAS, "AutoVerifiedAttributes"],
        }
    }
}

/// The request that writes `described` (the member `UserPool` of the answer) back with this change made in it.
#[must_use]
pub fn request(described: &Value, change: PoolChange<'_>) -> Update {
    let mut update = preserving(&change.made_in(described));
    for name in change.emptied() {
        let empty = if *name == LAMBDAS { json!({}) } else { json!([]) };
        update.body.entry(*name).or_insert(empty);
    }
    update
}

/// Everything in which `after` is not `before` with this change made in it, one line each: `path: before -> after`.
///
/// Dates, the number of users and the forms in which AWS repeats or spells out a setting do not count.
#[must_use]
pub fn differences(before: &Value, after: &Value, change: PoolChange<'_>) -> Vec<String> {
    let expected = change.made_in(before);
    let (mut old, mut new) = (comparable(&expected), comparable(after));
    for left_out in preserving(&expected).left_out {
        let path: Vec<&str> = left_out.path.split('.').collect();
        remove_if(&mut old, &path, &|_| true);
        remove_if(&mut new, &path, &|_| true);
    }
    document::differences(&old, &new)
}

/// Everything that an update can set in which the pool is not as it was saved: `path: saved -> now`.
#[must_use]
pub fn since(saved: &Value, live: &Value) -> Vec<String> {
    document::differences(&comparable(&restored(live, saved)), &comparable(live))
}

/// The description with the settings of an earlier one; what no update can set stays.
fn restored(described: &Value, saved: &Value) -> Value {
    let settable = |name: &str| document::is_settable(TABLE, name) && name != "Id";
    let members = |value: &Value, set: bool| -> Map<String, Value> {
        let all = value.as_object().into_iter().flatten();
        let kept = all.filter(|(name, _)| settable(name) == set);
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    let mut all = members(described, false);
    all.extend(members(saved, true));
    Value::Object(all)
}

/// The request that makes a pool.
#[must_use]
pub fn creation(pool: &Pool) -> Value {
    let Pool { name, tier, deletion_protection, settings, attributes, tags } = pool;
    let mut request = POOL.to_api(&aws_api::parted(settings).pool);
    request.insert("PoolName".to_owned(), json!(name));
    request.insert("UserPoolTier".to_owned(), json!(tier));
    request.insert("DeletionProtection".to_owned(), protection(*deletion_protection));
    request.insert("UserPoolTags".to_owned(), json!(tags.0));
    if !attributes.is_empty() {
        let schema = attributes.iter().map(|(name, attribute)| attribute.to_api(name)).collect();
        request.insert("Schema".to_owned(), schema);
    }
    request.into()
}

fn protection(on: bool) -> Value {
    json!(if on { "ACTIVE" } else { "INACTIVE" })
}

/// The settings of a pool that a stack may own.
#[must_use]
pub fn settings(described: &Value) -> Pool {
    Pool {
        name: text(described, &["Name"]).unwrap_or_default(),
        tier: text(described, &["UserPoolTier"]).unwrap_or_else(|| "ESSENTIALS".to_owned()),
        deletion_protection: described["DeletionProtection"] == "ACTIVE",
        settings: POOL.from_api(&with_defaults(described)),
        attributes: Attribute::all_of(described),
        tags: Tags(strings(&described["UserPoolTags"])),
    }
}

/// The description with what AWS means where it says nothing.
fn with_defaults(described: &Value) -> Value {
    let mut pool = described.clone();
    for (path, default) in DEFAULTS {
        if text(&pool, path).is_none() && pool.pointer(&format!("/{}", path.join("/"))).is_none() {
            let list = path.last() == Some(&"AllowedFirstAuthFactors");
            set(&mut pool, path, if list { json!([default]) } else { json!(default) });
        }
    }
    pool
}

/// What stands in the pre token generation slot. The legacy field alone means `V1_0`.
#[must_use]
pub fn trigger(described: &Value) -> Option<Trigger> {
    let lambdas = &described[LAMBDAS];
    let versioned = text(lambdas, &[TRIGGER, "LambdaArn"]);
    let version = versioned.as_ref().and_then(|_| text(lambdas, &[TRIGGER, "LambdaVersion"]));
    let arn = versioned.or_else(|| text(lambdas, &[LEGACY_TRIGGER]))?;
    let legacy = text(lambdas, &[TRIGGER, "LambdaArn"]).is_none();
    Some(Trigger { arn, version: version.unwrap_or_else(|| "V1_0".to_owned()), legacy })
}

/// Names of the other triggers that are set, those that this program has never heard of included.
#[must_use]
pub fn other_triggers(described: &Value) -> Vec<String> {
    let lambdas = described[LAMBDAS].as_object().into_iter().flatten();
    let set = lambdas
        .filter(|(_, value)| document::pruned(value).is_some())
        .map(|(name, _)| name.clone());
    set.filter(|name| ![TRIGGER, LEGACY_TRIGGER, "KMSKeyID"].contains(&name.as_str())).collect()
}

/// What a write of this description carries unchanged. Tags and triggers of others are settings of theirs too.
#[must_use]
pub fn kept(described: &Value) -> Preserved {
    let Update { body, unknown, left_out } = preserving(described);
    let is_setting = |name: &&String| {
        !["UserPoolId", LAMBDAS].contains(&name.as_str()) && !unknown.contains(name)
    };
    Preserved {
        settings: body.keys().filter(is_setting).cloned().collect(),
        left_out: left_out.iter().map(ToString::to_string).collect(),
        unknown,
    }
}

/// Whether threat protection is on.
#[must_use]
pub fn threat_protection(described: &Value) -> bool {
    let mode = &described["UserPoolAddOns"]["AdvancedSecurityMode"];
    *mode == "AUDIT" || *mode == "ENFORCED"
}

/// The domain: AWS's own or the user's.
#[must_use]
pub fn domain(described: &Value) -> Option<String> {
    text(described, &["CustomDomain"]).or_else(|| text(described, &["Domain"]))
}

/// The description as it should be after the edit.
fn edited(described: &Value, edit: &PoolEdit) -> Value {
    let mut pool = described.clone();
    if let Some(name) = &edit.name {
        pool["Name"] = json!(name);
    }
    if let Some(tier) = &edit.tier {
        pool["UserPoolTier"] = json!(tier);
    }
    if let Some(protected) = edit.deletion_protection {
        pool["DeletionProtection"] = protection(protected);
    }
    let settings = POOL.to_api(&edit.settings);
    if let Some(members) = pool.as_object() {
        pool = Value::Object(aws_api::merged(members, &settings));
    }
    // Of a message that stands in a pool twice, the template's is the one that counts.
    for (top, name) in MIRRORED_MESSAGES {
        if let Some(message) = settings.get(top) {
            set(&mut pool["VerificationMessageTemplate"], &[name], message.clone());
        }
    }
    for (key, value) in edit.tags.iter().flat_map(|tags| &tags.0) {
        set(&mut pool["UserPoolTags"], &[key], json!(value));
    }
    pool
}

/// The description with this, or nothing, in its slot.
fn with_slot(mut pool: Value, trigger: Option<&Trigger>) -> Value {
    if let Some(lambdas) = pool[LAMBDAS].as_object_mut() {
        lambdas.shift_remove(TRIGGER);
        lambdas.shift_remove(LEGACY_TRIGGER);
    }
    if let Some(Trigger { arn, version, legacy }) = trigger {
        if !legacy {
            let new = json!({ "LambdaVersion": version, "LambdaArn": arn });
            set(&mut pool[LAMBDAS], &[TRIGGER], new);
        }
        set(&mut pool[LAMBDAS], &[LEGACY_TRIGGER], json!(arn));
    }
    pool
}

/// Everything that an update takes, without what AWS would refuse it for.
fn preserving(pool: &Value) -> Update {
    let mut update = document::carry(TABLE, pool);
    pool_update::make_acceptable(&mut update);
    update
}

/// A description in the one form in which two of them can be compared.
fn comparable(pool: &Value) -> Map<String, Value> {
    let mut all = document::steady(TABLE, pool);
    without_aws_tags(&mut all);
    for (top, name) in MIRRORED_MESSAGES {
        if let Some(message) = all.shift_remove(top) {
            let template = all.entry("VerificationMessageTemplate").or_insert_with(|| json!({}));
            template.as_object_mut().map(|template| template.entry(name).or_insert(message));
        }
    }
    if let Some(Trigger { arn, version, .. }) = trigger(pool) {
        let lambdas = all.entry(LAMBDAS).or_insert(Value::Null);
        set(lambdas, &[TRIGGER], json!({ "LambdaVersion": version, "LambdaArn": arn }));
        set(lambdas, &[LEGACY_TRIGGER], json!(arn));
    }
    spell_out_validity(pool, &mut all);
    for (path, default) in DEFAULTS {
        remove_if(&mut all, path, &|value| *value == default || *value == json!([default]));
    }
    all
}

/// How long a new user's first password lasts, whichever of the two settings says so; 0 and none are the default.
fn spell_out_validity(pool: &Value, all: &mut Map<String, Value>) {
    const DEFAULT_DAYS: u64 = 7;
    let newer = &pool["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"];
    let older = &pool["AdminCreateUserConfig"]["UnusedAccountValidityDays"];
    let days = [newer, older]
        .into_iter()
        .filter_map(Value::as_u64)
        .find(|days| *days > 0)
        .unwrap_or(DEFAULT_DAYS);
    remove_if(all, &["AdminCreateUserConfig", "UnusedAccountValidityDays"], &|_| true);
    let policies = all.entry("Policies").or_insert(Value::Null);
    set(policies, &["PasswordPolicy", "TemporaryPasswordValidityDays"], json!(days));
}

/// Sets a member below others, which come if they are not there. Where something else stands in the way it stays: a
/// description may come from a file.
fn set(value: &mut Value, path: &[&str], new: Value) {
    let [name, rest @ ..] = path else { return *value = new };
    if value.is_null() {
        *value = json!({});
    }
    if let Some(members) = value.as_object_mut() {
        set(members.entry(*name).or_insert(Value::Null), rest, new);
    }
}

fn remove_if(members: &mut Map<String, Value>, path: &[&str], unwanted: &dyn Fn(&Value) -> bool) {
    match path {
        [name] => {
            if members.get(*name).is_some_and(unwanted) {
                members.shift_remove(*name);
            }
        }
        [name, rest @ ..] => {
            if let Some(Value::Object(members)) = members.get_mut(*name) {
                remove_if(members, rest, unwanted);
            }
        }
        [] => {}
    }
}

fn strings(value: &Value) -> BTreeMap<String, String> {
    let members = value.as_object().into_iter().flatten();
    members.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use aws_sdk_cognitoidentityprovider::operation::update_user_pool::UpdateUserPoolInput;
    use aws_sdk_cognitoidentityprovider::types::UserPoolType;

    use super::*;

    /// A description may come from a file, in which anything may stand.
    #[test]
    fn a_member_of_another_type_is_a_difference() {
        let live = serde_json::json!({
            "Id": "eu-west-1_A", "Name": "customers", "Policies": { "PasswordPolicy": {} },
            "LambdaConfig": { "PreTokenGeneration": "arn:a" }, "UserPoolTags": { "a": "b" },
            "AdminCreateUserConfig": {}, "UserAttributeUpdateSettings": {}, "SchemaAttributes": [],
            "VerificationMessageTemplate": {}, "EmailVerificationMessage": "a {####}",
        });
        let settings = PoolEdit::default();
        let edit = || PoolChange::Edit(&settings);
        let names: Vec<_> = live.as_object().expect("members").keys().skip(1).cloned().collect();
        for name in names {
            for other in [json!("x"), json!(1), json!([1]), json!(true), Value::Null, json!({})] {
                let mut saved = live.clone();
                saved[&name] = other;
                let is_itself = saved == live;
                let lines =
                    [differences(&saved, &live, edit()), differences(&live, &saved, edit())];
                assert!(!is_itself || lines.concat().is_empty(), "{lines:?}");
                assert!(request(&saved, edit()).body.contains_key("UserPoolId"));
            }
        }
    }

    /// A field that the SDK gains is one that AWS has gained: the table must say what becomes of it.
    #[test]
    fn the_table_knows_every_field_of_the_sdk() {
        document::check_table(
            TABLE,
            &format!("{:?}", UserPoolType::builder()),
            &format!("{:?}", UpdateUserPoolInput::builder()),
        );
    }
}
