//! What pages show: files that are valid, and command lines that are understood.

use std::collections::BTreeSet;
use std::path::Path;

use pretoken::cli;
use pretoken::codes::Code;
use regex_lite::Regex;
use serde_json::Value;

use crate::binary::Project;
use crate::{files, pages, root, shown};

/// What a piece of a file may be a piece of.
const AROUND: [&str; 5] = [
    "",
    "name = \"shop\"\n[pools.customers.clients.web]\n",
    "name = \"shop\"\n[pools.customers.clients.other]\n",
    "name = \"shop\"\n[pools.customers.clients.web]\n[[rules]]\nname = \"all\"\nadd_scopes = [\"email\"]\n",
    "name = \"shop\"\n[pools.customers.clients.web]\n[apis.orders]\nopenapi = \"orders.yaml\"\nurl = \"https://api.shop.example\"\n[[expect]]\nname = \"all\"\nclient = \"web\"\n",
];

/// What a piece may lack, since it names what stands elsewhere in the file.
const ELSEWHERE: [Code; 14] = [
    Code::ScopesFrom,
    Code::AmbiguousReference,
    Code::ApiScheme,
    Code::ClaimNotAsPromised,
    Code::MayCall,
    Code::MayNotCall,
    Code::NotRefused,
    Code::ScopeNotGranted,
    Code::UnknownAttribute,
    Code::UnknownClient,
    Code::UnknownGroup,
    Code::UnknownPool,
    Code::UnknownResourceServer,
    Code::UnknownScope,
];

/// Fenced blocks of a page, with their language.
fn blocks(text: &str) -> Vec<(String, String)> {
    let mut lines = text.lines();
    let mut found = vec![];
    while let Some(line) = lines.next() {
        if let Some(info) = line.trim_start().strip_prefix("```") {
            let body = lines.by_ref().take_while(|line| !line.trim_start().starts_with("```"));
            found.push((info.to_owned(), body.map(|line| format!("{line}\n")).collect()));
        }
    }
    found
}

/// What `check` has against this file, but for what may stand elsewhere in it if it is a piece.
fn errors(deploy: &str, is_piece: bool) -> Vec<String> {
    let project = Project::of(deploy);
    for name in ["orders.yaml", "prices.json", "stock.json"] {
        let document = std::fs::read_to_string(root().join("examples/door").join(name));
        project.write(name, &document.expect("an example"));
    }
    let document = project.run(&["check", "-o", "json"], &[]).json();
    let problems = document["problems"].as_array().cloned().unwrap_or_default();
    let is_elsewhere = |problem: &Value| ELSEWHERE.iter().any(|code| problem["id"] == code.id());
    let news = problems.into_iter().filter(|problem| !(is_piece && is_elsewhere(problem)));
    news.map(|problem| format!("{}: {}", problem["id"], problem["message"])).collect()
}

#[test]
fn every_deploy_toml_that_is_shown_is_valid() {
    let (mut wrong, mut seen) = (vec![], 0);
    // Those of codes have a test of their own: they are wrong on purpose.
    let of_codes = |path: &Path| shown(path).starts_with("docs/codes");
    for (path, text) in pages().into_iter().filter(|(path, _)| !of_codes(path)) {
        for (language, block) in blocks(&text) {
            if language == "toml,alternatives" {
                let each =
                    block.lines().map(|line| errors(&format!("{}{line}\n", AROUND[3]), true));
                wrong.extend(
                    each.filter(|errors| !errors.is_empty()).map(|errors| errors.join("\n")),
                );
            }
            if language != "toml" || block.contains("{{#include") {
                continue;
            }
            seen += 1;
            let tries =
                AROUND.map(|around| errors(&format!("{around}{block}"), !around.is_empty()));
            if let Some(least) = tries.iter().min_by_key(|errors| errors.len())
                && !least.is_empty()
            {
                wrong.push(format!("{}:\n{block}{least:#?}", shown(&path)));
            }
        }
    }
    assert!(seen > 12, "only {seen} are found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n----\n"));
}

#[test]
fn every_example_is_valid() {
    let all = files("examples", "deploy.toml");
    assert!(all.len() >= 9, "only {} are found", all.len());
    for (path, _) in all {
        let mut command = crate::binary::offline(path.parent().expect("a folder"));
        let run = crate::binary::Run::new(command.arg("check").output().expect("it runs"));
        assert_eq!(run.code, 0, "{}: {}", shown(&path), run.stderr);
    }
}

/// A command line as a shell takes it apart, as far as pages need it.
fn words(line: &str) -> Vec<String> {
    let line = line.split(" #").next().unwrap_or(line);
    let ends = [" > ", " | ", " && ", "; ", " &"];
    let line = ends.iter().fold(line, |line, end| line.split(end).next().unwrap_or(line));
    let word = Regex::new(r#"'[^']*'|"[^"]*"|\S+"#).expect("a pattern");
    word.find_iter(line).map(|found| found.as_str().trim_matches(['\'', '"']).to_owned()).collect()
}

#[test]
fn every_command_line_that_is_shown_is_understood() {
    let shown_line =
        Regex::new(r"(?m)^(?: {4,}|\s*- run: |.*\$ )pretoken (.*)$").expect("a pattern");
    let (mut wrong, mut seen) = (vec![], 0);
    for (path, text) in pages() {
        for found in shown_line.captures_iter(&text) {
            seen += 1;
            let words = words(&found[1]);
            let arguments: Vec<&str> = words.iter().map(String::as_str).collect();
            if let Err(error) = cli::accepts(&arguments) {
                wrong.push(format!("{}: pretoken {}: {error}", shown(&path), &found[1]));
            }
        }
    }
    assert!(seen > 60, "only {seen} are found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_flag_that_is_named_is_one() {
    let help = std::fs::read_to_string(root().join("docs/reference/commands.md")).expect("a page");
    let known: BTreeSet<&str> =
        help.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).collect();
    let flag = Regex::new(r"`(?:up |plan |check |verify |init |build |local |simulate |token |permissions |pretoken [a-z ]+)?(--[a-z][a-z-]+)").expect("a pattern");
    // Of programs that are not this one.
    let others = ["--release", "--locked", "--test", "--manifest-path", "--workspace"];
    let mut wrong = vec![];
    // That page is about the scripts that make a release.
    let ours = |path: &Path| shown(path) != "docs/releasing.md";
    for (path, text) in files("docs", ".md").into_iter().filter(|(path, _)| ours(path)) {
        for found in flag.captures_iter(&text) {
            if !known.contains(&found[1]) && !others.contains(&&found[1]) {
                wrong.push(format!("{}: {}", shown(&path), &found[1]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
