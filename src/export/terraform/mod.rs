//! A Terraform module in one file, as `terraform fmt` writes it. It has no provider block and no backend: those are its caller's.
//!
//! The function is told the pools' ids, and the pools name the function: so its ARN in them is computed, not a reference.

mod function;
mod identity_providers;
mod role;
mod sections;
mod triggers;

pub(super) use triggers::sets_trigger;

use hcl::Expression;
use hcl::structure::{Attribute, Block, Body, Structure};
use serde_json::{Value, json};

use super::hcl::{
    asked, call, document, filled, keyed, object, reference, resource, scalar, text, written,
};
use super::label::name;
use super::{Engine, PackagePlace, ReleaseExport, adopted, made, made_in_adopted, notes, outlived};
use crate::config::Config;
use crate::model::{ALIAS, Tags, Target, aws_api};
use crate::reconcile::desired::{Desired, Holder, WantedClient, WantedPool};

/// Account, region and partition in Terraform's words.
const PARTITION: &str = "${data.aws_partition.current.partition}";
const ACCOUNT: &str = "${data.aws_caller_identity.current.account_id}";
const REGION: &str = "${data.aws_region.current.region}";
/// The first provider whose `aws_region` has the attribute `region`.
const PROVIDER: &str = ">= 6.0";
/// The first Terraform, and the first OpenTofu, that this provider runs on.
const CORE: &str = ">= 1.3";

/// The module of a stack.
pub fn terraform(config: &Config, release: &ReleaseExport) -> Result<String, hcl::Error> {
    let target = Target {
        partition: PARTITION.to_owned(),
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
        env: config.env.clone(),
        local: false,
    };
    let desired = Desired::new(config, target, &release.code_sha256);
    let mut module = Module { desired: &desired, release, structures: vec![] };
    module.frame();
    module.variables();
    module.log_group();
    module.structures.extend(role::blocks(&desired.role).into_iter().map(Structure::Block));
    for (key, pool) in &desired.pools {
        module.pool(key, pool);
        module.contents(key, pool);
    }
    module.function();
    for (key, pool) in &desired.pools {
        module.permission(key, pool);
    }
    module.outputs();
    let stack = desired.identity.tags.stack().unwrap_or_default();
    let mut head = format!("# The stack {stack}, made by `pretoken export terraform`.\n");
    for note in notes(config, Engine::Terraform) {
        head.push_str(&format!("# Note: {note}.\n"));
    }
    Ok(format!("{head}\n{}", text(&Body::from(module.structures))?))
}

/// The stack's tags and these.
fn with_tags(others: &Tags) -> Expression {
    if others.0.is_empty() {
        return reference("local.tags");
    }
    call("merge", [reference("local.tags"), document(&json!(others.0))])
}

/// A module in the making.
struct Module<'a> {
    desired: &'a Desired,
    release: &'a ReleaseExport,
    structures: Vec<Structure>,
}

impl Module<'_> {
    fn add(&mut self, block: hcl::structure::BlockBuilder) {
        self.structures.push(block.build().into());
    }

    /// What all others refer to.
    fn frame(&mut self) {
        let aws =
            object([("source", Expression::from("hashicorp/aws")), ("version", PROVIDER.into())]);
        let providers = Block::builder("required_providers").add_attribute(("aws", aws));
        self.add(
            Block::builder("terraform")
                .add_attribute(("required_version", CORE))
                .add_block(providers.build()),
        );
        for kind in ["aws_partition", "aws_caller_identity", "aws_region"] {
            self.add(Block::builder("data").add_label(kind).add_label("current"));
        }
        let name = &self.desired.function.name;
        let tags = document(&json!(super::tags(self.desired, Engine::Terraform).0));
        let locals = [
            ("alias_arn", filled(self.desired.identity.target.alias_arn(name))),
            ("tags", tags),
            ("trust", document(&self.desired.role.trust)),
            ("policy", document(&self.desired.role.policies[crate::model::LOGS_POLICY])),
            ("ids", self.ids()),
        ];
        self.add(Block::builder("locals").add_attributes(locals));
    }

    /// Which ids stand for which keys; the function reads it as JSON.
    fn ids(&self) -> Expression {
        let pools = self.desired.pools.iter();
        let clients = pools.clone().flat_map(|(key, pool)| {
            pool.clients.iter().map(move |(client, wanted)| {
                let keys = format!("{key}/{client}");
                (client_id([key, client], wanted), keys.into())
            })
        });
        let pools = pools.map(|(key, pool)| (pool_id(key, pool), key.as_str().into()));
        object([("clients", keyed(clients)), ("pools", keyed(pools))])
    }

    fn variables(&mut self) {
        for variable in self.desired.function.settings.environment.keys() {
            let about = format!("Value of the function's variable {variable}");
            let block = asked(&environment(variable), &about, None);
            self.add(block.add_attribute(("sensitive", true)));
        }
        for block in identity_providers::variables(self.desired) {
            self.add(block);
        }
        for (key, pool) in &self.desired.pools {
            if let Some(id) = adopted(pool) {
                let about = format!(
                    "Id of the user pool {key}, which is not this stack's: its owner sets its pre token generation trigger to the output alias_arn"
                );
                self.add(asked(&adopted_name(&[key]), &about, Some(id)));
            }
            for (client, wanted) in &pool.clients {
                if let Some(id) = &wanted.id {
                    let about = format!("Id of the app client {client}, which is not this stack's");
                    self.add(asked(&adopted_name(&[key, client]), &about, Some(id)));
                }
            }
        }
        if self.release.place == PackagePlace::Asked {
            self.add(asked("package_bucket", "Bucket of the package, in this region", None));
            self.add(asked("package_key", "Key of the package in its bucket", None));
        }
    }

    fn log_group(&mut self) {
        let group = &self.desired.log_group;
        let key = group.kms_key_arn.as_deref().map(|arn| Attribute::new("kms_key_id", arn));
        let block = resource("aws_cloudwatch_log_group", "trigger")
            .add_attribute(("name", group.name.as_str()))
            .add_attribute(("retention_in_days", group.retention_days.unwrap_or_default()))
            .add_attributes(key)
            .add_attribute(("tags", with_tags(&made_in_adopted(self.desired))));
        self.add(block);
    }

    fn pool(&mut self, key: &str, pool: &WantedPool) {
        let Holder::Owned(wanted) = &pool.holder else { return };
        let trigger = Block::builder("pre_token_generation_config")
            .add_attribute(("lambda_arn", reference("local.alias_arn")))
            .add_attribute(("lambda_version", self.desired.event_version.as_str()));
        let protection = if wanted.deletion_protection { "ACTIVE" } else { "INACTIVE" };
        let mut block = resource("aws_cognito_user_pool", &name(&[key]))
            .add_attribute(("name", wanted.name.as_str()))
            .add_attribute(("user_pool_tier", wanted.tier.as_str()))
            .add_attribute(("deletion_protection", protection))
            .add_attribute(("tags", with_tags(&made(pool))))
            .add_block(triggers::block(wanted, trigger.build()));
        // The provider has a block of its own for the policy of passwords.
        let policy =
            wanted.settings.get("policies").and_then(|policies| policies.get("password_policy"));
        let sign_up = wanted.settings.get("admin_create_user_config");
        for (name, settings) in [("password_policy", policy), ("admin_create_user_config", sign_up)]
        {
            let Some(settings) = settings.and_then(Value::as_object) else { continue };
            let plain = settings.iter().filter_map(|(key, value)| Some((key, scalar(value)?)));
            let one = plain.fold(Block::builder(name), |one, (key, value)| {
                one.add_attribute((key.as_str(), value))
            });
            block = block.add_block(one.build());
        }
        block = sections::with_second_factors(block, wanted);
        if wanted.deletion_protection {
            block = block.add_block(kept());
        }
        self.add(block);
        for block in sections::resources(key, wanted, &pool_id(key, pool)) {
            self.add(block);
        }
    }

    fn contents(&mut self, key: &str, pool: &WantedPool) {
        let within = pool_id(key, pool);
        for (identifier, server) in &pool.resource_servers {
            let mut block =
                resource("aws_cognito_resource_server", &name(&[key, identifier.as_str()]))
                    .add_attribute(("user_pool_id", within.clone()))
                    .add_attribute(("identifier", server.identifier.as_str()))
                    .add_attribute(("name", server.name.as_str()));
            for (scope, about) in &server.scopes {
                let scope = Block::builder("scope")
                    .add_attribute(("scope_name", scope.as_str()))
                    .add_attribute(("scope_description", about.as_str()));
                block = block.add_block(scope.build());
            }
            self.add(block);
        }
        for (group, wanted) in &pool.groups {
            let mut block = resource("aws_cognito_user_group", &name(&[key, group]))
                .add_attribute(("user_pool_id", within.clone()))
                .add_attribute(("name", wanted.name.as_str()))
                .add_attribute(("description", wanted.description.as_str()));
            if let Some(precedence) = wanted.precedence {
                block = block.add_attribute(("precedence", precedence));
            }
            if let Some(role) = &wanted.role_arn {
                block = block.add_attribute(("role_arn", role.as_str()));
            }
            self.add(block);
        }
        for (provider, wanted) in &pool.identity_providers {
            self.add(identity_providers::block([key, provider], within.clone(), wanted));
        }
        for (client, wanted) in pool.clients.iter().filter(|(_, wanted)| wanted.id.is_none()) {
            let servers = pool.resource_servers.keys().map(|server| {
                reference(&format!("aws_cognito_resource_server.{}", name(&[key, server])))
            });
            let servers = servers.filter(|_| wanted.client.asks_for_scopes());
            let providers = pool.identity_providers.keys();
            let providers = providers.map(|provider| identity_providers::address([key, provider]));
            let first = servers.chain(providers.filter(|_| wanted.client.names_providers()));
            self.client(&name(&[key, client]), within.clone(), wanted, first.collect());
        }
    }

    /// The provider has the API's names in `snake_case`, and a block for what is a structure there.
    fn client(
        &mut self,
        label: &str,
        pool: Expression,
        wanted: &WantedClient,
        first: Vec<Expression>,
    ) {
        let settings = super::client(wanted);
        let settings = aws_api::in_snake_case("CreateUserPoolClientRequest", settings);
        let mut block =
            resource("aws_cognito_user_pool_client", label).add_attribute(("user_pool_id", pool));
        let (blocks, plain): (Vec<_>, Vec<_>) =
            settings.iter().partition(|(_, value)| value.is_object());
        for (key, value) in plain {
            let key = match key.as_str() {
                "client_name" => "name".to_owned(),
                key => key.replace("o_auth", "oauth"),
            };
            block = block.add_attribute((key, written(value)));
        }
        // Scopes and providers have to exist before a client can name them.
        if !first.is_empty() {
            block = block.add_attribute(("depends_on", Expression::Array(first)));
        }
        for (key, value) in blocks {
            let members = value.as_object().into_iter().flatten();
            let members = members.map(|(key, value)| (key.as_str(), written(value)));
            block = block.add_block(Block::builder(key.as_str()).add_attributes(members).build());
        }
        self.add(block);
    }

    fn function(&mut self) {
        let function = &self.desired.function;
        let settings = &function.settings;
        let architecture = settings.architecture.to_string();
        let mut block = resource("aws_lambda_function", "trigger")
            .add_attribute(("function_name", function.name.as_str()))
            .add_attribute(("role", reference("aws_iam_role.trigger.arn")))
            .add_attribute(("runtime", settings.runtime.as_str()))
            .add_attribute(("handler", settings.handler.as_str()))
            .add_attribute(("architectures", Expression::Array(vec![architecture.into()])))
            .add_attribute(("memory_size", settings.memory_mb))
            .add_attribute(("timeout", settings.timeout_s))
            .add_attributes(self.code())
            // Every change of code or settings makes a version.
            .add_attribute(("publish", true))
            .add_attribute(("tags", reference("local.tags")));
        // Lambda would make the log group by itself, without retention, at the first invocation.
        let first = std::iter::once("aws_cloudwatch_log_group.trigger".to_owned());
        let first = first.chain(role::addresses(&self.desired.role));
        block = block.add_attribute((
            "depends_on",
            Expression::Array(first.map(|name| reference(&name)).collect()),
        ));
        block = function::declared(block, function);
        let own = settings
            .environment
            .keys()
            .map(|name| (name.as_str(), reference(&format!("var.{}", environment(name)))));
        let ids = (trigger::IDS_VARIABLE, call("jsonencode", [reference("local.ids")]));
        let variables = object(own.chain([ids]));
        block = block.add_block(
            Block::builder("environment").add_attribute(("variables", variables)).build(),
        );
        if outlived(self.desired) {
            block = block.add_block(kept());
        }
        self.add(block);
        let alias = resource("aws_lambda_alias", ALIAS)
            .add_attribute(("name", ALIAS))
            .add_attribute((
                "function_name",
                reference("aws_lambda_function.trigger.function_name"),
            ))
            .add_attribute(("function_version", reference("aws_lambda_function.trigger.version")));
        self.add(alias);
    }

    fn code(&self) -> Vec<Attribute> {
        let hash = Expression::from(self.release.code_sha256.as_str());
        let (bucket, key, version) = match &self.release.place {
            PackagePlace::File(path) => {
                let path = file(path);
                let hash = call("filebase64sha256", [path.clone()]);
                return vec![("filename", path).into(), ("source_code_hash", hash).into()];
            }
            PackagePlace::Object { bucket, key, version } => {
                (bucket.as_str().into(), key.as_str().into(), version.as_deref())
            }
            PackagePlace::Asked => {
                (reference("var.package_bucket"), reference("var.package_key"), None)
            }
        };
        let version = version.map(|version| Attribute::from(("s3_object_version", version)));
        [("s3_bucket", bucket).into(), ("s3_key", key).into()]
            .into_iter()
            .chain(version)
            .chain([("source_code_hash", hash).into()])
            .collect()
    }

    /// The statement that lets the pool invoke the alias, with the very id that [`crate::reconcile::desired::permission`] gives it.
    fn permission(&mut self, key: &str, pool: &WantedPool) {
        let arn = match &pool.holder {
            Holder::Owned(_) => reference(&format!("aws_cognito_user_pool.{}.arn", name(&[key]))),
            Holder::Adopted { .. } => {
                let id = format!("${{var.{}}}", adopted_name(&[key]));
                filled(self.desired.identity.target.pool_arn(&id))
            }
        };
        let permission = self.desired.identity.permission("");
        let account = reference("data.aws_caller_identity.current.account_id");
        let content = Expression::Array(vec![
            reference("local.alias_arn"),
            permission.principal.as_str().into(),
            permission.action.as_str().into(),
            arn.clone(),
            account.clone(),
        ]);
        let digest = call("sha256", [call("join", ["\n".into(), content])]);
        let digest = call("substr", [digest, 0.into(), 16.into()]);
        let id = call("join", ["-".into(), Expression::Array(vec!["pretoken".into(), digest])]);
        let block = resource("aws_lambda_permission", &name(&[key]))
            .add_attribute(("statement_id", id))
            .add_attribute((
                "function_name",
                reference("aws_lambda_function.trigger.function_name"),
            ))
            .add_attribute(("qualifier", reference(&format!("aws_lambda_alias.{ALIAS}.name"))))
            .add_attribute(("action", permission.action))
            .add_attribute(("principal", permission.principal))
            .add_attribute(("source_arn", arn))
            .add_attribute(("source_account", account));
        self.add(block);
    }

    fn outputs(&mut self) {
        let pools = self.desired.pools.iter();
        let ids = pools.clone().map(|(key, pool)| (key, pool_id(key, pool)));
        let clients = pools.flat_map(|(key, pool)| {
            pool.clients.iter().map(move |(client, wanted)| {
                (format!("{key}/{client}"), client_id([key, client], wanted))
            })
        });
        for (name, value) in [
            ("alias_arn", reference(&format!("aws_lambda_alias.{ALIAS}.arn"))),
            ("function_arn", reference("aws_lambda_function.trigger.arn")),
            ("version", reference("aws_lambda_function.trigger.version")),
            ("pools", object(ids)),
            ("clients", object(clients)),
        ] {
            self.add(Block::builder("output").add_label(name).add_attribute(("value", value)));
        }
    }
}

/// Terraform plans no removal of what has this block.
fn kept() -> Block {
    Block::builder("lifecycle").add_attribute(("prevent_destroy", true)).build()
}

/// A file's path, from the module's directory if it is relative.
fn file(path: &str) -> Expression {
    if path.starts_with('/') {
        return path.into();
    }
    let path = path.replace("${", "$${").replace("%{", "%%{");
    filled(format!("${{path.module}}/{path}"))
}

fn environment(variable: &str) -> String {
    format!("environment_{variable}")
}

fn adopted_name(keys: &[&str]) -> String {
    format!("adopted_{}", name(keys))
}

/// A pool's id: of a resource, or of the variable that names an adopted pool.
fn pool_id(key: &str, pool: &WantedPool) -> Expression {
    match adopted(pool) {
        Some(_) => reference(&format!("var.{}", adopted_name(&[key]))),
        None => reference(&format!("aws_cognito_user_pool.{}.id", name(&[key]))),
    }
}

fn client_id(keys: [&str; 2], client: &WantedClient) -> Expression {
    match &client.id {
        Some(_) => reference(&format!("var.{}", adopted_name(&keys))),
        None => reference(&format!("aws_cognito_user_pool_client.{}.id", name(&keys))),
    }
}
