//! Files that people and pipelines hand over.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::path::Path;

use pretoken::aws::cognito::pool_document;
use pretoken::aws::cognito::pool_document::PoolChange;
use pretoken::config::openapi;
use pretoken::config::{self, ConfigError, Problems};
use pretoken::model::{Architecture, ClientKey, PoolEdit};
use pretoken::ops::backup;
use pretoken::ops::saved_plan::SavedPlan;
use pretoken::package::{self, Requirements, elf, manifest_path};
use pretoken::tokens::hints::hints;
use pretoken::tokens::promises::broken_promises;
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;

use crate::{files_in, fuzz};

fn told(problems: &Problems) {
    let located: Vec<_> = problems.located().collect();
    assert!(!format!("{problems}{}{}", problems.summary(), json!(located)).is_empty());
}

#[test]
fn a_deploy_toml() {
    let seeds: Vec<_> = ["examples", "tests/broken", "tests/fixtures"]
        .iter()
        .flat_map(|folder| files_in(folder, ".toml"))
        .collect();
    fuzz("deploy.toml", &seeds, 150, |input| {
        match config::parse(&String::from_utf8_lossy(input), "deploy.toml", None) {
            Ok(loaded) => {
                told(&hints(&loaded, 0));
                told(&broken_promises(&loaded, 0));
            }
            Err(ConfigError::Invalid(problems)) => told(&problems),
            Err(other) => assert!(!other.to_string().is_empty()),
        }
    });
}

#[test]
fn a_file_of_promises() {
    let seeds = files_in("examples", ".toml");
    let promises = b"[[expect]]\nname = \"staff\"\ngroups = [\"staff\"]\nscopes = [\"orders/read\"]\naccess_claims = { desk = \"one\" }\n[verify]\nlimit = 3\n";
    let seeds = [seeds, vec![promises.to_vec()]].concat();
    let client = ClientKey::new("eu-west-1_AbCdEf123", "1h57kf5cpq17m0eml12EXAMPLE");
    through_a_file("promises", &seeds, 100, |path| match config::load_promises(path, &client) {
        Err(ConfigError::Invalid(problems)) => told(&problems),
        Err(other) => assert!(!other.to_string().is_empty()),
        Ok(_) => {}
    });
}

#[test]
fn an_api_document() {
    let deploy = files_in("examples/door", "deploy.toml").remove(0);
    let seeds = [files_in("examples/door", ".yaml"), files_in("examples/door", ".json")].concat();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("deploy.toml");
    let text = String::from_utf8(deploy).expect("text");
    let names: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("openapi = \"")?.split('"').next())
        .collect();
    assert!(!names.is_empty(), "no document is named");
    std::fs::write(&file, &text).expect("written");
    fuzz("openapi", &seeds, 100, |input| {
        for name in &names {
            std::fs::write(folder.path().join(name), input).expect("written");
        }
        let loaded = config::load(&file, None).expect("the file itself is right");
        for problems in
            openapi::read(&loaded, &openapi::adopted_ids(&loaded), &openapi::Served::new())
                .err()
                .into_iter()
                .flatten()
        {
            told(&problems);
        }
    });
}

#[test]
fn a_saved_plan() {
    let seeds = files_in("tests/fuzz/seeds", "plan.json");
    through_a_file("plan", &seeds, 300, |path| match SavedPlan::read(path) {
        Ok(plan) => assert!(format!("{plan:?}").len() > 10),
        Err(failure) => assert!(!failure.error.to_string().is_empty()),
    });
}

#[test]
fn a_copy_of_a_pool() {
    let seeds = files_in("tests/fixtures/pools", "full.json")
        .into_iter()
        .map(|pool| [b"{\"UserPool\":", &pool[..], b"}"].concat());
    let live: Value =
        serde_json::from_slice(&files_in("tests/fixtures/pools", "full.json").remove(0))
            .expect("JSON");
    through_a_file("backup", &seeds.collect::<Vec<_>>(), 300, |path| {
        if let Ok((_, saved)) = backup::read(path) {
            let ours = PoolChange::Slot(None);
            let update = pool_document::request(&saved, ours);
            assert!(format!("{update:?}").len() > 10);
            assert!(
                pool_document::differences(&saved, &saved, PoolChange::Edit(&PoolEdit::default()))
                    .len()
                    < 1_000
            );
            assert!(pool_document::differences(&live, &saved, ours).len() < 100_000);
        }
    });
}

#[test]
fn a_package_and_its_manifest() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trigger.zip");
    let rules = br#"[{"name":"everyone reads","add_scopes":["orders/read"]}]"#;
    // Whatever program this is, it can be looked into; only the first of it, to be quick.
    let mut elf = std::fs::read(std::env::current_exe().expect("this program")).expect("its bytes");
    elf.truncate(1 << 16);
    let zips = [zip(&elf, rules), zip(b"#!/bin/sh", rules)];
    let wanted =
        Requirements { architecture: Architecture::X86_64, rules: &[], facts: &BTreeMap::new() };
    let read = |path: &Path| match package::open(path, &wanted) {
        Ok(package) => assert!(!package.in_short().is_empty()),
        Err(error) => assert!(!format!("{error} {}", error.hint()).is_empty()),
    };
    fuzz("package", &zips, 300, |input| {
        std::fs::write(&path, input).expect("written");
        read(&path);
    });
    std::fs::write(&path, &zips[0]).expect("written");
    let manifest = br#"{"schema":"pretoken/manifest/v1","sha256":"00","architecture":"x86_64","files":[{"name":"bootstrap","bytes":1}]}"#;
    fuzz("manifest", &[manifest.to_vec()], 300, |input| {
        std::fs::write(manifest_path(&path), input).expect("written");
        read(&path);
    });
    fuzz("elf", &[elf], 300, |input| {
        if let Err(error) = elf::inspect(input, Architecture::X86_64) {
            assert!(!error.to_string().is_empty());
        }
    });
}

fn zip(bootstrap: &[u8], rules: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(vec![]));
    for (name, bytes) in [("bootstrap", bootstrap), ("rules.json", rules)] {
        zip.start_file(name, SimpleFileOptions::default().unix_permissions(0o755))
            .expect("an entry");
        zip.write_all(bytes).expect("written");
    }
    zip.finish().expect("a package").into_inner()
}

/// What is read from a path, in whatever encoding.
fn through_a_file(
    name: &str,
    seeds: &[Vec<u8>],
    rounds: usize,
    read: impl Fn(&Path) + Send + Sync,
) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fuzz(name, seeds, rounds, |input| {
        std::fs::write(&path, input).expect("written");
        read(&path);
    });
}
