//! Files that were damaged on the way, thousands of them: whatever is wrong, no output shows the value of a variable.

use std::collections::BTreeSet;

use pretoken::config::{self, ConfigError};
use pretoken::tokens::hints::hints;
use pretoken::tokens::promises::broken_promises;

const CANARY: &str = "q7Zx-C4n4Ry_91kd";
/// As much of it as betrays it.
const TELLING: usize = 7;

const STACK: &str = r#"name = "orders"
region = "eu-west-1" # not q7Zx-C4n4Ry_91kd

[trigger]
memory_mb = 128
timeout_s = 5

[trigger.environment]
API_KEY = "q7Zx-C4n4Ry_91kd"
OTHER_KEY = 'q7Zx-C4n4Ry_91kd' # q7Zx-C4n4Ry_91kd
LONG_KEY = """
-- q7Zx-C4n4Ry_91kd
"""
# OLD_KEY = "q7Zx-C4n4Ry_91kd"

[pools.customers.clients.web]
[pools.customers.resource_servers.orders]
scopes = { read = "Read orders", write = "Change orders" }

[[rules]]
name = "everyone reads"
add_scopes = ["orders/read"]

[env.prod]
trigger.memory_mb = 256
trigger.environment = { API_KEY = "q7Zx-C4n4Ry_91kd", OTHER_KEY = "q7Zx-C4n4Ry_91kd" }
"#;

/// All that a user may be told about a file.
fn told(text: &str) -> String {
    match config::parse(text, "deploy.toml", None) {
        Ok(loaded) => {
            let problems = [hints(&loaded, 0), broken_promises(&loaded, 0)];
            problems.map(|some| in_all_forms(&some)).concat()
        }
        Err(ConfigError::Invalid(problems)) => in_all_forms(&problems),
        Err(other) => other.to_string(),
    }
}

fn in_all_forms(problems: &config::Problems) -> String {
    let located: Vec<_> = problems.located().collect();
    let json = serde_json::to_string(&located).expect("JSON");
    format!("{problems}{}{json}", problems.summary())
}

fn betrayed(told: &str) -> Option<&'static str> {
    let mut pieces = (0..=CANARY.len() - TELLING).map(|at| &CANARY[at..at + TELLING]);
    pieces.find(|piece| told.contains(piece))
}

#[track_caller]
fn none_is_shown(files: &BTreeSet<String>, at_least: usize) {
    assert!(files.len() >= at_least, "only {} files", files.len());
    let mut wrong = vec![];
    for file in files {
        let told = told(file);
        if betrayed(&told).is_some() {
            wrong.push(format!("{file}\n-- tells --\n{told}"));
        }
    }
    let some: Vec<_> = wrong.iter().take(3).cloned().collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), files.len(), some.join("\n====\n"));
}

/// A dotted key is a table for each of its parts, and everything here walks them step into step: the parser has a limit.
#[test]
fn a_key_of_a_hundred_thousand_parts_is_refused() {
    for deep in ["a.".repeat(100_000) + "a = 1", format!("[{}a]", "a.".repeat(100_000))] {
        let told = told(&format!("name = \"orders\"\n{deep}\n"));
        assert!(told.contains("recursion limit"), "{told:.300}");
    }
}

#[test]
fn each_of_ten_thousand_errors_is_told_by_its_line() {
    let Err(ConfigError::Invalid(problems)) =
        config::parse(&"ä = \n".repeat(10_000), "deploy.toml", None)
    else {
        panic!("it is wrong");
    };
    let lines: Vec<_> = problems.located().map(|problem| problem.line).collect();
    assert_eq!(lines, (1..=10_000).collect::<Vec<_>>());
    let text = problems.to_string();
    assert!(text.contains("--> deploy.toml:10000:"), "{text:.300}");
    assert!(text.ends_with("10000 errors in deploy.toml"));
}

#[test]
fn the_file_itself_is_valid() {
    assert!(config::parse(STACK, "deploy.toml", Some("prod")).is_ok());
}

#[test]
fn whatever_is_misspelt() {
    let mut files = BTreeSet::new();
    for word in ["environment", "trigger", "env", "prod", "API_KEY", "pools"] {
        for at in 0..word.len() {
            let (before, after) = word.split_at(at);
            let rest = &after[1..];
            let swapped = format!("{before}{}{}", rest.get(..1).unwrap_or("s"), after);
            for wrong in [
                format!("{before}{rest}"),
                format!("{before}x{rest}"),
                format!("{before}x{after}"),
                before.to_owned(),
                after.to_owned(),
                word.to_uppercase(),
                swapped,
            ] {
                files.insert(STACK.replace(word, &wrong));
                files.insert(STACK.replacen(word, &wrong, 1));
            }
        }
    }
    none_is_shown(&files, 300);
}

#[test]
fn wherever_the_table_stands() {
    let mut files = BTreeSet::new();
    for parent in [
        "",
        "env.",
        "pools.",
        "pools.customers.",
        "pools.customers.clients.",
        "rules.",
        "expect.",
        "trigger.environment.",
        "env.prod.",
        "pools.customers.clients.web.",
        "trigger.trigger.",
        "pools.customers.resource_servers.",
        "pools.customers.resource_servers.orders.scopes.",
    ] {
        for name in ["environment", "env", "enviroment", "variables", "trigger", "name", "clients"]
        {
            for (open, close) in [("[", "]"), ("[[", "]]"), ("[", "]]"), ("", "")] {
                let header = format!("{open}{parent}{name}{close}");
                files.insert(STACK.replace("[trigger.environment]", &header));
            }
        }
    }
    files.insert(STACK.replace("[trigger]", "[[trigger]]"));
    files.insert(STACK.replace("[trigger.environment]", "[[trigger.environment]]"));
    files.insert(STACK.replace("[env.prod]", "[[env.prod]]"));
    files.insert(STACK.replace("[env.prod]", "[env]"));
    none_is_shown(&files, 200);
}

#[test]
fn whatever_shape_it_has() {
    let mut files = BTreeSet::new();
    let base = STACK.split("[trigger.environment]").next().unwrap_or_default();
    let rest = &STACK[STACK.find("[pools").expect("pools")..STACK.find("[env").expect("env")];
    let values = [
        "\"Q\"",
        "[\"Q\"]",
        "[[\"API_KEY\", \"Q\"]]",
        "{ API_KEY = [\"Q\"] }",
        "{ API_KEY = { value = \"Q\" } }",
        "[{ name = \"API_KEY\", value = \"Q\" }]",
        "Q",
        "{ API_KEY = Q }",
        "{ API_KEY: \"Q\" }",
        "{ \"API_KEY\" = \"Q\" \"B\" = \"Q\" }",
        "'Q",
        "\"API_KEY=Q\"",
        "{ API_KEY = \"Q\"",
        "{ API_KEY = \"\"\"Q\"\"\" ",
        "'''Q",
        "\"\\Q\"",
        "{ A-B = \"Q\" }",
        "{ \"\" = \"Q\" }",
        "{ AWS_REGION = \"Q\" }",
        "{ PRETOKEN_X = \"Q\" }",
    ];
    for key in [
        "environment",
        "env",
        "enviroment",
        "Environment",
        "variables",
        "memory_mb",
        "log_level",
        "tags",
        "architecture",
        "environment.API_KEY",
        "environment.API_KEY.x",
        "\"environment\"",
    ] {
        for value in values {
            let line = format!("{key} = {}\n", value.replace('Q', CANARY));
            files.insert(format!("{base}{line}{rest}"));
            files.insert(format!("{line}{base}{rest}"));
            files.insert(format!("{base}{rest}\n[env.prod.trigger]\n{line}"));
        }
    }
    none_is_shown(&files, 600);
}

#[test]
fn wherever_it_is_broken() {
    let mut files = BTreeSet::new();
    for (at, letter) in STACK.char_indices() {
        let (before, after) = STACK.split_at(at);
        if at % 3 == 0 {
            files.insert(before.to_owned());
        }
        if "\"'[]{}=,.#\n ".contains(letter) {
            let rest = &after[letter.len_utf8()..];
            files.insert(format!("{before}{rest}"));
            for other in ["\"", "\"\"\"", "\n", "#"] {
                files.insert(format!("{before}{other}{rest}"));
                files.insert(format!("{before}{other}{after}"));
            }
        }
    }
    let lines: Vec<_> = STACK.lines().collect();
    for at in 0..lines.len() {
        let mut fewer = lines.clone();
        let line = fewer.remove(at);
        files.insert(fewer.join("\n"));
        fewer.insert((at + 5) % lines.len(), line);
        files.insert(fewer.join("\n"));
    }
    none_is_shown(&files, 1000);
}
