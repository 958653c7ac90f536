//! A run's document as a page of Markdown: where, what changes, whose tokens, what was proven, what went wrong.

use std::fmt::Write as _;

use serde_json::Value;

use super::facts::command;
use super::markdown::{plain, table};
use crate::model::DEFAULT_SCOPE;

/// Documents without one of these words would only repeat what whoever asked for them reads anyway.
const WORTH_A_PAGE: [&str; 8] =
    ["plan", "up", "verify", "destroy", "sweep", "rollback", "promote", "error"];

/// The page, if the document is worth one.
#[must_use]
pub fn page(document: &Value) -> Option<String> {
    let command = command(document);
    if !WORTH_A_PAGE.contains(&command) {
        return None;
    }
    let mut page = match command {
        "error" => "### pretoken failed\n\n".to_owned(),
        command => format!("### pretoken {command}\n\n"),
    };
    page += &place(&document["target"]);
    page += &error(document);
    page += &changes(&document["changes"]);
    for stack in list(&document["stacks"]).filter(|stack| stack.is_object()) {
        let _ = writeln!(page, "**{}** expired {}\n", word(stack, "stack"), word(stack, "expired"));
        page += &told("Not removed: ", &stack["error"]);
        page += &changes(&stack["changes"]);
    }
    page += &tokens(&document["tokens"]);
    page += &checks(if command == "verify" { document } else { &document["verify"] });
    page += &outputs(&document["outputs"]);
    page += &notes(&document["notes"]);
    if command == "plan" && list(&document["changes"]).next().is_none() {
        page += "Nothing to do.\n\n";
    }
    Some(page)
}

fn place(target: &Value) -> String {
    if !target.is_object() {
        return String::new();
    }
    let env = target["env"].as_str().map(|env| format!("environment **{}**, ", plain(env)));
    let account = if target["local"] == true {
        "local emulator".to_owned()
    } else {
        format!("account {}", word(target, "account"))
    };
    format!("{}{account}, {}\n\n", env.unwrap_or_default(), word(target, "region"))
}

fn error(document: &Value) -> String {
    let message = told("", &document["message"]);
    let hint = told("Hint: ", &document["hint"]);
    let problem = |problem: &Value| {
        let place = format!("{}:{}", word(problem, "file"), problem["line"]);
        format!("- {place}: {}\n", word(problem, "message"))
    };
    let problems: String = list(&document["problems"]).map(problem).collect();
    let gap = if problems.is_empty() { "" } else { "\n" };
    format!("{message}{problems}{gap}{hint}")
}

fn changes(changes: &Value) -> String {
    let row = |change: &Value| {
        let fields: Vec<String> = list(&change["fields"]).map(field).collect();
        // What is new or goes is whole: only what changes has fields worth reading.
        let fields = if change["action"] == "update" || change["action"] == "adopt" {
            fields.join("; ")
        } else {
            String::new()
        };
        let text = |key: &str| change[key].as_str().unwrap_or_default().to_owned();
        vec![text("action"), text("resource"), text("name"), fields]
    };
    let rows: Vec<_> = list(changes).map(row).collect();
    table(&["action", "resource", "name", "what"], &rows)
}

fn field(field: &Value) -> String {
    let path = field["path"].as_str().unwrap_or_default();
    match &field["before"] {
        Value::Null => format!("{path}: {}", value(&field["after"])),
        before => format!("{path}: {} → {}", value(before), value(&field["after"])),
    }
}

fn tokens(tokens: &Value) -> String {
    let row = |row: &Value| {
        let who = ["expectation", "subject", "rule"].iter().find_map(|key| row[key].as_str());
        let claim = |claim: &Value| {
            let name = format!("{} {}", word(claim, "token"), word(claim, "claim"));
            format!("{name}: {} → {}", value(&claim["before"]), value(&claim["after"]))
        };
        let claims: Vec<_> = list(&row["claims"]).map(claim).collect();
        vec![
            who.unwrap_or_default().to_owned(),
            names(&row["gained"]),
            names(&row["lost"]),
            claims.join("; "),
        ]
    };
    let rows: Vec<_> = list(tokens).map(row).collect();
    table(&["whose tokens", "gain", "**lose**", "claims"], &rows)
}

fn checks(report: &Value) -> String {
    let row = |check: &Value| {
        let text = |key: &str| check[key].as_str().unwrap_or_default().to_owned();
        let wrong = [
            ("missing", names(&check["missing"])),
            ("unexpected", names(&check["unexpected"])),
            ("", text("error")),
        ];
        let wrong = wrong.iter().filter(|(_, what)| !what.is_empty());
        let wrong: Vec<_> = wrong.map(|(kind, what)| format!("{kind} {what}")).collect();
        vec![
            match check["verdict"].as_str() {
                Some("ok") => "ok",
                Some("not-proven") => "not proven",
                _ => "FAILED",
            }
            .to_owned(),
            text("name"),
            format!("{}/{}", text("pool"), text("client")),
            text("flow"),
            own_scopes(&check["scopes"]),
            wrong.join("; ").trim().to_owned(),
        ]
    };
    let rows: Vec<_> = list(&report["checks"]).map(row).collect();
    let head =
        ["token", "promise", "client", "flow", "scopes", "what is wrong, or why it is not proven"];
    table(&head, &rows) + &notes(&report["notes"])
}

fn outputs(outputs: &Value) -> String {
    let output = |name: &str| Some(vec![name.to_owned(), outputs[name].as_str()?.to_owned()]);
    let rows: Vec<_> =
        ["function_arn", "version", "code_sha256"].into_iter().filter_map(output).collect();
    table(&["output", "value"], &rows)
}

fn notes(notes: &Value) -> String {
    let lines: String =
        list(notes).filter_map(Value::as_str).map(|note| format!("- {}\n", plain(note))).collect();
    if lines.is_empty() { lines } else { lines + "\n" }
}

fn told(what: &str, text: &Value) -> String {
    text.as_str().map(|text| format!("{what}{}\n\n", plain(text))).unwrap_or_default()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn names(value: &Value) -> String {
    list(value).filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
}

/// Without the scope that every such token has.
fn own_scopes(scopes: &Value) -> String {
    let own = list(scopes).filter_map(Value::as_str).filter(|scope| *scope != DEFAULT_SCOPE);
    own.collect::<Vec<_>>().join(" ")
}

fn word(value: &Value, key: &str) -> String {
    plain(value[key].as_str().unwrap_or_default())
}

fn value(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_plan() {
        let plan = json!({
            "schema": "pretoken/plan/v1",
            "target": {"account": "123456789012", "region": "eu-west-1", "env": "pr-1", "local": false},
            "changes": [
                {"resource": "role", "name": "orders", "action": "create", "fields": [{"path": "trust", "before": null, "after": {}}]},
                {"resource": "function", "name": "orders", "action": "update", "fields": [
                    {"path": "memory_mb", "before": 128, "after": 256},
                    {"path": "environment.KEY", "before": "(secret)", "after": "(secret, changed)"},
                ]},
            ],
            "tokens": [{"expectation": "staff | all", "gained": ["orders/read"], "lost": ["orders/write"]}],
            "notes": ["one <thing>"],
        });
        assert_eq!(
            page(&plan).expect("a page"),
            "### pretoken plan

environment **pr-1**, account 123456789012, eu-west-1

| action | resource | name | what |
| --- | --- | --- | --- |
| create | role | orders |  |
| update | function | orders | memory\\_mb: 128 → 256; environment.KEY: (secret) → (secret, changed) |

| whose tokens | gain | **lose** | claims |
| --- | --- | --- | --- |
| staff \\| all | orders/read | orders/write |  |

- one &lt;thing&gt;

"
        );
    }

    #[test]
    fn a_proof_and_a_failure() {
        let verify = json!({"schema": "pretoken/verify/v1", "ok": false, "checks": [
            {"name": "staff", "pool": "p", "client": "web", "flow": "REFRESH_TOKEN", "ok": false,
             "scopes": ["aws.cognito.signin.user.admin", "a/b"], "missing": ["a/c"], "unexpected": [], "error": null},
        ], "notes": []});
        let page = page(&verify).expect("a page");
        assert!(
            page.contains("| FAILED | staff | p/web | REFRESH\\_TOKEN | a/b | missing a/c |"),
            "{page}"
        );
        let error = json!({"schema": "pretoken/error/v1", "message": "1 error in deploy.toml", "hint": "look",
            "problems": [{"file": "deploy.toml", "line": 5, "message": "unknown key"}]});
        assert_eq!(
            super::page(&error).expect("a page"),
            "### pretoken failed\n\n1 error in deploy.toml\n\n- deploy.toml:5: unknown key\n\nHint: look\n\n"
        );
        assert_eq!(super::page(&json!({"schema": "pretoken/token/v1", "access": {}})), None);
    }
}
