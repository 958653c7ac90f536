//! The files that are looked at.

use std::fs;
use std::path::{Path, PathBuf};

/// A file and what is in it.
pub struct Source {
    /// Below the root of the repository.
    pub path: String,
    /// Its text.
    pub text: String,
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file of these places.
pub fn rust(places: &[&str]) -> Vec<Source> {
    sources(places, &["rs"])
}

/// Every file of these places with one of these endings, in the order of their paths.
pub fn sources(places: &[&str], endings: &[&str]) -> Vec<Source> {
    let mut files = vec![];
    for place in places {
        walk(&root().join(place), &mut files);
    }
    files.retain(|path| endings.iter().any(|end| path.extension().is_some_and(|is| is == *end)));
    let read = |path: PathBuf| Source {
        path: path.strip_prefix(root()).expect("below the root").display().to_string(),
        text: fs::read_to_string(&path).expect("a readable file"),
    };
    files.into_iter().map(read).collect()
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

/// Lines of the Rust files under `places` that hold one of `words`, as `path:line: text`. Comments do not count.
pub fn lines_with(places: &[&str], words: &[&str]) -> Vec<String> {
    let mut found = vec![];
    for source in rust(places) {
        for (number, line) in source.text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if words.iter().any(|word| code.contains(word)) {
                found.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    found
}

/// Fails with every finding on a line of its own.
#[track_caller]
pub fn none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n  {}\n", found.join("\n  "));
}
