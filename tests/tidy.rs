//! The rules of the architecture, held by a test: a rule that nothing checks is a wish.

use std::fs;
use std::path::{Path, PathBuf};

/// A file and what is in it.
struct Source {
    path: String,
    text: String,
}

fn sources(directories: &[&str]) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![];
    for directory in directories {
        walk(&root.join(directory), &mut files);
    }
    let read = |path: PathBuf| Source {
        path: path.strip_prefix(root).expect("below the root").display().to_string(),
        text: fs::read_to_string(&path).expect("a readable file"),
    };
    files
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .map(read)
        .collect()
}

fn walk(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_file() {
        return files.push(path.to_owned());
    }
    let mut entries: Vec<_> =
        fs::read_dir(path).expect("a readable directory").flatten().map(|e| e.path()).collect();
    entries.sort();
    entries.iter().filter(|path| !path.ends_with("target")).for_each(|path| walk(path, files));
}

/// Lines of the files under `places` that hold one of `words`, as `path:line: text`. Comments do not count.
fn lines_with(places: &[&str], words: &[&str]) -> Vec<String> {
    let mut found = vec![];
    for source in sources(places) {
        for (number, line) in source.text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if words.iter().any(|word| code.contains(word)) {
                found.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    found
}

fn outside<'a>(found: &'a [String], home: &str) -> Vec<&'a String> {
    found.iter().filter(|line| !line.starts_with(home)).collect()
}

#[test]
fn the_sdk_stays_in_src_aws() {
    let found = lines_with(
        &["src"],
        &["aws_sdk_", "aws_config", "aws_smithy", "aws_types", "aws_credential_types"],
    );
    assert!(!found.is_empty(), "the search finds nothing at all");
    assert_eq!(outside(&found, "src/aws/"), Vec::<&String>::new());
}

#[test]
fn planning_is_pure() {
    let pure = [
        "src/reconcile/plan",
        "src/model",
        "src/reconcile/desired.rs",
        "src/reconcile/actual.rs",
        "src/reconcile/lifetime.rs",
        "src/tokens",
        "src/export",
        "src/permissions",
    ];
    let effects = [
        "tokio",
        "std::fs",
        "std::env",
        "std::net",
        "std::process",
        "SystemTime",
        "Instant",
        "async ",
        "aws::",
    ];
    assert_eq!(lines_with(&pure, &effects), Vec::<String>::new());
}

#[test]
fn the_rules_are_pure() {
    let pure = [
        "trigger/src/rules",
        "trigger/src/event.rs",
        "trigger/src/handle.rs",
        "trigger/src/response.rs",
    ];
    let effects = [
        "tokio",
        "std::fs",
        "std::env",
        "std::net",
        "SystemTime",
        "Instant",
        "async ",
        "lambda_runtime",
    ];
    assert_eq!(lines_with(&pure, &effects), Vec::<String>::new());
}

#[test]
fn only_the_command_line_prints() {
    let found = lines_with(&["src"], &["println!", "print!(", "stdout()", "stderr()"]);
    assert!(!found.is_empty(), "the search finds nothing at all");
    assert_eq!(outside(&found, "src/cli/writer.rs"), Vec::<&String>::new());
}

#[test]
fn nothing_leaves_the_command_line_but_by_its_writer() {
    let ways =
        ["fs::write", "OpenOptions", "File::create", "File::options", ".print()", "io::Write"];
    let found = lines_with(&["src/cli"], &ways);
    assert!(!found.is_empty(), "the search finds nothing at all");
    assert_eq!(outside(&found, "src/cli/writer.rs"), Vec::<&String>::new());
}

#[test]
fn programs_are_started_without_our_credentials() {
    let found = lines_with(&["src/cli", "src/ops", "src/package", "src/local"], &["Command::new("]);
    let ours: Vec<_> = found
        .iter()
        .filter(|line| !line.contains("std::process::Command::new(\"git\")"))
        .filter(|line| !line.contains("Command::new(\"cc\")"))
        .collect();
    // The emulator's own environment is smaller still.
    assert_eq!(ours.len(), 1, "{ours:?}");
    assert!(ours[0].starts_with("src/local/emulator.rs"), "{ours:?}");
}

#[test]
fn only_applying_writes() {
    let found = lines_with(&["src"], &["impl Write", "C: Write", "(impl Write", "&impl Write"]);
    let valid_parents = ["src/reconcile/apply.rs", "src/aws/"];
    let others: Vec<_> = found
        .iter()
        .filter(|line| !valid_parents.iter().any(|home| line.starts_with(home)))
        .collect();
    assert!(!found.is_empty(), "the search finds nothing at all");
    assert_eq!(others, Vec::<&String>::new());
}

#[test]
fn one_function_writes_a_pool_and_one_a_client() {
    assert_eq!(lines_with(&["src"], &[".update_user_pool()"]).len(), 1);
    assert_eq!(lines_with(&["src"], &[".update_user_pool_client()"]).len(), 1);
    assert_eq!(lines_with(&["src"], &["set_user_pool_mfa_config"]), Vec::<String>::new());
}

#[test]
fn adapters_do_not_plan() {
    let decisions = ["crate::reconcile", "crate::config", "crate::cli"];
    assert_eq!(
        lines_with(&["src/aws", "src/local", "src/package"], &decisions),
        Vec::<String>::new()
    );
}

#[test]
fn files_stay_small_enough_to_read() {
    let long = |source: &Source| (source.text.lines().count() > 450).then(|| source.path.clone());
    let long: Vec<String> = sources(&["src", "trigger", "tests"]).iter().filter_map(long).collect();
    assert_eq!(long, Vec::<String>::new());
}

#[test]
fn nothing_is_unfinished_or_skipped() {
    let marks = ["todo!", "unimplemented!", "FIXME", "dbg!", "#[ignore", "#[allow", "#![allow"];
    let found = lines_with(&["src", "trigger", "tests"], &marks);
    assert_eq!(outside(&found, "tests/tidy.rs"), Vec::<&String>::new());
}
