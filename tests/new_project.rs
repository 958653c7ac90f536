//! `init`, and what is built of it: with code of one's own, and with the prebuilt trigger.

#[path = "support/binary.rs"]
#[expect(dead_code, reason = "each test crate uses a part of it")]
mod binary;

use std::path::Path;

use binary::{Project, Run};

/// cargo and rustup find themselves as usual; what is compiled stays for the next run. One test at a time: each has a
/// `bootstrap` in the one directory.
fn with_cargo(project: &Project, arguments: &[&str], others: &[(&str, &str)]) -> Run {
    static BUILDING: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _alone = BUILDING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cache = root.join("target/test-cache/init").display().to_string();
    let home = std::env::var("HOME").expect("a home");
    let machine = ["CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"];
    let machine: Vec<_> =
        machine.into_iter().filter_map(|name| Some((name, std::env::var(name).ok()?))).collect();
    let mut variables = vec![
        ("CARGO_TARGET_DIR", cache.as_str()),
        ("XDG_CACHE_HOME", cache.as_str()),
        ("HOME", home.as_str()),
    ];
    variables.extend(machine.iter().map(|(name, value)| (*name, value.as_str())));
    variables.extend(others);
    project.run(arguments, &variables)
}

const HOST: &str = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };

/// Not below this repository: the crate has to stand alone.
#[test]
fn a_new_project_with_code_of_its_own_is_valid_and_builds() {
    let project = Project::in_the_same_place("init");
    let here = |name: &str| project.path(name);
    let init = project.run(&["init", "--own-code"], &[]);
    assert_eq!((init.code, init.stderr.as_str()), (0, ""), "{init:?}");
    assert!(init.stdout.starts_with("Wrote deploy.toml, in which every key"), "{}", init.stdout);
    let check = project.run(&["check"], &[]);
    assert!(check.stdout.starts_with("deploy.toml is valid: "), "{check:?}");

    let arguments = ["build", "--local", "--out", "trigger.zip", "-o", "json"];
    let build = with_cargo(&project, &arguments, &[]);
    assert_eq!(build.code, 0, "{build:?}");
    assert_eq!(build.json()["architecture"], HOST);
    assert!(here("trigger.zip").is_file());

    let again = project.run(&["init"], &[]);
    assert_eq!(again.code, 6);
    assert!(again.stderr.contains("`deploy.toml` exists, and is not overwritten"), "{again:?}");
    std::fs::remove_file(here("deploy.toml")).expect("removed");
    let again = project.run(&["init", "--own-code"], &[]);
    assert!(again.stderr.contains("`trigger` exists, and is not overwritten"), "{again:?}");
    assert!(!here("deploy.toml").exists(), "nothing is written by halves");
}

/// As it is for whoever has a package of pretoken: the executable was built where Rust is, and is packed where it is not.
#[test]
fn a_new_project_needs_no_rust_where_the_trigger_is_prebuilt() {
    let project = Project::in_the_same_place("prebuilt");
    let init = project.run(&["init", "-o", "json"], &[]).json();
    assert_eq!((&init["file"], &init["crate"]), (&"deploy.toml".into(), &serde_json::Value::Null));
    assert!(!project.path("trigger").exists(), "no code that nobody wants");

    let made =
        with_cargo(&project, &["build", "--local", "--bootstrap", "made", "-o", "json"], &[]);
    assert_eq!(
        (made.code, &made.json()["schema"]),
        (0, &"pretoken/bootstrap/v1".into()),
        "{made:?}"
    );
    let prebuilt = [("PRETOKEN_BOOTSTRAP_DIR", "made"), ("PATH", "/nonexistent")];
    let packed =
        project.run(&["build", "--local", "--out", "trigger.zip", "-o", "json"], &prebuilt);
    assert_eq!(packed.code, 0, "{packed:?}");
    assert!(packed.stderr.contains("Packed the prebuilt trigger"), "{}", packed.stderr);
    assert_eq!(packed.json()["target"], made.json()["target"]);
    let manifest = std::fs::read_to_string(project.path("trigger.zip.manifest.json"));
    let manifest: serde_json::Value =
        serde_json::from_str(&manifest.expect("written")).expect("JSON");
    assert_eq!(manifest["toolchain"], made.json()["toolchain"], "of whoever compiled it");
    let compiled = with_cargo(&project, &["build", "--local", "-o", "json"], &[]);
    assert!(compiled.stderr.contains("Built the trigger"), "{}", compiled.stderr);
    assert_eq!(
        compiled.json()["sha256"],
        packed.json()["sha256"],
        "from its sources, the same bytes"
    );

    let reproduce = ["build", "--local", "--reproduce", "-o", "json"];
    let same = with_cargo(&project, &reproduce, &prebuilt[..1]);
    assert_eq!((same.code, &same.json()["ok"]), (0, &true.into()), "{same:?}");

    // Other bytes under a manifest that is true of them: what a release with another compiler would look like.
    let at = project.path("made").join(HOST);
    let mut bytes = std::fs::read(at.join("bootstrap")).expect("readable");
    bytes.push(0);
    std::fs::write(at.join("bootstrap"), &bytes).expect("written");
    let torn = project.run(&["build", "--local"], &prebuilt);
    assert_eq!(torn.code, 1);
    assert!(torn.stderr.contains("is not what its manifest says"), "{}", torn.stderr);
    let manifest = std::fs::read_to_string(at.join("bootstrap.manifest.json")).expect("readable");
    let sha256 = made.json()["sha256"].as_str().expect("a hash").to_owned();
    let hash = ring::digest::digest(&ring::digest::SHA256, &bytes);
    let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    std::fs::write(at.join("bootstrap.manifest.json"), manifest.replace(&sha256, &hash))
        .expect("written");
    let other = with_cargo(&project, &reproduce, &prebuilt[..1]);
    assert_eq!((other.code, &other.json()["ok"]), (1, &false.into()), "{other:?}");
    let differences = other.json()["differences"].to_string();
    assert!(differences.contains(&format!("SHA-256: {hash}, rebuilt {sha256}")), "{differences}");

    let none = project.run(&["build", "--local", "--reproduce"], &[]);
    assert!(none.stderr.contains("came without a prebuilt trigger"), "{none:?}");
}
