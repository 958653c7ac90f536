//! The page of HTML that `--html` writes: everything is in it, and nothing that is put in becomes markup.
//!
//! The pages are left in `target/pages`, where `.ci/browser` looks at them with a real browser.

use std::path::{Path, PathBuf};

use pretoken::config::{self, Loaded};
use pretoken::model::Target;
use pretoken::report::html::{About, page};
use serde_json::{Value, json};

/// What no page may take for markup, a link or an instruction.
const HOSTILE: &str =
    r#"</style><script>alert(1)</script><img src=x onerror=alert(1)> " ' & {{ 7*7 }} javascript:x"#;

fn loaded(rules: usize) -> Loaded {
    let rule = |n: usize| {
        format!(
            "[[rules]]\nname = {}\ngroups = [\"staff\"]\nattributes = {{ profile = {} }}\naccess_claims = {{ note = {} }}\n",
            json!(format!("{n} {HOSTILE}")),
            json!(HOSTILE),
            json!(HOSTILE.replace(['{', '}'], "")),
        )
    };
    let rules: String = (0..rules).map(rule).collect();
    let text = format!(
        "name = \"shop\"\n[pools.p]\n[pools.p.clients.web]\n[pools.p.groups]\nstaff = \"Staff\"\n{rules}\
         [[expect]]\nname = {}\nclient = \"web\"\n",
        json!(HOSTILE)
    );
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("deploy.toml");
    std::fs::write(&path, text).expect("written");
    match config::load(&path, None) {
        Ok(loaded) => loaded,
        Err(error) => panic!("{error}"),
    }
}

fn target() -> Target {
    Target {
        partition: "aws".to_owned(),
        account: "123456789012".to_owned(),
        region: "eu-west-1".to_owned(),
        env: None,
        local: false,
    }
}

/// A document with every part that any command has, each with a hostile text in it.
fn whole(command: &str) -> Value {
    let cells =
        json!([["loses", "gains", "refused"], ["refused", "", "has"], ["has", "has", "has"]]);
    json!({
        "schema": format!("pretoken/{command}/v1"),
        "matrix": {
            "rows": [{"subject": HOSTILE, "promise": HOSTILE}, {"subject": "in staff"}, {"subject": "others"}],
            "columns": [format!("{HOSTILE}/read"), "orders/write", "orders/read"],
            "cells": cells,
        },
        "tokens": [{"subject": HOSTILE, "gained": [], "lost": [HOSTILE],
            "claims": [{"token": "access", "claim": HOSTILE, "before": null, "after": HOSTILE}]}],
        "apis": [{"name": HOSTILE, "operations": [
            {"operation": HOSTILE, "public": false, "scopes": [HOSTILE], "needs": "all", "callers": [HOSTILE], "gained": [], "lost": [HOSTILE]},
            {"operation": "GET /health", "public": true, "scopes": [], "needs": null, "callers": [], "gained": [], "lost": []}]}],
        "checks": [
            {"name": HOSTILE, "pool": "p", "client": "web", "flow": HOSTILE, "verdict": "failed", "ok": false,
             "scopes": [HOSTILE], "missing": [HOSTILE], "unexpected": [], "error": HOSTILE,
             "calls": [{"request": HOSTILE, "status": 200, "verdict": "failed"}]},
            {"name": "b", "pool": "p", "client": "web", "flow": "USER_SRP_AUTH", "verdict": "not-proven", "ok": false, "scopes": [], "missing": [], "unexpected": []},
            {"name": "c", "pool": "p", "client": "web", "flow": "REFRESH_TOKEN", "verdict": "ok", "ok": true, "scopes": ["orders/read"], "missing": [], "unexpected": []}],
        "ok": false,
        "changes": [{"resource": "function", "name": HOSTILE, "action": "update",
            "fields": [{"path": HOSTILE, "before": HOSTILE, "after": HOSTILE}]},
            {"resource": "client", "name": "web", "action": "delete", "fields": []}],
        "broken": [{"pool": HOSTILE, "reason": HOSTILE}],
        "outputs": {"function_arn": HOSTILE, "version": "3", "pools": {"p": {"id": HOSTILE}}},
        "versions": [{"version": "2", "published": "2026-11-25", "verified": null, "percent": 0},
                     {"version": "3", "published": HOSTILE, "verified": HOSTILE, "percent": 90}],
        "notes": [HOSTILE],
    })
}

fn written(name: &str, document: &Value, loaded: &Loaded, target: Option<&Target>) -> String {
    let hint: config::Located = serde_json::from_value(json!({
        "id": "user-controlled", "severity": "hint", "file": HOSTILE, "line": 3, "column": 1, "end_line": 3, "end_column": 2,
        "message": HOSTILE, "hint": HOSTILE,
    }))
    .expect("a finding");
    let made = "2026-11-26T15:00:00Z".to_owned();
    let about = About { loaded, hints: &[hint], target, made };
    let page = page(document, &about).expect("a page");
    let path = pages().join(format!("{name}.html"));
    std::fs::create_dir_all(pages()).expect("a directory");
    std::fs::write(path, &page).expect("written");
    page
}

fn pages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/pages")
}

#[test]
fn nothing_that_is_put_in_becomes_markup() {
    let document = whole("plan");
    let page = written("plan", &document, &loaded(2), Some(&target()));
    // Each of its own tags is known; a hostile one would be another.
    for tag in ["<script", "<img", "</style><", "onerror=alert(1)>"] {
        assert!(!page.contains(tag), "{tag}");
    }
    assert_eq!(page.matches("<style>").count(), 1);
    // Every place in the document that has the text shows it.
    let in_document = document.to_string().matches("onerror").count();
    assert!(page.matches("onerror").count() >= in_document, "something is missing");
    assert!(!page.contains("49"), "a template was filled in twice");
}

#[test]
fn a_page_needs_nothing_from_elsewhere() {
    let page = written("verify", &whole("verify"), &loaded(1), Some(&target()));
    for attribute in ["src=\"", "url(", "@import", "<link", "http://", "https://"] {
        assert!(!page.contains(attribute), "{attribute}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn losses_and_failures_are_said_first_and_in_words() {
    let page = written("status", &whole("status"), &loaded(1), Some(&target()));
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("`{text}` is missing"));
    let main = place("<main>");
    for text in ["nobody can sign in", "Somebody LOSES", "1 of 3 tokens are as promised, 1 failed"]
    {
        assert!(place(text) < main, "{text}");
    }
    assert!(place("LOSES</td>") > main);
    for text in ["FAILED", "not proven", "refused", "90 %"] {
        place(text);
    }
}

#[test]
fn what_changes_hides_what_stays() {
    let page = written("changes", &whole("plan"), &loaded(1), None);
    assert!(page.contains("2 other kinds keep what they have."));
    assert!(!page.contains("<th scope=\"row\">others"));
    // Who may change it is known only where the stack is.
    assert!(!page.contains("id=\"access\""));
}

#[test]
fn an_auditor_sees_who_may_change_it() {
    let page =
        written("access", &json!({"schema": "pretoken/check/v1"}), &loaded(1), Some(&target()));
    for text in [
        "lambda:UpdateFunctionCode",
        "cognito-idp:UpdateUserPool",
        "arn:aws:iam::123456789012:role/",
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert!(!page.contains("cognito-idp:DescribeUserPool<"), "reading changes nothing");
}

#[test]
fn ten_thousand_rules_are_one_page() {
    let page = written("many", &json!({"schema": "pretoken/check/v1"}), &loaded(1), None);
    let one = page.matches("<li>").count();
    let mut many = loaded(1);
    let rule = many.config.rules[0].clone();
    many.config.rules = (0..10_000).map(|_| rule.clone()).collect();
    let page = written("many", &json!({"schema": "pretoken/check/v1"}), &many, None);
    assert_eq!(page.matches("<li>").count(), one + 9_999);
}
