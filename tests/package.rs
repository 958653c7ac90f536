//! The package: the same bytes from the same sources anywhere, nothing done twice, and errors that
//! say what to do.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::{Cursor, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use pretoken::package::{Architecture, BuildRequest, Package, PackageError, Source, build};
use zip::{CompressionMethod, DateTime, ZipArchive};

/// A small workspace with everything that tempts a path into an executable: a panic in a member, one
/// in a path dependency, one in generated code, and the path of a source file itself.
const TINY: &[(&str, &str)] = &[
    (
        "Cargo.toml",
        "[workspace]\nmembers = [\"trigger\", \"rules\", \"other\"]\nresolver = \"3\"\n\
         [profile.lambda]\ninherits = \"release\"\nstrip = true\n",
    ),
    (
        "Cargo.lock",
        "version = 4\n\
         [[package]]\nname = \"other\"\nversion = \"0.1.0\"\ndependencies = [\"rules\"]\n\
         [[package]]\nname = \"rules\"\nversion = \"0.1.0\"\n\
         [[package]]\nname = \"trigger\"\nversion = \"0.1.0\"\ndependencies = [\"rules\"]\n",
    ),
    (
        "trigger/Cargo.toml",
        "[package]\nname = \"trigger\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
         [[bin]]\nname = \"bootstrap\"\npath = \"src/main.rs\"\n\
         [dependencies]\nrules = { path = \"../rules\" }\n",
    ),
    (
        "trigger/build.rs",
        "fn main() {\n    let out = std::env::var(\"OUT_DIR\").unwrap();\n    \
         std::fs::write(format!(\"{out}/made.rs\"), \
         \"pub fn made(n: usize) { assert!(n > 2, \\\"made\\\"); }\").unwrap();\n}\n",
    ),
    (
        "trigger/src/main.rs",
        "mod made { include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\")); }\n\
         fn main() {\n    let n = std::env::args().count();\n    made::made(n);\n    \
         assert!(rules::limit() > n, \"{}\", file!());\n}\n",
    ),
    (
        "rules/Cargo.toml",
        "[package]\nname = \"rules\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[features]\nwide = []\n",
    ),
    (
        "rules/src/lib.rs",
        "pub fn limit() -> usize {\n    let n = std::env::args().count();\n    \
         assert!(n < 5, \"rules\");\n    if cfg!(feature = \"wide\") { n * 7 } else { n }\n}\n",
    ),
    // Built with the workspace, it would turn on a feature of the trigger's dependency.
    (
        "other/Cargo.toml",
        "[package]\nname = \"other\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
         [dependencies]\nrules = { path = \"../rules\", features = [\"wide\"] }\n",
    ),
    ("other/src/main.rs", "fn main() { println!(\"{}\", rules::limit()); }\n"),
];

/// A directory of this test's own, empty.
fn directory(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("package").join(name);
    if path.exists() {
        fs::remove_dir_all(&path).expect("removes what an earlier run left");
    }
    fs::create_dir_all(&path).expect("creates");
    path
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a parent")).expect("creates");
    fs::write(path, text).expect("writes");
}

/// The small workspace, alone in a directory.
fn tiny(name: &str) -> PathBuf {
    let root = directory(name);
    for (path, text) in TINY {
        write(&root.join(path), text);
    }
    root
}

/// Builds, and tells which steps cargo took.
fn package(
    crate_dir: &Path,
    architecture: Architecture,
    rules: &str,
) -> (Result<Package, PackageError>, Vec<String>) {
    let mut steps = Vec::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let source = Source::Crate(crate_dir);
    let request =
        BuildRequest { source, architecture, rules_json: rules.as_bytes(), facts_json: None };
    let mut progress = |step: &str| steps.push(step.to_owned());
    let result = runtime.expect("a runtime").block_on(build(&request, &mut progress));
    (result, steps)
}

fn host() -> Architecture {
    Architecture::host().expect("tests run on an architecture of Lambda's")
}

/// One test at a time may build: `CARGO_TARGET_DIR` can give all of them one target directory, and
/// each of them has a `bootstrap` there.
fn alone() -> MutexGuard<'static, ()> {
    static BUILDING: Mutex<()> = Mutex::new(());
    BUILDING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn built(root: &Path) -> Package {
    package(&root.join("trigger"), host(), "[]\n").0.expect("builds")
}

fn refused(crate_dir: &Path) -> (String, String) {
    let error = package(crate_dir, host(), "[]\n").0.expect_err("cannot be built");
    (error.to_string(), error.hint().unwrap_or_default())
}

fn compiled(steps: &[String]) -> Vec<&str> {
    steps.iter().filter_map(|step| step.strip_prefix("compiling ")).collect()
}

fn unzipped(package: &Package, name: &str) -> Vec<u8> {
    let mut zip = ZipArchive::new(Cursor::new(&package.zip)).expect("a zip");
    let mut bytes = Vec::new();
    zip.by_name(name).expect("an entry").read_to_end(&mut bytes).expect("reads");
    bytes
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

fn assert_no_path_of_this_machine(bootstrap: &[u8]) {
    let home = std::env::home_dir().expect("a home directory").join(".cargo");
    let cargo_home = std::env::var_os("CARGO_HOME").map_or(home, PathBuf::from);
    for path in [
        env!("CARGO_TARGET_TMPDIR"),
        env!("CARGO_MANIFEST_DIR"),
        cargo_home.to_str().expect("a path in UTF-8"),
        "/rustlib/src/",
    ] {
        assert!(!contains(bootstrap, path), "{path} is in the executable");
    }
}

/// Every file below, as another user's umask and clock would have left it.
fn estrange(directory: &Path, when: SystemTime) {
    for entry in fs::read_dir(directory).expect("reads") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            estrange(&path, when);
        } else {
            File::open(&path).and_then(|file| file.set_modified(when)).expect("sets the time");
            fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("sets the mode");
        }
    }
    fs::set_permissions(directory, Permissions::from_mode(0o700)).expect("sets the mode");
}

#[test]
fn the_same_sources_make_the_same_bytes_anywhere() {
    let _alone = alone();
    let here = tiny("here");
    let there = tiny("a much longer way/with blanks/there");
    estrange(&there, SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000));

    let (first, second) = (built(&here), built(&there));
    assert_eq!(first.sha256_hex, second.sha256_hex);
    assert_eq!(first, second);

    let bootstrap = unzipped(&first, "bootstrap");
    for path in ["trigger/src/main.rs", "rules/src/lib.rs", "/out/made.rs"] {
        assert!(contains(&bootstrap, path), "{path} is there to be found");
    }
    assert_no_path_of_this_machine(&bootstrap);
}

/// Here, and in a second clone. That one stays, so that only what changed is compiled the next time.
#[test]
fn the_real_trigger_is_the_same_from_another_clone() {
    let _alone = alone();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let clone = Path::new(env!("CARGO_TARGET_TMPDIR")).join("package-clone");
    let (sources, stale) = (sources(root), sources(&clone));
    for path in stale.keys().filter(|path| !sources.contains_key(*path)) {
        fs::remove_file(clone.join(path)).expect("removes");
    }
    for (path, bytes) in sources.iter().filter(|(path, bytes)| stale.get(*path) != Some(bytes)) {
        let path = clone.join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("creates");
        fs::write(&path, bytes).expect("writes");
        fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("sets the mode");
    }

    let (first, second) = (built(root), built(&clone));
    assert_eq!(first.sha256_hex, second.sha256_hex);
    assert_no_path_of_this_machine(&unzipped(&first, "bootstrap"));
}

/// All files of a working tree but the version control's and cargo's own.
fn sources(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            if path.is_file() {
                let name = path.strip_prefix(root).expect("below").to_owned();
                found.insert(name, fs::read(&path).expect("reads"));
            } else if !path.ends_with(".git")
                && !path.ends_with("target")
                && !path.join("CACHEDIR.TAG").exists()
            {
                directories.push(path);
            }
        }
    }
    found
}

#[test]
fn an_unchanged_second_build_compiles_nothing() {
    let _alone = alone();
    let root = tiny("twice");
    let crate_dir = root.join("trigger");
    let (first, steps) = package(&crate_dir, host(), "[]\n");
    assert_eq!(compiled(&steps).len(), 2, "exactly the trigger and what it needs: {steps:?}");

    let (second, steps) = package(&crate_dir, host(), "[]\n");
    assert_eq!(compiled(&steps), [""; 0]);
    let first = first.expect("builds");
    assert_eq!(first, second.expect("builds"));

    let (rules, steps) = package(&crate_dir, host(), "[{}]\n");
    assert_eq!(compiled(&steps), [""; 0]);
    let rules = rules.expect("builds");
    assert_ne!(rules.code_sha256, first.code_sha256);
    assert_eq!(unzipped(&rules, "bootstrap"), unzipped(&first, "bootstrap"));
}

#[test]
fn the_zip_holds_what_lambda_needs_and_nothing_else() {
    let _alone = alone();
    let package = built(&tiny("listing"));
    let mut zip = ZipArchive::new(Cursor::new(&package.zip)).expect("a zip");
    let mut entries = Vec::new();
    for index in 0..zip.len() {
        let entry = zip.by_index(index).expect("an entry");
        assert_eq!(entry.last_modified(), Some(DateTime::default()), "1980-01-01 00:00:00");
        assert_eq!(entry.compression(), CompressionMethod::Deflated);
        assert!(entry.comment().is_empty() && entry.extra_data().unwrap_or_default().is_empty());
        let name = entry.name().expect("a name").into_owned();
        entries.push((name, entry.unix_mode(), entry.size()));
    }
    let bootstrap = package.bootstrap_bytes;
    assert_eq!(
        entries,
        [
            ("bootstrap".to_owned(), Some(0o100_755), bootstrap),
            ("rules.json".to_owned(), Some(0o100_644), 3),
        ]
    );
    assert_eq!(package.files, [("bootstrap".to_owned(), bootstrap), ("rules.json".to_owned(), 3)]);
    assert_eq!(unzipped(&package, "rules.json"), b"[]\n");
    assert_eq!((package.glibc, package.interpreter), (None, None), "the host's own is static");
}

#[test]
fn a_compile_error_is_shown_whole() {
    let _alone = alone();
    let root = tiny("broken");
    write(&root.join("trigger/src/main.rs"), "fn main() {\n    let x: u32 = \"no\";\n}\n");
    let (error, _) = refused(&root.join("trigger"));
    assert!(error.starts_with("cargo cannot build `trigger` for "), "{error}");
    for line in [
        "error[E0308]: mismatched types",
        "trigger/src/main.rs:2:18",
        "2 |     let x: u32 = \"no\";",
        "expected `u32`, found `&str`",
        "error: could not compile `trigger`",
    ] {
        assert!(error.contains(line), "{line:?} is missing in:\n{error}");
    }
    assert!(!error.contains("Compiling"), "progress is no diagnostic:\n{error}");
}

#[test]
fn a_missing_lock_file_is_an_error() {
    let root = tiny("unlocked");
    fs::remove_file(root.join("Cargo.lock")).expect("removes");
    let (error, hint) = refused(&root.join("trigger"));
    assert_eq!(error, format!("there is no `Cargo.lock` in `{}`", root.display()));
    assert!(hint.contains("cargo generate-lockfile --manifest-path"), "{hint}");
    assert!(!root.join("Cargo.lock").exists(), "a build writes no sources");
}

#[test]
fn an_outdated_lock_file_is_an_error() {
    let root = tiny("outdated");
    let lock = root.join("Cargo.lock");
    write(&lock, "version = 4\n");
    let (error, hint) = refused(&root.join("trigger"));
    assert!(error.contains("--locked was passed"), "{error}");
    assert!(hint.contains("cargo update --workspace --manifest-path"), "{hint}");
    assert_eq!(fs::read_to_string(lock).expect("reads"), "version = 4\n");
}

#[test]
fn a_crate_without_bootstrap_is_an_error() {
    let root = tiny("nameless");
    let (error, hint) = refused(&root.join("other"));
    assert!(error.ends_with("other/Cargo.toml` has no binary named `bootstrap` (but `other`)"));
    assert!(hint.contains("name = \"bootstrap\""), "{hint}");
    let (error, _) = refused(&root.join("rules"));
    assert!(error.ends_with("rules/Cargo.toml` has no binary named `bootstrap`"), "{error}");
    let (error, _) = refused(&root);
    assert!(error.ends_with("/Cargo.toml` has no binary named `bootstrap`"), "{error}");
}

#[test]
fn a_missing_crate_is_an_error() {
    let root = tiny("missing");
    let (error, hint) = refused(&root.join("tigger"));
    assert_eq!(error, format!("there is no crate directory `{}/tigger`", root.display()));
    assert!(hint.contains("`trigger.crate` in deploy.toml"), "{hint}");
    let (error, _) = refused(&root.join("trigger/src"));
    assert_eq!(error, format!("there is no `Cargo.toml` in `{}/trigger/src`", root.display()));
}

#[test]
fn a_broken_manifest_is_shown_in_cargos_words() {
    let root = tiny("manifest");
    write(&root.join("trigger/Cargo.toml"), "[package]\nname = trigger\n");
    let (error, _) = refused(&root.join("trigger"));
    assert!(error.starts_with("cargo cannot read `"), "{error}");
    assert!(error.contains("2 | name = trigger"), "{error}");
}

/// Every key of the profile, in a configuration that cargo finds on its way up: the bytes are those of `Cargo.toml` all the same.
#[test]
fn a_configuration_above_the_project_changes_no_byte() {
    let _alone = alone();
    let above = directory("below somebody");
    let clean = built(&tiny("below nobody/project"));
    for (path, text) in TINY {
        write(&above.join("project").join(path), text);
    }
    let keys = "opt-level = 0\ndebug = true\nsplit-debuginfo = \"packed\"\nstrip = false\ndebug-assertions = true\n\
                overflow-checks = true\nlto = \"thin\"\npanic = \"abort\"\nincremental = true\ncodegen-units = 7\nrpath = true\n";
    let hostile = above.join(".cargo/config.toml");
    write(&hostile, &format!("[profile.release]\n{keys}[profile.lambda]\n{keys}"));
    let same = built(&above.join("project"));
    assert_eq!(same.sha256_hex, clean.sha256_hex);

    write(&hostile, "[profile.release.package.rules]\nopt-level = 0\n");
    let (error, hint) = refused(&above.join("project/trigger"));
    assert!(
        error.contains("below somebody/.cargo/config.toml` sets how single packages"),
        "{error}"
    );
    assert!(hint.contains("move it into the workspace's Cargo.toml"), "{hint}");
    // In the project it is one of its sources: the same everywhere.
    fs::remove_file(&hostile).expect("removes");
    write(
        &above.join("project/.cargo/config.toml"),
        "[profile.release.package.rules]\nopt-level = 0\n",
    );
    built(&above.join("project"));
}
