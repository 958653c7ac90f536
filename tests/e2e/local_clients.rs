//! The clients that applications use, at a local pool, as their own documentation shows them: each sees the scopes that the
//! rules promise.

use std::path::Path;

use crate::binary::Run;
use crate::clients::{NODE, installed};
use crate::local::Local;
use crate::local_exec::seeded;

#[test]
fn clients_by_others_see_what_the_rules_promise() {
    let pool = "deletion_protection = false\nadmin_create_user_config.allow_admin_create_user_only = false";
    let client = "[pools.customers.clients.web]\nauth_flows = [\"user-password\", \"user-srp\", \"refresh-token\"]";
    let stack = seeded().replace("deletion_protection = false", pool);
    let local = Local::of(&stack.replace("[pools.customers.clients.web]", client));
    let clients = installed();
    let python = clients.join("bin/python");
    let script = clients.join("python_libraries.py");
    let both = format!(
        "'{python}' '{script}' && exec '{python}' -c '{NODE}' '{node}'",
        python = python.display(),
        script = script.display(),
        node = clients.join("browser-libraries.mjs").display(),
    );
    let mut command =
        local.command(env!("CARGO_BIN_EXE_pretoken"), &["local", "exec", "--", "sh", "-ec", &both]);
    let run = Run::new(command.output().expect("it runs")).exits(0);
    assert_eq!(run.stdout, "python libraries: ok\nbrowser libraries: ok\n");
}

/// What `examples/local` shows runs as it stands there.
#[test]
fn the_examples_run() {
    let local = Local::new();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/local");
    let python = installed().join("bin/python").display().to_string();
    let run = |command: &[&str]| {
        let arguments = [&["local", "exec", "--"][..], command].concat();
        let mut command = local.command(env!("CARGO_BIN_EXE_pretoken"), &arguments);
        let command = command.current_dir(&example).env("PYTHONDONTWRITEBYTECODE", "1");
        Run::new(command.output().expect("it runs")).exits(0).stdout
    };
    let said = run(&[&python, "-m", "pytest", "-q", "-p", "no:cacheprovider"]);
    assert!(said.contains("2 passed"), "{said}");
    let said = run(&[&python, "-c", NODE, "--test", "--test-reporter=tap"]);
    assert!(said.contains("# pass 2"), "{said}");
}
