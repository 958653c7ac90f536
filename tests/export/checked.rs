//! What the engines' own checkers say, of every `deploy.toml` that the project has.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::linters::{formatted, module, program, said};
use crate::{STACK, export, project};

/// Every stack: its name, its directory, and its environment.
fn stacks() -> Vec<(String, PathBuf, Option<&'static str>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut stacks = vec![
        ("root".to_owned(), root.to_owned(), None),
        ("prod".to_owned(), root.to_owned(), Some("prod")),
        ("pr".to_owned(), root.to_owned(), Some("pr-7")),
    ];
    for entry in std::fs::read_dir(root.join("examples")).expect("the examples") {
        let directory = entry.expect("an example").path();
        if directory.join("deploy.toml").exists() {
            let name = directory.file_name().expect("a name").to_string_lossy().into_owned();
            stacks.push((name, directory, None));
        }
    }
    assert!(stacks.len() >= 8, "{stacks:?}");
    stacks
}

/// The templates of one engine, of every stack and by every way to the package; `file` names each.
fn templates(engine: &str) -> Vec<(String, Value)> {
    let odd = project(STACK);
    let zip = odd.path("trigger.zip");
    let zip = zip.to_str().expect("a path");
    let object = ["--s3-bucket", "packages", "--s3-key", "trigger.zip"];
    let mut all = vec![];
    let mut add = |name: &str, directory: &Path, flags: &[&str]| {
        let arguments = [&[engine, "--package", zip], flags].concat();
        all.push((name.to_owned(), export(directory, &arguments)["template"].take()));
    };
    for (name, directory, env) in stacks() {
        let env: Vec<&str> = env.map(|env| ["-e", env]).into_iter().flatten().collect();
        add(&name, &directory, &[&object[..], &env].concat());
    }
    add("odd", &odd.path(""), &object);
    add("odd-pr", &odd.path(""), &["-e", "pr-7"]);
    all
}

#[test]
fn cfn_lint_finds_nothing() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut command = program("cfn-lint");
    // Another rule than those that are on by itself: "informational" ones.
    command.args(["--include-checks", "I", "--"]);
    for (name, template) in templates("cloudformation") {
        let path = directory.path().join(format!("{name}.json"));
        std::fs::write(&path, template.to_string()).expect("written");
        command.arg(path);
    }
    let output = command.output().expect("cfn-lint starts");
    let local = "W3002 This code may only work with 'package' cli command";
    let found: Vec<String> = said(&output).lines().map(ToOwned::to_owned).collect();
    let lines: Vec<_> = found.iter().filter(|line| !line.is_empty()).collect();
    // The one template whose package is a file is for that very command.
    assert_eq!(lines.len(), 2, "{found:#?}");
    assert_eq!(lines[0], local);
    assert!(lines[1].contains("odd-pr.json"), "{}", lines[1]);
}

#[test]
fn terraform_fmt_would_change_nothing() {
    assert_eq!(formatted("a=1\nbb = 2\n"), "a  = 1\nbb = 2\n");
    for (name, template) in templates("terraform") {
        let text = template.as_str().expect("text");
        assert_eq!(formatted(text), text, "{name}");
    }
}

#[test]
fn terraform_reads_and_evaluates_every_module() {
    for (name, template) in templates("terraform") {
        let text = template.as_str().expect("text");
        let directory = tempfile::tempdir().expect("a temporary directory");
        std::fs::write(directory.path().join("main.tf"), text).expect("written");
        let module = module(directory.path());
        assert_eq!(unresolved(text), BTreeSet::new(), "{name}");
        let function = &module["aws_lambda_function"][0];
        let ids = function["environment"]["variables"]["PRETOKEN_IDS"].as_str().expect("ids");
        let ids = trigger::Ids::from_json(ids).expect("what the trigger reads");
        let count = |kind: &str| module[kind].as_array().map_or(0, Vec::len);
        let adopted = text.matches("variable \"adopted_").count();
        let declared = count("aws_cognito_user_pool") + count("aws_cognito_user_pool_client");
        assert_eq!(ids.pools.len() + ids.clients.len(), declared + adopted, "{name}: {ids:?}");
        assert_eq!(count("aws_lambda_permission"), ids.pools.len(), "{name}");
    }
}

#[test]
fn a_reference_to_nothing_is_found() {
    let zip = ["terraform", "--package", "trigger.zip"];
    let module =
        export(&project(STACK).path(""), &zip)["template"].as_str().expect("text").to_owned();
    for (declares, missing) in [
        ("\n  alias_arn =", "local.alias_arn"),
        ("variable \"adopted_company\"", "var.adopted_company"),
        ("\"aws_lambda_alias\" \"live\"", "aws_lambda_alias.live"),
        ("data \"aws_region\"", "aws_region.current"),
    ] {
        assert!(module.contains(declares), "{declares}");
        let broken = module.replace(declares, "\n  other =");
        assert_eq!(unresolved(&broken), [missing.to_owned()].into());
    }
}

/// References to what no block declares.
fn unresolved(module: &str) -> BTreeSet<String> {
    let found = |pattern: &str| -> BTreeSet<String> {
        let pattern = fancy_regex::Regex::new(pattern).expect("a pattern");
        let matches = pattern.captures_iter(module).map(|found| found.expect("a match"));
        let joined = |found: fancy_regex::Captures<'_>| {
            let parts = found.iter().skip(1).flatten().map(|part| part.as_str().to_owned());
            parts.collect::<Vec<_>>().join(".")
        };
        matches.map(joined).collect()
    };
    let used = found(r#"(?<![".\w-])((?:aws|var|local)\w*)\.([\w-]+)"#);
    let data = found(r"(?<![\w])data\.(aws_\w+)\.([\w-]+)");
    let mut declared = found(r#"(?m)^(?:resource|data) "(\w+)" "([\w-]+)""#);
    let named = |kind: &str, names: BTreeSet<String>| {
        names.into_iter().map(|name| format!("{kind}.{name}")).collect::<Vec<_>>()
    };
    declared.extend(named("var", found(r#"(?m)^variable "([\w-]+)""#)));
    let locals = module.split_once("locals {").map_or("", |(_, rest)| rest);
    let locals = locals.split_once("\n}").map_or("", |(locals, _)| locals);
    let local = |line: &str| {
        let (name, _) = line.strip_prefix("  ")?.split_once(" =")?;
        (!name.starts_with(' ')).then(|| name.trim().to_owned())
    };
    declared.extend(named("local", locals.lines().filter_map(local).collect()));
    assert!(used.len() > 5 && data.len() == 3, "the search finds too little: {used:?} {data:?}");
    used.union(&data).filter(|one| !declared.contains(*one)).cloned().collect()
}
