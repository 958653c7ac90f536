//! A CloudFormation template, as JSON, which is YAML too. It can be deployed to any account and region, also by stack sets.
//!
//! The function is told the pools' ids, and the pools name the function: so its ARN in them is computed, not a reference.

use serde_json::{Map, Value, json};

use super::label::{logical_id, variable};
use super::sections;
use super::{
    Engine, PackagePlace, ReleaseExport, adopted, made, made_in_adopted, outlived, short_digest,
    tags,
};
use crate::config::Config;
use crate::model::aws_api;
use crate::model::{ALIAS, IdentityProvider, Settings, Tags, Target, Vpc};
use crate::reconcile::desired::{Desired, Holder, WantedClient, WantedPool};

/// Account, region and partition in the words of `Fn::Sub`.
const PSEUDO: [&str; 3] = ["${AWS::Partition}", "${AWS::AccountId}", "${AWS::Region}"];

/// The template of a stack.
#[must_use]
pub fn cloudformation(config: &Config, release: &ReleaseExport) -> Value {
    let [partition, account, region] = PSEUDO.map(ToOwned::to_owned);
    let target = Target { partition, account, region, env: config.env.clone(), local: false };
    let desired = Desired::new(config, target, &release.code_sha256);
    let mut template = Template {
        policy: if outlived(&desired) { "Retain" } else { "Delete" },
        tags: tags(&desired, Engine::CloudFormation),
        desired,
        release,
        parameters: Map::new(),
        resources: Map::new(),
        outputs: Map::new(),
    };
    template.log_group();
    template.role();
    template.pools();
    template.function();
    template.permissions();
    template.document()
}

/// A template in the making.
struct Template<'a> {
    desired: Desired,
    tags: Tags,
    /// What becomes of the function, and of what it needs, when they leave the template.
    policy: &'static str,
    release: &'a ReleaseExport,
    parameters: Map<String, Value>,
    resources: Map<String, Value>,
    outputs: Map<String, Value>,
}

impl Template<'_> {
    fn document(self) -> Value {
        let stack = self.tags.stack().unwrap_or_default();
        let mut document = json!({
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": format!("pretoken: the stack {stack}"),
        });
        if !self.parameters.is_empty() {
            document["Parameters"] = self.parameters.into();
        }
        document["Resources"] = self.resources.into();
        document["Outputs"] = self.outputs.into();
        document
    }

    fn resource(&mut self, id: &str, kind: &str, properties: Value) {
        let resource = Value::from_iter([("Type", kind.into()), ("Properties", properties)]);
        self.resources.insert(id.to_owned(), resource);
    }

    /// What becomes of a resource that leaves the template, or that is made anew.
    fn when_gone(&mut self, id: &str, policy: &str) {
        self.resources[id]["DeletionPolicy"] = policy.into();
        self.resources[id]["UpdateReplacePolicy"] = policy.into();
    }

    fn output(&mut self, id: &str, value: Value) {
        self.outputs.insert(id.to_owned(), Value::from_iter([("Value", value)]));
    }

    fn log_group(&mut self) {
        let group = &self.desired.log_group;
        let mut properties = json!({
            "LogGroupName": group.name,
            "Tags": list(&with(&self.tags, made_in_adopted(&self.desired))),
        });
        if let Some(days) = group.retention_days {
            properties["RetentionInDays"] = days.into();
        }
        if let Some(key) = &group.kms_key_arn {
            properties["KmsKeyId"] = key.as_str().into();
        }
        self.resource("LogGroup", "AWS::Logs::LogGroup", properties);
        self.when_gone("LogGroup", self.policy);
    }

    fn role(&mut self) {
        let role = &self.desired.role;
        let policy = |(name, document): (&String, &Value)| json!({"PolicyName": name, "PolicyDocument": computed(document)});
        let policies: Vec<Value> = role.policies.iter().map(policy).collect();
        let mut properties = json!({
            "RoleName": role.name,
            "AssumeRolePolicyDocument": role.trust,
            "Policies": policies,
            "Tags": list(&self.tags),
        });
        if let Some(boundary) = &role.permissions_boundary {
            properties["PermissionsBoundary"] = boundary.as_str().into();
        }
        if !role.attached.is_empty() {
            properties["ManagedPolicyArns"] = json!(role.attached);
        }
        self.resource("Role", "AWS::IAM::Role", properties);
        self.when_gone("Role", self.policy);
    }

    fn pools(&mut self) {
        for (key, pool) in self.desired.pools.clone() {
            match &pool.holder {
                Holder::Owned(_) => self.owned(&key, &pool),
                Holder::Adopted { id } => {
                    let about = format!(
                        "Id of the user pool `{key}`, which is not this stack's: its owner sets its pre token generation trigger to the output AliasArn"
                    );
                    self.parameter(&pool_id(&key, &pool), &about, Some(id));
                }
            }
            self.contents(&key, &pool);
            self.output(&logical_id("Pool", &[&key]), json!({"Ref": pool_id(&key, &pool)}));
        }
    }

    fn owned(&mut self, key: &str, pool: &WantedPool) {
        let Holder::Owned(wanted) = &pool.holder else { return };
        let trigger = self.desired.trigger();
        let mut properties = json!({
            "UserPoolName": wanted.name,
            "UserPoolTier": wanted.tier,
            "DeletionProtection": if wanted.deletion_protection { "ACTIVE" } else { "INACTIVE" },
            "LambdaConfig": {
                "PreTokenGenerationConfig": {
                    "LambdaArn": sub(&trigger.arn),
                    "LambdaVersion": trigger.version,
                },
            },
            "UserPoolTags": computed(&json!(with(&self.tags, made(pool)).0)),
        });
        // CloudFormation has the API's own names for them.
        let mut settings = aws_api::POOL.to_api(&aws_api::parted(&wanted.settings).pool);
        settings.extend(sections::second_factors(&wanted.settings));
        if let Some(all) = properties.as_object() {
            properties = aws_api::merged(all, &settings).into();
        }
        let id = pool_id(key, pool);
        self.resource(&id, "AWS::Cognito::UserPool", properties);
        self.when_gone(&id, if wanted.deletion_protection { "Retain" } else { "Delete" });
        for (word, kind, properties) in sections::resources(&wanted.settings, &json!({"Ref": id})) {
            self.resource(&logical_id(word, &[key]), kind, properties);
        }
    }

    fn contents(&mut self, key: &str, pool: &WantedPool) {
        let within = json!({"Ref": pool_id(key, pool)});
        for (identifier, server) in &pool.resource_servers {
            let scope = |(name, about): (&String, &String)| json!({"ScopeName": name, "ScopeDescription": about});
            let scopes: Vec<Value> = server.scopes.iter().map(scope).collect();
            let properties = json!({
                "UserPoolId": within,
                "Identifier": server.identifier,
                "Name": server.name,
                "Scopes": scopes,
            });
            let id = logical_id("Server", &[key, identifier]);
            self.resource(&id, "AWS::Cognito::UserPoolResourceServer", properties);
        }
        for (name, group) in &pool.groups {
            let mut properties = json!({
                "UserPoolId": within,
                "GroupName": group.name,
                "Description": group.description,
            });
            if let Some(precedence) = group.precedence {
                properties["Precedence"] = precedence.into();
            }
            if let Some(role) = &group.role_arn {
                properties["RoleArn"] = role.as_str().into();
            }
            self.resource(
                &logical_id("Group", &[key, name]),
                "AWS::Cognito::UserPoolGroup",
                properties,
            );
        }
        for (name, provider) in &pool.identity_providers {
            self.identity_provider([key, name], &within, provider);
        }
        for (client, wanted) in &pool.clients {
            self.client([key, client], pool, wanted);
            let id = client_id([key, client], wanted);
            self.output(&logical_id("Client", &[key, client]), json!({"Ref": id}));
        }
    }

    fn client(&mut self, keys: [&str; 2], pool: &WantedPool, wanted: &WantedClient) {
        let id = client_id(keys, wanted);
        if let Some(existing) = &wanted.id {
            let about = format!("Id of the app client `{}`, which is not this stack's", keys[1]);
            return self.parameter(&id, &about, Some(existing));
        }
        // CloudFormation has the API's own names for all of it.
        let mut properties = super::client(wanted);
        properties.insert("UserPoolId".to_owned(), json!({"Ref": pool_id(keys[0], pool)}));
        self.resource(&id, "AWS::Cognito::UserPoolClient", properties.into());
        // Scopes and providers have to exist before a client can name them.
        let servers =
            pool.resource_servers.keys().map(|server| logical_id("Server", &[keys[0], server]));
        let servers = servers.filter(|_| wanted.client.asks_for_scopes());
        let providers =
            pool.identity_providers.keys().map(|it| logical_id("Provider", &[keys[0], it]));
        let first: Vec<_> =
            servers.chain(providers.filter(|_| wanted.client.names_providers())).collect();
        if !first.is_empty() {
            self.resources[&id]["DependsOn"] = first.into();
        }
    }

    fn identity_provider(&mut self, keys: [&str; 2], pool: &Value, provider: &IdentityProvider) {
        let mut details = json!(provider.details);
        for (key, secret) in &provider.secrets {
            let parameter = variable("Secret", &secret.variable);
            let about = format!("{key} of the identity provider {}", provider.name);
            self.parameter(&parameter, &about, None);
            self.parameters[&parameter]["NoEcho"] = true.into();
            details[key] = json!({"Ref": parameter});
        }
        let mut properties = json!({
            "UserPoolId": pool,
            "ProviderName": provider.name,
            "ProviderType": provider.kind,
            "ProviderDetails": details,
        });
        if !provider.attribute_mapping.is_empty() {
            properties["AttributeMapping"] = json!(provider.attribute_mapping);
        }
        if !provider.identifiers.is_empty() {
            properties["IdpIdentifiers"] = json!(provider.identifiers);
        }
        let id = logical_id("Provider", &keys);
        self.resource(&id, "AWS::Cognito::UserPoolIdentityProvider", properties);
    }

    fn function(&mut self) {
        let function = self.desired.function.clone();
        let settings = &function.settings;
        let mut variables = Map::new();
        for name in settings.environment.keys() {
            let parameter = variable("Environment", name);
            let about = format!("Value of the function's variable {name}");
            self.parameter(&parameter, &about, None);
            self.parameters[&parameter]["NoEcho"] = true.into();
            variables.insert(name.clone(), json!({"Ref": parameter}));
        }
        variables.insert(trigger::IDS_VARIABLE.to_owned(), self.ids());
        let mut frozen = json!({
            "Runtime": settings.runtime,
            "Handler": settings.handler,
            "Architectures": [settings.architecture.to_string()],
            "MemorySize": settings.memory_mb,
            "Timeout": settings.timeout_s,
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Environment": {"Variables": variables},
        });
        frozen_settings(settings, &mut frozen);
        self.version(&function.name, &frozen);
        let mut properties = json!({"FunctionName": function.name, "Code": self.code()});
        if let (Some(all), Value::Object(frozen)) = (properties.as_object_mut(), frozen) {
            all.extend(frozen);
            all.insert("Tags".to_owned(), list(&self.tags));
            let reserved = function.reserved_concurrency;
            let reserved =
                reserved.map(|number| ("ReservedConcurrentExecutions".to_owned(), json!(number)));
            all.extend(reserved);
        }
        self.resource("Function", "AWS::Lambda::Function", properties);
        self.when_gone("Function", self.policy);
        // Lambda would make the log group by itself, without retention, at the first invocation.
        self.resources["Function"]["DependsOn"] = "LogGroup".into();
        self.output("FunctionArn", json!({"Fn::GetAtt": ["Function", "Arn"]}));
        self.output("AliasArn", json!({"Ref": "Live"}));
    }

    /// A published version and the alias on it.
    ///
    /// A version is published when its resource is made and never again, so the resource is another one as soon as a version
    /// would freeze something else. It must not be another one for anything less: Lambda has no two equal versions in a row,
    /// and then CloudFormation fails. Versions that were replaced stay, for a way back.
    fn version(&mut self, function: &str, frozen: &Value) {
        let ids = |pool: &WantedPool| {
            let clients = pool.clients.values();
            let clients = clients.map(|client| json!([client.id, client.client.has_secret]));
            json!([adopted(pool), clients.collect::<Vec<_>>()])
        };
        let what = json!([
            function,
            frozen,
            self.desired.pools.values().map(ids).collect::<Vec<_>>(),
            self.release.code_sha256,
            self.release.revision,
        ]);
        let id = format!("Version{}", short_digest(&what.to_string(), 12));
        let properties = json!({
            "FunctionName": {"Ref": "Function"},
            "CodeSha256": self.release.code_sha256,
        });
        self.resource(&id, "AWS::Lambda::Version", properties);
        self.when_gone(&id, "Retain");
        let properties = json!({
            "FunctionName": {"Ref": "Function"},
            "Name": ALIAS,
            "FunctionVersion": {"Fn::GetAtt": [id, "Version"]},
        });
        self.resource("Live", "AWS::Lambda::Alias", properties);
        self.when_gone("Live", self.policy);
        self.output("Version", json!({"Fn::GetAtt": [id, "Version"]}));
    }

    fn code(&mut self) -> Value {
        match &self.release.place {
            PackagePlace::File(path) => path.as_str().into(),
            PackagePlace::Object { bucket, key, version } => {
                let mut code = json!({"S3Bucket": bucket, "S3Key": key});
                if let Some(version) = version {
                    code["S3ObjectVersion"] = version.as_str().into();
                }
                code
            }
            PackagePlace::Asked => {
                self.parameter("PackageBucket", "Bucket of the package, in this region", None);
                self.parameter("PackageKey", "Key of the package in its bucket", None);
                json!({"S3Bucket": {"Ref": "PackageBucket"}, "S3Key": {"Ref": "PackageKey"}})
            }
        }
    }

    /// The function's variable that says which ids stand for which keys; it is read as JSON.
    fn ids(&self) -> Value {
        let mut ids = trigger::Ids::default();
        for (key, pool) in &self.desired.pools {
            ids.pools.insert(format!("${{{}}}", pool_id(key, pool)), key.clone());
            for (client, wanted) in &pool.clients {
                let id = format!("${{{}}}", client_id([key, client], wanted));
                ids.clients.insert(id, format!("{key}/{client}"));
            }
        }
        json!({"Fn::Sub": ids.to_json()})
    }

    fn permissions(&mut self) {
        for (key, pool) in self.desired.pools.clone() {
            // What matters of it are the words; its id CloudFormation invents.
            let permission =
                self.desired.identity.permission(&format!("${{{}}}", pool_id(&key, &pool)));
            let properties = json!({
                "FunctionName": {"Ref": "Live"},
                "Action": permission.action,
                "Principal": permission.principal,
                "SourceArn": permission.source_arn.as_deref().map(sub),
                "SourceAccount": {"Ref": "AWS::AccountId"},
            });
            let id = logical_id("Permission", &[&key]);
            self.resource(&id, "AWS::Lambda::Permission", properties);
            self.when_gone(&id, self.policy);
        }
    }

    fn parameter(&mut self, id: &str, about: &str, default: Option<&String>) {
        let mut parameter = json!({"Type": "String", "Description": about});
        if let Some(default) = default {
            parameter["Default"] = default.as_str().into();
        }
        self.parameters.insert(id.to_owned(), parameter);
    }
}

/// The logical id of a pool: a resource, or the parameter that names an adopted pool.
fn pool_id(key: &str, pool: &WantedPool) -> String {
    let kind = if adopted(pool).is_some() { "AdoptedPool" } else { "Pool" };
    logical_id(kind, &[key])
}

fn client_id(keys: [&str; 2], client: &WantedClient) -> String {
    let kind = if client.id.is_some() { "AdoptedClient" } else { "Client" };
    logical_id(kind, &keys)
}

/// These tags and those.
fn with(tags: &Tags, others: Tags) -> Tags {
    Tags(tags.0.clone().into_iter().chain(others.0).collect())
}

/// Tags as most resource types have them.
fn list(Tags(tags): &Tags) -> Value {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": computed(&json!(value))})).collect()
}

fn sub(text: &str) -> Value {
    json!({"Fn::Sub": text})
}

/// A document whose texts are computed where they hold account, region or partition.
fn computed(document: &Value) -> Value {
    match document {
        Value::String(text) if PSEUDO.iter().any(|word| text.contains(word)) => sub(text),
        Value::Array(items) => items.iter().map(computed).collect(),
        Value::Object(members) => {
            members.iter().map(|(key, value)| (key.clone(), computed(value))).collect()
        }
        other => other.clone(),
    }
}

/// What is declared of a version beside the rest.
fn frozen_settings(settings: &Settings, frozen: &mut Value) {
    if let Some(mode) = &settings.tracing {
        frozen["TracingConfig"] = json!({"Mode": mode});
    }
    if let Some(format) = &settings.log_format {
        frozen["LoggingConfig"] = json!({"LogFormat": format});
    }
    if let Some(Vpc { subnets, security_groups }) = &settings.vpc {
        frozen["VpcConfig"] = json!({"SubnetIds": subnets, "SecurityGroupIds": security_groups});
    }
    if let Some(layers) = &settings.layers {
        frozen["Layers"] = json!(layers);
    }
    if let Some(key) = &settings.kms_key_arn {
        frozen["KmsKeyArn"] = json!(key);
    }
}
