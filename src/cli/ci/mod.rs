//! What a pipeline wants beside a run's output: the document in a file, outputs, a summary, annotations, masks.
//!
//! It repeats what the documents say, in the pipeline's tongue, and decides nothing.

mod github;

use std::path::PathBuf;

use serde_json::Value;

use github::Github;

use super::writer::Writer;
use crate::config::Located;
use crate::report::dotenv;
use crate::report::github::mask;

/// The pipeline that this run is part of, if it is.
pub struct Ci {
    json_into: Option<PathBuf>,
    dotenv: Option<PathBuf>,
    github: Option<Github>,
}

impl Ci {
    /// As the flags and the environment say.
    pub fn new(json_into: Option<PathBuf>, dotenv: Option<PathBuf>) -> Self {
        Self { json_into, dotenv, github: Github::from_env() }
    }

    /// Nobody listens.
    pub fn none() -> Self {
        Self { json_into: None, dotenv: None, github: None }
    }

    /// Whether anybody wants the documents.
    pub fn listens(&self) -> bool {
        self.json_into.is_some() || self.dotenv.is_some() || self.github.is_some()
    }

    /// Passes a document on, that of a failure too: to files, and as lines that the pipeline reads on stderr.
    pub fn document(&self, document: &Value, writer: &Writer) {
        let json = self.json_into.iter().map(|path| (path, format!("{document:#}\n")));
        let dotenv = self.dotenv.iter().map(|path| (path, dotenv::text(document)));
        for (path, text) in json.chain(dotenv) {
            if let Err(failure) = writer.file(path, &text) {
                writer.lose(&failure);
            }
        }
        if let Some(github) = &self.github {
            github.document(document, writer);
        }
    }

    /// What is odd in `deploy.toml`, and stops nothing.
    pub fn hints(&self, hints: impl Iterator<Item = Located>, writer: &Writer) {
        if let Some(github) = &self.github {
            hints.for_each(|hint| writer.command(&github.at(&hint)));
        }
    }

    /// Makes the pipeline hide a value that is about to be printed: what is printed nowhere needs no such line, which
    /// would itself be the leak.
    pub fn mask(&self, value: &str, writer: &Writer) {
        if self.github.is_some() {
            writer.command(&mask(value));
        }
    }
}
