//! What is looked at while a stack is served or explored: its file, the documents that it names, and the sources of its
//! trigger.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use trigger::LOG_VARIABLE;

use crate::config::{Config, Loaded};
use crate::system::clock::pause;

/// Often enough to be noticed at once, and seldom enough to cost nothing: a project has a few dozen of such files.
const POLL: Duration = Duration::from_millis(200);

/// The files, and how they were when they were last looked at.
pub struct WatchedFiles {
    paths: Vec<PathBuf>,
    seen: Seen,
}

type Seen = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

impl WatchedFiles {
    /// Looks at what this configuration is made from; at the file alone if it cannot be read.
    #[must_use]
    pub fn of(file: &Path, config: Option<&Config>) -> Self {
        let of_crate = |dir: &PathBuf| {
            ["Cargo.toml", "Cargo.lock", "build.rs", "src"].map(|name| dir.join(name))
        };
        let crates = config.iter().flat_map(|config| &config.trigger.crate_dir);
        let apis = config.iter().flat_map(|config| config.apis.values());
        let (sources, documents) =
            (crates.flat_map(of_crate), apis.filter_map(|api| api.openapi.clone()));
        let paths: Vec<_> = [file.to_owned()].into_iter().chain(sources).chain(documents).collect();
        let seen = look(&paths);
        Self { paths, seen }
    }

    /// Looks at what another configuration is made from. What has changed since the last look is still news.
    pub fn follow(&mut self, file: &Path, config: &Config) {
        let before = std::mem::replace(self, Self::of(file, Some(config)));
        for (path, seen) in before.seen {
            self.seen.entry(path).and_modify(|now| *now = seen);
        }
    }

    /// Waits until something is different, and no longer changes.
    pub async fn changed(&mut self) {
        let mut last = self.seen.clone();
        loop {
            pause(POLL).await;
            let now = look(&self.paths);
            if now != self.seen && now == last {
                self.seen = now;
                return;
            }
            last = now;
        }
    }
}

fn look(paths: &[PathBuf]) -> Seen {
    let mut seen = Seen::new();
    for path in paths {
        add(path, &mut seen);
    }
    seen
}

/// What cannot be read is not there: an editor may be replacing it.
fn add(path: &Path, seen: &mut Seen) {
    let Ok(found) = fs::metadata(path) else { return };
    if found.is_dir() {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        for entry in entries {
            add(&entry.path(), seen);
        }
    } else {
        seen.insert(path.to_owned(), (found.modified().ok(), found.len()));
    }
}

/// Its trigger logs every decision, unless the file says something about that.
#[must_use]
pub fn talkative(mut known: Loaded) -> Loaded {
    let variables = &mut known.config.trigger.environment;
    variables.entry(LOG_VARIABLE.to_owned()).or_insert_with(|| "debug".to_owned());
    known
}
