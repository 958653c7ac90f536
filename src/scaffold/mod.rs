//! A project from nothing: a commented `deploy.toml`, and, for code of one's own, the trigger as a crate. Overwrites nothing.
//!
//! Everything that it writes is in this binary; `scaffold/` has what the crate needs when it stands alone.

pub mod from_pool;
mod parts;
mod twin;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A working stack in which every key is commented: this repository's own.
const DEPLOY: &str = include_str!("../../deploy.toml");
/// What the crate's directory is called.
const DIRECTORY: &str = "trigger";
/// The line that names it; left out, there is no code of one's own.
const OWN_CODE: &str = "\ncrate = \"trigger\"\n";

macro_rules! source {
    ($path:literal) => {
        ($path, include_str!(concat!("../../trigger/", $path)))
    };
}

/// The crate, by paths in its directory.
const CRATE: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("manifest.toml")),
    ("Cargo.lock", include_str!("lock.toml")),
    (".gitignore", "/target\n"),
    source!("src/event.rs"),
    source!("src/facts/attribute_value.rs"),
    source!("src/facts/mod.rs"),
    source!("src/facts/table_item.rs"),
    source!("src/gather/dynamodb.rs"),
    source!("src/gather/memory.rs"),
    source!("src/gather/mod.rs"),
    source!("src/handle.rs"),
    source!("src/ids.rs"),
    source!("src/lib.rs"),
    source!("src/log.rs"),
    source!("src/main.rs"),
    source!("src/response.rs"),
    source!("src/rules/check.rs"),
    source!("src/rules/claim.rs"),
    source!("src/rules/computed.rs"),
    source!("src/rules/condition.rs"),
    source!("src/rules/copy.rs"),
    source!("src/rules/decision.rs"),
    source!("src/rules/fact.rs"),
    source!("src/rules/fact_path.rs"),
    source!("src/rules/filter.rs"),
    source!("src/rules/index.rs"),
    source!("src/rules/matching.rs"),
    source!("src/rules/mod.rs"),
    source!("src/rules/moment.rs"),
    source!("src/rules/problem.rs"),
    source!("src/rules/protected.rs"),
    source!("src/rules/refuse.rs"),
    source!("src/rules/rule.rs"),
    source!("src/rules/set.rs"),
    source!("src/rules/subject.rs"),
    source!("src/rules/template.rs"),
    source!("src/rules/template_error.rs"),
    source!("src/start.rs"),
];

/// What stands in the way: files and directories that would be written, and are there.
#[must_use]
pub fn in_the_way(file: &Path, own_code: bool) -> Option<PathBuf> {
    let wanted = [Some(file.to_owned()), own_code.then(|| directory(file))];
    wanted.into_iter().flatten().find(|path| path.symlink_metadata().is_ok())
}

/// The directory of the crate, beside this `deploy.toml`.
#[must_use]
pub fn directory(file: &Path) -> PathBuf {
    file.with_file_name(DIRECTORY)
}

/// Writes a `deploy.toml`; with code of one's own, the crate first: a `deploy.toml` is there only when everything is.
pub fn write(file: &Path, own_code: bool) -> io::Result<()> {
    if own_code {
        write_crate(&directory(file))?;
        return write_new(file, DEPLOY);
    }
    write_new(file, &DEPLOY.replacen(OWN_CODE, "\n# crate = \"trigger\"\n", 1))
}

/// The crate in a directory that is nobody's own, for a program that came without a prebuilt trigger. What is there already
/// stays as it is, so that it is compiled once.
pub fn keep_crate(directory: &Path) -> io::Result<()> {
    for (path, text) in CRATE {
        let path = directory.join(path);
        if fs::read(&path).is_ok_and(|there| there == text.as_bytes()) {
            continue;
        }
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        // Another run may be reading: a file is there whole, or not at all.
        let new = path.with_added_extension(format!("{}.new", std::process::id()));
        fs::write(&new, text)?;
        fs::rename(&new, &path)?;
    }
    Ok(())
}

/// Writes the crate into a new directory.
pub fn write_crate(directory: &Path) -> io::Result<()> {
    fs::create_dir(directory)?;
    for (path, text) in CRATE {
        let path = directory.join(path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        write_new(&path, text)?;
    }
    Ok(())
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let file = fs::OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
    }

    fn read(path: &str) -> toml::Table {
        let text = fs::read_to_string(root().join(path)).expect("a readable file");
        toml::from_str(&text).expect("TOML")
    }

    fn walk(directory: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(directory).expect("a readable directory").flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else {
                let path = path.strip_prefix(root().join("trigger")).expect("below it");
                found.insert(path.display().to_string());
            }
        }
    }

    #[test]
    fn a_new_deploy_toml_has_no_code_of_ones_own() {
        assert_eq!(DEPLOY.matches(OWN_CODE).count(), 1);
    }

    #[test]
    fn what_is_kept_is_put_right_and_otherwise_left_alone() {
        let directory = std::env::temp_dir().join(format!("pretoken-kept-{}", std::process::id()));
        keep_crate(&directory).expect("written");
        let main = directory.join("src/main.rs");
        let long_ago = std::time::SystemTime::UNIX_EPOCH;
        fs::File::options()
            .write(true)
            .open(&main)
            .and_then(|file| file.set_modified(long_ago))
            .expect("set");
        fs::write(directory.join("Cargo.toml"), "torn").expect("written");
        keep_crate(&directory).expect("written");
        let modified = fs::metadata(&main).and_then(|main| main.modified()).expect("a time");
        assert_eq!(modified, long_ago, "nothing is compiled again");
        let manifest = fs::read_to_string(directory.join("Cargo.toml")).expect("readable");
        assert_eq!(manifest, include_str!("manifest.toml"));
        fs::remove_dir_all(directory).expect("removed");
    }

    #[test]
    fn every_source_of_the_trigger_is_in_it() {
        let mut there = BTreeSet::new();
        walk(&root().join("trigger/src"), &mut there);
        let embedded: BTreeSet<_> = CRATE
            .iter()
            .map(|(path, _)| (*path).to_owned())
            .filter(|it| it.starts_with("src/"))
            .collect();
        assert_eq!(embedded, there);
    }

    /// It stands alone, and is otherwise the crate of this workspace: features, dependencies and profile.
    #[test]
    fn its_manifest_is_the_triggers_own() {
        let (alone, ours, workspace) =
            (read("src/scaffold/manifest.toml"), read("trigger/Cargo.toml"), read("Cargo.toml"));
        assert!(alone.contains_key("workspace"));
        for same in ["features", "bin", "target"] {
            assert_eq!(alone[same], ours[same], "{same}");
        }
        assert_eq!(alone["profile"]["lambda"], workspace["profile"]["lambda"]);
        let shared = workspace["workspace"]["dependencies"].as_table().expect("a table");
        let mut wanted = ours["dependencies"].as_table().expect("a table").clone();
        for (name, dependency) in &mut wanted {
            let Some(own) = dependency.as_table_mut() else { continue };
            if own.remove("workspace").is_none() {
                continue;
            }
            let base = match &shared[name] {
                toml::Value::Table(base) => base.clone(),
                version => toml::Table::from_iter([("version".to_owned(), version.clone())]),
            };
            own.extend(base);
        }
        assert_eq!(alone["dependencies"].as_table(), Some(&wanted));
    }

    /// What it is built with is what the tests of this repository run with.
    #[test]
    fn its_lock_is_a_part_of_ours() {
        let packages = |path| -> BTreeSet<(String, String)> {
            let text =
                |package: &toml::Value, key: &str| package[key].as_str().expect("text").to_owned();
            let lock = read(path);
            let packages = lock["package"].as_array().expect("packages").iter();
            packages.map(|package| (text(package, "name"), text(package, "version"))).collect()
        };
        let (alone, ours) = (packages("src/scaffold/lock.toml"), packages("Cargo.lock"));
        assert!(alone.len() > 10);
        assert_eq!(alone.difference(&ours).collect::<Vec<_>>(), Vec::<&(String, String)>::new());
    }
}
