//! The references that are made from the code: written with `UPDATE=1`, compared without.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use pretoken::codes::Code;
use pretoken::report::documents;
use regex_lite::Regex;
use serde_json::Value;

use crate::binary::Project;
use crate::{keys, root};

const MADE: &str = "<!-- Made from the code by `UPDATE=1 cargo test --test book`. -->\n";

/// A small stack, for commands that want one.
const STACK: &str = "name = \"shop\"\nregion = \"eu-west-1\"\n[pools.customers.clients.web]\n";

/// Writes or compares a page.
fn hold(name: &str, text: &str) {
    let path = root().join("docs").join(name);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, text).expect("written");
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    assert!(there == text, "docs/{name} is not as the code says: UPDATE=1 cargo test --test book");
}

/// A cell of a table.
pub fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ").replace('<', "&lt;")
}

#[test]
fn keys_of_the_file() {
    hold("reference/keys.md", &format!("# Keys of deploy.toml\n\n{MADE}\n{}", keys::page()));
}

#[test]
fn codes_in_groups() {
    let mut page = format!(
        "# Codes\n\n{MADE}\nEvery error, refusal, hint and verdict has a code. It stands in brackets on the terminal (`error[unknown-key]`), as `id` in \
         JSON, as the rule in SARIF, and in annotations. `pretoken explain unknown-key` prints its page. A code never changes what it means.\n"
    );
    let mut group = "";
    for code in Code::ALL {
        if code.group() != group {
            group = code.group();
            let _ = write!(page, "\n## {group}\n\n| code | | what |\n|---|---|---|\n");
        }
        let (id, entry) = (code.id(), code.entry());
        let _ = writeln!(
            page,
            "| [`{id}`](../codes/{id}.md) | {} | {} |",
            entry.severity.as_str(),
            cell(entry.title)
        );
    }
    hold("reference/codes.md", &page);
    let summary = fs::read_to_string(root().join("docs/SUMMARY.md")).expect("a summary");
    let others: Vec<&str> = summary.lines().filter(|line| !line.starts_with("  - [")).collect();
    let all = Code::ALL.iter().map(|code| format!("  - [{0}](codes/{0}.md)\n", code.id()));
    let (codes, parent) = (all.collect::<String>(), "- [Codes](reference/codes.md)\n");
    let whole = format!("{}\n", others.join("\n")).replace(parent, &format!("{parent}{codes}"));
    hold("SUMMARY.md", &whole);
}

#[test]
fn exit_codes() {
    let source = fs::read_to_string(root().join("src/failure.rs")).expect("a source");
    let variant =
        Regex::new(r"(?m)^    /// (.*)\n    [A-Z][A-Za-z]+ = (\d+),$").expect("a pattern");
    let mut page = format!(
        "# Exit codes\n\n{MADE}\nThey are a contract.\n\n| code | means |\n|---|---|\n| 0 | Done, or nothing to do. |\n"
    );
    let mut seen = 0;
    for found in variant.captures_iter(&source) {
        let _ = writeln!(page, "| {} | {} |", &found[2], cell(&found[1]));
        seen += 1;
    }
    assert!(seen >= 12, "only {seen} are found");
    page += "\n`local exec` ends with the exit code of its command. A signal ends a run in good order: 128 and its number.\n\nWhich code a run ended with, and \
             why, is in the document, too: `code` and `id` of `pretoken/error/v1`.\n";
    hold("reference/exit-codes.md", &page);
}

/// The commands that a help names, with their lines.
fn commands(help: &str) -> Vec<String> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| line.starts_with("  "));
    let name = |line: &str| line.strip_prefix("  ")?.split_whitespace().next().map(str::to_owned);
    listed
        .filter(|line| !line.starts_with("   "))
        .filter_map(name)
        .filter(|name| name != "help")
        .collect()
}

/// The entries of a help, one a flag; what stands before them is one, too.
fn entries(help: &str) -> Vec<String> {
    let is_flag = |line: &str| line.starts_with("  -") || line.starts_with("      --");
    help.lines().fold(vec![String::new()], |mut all, line| {
        if is_flag(line) || !line.starts_with(' ') && all.last().is_some_and(|last| is_flag(last)) {
            all.push(String::new());
        }
        if let Some(last) = all.last_mut() {
            *last += &format!("{line}\n");
        }
        all
    })
}

#[test]
fn commands_and_flags() {
    let project = Project::empty();
    let help = |words: &[&str]| {
        let text = project.run(&[words, &["--help"]].concat(), &[]).exits(0).stdout;
        text.lines().map(|line| format!("{}\n", line.trim_end())).collect::<String>()
    };
    let whole = help(&[]);
    let everywhere: BTreeSet<String> =
        entries(&whole).into_iter().skip(1).map(|entry| entry.trim().to_owned()).collect();
    let own = |words: &[&str]| {
        let all = entries(&help(words)).into_iter();
        let own = all.filter(|entry| !everywhere.contains(entry.trim()));
        own.collect::<String>().trim_end().trim_end_matches("Options:").trim_end().to_owned() + "\n"
    };
    let mut page = format!(
        "# Commands and flags\n\n{MADE}\nFlags that every command takes are in the first block alone.\n\n```text\n{whole}```\n"
    );
    for command in commands(&whole) {
        let text = help(&[&command]);
        let _ = write!(page, "\n## {command}\n\n```text\n{}```\n", own(&[&command]));
        for below in commands(&text) {
            let _ = write!(
                page,
                "\n### {command} {below}\n\n```text\n{}```\n",
                help(&[&command, &below])
            );
        }
    }
    hold("reference/commands.md", &page);
}

#[test]
fn actions_of_iam() {
    let project = Project::of(STACK);
    let columns = ["plan", "verify", "deploy", "destroy", "logs"];
    let mut actions: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for column in columns {
        let arguments = ["permissions", column, "--account", "123456789012", "-o", "json"];
        let document = project.run(&arguments, &[]).exits(0).json();
        let statements = document["policy"]["Statement"].as_array().cloned().unwrap_or_default();
        for statement in statements {
            let named = match &statement["Action"] {
                Value::String(one) => vec![one.clone()],
                all => all
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|it| Some(it.as_str()?.to_owned()))
                    .collect(),
            };
            for action in named {
                actions.entry(action).or_default().insert(column);
            }
        }
    }
    assert!(actions.len() > 30, "only {} actions are found", actions.len());
    let mut page = format!(
        "# IAM actions by command\n\n{MADE}\nOf a stack with a pool of its own. `pretoken permissions COMMAND` prints the policy with resources and conditions, for your file.\n\n| action | {} |\n|---{}|\n",
        columns.join(" | "),
        "|---".repeat(columns.len())
    );
    for (action, of) in actions {
        let cells = columns.map(|column| if of.contains(column) { "yes" } else { "" });
        let _ = writeln!(page, "| `{action}` | {} |", cells.join(" | "));
    }
    hold("reference/iam.md", &page);
}

#[test]
fn documents_of_json() {
    let mut page = format!(
        "# Documents\n\n{MADE}\n`-o json` puts exactly one document on stdout. Its member `schema` says which; members are only ever added. `pretoken schema NAME` prints the JSON Schema, made from the type that is written.\n"
    );
    for name in documents::names() {
        let schema = documents::schema(name).expect("a schema");
        let _ = write!(page, "\n## {name}\n\n| member | type | |\n|---|---|---|\n");
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        for (member, of) in schema["properties"].as_object().into_iter().flatten() {
            let always = if required.contains(&member.as_str().into()) { "" } else { "not always" };
            let _ =
                writeln!(page, "| `{member}` | {} | {always} |", cell(&keys::kind(of, &schema)));
        }
    }
    hold("reference/documents.md", &page);
}
