//! Saved plans: done by another process exactly as they were read, or not at all.

use serde_json::{Value, json};

use crate::binary::Run;
use crate::package::two_packages;
use crate::stack::{STACK, Stack};
use crate::strict::{FOREVER, Moment, Pick, Refusal};

const ENVIRONMENTS: &str = "\n[env.\"pr-*\"]\ntrigger.memory_mb = 256\n";
const PLAN: &[&str] = &["plan", "--package", "trigger.zip", "--out", "plan.json"];
const UP: &[&str] = &["up", "plan.json", "--yes", "--package", "trigger.zip"];

/// A project with its package, and a plan to create everything.
fn planned() -> Stack {
    let stack = Stack::of(&format!("{STACK}{ENVIRONMENTS}"));
    two_packages(&stack);
    stack.run(PLAN).exits(0);
    stack
}

fn saved(stack: &Stack) -> Value {
    let text = std::fs::read_to_string(stack.path("plan.json")).expect("saved");
    serde_json::from_str(&text).expect("JSON")
}

/// Runs what must be refused without a write, and returns what was said.
#[track_caller]
fn refused(stack: &Stack, arguments: &[&str]) -> String {
    stack.aws.clear();
    let run = stack.run(arguments).exits(6);
    assert_eq!(stack.aws.mutating(), Vec::<String>::new());
    run.stderr
}

#[test]
fn a_plan_reads_and_up_does_what_it_says() {
    let stack = planned();
    let reads = |call: &String| {
        let operation = call.split(':').nth(1).expect("service:Operation");
        ["Get", "List", "Describe"].iter().any(|verb| operation.starts_with(verb))
    };
    let calls: Vec<_> = stack.aws.calls().iter().map(crate::strict::Called::name).collect();
    assert!(calls.len() > 5 && calls.iter().all(reads), "{calls:?}");
    assert_eq!(stack.aws.mutating(), Vec::<String>::new());

    let plan = saved(&stack);
    assert_eq!(
        (&plan["schema"], &plan["saved"]["stack"]),
        (&"pretoken/plan/v1".into(), &"orders".into())
    );
    let run = stack.run(&[UP, &["-o", "json"]].concat()).exits(0);
    assert!(run.stderr.contains("Plan: 10 to create"), "it is shown again: {}", run.stderr);
    let up = run.json();
    assert_eq!(up["changes"], plan["changes"], "exactly what was planned");
    assert_eq!(up["verify"]["ok"], true);

    let again = refused(&stack, UP);
    assert!(
        again.contains("the role orders-pre-token was not there when the plan was made"),
        "{again}"
    );

    // A plan with nothing to do is one too.
    stack.run(PLAN).exits(0);
    stack.aws.clear();
    let nothing = stack.run(&[UP, &["--no-verify"]].concat()).exits(0);
    assert!(nothing.stdout.contains("Nothing to do"), "{}", nothing.stdout);
    assert_eq!(stack.aws.mutating(), Vec::<String>::new());

    // On what is deployed, reading is all that a plan does, too; its own package is as good as the file.
    stack.write(
        &format!("{STACK}{ENVIRONMENTS}").replace("[trigger]", "[trigger]\nmemory_mb = 192"),
    );
    stack.aws.clear();
    stack.run(&["plan", "--out", "plan.json"]).exits(0);
    let mutating = stack.aws.mutating();
    assert_eq!(mutating, Vec::<String>::new());
    stack.run(&["up", "plan.json", "--yes", "--no-verify"]).exits(0);
    assert_eq!(stack.plan(), Vec::<String>::new());
}

#[test]
fn everything_that_moved_is_named_and_nothing_is_written() {
    let stack = planned();
    let sdk = stack.sdk();
    stack.run(UP).exits(0);
    let changed = |from: &str, to: &str| format!("{STACK}{ENVIRONMENTS}").replace(from, to);
    stack.write(&changed("[trigger]", "[trigger]\nmemory_mb = 192"));
    stack.run(PLAN).exits(0);

    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let update = sdk.iam.update_assume_role_policy().role_name("orders-pre-token");
    sdk.call(update.policy_document(trust).send());
    let said = refused(&stack, UP);
    assert!(said.contains("the role orders-pre-token is not as the plan saw it: trust"), "{said}");
    assert!(said.contains("make a new one with `pretoken plan --out plan.json`"), "{said}");

    stack.write(&changed("[trigger]", "[trigger]\nmemory_mb = 224"));
    let said = refused(&stack, &["up", "plan.json", "--yes", "--package", "other.zip"]);
    let hash = |said: &str| said.contains("the package differs: the plan has ");
    assert!(hash(&said) && said.contains("is deployed with --package"), "{said}");
    assert!(said.contains("deploy.toml changed since: trigger.memory_mb"), "{said}");
    assert!(
        said.contains("the role orders-pre-token is not as the plan saw it"),
        "all at once: {said}"
    );

    let run: Run = stack.run(&[UP, &["-o", "json"]].concat()).exits(6);
    let moved = &run.json()["moved"];
    assert_eq!(moved[0], json!({"moved": "config", "keys": ["trigger.memory_mb"]}));
    assert_eq!(moved[1]["resource"], "role orders-pre-token");
}

#[test]
fn a_plan_for_elsewhere_is_refused_by_saying_so() {
    let stack = planned();
    let said = refused(&stack, &[UP, &["-e", "pr-1"]].concat());
    assert!(
        said.contains("environment: the plan is for no environment, and this is `pr-1`"),
        "{said}"
    );
    let said = refused(&stack, &[UP, &["--region", "us-east-1"]].concat());
    assert!(said.contains("region: the plan is for eu-west-1, and this is us-east-1"), "{said}");
    let mut command = stack.command(UP);
    command.env("AWS_ACCESS_KEY_ID", "999999999999");
    let run = Run::new(command.output().expect("the binary runs")).exits(6);
    let account = format!("account: the plan is for {}, and this is ", stack.aws.account());
    assert!(run.stderr.contains(&account), "{}", run.stderr);
    stack.write(&STACK.replace("name = \"orders\"", "name = \"shop\""));
    let said = refused(&stack, UP);
    assert!(said.contains("stack: the plan is for orders, and this is shop"), "{said}");
    assert!(said.contains("make a plan for here"), "{said}");
}

#[test]
fn files_that_are_no_plans_of_ours() {
    let stack = planned();
    let plan = saved(&stack);
    let wrong = |document: &Value, code: i32, reason: &str| {
        let text = serde_json::to_string_pretty(document).expect("JSON") + "\n";
        std::fs::write(stack.path("plan.json"), text).expect("written");
        stack.aws.clear();
        let run = stack.run(UP).exits(code);
        assert!(run.stderr.contains(reason), "{reason}: {}", run.stderr);
        assert_eq!(stack.aws.mutating(), Vec::<String>::new());
    };
    let with = |path: &str, value: Value| {
        let mut document = plan.clone();
        *document.pointer_mut(path).expect("a member") = value;
        document
    };
    wrong(&json!([1]), 4, "its schema is not `pretoken/plan/v1`");
    wrong(&with("/schema", json!("pretoken/up/v1")), 4, "its schema is not `pretoken/plan/v1`");
    wrong(&with("/schema", json!("pretoken/plan/v2")), 4, "its schema is `pretoken/plan/v2`");
    wrong(&with("/saved", Value::Null), 4, "it was printed, not saved");
    wrong(&with("/saved/observed", json!(1)), 4, "`plan.json` is no saved plan");
    wrong(
        &with("/saved/pretoken", json!("9.9.9")),
        6,
        "version of pretoken: the plan is for 9.9.9",
    );
    wrong(&with("/saved/salt", json!("?")), 6, "was edited");
    wrong(&with("/changes/0/action", json!("delete")), 6, "was edited");
    wrong(&with("/notes", json!(["all is well"])), 6, "was edited");
    wrong(&with("/tokens", json!([])), 6, "was edited");
    let consent = json!({ "take_over": true, "change_tier": true });
    wrong(&with("/saved/consent", consent), 6, "was edited");
    // Whoever reads from the top sees the first, and every program the last.
    let whole = serde_json::to_string_pretty(&plan).expect("JSON");
    let twice = whole.replacen('{', "{\n  \"notes\": [\"all is well\"],", 1);
    std::fs::write(stack.path("plan.json"), twice).expect("written");
    assert!(stack.run(UP).exits(6).stderr.contains("was edited"));
    std::fs::write(stack.path("plan.json"), "{").expect("written");
    assert!(stack.run(UP).exits(4).stderr.contains("`plan.json` is no saved plan"));
    assert!(stack.run(&["up", "none.json", "--yes"]).exits(4).stderr.contains("No such file"));
    // Consent is in the plan, and another run that ends leaves another world.
    for flag in ["--take-over", "--change-tier", "--wait"] {
        let flags = stack.run(&["up", "plan.json", flag]).exits(4);
        assert!(flags.stderr.contains("cannot be used with"), "{}", flags.stderr);
    }
}

#[test]
fn a_saved_plan_is_private_holds_no_secret_and_wants_a_yes() {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;
    let secret = "[trigger.environment]\nPARTNER_KEY = \"s3cr3t-value\"\n\n[pools.customers]";
    let stack = Stack::of(&STACK.replace("[pools.customers]", secret));
    two_packages(&stack);
    // Somebody else's file, by a link, is neither opened nor written.
    let (path, theirs) = (stack.path("plan.json"), stack.path("theirs"));
    std::fs::write(&theirs, "theirs").expect("written");
    std::os::unix::fs::symlink(&theirs, &path).expect("linked");
    assert!(stack.run(PLAN).exits(6).stderr.contains("is no regular file"));
    assert_eq!(std::fs::read_to_string(&theirs).expect("readable"), "theirs");
    std::fs::remove_file(&path).expect("unlinked");
    std::fs::write(&path, "an older plan").expect("written");
    std::fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("opened");
    stack.run(PLAN).exits(0);
    let text = std::fs::read_to_string(&path).expect("saved");
    assert!(!text.contains("s3cr3t-value") && text.contains("PARTNER_KEY"), "{text}");
    let mode = std::fs::metadata(&path).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let said = refused(&stack, &["up", "plan.json", "--package", "trigger.zip"]);
    assert!(said.contains("hint: add --yes"), "{said}");
}

#[test]
fn a_plan_that_was_begun_is_used_up() {
    let stack = planned();
    let denied = Refusal::new(403, "AccessDenied", "not authorized to perform: iam:CreateRole");
    stack.aws.refuse(Pick::Operation("iam:CreateRole"), denied, FOREVER);
    let run = stack.run(UP).exits(5);
    assert!(run.stderr.contains("make a new plan for the rest"), "{}", run.stderr);
    assert!(!run.stderr.contains("run the same command again"), "it would not: {}", run.stderr);
    stack.aws.clear();
    let said = refused(&stack, UP);
    assert!(said.contains("was not there when the plan was made"), "{said}");
    stack.run(PLAN).exits(0);
    stack.run(&[UP, &["--no-verify"]].concat()).exits(0);
}

/// Somebody changes the pool after our first look at it and before our first write.
#[test]
fn the_world_is_looked_at_again_right_before_the_first_write() {
    let stack = planned();
    let up = stack.run(&[UP, &["-o", "json"]].concat()).exits(0).json();
    let pool = up["outputs"]["pools"]["customers"]["id"].as_str().expect("a pool").to_owned();
    stack.write(
        &format!("{STACK}{ENVIRONMENTS}").replace("[trigger]", "[trigger]\nmemory_mb = 192"),
    );
    stack.run(PLAN).exits(0);
    stack.aws.clear();
    let looked = stack.aws.hold(Pick::Operation("DescribeUserPool"), Moment::After);
    let run = stack.start(&[UP, &["--no-verify"]].concat());
    looked.wait_for(1);
    stack.aws.edit(&pool, |pool| {
        pool.document.insert("DeletionProtection".to_owned(), json!("ACTIVE"));
    });
    looked.release();
    let run = Run::of(run).exits(6);
    let said = "the pool customers is not as the plan saw it: deletion_protection";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    assert!(run.stderr.contains("nothing was changed"), "{}", run.stderr);
    assert!(
        run.stderr.contains("0 to create, 2 to change"),
        "the first look was right: {}",
        run.stderr
    );
    assert_eq!(stack.aws.mutating(), Vec::<String>::new());
}

#[test]
fn consent_is_part_of_the_plan() {
    let stack = Stack::new();
    let sdk = stack.sdk();
    let theirs = format!("arn:aws:lambda:eu-west-1:{}:function:theirs", stack.aws.account());
    let pool = sdk.call(sdk.cognito.create_user_pool().pool_name("company").send());
    let id = pool.user_pool().and_then(|pool| pool.id()).expect("an id").to_owned();
    sdk.call(sdk.cognito.describe_user_pool().user_pool_id(&id).send());
    stack.aws.edit(&id, |pool| {
        let slot =
            json!({"PreTokenGenerationConfig": {"LambdaArn": theirs, "LambdaVersion": "V2_0"}});
        pool.document.insert("LambdaConfig".to_owned(), slot);
    });
    stack.write(&STACK.replace("deletion_protection = false", &format!("id = \"{id}\"")));
    two_packages(&stack);
    stack.run(PLAN).exits(6);
    assert!(!stack.path("plan.json").exists(), "what is refused is not saved");
    stack.run(&[PLAN, &["--take-over"]].concat()).exits(0);
    stack.run(&[UP, &["--no-verify"]].concat()).exits(0);
    let slot =
        stack.aws.settings(&id)["LambdaConfig"]["PreTokenGenerationConfig"]["LambdaArn"].clone();
    assert!(slot.as_str().is_some_and(|arn| arn.ends_with("orders-pre-token:live")), "{slot}");
}
