//! What a pipeline wants beside a run's output: the document in a file, outputs, a summary, annotations, masks.
//!
//! It repeats what the documents say, in the pipeline's tongue, and decides nothing.

mod dotenv;
mod facts;
mod github;
mod markdown;
mod summary;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use github::Github;

use crate::config::Located;

/// The pipeline that this run is part of, if it is.
pub struct Ci {
    json_into: Option<PathBuf>,
    dotenv: Option<PathBuf>,
    github: Option<Github>,
    masked: RefCell<BTreeSet<String>>,
    unwritten: RefCell<Vec<String>>,
}

/// A shorter value is no secret that could be kept: masking it would blacken half of the log.
const SHORTEST_SECRET: usize = 6;

impl Ci {
    /// As the flags and the environment say.
    pub fn new(json_into: Option<PathBuf>, dotenv: Option<PathBuf>) -> Self {
        let github = Github::from_env();
        let (masked, unwritten) = Default::default();
        Self { json_into, dotenv, github, masked, unwritten }
    }

    /// Whether anybody wants the documents.
    pub fn listens(&self) -> bool {
        self.json_into.is_some() || self.dotenv.is_some() || self.github.is_some()
    }

    /// Passes a document on, that of a failure too. Returns the lines that the pipeline is to read on stderr.
    pub fn document(&self, document: &Value) -> String {
        if let Some(path) = &self.json_into {
            self.write(path, &format!("{document:#}\n"));
        }
        if let Some(path) = &self.dotenv {
            self.write(path, &dotenv::text(document));
        }
        self.github.as_ref().map(|github| github.document(document)).unwrap_or_default()
    }

    /// What is odd in `deploy.toml`, and stops nothing.
    pub fn hints(&self, hints: impl Iterator<Item = Located>) -> String {
        match &self.github {
            Some(github) => hints.map(|hint| github.at(&hint)).collect(),
            None => String::new(),
        }
    }

    /// The line that makes the pipeline hide this value from now on, if it is new and no trifle.
    ///
    /// The runner takes such a line out of the log; it is written nowhere else than under that runner.
    pub fn secret(&self, value: &str) -> String {
        let is_trifle = value.trim().chars().count() < SHORTEST_SECRET;
        if self.github.is_none() || is_trifle || !self.masked.borrow_mut().insert(value.to_owned())
        {
            return String::new();
        }
        github::mask(value)
    }

    /// What could not be written although it was asked for.
    pub fn unwritten(&self) -> Vec<String> {
        self.unwritten.borrow().clone()
    }

    fn write(&self, path: &Path, text: &str) {
        if let Err(error) = std::fs::write(path, text) {
            self.unwritten.borrow_mut().push(format!("cannot write `{}`: {error}", path.display()));
        }
    }
}
