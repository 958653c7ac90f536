//! From a file to a configuration, or to the reasons why there is none. What is wrong is decided in `checked`.

use std::path::Path;
use std::sync::Arc;
use std::{fs, io};

use thiserror::Error;

use super::checked::Checked;
use super::environment;
use super::loaded::Loaded;
use super::problem::{Problem, Problems};
use super::promises::{Promises, PromisesFile};
use super::reference::Values;
use super::schema::{self, schema};
use super::selection::Selection;
use super::source_text::SourceText;
use super::{check, secret};
use crate::codes::Code;
use crate::model::{ClientKey, nearest};

/// The flag that names another `deploy.toml`.
const FLAG: &str = "-f";

/// The least that a `deploy.toml` says.
const LEAST: &str = "it needs at least `name` and one `[pools.<key>]`";

/// Why there is no configuration.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read `{path}`")]
    Unreadable {
        /// The flag that names it.
        flag: &'static str,
        /// As the user gave it.
        path: String,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// The file is wrong; the text shows all of it.
    #[error(transparent)]
    Invalid(#[from] Problems),
    /// No environment can be called so.
    #[error("`{name}` cannot be the name of an environment")]
    BadEnvironment {
        /// What was asked for.
        name: String,
    },
    /// The file declares no such environment.
    #[error("`{path}` declares no environment `{name}`")]
    UnknownEnvironment {
        /// The file.
        path: String,
        /// What was asked for.
        name: String,
        /// Names and patterns that it declares.
        declared: Vec<String>,
    },
}

impl ConfigError {
    /// What to do about it, if it is not in the text already.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { error, flag, .. } if error.kind() == io::ErrorKind::NotFound => {
                Some(format!("run from the project's directory, or name the file with `{flag}`"))
            }
            Self::Unreadable { path, error, flag }
                if error.kind() == io::ErrorKind::IsADirectory =>
            {
                Some(format!(
                    "name the file in it: `{flag} {}`",
                    Path::new(path).join("deploy.toml").display()
                ))
            }
            Self::Unreadable { .. } | Self::Invalid(_) => None,
            Self::BadEnvironment { .. } => Some(format!("a name is made of {}", environment::NAME)),
            Self::UnknownEnvironment { name, declared, .. } => {
                Some(match nearest(name, declared.iter().map(String::as_str)) {
                    _ if declared.is_empty() => {
                        format!("add a table `[env.{name}]`, or leave out `-e`")
                    }
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("declared are `{}`", declared.join("`, `")),
                })
            }
        }
    }
}

/// Reads and checks a file; `env` is the environment whose overlays to apply.
///
/// The crate's directory is resolved against the file's.
pub fn load(path: &Path, env: Option<&str>) -> Result<Loaded, ConfigError> {
    load_selected(path, &Selection::of(env))
}

/// The same, with what flags say otherwise.
pub fn load_selected(path: &Path, selection: &Selection) -> Result<Loaded, ConfigError> {
    choose(read(path, FLAG)?, selection)
}

/// Reads and checks a file, for each deployment that it describes: without an environment, and in every environment that
/// it declares, with a sample name where that is a pattern; or in the one that is selected. Flags count in each of them.
pub fn load_every(path: &Path, selection: &Selection) -> Result<Vec<Loaded>, ConfigError> {
    if selection.env.is_some() {
        return Ok(vec![load_selected(path, selection)?]);
    }
    let source = read(path, FLAG)?.with_flags(&selection.overrides);
    let mut checked = Checked::of(&source, &schema(), LEAST, &selection.values)?;
    let every = checked.every();
    checked.verdict()?;
    Ok(every)
}

/// Checks the text of a file that is called `path`, which is not read.
pub fn parse(text: &str, path: &str, env: Option<&str>) -> Result<Loaded, ConfigError> {
    parse_selected(text, path, &Selection::of(env))
}

/// The same, with what flags say otherwise.
pub fn parse_selected(
    text: &str,
    path: &str,
    selection: &Selection,
) -> Result<Loaded, ConfigError> {
    choose(SourceText::new(path, text), selection)
}

/// Reads and checks a file of promises about this client of this pool; both are named by their ids.
pub fn load_promises(path: &Path, at: &ClientKey) -> Result<Promises, ConfigError> {
    let source = read(path, "--expect")?;
    let mut checked = Checked::of(
        &source,
        &schema::of::<PromisesFile>(),
        "it needs at least one `[[expect]]`",
        &Values::default(),
    )?;
    let file: Option<PromisesFile> =
        checked.read(|file, place| check::promises::check(file, at, place));
    checked.verdict()?;
    let PromisesFile { expect, verify } = file.unwrap_or_default();
    Ok(Promises { expect: expect.into_iter().map(|promise| promise.about(at)).collect(), verify })
}

fn choose(source: SourceText, selection: &Selection) -> Result<Loaded, ConfigError> {
    let source = source.with_flags(&selection.overrides);
    let env = selection.env.as_deref();
    let mut checked = Checked::of(&source, &schema(), LEAST, &selection.values)?;
    checked.without_overrides();
    checked.verdict()?;
    let declared = environment::declared(&checked.tree);
    env.map_or(Ok(()), |name| is_declared(Path::new(&source.path), &declared, name))?;
    let chosen = checked.deployment(env, env);
    if let Some(chosen) = &chosen {
        checked.needed(chosen);
    }
    checked.verdict()?;
    // Without a configuration there is a problem, and so no verdict to go on.
    chosen.ok_or_else(|| Problems::new(Arc::new(source.clone()), Vec::new()).into())
}

/// The names and patterns of the environments that a file declares, which is checked as a whole.
pub fn environments(path: &Path) -> Result<Vec<String>, ConfigError> {
    let source = read(path, FLAG)?;
    let mut checked = Checked::of(
        &source,
        &schema(),
        LEAST,
        &Values { may_be_unset: true, ..Values::default() },
    )?;
    checked.every();
    checked.verdict()?;
    Ok(environment::declared(&checked.tree))
}

/// Whether this is a name, and one of these names and patterns of that file is about it.
pub fn is_declared(path: &Path, declared: &[String], name: &str) -> Result<(), ConfigError> {
    let name = name.to_owned();
    if !environment::is_name(&name) {
        return Err(ConfigError::BadEnvironment { name });
    }
    if declared.iter().any(|pattern| environment::selects(pattern, &name)) {
        return Ok(());
    }
    let (path, declared) = (path.display().to_string(), declared.to_vec());
    Err(ConfigError::UnknownEnvironment { path, name, declared })
}

fn read(path: &Path, flag: &'static str) -> Result<SourceText, ConfigError> {
    let shown = path.display().to_string();
    let bytes = fs::read(path).map_err(|error| ConfigError::Unreadable {
        flag,
        path: shown.clone(),
        error,
    })?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(SourceText::new(&shown, &text)),
        Err(error) => {
            let start = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes());
            let source = secret::shown(&SourceText::new(&shown, &text), &[], &schema());
            let problem = Problem::error(
                Code::Syntax,
                start..start + '\u{FFFD}'.len_utf8(),
                "the file is not UTF-8",
            )
            .label(format!("this is the byte 0x{:02X}", error.as_bytes()[start]))
            .help("save it as UTF-8");
            Err(Problems::new(Arc::new(source), vec![problem]).into())
        }
    }
}
