//! Links within the repository, and their anchors.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex_lite::Regex;

use crate::{files, pages, root, shown};

/// A heading as mdBook and GitHub make an anchor of it.
fn anchor(heading: &str) -> String {
    let plain: String = heading.trim().to_lowercase();
    let kept = plain.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#'))).collect()
}

/// Without what stands in fences and in code, where a bracket is no link.
fn prose(text: &str) -> String {
    let mut inside = false;
    let lines = text.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        !(fence || inside || line.starts_with("    "))
    });
    let code = Regex::new("`[^`]*`").expect("a pattern");
    code.replace_all(&lines.collect::<Vec<_>>().join("\n"), "code").into_owned()
}

#[test]
fn every_link_leads_to_a_page_and_to_a_heading_of_it() {
    let link = Regex::new(r"\]\(([^)\s]+)\)").expect("a pattern");
    let (mut wrong, mut seen) = (vec![], 0);
    for (path, text) in pages() {
        for found in link.captures_iter(&prose(&text)) {
            let target = found[1].to_owned();
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            seen += 1;
            let (file, heading) = target.split_once('#').unwrap_or((&target, ""));
            let to = if file.is_empty() {
                path.clone()
            } else {
                path.parent().expect("a folder").join(file)
            };
            if !to.exists() {
                wrong.push(format!("{}: {target} is not there", shown(&path)));
            } else if !heading.is_empty()
                && !anchors(&fs::read_to_string(&to).expect("a page")).contains(heading)
            {
                wrong.push(format!("{}: {target} has no such heading", shown(&path)));
            }
        }
    }
    assert!(seen > 100, "only {seen} links are found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_is_in_the_table_of_contents() {
    let summary = fs::read_to_string(root().join("docs/SUMMARY.md")).expect("a summary");
    let listed = |path: &Path| {
        let inside = path.strip_prefix(root().join("docs")).expect("a page").display().to_string();
        summary.contains(&format!("({inside})")) || inside == "SUMMARY.md"
    };
    let missing: Vec<_> = files("docs", ".md")
        .into_iter()
        .filter(|(path, _)| !listed(path))
        .map(|(path, _)| shown(&path))
        .collect();
    assert!(missing.is_empty(), "not in SUMMARY.md: {missing:?}");
}

#[test]
fn what_a_code_relies_on_elsewhere_is_named_in_the_book() {
    let environment =
        fs::read_to_string(root().join("docs/reference/environment.md")).expect("a page");
    let tags = fs::read_to_string(root().join("docs/reference/tags.md")).expect("a page");
    let variable = Regex::new(r#""(PRETOKEN_[A-Z_]+)"#).expect("a pattern");
    let tag = Regex::new(r#""(pretoken:[a-z-]+)"#).expect("a pattern");
    // Of the program's own insides: the mark of an emulator's processes, and a line of GitHub's files.
    let inner = ["PRETOKEN_LOCAL_RUN", "PRETOKEN_END"];
    let mut missing = BTreeSet::new();
    for (_, source) in files("src", ".rs") {
        let variables = variable.captures_iter(&source).map(|found| found[1].to_owned());
        missing.extend(
            variables.filter(|name| !environment.contains(name) && !inner.contains(&name.as_str())),
        );
        let found = tag.captures_iter(&source).map(|found| found[1].to_owned());
        missing.extend(found.filter(|name| !tags.contains(name.trim_end_matches(':'))));
    }
    assert!(missing.is_empty(), "named by no page: {missing:?}");
}
