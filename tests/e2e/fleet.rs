//! Several environments side by side, each in an account and a region of its own.

use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::binary::Run;
use crate::stack::{STACK, Stack};
use crate::strict::{FOREVER, Moment, Options, Pick, Refusal, Strict};

const ENVIRONMENTS: &str = r#"
[env.eu]
region = "eu-west-1"
profile = "first"

[env.us]
region = "us-east-1"
profile = "second"

[env.ap]
region = "ap-southeast-2"
profile = "first"
assume_role = "arn:aws:iam::ACCOUNT:role/deployer"
"#;

/// Two accounts, and in the first one a role.
struct Fleet {
    first: Stack,
    second: Strict,
}

impl Fleet {
    fn new() -> Self {
        let first = Stack::new();
        let second = Strict::start(Options::default());
        let environments = ENVIRONMENTS.replace("ACCOUNT", first.aws.account());
        first.write(&format!("{STACK}{environments}"));
        let profile = |name: &str, aws: &Strict| {
            let (url, key, secret) = (aws.url(), aws.account(), Strict::SECRET);
            format!(
                "[profile {name}]\nendpoint_url = {url}\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n"
            )
        };
        let profiles = profile("first", &first.aws) + &profile("second", &second);
        std::fs::write(first.path("config"), profiles).expect("written");
        let fleet = Self { first, second };
        fleet.make_role();
        fleet
    }

    /// Whom the account's root may become.
    fn make_role(&self) {
        let sdk = self.first.sdk();
        let root = format!("arn:aws:iam::{}:root", self.first.aws.account());
        let trust = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "sts:AssumeRole"},
        ]});
        let role = sdk.iam.create_role().role_name("deployer");
        sdk.call(role.assume_role_policy_document(trust.to_string()).send());
        let all = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
        ]});
        let policy = sdk.iam.put_role_policy().role_name("deployer").policy_name("all");
        sdk.call(policy.policy_document(all.to_string()).send());
    }

    /// The variables name somebody who is nobody: each environment has its profile.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.first.command(arguments);
        command.env_remove("AWS_ENDPOINT_URL").env("AWS_CONFIG_FILE", self.first.path("config"));
        command.env("AWS_ACCESS_KEY_ID", "999999999999").env("AWS_SECRET_ACCESS_KEY", "nobody");
        command
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Run {
        Run::new(self.command(arguments).output().expect("the binary runs"))
    }

    #[track_caller]
    fn pools(&self) -> usize {
        let regions = ["eu-west-1", "us-east-1", "ap-southeast-2"];
        let made = |aws: &Strict| {
            let calls = aws.calls();
            let of = |name| {
                calls
                    .iter()
                    .filter(|call| call.operation == name && call.status == Some(200))
                    .count()
            };
            of("CreateUserPool") - of("DeleteUserPool")
        };
        assert_eq!(regions.len(), 3);
        made(&self.first.aws) + made(&self.second)
    }
}

fn environments(document: &Value) -> Vec<Value> {
    assert_eq!(document["schema"], "pretoken/fleet/v1");
    document["environments"].as_array().expect("environments").clone()
}

fn codes(document: &Value) -> Vec<Value> {
    environments(document).iter().map(|ended| ended["exit"].clone()).collect()
}

#[test]
fn every_environment_goes_to_its_own_place_and_is_proven_there() {
    let fleet = Fleet::new();
    let up = fleet.run(&["up", "--all", "--yes", "-o", "json"]).exits(0);
    let document = up.json();
    let places: Vec<_> = environments(&document)
        .iter()
        .map(|ended| {
            assert_eq!(ended["document"]["verify"]["ok"], true, "{ended:#}");
            let target = &ended["document"]["target"];
            [&ended["env"], &target["env"], &target["account"], &target["region"]]
                .map(|value| value.as_str().expect("a text").to_owned())
        })
        .collect();
    let (first, second) = (fleet.first.aws.account(), fleet.second.account());
    assert_eq!(
        places,
        [
            ["eu", "eu", first, "eu-west-1"],
            ["us", "us", second, "us-east-1"],
            ["ap", "ap", first, "ap-southeast-2"],
        ]
    );
    assert!(up.stderr.contains("caller=assumed-role/deployer/pretoken"), "{}", up.stderr);
    assert!(
        up.stderr
            .lines()
            .all(|line| ["eu  ", "us  ", "ap  "].iter().any(|name| line.starts_with(name))),
        "{}",
        up.stderr
    );

    let plan = fleet.run(&["plan", "-e", "eu,us,ap", "--detailed-exitcode"]).exits(0);
    assert!(plan.stdout.contains("environment  account"), "{}", plan.stdout);
    let verified = fleet.run(&["verify", "-e", "us, eu", "--junit", "{env}.xml", "-o", "json"]);
    assert_eq!(codes(&verified.exits(0).json()), [0, 0]);
    assert!(fleet.first.path("us.xml").exists() && fleet.first.path("eu.xml").exists());
    let status = fleet.run(&["status", "--all"]).exits(0);
    assert_eq!(status.stdout.matches("No drift.").count(), 3, "{}", status.stdout);

    let destroyed = fleet.run(&["destroy", "--all", "--yes", "-o", "json"]).exits(0);
    assert_eq!(codes(&destroyed.json()), [0, 0, 0]);
    assert_eq!(fleet.pools(), 0);
    assert_eq!(fleet.run(&["plan", "--all", "--detailed-exitcode"]).code, 2);
}

#[test]
fn nobody_is_asked_for_each() {
    let fleet = Fleet::new();
    let up = fleet.run(&["up", "--all", "--no-verify", "-o", "json"]).exits(6);
    assert_eq!(codes(&up.json()), [6, 6, 6]);
    assert_eq!(fleet.pools(), 0, "nothing was begun");
}

#[test]
fn a_wave_that_is_not_proven_is_the_last_one() {
    let fleet = Fleet::new();
    let refusal = Refusal::new(
        400,
        "UserLambdaValidationException",
        "PreTokenGenerationV2_0 failed with error boom.",
    );
    fleet.second.refuse(Pick::Operation("AdminInitiateAuth"), refusal, FOREVER);
    let up = ["up", "-e", "us,eu,ap", "--waves", "1,rest", "--yes", "-o", "json"];
    let document = fleet.run(&up).exits(7).json();
    assert_eq!(codes(&document), [json!(7), Value::Null, Value::Null]);
    let waves: Vec<_> = environments(&document).iter().map(|ended| ended["wave"].clone()).collect();
    assert_eq!(waves, [1, 2, 2]);
    let mutating = fleet.first.aws.mutating();
    assert!(!mutating.iter().any(|call| call.starts_with("cognito-idp")), "{mutating:?}");

    fleet.second.clear();
    assert_eq!(codes(&fleet.run(&up).exits(0).json()), [0, 0, 0], "the same command goes on");
}

#[test]
fn one_that_fails_leaves_the_others_alone() {
    let fleet = Fleet::new();
    let denied = Refusal::new(400, "AccessDeniedException", "User is not authorized");
    fleet.second.refuse(Pick::Operation("cognito-idp:CreateUserPool"), denied, FOREVER);
    let up = fleet.run(&["up", "--all", "--yes", "--no-verify"]).exits(3);
    assert!(
        up.stdout.contains("us           ") && up.stdout.contains("FAILED (5)"),
        "{}",
        up.stdout
    );
    assert_eq!(up.stdout.matches("ok, ").count(), 2, "{}", up.stdout);
    fleet.second.clear();
    fleet.run(&["up", "--all", "--yes", "--no-verify"]).exits(0);
}

#[test]
fn a_signal_ends_all_of_them_in_order() {
    let fleet = Fleet::new();
    let answers = fleet.first.aws.hold(Pick::Mutating(1), Moment::After);
    let mut run = fleet.command(&[
        "up",
        "-e",
        "eu,us",
        "--waves",
        "1,1",
        "--yes",
        "--no-verify",
        "-o",
        "json",
    ]);
    let run = run.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    answers.wait_for(1);
    let pid = Pid::from_raw(i32::try_from(run.id()).expect("a pid")).expect("a pid");
    kill_process(pid, Signal::INT).expect("it lives");
    answers.release();
    let ended = Run::of(run).exits(130);
    assert_eq!(codes(&ended.json()), [json!(130), Value::Null]);
    assert_eq!(fleet.second.mutating(), Vec::<String>::new());
    fleet.run(&["up", "-e", "eu,us", "--yes", "--no-verify"]).exits(0);
}
