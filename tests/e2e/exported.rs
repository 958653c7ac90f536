//! What `export` says, deployed by CloudFormation: the tokens are right, and `plan` finds nothing but another manager.
//!
//! On an emulator of its own, in its first account and region, where unsigned sign-ins find a pool, and without the strict
//! layer: that keeps its own books about functions and their policies, and what CloudFormation does is not in them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pretoken::local::{Dirs, Emulator, install, spawn};
use serde_json::{Value, json};

use crate::stack::{STACK, Stack};
use crate::strict::Strict;

const KEY: &str = "test";
const REGION: &str = "us-east-1";

/// A second client and a secret variable: ids in an order that only AWS knows, and a value that only the deployer knows.
fn rich() -> String {
    let more = "[trigger.environment]\nPARTNER_KEY = \"s3cr3t\"\n\n[pools.customers.clients.desk]\ngenerate_secret = true\n\n[pools.customers.resource_servers";
    STACK.replacen("[pools.customers.resource_servers", more, 1)
}

struct Exported {
    /// Ends before its files go with the project.
    emulator: Emulator,
    stack: Stack,
    /// It has AWS's SDK for Python.
    python: PathBuf,
}

impl Exported {
    fn of(deploy: &str) -> Self {
        let stack = Stack::of(deploy);
        let package = stack.path("trigger.zip");
        stack.run(&["build", "--out", package.to_str().expect("a path")]).exits(0);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-cache");
        let dirs = Dirs { cache, state: PathBuf::new() };
        let (emulator, python) = runtime.block_on(async {
            let venv = install(&dirs, &|_| ()).await.expect("the emulator can be installed");
            let emulator = spawn(&venv, &stack.path("emulator")).await.expect("it starts");
            (emulator, venv.python())
        });
        Self { emulator, stack, python }
    }

    /// The document of a command that succeeds, on the emulator without the layer.
    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        let mut command = self.stack.command(&[arguments, &["-o", "json"]].concat());
        command.env("AWS_ENDPOINT_URL", self.emulator.url()).env("AWS_REGION", REGION);
        let output = command.env("AWS_ACCESS_KEY_ID", KEY).output().expect("the binary runs");
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// Lets CloudFormation create or update the stack of this name; returns its outputs.
    #[track_caller]
    fn deploy(&self, stack: &str, template: &Value, parameters: &Value) -> Value {
        let request = json!({
            "endpoint": self.emulator.url(), "region": REGION, "stack": stack,
            "template": template.to_string(), "package": self.stack.path("trigger.zip"),
            "bucket": "packages", "key": "trigger.zip", "parameters": parameters,
        });
        let mut driver = Command::new(&self.python);
        driver.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/cloudformation.py"));
        driver.arg(request.to_string()).env("AWS_ACCESS_KEY_ID", KEY);
        let output =
            driver.env("AWS_SECRET_ACCESS_KEY", Strict::SECRET).output().expect("it starts");
        assert!(output.status.success(), "{}", said(&output));
        serde_json::from_slice(&output.stdout).expect("outputs")
    }

    /// Exports this project and deploys it.
    #[track_caller]
    fn export(&self, flags: &[&str], parameters: &Value) -> Value {
        let place = ["--s3-bucket", "packages", "--s3-key", "trigger.zip"];
        let export = ["export", "cloudformation", "--package", "trigger.zip"];
        let exported = self.json(&[&export[..], &place, flags].concat());
        self.deploy("auth", &exported["template"], parameters)
    }

    /// What `plan` would change, as `kind: paths of fields`.
    #[track_caller]
    fn plan(&self) -> Vec<String> {
        let plan = self.json(&["plan"]);
        let change = |change: &Value| {
            let fields = change["fields"].as_array().expect("fields").iter();
            let paths: Vec<_> =
                fields.map(|field| field["path"].as_str().expect("a path")).collect();
            format!("{}: {}", change["resource"].as_str().expect("a kind"), paths.join(" "))
        };
        plan["changes"].as_array().expect("changes").iter().map(change).collect()
    }
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

/// The one difference that an export makes.
const MANAGER: [&str; 4] = [
    "log-group: tags.managed-by",
    "role: tags.managed-by",
    "pool: tags.managed-by",
    "function: tags.managed-by",
];

#[test]
fn cloudformation_deploys_what_up_would() {
    let project = Exported::of(&rich());
    let secret = json!({"EnvironmentPartnerKey": "s3cr3t"});
    let outputs = project.export(&[], &secret);
    assert_eq!(outputs["Version"], "1");
    let verified = project.json(&["verify"]);
    assert_eq!(verified["ok"], true, "{verified}");
    assert_eq!(project.plan(), MANAGER);
    let status = project.json(&["status"]);
    assert_eq!(status["outputs"]["pools"]["customers"]["id"], outputs["PoolCustomers"]);
    assert_eq!(status["outputs"]["alias_arn"], outputs["AliasArn"]);

    // Another setting of the function is another version, and the alias moves to it.
    let more = |lines: &str| rich().replacen("[trigger]", &format!("[trigger]\n{lines}"), 1);
    project.stack.write(&more("memory_mb = 256"));
    assert_eq!(project.export(&[], &secret)["Version"], "2");
    assert_eq!(project.plan(), MANAGER);
    // What a version does not freeze makes none: Lambda would have no second one that is equal.
    project.stack.write(&more("memory_mb = 256\nlog_retention_days = 7"));
    assert_eq!(project.export(&[], &secret)["Version"], "2");
    assert_eq!(project.plan(), MANAGER);

    // A template does not know the values of secrets: only --revision makes a version of another value.
    project.stack.write(&rich().replace("s3cr3t", "0th3r"));
    let secret = json!({"EnvironmentPartnerKey": "0th3r"});
    assert_eq!(project.export(&["--revision", "2"], &secret)["Version"], "3");
    assert_eq!(project.plan(), MANAGER);
}

#[test]
fn the_owner_of_an_adopted_pool_sets_its_trigger() {
    let owner = |trigger: Value| {
        let pool = json!({"UserPoolName": "company", "UserPoolTier": "ESSENTIALS", "LambdaConfig": trigger});
        json!({
            "Resources": {"Pool": {"Type": "AWS::Cognito::UserPool", "Properties": pool}},
            "Outputs": {"Id": {"Value": {"Ref": "Pool"}}},
        })
    };
    let project = Exported::of(STACK);
    let company = project.deploy("company", &owner(json!({})), &json!({}));
    let id = format!("id = {}", company["Id"]);
    project.stack.write(&STACK.replace("deletion_protection = false", &id));
    let alias = project.export(&[], &json!({}))["AliasArn"].take();
    let but_the_pool =
        ["log-group: tags.managed-by", "role: tags.managed-by", "function: tags.managed-by"];
    assert_eq!(project.plan(), [&but_the_pool[..], &["trigger: arn version"]].concat());

    let trigger =
        json!({"PreTokenGenerationConfig": {"LambdaArn": alias, "LambdaVersion": "V2_0"}});
    project.deploy("company", &owner(trigger), &json!({}));
    assert_eq!(project.plan(), but_the_pool);
    assert_eq!(project.json(&["verify"])["ok"], true);
}
