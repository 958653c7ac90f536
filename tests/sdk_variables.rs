//! The AWS SDK's own variables hold: how often a call is tried, what the program calls itself, where it goes.

#[path = "support/binary.rs"]
#[expect(dead_code, reason = "nothing is built here")]
mod binary;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use binary::Project;

/// Every request that `plan` sends to an AWS which is out of order, with these variables.
fn sent(variables: &[(&str, &str)]) -> Vec<String> {
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", server.local_addr().expect("an address"));
    let requests = Arc::new(Mutex::new(vec![]));
    let noted = Arc::clone(&requests);
    std::thread::spawn(move || {
        for stream in server.incoming() {
            let mut stream = stream.expect("a connection");
            let mut request = vec![0; 16 * 1024];
            let length = stream.read(&mut request).expect("a request");
            let text = String::from_utf8_lossy(&request[..length]).into_owned();
            noted.lock().expect("the notes").push(text);
            let answer =
                "HTTP/1.1 500 Out Of Order\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            stream.write_all(answer.as_bytes()).expect("answered");
        }
    });
    let project = Project::of("name = \"orders\"\n[pools.customers.clients.web]\n");
    let mut all = vec![
        ("AWS_ENDPOINT_URL", url.as_str()),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ];
    all.extend(variables);
    project.run(&["status"], &all).exits(1);
    requests.lock().expect("the notes").clone()
}

#[test]
fn a_call_is_tried_as_often_as_the_variable_says() {
    assert_eq!(sent(&[]).len(), 3);
    assert_eq!(sent(&[("AWS_MAX_ATTEMPTS", "1")]).len(), 1);
}

#[test]
fn the_name_of_the_application_is_the_users_to_choose() {
    let once = ("AWS_MAX_ATTEMPTS", "1");
    assert!(sent(&[once])[0].contains("app/pretoken"));
    assert!(sent(&[once, ("AWS_SDK_UA_APP_ID", "release-train")])[0].contains("app/release-train"));
}

#[test]
fn a_region_is_judged_wherever_it_comes_from() {
    const STACK: &str = "name = \"orders\"\n[pools.customers.clients.web]\n";
    let project = Project::of(STACK);
    let keys = [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")];
    let nothing = ("AWS_PAGER", "");
    for (wrong, help) in [
        ("", "a region is called like `eu-west-1`"),
        ("eu-wset-1", "did you mean `eu-west-1`?"),
        ("us-east-1a", "did you mean `us-east-1`?"),
        ("US-EAST-1", "did you mean `us-east-1`?"),
    ] {
        let profiles = format!("[default]\nregion = {wrong}\n[profile ci]\nregion = {wrong}\n");
        project.write("config", &profiles);
        project.write("wrong.toml", &format!("region = \"{wrong}\"\n{STACK}"));
        let config = project.path("config").display().to_string();
        let config = ("AWS_CONFIG_FILE", config.as_str());
        let cases: [(&[&str], (&str, &str), &str); 6] = [
            (&["status"], ("AWS_REGION", wrong), "from AWS_REGION,"),
            (&["status"], ("AWS_DEFAULT_REGION", wrong), "from AWS_DEFAULT_REGION,"),
            (&["status"], config, "from the AWS profile `default`,"),
            (&["status", "--profile", "ci"], config, "from the AWS profile `ci`,"),
            (&["status", "--region", wrong], nothing, "'--region <REGION>'"),
            (&["status", "-f", "wrong.toml"], nothing, "wrong.toml:1"),
        ];
        for (arguments, variable, origin) in cases {
            let from_a_profile = variable.0 == "AWS_CONFIG_FILE";
            if wrong.is_empty() && (from_a_profile || origin.starts_with("wrong")) {
                continue; // the SDK takes an empty entry for none; an empty text has words of its own
            }
            let run = project.run(arguments, &[keys[0], keys[1], variable]).exits(4);
            for said in [wrong, origin, help] {
                assert!(run.stderr.contains(said), "{arguments:?} {variable:?}: {}", run.stderr);
            }
        }
    }
}

#[test]
fn a_host_that_is_not_there_is_named_with_its_region() {
    let project = Project::of("name = \"orders\"\n[pools.customers.clients.web]\n");
    let variables = [
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "ue-west-1"),
        ("AWS_MAX_ATTEMPTS", "1"),
        // Nobody listens there: nothing leaves this machine.
        ("HTTPS_PROXY", "http://127.0.0.1:9"),
    ];
    let run = project.run(&["status"], &variables).exits(1);
    for said in ["sts.ue-west-1.amazonaws.com", "`ue-west-1`", "did you mean `eu-west-1`?"] {
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
}

#[test]
fn fips_endpoints_and_the_retry_mode_are_the_users_to_choose() {
    let project = Project::of("name = \"orders\"\n[pools.customers.clients.web]\n");
    let mut variables = vec![
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-west-2"),
        ("AWS_MAX_ATTEMPTS", "1"),
        ("HTTPS_PROXY", "http://127.0.0.1:9"),
        ("AWS_USE_FIPS_ENDPOINT", "true"),
    ];
    let run = project.run(&["status"], &variables).exits(1);
    assert!(run.stderr.contains("sts-fips.us-west-2.amazonaws.com"), "{}", run.stderr);
    variables[5] = ("AWS_RETRY_MODE", "no-such-mode");
    let run = project.run(&["status"], &variables);
    assert_ne!(run.code, 0, "{}", run.stderr);
    for mode in ["standard", "adaptive"] {
        assert_eq!(sent(&[("AWS_RETRY_MODE", mode), ("AWS_MAX_ATTEMPTS", "2")]).len(), 2, "{mode}");
    }
}

#[test]
fn a_machine_without_a_home_reaches_aws() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", server.local_addr().expect("an address"));
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = server.accept().expect("a connection");
        let mut request = vec![0; 16 * 1024];
        let length = stream.read(&mut request).expect("a request");
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    let project = Project::of("name = \"orders\"\n[pools.customers.clients.web]\n");
    let mut command = binary::offline(project.path("."));
    command.env_remove("HOME").args(["status", "--endpoint-url", &url]);
    command.env("AWS_REGION", "eu-west-1").env("AWS_MAX_ATTEMPTS", "1");
    command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    let run = binary::Run::new(command.output().expect("the binary runs")).exits(1);
    assert!(answering.join().expect("served").contains("Action=GetCallerIdentity"));
    assert!(!run.stderr.contains("emulator"), "{}", run.stderr);
}

#[test]
fn a_run_that_gets_no_answer_ends_in_its_time_and_says_what_it_waits_for() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", silent.local_addr().expect("an address"));
    let project = Project::of("name = \"orders\"\n[pools.customers.clients.web]\n");
    let variables = [
        ("AWS_ENDPOINT_URL", url.as_str()),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ];
    let arguments = ["status", "--timeout", "1s", "-vv", "--log-format", "json", "-o", "json"];
    let run = project.run(&arguments, &variables).exits(8);
    let lines: Vec<serde_json::Value> =
        run.stderr.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let call = lines.iter().find(|line| line["call"].is_object()).expect("a call");
    assert_eq!(call["call"]["operation"], "sts:GetCallerIdentity");
    assert!(run.stderr.contains("the time of this run is over"), "{}", run.stderr);
    let error = run.json();
    assert_eq!((&error["schema"], &error["code"]), (&"pretoken/error/v1".into(), &8.into()));
    assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("--timeout")), "{error}");
}
