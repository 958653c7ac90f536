//! GitHub Actions: workflow commands, the step's summary and its outputs ("Workflow commands for GitHub Actions").
//!
//! Commands go to stderr, which the runner reads as it reads stdout (`ScriptHandler` has one command manager for both), so that
//! stdout stays the document's.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cli::writer::Writer;
use crate::config::Located;
use crate::report::facts::facts;
use crate::report::github::{annotations, at, output};
use crate::report::markdown::capped;
use crate::report::page;

/// A step's summary may have 1 MiB, and every run in the step adds to it.
const SUMMARY: u64 = 1_000_000;
/// The most that one run adds.
const PAGE: u64 = 256 * 1024;

/// The runner that this run is a step of.
pub struct Github {
    summary: Option<PathBuf>,
    output: Option<PathBuf>,
    workspace: Option<PathBuf>,
}

impl Github {
    /// The runner says so by `GITHUB_ACTIONS=true`.
    pub fn from_env() -> Option<Self> {
        let path = |name| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
        std::env::var("GITHUB_ACTIONS").is_ok_and(|value| value == "true").then(|| Self {
            summary: path("GITHUB_STEP_SUMMARY"),
            output: path("GITHUB_OUTPUT"),
            workspace: path("GITHUB_WORKSPACE"),
        })
    }

    /// Adds a document to the summary and the outputs, and prints its annotations.
    pub fn document(&self, document: &Value, writer: &Writer) {
        writer.command(&annotations(document, &|file| self.place(file)));
        let outputs: String =
            facts(document).iter().map(|(name, value)| output(name, value)).collect();
        let files = [(&self.summary, self.page(document)), (&self.output, outputs)];
        for (path, text) in files {
            let Some(path) = path.as_ref().filter(|_| !text.is_empty()) else { continue };
            if let Err(failure) = writer.append(path, &text) {
                writer.lose(&failure);
            }
        }
    }

    /// A problem of `deploy.toml` on its lines.
    pub fn at(&self, problem: &Located) -> String {
        at(problem, &|file| self.place(file))
    }

    fn page(&self, document: &Value) -> String {
        let page = page::page(document).unwrap_or_default();
        let there = self.summary.as_ref().and_then(|path| std::fs::metadata(path).ok());
        let room = SUMMARY.saturating_sub(there.map_or(0, |there| there.len())).min(PAGE);
        capped(&page, usize::try_from(room).unwrap_or(usize::MAX))
    }

    /// The path from the repository's root, as annotations want it.
    fn place(&self, file: &str) -> String {
        let whole = std::env::current_dir().unwrap_or_default().join(file);
        let inside = |workspace: &PathBuf| relative(&whole, workspace);
        self.workspace.as_ref().and_then(inside).unwrap_or_else(|| file.to_owned())
    }
}

fn relative(file: &Path, workspace: &Path) -> Option<String> {
    let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let workspace = workspace.canonicalize().unwrap_or_else(|_| workspace.to_owned());
    Some(file.strip_prefix(workspace).ok()?.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_from_the_repositorys_root() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("stacks/deploy.toml");
        assert_eq!(relative(&file, directory.path()), Some("stacks/deploy.toml".to_owned()));
        assert_eq!(relative(Path::new("/elsewhere/deploy.toml"), directory.path()), None);
    }
}
