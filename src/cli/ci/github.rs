//! GitHub Actions: workflow commands, the step's summary and its outputs ("Workflow commands for GitHub Actions").
//!
//! Commands go to stderr, which the runner reads as it reads stdout (`ScriptHandler` has one command manager for both), so that
//! stdout stays the document's.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::facts::{command, facts};
use super::markdown::capped;
use super::summary;
use crate::cli::writer::Writer;
use crate::config::{Located, Severity};

/// A step's summary may have 1 MiB, and every run in the step adds to it.
const SUMMARY: u64 = 1_000_000;
/// The most that one run adds.
const PAGE: u64 = 256 * 1024;

/// The runner that this run is a step of.
pub struct Github {
    summary: Option<PathBuf>,
    output: Option<PathBuf>,
    workspace: Option<PathBuf>,
}

/// How grave an annotation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Error,
    Warning,
    Notice,
}

impl Github {
    /// The runner says so by `GITHUB_ACTIONS=true`.
    pub fn from_env() -> Option<Self> {
        let path = |name| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
        std::env::var("GITHUB_ACTIONS").is_ok_and(|value| value == "true").then(|| Self {
            summary: path("GITHUB_STEP_SUMMARY"),
            output: path("GITHUB_OUTPUT"),
            workspace: path("GITHUB_WORKSPACE"),
        })
    }

    /// Adds a document to the summary and the outputs, and prints its annotations.
    pub fn document(&self, document: &Value, writer: &Writer) {
        writer.command(&self.annotations(document));
        let outputs: String =
            facts(document).iter().map(|(name, value)| output(name, value)).collect();
        let files = [(&self.summary, self.page(document)), (&self.output, outputs)];
        for (path, text) in files {
            let Some(path) = path.as_ref().filter(|_| !text.is_empty()) else { continue };
            if let Err(failure) = writer.append(path, &text) {
                writer.lose(&failure);
            }
        }
    }

    /// A problem of `deploy.toml` on its lines.
    pub fn at(&self, problem: &Located) -> String {
        let level = match problem.severity {
            Severity::Error => Level::Error,
            Severity::Hint => Level::Warning,
        };
        let Located { line, column, end_line, end_column, .. } = problem;
        let numbers = [line, end_line, column, end_column].map(ToString::to_string);
        let file = self.place(&problem.file);
        let mut properties = vec![("file", file.as_str())];
        properties.extend([("line", numbers[0].as_str()), ("endLine", &numbers[1])]);
        // Columns mean something only where it is one line.
        if line == end_line {
            properties.extend([("col", numbers[2].as_str()), ("endColumn", &numbers[3])]);
        }
        properties.push(("title", "pretoken"));
        let hint = problem.hint.iter().map(|hint| format!("\nhint: {hint}")).collect::<String>();
        annotation(level, &properties, &format!("{}{hint}", problem.message))
    }

    fn page(&self, document: &Value) -> String {
        let page = summary::page(document).unwrap_or_default();
        let there = self.summary.as_ref().and_then(|path| std::fs::metadata(path).ok());
        let room = SUMMARY.saturating_sub(there.map_or(0, |there| there.len())).min(PAGE);
        capped(&page, usize::try_from(room).unwrap_or(usize::MAX))
    }

    fn annotations(&self, document: &Value) -> String {
        let located: Vec<Located> =
            serde_json::from_value(document["problems"].clone()).unwrap_or_default();
        let mut text: String = located.iter().map(|problem| self.at(problem)).collect();
        let title = format!("pretoken {}", command(document));
        let say = |level, message: &str| annotation(level, &[("title", &title)], message);
        if command(document) == "error" && located.is_empty() {
            let hint = document["hint"].as_str().map(|hint| format!("\nhint: {hint}"));
            let message = document["message"].as_str().unwrap_or_default();
            let message = format!("{message}{}", hint.unwrap_or_default());
            text += &annotation(Level::Error, &[("title", "pretoken")], &message);
        }
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let checks = [list(&document["checks"]), list(&document["verify"]["checks"])].concat();
        for check in checks.iter().filter(|check| check["ok"] == false) {
            let (level, what) = match check["verdict"].as_str() {
                Some("not-proven") => (Level::Notice, "the token is not proven"),
                _ => (Level::Error, "the token is wrong"),
            };
            let word = |key: &str| check[key].as_str().unwrap_or_default();
            let promise =
                format!("{} ({}/{}, {})", word("name"), word("pool"), word("client"), word("flow"));
            text += &say(level, &format!("{what}: {promise}"));
        }
        for stack in list(&document["stacks"]) {
            if let (Some(name), Some(error)) = (stack["stack"].as_str(), stack["error"].as_str()) {
                text += &say(Level::Error, &format!("{name}: {error}"));
            }
        }
        let notes = [list(&document["notes"]), list(&document["verify"]["notes"])].concat();
        text.extend(notes.iter().filter_map(Value::as_str).map(|note| say(Level::Notice, note)));
        text
    }

    /// The path from the repository's root, as annotations want it.
    fn place(&self, file: &str) -> String {
        let whole = std::env::current_dir().unwrap_or_default().join(file);
        let inside = |workspace: &PathBuf| relative(&whole, workspace);
        self.workspace.as_ref().and_then(inside).unwrap_or_else(|| file.to_owned())
    }
}

fn relative(file: &Path, workspace: &Path) -> Option<String> {
    let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let workspace = workspace.canonicalize().unwrap_or_else(|_| workspace.to_owned());
    Some(file.strip_prefix(workspace).ok()?.display().to_string())
}

/// The command that hides a value in the log from now on.
pub fn mask(value: &str) -> String {
    format!("::add-mask::{}\n", data(value))
}

fn annotation(level: Level, properties: &[(&str, &str)], message: &str) -> String {
    let level = match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => "notice",
    };
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", property(value))).collect();
    format!("::{level} {}::{}\n", properties.join(","), data(message))
}

/// One entry of the file of outputs; a value of several lines stands between two lines that are not in it.
fn output(name: &str, value: &str) -> String {
    if !value.contains(['\n', '\r']) {
        return format!("{name}={value}\n");
    }
    let mut mark = "PRETOKEN_END".to_owned();
    while value.contains(&mark) {
        mark.push('_');
    }
    format!("{name}<<{mark}\n{value}\n{mark}\n")
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn runner() -> Github {
        Github { summary: None, output: None, workspace: None }
    }

    #[test]
    fn nothing_in_a_message_ends_the_command() {
        let properties = [("file", "a,b:c.toml"), ("title", "50%\n")];
        assert_eq!(
            annotation(Level::Error, &properties, "one\r\ntwo: 100%, ::error::"),
            "::error file=a%2Cb%3Ac.toml,title=50%25%0A::one%0D%0Atwo: 100%25, ::error::\n"
        );
        assert_eq!(mask("a%\nb"), "::add-mask::a%25%0Ab\n");
    }

    #[test]
    fn a_value_of_several_lines_cannot_end_itself() {
        assert_eq!(output("version", "7"), "version=7\n");
        assert_eq!(
            output("note", "a\nPRETOKEN_END\nok=true"),
            "note<<PRETOKEN_END_\na\nPRETOKEN_END\nok=true\nPRETOKEN_END_\n"
        );
    }

    #[test]
    fn columns_only_within_one_line() {
        let problem = |end_line| Located {
            severity: Severity::Hint,
            file: "deploy.toml".to_owned(),
            line: 5,
            column: 1,
            end_line,
            end_column: 7,
            message: "odd".to_owned(),
            hint: Some("look".to_owned()),
        };
        assert_eq!(
            runner().at(&problem(5)),
            "::warning file=deploy.toml,line=5,endLine=5,col=1,endColumn=7,title=pretoken::odd%0Ahint: look\n"
        );
        assert_eq!(
            runner().at(&problem(6)),
            "::warning file=deploy.toml,line=5,endLine=6,title=pretoken::odd%0Ahint: look\n"
        );
    }

    #[test]
    fn what_went_wrong_and_what_deserves_saying() {
        let up = json!({"schema": "pretoken/up/v1", "notes": ["a note"], "verify": {"checks": [
            {"name": "staff", "pool": "p", "client": "web", "flow": "REFRESH_TOKEN", "ok": false},
            {"name": "all", "pool": "p", "client": "web", "flow": "REFRESH_TOKEN", "ok": true},
            {"name": "texted", "pool": "p", "client": "app", "flow": "USER_AUTH", "ok": false, "verdict": "not-proven"},
        ]}});
        assert_eq!(
            runner().annotations(&up),
            "::error title=pretoken up::the token is wrong: staff (p/web, REFRESH_TOKEN)\n\
             ::notice title=pretoken up::the token is not proven: texted (p/app, USER_AUTH)\n\
             ::notice title=pretoken up::a note\n"
        );
        let error = json!({"schema": "pretoken/error/v1", "message": "no", "hint": "do"});
        assert_eq!(runner().annotations(&error), "::error title=pretoken::no%0Ahint: do\n");
    }

    #[test]
    fn a_file_is_named_from_the_repositorys_root() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("stacks/deploy.toml");
        assert_eq!(relative(&file, directory.path()), Some("stacks/deploy.toml".to_owned()));
        assert_eq!(relative(Path::new("/elsewhere/deploy.toml"), directory.path()), None);
    }
}
