//! Every code has a page, every page a code, and every example on a page brings about its code and nothing else.
//!
//! A page shows a `deploy.toml` (with other files beside it) or a command, and the same put right; where AWS, an emulator or a
//! broken machine is needed, it names the test that brings the code about.

#[path = "support/binary.rs"]
#[expect(dead_code, reason = "each test crate uses a part of it")]
mod binary;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use binary::Project;
use pretoken::codes::{Code, CodeEntry, Gravity};
use pretoken::config;
use pretoken::ops::local::seeds;
use serde_json::Value;

/// What an example stands beside that shows a command.
const STACK: &str = "name = \"shop\"\n\n[pools.customers.clients.web]\n";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A fenced block: what stands behind its fence, and its lines.
struct Block<'a> {
    info: &'a str,
    text: String,
}

impl Block<'_> {
    /// The file that it is.
    fn file(&self) -> Option<&str> {
        if self.info == "toml" {
            Some("deploy.toml")
        } else {
            self.info.split_once("file=").map(|it| it.1)
        }
    }
}

fn blocks(markdown: &str) -> Vec<Block<'_>> {
    let mut lines = markdown.lines();
    let mut found = vec![];
    while let Some(line) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let text = lines.by_ref().take_while(|line| *line != "```");
            let text = text.map(|line| format!("{line}\n")).collect();
            found.push(Block { info, text });
        }
    }
    found
}

/// The part of a page below this heading.
fn section<'a>(entry: &'a CodeEntry, heading: &str) -> Option<&'a str> {
    let (_, below) = entry.text.split_once(&format!("## {heading}\n"))?;
    Some(below.split("\n## ").next().unwrap_or(below))
}

/// All codes that a document has, of what is wrong and of what is odd.
fn codes(document: &Value) -> BTreeSet<String> {
    let lists = ["problems", "hints"].into_iter().filter_map(|list| document[list].as_array());
    let all = lists.flatten().chain([document]).filter_map(|one| one["id"].as_str());
    all.map(str::to_owned).collect()
}

/// What comes of the files of an example, or of its command.
fn outcome(part: &str) -> BTreeSet<String> {
    let project = Project::of(STACK);
    let blocks = blocks(part);
    for block in &blocks {
        if let Some(file) = block.file() {
            project.write(file, &block.text);
        }
    }
    let command = blocks.iter().find_map(|block| block.text.strip_prefix("$ pretoken "));
    let arguments: Vec<&str> = command.unwrap_or("check").split_whitespace().collect();
    let run = project.run(&[arguments.as_slice(), &["-o", "json"]].concat(), &[]);
    let mut found = codes(&run.json());
    // What could not be written is told beside the document.
    let lost = run.stderr.lines().filter_map(|line| line.strip_prefix("error[")?.split_once(']'));
    found.extend(lost.map(|(code, _)| code.to_owned()));
    found
}

#[test]
fn every_page_is_of_a_code_and_says_what_to_do() {
    let pages = fs::read_dir(root().join("docs/codes")).expect("pages");
    let names = pages.map(|page| page.expect("a page").file_name().into_string().expect("UTF-8"));
    let codes: BTreeSet<String> =
        Code::ALL.iter().map(|code| format!("{}.md", code.id())).collect();
    assert_eq!(names.collect::<BTreeSet<_>>(), codes);
    for code in Code::ALL {
        let (id, entry) = (code.id(), code.entry());
        let page = fs::read_to_string(root().join(format!("docs/codes/{id}.md"))).expect("a page");
        let severity = entry.severity.as_str();
        let begins = format!("# {id}\n\n**{}** · {severity}\n\n", entry.title);
        assert!(page.starts_with(&begins), "{id} begins otherwise");
        assert!(
            section(&entry, "What to do").is_some_and(|text| text.len() > 20),
            "{id}: what to do?"
        );
        assert_eq!(Code::of(id), Some(*code));
    }
}

#[test]
fn every_code_is_made_somewhere() {
    fn read(directory: &Path, all: &mut String) {
        for entry in fs::read_dir(directory).expect("sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                read(&path, all);
            } else if path.extension().is_some_and(|it| it == "rs") {
                *all += &fs::read_to_string(path).expect("a source");
            }
        }
    }
    let mut sources = String::new();
    read(&root().join("src"), &mut sources);
    let used: BTreeSet<&str> = sources
        .split("Code::")
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric()).next())
        .collect();
    let unused: Vec<_> =
        Code::ALL.iter().filter(|code| !used.contains(format!("{code:?}").as_str())).collect();
    assert!(unused.is_empty(), "no place makes {unused:?}");
}

#[test]
fn every_example_brings_about_its_code_and_what_is_put_right_none() {
    let mut wrong = vec![];
    for code in Code::ALL {
        let (id, entry) = (code.id(), code.entry());
        let Some(example) = section(&entry, "Example") else {
            wrong.extend(elsewhere(&entry).err().map(|why| format!("{id}: {why}")));
            continue;
        };
        let found = outcome(example);
        if found != BTreeSet::from([id.to_owned()]) {
            wrong.push(format!("{id}: the example brings about {found:?}"));
        }
        let right = section(&entry, "Put right").map(outcome).unwrap_or_default();
        if !right.is_empty() {
            wrong.push(format!("{id}: put right it still brings about {right:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A page without an example names the test that brings its code about.
fn elsewhere(entry: &CodeEntry) -> Result<(), String> {
    let named = entry
        .text
        .split_once("<!-- triggered by ")
        .and_then(|(_, rest)| rest.split_once(" -->")?.0.split_once(": "));
    let (file, function) = named.ok_or("neither an example nor a test")?;
    let text = fs::read_to_string(root().join(file)).map_err(|error| format!("{file}: {error}"))?;
    text.contains(&format!("fn {function}("))
        .then_some(())
        .ok_or(format!("no {function} in {file}"))
}

#[test]
fn codes_are_explained_one_by_one_and_listed_in_groups() {
    let project = Project::empty();
    let one = project.run(&["explain", "unknown-key"], &[]).exits(0);
    assert!(one.stdout.starts_with("error[unknown-key]: A key that pretoken does not know\n\n"));
    assert!(one.stdout.contains("## What to do\n") && one.stderr.is_empty(), "{one:?}");
    let all = project.run(&["explain"], &[]).exits(0);
    let groups: Vec<_> = Code::ALL.iter().map(|code| code.group()).collect();
    for (code, group) in Code::ALL.iter().zip(groups) {
        let line = |line: &str| line.trim_start().starts_with(&format!("{} ", code.id()));
        assert!(all.stdout.lines().any(line), "{} is not listed", code.id());
        assert!(all.stdout.contains(&format!("\n{group}\n")), "{group} is no heading");
    }
    let document = project.run(&["explain", "token-wrong", "-o", "json"], &[]).exits(0).json();
    assert_eq!(document["schema"], "pretoken/explain/v1");
    let entry = &document["entries"][0];
    assert_eq!((&entry["id"], &entry["severity"]), (&"token-wrong".into(), &"verdict".into()));
    assert!(!entry["text"].as_str().expect("a text").contains("<!--"));
    let listed = project.run(&["explain", "-o", "json"], &[]).exits(0).json();
    assert_eq!(listed["entries"].as_array().map(Vec::len), Some(Code::ALL.len()));
    let error = "error[usage]: there is no code `unknown-kee`\nhint: did you mean `unknown-key`?\n";
    project.run(&["explain", "unknown-kee"], &[]).is(4, "", error);
}

#[test]
fn findings_have_the_code_as_rule_with_its_page() {
    let project = Project::of("name = \"shop\"\n[pools.customers]\n");
    let log = project.run(&["check", "-o", "sarif"], &[]).exits(0).json();
    let run = &log["runs"][0];
    assert_eq!(run["results"][0]["ruleId"], "pool-without-client");
    let rule = &run["tool"]["driver"]["rules"][0];
    assert_eq!(
        (&rule["id"], rule["helpUri"].as_str()),
        (&"pool-without-client".into(), Some(Code::PoolWithoutClient.url().as_str()))
    );
    assert_eq!(Code::PoolWithoutClient.entry().severity, Gravity::Hint);
}

#[test]
fn a_seed_that_nobody_could_be_told_of_is_refused() {
    let seed = "[[seed]]\nusername = \"ada@shop.example\"\n";
    let loaded = config::parse(&format!("{STACK}{seed}"), "deploy.toml", None).expect("valid");
    let refused = seeds::check(&loaded.config, false).expect_err("an invented password");
    assert_eq!(refused.code, Code::SeedUntold);
    assert!(seeds::check(&loaded.config, true).is_ok(), "the emulator's are printed");
}
