//! The command line as a user meets it: whole outputs and exit codes, without AWS.

#[path = "support/binary.rs"]
#[expect(dead_code, reason = "each test crate uses a part of it")]
mod binary;

#[path = "cli/overrides.rs"]
mod overrides;

use std::path::Path;

use binary::{Project, Run};

const STACK: &str = r#"name = "orders"
region = "eu-west-1"

[pools.customers.clients.web]
[pools.customers.resource_servers.orders]
scopes = { read = "Read orders", write = "Change orders" }

[[rules]]
name = "everyone reads"
add_scopes = ["orders/read"]
"#;

#[test]
fn a_valid_file() {
    let ok = "\
deploy.toml is valid: 1 pool, 1 client, 1 rule, 0 promises kept

                  orders
Who gets what     read
1  everyone       has
Everybody else has none of these.
Nobody has orders/write.
";
    Project::of(STACK).run(&["check"], &[]).is(0, ok, "");
}

#[test]
fn no_file() {
    let stderr = "\
error[config-unreadable]: cannot read `deploy.toml`
  caused by: No such file or directory (os error 2)
hint: run from the project's directory, or name the file with `-f`
";
    Project::empty().run(&["plan"], &[]).is(4, "", stderr);
}

#[test]
fn a_broken_file_shows_where_and_help() {
    let stderr = r"error[unknown-key]: unknown key `memory` in `trigger`
 --> deploy.toml:5:1
  |
5 | memory = ***
  | ^^^^^^ did you mean `memory_mb`?

1 error in deploy.toml
";
    Project::of(&STACK.replacen("[pools", "[trigger]\nmemory = 256\n\n[pools", 1))
        .run(&["up", "--yes"], &[])
        .is(4, "", stderr);
}

#[test]
fn a_broken_file_as_json_says_the_same_in_numbers() {
    let broken = STACK.replacen("[pools", "[trigger]\nmemory = 256\n\n[pools", 1);
    let run = Project::of(&broken).run(&["plan", "-o", "json"], &[]);
    let error = run.json();
    assert_eq!(run.code, 4);
    assert_eq!((&error["schema"], &error["code"]), (&"pretoken/error/v1".into(), &4.into()));
    let problem = &error["problems"][0];
    assert_eq!((&problem["line"], &problem["column"]), (&5.into(), &1.into()));
    assert_eq!((&error["id"], &problem["id"]), (&"unknown-key".into(), &"unknown-key".into()));
}

#[test]
fn an_unknown_environment_names_the_declared_ones() {
    let stack = format!("{STACK}\n[env.prod]\ntrigger.memory_mb = 256\n");
    let stderr = "error[unknown-environment]: `deploy.toml` declares no environment `prd`\nhint: did you mean `prod`?\n";
    Project::of(&stack).run(&["plan", "-e", "prd"], &[]).is(4, "", stderr);
}

#[test]
fn a_broken_promise_has_its_own_exit_code() {
    let promise =
        "\n[[expect]]\nname = \"writes\"\nclient = \"web\"\nscopes = [\"orders/write\"]\n";
    let run = Project::of(&format!("{STACK}{promise}")).run(&["check"], &[]);
    assert_eq!(run.code, 7, "{run:?}");
    assert!(run.stderr.contains("orders/write"), "{}", run.stderr);
}

#[test]
fn promises_about_any_pool_are_checked_before_anything_is_called() {
    let promises = r#"[[expect]]
name = "staff"
client = "web"
scopes = ["orders/read"]
not_scopes = ["orders/read"]

[[expect]]
name = "staff"
group = ["staff"]
"#;
    let stderr = r#"error[promise-impossible]: the promise is about another client, `web`
 --> promises.toml:3:10
  |
3 | client = "web"
  |          ^^^^^
  |
  = help: leave `client` out, or write the id: `client = "4h57k"`

error[promise-contradicts]: `orders/read` cannot be both promised and ruled out
 --> promises.toml:4:11
  |
4 | scopes = ["orders/read"]
  |           ^^^^^^^^^^^^^
5 | not_scopes = ["orders/read"]
  |               ------------- ruled out here

error[empty-promise]: `staff` promises nothing
 --> promises.toml:7:1
  |
7 | [[expect]]
  | ^^^^^^^^^^
  |
  = help: give it `scopes`, `not_scopes`, `access_claims`, `id_claims` or `refused`

error[duplicate-name]: two expectations are called `staff`
 --> promises.toml:8:8
  |
2 | name = "staff"
  |        ------- the first one
...
8 | name = "staff"
  |        ^^^^^^^

error[unknown-key]: unknown key `group` in `[[expect]]`
 --> promises.toml:9:1
  |
9 | group = [*******]
  | ^^^^^ did you mean `groups`?

5 errors in promises.toml
"#;
    let project = Project::empty();
    project.write("promises.toml", promises);
    let about = ["verify", "--pool", "eu-west-1_AbCdEf123", "--client", "4h57k"];
    let expecting = |file| [&about[..], &["--expect", file]].concat();
    project.run(&expecting("promises.toml"), &[]).is(4, "", stderr);
    let absent = "error[config-unreadable]: cannot read `absent.toml`\n  caused by: No such file or directory (os error 2)\nhint: run from the project's directory, or name the file with `--expect`\n";
    project.run(&expecting("absent.toml"), &[]).is(4, "", absent);
}

#[test]
fn ages_have_a_unit() {
    for age in ["", "10", "m", "-1m"] {
        let run = Project::of(STACK).run(&["logs", &format!("--since={age}")], &[]);
        assert_eq!(run.code, 4, "{age}: {}", run.stderr);
        assert!(run.stderr.contains("'--since <AGE>'"), "{age}: {}", run.stderr);
    }
}

#[test]
fn usage_errors_exit_with_4_and_not_with_claps_2() {
    for arguments in [
        &["plan", "--bogus"][..],
        &[],
        &["no-such-command"],
        &["token"],
        &["up", "--local", "--profile", "x"],
    ] {
        let run = Project::of(STACK).run(arguments, &[]);
        assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{arguments:?}");
        assert!(!run.stderr.is_empty());
    }
    let run = Project::of(STACK).run(&["plan", "--bogus", "-o", "json"], &[]);
    assert_eq!((run.code, &run.json()["code"]), (4, &4.into()));
}

#[test]
fn help_and_version_are_no_errors() {
    let help = Project::empty().run(&["--help"], &[]);
    assert_eq!((help.code, help.stderr.as_str()), (0, ""));
    for word in ["up", "plan", "destroy", "Examples:", "Exit codes:", "--endpoint-url"] {
        assert!(help.stdout.contains(word), "{word} is not in\n{}", help.stdout);
    }
    let version = format!("pretoken {}\n", env!("CARGO_PKG_VERSION"));
    Project::empty().run(&["--version"], &[]).is(0, &version, "");
}

const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")];

#[test]
fn an_endpoint_that_is_not_there() {
    let run = Project::of(STACK).run(&["status", "--endpoint-url", "http://127.0.0.1:9"], &KEYS);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.stderr.starts_with("error[unreachable]: sts:GetCallerIdentity could not be sent"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("hint: check --endpoint-url"), "{}", run.stderr);
}

#[test]
fn no_credentials() {
    let run = Project::of(STACK)
        .run(&["status", "-o", "json", "--endpoint-url", "http://127.0.0.1:9"], &[]);
    assert_eq!((run.code, &run.json()["code"]), (5, &5.into()), "{run:?}");
    assert!(run.json()["hint"].as_str().expect("a hint").contains("--local"));
}

#[test]
fn no_region() {
    let stack = STACK.replace("region = \"eu-west-1\"\n", "");
    let run = Project::of(&stack).run(&["status", "--endpoint-url", "http://127.0.0.1:9"], &KEYS);
    assert_eq!(run.code, 4, "{run:?}");
    assert!(run.stderr.contains("AWS_REGION"), "{}", run.stderr);
}

#[test]
fn a_certificate_file_that_cannot_be_read_is_named() {
    let variables = [KEYS[0], KEYS[1], ("AWS_CA_BUNDLE", "/no/such/file.pem")];
    let run =
        Project::of(STACK).run(&["status", "--endpoint-url", "https://127.0.0.1:9"], &variables);
    assert_ne!(run.code, 0);
    assert!(run.stderr.contains("/no/such/file.pem"), "{}", run.stderr);
}

#[test]
fn colours_come_and_go_by_flag_and_carry_no_meaning() {
    let project = Project::of(&STACK.replace("add_scopes", "ad_scopes"));
    let plain = project.run(&["check", "--color", "never"], &[]);
    let colored = project.run(&["check", "--color", "always"], &[]);
    assert!(!plain.stderr.contains('\x1b') && colored.stderr.contains('\x1b'));
    assert_eq!(anstream::adapter::strip_str(&colored.stderr).to_string(), plain.stderr);
    let by_variable = project.run(&["check"], &[("NO_COLOR", "1")]);
    assert_eq!(by_variable.stderr, plain.stderr);
}

#[test]
fn the_emulator_that_nobody_started() {
    let project = Project::empty();
    let state = project.path("state");
    let variables = [("XDG_STATE_HOME", state.to_str().expect("a path"))];
    for command in ["status", "stop"] {
        project.run(&["local", command], &variables).is(0, "No emulator runs.\n", "");
    }
    let stderr = "error[no-emulator]: no emulator runs\nhint: `pretoken up --local` starts it\n";
    for command in ["url", "env"] {
        project.run(&["local", command], &variables).is(1, "", stderr);
    }
    assert!(!Path::new(&state).join("pretoken/local/run").exists());
}

/// A step of GitHub Actions in this project.
fn step(project: &Project, arguments: &[&str]) -> (Run, String, String) {
    let path = |name: &str| project.path(name);
    let text = |name: &str| path(name).to_str().expect("a path").to_owned();
    let (summary, output, workspace) = (text("summary.md"), text("output"), text(""));
    let variables = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_STEP_SUMMARY", summary.as_str()),
        ("GITHUB_OUTPUT", output.as_str()),
        ("GITHUB_WORKSPACE", workspace.as_str()),
        KEYS[0],
        KEYS[1],
    ];
    let run = project.run(arguments, &variables);
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    (run, read(&summary), read(&output))
}

#[test]
fn on_github_a_broken_file_is_annotated_on_its_lines() {
    let broken = STACK.replacen("[pools", "[trigger]\nmemory = 256\n\n[pools", 1);
    let project = Project::of(&broken);
    let annotation = "::error file=deploy.toml,line=5,endLine=5,col=1,endColumn=7,title=pretoken unknown-key::\
                      unknown key `memory` in `trigger` (did you mean `memory_mb`?)%0A\
                      https://github.com/pretoken/pretoken/blob/main/docs/codes/unknown-key.md\n";
    let (run, summary, output) = step(&project, &["up", "--yes"]);
    assert_eq!((run.code, run.stdout.as_str()), (4, ""));
    assert_eq!(run.stderr.matches("::error ").count(), 1, "{}", run.stderr);
    assert!(run.stderr.starts_with(annotation), "{}", run.stderr);
    assert!(run.stderr.contains("^^^^^^ did you mean"), "people read on: {}", run.stderr);
    assert!(summary.starts_with("### pretoken failed\n\n1 error in deploy.toml\n"), "{summary}");
    assert!(summary.contains("- deploy.toml:5: unknown key"), "{summary}");
    assert_eq!(output, "ok=false\n");

    let (run, ..) = step(&project, &["up", "--yes", "-o", "json"]);
    assert_eq!(run.json()["problems"][0]["line"], 5, "stdout is one document");
    assert!(run.stderr.starts_with(annotation), "{}", run.stderr);
    let (run, ..) = step(&project, &["check", "--bogus"]);
    assert!(
        run.stderr.starts_with("::error title=pretoken usage::error: unexpected"),
        "{}",
        run.stderr
    );
}

#[test]
fn on_github_a_hint_is_a_warning() {
    let project = Project::of(&STACK.replace("orders/read\"]", "billing/read\"]"));
    let (run, ..) = step(&project, &["check"]);
    assert_eq!(run.code, 0, "{run:?}");
    let warning = run.stderr.lines().find(|line| line.starts_with("::")).unwrap_or_default();
    assert!(warning.starts_with("::warning file=deploy.toml,line=10,endLine=10,col="), "{run:?}");
    assert!(warning.contains("has the scope `billing/read`"), "{warning}");
}

#[test]
fn on_github_nothing_is_masked_that_is_not_printed() {
    let variables = "\n[trigger.environment]\nKEY = \"s3cr3t%key\"\n";
    let project = Project::of(&format!("{STACK}{variables}"));
    let arguments = ["status", "--endpoint-url", "http://127.0.0.1:9"];
    let (run, summary, _) = step(&project, &arguments);
    assert!(!run.stderr.contains("add-mask") && !run.stderr.contains("s3cr3t"), "{}", run.stderr);
    assert!(
        run.stderr.contains(
            "::error title=pretoken unreachable::sts:GetCallerIdentity could not be sent"
        )
    );
    assert!(summary.contains("sts:GetCallerIdentity"), "{summary}");
}

#[test]
fn the_document_goes_into_a_file_too() {
    let project = Project::of(STACK);
    let read = || {
        let text = std::fs::read_to_string(project.path("out.json")).expect("a file");
        serde_json::from_str::<serde_json::Value>(&text).expect("a document")
    };
    let valid = project.run(&["check", "--json-into", "out.json"], &[]);
    assert_eq!((valid.code, valid.stdout.starts_with("deploy.toml is valid")), (0, true));
    assert_eq!(read()["schema"], "pretoken/check/v1");
    for (arguments, code) in [
        (&["plan", "-e", "prod", "--json-into", "out.json"][..], 4),
        (&["plan", "--bogus", "--json-into=out.json"], 4),
        (&["up", "--json-into", "out.json"], 6),
    ] {
        let run = project.run(arguments, &[]);
        assert_eq!((run.code, run.stdout.as_str()), (code, ""), "{run:?}");
        assert_eq!(
            (&read()["schema"], &read()["code"]),
            (&"pretoken/error/v1".into(), &code.into())
        );
    }
    let nowhere = project.run(&["check", "--json-into", "no/such/directory"], &[]);
    assert_eq!(nowhere.code, 1, "{nowhere:?}");
    assert!(nowhere.stderr.contains("cannot write `no/such/directory`"), "{}", nowhere.stderr);
}

/// No build, no call: the address would refuse one, and the crate is not there.
#[test]
fn where_nobody_can_answer_no_work_is_begun() {
    let project = Project::of(STACK);
    let stderr = "error[not-confirmed]: nobody can confirm here; nothing was changed\nhint: add --yes to go on without a question\n";
    for arguments in [&["up"][..], &["destroy"], &["sweep"], &["destroy", "--stack", "orders/pr-1"]]
    {
        let arguments = [arguments, &["--endpoint-url", "http://127.0.0.1:9"]].concat();
        project.run(&arguments, &KEYS).is(6, "", stderr);
    }
}

/// Without a `deploy.toml`, without Python, and without a network.
#[test]
fn a_machine_that_can_do_nothing_says_why() {
    let project = Project::empty();
    let variables =
        [&KEYS[..], &[("PATH", "/nonexistent"), ("PRETOKEN_BOOTSTRAP_DIR", "nowhere")]].concat();
    let arguments = ["doctor", "--region", "eu-west-1", "--endpoint-url", "http://127.0.0.1:9"];
    let run = project.run(&[&arguments[..], &["-o", "json"]].concat(), &variables);
    assert_eq!(run.code, 1, "{run:?}");
    let document = run.json();
    let found = |at: usize, key: &str| {
        document["findings"][at][key].as_str().unwrap_or_default().to_owned()
    };
    for (at, check, verdict, text, help) in [
        (
            0,
            "trigger",
            "failed",
            "there is no prebuilt trigger for arm64 in `nowhere`",
            "PRETOKEN_BOOTSTRAP_DIR",
        ),
        (1, "emulator", "warning", "no Python was found", "Python"),
        (2, "endpoint", "failed", "127.0.0.1:9", "check --endpoint-url"),
    ] {
        assert_eq!((found(at, "check").as_str(), found(at, "verdict").as_str()), (check, verdict));
        assert!(found(at, "text").contains(text), "{document:#}");
        assert!(found(at, "help").contains(help), "{document:#}");
    }
    let local = project.run(&["doctor", "--local", "-o", "json"], &variables).json();
    assert_eq!(local["findings"].as_array().map(Vec::len), Some(2), "{local:#}");
    assert_eq!(local["findings"][1]["verdict"], "failed", "what --local needs");
}

#[test]
fn shells_complete_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let run = Project::empty().run(&["completions", shell], &[]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        for word in ["permissions", "check-iam", "forbid-scope-loss", "destroy"] {
            assert!(run.stdout.contains(word), "{shell}: {word}");
        }
    }
    let json = Project::empty().run(&["completions", "bash", "-o", "json"], &[]).json();
    assert_eq!(json["schema"], "pretoken/completions/v1");
    assert_eq!(Project::empty().run(&["completions", "cobol"], &[]).code, 4);
}

#[test]
fn every_command_has_a_manual_page() {
    let whole = Project::empty().run(&["man"], &[]);
    assert_eq!((whole.code, whole.stderr.as_str()), (0, ""));
    assert!(whole.stdout.contains(".TH pretoken 1"), "{}", whole.stdout);
    let up = Project::empty().run(&["man", "up"], &[]);
    for word in [".TH pretoken-up 1", "check\\-iam", "endpoint\\-url"] {
        assert!(up.stdout.contains(word), "{word}: {}", up.stdout);
    }
    let none = "error[usage]: there is no command `fly`\nhint: see --help\n";
    Project::empty().run(&["man", "fly"], &[]).is(4, "", none);

    let project = Project::empty();
    let run = project.run(&["man", "--out", "pages/man1"], &[]);
    run.is(0, "Wrote the manual pages to pages/man1.\n", "");
    for page in ["pretoken.1", "pretoken-permissions.1", "pretoken-pool-restore.1"] {
        assert!(project.path("pages/man1").join(page).exists(), "{page}");
    }
}

#[test]
fn check_explains_how_long_tokens_get() {
    let project = Project::of(STACK);
    let run = project.run(&["check", "--explain"], &[]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(
        run.stdout.contains("\ncustomers/web, no group  (customers/web)\n  access  "),
        "{run:?}"
    );
    let run = project.run(&["check", "--explain", "-o", "json"], &[]);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let token = &document["tokens"][0];
    assert!(token["access"]["bytes"].as_u64() > token["id"]["bytes"].as_u64(), "{document}");
    assert_eq!(token["access"]["largest"].as_array().map(Vec::len), Some(3), "{document}");
    let plain = project.run(&["check", "-o", "json"], &[]);
    assert!(!plain.stdout.contains("tokens"), "{plain:?}");
}
