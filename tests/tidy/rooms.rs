//! The rooms of the house: what is in each, what it may import, and how large it may grow.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::circles::circles;
use crate::imports::{Crate, Mention};
use crate::sources::{self, lines_with, none};

/// Which room may import which; a room is a folder of `src/`, or a single file there.
///
/// `trigger` is the library of the Lambda, with the rules.
const ROOMS: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("lib", &[]),
    // The face: what it starts, and everything that it shows.
    (
        "cli",
        &[
            "ops",
            "cloud",
            "codes",
            "config",
            "export",
            "failure",
            "local",
            "model",
            "package",
            "permissions",
            "reconcile",
            "report",
            "scaffold",
            "system",
            "tokens",
            "trigger",
            "user",
            "verify",
        ],
    ),
    (
        "ops",
        &[
            "aws",
            "cloud",
            "codes",
            "config",
            "export",
            "failure",
            "local",
            "model",
            "package",
            "permissions",
            "reconcile",
            "scaffold",
            "system",
            "tokens",
            "trigger",
            "user",
            "verify",
        ],
    ),
    ("failure", &["cloud", "codes", "config", "local", "package", "reconcile"]),
    ("verify", &["cloud", "codes", "config", "model", "system", "tokens", "trigger", "user"]),
    ("reconcile", &["cloud", "codes", "config", "model", "tokens", "trigger", "user"]),
    (
        "report",
        &[
            "codes",
            "config",
            "failure",
            "model",
            "ops",
            "package",
            "permissions",
            "reconcile",
            "tokens",
            "trigger",
            "verify",
        ],
    ),
    ("export", &["config", "model", "reconcile"]),
    ("permissions", &["config", "model"]),
    ("scaffold", &["config", "model", "trigger"]),
    ("tokens", &["codes", "config", "model", "trigger"]),
    ("config", &["codes", "model", "system", "trigger"]),
    ("package", &["codes", "model", "system", "trigger"]),
    ("local", &["codes", "system", "user"]),
    ("aws", &["cloud", "model", "system", "user"]),
    ("cloud", &["model", "system", "user"]),
    ("model", &["trigger"]),
    ("user", &[]),
    ("codes", &[]),
    ("system", &["model"]),
];

/// What the Lambda and whoever deploys it must agree on; every room may name it.
const CONTRACT: &[&str] =
    &["FACTS_FILE", "FACTS_MEMBER", "IDS_VARIABLE", "Ids", "LOG_VARIABLE", "RULES_FILE"];

/// What the pure part of a room may import, where the room itself may import more.
const PURE_PARTS: &[(&str, &[&str])] = &[
    ("src/reconcile/plan", &["codes", "config", "model", "reconcile", "tokens", "trigger"]),
    ("src/reconcile/desired", &["codes", "config", "model", "reconcile", "tokens", "trigger"]),
    ("src/reconcile/actual", &["config", "model", "reconcile"]),
    ("src/reconcile/lifetime", &["config", "model", "reconcile", "trigger"]),
];

/// What always gives the same for the same, without a network, a disk or a clock.
const PURE: &[&str] = &[
    "src/codes",
    "src/config/check",
    "src/config/openapi/operation",
    "src/config/openapi/operations",
    "src/config/openapi/schemes",
    "src/config/openapi/served",
    "src/config/openapi/yaml",
    "src/config/shape",
    "src/export",
    "src/model",
    "src/permissions",
    "src/reconcile/actual",
    "src/reconcile/desired",
    "src/reconcile/lifetime",
    "src/reconcile/plan",
    "src/report",
    "src/tokens",
    "trigger/src/event",
    "trigger/src/facts",
    "trigger/src/handle",
    "trigger/src/ids",
    "trigger/src/response",
    "trigger/src/rules",
];

const EFFECTS: &[&str] = &[
    "futures_util",
    "lambda_runtime",
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "tokio",
    "crate::cloud::wait",
    "crate::system::clock",
];

/// The traits of the seam that change something, and where they may be named: where they are made, and where they are used.
const WRITERS: &[(&str, &[&str])] = &[
    ("crate::cloud::Write", &["src/cloud/", "src/aws/", "src/reconcile/apply", "src/ops/"]),
    ("crate::cloud::sign_in::Auth", &["src/cloud/", "src/aws/", "src/verify/", "src/ops/"]),
];

const SDK: &[&str] = &["aws_sdk_", "aws_config", "aws_smithy", "aws_types", "aws_credential_types"];

fn pretoken() -> &'static Crate {
    static CRATE: LazyLock<Crate> = LazyLock::new(|| Crate::read("src", "pretoken"));
    &CRATE
}

fn trigger() -> &'static Crate {
    static CRATE: LazyLock<Crate> = LazyLock::new(|| Crate::read("trigger/src", "trigger"));
    &CRATE
}

/// The folder below `src/`, or the file's own name.
fn room(file: &str) -> String {
    let inside = file.trim_start_matches("trigger/").trim_start_matches("src/");
    inside.split('/').next().unwrap_or_default().trim_end_matches(".rs").to_owned()
}

/// The room that a path leads to, of this crate or the trigger's.
fn target(mention: &Mention) -> Option<String> {
    let rules = || mention.is_in("trigger") && !CONTRACT.contains(&mention.path[1].as_str());
    mention.home.as_deref().map(room).or_else(|| rules().then(|| "trigger".to_owned()))
}

/// `src/reconcile/plan` holds `src/reconcile/plan.rs` and what is below `src/reconcile/plan/`.
fn holds(place: &str, file: &str) -> bool {
    file.strip_prefix(place).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

fn all_circles(place: fn(&str) -> String) -> Vec<String> {
    let crates = [pretoken(), trigger()];
    crates.iter().flat_map(|one| circles(&one.imports(), place)).collect()
}

fn rooms_of_src() -> BTreeSet<String> {
    sources::rust(&["src"]).iter().map(|source| room(&source.path)).collect()
}

#[test]
fn no_file_uses_itself_by_way_of_others() {
    none("circles of files", &all_circles(str::to_owned));
}

#[test]
fn no_room_uses_itself_by_way_of_others() {
    none("circles of rooms", &all_circles(room));
}

#[test]
fn every_room_has_its_imports_listed() {
    let listed: BTreeSet<String> = ROOMS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(rooms_of_src(), listed);
}

#[test]
fn rooms_import_what_is_below_them() {
    let mentions = pretoken().mentions();
    assert!(!mentions.is_empty(), "no import is found at all");
    let forbidden = |mention: &&Mention| {
        let from = room(&mention.file);
        let may = ROOMS.iter().find(|(name, _)| *name == from).map_or(&[][..], |(_, may)| may);
        target(mention).is_some_and(|to| to != from && !may.contains(&to.as_str()))
    };
    none("imports from the wrong room", &places(mentions.iter().filter(forbidden)));
}

#[test]
fn pure_parts_import_what_is_pure() {
    let mentions = pretoken().mentions();
    let forbidden = |mention: &&Mention| {
        let part = PURE_PARTS.iter().find(|(place, _)| holds(place, &mention.file));
        let to = target(mention);
        part.zip(to).is_some_and(|((_, may), to)| !may.contains(&to.as_str()))
    };
    none("imports of a pure part", &places(mentions.iter().filter(forbidden)));
    for (place, _) in PURE_PARTS {
        assert!(mentions.iter().any(|one| holds(place, &one.file)), "{place} is not there");
    }
}

#[test]
fn pure_rooms_have_no_effects() {
    for (one, root) in [(pretoken(), "src/"), (trigger(), "trigger/src/")] {
        let pure = |file: &str| PURE.iter().any(|place| holds(place, file));
        let mentions = one.mentions();
        let effect = |mention: &&Mention| EFFECTS.iter().any(|effect| mention.is_in(effect));
        let mut found = places(mentions.iter().filter(|one| pure(&one.file)).filter(effect));
        let words = one.words(&["async", "await", "SystemTime", "Instant"]);
        found.extend(
            words.into_iter().filter(|line| pure(line.split(':').next().unwrap_or_default())),
        );
        none("effects in a pure room", &found);
        for place in PURE.iter().filter(|place| place.starts_with(root)) {
            assert!(mentions.iter().any(|one| holds(place, &one.file)), "{place} is not there");
        }
    }
}

#[test]
fn one_file_connects() {
    let mentions = pretoken().mentions();
    let outside = |mention: &&Mention| {
        mention.is_in("crate::aws")
            && !mention.file.starts_with("src/aws/")
            && mention.file != "src/ops/connection.rs"
    };
    none(
        "the adapter is named outside of src/ops/connection.rs",
        &places(mentions.iter().filter(outside)),
    );
}

#[test]
fn what_writes_to_aws_is_known() {
    let mentions = pretoken().mentions();
    let mut found = vec![];
    for (writer, rooms) in WRITERS {
        assert!(mentions.iter().any(|one| one.is_in(writer)), "{writer} is named nowhere");
        let allowed = |file: &str| rooms.iter().any(|room| file.starts_with(room));
        let named = mentions.iter().filter(|one| one.is_in(writer) || one.is_in("crate::cloud::*"));
        found.extend(places(named.filter(|one| !allowed(&one.file))));
    }
    none("what writes to AWS, named in a room that must not", &found);
}

#[test]
fn the_sdk_stays_in_src_aws() {
    let mentions = pretoken().mentions();
    let sdk = |mention: &&Mention| SDK.iter().any(|name| mention.path[0].starts_with(name));
    assert!(mentions.iter().any(|one| sdk(&one)), "the search finds nothing at all");
    let outside = mentions.iter().filter(sdk).filter(|one| !one.file.starts_with("src/aws/"));
    none("the SDK outside of src/aws", &places(outside));
}

#[test]
fn only_the_command_line_prints() {
    let found = lines_with(&["src"], &["println!", "print!(", "stdout()", "stderr()"]);
    assert!(!found.is_empty(), "the search finds nothing at all");
    none("printing outside of src/cli", &outside(&found, "src/cli/"));
}

#[test]
fn there_is_one_way_to_wait_and_one_clock() {
    let mentions = pretoken().mentions();
    let elsewhere = |name: &'static str, home: &'static str| {
        let of = move |one: &&Mention| one.ends_in(name) && one.file != home;
        places(mentions.iter().filter(of))
    };
    none(
        "sleeps, or reads the time, outside of src/system/clock.rs",
        &[
            elsewhere("sleep", "src/system/clock.rs"),
            elsewhere("SystemTime::now", "src/system/clock.rs"),
        ]
        .concat(),
    );
}

#[test]
fn one_function_writes_a_pool_and_one_a_client() {
    assert_eq!(lines_with(&["src"], &[".update_user_pool()"]).len(), 1);
    assert_eq!(lines_with(&["src"], &[".update_user_pool_client()"]).len(), 1);
    for part in ["user_pool_mfa_config", "risk_configuration", "log_delivery_configuration"] {
        assert_eq!(lines_with(&["src"], &[&format!(".set_{part}()")]).len(), 1, "{part}");
    }
}

#[test]
fn every_list_of_awss_is_read_in_one_way() {
    // The SDK's own takes a list that goes round in a circle for a short one, or never ends.
    none("paging outside of src/aws/paging.rs", &lines_with(&["src"], &["into_paginator"]));
    let tokens = ["next_token(from)", "marker(from)", "pagination_token(from)"];
    let lists = lines_with(&["src/aws"], &["paging::all(", "paging::find("]).len();
    assert_eq!(lists, lines_with(&["src/aws"], &tokens).len() + 1, "users are asked for twice");
}

#[test]
fn the_house_stays_small_enough_to_know() {
    let modules = lines_with(&["src/lib.rs"], &["mod "]).len();
    let src = sources::rust(&["src"]);
    let roots = ["src/lib.rs", "src/main.rs"];
    let loose = |path: &str| path.matches('/').count() == 1 && !roots.contains(&path);
    let loose = src.iter().filter(|source| loose(&source.path)).count();
    let cli = src.iter().filter(|source| source.path.starts_with("src/cli/"));
    let lines: usize = cli.map(|source| source.text.lines().count()).sum();
    let measured = [
        // The last three are what APIs say about themselves, neither rules nor AWS; what readers get, which would be too much
        // of the command line; and the names of everything that can be wrong, which nearly every room gives.
        ("modules in lib.rs", modules, 19),
        ("files in src/", loose, 6),
        ("lines in src/cli", lines, 4_600),
    ];
    let over = measured.iter().filter(|(_, is, most)| is > most);
    let over = over.map(|(what, is, most)| format!("{what}: {is}, at most {most}"));
    none("too much", &over.collect::<Vec<_>>());
}

#[test]
fn files_stay_small_enough_to_read() {
    let long = |source: &sources::Source| {
        let lines = source.text.lines().count();
        (lines > 450).then(|| format!("{}: {lines} lines", source.path))
    };
    let all = sources::rust(&["src", "trigger", "tests", "fuzz"]);
    none("long files", &all.iter().filter_map(long).collect::<Vec<_>>());
}

#[test]
fn nothing_is_unfinished_or_skipped() {
    let marks = ["todo!", "unimplemented!", "FIXME", "dbg!", "#[ignore", "#[allow", "#![allow"];
    let found = lines_with(&["src", "trigger", "tests", "fuzz"], &marks);
    none("unfinished", &outside(&found, "tests/tidy/"));
}

/// Each name once for each file that names it.
fn places<'a>(mentions: impl Iterator<Item = &'a Mention>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let first = |one: &&Mention| seen.insert((one.file.clone(), one.name()));
    mentions.filter(first).map(Mention::place).collect()
}

fn outside(found: &[String], home: &str) -> Vec<String> {
    found.iter().filter(|line| !line.starts_with(home)).cloned().collect()
}
