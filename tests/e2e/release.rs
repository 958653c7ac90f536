//! Code rollouts: what is verified stays and is remembered, what is not is rolled back, and the pool is never written.

use std::time::SystemTime;

use aws_sdk_cloudwatch::types::{Dimension, MetricDatum};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::binary::Run;
use crate::stack::{STACK, Sdk, Stack};
use crate::strict::{FOREVER, Moment, Pick, Refusal};

const FUNCTION: &str = "orders-pre-token";

/// The same stack with one more scope for everybody: another package, and nothing else.
fn changed() -> String {
    STACK
        .replace(
            "add_scopes = [\"orders/read\"]",
            "add_scopes = [\"orders/read\", \"orders/more\"]",
        )
        .replace("write = \"Change orders\"", "write = \"Change orders\", more = \"More\"")
}

/// A stack whose first version is live and verified, and a `deploy.toml` for a second one.
fn with_a_second_version() -> Stack {
    let stack = Stack::of(&changed().replace(", \"orders/more\"", ""));
    stack.run(&["up", "--yes"]).exits(0);
    stack.write(&changed());
    stack.aws.clear();
    stack
}

/// What the alias routes to: the version, and the share of another one.
fn route(sdk: &Sdk) -> (String, Vec<(String, f64)>) {
    let alias = sdk.call(sdk.lambda.get_alias().function_name(FUNCTION).name("live").send());
    let weights = alias.routing_config().and_then(|routing| routing.additional_version_weights());
    let weights = weights.into_iter().flatten().map(|(version, share)| (version.clone(), *share));
    (alias.function_version().expect("a version").to_owned(), weights.collect())
}

fn all_to(version: &str) -> (String, Vec<(String, f64)>) {
    (version.to_owned(), vec![])
}

#[track_caller]
fn pool_was_not_written(stack: &Stack) {
    let written: Vec<_> = stack
        .aws
        .mutating()
        .into_iter()
        .filter(|call| call.contains("UserPool") || call.ends_with("ResourceServer"))
        .collect();
    assert_eq!(written, Vec::<String>::new());
}

fn status(stack: &Stack) -> Vec<Value> {
    let status = stack.run(&["status", "-o", "json"]).exits(0).json();
    status["versions"].as_array().expect("versions").clone()
}

#[test]
fn rollback_goes_to_the_last_verified_version() {
    let stack = with_a_second_version();
    let nothing = stack.run(&["rollback", "--yes"]).exits(6);
    assert!(nothing.stderr.contains("no version before it was verified"), "{}", nothing.stderr);
    stack.run(&["up", "--yes"]).exits(0);
    pool_was_not_written(&stack);
    let sdk = stack.sdk();
    assert_eq!(route(&sdk), all_to("2"));
    let versions = status(&stack);
    assert_eq!(versions.iter().map(|it| it["percent"].clone()).collect::<Vec<_>>(), [0, 100]);
    assert!(versions.iter().all(|version| version["verified"].is_string()), "{versions:?}");

    stack.aws.clear();
    let unasked = stack.run(&["rollback"]).exits(6);
    assert!(unasked.stderr.contains("--yes"), "{}", unasked.stderr);
    let back = stack.run(&["rollback", "--yes", "-o", "json"]).exits(0).json();
    assert_eq!((&back["from"]["version"], &back["to"]), (&json!("2"), &json!("1")));
    assert_eq!(route(&sdk), all_to("1"));
    let written: Vec<_> =
        stack.aws.mutating().into_iter().filter(|call| call != "lambda:Invoke").collect();
    assert_eq!(written, ["lambda:UpdateAlias"], "one call, and no pool");
    stack.run(&["rollback", "--yes"]).exits(6);
    let absent = stack.run(&["rollback", "--to", "9", "--yes"]).exits(6);
    assert!(absent.stderr.contains("there are the versions 1, 2"), "{}", absent.stderr);
    stack.run(&["rollback", "--to", "2", "--yes"]).exits(0);
    assert_eq!(route(&sdk), all_to("2"));
    let here = stack.run(&["rollback", "--to", "2", "--yes"]).exits(0);
    assert!(here.stdout.contains("Nothing to do"), "{}", here.stdout);
}

#[test]
fn a_release_that_breaks_a_promise_is_taken_back() {
    let stack = with_a_second_version();
    let refusal = Refusal::new(
        400,
        "UserLambdaValidationException",
        "PreTokenGenerationV2_0 failed with error boom.",
    );
    stack.aws.refuse(Pick::Operation("AdminInitiateAuth"), refusal, FOREVER);
    let up = stack.run(&["up", "--yes", "-o", "json"]).exits(7).json();
    assert_eq!(up["verify"]["ok"], false);
    let broken: Vec<_> = up["verify"]["checks"]
        .as_array()
        .expect("checks")
        .iter()
        .filter(|check| check["ok"] == false)
        .map(|check| (check["name"].clone(), check["flow"].clone()))
        .collect();
    assert_eq!(broken, [(json!("staff can write"), json!("ADMIN_USER_PASSWORD_AUTH"))]);
    assert_eq!(up["rolled_back"], json!({"from": "2", "to": "1"}));
    assert_eq!(up["outputs"]["version"], "1");
    let sdk = stack.sdk();
    assert_eq!(route(&sdk), all_to("1"));
    pool_was_not_written(&stack);
    assert_eq!(status(&stack)[1]["verified"], Value::Null, "it was never proven");
    // The same again when the cause is gone.
    stack.aws.clear();
    stack.run(&["up", "--yes"]).exits(0);
    assert_eq!(route(&sdk), all_to("2"));
}

#[test]
fn what_nobody_could_prove_is_taken_back_too() {
    let stack = with_a_second_version();
    let refusal = Refusal::new(400, "AccessDeniedException", "not you");
    stack.aws.refuse(Pick::Operation("AdminCreateUser"), refusal, FOREVER);
    let up = stack.run(&["up", "--yes"]).exits(5);
    assert!(up.stderr.contains("version 1 serves everything again"), "{}", up.stderr);
    assert_eq!(route(&stack.sdk()), all_to("1"));
}

/// The shares that were set, in order: the version of the canary and its share.
fn shares(stack: &Stack) -> Vec<Value> {
    let calls = stack.aws.calls();
    let moves = calls.iter().filter(|call| call.operation == "UpdateAlias");
    moves.map(|call| call.params["RoutingConfig"]["AdditionalVersionWeights"].clone()).collect()
}

#[test]
fn a_canary_that_is_well_takes_everything() {
    let stack = with_a_second_version();
    let up = ["up", "--yes", "--canary", "25%", "--bake", "1s", "-o", "json"];
    let up = stack.run(&up).exits(0).json();
    assert_eq!(up["outputs"]["version"], "2");
    assert_eq!(up["verify"]["ok"], true);
    assert_eq!(shares(&stack), [json!({"2": 0.25}), json!({})]);
    pool_was_not_written(&stack);
    assert!(status(&stack)[1]["verified"].is_string());
    stack.aws.clear();
    stack.run(&["up", "--yes", "--no-verify", "--canary", "25%"]).exits(0);
    assert_eq!(stack.aws.mutating(), Vec::<String>::new(), "there is nothing to try");
}

/// What Lambda reports of the invocations of a version by the alias.
fn report_errors(sdk: &Sdk, version: &str, errors: f64) {
    let dimension = |name: &str, value: &str| Dimension::builder().name(name).value(value).build();
    let datum = MetricDatum::builder()
        .metric_name("Errors")
        .dimensions(dimension("FunctionName", FUNCTION))
        .dimensions(dimension("Resource", &format!("{FUNCTION}:live")))
        .dimensions(dimension("ExecutedVersion", version))
        .timestamp(SystemTime::now().into())
        .value(errors)
        .build();
    let call = sdk.metrics.put_metric_data().namespace("AWS/Lambda").metric_data(datum);
    sdk.call(call.send());
}

#[test]
fn a_canary_that_fails_is_taken_back() {
    let stack = with_a_second_version();
    let sdk = stack.sdk();
    report_errors(&sdk, "1", 5.0);
    report_errors(&sdk, "2", 3.0);
    let up = ["up", "--yes", "--canary", "10", "--bake", "1m", "-o", "json"];
    let failed = stack.run(&up).exits(7);
    let error = failed.json();
    assert!(
        error["message"]
            .as_str()
            .expect("text")
            .contains("version 2 did not prove itself: 3 of its"),
        "{error}"
    );
    assert_eq!(error["rolled_back"], json!({"from": "2", "to": "1"}));
    assert_eq!(shares(&stack), [json!({"2": 0.1}), json!({})]);
    assert_eq!(route(&sdk), all_to("1"));
    pool_was_not_written(&stack);
}

#[test]
fn whoever_may_not_watch_a_canary_does_not_begin_one() {
    let stack = with_a_second_version();
    let refusal = Refusal::new(400, "AccessDenied", "not you");
    stack.aws.refuse(Pick::Operation("GetMetricData"), refusal, FOREVER);
    let up = stack.run(&["up", "--yes", "--canary", "10%"]).exits(5);
    assert!(up.stderr.contains("cloudwatch:GetMetricData"), "{}", up.stderr);
    assert_eq!(stack.aws.mutating(), Vec::<String>::new());
}

#[test]
fn a_canary_is_ended_by_hand() {
    let stack = with_a_second_version();
    let sdk = stack.sdk();
    let held = stack.run(&["up", "--yes", "--canary", "10%", "--hold"]).exits(0);
    assert!(held.stdout.contains("end it with `promote` or `rollback`"), "{}", held.stdout);
    assert_eq!(route(&sdk), ("1".to_owned(), vec![("2".to_owned(), 0.1)]));
    let percents: Vec<_> = status(&stack).iter().map(|it| it["percent"].clone()).collect();
    assert_eq!(percents, [90, 10]);
    assert_eq!(stack.plan(), ["release orders-pre-token:live update"], "a canary is no end");

    stack.run(&["rollback", "--yes"]).exits(0);
    assert_eq!(route(&sdk), all_to("1"));
    let none = stack.run(&["promote", "--yes"]).exits(0);
    assert!(none.stdout.contains("no canary"), "{}", none.stdout);

    stack.run(&["up", "--yes", "--canary", "10%", "--hold"]).exits(0);
    let promoted = stack.run(&["promote", "--yes", "-o", "json"]).exits(0).json();
    assert_eq!((&promoted["from"], &promoted["to"]), (&json!("1"), &json!("2")));
    assert_eq!(promoted["verify"]["ok"], true);
    assert_eq!(route(&sdk), all_to("2"));
    assert!(status(&stack)[1]["verified"].is_string());
    assert_eq!(stack.plan(), Vec::<String>::new());
}

#[test]
fn a_signal_takes_the_canary_back() {
    // The last two are what a terminal sends that goes away, and `Ctrl-\`.
    for signal in [Signal::TERM, Signal::HUP, Signal::QUIT] {
        let stack = with_a_second_version();
        let run = stack.start(&["up", "--yes", "--canary", "10%", "--bake", "10m"]);
        // The first asks whether a canary can be watched at all.
        stack.wait_for("GetMetricData", 2);
        kill_process(Pid::from_child(&run), signal).expect("it runs");
        let run = Run::of(run).exits(143);
        assert!(run.stderr.contains("version 1 serves everything again"), "{}", run.stderr);
        assert_eq!(route(&stack.sdk()), all_to("1"));
        let status = stack.run(&["status", "-o", "json"]).exits(0).json();
        assert!(!status.to_string().contains("canary\":{"), "{status}");
    }
}

/// Another run, which routes half of the sign-ins to the second version between our publication and our move of the alias.
fn interfered(stack: &Stack, arguments: &[&str]) -> Run {
    let published = stack.aws.hold(Pick::Operation("PublishVersion"), Moment::After);
    let run = stack.start(arguments);
    published.wait_for(1);
    let sdk = stack.sdk();
    let routing = aws_sdk_lambda::types::AliasRoutingConfiguration::builder()
        .additional_version_weights("2", 0.5)
        .build();
    let call = sdk.lambda.update_alias().function_name(FUNCTION).name("live");
    sdk.call(call.routing_config(routing).send());
    published.release();
    Run::of(run)
}

#[test]
fn an_alias_that_another_run_moved_is_left_to_it() {
    let stack = with_a_second_version();
    let run = interfered(&stack, &["up", "--yes", "--no-verify"]).exits(8);
    assert!(run.stderr.contains("changed by somebody else"), "{}", run.stderr);
    assert!(run.stderr.contains("--wait"), "{}", run.stderr);
    assert_eq!(route(&stack.sdk()).1, [("2".to_owned(), 0.5)], "as the other run left it");
}

#[test]
fn with_wait_the_second_run_goes_on_when_the_first_has_ended() {
    let stack = with_a_second_version();
    interfered(&stack, &["up", "--yes", "--no-verify", "--wait", "5m"]).exits(0);
    assert_eq!(route(&stack.sdk()), all_to("2"));
}

/// A `deploy.toml` beside the stack's own, whose tokens say which run they are of.
fn beside(stack: &Stack, run: &str) -> String {
    let claim = format!("clients = [\"web\"]\naccess_claims = {{ run = \"{run}\" }}");
    stack.write(&STACK.replacen("clients = [\"web\"]", &claim, 1));
    let name = format!("{run}.toml");
    std::fs::copy(stack.path("deploy.toml"), stack.path(&name)).expect("copied");
    name
}

/// Both have looked at the same function. Whichever writes it first goes on; the other one writes nothing to it.
#[test]
fn of_two_different_runs_the_first_to_write_goes_on() {
    let stack = Stack::new();
    stack.run(&["up", "--yes"]).exits(0);
    let (first, second) = (beside(&stack, "first"), beside(&stack, "second"));
    let writing = stack.aws.hold_one(Pick::Operation("UpdateFunctionCode"), Moment::Before);
    let late = stack.start(&["up", "--yes", "-f", &second]);
    writing.wait_for(1);
    let publishing = stack.aws.hold_one(Pick::Operation("PublishVersion"), Moment::Before);
    let early = stack.start(&["up", "--yes", "-f", &first]);
    publishing.wait_for(1);
    writing.release();
    let late = Run::of(late).exits(8);
    assert!(late.stderr.contains("changed by somebody else"), "{}", late.stderr);
    publishing.release();
    Run::of(early).exits(0);
    assert_eq!(route(&stack.sdk()), all_to("2"));
    stack.run(&["plan", "-f", &first, "--detailed-exitcode"]).exits(0);
    stack.run(&["up", "--yes", "-f", &second]).exits(0);
}

/// The tokens of a pool that came later name no client under a version that does not know it.
#[test]
fn a_version_from_before_a_pool_can_be_rolled_back_to() {
    const PARTNERS: &str = r#"
[pools.partners]
deletion_protection = false

[pools.partners.clients.app]
auth_flows = ["user-password", "refresh-token"]

[[expect]]
name = "partners are named"
pool = "partners"
client = "app"
access_claims = { app = "app" }
"#;
    let named = format!(
        "{STACK}\n[[rules]]\nname = \"named\"\naccess_claims = {{ app = \"{{client}}\" }}\n"
    );
    let stack = Stack::of(&named);
    stack.run(&["up", "--yes"]).exits(0);
    stack.write(&format!("{named}{PARTNERS}"));
    stack.run(&["up", "--yes"]).exits(0);
    stack.aws.clear();
    let back = stack.run(&["rollback", "--to", "1", "--yes", "-o", "json"]).exits(0);
    let (said, back) = (back.stderr.clone(), back.json());
    assert_eq!(back["unknown"], json!(["partners"]));
    assert_eq!(back["unkept"], json!(["partners are named"]));
    assert!(said.contains("does not know the pool partners"), "{said}");
    assert!(said.contains("does not keep `partners are named`"), "{said}");
    assert_eq!(route(&stack.sdk()), all_to("1"));
    pool_was_not_written(&stack);
    let again = stack.run(&["rollback", "--to", "2", "--yes", "-o", "json"]).exits(0).json();
    assert_eq!((&again["unknown"], &again["unkept"]), (&json!([]), &json!([])));
}

#[test]
fn two_first_runs_at_once_make_one_stack() {
    let stack = Stack::new();
    stack.run(&["build"]).exits(0);
    let writing = stack.aws.hold(Pick::Operation("CreateLogGroup"), Moment::Before);
    let arguments = ["up", "--yes", "--wait", "5m"];
    let both = [stack.start(&arguments), stack.start(&arguments)];
    writing.wait_for(2);
    writing.release();
    for run in both {
        Run::of(run).exits(0);
    }
    let sdk = stack.sdk();
    let pools = sdk.call(sdk.cognito.list_user_pools().max_results(60).send());
    assert_eq!(pools.user_pools().len(), 1);
    assert_eq!(stack.plan(), Vec::<String>::new());
}

#[test]
fn old_versions_go_but_never_the_last_good_one() {
    let few = |text: &str| text.replace("[trigger]", "[trigger]\nkeep_versions = 1");
    let stack = Stack::of(&few(STACK));
    stack.run(&["up", "--yes"]).exits(0);
    for memory in ["memory_mb = 256", "memory_mb = 512"] {
        stack.write(&few(STACK).replace("[trigger]", &format!("[trigger]\n{memory}")));
        stack.run(&["up", "--yes", "--no-verify"]).exits(0);
    }
    let versions: Vec<_> = status(&stack).iter().map(|it| it["version"].clone()).collect();
    assert_eq!(versions, ["1", "3"], "2 was never verified, 1 was");
    stack.run(&["rollback", "--yes"]).exits(0);
    assert_eq!(route(&stack.sdk()), all_to("1"));
}
