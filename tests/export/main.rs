//! Templates for other engines: what is in them, and what the engines' own checkers say of them.

mod alike;
#[path = "../support/binary.rs"]
#[expect(dead_code, reason = "each test crate uses a part of it")]
mod binary;
mod checked;
#[path = "../linters/mod.rs"]
mod linters;
mod written;

use std::path::Path;

use binary::{Project, Run, offline};
use serde_json::Value;

/// Everything that an export treats in its own way: pools of two kinds, an adopted client, keys of odd letters, secrets.
const STACK: &str = r#"
name = "orders"
allowed_account_ids = ["123456789012"]

[trigger]
event_version = "V3_0"

[trigger.role]
permissions_boundary = "arn:aws:iam::123456789012:policy/limit"

[trigger.environment]
PARTNER_KEY = "s3cr3t"

[pools.customers]
tier = "PLUS"
user_pool_add_ons.advanced_security_mode = "ENFORCED"
mfa_configuration = "OPTIONAL"
mfa.software_token_mfa_configuration.enabled = true
mfa.web_authn_configuration = { relying_party_id = "shop.example", user_verification = "required" }
risk_configuration.compromised_credentials_risk_configuration = { event_filter = ["SIGN_IN"], actions.event_action = "BLOCK" }
risk_configuration.account_takeover_risk_configuration.actions.high_action = { notify = false, event_action = "BLOCK" }

[[pools.customers.log_delivery.log_configurations]]
event_source = "userNotification"
log_level = "ERROR"
cloud_watch_logs_configuration.log_group_arn = "arn:aws:logs:eu-west-1:123456789012:log-group:notes"

[[pools.customers.log_delivery.log_configurations]]
event_source = "userAuthEvents"
log_level = "INFO"
s3_configuration.bucket_arn = "arn:aws:s3:::sign-ins"

[pools.customers.triggers]
post_confirmation = "arn:aws:lambda:eu-west-1:123456789012:function:welcome"
custom_email_sender = "arn:aws:lambda:eu-west-1:123456789012:function:mail"
kms_key_id = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd"

[pools.customers.clients.web]
[pools.customers.clients.back-office]
generate_secret = true
auth_flows = ["admin-user-password"]
access_token_minutes = 5

[pools.customers.clients.shop]
auth_flows = ["user-srp", "user-auth"]
oauth_flows = ["code"]
oauth_scopes = ["openid", "orders/read"]
callback_urls = ["https://shop.example/in", "myapp://in?%{x}=${y}"]
logout_urls = ["https://shop.example/out"]
default_redirect_uri = "https://shop.example/in"
supported_identity_providers = ["COGNITO", "Google"]
id_token_minutes = 30
refresh_token_days = 7
read_attributes = ["email", "email_verified"]
write_attributes = ["email"]
refresh_token_rotation = { feature = "ENABLED", retry_grace_period_seconds = 10 }
prevent_user_existence_errors = "LEGACY"
enable_token_revocation = false
auth_session_validity = 5
[pools.customers.clients.billing]
auth_flows = ["client-credentials"]
generate_secret = true
oauth_scopes = ["orders/read"]
enable_propagate_additional_user_context_data = true

[pools.customers.resource_servers.orders]
scopes = { read = "Costs ${nothing} and %{no one} says \"no\"" }
[pools.customers.resource_servers."https://api.example.com/v1"]

[pools.customers.identity_providers.Google]
type = "Google"
details = { client_id = "1.apps", authorize_scopes = "openid email", client_secret = { env = "GOOGLE_SECRET" } }
attribute_mapping = { email = "email" }
idp_identifiers = ["shop.example"]

[pools.customers.groups]
"Größe" = "Anything"

[pools."try outs"]
deletion_protection = false
tier = "PLUS"
[pools."try outs".clients.web]

[pools.company]
id = "eu-west-1_AbCdEf123"
[pools.company.clients.portal]
id = "1example23456789"
[pools.company.clients.own]

[env."pr-*"]
trigger.memory_mb = 512
"#;

/// A project with two packages.
fn project(deploy: &str) -> Project {
    let project = Project::of(deploy);
    // What counts of a package here is its hash.
    project.write("trigger.zip", "PK one");
    project.write("other.zip", "PK two");
    project
}

/// The document of `export` in this directory.
#[track_caller]
fn export(directory: &Path, arguments: &[&str]) -> Value {
    let mut command = offline(directory);
    command.args(["-o", "json", "export"]).args(arguments);
    Run::new(command.output().expect("the binary runs")).exits(0).json()
}
