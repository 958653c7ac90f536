//! A run's document as a page of Markdown: where, what changes, whose tokens, what was proven, what went wrong.

use std::fmt::Write as _;

use serde_json::Value;

use super::document::{field, lines, list, own_scopes, text, texts, value, verdict};
use super::facts::command;
use super::markdown::{capped, plain, table};

/// Documents without one of these words would only repeat what whoever asked for them reads anyway.
const WORTH_A_PAGE: [&str; 10] =
    ["check", "plan", "up", "verify", "destroy", "sweep", "rollback", "promote", "error", "fleet"];

/// The most that a comment on GitHub may have, which is less than GitLab takes ("body is too long, maximum is 65536 characters").
const COMMENT: usize = 65_000;

/// The page as a comment: with a marker by which a pipeline finds its own again, and no longer than one may be. What is
/// worth no page is its text.
#[must_use]
pub fn comment(document: &Value, text: &str) -> String {
    let env = document["target"]["env"].as_str().map(|env| format!(" {env}")).unwrap_or_default();
    let marker = format!("<!-- pretoken {}{} -->\n", command(document), env.replace("--", ""));
    let fence = "`".repeat(longest_run_of_backticks(text).max(2) + 1);
    let page = page(document).unwrap_or_else(|| format!("{fence}\n{}\n{fence}\n", text.trim_end()));
    marker + &capped(&page, COMMENT)
}

fn longest_run_of_backticks(text: &str) -> usize {
    text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0)
}

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
    page += &fleet(document);
    page += &place(&document["target"]);
    page += &error(document);
    page += &changes(&document["changes"]);
    for stack in list(&document["stacks"]).filter(|stack| stack.is_object()) {
        let _ = writeln!(page, "**{}** expired {}\n", word(stack, "stack"), word(stack, "expired"));
        page += &told("Not removed: ", &stack["error"]);
        page += &changes(&stack["changes"]);
    }
    page += &matrix(&document["matrix"]);
    if command != "check" {
        page += &tokens(&document["tokens"]);
    }
    page += &findings(&document["hints"]);
    page += &checks(if command == "verify" { document } else { &document["verify"] });
    page += &outputs(&document["outputs"]);
    page += &notes(&document["notes"]);
    if command == "plan" && list(&document["changes"]).next().is_none() {
        page += "Nothing to do.\n\n";
    }
    Some(page)
}

/// A table of all, and the page of each.
fn fleet(document: &Value) -> String {
    let (head, rows) = super::fleet::table(document);
    let pages = list(&document["environments"]).filter_map(|ended| {
        let page = page(&ended["document"])?;
        let heading = format!("#### {}: pretoken", word(ended, "env"));
        Some(page.replacen("### pretoken", &heading, 1))
    });
    table(&head, &rows) + &pages.collect::<String>()
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
        let fields = if change["action"] == "update" || change["action"] == "take-over" {
            fields.join("; ")
        } else {
            String::new()
        };
        let text = |key: &str| text(change, key);
        vec![text("action"), text("resource"), text("name"), fields]
    };
    let rows: Vec<_> = list(changes).map(row).collect();
    table(&["action", "resource", "name", "what"], &rows)
}

/// Who gets what, or what changes in that; losses in bold.
fn matrix(matrix: &Value) -> String {
    let (_, lines) = lines(matrix);
    let row = |(row, cells): &(&Value, Vec<&str>)| {
        let cell = |cell: &&str| if *cell == "loses" { "LOSES" } else { cell }.to_owned();
        std::iter::once(text(row, "subject")).chain(cells.iter().map(cell)).collect()
    };
    let rows: Vec<Vec<String>> = lines.iter().map(row).collect();
    let columns = texts(&matrix["columns"]);
    let head: Vec<String> =
        std::iter::once("who".to_owned()).chain(columns.into_iter().map(plain)).collect();
    table(&head.iter().map(String::as_str).collect::<Vec<_>>(), &rows)
}

/// What is odd, with its place.
fn findings(hints: &Value) -> String {
    let line = |hint: &Value| {
        let place = format!("{}:{}", word(hint, "file"), hint["line"]);
        let help = hint["hint"].as_str().map(|help| format!(" ({})", plain(help)));
        format!("- {place}: {}{}\n", word(hint, "message"), help.unwrap_or_default())
    };
    let lines: String = list(hints).map(line).collect();
    if lines.is_empty() { lines } else { lines + "\n" }
}

fn tokens(tokens: &Value) -> String {
    let row = |row: &Value| {
        let who = ["expectation", "subject", "rule"].iter().find_map(|key| row[key].as_str());
        let claim = |claim: &Value| {
            let name = format!("{} {}", word(claim, "token"), word(claim, "claim"));
            format!("{name}: {} → {}", value(&claim["before"]), value(&claim["after"]))
        };
        let claims: Vec<_> = list(&row["claims"]).map(claim).collect();
        let sign_in = |changes: [&str; 2]| {
            let is = row["sign_in"].as_str().is_some_and(|change| changes.contains(&change));
            is.then_some("the sign-in".to_owned())
        };
        let with = |sign_in: Option<String>, scopes: String| {
            let scopes = Some(scopes).filter(|scopes| !scopes.is_empty());
            sign_in.into_iter().chain(scopes).collect::<Vec<_>>().join(", ")
        };
        vec![
            who.unwrap_or_default().to_owned(),
            with(sign_in(["gained", "both"]), names(&row["gained"])),
            with(sign_in(["lost", "both"]), names(&row["lost"])),
            claims.join("; "),
        ]
    };
    let rows: Vec<_> = list(tokens).map(row).collect();
    table(&["whose tokens", "gain", "**lose**", "claims"], &rows)
}

fn checks(report: &Value) -> String {
    let row = |check: &Value| {
        let text = |key: &str| text(check, key);
        let wrong = [
            ("missing", names(&check["missing"])),
            ("unexpected", names(&check["unexpected"])),
            ("", text("error")),
        ];
        let wrong = wrong.iter().filter(|(_, what)| !what.is_empty());
        let wrong: Vec<_> = wrong.map(|(kind, what)| format!("{kind} {what}")).collect();
        vec![
            verdict(check).to_owned(),
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

fn names(value: &Value) -> String {
    texts(value).join(" ")
}

fn word(value: &Value, key: &str) -> String {
    plain(value[key].as_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_comment_can_be_found_again_and_is_never_too_long() {
        let plan = json!({ "schema": "pretoken/plan/v1", "target": { "env": "prod" }, "changes": [],
            "notes": vec!["a long note"; 10_000] });
        let comment = super::comment(&plan, "");
        assert!(
            comment.starts_with("<!-- pretoken plan prod -->\n### pretoken plan\n"),
            "{comment}"
        );
        assert!(comment.len() < 65_536 && comment.ends_with("in the log.*\n"), "{}", comment.len());
        let token = json!({ "schema": "pretoken/token/v1" });
        assert_eq!(
            super::comment(&token, "a ``` b\n"),
            "<!-- pretoken token -->\n````\na ``` b\n````\n"
        );
    }

    #[test]
    fn who_gets_what_is_a_table() {
        let check = json!({ "schema": "pretoken/check/v1", "matrix": {
            "rows": [{ "subject": "staff" }, { "subject": "others" }], "columns": ["o/read", "o/write"],
            "cells": [["has", "loses"], ["has", ""]] } });
        let page = page(&check).expect("a page");
        assert!(page.contains("| who | o/read | o/write |\n"), "{page}");
        assert!(page.contains("| staff | has | LOSES |\n") && !page.contains("others"), "{page}");
    }

    #[test]
    fn several_environments_are_a_table_and_the_page_of_each() {
        let up = json!({ "schema": "pretoken/up/v1", "target": { "account": "1", "region": "eu-west-1" } });
        let fleet = json!({ "schema": "pretoken/fleet/v1", "environments": [
            { "env": "eu", "wave": 1, "exit": 0, "seconds": 1.0, "document": up },
            { "env": "us", "wave": 2, "exit": null, "seconds": 0.0, "document": null },
        ] });
        let page = page(&fleet).expect("a page");
        assert!(
            page.starts_with("### pretoken fleet\n\n| environment | wave | account |"),
            "{page}"
        );
        assert!(page.contains("| us | 2 |  |  | not begun |\n"), "{page}");
        assert!(page.contains("\n#### eu: pretoken up\n"), "{page}");
    }

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
