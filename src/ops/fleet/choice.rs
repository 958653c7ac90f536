//! Which environments are meant, where several are.

use std::path::Path;

use crate::codes::Code;
use crate::config::{self, ConfigError};
use crate::failure::{Exit, Failure, Hint};

/// What `-e` and `--all` say.
#[derive(Debug, Clone, Copy)]
pub struct Choice<'a> {
    /// What follows `-e`.
    pub env: Option<&'a str>,
    /// Whether all that are declared are meant.
    pub all: bool,
}

impl Choice<'_> {
    /// Whether several environments are named: a name has no comma.
    #[must_use]
    pub fn is_of_many(self) -> bool {
        self.all || self.env.is_some_and(|env| env.contains(','))
    }

    /// Their names, in the order in which they were named, or in that of the file. All that is wrong with them is told.
    pub fn names(self, file: &Path) -> Result<Vec<String>, Failure> {
        let declared = config::environments(file)?;
        match self.env {
            Some(_) if self.all => Err(wrong("`--all` and `-e` exclude each other")
                .hint("leave one of them out; the variable PRETOKEN_ENV is an `-e`, too")),
            Some(list) => named(file, list, &declared),
            None => every(file, declared),
        }
    }
}

/// The failure of a command that has no table for several environments.
#[must_use]
pub fn of_one_alone() -> Failure {
    wrong("this command is about one environment at a time")
        .hint("run it for each; `up`, `plan`, `status`, `verify` and `destroy` take several")
}

/// The failure of flags that are about several environments, where only one is named.
#[must_use]
pub fn of_many_alone() -> Failure {
    wrong("`--waves` and `--fail-fast` are about several environments")
        .hint("name them, `-e eu,us`, or take all that are declared, `--all`")
}

fn named(file: &Path, list: &str, declared: &[String]) -> Result<Vec<String>, Failure> {
    let names: Vec<String> = list.split(',').map(|name| name.trim().to_owned()).collect();
    let mut failures = vec![];
    for (index, name) in names.iter().enumerate() {
        if name.is_empty() {
            failures.push(wrong(&format!("a name is missing in `-e {list}`")));
        } else if names[..index].contains(name) {
            failures.push(wrong(&format!("`{name}` is named twice in `-e {list}`")));
        } else if let Err(error) = config::is_declared(file, declared, name) {
            failures.push(of_name(error, name));
        }
    }
    all_of(failures).map_or(Ok(names), Err)
}

/// Of several, each hint says of which name it is.
fn of_name(error: ConfigError, name: &str) -> Failure {
    let mut failure = Failure::from(error);
    for hint in &mut failure.hints {
        *hint = Hint::from(format!("{name}: {}", hint.text));
    }
    failure
}

/// One failure that says all of them.
fn all_of(failures: Vec<Failure>) -> Option<Failure> {
    if failures.is_empty() {
        return None;
    }
    let texts: Vec<String> = failures.iter().map(|failure| failure.error.to_string()).collect();
    let hints = failures.into_iter().flat_map(|failure| failure.hints);
    Some(hints.fold(wrong(&texts.join("\n       ")), Failure::hint))
}

fn every(file: &Path, declared: Vec<String>) -> Result<Vec<String>, Failure> {
    let file = file.display();
    let (patterns, names): (Vec<_>, Vec<_>) =
        declared.into_iter().partition(|name| name.contains('*'));
    if !patterns.is_empty() {
        let patterns = patterns.join("`, `");
        let failure = wrong(&format!("nobody knows which environments `{patterns}` are"));
        let names = if names.is_empty() { "NAME,NAME".to_owned() } else { names.join(",") };
        return Err(failure.hint(format!("name those that are meant: `-e {names}`")));
    }
    if names.is_empty() {
        let failure = wrong(&format!("`{file}` declares no environment"));
        return Err(failure.hint("leave out `--all`, or add a table such as `[env.prod]`"));
    }
    Ok(names)
}

fn wrong(text: &str) -> Failure {
    Failure::new(Exit::Usage, Code::Usage, anyhow::anyhow!(text.to_owned()))
}
