//! Templates for other engines: what is in them, and what the engines' own checkers say of them.

mod alike;
mod checked;
#[path = "../linters/mod.rs"]
mod linters;
mod written;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Everything that an export treats in its own way: pools of two kinds, a client of other people, keys of odd letters, secrets.
const STACK: &str = r#"
name = "orders"
allowed_account_ids = ["123456789012"]

[trigger]
event_version = "V3_0"

[trigger.environment]
PARTNER_KEY = "s3cr3t"

[pools.customers.clients.web]
[pools.customers.clients.back-office]
generate_secret = true
auth_flows = ["admin-user-password"]
access_token_minutes = 5

[pools.customers.resource_servers.orders]
scopes = { read = "Costs ${nothing} and %{no one} says \"no\"" }
[pools.customers.resource_servers."https://api.example.com/v1"]

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

/// A project in a directory of its own.
struct Project(tempfile::TempDir);

impl Project {
    fn of(deploy: &str) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let write = |name: &str, bytes: &[u8]| {
            std::fs::write(directory.path().join(name), bytes).expect("written");
        };
        write("deploy.toml", deploy.as_bytes());
        // What counts of a package here is its hash.
        write("trigger.zip", b"PK one");
        write("other.zip", b"PK two");
        Self(directory)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The document of `export` with these arguments.
    #[track_caller]
    fn export(&self, arguments: &[&str]) -> Value {
        export(self.0.path(), arguments)
    }
}

/// The document of `export` in this directory.
#[track_caller]
fn export(directory: &Path, arguments: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pretoken"));
    let command = command.args(["-o", "json", "export"]).args(arguments);
    let output = command.current_dir(directory).env_clear().output().expect("the binary runs");
    let said = linters::said(&output);
    assert!(output.status.success(), "{arguments:?}: {said}");
    serde_json::from_slice(&output.stdout).expect("one JSON document")
}
