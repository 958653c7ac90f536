//! Built once, deployed many times: the bytes of a file, in every environment, by a machine without Rust.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::binary::Run;
use crate::stack::{STACK, Stack};

const ENVIRONMENTS: &str = "\n[env.\"pr-*\"]\ntrigger.memory_mb = 256\n";
/// An environment with rules of its own.
const OTHER_RULES: &str = r#"
[[env.strict.rules]]
name = "staff write"
groups = ["staff"]
add_scopes = ["orders/read", "orders/write"]
access_claims = { desk = "{client}" }
"#;

fn built(stack: &Stack) -> Value {
    stack.run(&["build", "--out", "trigger.zip", "-o", "json"]).exits(0).json()
}

/// The binary on a machine where neither cargo nor anything else is installed.
fn without_rust(stack: &Stack, arguments: &[&str]) -> Run {
    let mut command: Command = stack.command(arguments);
    for (name, _) in std::env::vars_os() {
        let shown = name.to_string_lossy();
        if shown.starts_with("CARGO") || shown.starts_with("RUST") {
            command.env_remove(name);
        }
    }
    command.env("PATH", stack.path("nothing")).env("HOME", stack.path("nobody"));
    Run::new(command.output().expect("the binary runs"))
}

#[test]
fn one_package_serves_every_environment() {
    let stack = Stack::of(&format!("{STACK}{ENVIRONMENTS}"));
    let build = built(&stack);
    for (key, name) in [
        ("out", "trigger.zip"),
        ("manifest", "trigger.zip.manifest.json"),
        ("sbom", "trigger.zip.cdx.json"),
    ] {
        assert_eq!(build[key], name);
        assert!(stack.path(name).is_file(), "{name}");
    }
    let text = std::fs::read_to_string(stack.path("trigger.zip.manifest.json")).expect("written");
    let manifest: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(manifest["schema"], "pretoken/manifest/v1");
    assert_eq!(manifest["code_sha256"], build["code_sha256"]);

    // Nothing is built any more.
    let run = without_rust(&stack, &["up", "--yes"]).exits(1);
    assert!(run.stderr.contains("cannot be started"), "{}", run.stderr);
    let deployed = |env: &str| {
        let arguments = ["up", "--yes", "--package", "trigger.zip", "-e", env, "-o", "json"];
        let up = without_rust(&stack, &arguments).exits(0).json();
        assert_eq!(up["outputs"]["code_sha256"], build["code_sha256"], "{env}");
        assert_eq!(up["verify"]["ok"], true, "{env}");
        up
    };
    let (one, two) = (deployed("pr-1"), deployed("pr-2"));
    let id = |up: &Value| up["outputs"]["pools"]["customers"]["id"].clone();
    assert_ne!(id(&one), id(&two));
    let plan = ["plan", "--package", "trigger.zip", "-e", "pr-1", "--detailed-exitcode"];
    without_rust(&stack, &plan).exits(0);
    let sdk = stack.sdk();
    for function in ["orders-pr-1-pre-token", "orders-pr-2-pre-token"] {
        let live =
            sdk.lambda.get_function_configuration().function_name(function).qualifier("live");
        assert_eq!(sdk.call(live.send()).code_sha256(), build["code_sha256"].as_str());
    }
}

#[test]
fn what_is_not_for_here_is_refused_before_anything_is_written() {
    let stack = Stack::of(&format!("{STACK}{OTHER_RULES}"));
    built(&stack);
    let refused = |arguments: &[&str], reason: &str| {
        let run =
            without_rust(&stack, &[arguments, &["--package", "trigger.zip"]].concat()).exits(6);
        assert!(run.stderr.contains(reason), "{}", run.stderr);
        assert!(run.stderr.contains("build --out FILE"), "{}", run.stderr);
    };
    let reason = "its rules are not those of deploy.toml (only in it: `everyone reads`; changed: `staff write`)";
    refused(&["plan", "-e", "strict"], reason);
    refused(&["up", "--yes", "-e", "strict"], reason);
    let text = std::fs::read_to_string(stack.path("deploy.toml")).expect("readable");
    let (here, other) =
        if cfg!(target_arch = "aarch64") { ("arm64", "x86_64") } else { ("x86_64", "arm64") };
    let foreign = text.replace(&format!("\"{here}\""), &format!("\"{other}\""));
    std::fs::write(stack.path("deploy.toml"), foreign).expect("written");
    refused(
        &["up", "--yes"],
        &format!("it is built for {here}, and the function's architecture is {other}"),
    );
    std::fs::write(stack.path("deploy.toml"), text).expect("written");

    let zip = std::fs::read(stack.path("trigger.zip")).expect("readable");
    std::fs::write(stack.path("trigger.zip"), repacked(&zip)).expect("written");
    refused(&["up", "--yes"], "its manifest is of another file");
    assert_eq!(stack.aws.mutating(), Vec::<String>::new());
    std::fs::remove_file(stack.path("trigger.zip.manifest.json")).expect("removed");
    refused(&["up", "--yes"], "there is no manifest beside it, `trigger.zip.manifest.json`");
}

#[test]
fn a_file_that_is_no_package_is_a_wrong_argument() {
    let stack = Stack::new();
    std::fs::write(stack.path("notes.zip"), "not a zip file").expect("written");
    for (file, reason) in [("notes.zip", "as a zip file"), ("nothing.zip", "No such file")] {
        let run = without_rust(&stack, &["up", "--yes", "--package", file]).exits(4);
        assert!(run.stderr.contains(&format!("`{file}` is no package")), "{}", run.stderr);
        assert!(run.stderr.contains(reason), "{}", run.stderr);
    }
    assert_eq!(stack.aws.mutating(), Vec::<String>::new());
}

/// The same files in another zip.
pub(crate) fn repacked(zip: &[u8]) -> Vec<u8> {
    use std::io::{Cursor, Read as _, Write as _};
    let mut old = zip::ZipArchive::new(Cursor::new(zip)).expect("a zip");
    let mut new = zip::ZipWriter::new(Cursor::new(vec![]));
    for index in 0..old.len() {
        let mut file = old.by_index(index).expect("an entry");
        let mut bytes = vec![];
        file.read_to_end(&mut bytes).expect("reads");
        let options = zip::write::SimpleFileOptions::DEFAULT
            .compression_level(Some(1))
            .unix_permissions(file.unix_mode().expect("a mode"));
        new.start_file(file.name().expect("a name"), options).expect("starts");
        new.write_all(&bytes).expect("writes");
    }
    new.finish().expect("finishes").into_inner()
}

/// For the tests of saved plans: `trigger.zip`, built, and `other.zip`, of other bytes.
pub(crate) fn two_packages(stack: &Stack) {
    built(stack);
    let zip = std::fs::read(stack.path("trigger.zip")).expect("readable");
    let other: &Path = &stack.path("other.zip");
    let zip = repacked(&zip);
    let hash = ring::digest::digest(&ring::digest::SHA256, &zip);
    let hex: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let manifest = serde_json::json!({ "schema": "pretoken/manifest/v1", "sha256": hex });
    std::fs::write(other, zip).expect("written");
    std::fs::write(stack.path("other.zip.manifest.json"), manifest.to_string()).expect("written");
}
