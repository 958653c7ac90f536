//! The copy of an adopted pool: made before the first write, compared, put back.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use aws_sdk_cognitoidentityprovider::types::LambdaConfigType;

use crate::adopt::unmanaged_pool;
use crate::binary::Run;
use crate::stack::{STACK, Stack};

fn backups(stack: &Stack) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(stack.path("state/pretoken/backups")) else {
        return vec![];
    };
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

#[test]
fn a_pool_is_saved_compared_and_put_back() {
    let stack = Stack::new();
    let sdk = stack.sdk();
    let pool = unmanaged_pool(&stack, &sdk);
    stack.aws.edit(&pool, |pool| {
        pool.document.insert("NotYetInvented".to_owned(), serde_json::json!({"Level": 3}));
    });
    stack.write(&STACK.replace("deletion_protection = false", &format!("id = \"{pool}\"")));
    let before = stack.aws.settings(&pool);
    stack.run(&["plan"]).exits(0);
    assert_eq!(backups(&stack), Vec::<PathBuf>::new(), "nothing is written, nothing is saved");
    let up = stack.run(&["up", "--yes", "--no-verify"]).exits(0);
    let [saved] = &backups(&stack)[..] else { panic!("one copy: {:?}", backups(&stack)) };
    let path = saved.to_str().expect("a path");
    assert!(up.stderr.contains(path), "{}", up.stderr);
    assert_eq!(saved.metadata().expect("there").permissions().mode() & 0o777, 0o600);

    let diff = ["pool", "diff", path];
    let shown = stack.run(&diff).exits(0).stdout;
    assert!(shown.contains("PreTokenGenerationConfig: (absent) -> "), "{shown}");
    stack.run(&["pool", "diff", path, "--detailed-exitcode"]).exits(2);

    // Somebody sets one thing the way everyone does, and AWS resets the others.
    let triggers = LambdaConfigType::builder().build();
    sdk.call(sdk.cognito.update_user_pool().user_pool_id(&pool).lambda_config(triggers).send());
    let shown = stack.run(&diff).exits(0).stdout;
    for lost in
        ["AutoVerifiedAttributes: [\"email\"] -> (absent)", "LambdaConfig", "NotYetInvented"]
    {
        assert!(shown.contains(lost), "{lost}\n{shown}");
    }
    stack.run(&["pool", "restore", path]).exits(6);
    let restored = stack.run(&["pool", "restore", path, "--yes", "-o", "json"]).exits(0).json();
    assert_eq!(restored["schema"], "pretoken/pool-restore/v1");
    assert_eq!(stack.aws.settings(&pool), before, "everything is as it was");
    stack.run(&["pool", "diff", path, "--detailed-exitcode"]).exits(0);
    stack.aws.clear();
    stack.run(&["pool", "restore", path, "--yes"]).exits(0);
    assert_eq!(stack.aws.mutating(), Vec::<String>::new(), "nothing to restore, nothing written");
}

#[test]
fn a_file_that_is_no_description_is_named() {
    let stack = Stack::new();
    let run = stack.run(&["pool", "diff", "deploy.toml"]).exits(4);
    assert!(run.stderr.contains("cannot use `deploy.toml`"), "{}", run.stderr);
}

#[test]
fn without_a_home_the_copy_lies_in_the_project() {
    let stack = Stack::new();
    let sdk = stack.sdk();
    let pool = unmanaged_pool(&stack, &sdk);
    stack.write(&STACK.replace("deletion_protection = false", &format!("id = \"{pool}\"")));
    stack.run(&["build", "--out", "trigger.zip"]).exits(0);
    let mut up = stack.command(&["up", "--yes", "--no-verify", "--package", "trigger.zip"]);
    up.env_remove("HOME").env_remove("XDG_STATE_HOME");
    Run::new(up.output().expect("the binary runs")).exits(0);
    let copies = std::fs::read_dir(stack.path(".pretoken/backups")).expect("a directory");
    assert_eq!(copies.count(), 1);
}
