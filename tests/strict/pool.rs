//! User pools: the settings as AWS keeps and shows them, and what an update does to those that it leaves out.
//!
//! The emulator merges updates; AWS replaces. So the settings are held here, and the emulator is told the outcome.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    Reset,
    call::Call,
    doors::Doors,
    layer::{Answer, Layer, Stop},
    pool_rules::{self, Proposal},
    refusal::Refusal,
    upstream::{body, done, with_body},
};

/// A pool's writable settings, and what only its rules know of it.
#[derive(Debug, Default, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts about a pool that have nothing to do with each other"
)]
pub(crate) struct Pool {
    /// Every writable member as `DescribeUserPool` shows it, unknown ones included.
    pub(crate) document: Map<String, Value>,
    /// Settings of its clients, by client id.
    pub(crate) clients: BTreeMap<String, Map<String, Value>>,
    /// Set by `SetUserPoolMfaConfig`; not part of the description.
    pub(crate) second_factor: bool,
    /// Had advanced security before the feature plans came, and keeps V2 triggers on LITE (Dev Guide, PTG page).
    pub(crate) grandfathered: bool,
    /// R11.
    pub(crate) user_import_running: bool,
    /// R14.
    pub(crate) secondary_region: bool,
    /// What stands between a right password and tokens.
    pub(crate) doors: Doors,
    /// R13.
    updating: bool,
}

/// Members of a description that no update writes: read-only, or set at creation.
const READ_ONLY: [&str; 15] = [
    "Id",
    "Arn",
    "CreationDate",
    "LastModifiedDate",
    "Status",
    "EstimatedNumberOfUsers",
    "Domain",
    "CustomDomain",
    "SmsConfigurationFailure",
    "EmailConfigurationFailure",
    "SchemaAttributes",
    "AliasAttributes",
    "UsernameAttributes",
    "UsernameConfiguration",
    "Schema",
];

/// Members that were seen to survive their omission (go-to-k/cdkd #1965, #1968, #1982; cdk-real-drift #702, #710, #1187;
/// the Terraform provider for `UserAttributeUpdateSettings`; the API reference for `DcrConfiguration`).
const MEASURED_AS_KEPT: [&str; 10] = [
    "MfaConfiguration",
    "UserAttributeUpdateSettings",
    "DcrConfiguration",
    "VerificationMessageTemplate",
    "AccountRecoverySetting",
    "EmailConfiguration",
    "KeyConfiguration",
    "IssuerConfiguration",
    "DeletionProtection",
    "UserPoolTier",
];

/// The message members that the template replaced, and their names in it. A description mirrors them.
const MIRRORED: [(&str, &str); 3] = [
    ("SmsVerificationMessage", "SmsMessage"),
    ("EmailVerificationMessage", "EmailMessage"),
    ("EmailVerificationSubject", "EmailSubject"),
];

pub(crate) async fn create(layer: &Layer, call: &Call) -> Answer {
    let request = call.document();
    let document = settled(&request);
    pool_rules::check(
        layer,
        &Proposal { request: &request, document: &document, pool: &Pool::default() },
    )?;
    let response = layer.forward(call).await?;
    let id = body(&response)["UserPool"]["Id"].as_str().unwrap_or_default().to_owned();
    let pool = Pool { document, ..Pool::default() };
    sync(layer, &call.region, &id, &pool.document).await?;
    let shown = layer
        .upstream
        .cognito(&call.region, "DescribeUserPool", &json!({"UserPoolId": id}))
        .await?;
    let description = pool.describe(&shown["UserPool"]);
    layer.world().pools.insert(id, pool);
    Ok(with_body(response, &json!({"UserPool": description})))
}

pub(crate) async fn describe(layer: &Layer, call: &Call) -> Answer {
    let response = layer.forward(call).await?;
    let shown = body(&response)["UserPool"].take();
    let description = known(layer, call.text("UserPoolId"), &shown).describe(&shown);
    Ok(with_body(response, &json!({"UserPool": description})))
}

/// Refused first, then replaced: what the request leaves out gets its default, or is kept where that was measured.
pub(crate) async fn update(layer: &Layer, call: &Call) -> Answer {
    let (id, request) = (call.text("UserPoolId"), call.document());
    let current = current(layer, call).await?;
    pool_rules::check_moment(&current)?;
    let document = current.updated(layer.options.reset, &request);
    pool_rules::check(layer, &Proposal { request: &request, document: &document, pool: &current })?;
    begin_update(layer, id)?;
    let outcome = async {
        layer.forward(call).await?;
        sync(layer, &call.region, id, &document).await.map_err(Stop::from)
    }
    .await;
    end_update(layer, id, outcome.is_ok().then_some(document));
    outcome.map(|()| done())
}

/// terraform-provider-aws #16479 for the domain's text, floci #3948 for the protection's.
pub(crate) async fn delete(layer: &Layer, call: &Call) -> Answer {
    let id = call.text("UserPoolId");
    let current = current(layer, call).await?;
    if current.document["DeletionProtection"] == "ACTIVE" {
        return Err(Refusal::invalid_parameter(
            "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be \
             inactivated first.",
        )
        .into());
    }
    let shown = layer
        .upstream
        .cognito(&call.region, "DescribeUserPool", &json!({"UserPoolId": id}))
        .await?;
    if ["Domain", "CustomDomain"].iter().any(|domain| shown["UserPool"][domain].is_string()) {
        return Err(Refusal::invalid_parameter(
            "User pool cannot be deleted. It has a domain configured that should be deleted first.",
        )
        .into());
    }
    let response = layer.forward(call).await?;
    layer.world().pools.remove(id);
    Ok(response)
}

/// The emulator does not know that pools can be renamed.
pub(crate) async fn list(layer: &Layer, call: &Call) -> Answer {
    let response = layer.forward(call).await?;
    let mut pools = body(&response);
    let world = layer.world();
    for shown in pools["UserPools"].as_array_mut().into_iter().flatten() {
        if let Some(pool) = shown["Id"].as_str().and_then(|id| world.pools.get(id)) {
            shown["Name"] = pool.document["Name"].clone();
        }
    }
    Ok(with_body(response, &pools))
}

/// R9 holds here too.
pub(crate) async fn tags(layer: &Layer, call: &Call) -> Answer {
    pool_rules::check_tags(&call.params["Tags"])?;
    let response = layer.forward(call).await?;
    let id = call.text("ResourceArn").rsplit('/').next().unwrap_or_default();
    let mut world = layer.world();
    let Some(pool) = world.pools.get_mut(id) else { return Ok(response) };
    let tags = pool.document.entry("UserPoolTags").or_insert_with(|| json!({}));
    match (call.operation.as_str(), tags.as_object_mut()) {
        ("TagResource", Some(tags)) => {
            tags.extend(call.params["Tags"].as_object().cloned().unwrap_or_default());
        }
        ("UntagResource", Some(tags)) => {
            let keys: Vec<String> = super::iam::many(&call.params["TagKeys"]).collect();
            tags.retain(|key, _| !keys.contains(key));
        }
        _ => return Ok(with_body(response, &json!({"Tags": tags}))),
    }
    Ok(response)
}

/// The pool of a call; one that was made behind this layer's back is taken over as it is shown.
pub(crate) async fn current(layer: &Layer, call: &Call) -> Result<Pool, Stop> {
    let id = call.text("UserPoolId");
    if let Some(pool) = layer.world().pools.get(id) {
        return Ok(pool.clone());
    }
    match layer.upstream.cognito(&call.region, "DescribeUserPool", &json!({"UserPoolId": id})).await
    {
        Ok(shown) => Ok(known(layer, id, &shown["UserPool"])),
        // There is none: the emulator says so in AWS's words.
        Err(_) => Err(Stop::Passed(layer.pass(call).await?)),
    }
}

fn known(layer: &Layer, id: &str, shown: &Value) -> Pool {
    let adopt = || {
        let mut settings = shown.as_object().cloned().unwrap_or_default();
        settings.retain(|_, value| !is_empty(value));
        let mut document = settled(&settings);
        document.insert("Name".to_owned(), shown["Name"].clone());
        Pool { document, ..Pool::default() }
    };
    layer.world().pools.entry(id.to_owned()).or_insert_with(adopt).clone()
}

/// R13 (serverless #6524, #6420).
fn begin_update(layer: &Layer, id: &str) -> Result<(), Refusal> {
    let mut world = layer.world();
    let Some(pool) = world.pools.get_mut(id) else { return Ok(()) };
    if std::mem::replace(&mut pool.updating, true) {
        let message = "Only one request to update this UserPool can be processed at a time";
        return Err(Refusal::new(400, "ConcurrentModificationException", message));
    }
    Ok(())
}

fn end_update(layer: &Layer, id: &str, outcome: Option<Map<String, Value>>) {
    if let Some(pool) = layer.world().pools.get_mut(id) {
        pool.updating = false;
        if let Some(document) = outcome {
            pool.document = document;
        }
    }
}

/// Tells the emulator the settings that it acts on; it merges, so what is gone is sent as empty.
async fn sync(
    layer: &Layer,
    region: &str,
    id: &str,
    document: &Map<String, Value>,
) -> Result<(), Refusal> {
    let mut update = document.clone();
    let triggers = &mut update["LambdaConfig"];
    // It takes a V1 trigger from the legacy member only.
    if triggers["PreTokenGenerationConfig"]["LambdaVersion"] == "V1_0"
        && let Some(triggers) = triggers.as_object_mut()
    {
        triggers.remove("PreTokenGenerationConfig");
    }
    update.insert("UserPoolId".to_owned(), id.into());
    layer.upstream.cognito(region, "UpdateUserPool", &Value::Object(update)).await.map(drop)
}

impl Pool {
    /// What `DescribeUserPool` answers: the emulator's ids and dates, and the settings.
    fn describe(&self, shown: &Value) -> Value {
        let mut description: Map<String, Value> = shown.as_object().cloned().unwrap_or_default();
        description.retain(|name, value| READ_ONLY.contains(&name.as_str()) && !is_empty(value));
        description.extend(self.document.clone());
        // An old member that follows a newer one, and that an update must not send back (R1).
        let days = &self.document["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"];
        description["AdminCreateUserConfig"]["UnusedAccountValidityDays"] = days.clone();
        let template = &self.document["VerificationMessageTemplate"];
        for (old, new) in MIRRORED {
            description.extend(template.get(new).map(|message| (old.to_owned(), message.clone())));
        }
        Value::Object(description)
    }

    /// The settings after an update.
    fn updated(&self, reset: Reset, request: &Map<String, Value>) -> Map<String, Value> {
        let mut document = settled(request);
        let mut keep = |name: &str| {
            if let (false, Some(value)) = (request.contains_key(name), self.document.get(name)) {
                document.insert(name.to_owned(), value.clone());
            }
        };
        // The API reference promises this one alone. `PoolName` has no default to go back to.
        keep("DcrConfiguration");
        if reset == Reset::Measured {
            for name in MEASURED_AS_KEPT {
                keep(name);
            }
        }
        if !request.contains_key("PoolName") {
            document.insert("Name".to_owned(), self.document["Name"].clone());
        }
        if reset == Reset::Measured {
            for policy in ["PasswordPolicy", "SignInPolicy"] {
                if request.get("Policies").is_none_or(|policies| policies[policy].is_null()) {
                    document["Policies"][policy] = self.document["Policies"][policy].clone();
                }
            }
        }
        // Tags of AWS's own are not the caller's to lose.
        let own = self.document["UserPoolTags"].as_object().into_iter().flatten();
        let system = own
            .filter(|(key, _)| key.starts_with("aws:"))
            .map(|(key, value)| (key.clone(), value.clone()));
        if let Some(tags) = document["UserPoolTags"].as_object_mut() {
            tags.extend(system);
        }
        document
    }
}

/// The settings that a request makes: its members over AWS's defaults.
fn settled(request: &Map<String, Value>) -> Map<String, Value> {
    let mut document = defaults();
    let given = request.iter().filter(|(name, _)| {
        let name = name.as_str();
        !READ_ONLY.contains(&name) && !["UserPoolId", "Name", "PoolName"].contains(&name)
    });
    for (name, value) in given {
        match (document.get_mut(name).and_then(Value::as_object_mut), value) {
            // The default of a policy stands beside the one that is given; a document of its own replaces the default.
            (Some(default), Value::Object(value)) if name == "Policies" => {
                default.extend(value.clone());
            }
            _ => drop(document.insert(name.clone(), value.clone())),
        }
    }
    document.extend(request.get("PoolName").map(|name| ("Name".to_owned(), name.clone())));
    document.retain(|name, value| name != "AutoVerifiedAttributes" || !is_empty(value));
    settle_password_policy(&mut document["Policies"]["PasswordPolicy"]);
    settle_triggers(&mut document["LambdaConfig"]);
    settle_messages(&mut document);
    if let Some(registration) = document.get_mut("DcrConfiguration").and_then(Value::as_object_mut)
    {
        registration.entry("EnableStatus").or_insert_with(|| "ENABLED".into());
    }
    document
}

fn defaults() -> Map<String, Value> {
    let Value::Object(defaults) = json!({
        "Name": "",
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": 8, "RequireUppercase": true, "RequireLowercase": true, "RequireNumbers": true,
                "RequireSymbols": true, "TemporaryPasswordValidityDays": 7
            },
            "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]}
        },
        "DeletionProtection": "INACTIVE",
        "LambdaConfig": {},
        "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"},
        "MfaConfiguration": "OFF",
        "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
        "UserPoolTags": {},
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": false},
        "UserPoolTier": "ESSENTIALS"
    }) else {
        unreachable!("an object")
    };
    defaults
}

/// Zero days is not set, and not set is a week.
fn settle_password_policy(policy: &mut Value) {
    if policy["TemporaryPasswordValidityDays"].as_u64().unwrap_or(0) == 0 {
        policy["TemporaryPasswordValidityDays"] = 7.into();
    }
}

/// The trigger's function shows under both names; the legacy one alone means `V1_0` (terraform-provider-aws #35007).
fn settle_triggers(triggers: &mut Value) {
    let config = triggers["PreTokenGenerationConfig"]["LambdaArn"].clone();
    let legacy = triggers["PreTokenGeneration"].clone();
    if config.is_string() {
        triggers["PreTokenGeneration"] = config;
    } else if legacy.is_string() {
        triggers["PreTokenGenerationConfig"] =
            json!({"LambdaVersion": "V1_0", "LambdaArn": legacy});
    }
    if let Some(triggers) = triggers.as_object_mut() {
        triggers.retain(|_, trigger| trigger.is_string() || trigger["LambdaArn"].is_string());
    }
}

/// The template is what counts; a message under its old name goes into it.
fn settle_messages(document: &mut Map<String, Value>) {
    for (old, new) in MIRRORED {
        if let Some(message) = document.remove(old)
            && document["VerificationMessageTemplate"][new].is_null()
        {
            document["VerificationMessageTemplate"][new] = message;
        }
    }
    let template = &mut document["VerificationMessageTemplate"];
    if template["DefaultEmailOption"].is_null() {
        template["DefaultEmailOption"] = "CONFIRM_WITH_CODE".into();
    }
    if let Some(template) = template.as_object_mut() {
        template.retain(|_, message| !message.is_null());
    }
    // `UnusedAccountValidityDays` is derived; 0 is how a caller says that it has no opinion.
    if let Some(config) = document["AdminCreateUserConfig"].as_object_mut() {
        config.remove("UnusedAccountValidityDays");
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}
