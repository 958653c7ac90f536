//! What `export` says, deployed by `CloudFormation`: the tokens are right, and `plan` finds nothing but another manager.
//!
//! On an emulator of its own, in its first account and region, where unsigned sign-ins find a pool, and without the strict
//! layer: that keeps its own books about functions and their policies, and what `CloudFormation` does is not in them.

use std::path::{Path, PathBuf};
use std::process::Command;

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
    fn new() -> Self {
        let stack = Stack::of(&rich());
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

    /// The binary, on the emulator without the layer.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = self.stack.command(arguments);
        command.env("AWS_ENDPOINT_URL", self.emulator.url());
        let output = command.env("AWS_ACCESS_KEY_ID", KEY).env("AWS_REGION", REGION).output();
        let output = output.expect("the binary runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        if output.status.code() == Some(0) {
            (Some(0), stdout)
        } else {
            (output.status.code(), stdout + &stderr)
        }
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        let (code, text) = self.run(&[arguments, &["-o", "json"]].concat());
        assert_eq!(code, Some(0), "{text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Exports the template and lets `CloudFormation` create or update the stack; returns its outputs.
    #[track_caller]
    fn deploy(&self) -> Value {
        let exported = self.json(&[
            "export",
            "cloudformation",
            "--package",
            "trigger.zip",
            "--s3-bucket",
            "packages",
            "--s3-key",
            "trigger.zip",
        ]);
        let request = json!({
            "endpoint": self.emulator.url(), "region": REGION, "stack": "auth",
            "template": exported["template"].to_string(), "package": self.stack.path("trigger.zip"),
            "bucket": "packages", "key": "trigger.zip", "parameters": {"EnvironmentPartnerKey": "s3cr3t"},
        });
        let mut driver = Command::new(&self.python);
        driver.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/cloudformation.py"));
        driver.arg(request.to_string()).env("AWS_ACCESS_KEY_ID", KEY);
        let output =
            driver.env("AWS_SECRET_ACCESS_KEY", Strict::SECRET).output().expect("it starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("outputs")
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

/// The one difference that an export makes.
const MANAGER: [&str; 4] = [
    "log-group: tags.managed-by",
    "role: tags.managed-by",
    "pool: tags.managed-by",
    "function: tags.managed-by",
];

#[test]
fn cloudformation_deploys_what_up_would() {
    let project = Exported::new();
    let outputs = project.deploy();
    assert_eq!(outputs["Version"], "1");
    let verified = project.json(&["verify"]);
    assert_eq!(verified["ok"], true, "{verified}");
    assert_eq!(project.plan(), MANAGER);
    let status = project.json(&["status"]);
    assert_eq!(status["outputs"]["pools"]["customers"]["id"], outputs["PoolCustomers"]);
    assert_eq!(status["outputs"]["alias_arn"], outputs["AliasArn"]);

    // Another setting of the function is another version, and the alias moves to it.
    project.stack.write(&rich().replacen("[trigger]", "[trigger]\nmemory_mb = 256", 1));
    assert_eq!(project.deploy()["Version"], "2");
    assert_eq!(project.plan(), MANAGER);
    // What a version does not freeze makes none: Lambda would have no second one that is equal.
    project.stack.write(&rich().replacen(
        "[trigger]",
        "[trigger]\nmemory_mb = 256\nlog_retention_days = 7",
        1,
    ));
    assert_eq!(project.deploy()["Version"], "2");
    assert_eq!(project.plan(), MANAGER);
}
