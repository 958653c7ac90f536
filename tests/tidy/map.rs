//! ARCHITECTURE.md's table: it names the rooms that there are, and what it says that they must not do is held.

use std::collections::BTreeSet;

use crate::imports::{Crate, Mention};
use crate::sources::{none, root, rust};

/// A row: the places in its first column, and the phrases of its last.
struct Row {
    places: Vec<String>,
    must_not: Vec<String>,
}

/// Phrases of the last column, and the names that whoever keeps them cannot have imported.
const NAMES: &[(&str, &[&str])] = &[
    ("know AWS", &["crate::aws", "crate::cloud"]),
    ("call AWS", &["crate::aws", "crate::cloud::Read", "crate::cloud::Write"]),
    (
        "call",
        &[
            "crate::aws",
            "crate::cloud::Read",
            "crate::cloud::Write",
            "crate::cloud::Invoke",
            "tokio",
        ],
    ),
    ("look anything up", &["crate::aws", "crate::cloud::Read", "std::fs", "std::env", "tokio"]),
    ("look", &["crate::aws", "crate::cloud::Read", "crate::cloud::Write"]),
    ("know the SDK", SDK),
    ("name an SDK type", SDK),
    ("write", &["crate::cloud::Write"]),
    ("plan", &["crate::reconcile"]),
    ("decide", &["crate::reconcile::plan::converge", "crate::reconcile::plan::destroy"]),
    ("wait", &["crate::cloud::wait", "tokio"]),
    ("read a clock", CLOCKS),
    (
        "read a clock or a file",
        &[
            "crate::system::clock",
            "std::time::SystemTime",
            "std::time::Instant",
            "std::fs",
            "tokio",
        ],
    ),
    ("know a flag", &["clap", "crate::cli"]),
    ("know a terminal", &["anstream", "anstyle", "crate::cli"]),
    ("print", &["anstream", "crate::cli"]),
];

const SDK: &[&str] =
    &["aws_config", "aws_sdk_", "aws_smithy_", "aws_types", "aws_credential_types"];
const CLOCKS: &[&str] =
    &["crate::system::clock", "std::time::SystemTime", "std::time::Instant", "tokio"];

/// They list what is there, or start it.
const ROOTS: &[&str] = &["src/lib.rs", "src/main.rs"];

/// What no program can see.
const UNSEEN: &[&str] = &[
    "anything else",
    "end a process that is not its own",
    "know when",
    "leave a user behind",
    "move the alias",
    "say anything new",
];

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let table = text.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    table.take_while(|line| line.starts_with('|')).map(row).collect()
}

fn row(line: &str) -> Row {
    let columns: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
    let code = columns[0].split('`').skip(1).step_by(2);
    let last = columns.last().copied().unwrap_or_default();
    let phrases = last.split([',', ';']).map(str::trim).filter(|phrase| !phrase.is_empty());
    Row {
        places: code.map(str::to_owned).collect(),
        must_not: phrases.map(str::to_owned).collect(),
    }
}

fn places() -> BTreeSet<String> {
    rows().into_iter().flat_map(|row| row.places).collect()
}

#[test]
fn every_row_is_a_place() {
    let gone = places().into_iter().filter(|place| !root().join(place).exists());
    none("in ARCHITECTURE.md, but not there", &gone.collect::<Vec<_>>());
}

#[test]
fn every_room_has_a_row() {
    let rows = places();
    let files = rust(&["src"]);
    let rooms: BTreeSet<String> = files.iter().map(|one| room(&one.path)).collect();
    let is_told = |room: &&String| rows.contains(*room) || ROOTS.contains(&room.as_str());
    let untold: Vec<String> = rooms.iter().filter(|room| !is_told(room)).cloned().collect();
    none("not in ARCHITECTURE.md", &untold);
}

#[test]
fn every_phrase_is_held_or_cannot_be() {
    let known = |phrase: &&String| {
        NAMES.iter().any(|(name, _)| name == *phrase) || UNSEEN.contains(&phrase.as_str())
    };
    let rows = rows();
    let new: Vec<String> =
        rows.iter().flat_map(|row| &row.must_not).filter(|one| !known(one)).cloned().collect();
    none("say in tests/tidy/map.rs how this is checked, or that it cannot be", &new);
}

#[test]
fn no_room_does_what_its_row_forbids() {
    let crates = [Crate::read("src", "pretoken"), Crate::read("trigger/src", "trigger")];
    let mentions: Vec<Mention> = crates.iter().flat_map(Crate::mentions).collect();
    let found: Vec<String> = rows().iter().flat_map(|row| row.broken(&mentions)).collect();
    none("forbidden by ARCHITECTURE.md", &found);
}

impl Row {
    /// What this row's places name although its last column says that they must not.
    fn broken(&self, mentions: &[Mention]) -> Vec<String> {
        let inside = mentions.iter().filter(|one| self.holds(&one.file));
        let from_outside =
            inside.filter(|one| !one.home.as_deref().is_some_and(|home| self.holds(home)));
        let told = |one: &Mention| {
            let forbids = |(phrase, names): &&(&str, &[&str])| {
                self.must_not.iter().any(|one| one == phrase)
                    && names.iter().any(|name| begins(one, name))
            };
            let (phrase, _) = NAMES.iter().find(forbids)?;
            Some(format!("{} (must not {phrase})", one.place()))
        };
        from_outside.filter_map(told).collect()
    }

    fn holds(&self, file: &str) -> bool {
        let below = |place: &String| {
            file.strip_prefix(place.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.places.iter().any(below)
    }
}

/// `aws_sdk_` begins the names of many crates; other names are whole.
fn begins(mention: &Mention, name: &str) -> bool {
    mention.is_in(name) || (name.ends_with('_') && mention.path[0].starts_with(name))
}

/// `src/cloud` of `src/cloud/wait.rs`, and `src/user.rs` itself.
fn room(file: &str) -> String {
    let parts: Vec<&str> = file.split('/').take(2).collect();
    parts.join("/")
}
