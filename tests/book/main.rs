//! The book: what is made from the code is as the code says, every example is valid, every link leads somewhere, and every
//! command line is one.
//!
//! `UPDATE=1 cargo test --test book` writes the references anew, for review.

#[path = "../support/binary.rs"]
#[expect(dead_code, reason = "each test crate uses a part of it")]
mod binary;
mod examples;
mod keys;
mod links;
mod references;

use std::fs;
use std::path::{Path, PathBuf};

/// The repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file of this folder whose name ends so, with its text.
fn files(folder: &str, ends: &str) -> Vec<(PathBuf, String)> {
    fn read(directory: &Path, ends: &str, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(directory).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                read(&path, ends, found);
            } else if path.to_string_lossy().ends_with(ends) {
                found.push((path.clone(), fs::read_to_string(path).expect("a text")));
            }
        }
    }
    let mut found = vec![];
    read(&root().join(folder), ends, &mut found);
    found.sort();
    found
}

/// Every page of the book, and the texts beside it.
fn pages() -> Vec<(PathBuf, String)> {
    let mut pages = files("docs", ".md");
    pages.extend(files("examples", ".md"));
    let beside = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"];
    pages.extend(beside.iter().map(|name| {
        let path = root().join(name);
        let text = fs::read_to_string(&path).expect("a text");
        (path, text)
    }));
    pages
}

/// A path as people write it.
fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}
