//! A file that is being edited: as it could last be read, and what is wrong with it now.

use std::path::Path;
use std::rc::Rc;

use crate::config::openapi::{Served, adopted_ids};
use crate::config::{self, Loaded, Located, Problems, Selection};
use crate::failure::Failure;
use crate::ops::apis::at_the_door;
use crate::tokens::hints::hints;
use crate::tokens::promises::broken_promises;

/// What is known of the file.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// As it could last be read.
    pub loaded: Option<Rc<Loaded>>,
    /// What is wrong with it now, with lines and carets.
    pub error: Option<String>,
    /// What is odd in it.
    pub hints: Vec<Located>,
}

impl Reading {
    /// Reads the file (again) at `now`, seconds since 1970. What cannot be read leaves what was known.
    #[must_use]
    pub fn next(&self, file: &Path, selection: &Selection, now: i64) -> Self {
        match config::load_selected(file, selection) {
            Ok(loaded) => Self::of(loaded, now),
            Err(error) => Self { error: Some(told(&error.into())), ..self.clone() },
        }
    }

    fn of(loaded: Loaded, now: i64) -> Self {
        let broken = broken_promises(&loaded, now);
        let mut found: Vec<Located> = hints(&loaded, now).located().collect();
        let mut error = (!broken.is_empty()).then(|| broken.render(false));
        match at_the_door(&loaded, (&adopted_ids(&loaded), &Served::new()), None, now) {
            Ok(door) => found.extend(door.hints.iter().flat_map(Problems::located)),
            Err(failure) => error = error.or(Some(told(&failure))),
        }
        Self { loaded: Some(Rc::new(loaded)), error, hints: found }
    }
}

fn told(failure: &Failure) -> String {
    if failure.problems.is_empty() {
        return format!("{:#}", failure.error);
    }
    failure.problems.iter().map(|problems| problems.render(false)).collect()
}
