//! The profile that the trigger is compiled with, whole: what the workspace's `Cargo.toml` says, and for the rest cargo's own
//! defaults, said aloud. Otherwise `[profile]` in any cargo configuration above the project would change the bytes.
//!
//! Settings from "Profiles" in the Cargo Book; `--config` on the command line outranks configuration files, and those outrank
//! `Cargo.toml` ("Configuration", there).

use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::PackageError;

/// The profile for the Lambda, where the workspace defines it.
const LAMBDA: &str = "lambda";

/// How many profiles inherit one from another at most, so that a circle ends too; cargo names it.
const LONGEST: usize = 16;

/// A profile, and everything that it says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Profile {
    pub(super) name: &'static str,
    /// The profile and those that it inherits from.
    chain: Vec<String>,
    settings: Vec<(&'static str, String)>,
}

impl Profile {
    /// The workspace's profile for the Lambda, else its `release`.
    pub(super) fn read(workspace_root: &Path) -> Result<Self, PackageError> {
        let path = workspace_root.join("Cargo.toml");
        let text = fs::read_to_string(&path);
        let text = text.map_err(|source| PackageError::Read { path, source })?;
        // cargo has just read this manifest: it is TOML.
        Ok(Self::of(&toml::from_str(&text).unwrap_or_default()))
    }

    fn of(manifest: &Table) -> Self {
        let profiles = manifest.get("profile").and_then(Value::as_table).cloned();
        let profiles = profiles.unwrap_or_default();
        let name = if profiles.contains_key(LAMBDA) { LAMBDA } else { "release" };
        let chain = chain(&profiles, name);
        let said = |key: &str| {
            let mut said = chain.iter().filter_map(|name| profiles.get(name)?.get(key));
            said.next().and_then(written)
        };
        let debugged = chain.last().is_some_and(|root| root == "dev");
        let mut settings: Vec<_> = defaults(debugged)
            .into_iter()
            .map(|(key, default)| (key, said(key).unwrap_or_else(|| default.to_owned())))
            .collect();
        let without_debug = settings.iter().any(|(key, value)| {
            *key == "debug" && ["false", "0", "\"none\""].contains(&value.as_str())
        });
        // Where nobody says more, cargo strips what the standard library has of it.
        let strip = if without_debug { "\"debuginfo\"" } else { "\"none\"" };
        settings.push(("strip", said("strip").unwrap_or_else(|| strip.to_owned())));
        Self { name, chain, settings }
    }

    /// The arguments for cargo.
    pub(super) fn arguments(&self) -> impl Iterator<Item = String> {
        let all = self.settings.iter();
        all.map(|(key, value)| format!("--config=profile.{}.{key}={value}", self.name))
    }

    /// Refuses what cannot be outranked: settings for single packages, in a configuration that is not part of the sources.
    pub(super) fn check_configurations(
        &self,
        directory: &Path,
        workspace_root: &Path,
        cargo_home: Option<&Path>,
    ) -> Result<(), PackageError> {
        let above = directory.ancestors().filter(|above| !above.starts_with(workspace_root));
        let directories =
            above.map(|above| above.join(".cargo")).chain(cargo_home.map(PathBuf::from));
        let files = directories.flat_map(|at| ["config.toml", "config"].map(|name| at.join(name)));
        for path in files {
            let Ok(text) = fs::read_to_string(&path) else { continue };
            if let Some(profile) =
                self.changed_for_packages(&toml::from_str(&text).unwrap_or_default())
            {
                return Err(PackageError::ProfileAbove { path, profile: profile.to_owned() });
            }
        }
        Ok(())
    }

    fn changed_for_packages(&self, configuration: &Table) -> Option<&str> {
        let profiles = configuration.get("profile")?;
        let names = self.chain.iter().map(String::as_str);
        names
            .into_iter()
            .find(|name| profiles.get(name).is_some_and(|one| one.get("package").is_some()))
    }
}

/// The profile and those that it inherits from, down to one of cargo's own.
fn chain(profiles: &Table, name: &str) -> Vec<String> {
    let mut chain = vec![name.to_owned()];
    while chain.len() < LONGEST {
        let last = chain.last().map_or("", String::as_str);
        let inherits = profiles.get(last).and_then(|profile| profile.get("inherits")?.as_str());
        let next = match (last, inherits) {
            ("release" | "dev", _) | (_, None) => break,
            (_, Some(next)) => next.to_owned(),
        };
        chain.push(next);
    }
    chain
}

/// A setting as TOML; all of them are texts, numbers or truth values.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(serde_json::Value::from(text.as_str()).to_string()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(is) => Some(is.to_string()),
        _ => None,
    }
}

/// cargo's own values of `release`, or of `dev`; `strip` depends on `debug`.
fn defaults(dev: bool) -> [(&'static str, &'static str); 10] {
    let (opt_level, is, codegen_units) =
        if dev { ("0", "true", "256") } else { ("3", "false", "16") };
    [
        ("opt-level", opt_level),
        ("debug", is),
        ("split-debuginfo", "\"off\""),
        ("debug-assertions", is),
        ("overflow-checks", is),
        ("lto", "false"),
        ("panic", "\"unwind\""),
        ("incremental", is),
        ("codegen-units", codegen_units),
        ("rpath", "false"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(manifest: &str) -> Profile {
        Profile::of(&toml::from_str(manifest).expect("TOML"))
    }

    fn settings(manifest: &str) -> String {
        let profile = profile(manifest);
        let settings: Vec<_> =
            profile.settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
        format!("{}: {}", profile.name, settings.join(" "))
    }

    #[test]
    fn without_any_profile_it_is_cargos_release() {
        assert_eq!(
            settings("[workspace]\n"),
            "release: opt-level=3 debug=false split-debuginfo=\"off\" debug-assertions=false overflow-checks=false \
             lto=false panic=\"unwind\" incremental=false codegen-units=16 rpath=false strip=\"debuginfo\""
        );
    }

    #[test]
    fn what_is_inherited_is_said_too() {
        let manifest = "[profile.release]\npanic = \"abort\"\nlto = \"thin\"\ndebug = 1\n\
                        [profile.small]\ninherits = \"release\"\nopt-level = \"z\"\n\
                        [profile.lambda]\ninherits = \"small\"\nlto = \"fat\"\n";
        assert_eq!(
            settings(manifest),
            "lambda: opt-level=\"z\" debug=1 split-debuginfo=\"off\" debug-assertions=false overflow-checks=false \
             lto=\"fat\" panic=\"abort\" incremental=false codegen-units=16 rpath=false strip=\"none\""
        );
        let dev = settings("[profile.lambda]\ninherits = \"dev\"\nopt-level = 1\n");
        assert!(dev.starts_with("lambda: opt-level=1 debug=true "), "{dev}");
    }

    #[test]
    fn a_circle_ends() {
        let circle = "[profile.a]\ninherits = \"lambda\"\n[profile.lambda]\ninherits = \"a\"\n";
        assert_eq!(profile(circle).chain.len(), LONGEST);
    }

    #[test]
    fn settings_for_single_packages_are_found_in_every_profile_of_the_chain() {
        let ours = profile("[profile.lambda]\ninherits = \"release\"\n");
        let asked = |text: &str| {
            let configuration = toml::from_str(text).expect("TOML");
            ours.changed_for_packages(&configuration).map(str::to_owned)
        };
        assert_eq!(
            asked("[profile.release.package.\"*\"]\nopt-level = 0\n").as_deref(),
            Some("release")
        );
        assert_eq!(
            asked("[profile.lambda.package.serde]\nopt-level = 0\n").as_deref(),
            Some("lambda")
        );
        assert_eq!(
            asked("[profile.dev.package.serde]\nopt-level = 0\n[profile.release]\ndebug = true\n"),
            None
        );
    }
}
