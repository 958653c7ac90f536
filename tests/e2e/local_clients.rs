//! The clients that applications use, at a local pool, as their own documentation shows them: each sees the scopes that the
//! rules promise.

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
    let mut command = local.command(
        env!("CARGO_BIN_EXE_pretoken"),
        &["local", "exec", "--", "sh", "-ec", &both],
    );
    let run = Run::new(command.output().expect("it runs")).exits(0);
    assert_eq!(run.stdout, "python libraries: ok\nbrowser libraries: ok\n");
}
