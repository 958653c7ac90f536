//! The pipelines in `examples/pipelines/`: valid for GitHub and GitLab, and every command in them is one of this program's.

#[path = "linters/mod.rs"]
#[expect(dead_code, reason = "templates have other checkers")]
mod linters;

use std::path::{Path, PathBuf};

use linters::{program, said};

const RELEASE: &str = "../../.github/workflows/release.yml";
const BOOK: &str = "../../.github/workflows/book.yml";

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/pipelines").join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(path(name)).expect("a readable file")
}

/// The command lines of a pipeline: from `pretoken` to the end of the shell's command.
fn commands(pipeline: &str) -> Vec<Vec<&str>> {
    let lines = pipeline.lines().filter_map(|line| {
        let code = line.split(" #").next().unwrap_or_default().trim_start();
        let code = code.trim_start_matches("- ").trim_start_matches("run: ");
        let inline = code.split_once("command: ").map(|(_, command)| command);
        let command = inline.unwrap_or(code).strip_prefix("pretoken ")?;
        Some(command.trim_end_matches(" }"))
    });
    let ends = |word: &&str| ["|", "2>&1", "&&", "||", ">"].contains(word);
    lines.map(|line| line.split_whitespace().take_while(|word| !ends(word)).collect()).collect()
}

#[test]
fn every_command_is_one_of_this_program() {
    let mut refused = vec![];
    for (name, least) in [("github.yml", 8), ("gitlab.yml", 8), ("../../docs/pipelines.md", 4)] {
        let text = text(name);
        let commands = commands(&text);
        assert!(commands.len() >= least, "the search finds too little in {name}: {commands:?}");
        for command in commands {
            if let Err(error) = pretoken::cli::accepts(&command) {
                refused.push(format!("{name}: pretoken {}: {error}", command.join(" ")));
            }
        }
    }
    assert_eq!(refused, Vec::<String>::new());
}

#[test]
fn a_command_that_does_not_exist_is_found() {
    let pipeline = "      - run: |\n          pretoken plan --bogus 2>&1 | tee x\n          pretoken up --yes # really\n";
    assert_eq!(commands(pipeline), [vec!["plan", "--bogus"], vec!["up", "--yes"]]);
    assert!(pretoken::cli::accepts(&["plan", "--bogus"]).is_err());
    assert_eq!(pretoken::cli::accepts(&["up", "--yes"]), Ok(()));
}

/// What is said on stderr is for the log, which hides secrets: a comment does not.
#[test]
fn no_pipeline_publishes_stderr() {
    for name in ["github.yml", "gitlab.yml", "../../docs/pipelines.md"] {
        for word in ["2>&1", "&>", "|&"] {
            assert!(!text(name).contains(word), "{name}: {word}");
        }
    }
}

#[test]
fn both_pipelines_go_the_whole_way() {
    for name in ["github.yml", "gitlab.yml"] {
        let text = text(name);
        for part in [
            "plan -e prod --forbid-scope-loss",
            "up --ttl 24h --yes",
            "destroy --yes",
            "up -e staging",
            "up -e prod --canary 10% --bake 10m --yes",
            "verify -e prod",
            "sweep --yes",
            "plan -e prod --detailed-exitcode",
        ] {
            assert!(text.contains(&format!("pretoken {part}")), "{name} has no `{part}`");
        }
    }
}

#[test]
fn no_pipeline_holds_a_key_and_every_action_is_pinned() {
    for name in ["github.yml", "gitlab.yml", RELEASE, BOOK, "../../action.yml"] {
        let text = text(name);
        for word in ["AWS_SECRET", "AWS_ACCESS_KEY", "secrets."] {
            assert!(!text.contains(word), "{name}: {word}");
        }
        for line in text.lines().filter(|line| line.contains("uses:")) {
            let (_, pin) = line.split_once('@').expect("a version");
            let (commit, version) = pin.split_once(" # v").expect("a commit, and its version");
            assert!(commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit()), "{line}");
            assert!(version.starts_with(|c: char| c.is_ascii_digit()), "{line}");
        }
    }
}

/// The examples install what is released from these sources; the action and the component, too.
#[test]
fn what_is_installed_is_this_version() {
    let version = env!("CARGO_PKG_VERSION");
    for (name, words) in [
        ("github.yml", format!("pipx install pretoken=={version}\n")),
        ("gitlab.yml", format!("pretoken=={version} #")),
        ("../../action.yml", format!("default: \"{version}\"\n")),
        ("../../packaging/gitlab-component.yml", format!("default: \"{version}\"\n")),
    ] {
        assert!(text(name).contains(&words), "{name} does not say {words}");
    }
}

#[test]
fn github_takes_it() {
    for name in ["github.yml", RELEASE, BOOK] {
        let output = program("actionlint").arg("-no-color").arg(path(name)).output();
        let output = output.expect("actionlint starts");
        assert!(output.status.success(), "{}", said(&output));
        follows("vendor.github-workflows", &[], &path(name));
    }
    follows("vendor.github-actions", &[], &path("../../action.yml"));
}

#[test]
fn gitlab_takes_it() {
    follows("vendor.gitlab-ci", &["--data-transform", "gitlab-ci"], &path("gitlab.yml"));
}

/// A schema judges the file.
#[track_caller]
fn follows(schema: &str, flags: &[&str], file: &Path) {
    let mut command = program("check-jsonschema");
    let output = command.args(["--builtin-schema", schema]).args(flags).arg(file).output();
    let output = output.expect("check-jsonschema starts");
    assert!(output.status.success(), "{}", said(&output));
}
