//! A package that was built before, read from its file: what must be true of it so that it can be deployed here.
//!
//! Decides what is no package, and what is one for somewhere else. It builds nothing, and must not know of AWS calls.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Cursor, Read as _};
use std::path::{Path, PathBuf};

use trigger::{FACTS_FILE, Fact, RULES_FILE, rules::Rule};
use zip::ZipArchive;
use zip::result::ZipError;

use super::archive;
use super::archive::{UNZIPPED_LIMIT, ZIPPED_LIMIT};
use super::elf;
use super::elf::{ElfError, Executable};
use super::manifest::manifest_path;
use super::project::BOOTSTRAP;
use super::{Architecture, Package, manifest};

/// What `deploy.toml` says that a package must be.
#[derive(Debug, Clone, Copy)]
pub struct Requirements<'a> {
    /// The function's processor.
    pub architecture: Architecture,
    /// The rules, in order.
    pub rules: &'a [Rule],
    /// Where facts come from, by name.
    pub facts: &'a BTreeMap<String, Fact>,
}

/// Why a file cannot be deployed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It is no package that Lambda could start.
    #[error("`{}` is no package", path.display())]
    NoPackage {
        /// The file.
        path: PathBuf,
        /// Why.
        source: PackageFault,
    },
    /// It is one, but not for here: every reason.
    #[error("`{}` cannot be deployed here: {}", path.display(), list(.reasons))]
    Refused {
        /// The file.
        path: PathBuf,
        /// In what it is not what `deploy.toml` says.
        reasons: Vec<PackageMismatch>,
    },
}

/// Why a file is no package.
#[derive(Debug, thiserror::Error)]
pub enum PackageFault {
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] io::Error),
    /// It is no zip file, or a broken one.
    #[error("it cannot be read as a zip file")]
    NoZip(#[from] ZipError),
    /// A file is missing in it.
    #[error("there is no `{0}` in it")]
    Missing(&'static str),
    /// Lambda would unpack more than what was looked at.
    #[error(
        "`{0}` has no place in it: it holds `bootstrap`, `rules.json` and perhaps `facts.json`"
    )]
    Foreign(String),
    /// Of which one Lambda would unpack is nobody's guess.
    #[error("it has files of the same name")]
    Doubled,
    /// It exceeds a limit of Lambda's.
    #[error("it has more than {0} bytes, which is all that Lambda takes")]
    TooLarge(u64),
    /// Lambda may not start `bootstrap`.
    #[error(
        "its `bootstrap` may not be started by everybody: its mode is {0:03o}, and 755 is usual"
    )]
    NotExecutable(u32),
    /// Lambda could not start `bootstrap`.
    #[error("Lambda could not start its `bootstrap`")]
    Executable(#[from] ElfError),
    /// The rules are of another version, or no rules.
    #[error("its `rules.json` is no list of rules that this version knows")]
    Rules(#[source] serde_json::Error),
    /// The facts are of another version, or no facts.
    #[error("its `facts.json` declares no facts that this version knows")]
    Facts(#[source] serde_json::Error),
    /// What is called its manifest is none.
    #[error("its manifest cannot be read: {0}")]
    Manifest(String),
}

/// In what a package is not what `deploy.toml` says.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackageMismatch {
    /// Another processor.
    #[error("{0}")]
    Architecture(ElfError),
    /// Other rules.
    #[error("its rules are not those of deploy.toml ({0})")]
    Rules(RulesDiffer),
    /// Other facts.
    #[error("its facts come from elsewhere than those of deploy.toml")]
    Facts,
    /// Nothing says which bytes it should have.
    #[error("there is no manifest beside it, `{}`, which says what was built", .0.display())]
    NoManifest(PathBuf),
    /// Its manifest describes other bytes.
    #[error(
        "its manifest is of another file: its hash is {found}, and the manifest says {claimed}"
    )]
    Manifest {
        /// In hexadecimal.
        found: String,
        /// The same.
        claimed: String,
    },
}

/// Rules by name: those that only one side has, those that both have and that are not alike, and whether the rest is in
/// another order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RulesDiffer {
    only_wanted: Vec<String>,
    only_packed: Vec<String>,
    changed: Vec<String>,
    reordered: bool,
}

impl OpenError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoPackage { .. } => "`pretoken build --out FILE` writes one",
            Self::Refused { .. } => {
                "`pretoken build --out FILE` with the same -f, -e and --local makes one that fits; without --package, `up` builds one itself"
            }
        }
    }
}

/// Reads a package and checks it as if it had just been built.
pub fn open(path: &Path, wanted: &Requirements<'_>) -> Result<Package, OpenError> {
    let mut reasons = vec![];
    let package = read(path, wanted, &mut reasons)
        .map_err(|source| OpenError::NoPackage { path: path.to_owned(), source })?;
    if reasons.is_empty() {
        Ok(package)
    } else {
        Err(OpenError::Refused { path: path.to_owned(), reasons })
    }
}

fn read(
    path: &Path,
    wanted: &Requirements<'_>,
    reasons: &mut Vec<PackageMismatch>,
) -> Result<Package, PackageFault> {
    let zip = limited(File::open(path)?, ZIPPED_LIMIT)?;
    let hashes = archive::hashes(&zip);
    let mut archive = ZipArchive::new(Cursor::new(&zip))?;
    let files = listing(&mut archive, &zip)?;
    let (bootstrap, mode) = entry(&mut archive, BOOTSTRAP)?;
    let (rules_json, _) = entry(&mut archive, RULES_FILE)?;
    if mode & 0o005 != 0o005 {
        return Err(PackageFault::NotExecutable(mode & 0o777));
    }
    let (architecture, executable) = executable(&bootstrap, wanted.architecture, reasons)?;
    let rules: Vec<Rule> = serde_json::from_slice(&rules_json).map_err(PackageFault::Rules)?;
    if packed_facts(&mut archive, &files)? != *wanted.facts {
        reasons.push(PackageMismatch::Facts);
    }
    reasons.extend(RulesDiffer::between(&rules, wanted.rules).map(PackageMismatch::Rules));
    match manifest::claimed_sha256(path).map_err(PackageFault::Manifest)? {
        None => reasons.push(PackageMismatch::NoManifest(manifest_path(path))),
        Some(claimed) if claimed == hashes.hex => {}
        Some(claimed) => {
            reasons.push(PackageMismatch::Manifest { found: hashes.hex.clone(), claimed });
        }
    }
    Ok(Package {
        code_sha256: hashes.base64,
        sha256_hex: hashes.hex,
        architecture,
        target: None,
        glibc: executable.glibc,
        interpreter: executable.interpreter,
        bootstrap_bytes: bootstrap.len() as u64,
        rules_sha256: archive::sha256_hex(&rules_json),
        files,
        zip,
    })
}

/// Where the facts of a package come from; from nowhere, if it has none.
fn packed_facts(
    archive: &mut Archive<'_>,
    files: &[(String, u64)],
) -> Result<BTreeMap<String, Fact>, PackageFault> {
    if !files.iter().any(|(name, _)| name == FACTS_FILE) {
        return Ok(BTreeMap::new());
    }
    let (json, _) = entry(archive, FACTS_FILE)?;
    serde_json::from_slice(&json).map_err(PackageFault::Facts)
}

/// All bytes, or that there are more than `limit`.
fn limited(mut source: impl io::Read, limit: u64) -> Result<Vec<u8>, PackageFault> {
    let mut bytes = vec![];
    let length = source.by_ref().take(limit + 1).read_to_end(&mut bytes)?;
    if length as u64 > limit { Err(PackageFault::TooLarge(limit)) } else { Ok(bytes) }
}

type Archive<'a> = ZipArchive<Cursor<&'a Vec<u8>>>;

/// The files, which are those of a package and nothing else.
fn listing(archive: &mut Archive<'_>, zip: &[u8]) -> Result<Vec<(String, u64)>, PackageFault> {
    let directory = archive.central_directory_start();
    let mut files = vec![];
    for index in 0..archive.len() {
        let file = archive.by_index(index)?;
        files.push((file.name()?.into_owned(), file.size()));
    }
    let foreign = files
        .iter()
        .find(|(name, _)| ![BOOTSTRAP, RULES_FILE, FACTS_FILE].contains(&name.as_str()));
    match foreign {
        Some((name, _)) => Err(PackageFault::Foreign(name.clone())),
        None if archive::entries(zip, directory) > files.len() => Err(PackageFault::Doubled),
        None => Ok(files),
    }
}

/// A file's bytes and its mode; no mode is 0.
fn entry(archive: &mut Archive<'_>, name: &'static str) -> Result<(Vec<u8>, u32), PackageFault> {
    let file = match archive.by_name(name) {
        Ok(file) => file,
        Err(ZipError::FileNotFound) => return Err(PackageFault::Missing(name)),
        Err(error) => return Err(error.into()),
    };
    let mode = file.unix_mode().unwrap_or(0);
    Ok((limited(file, UNZIPPED_LIMIT)?, mode))
}

/// What the executable needs. One for the other processor is whole, and only wrong here.
fn executable(
    file: &[u8],
    wanted: Architecture,
    reasons: &mut Vec<PackageMismatch>,
) -> Result<(Architecture, Executable), PackageFault> {
    let other = wanted.other();
    match elf::inspect(file, wanted) {
        Err(error @ ElfError::Architecture { .. }) => {
            let executable = elf::inspect(file, other)?;
            reasons.push(PackageMismatch::Architecture(error));
            Ok((other, executable))
        }
        executable => Ok((wanted, executable?)),
    }
}

impl RulesDiffer {
    /// What differs; none if nothing does. Names of rules are unique.
    fn between(packed: &[Rule], wanted: &[Rule]) -> Option<Self> {
        if packed == wanted {
            return None;
        }
        let names = |rules: &[Rule]| rules.iter().map(|rule| rule.name.clone()).collect::<Vec<_>>();
        let only = |some: &[Rule], others: &[Rule]| {
            let others: BTreeSet<_> = names(others).into_iter().collect();
            names(some).into_iter().filter(|name| !others.contains(name)).collect::<Vec<_>>()
        };
        let changed = |rule: &&Rule| packed.iter().any(|one| one.name == rule.name && one != *rule);
        let (only_wanted, only_packed) = (only(wanted, packed), only(packed, wanted));
        let order = |rules: &[Rule], without: &[String]| {
            names(rules).into_iter().filter(|name| !without.contains(name)).collect::<Vec<_>>()
        };
        Some(Self {
            reordered: order(packed, &only_packed) != order(wanted, &only_wanted),
            changed: wanted.iter().filter(changed).map(|rule| rule.name.clone()).collect(),
            only_wanted,
            only_packed,
        })
    }
}

impl std::fmt::Display for RulesDiffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lists = [
            ("missing in it", &self.only_wanted),
            ("only in it", &self.only_packed),
            ("changed", &self.changed),
        ];
        let part = |(what, names): (&str, &Vec<String>)| {
            (!names.is_empty()).then(|| format!("{what}: `{}`", names.join("`, `")))
        };
        let mut parts: Vec<_> = lists.into_iter().filter_map(part).collect();
        if self.reordered {
            parts.push("in another order".to_owned());
        }
        f.write_str(&parts.join("; "))
    }
}

fn list(reasons: &[PackageMismatch]) -> String {
    reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(names: &[&str]) -> Vec<Rule> {
        let rule = |name: &&str| Rule {
            name: name.trim_end_matches('!').to_owned(),
            add_scopes: vec![if name.ends_with('!') { "a/write" } else { "a/read" }.to_owned()],
            ..Rule::default()
        };
        names.iter().map(rule).collect()
    }

    #[test]
    fn rules_are_compared_by_name_and_order() {
        let text = |packed: &[&str], wanted: &[&str]| {
            let differ = RulesDiffer::between(&rules(packed), &rules(wanted));
            differ.map(|differ| differ.to_string())
        };
        assert_eq!(text(&["a", "b"], &["a", "b"]), None);
        assert_eq!(text(&["a"], &["a", "b"]).as_deref(), Some("missing in it: `b`"));
        assert_eq!(text(&["a", "b"], &["b"]).as_deref(), Some("only in it: `a`"));
        assert_eq!(text(&["a", "b"], &["a", "b!"]).as_deref(), Some("changed: `b`"));
        assert_eq!(text(&["a", "b"], &["b", "a"]).as_deref(), Some("in another order"));
        assert_eq!(
            text(&["x", "a", "b"], &["b!", "y", "a"]).as_deref(),
            Some("missing in it: `y`; only in it: `x`; changed: `b`; in another order")
        );
    }
}
