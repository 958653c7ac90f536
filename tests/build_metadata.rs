//! What lies beside a package in a file, and what a file must be so that it can be deployed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use pretoken::package::{
    Architecture, BuildMetadata, BuildRequest, OpenError, Package, Requirements, Source, build,
    build_metadata, manifest_path, open, sbom_path,
};
use serde_json::Value;
use trigger::rules::Rule;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

const RULES: &str = r#"[{"name":"everyone reads","add_scopes":["orders/read"]}]"#;
const OUT: &str = "somewhere/trigger.zip";

fn host() -> Architecture {
    Architecture::host().expect("tests run on an architecture of Lambda's")
}

/// The real trigger of this repository, built once, and its build metadata, made twice.
fn made() -> &'static (Package, [BuildMetadata; 2]) {
    static MADE: OnceLock<(Package, [BuildMetadata; 2])> = OnceLock::new();
    MADE.get_or_init(|| {
        let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("trigger");
        let request = BuildRequest {
            source: Source::Crate(&crate_dir),
            architecture: host(),
            rules_json: RULES.as_bytes(),
            facts_json: None,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let package = build(&request, &mut |_| ()).await.expect("builds");
            let describe = async || build_metadata(&request, &package, Path::new(OUT)).await;
            let both = [describe().await.expect("described"), describe().await.expect("described")];
            (package, both)
        })
    })
}

fn sbom() -> Value {
    serde_json::from_slice(&made().1[0].sbom).expect("JSON")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("`{key}` is no text in {value}"))
}

fn list<'a>(value: &'a Value, key: &str) -> &'a Vec<Value> {
    value[key].as_array().unwrap_or_else(|| panic!("`{key}` is no list in {value}"))
}

#[test]
fn the_sbom_is_cyclonedx() {
    let bom = sbom();
    assert_eq!((text(&bom, "bomFormat"), text(&bom, "specVersion")), ("CycloneDX", "1.6"));
    assert_eq!(bom["version"], 1);
    let serial = text(&bom, "serialNumber").strip_prefix("urn:uuid:").expect("a UUID");
    let lengths: Vec<_> = serial.split('-').map(str::len).collect();
    assert_eq!(lengths, [8, 4, 4, 4, 12]);
    assert!(serial.chars().all(|c| c == '-' || c.is_ascii_digit() || ('a'..='f').contains(&c)));

    let root = &bom["metadata"]["component"];
    assert_eq!((text(root, "type"), text(root, "name")), ("application", "trigger"));
    let known = ["type", "bom-ref", "name", "version", "hashes", "licenses", "purl"];
    let mut refs = BTreeSet::new();
    for component in list(&bom, "components").iter().chain([root]) {
        let members = component.as_object().expect("an object").keys();
        assert!(members.clone().all(|key| known.contains(&key.as_str())), "{component}");
        assert!(refs.insert(text(component, "bom-ref")), "{component} is there twice");
        let (name, version) = (text(component, "name"), text(component, "version"));
        let purl = format!("pkg:cargo/{name}@{}", version.replace('+', "%2B"));
        assert!(text(component, "purl").starts_with(&purl), "{component}");
    }
    let mut told = BTreeSet::new();
    for entry in list(&bom, "dependencies") {
        assert!(told.insert(text(entry, "ref")), "{entry} is told twice");
        let needs: BTreeSet<_> = list(entry, "dependsOn").iter().map(Value::as_str).collect();
        assert_eq!(needs.len(), list(entry, "dependsOn").len(), "{entry} needs something twice");
        assert!(needs.iter().all(|need| need.is_some_and(|need| refs.contains(need))), "{entry}");
    }
    assert_eq!(told, refs, "every component says what it needs, and nothing else does");
}

#[test]
fn everything_that_is_listed_can_be_reached_from_the_root() {
    let bom = sbom();
    let mut open = vec![text(&bom["metadata"]["component"], "bom-ref").to_owned()];
    let mut seen = BTreeSet::new();
    while let Some(reference) = open.pop() {
        let entry = list(&bom, "dependencies").iter().find(|entry| text(entry, "ref") == reference);
        let needs = list(entry.expect("an entry"), "dependsOn").iter().filter_map(Value::as_str);
        open.extend(needs.filter(|need| !seen.contains(*need)).map(str::to_owned));
        seen.insert(reference);
    }
    assert_eq!(seen.len(), list(&bom, "components").len() + 1);
}

/// Held against the executable itself: panics name the files of the crates that they are in.
#[test]
fn exactly_what_is_linked_is_listed() {
    let bom = sbom();
    let names: BTreeSet<_> = list(&bom, "components").iter().map(|one| text(one, "name")).collect();
    for linked in ["lambda_runtime", "tokio", "serde", "serde_json", "hyper"] {
        assert!(names.contains(linked), "{linked} is missing in {names:?}");
    }
    let others = [
        ("schemars", "only the command line turns that feature on"),
        ("pretoken", "the trigger does not use it"),
        ("toml", "only tests need it"),
        ("tempfile", "only tests of the command line need it"),
        ("serde_derive", "it runs in the compiler"),
        ("syn", "the same"),
        ("windows-sys", "it is for another target"),
    ];
    for (other, why) in others {
        assert!(!names.contains(other), "{other} is listed, and {why}");
    }
    let part = |one: &Value| format!("{}-{}", text(one, "name"), text(one, "version"));
    let parts: BTreeSet<_> = list(&bom, "components").iter().map(part).collect();
    let bootstrap = bootstrap();
    let strings = String::from_utf8_lossy(&bootstrap);
    let after = strings.split("/registry/").skip(1);
    let linked: BTreeSet<_> =
        after.filter_map(|path| Some(path.split_once('/')?.0.to_owned())).collect();
    assert!(!linked.is_empty(), "some crate can panic");
    assert!(linked.is_subset(&parts), "not listed: {:?}", linked.difference(&parts));
}

#[test]
fn what_was_downloaded_has_the_hash_of_the_lock_file() {
    let lock = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock"));
    let lock = lock.expect("a lock file");
    let bom = sbom();
    for component in list(&bom, "components") {
        let hash = &list(component, "hashes")[0];
        assert_eq!(text(hash, "alg"), "SHA-256");
        let content = text(hash, "content");
        assert_eq!(content.len(), 64);
        let (name, version) = (text(component, "name"), text(component, "version"));
        let entry = format!("name = \"{name}\"\nversion = \"{version}\"\n");
        let entry = lock.split(&entry).nth(1).expect("a locked package");
        assert!(entry.split("[[").next().is_some_and(|entry| entry.contains(content)), "{name}");
        assert!(!list(component, "licenses").is_empty(), "{name} has a licence");
        assert!(!text(&component["licenses"][0], "expression").contains('/'), "{name}: no SPDX");
    }
}

#[test]
fn the_manifest_is_of_these_bytes_and_of_nothing_that_varies() {
    let (package, [build_metadata, again]) = made();
    assert_eq!(build_metadata, again, "the same sources, the same build metadata");
    let manifest: Value = serde_json::from_slice(&build_metadata.manifest.to_json()).expect("JSON");
    assert_eq!(manifest["schema"], "pretoken/manifest/v1");
    assert_eq!(manifest["sha256"], package.sha256_hex.as_str());
    assert_eq!(manifest["code_sha256"], package.code_sha256.as_str());
    assert_eq!(manifest["size"], package.zip.len());
    assert_eq!(manifest["architecture"], host().as_str());
    assert_eq!(manifest["target"], package.target.as_deref().expect("a target"));
    assert_eq!(manifest["glibc"], "static");
    assert_eq!(manifest["rules_sha256"], hex_of(RULES.as_bytes()));
    assert_eq!(manifest["files"][0]["name"], "bootstrap");
    assert_eq!(manifest["files"][1]["bytes"], RULES.len());
    assert!(text(&manifest["toolchain"], "rustc").starts_with("rustc 1."));
    assert!(text(&manifest["toolchain"], "cargo").starts_with("cargo 1."));
    assert_eq!(manifest["pretoken"], env!("CARGO_PKG_VERSION"));
    assert_eq!(manifest["sbom"]["file"], "trigger.zip.cdx.json");
    assert_eq!(manifest["sbom"]["sha256"], hex_of(&build_metadata.sbom));
    for document in [&build_metadata.sbom, &build_metadata.manifest.to_json()] {
        let text = String::from_utf8_lossy(document);
        assert!(!text.contains(env!("CARGO_MANIFEST_DIR")), "a path of this machine");
    }
}

fn hex_of(bytes: &[u8]) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA256, bytes);
    hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bootstrap() -> Vec<u8> {
    let mut zip = ZipArchive::new(Cursor::new(&made().0.zip)).expect("a zip");
    let mut bytes = vec![];
    zip.by_name("bootstrap").expect("an entry").read_to_end(&mut bytes).expect("reads");
    bytes
}

/// A zip file with these entries.
fn zipped(entries: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(vec![]));
    for (name, mode, bytes) in entries {
        zip.start_file(*name, SimpleFileOptions::DEFAULT.unix_permissions(*mode)).expect("starts");
        zip.write_all(bytes).expect("writes");
    }
    zip.finish().expect("finishes").into_inner()
}

/// A directory with `trigger.zip` in it.
fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("trigger.zip");
    std::fs::write(&path, bytes).expect("written");
    (directory, path)
}

fn opened(path: &Path, architecture: Architecture, rules: &str) -> Result<Package, OpenError> {
    let rules: Vec<Rule> = serde_json::from_str(rules).expect("rules");
    open(path, &Requirements { architecture, rules: &rules, facts: &BTreeMap::new() })
}

/// The whole chain of what is said about a file that is no package.
#[track_caller]
fn no_package(bytes: &[u8]) -> String {
    let (_directory, path) = file(bytes);
    match opened(&path, host(), RULES).expect_err("no package") {
        OpenError::NoPackage { source, .. } => format!("{:#}", anyhow::Error::from(source)),
        refused @ OpenError::Refused { .. } => panic!("{refused}"),
    }
}

#[test]
fn a_package_is_opened_as_it_was_built() {
    let built = &made().0;
    let (_directory, path) = file(&built.zip);
    let error = opened(&path, host(), RULES).expect_err("no manifest");
    assert!(error.to_string().contains("there is no manifest beside it"), "{error}");
    let sha256 = &built.sha256_hex;
    let manifest = format!(r#"{{"schema":"pretoken/manifest/v1","sha256":"{sha256}"}}"#);
    std::fs::write(manifest_path(&path), manifest).expect("written");
    let package = opened(&path, host(), RULES).expect("a package");
    assert_eq!(package, Package { target: None, ..built.clone() });
}

#[test]
fn what_is_no_package_says_why() {
    let own = std::fs::read(std::env::current_exe().expect("a path")).expect("reads");
    let bootstrap = bootstrap();
    let rules: (_, _, &[u8]) = ("rules.json", 0o644, RULES.as_bytes());
    assert!(no_package(b"{}").starts_with("it cannot be read as a zip file: "));
    let cut = &made().0.zip[..made().0.zip.len() / 2];
    assert!(no_package(cut).starts_with("it cannot be read as a zip file: "));
    assert_eq!(no_package(&zipped(&[rules])), "there is no `bootstrap` in it");
    let alone = zipped(&[("bootstrap", 0o755, &bootstrap)]);
    assert_eq!(no_package(&alone), "there is no `rules.json` in it");
    assert_eq!(
        no_package(&zipped(&[("bootstrap", 0o644, &bootstrap), rules])),
        "its `bootstrap` may not be started by everybody: its mode is 644, and 755 is usual"
    );
    let script = zipped(&[("bootstrap", 0o755, b"#!/bin/sh\n"), rules]);
    assert!(
        no_package(&script).starts_with("Lambda could not start its `bootstrap`: it is not an ELF")
    );
    let torn = zipped(&[("bootstrap", 0o755, &own[..200]), rules]);
    assert!(no_package(&torn).contains("its ELF structure cannot be read"));
    let unknown = br#"[{"name":"a","add_scopes":["a/b"],"add_magic":true}]"#;
    let unknown = zipped(&[("bootstrap", 0o755, &bootstrap), ("rules.json", 0o644, unknown)]);
    let said = no_package(&unknown);
    assert!(said.contains("no list of rules that this version knows"), "{said}");
    assert!(said.contains("add_magic"), "{said}");
    let both = [("bootstrap", 0o755, bootstrap.as_slice()), rules];
    for name in ["./rules.json", "rules.json/", "/bootstrap", "Bootstrap", "lib/x.so"] {
        let more = zipped(&[both[0], both[1], (name, 0o644, b"[]")]);
        let said = no_package(&more);
        assert!(said.contains("has no place in it"), "{name}: {said}");
    }
    // Two entries of other names get the same name afterwards: no library writes that.
    for name in [&b"rules.json"[..], b"bootstrap!"] {
        let twin: Vec<u8> = name.iter().map(|letter| letter ^ 1).collect();
        let twin = String::from_utf8(twin).expect("text");
        let mut doubled = zipped(&[both[0], both[1], (&twin, 0o644, b"[]")]);
        let ends = doubled.len() - twin.len();
        for at in 0..=ends {
            if doubled[at..].starts_with(twin.as_bytes()) {
                doubled[at..at + name.len()].copy_from_slice(name);
            }
        }
        let said = no_package(&doubled);
        let wanted = if name == b"rules.json" { "of the same name" } else { "no place in it" };
        assert!(said.contains(wanted), "{said}");
    }
    let missing = Path::new("/nowhere/trigger.zip");
    let error = opened(missing, host(), RULES).expect_err("nothing there");
    assert_eq!(error.to_string(), "`/nowhere/trigger.zip` is no package");
}

#[test]
fn a_package_for_somewhere_else_is_refused_with_every_reason() {
    let other =
        if host() == Architecture::Arm64 { Architecture::X86_64 } else { Architecture::Arm64 };
    let (_directory, path) = file(&made().0.zip);
    let manifest = r#"{"schema":"pretoken/manifest/v1","sha256":"00ff"}"#;
    std::fs::write(manifest_path(&path), manifest).expect("written");
    let wanted = RULES.replace("orders/read", "orders/write");
    let error = opened(&path, other, &wanted).expect_err("not for here");
    let OpenError::Refused { reasons, .. } = &error else { panic!("{error}") };
    let reasons: Vec<_> = reasons.iter().map(ToString::to_string).collect();
    assert_eq!(
        reasons,
        [
            format!("it is built for {}, and the function's architecture is {other}", host()),
            "its rules are not those of deploy.toml (changed: `everyone reads`)".to_owned(),
            format!(
                "its manifest is of another file: its hash is {}, and the manifest says 00ff",
                made().0.sha256_hex
            ),
        ]
    );
    assert!(error.hint().contains("--out FILE"));
}

#[test]
fn a_manifest_beside_it_must_be_one_and_its_own() {
    let (package, [build_metadata, _]) = made();
    let (_directory, path) = file(&package.zip);
    std::fs::write(manifest_path(&path), build_metadata.manifest.to_json()).expect("written");
    opened(&path, host(), RULES).expect("its own");
    for broken in ["{", r#"{"schema":"pretoken/manifest/v2","sha256":"00"}"#, "[]"] {
        std::fs::write(manifest_path(&path), broken).expect("written");
        let error = opened(&path, host(), RULES).expect_err("no manifest");
        let OpenError::NoPackage { source, .. } = error else { panic!("{error}") };
        assert!(source.to_string().starts_with("its manifest cannot be read: "), "{source}");
    }
}

#[test]
fn build_metadata_lies_beside_the_package() {
    let zip = Path::new("out.d/trigger.v1.zip");
    assert_eq!(manifest_path(zip), Path::new("out.d/trigger.v1.zip.manifest.json"));
    assert_eq!(sbom_path(zip), Path::new("out.d/trigger.v1.zip.cdx.json"));
}
