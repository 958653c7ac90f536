//! What GitHub's runner reads: workflow commands, and entries of its files ("Workflow commands for GitHub Actions").

use serde_json::Value;

use super::facts::command;
use crate::codes::Code;
use crate::config::{Located, Severity};

/// How grave an annotation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Error,
    Warning,
    Notice,
}

/// A problem of `deploy.toml` on its lines.
#[must_use]
pub fn at(problem: &Located, place: &dyn Fn(&str) -> String) -> String {
    let level = match problem.severity {
        Severity::Error => Level::Error,
        Severity::Hint => Level::Warning,
    };
    let Located { line, column, end_line, end_column, .. } = problem;
    let numbers = [line, end_line, column, end_column].map(ToString::to_string);
    let file = place(&problem.file);
    let mut properties = vec![("file", file.as_str())];
    properties.extend([("line", numbers[0].as_str()), ("endLine", &numbers[1])]);
    // Columns mean something only where it is one line.
    if line == end_line {
        properties.extend([("col", numbers[2].as_str()), ("endColumn", &numbers[3])]);
    }
    let title = titled(&problem.id);
    properties.push(("title", &title));
    let hint = problem.hint.iter().map(|hint| format!("\nhint: {hint}")).collect::<String>();
    let more = more(&problem.id);
    annotation(level, &properties, &format!("{}{hint}{more}", problem.message))
}

/// The code, which `pretoken explain` knows.
fn titled(id: &str) -> String {
    if id.is_empty() { "pretoken".to_owned() } else { format!("pretoken {id}") }
}

/// Where the code is explained.
fn more(id: &str) -> String {
    Code::of(id).map(|code| format!("\n{}", code.url())).unwrap_or_default()
}

/// What went wrong, and what deserves saying, as annotations; `place` names a file from the root of the repository.
#[must_use]
pub fn annotations(document: &Value, place: &dyn Fn(&str) -> String) -> String {
    let located: Vec<Located> =
        serde_json::from_value(document["problems"].clone()).unwrap_or_default();
    let mut text: String = located.iter().map(|problem| at(problem, place)).collect();
    let title = format!("pretoken {}", command(document));
    let say = |level, message: &str| annotation(level, &[("title", &title)], message);
    if command(document) == "error" && located.is_empty() {
        let hint = document["hint"].as_str().map(|hint| format!("\nhint: {hint}"));
        let title = titled(document["id"].as_str().unwrap_or_default());
        let message = document["message"].as_str().unwrap_or_default();
        let more = more(document["id"].as_str().unwrap_or_default());
        let message = format!("{message}{}{more}", hint.unwrap_or_default());
        text += &annotation(Level::Error, &[("title", &title)], &message);
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
    for ended in list(&document["environments"]) {
        let name = ended["env"].as_str().unwrap_or_default();
        let each = annotations(&ended["document"], place);
        text += &each.replace("title=pretoken", &format!("title=pretoken {}", property(name)));
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

/// The command that hides a value in the log from now on.
#[must_use]
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
#[must_use]
pub fn output(name: &str, value: &str) -> String {
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

    fn here(file: &str) -> String {
        file.to_owned()
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
            id: "user-controlled".to_owned(),
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
            at(&problem(5), &here),
            "::warning file=deploy.toml,line=5,endLine=5,col=1,endColumn=7,title=pretoken user-controlled::odd%0Ahint: look%0Ahttps://github.com/pretoken/pretoken/blob/main/docs/codes/user-controlled.md\n"
        );
        assert_eq!(
            at(&problem(6), &here),
            "::warning file=deploy.toml,line=5,endLine=6,title=pretoken user-controlled::odd%0Ahint: look%0Ahttps://github.com/pretoken/pretoken/blob/main/docs/codes/user-controlled.md\n"
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
            annotations(&up, &here),
            "::error title=pretoken up::the token is wrong: staff (p/web, REFRESH_TOKEN)\n\
             ::notice title=pretoken up::the token is not proven: texted (p/app, USER_AUTH)\n\
             ::notice title=pretoken up::a note\n"
        );
        let error = json!({"schema": "pretoken/error/v1", "message": "no", "hint": "do"});
        assert_eq!(annotations(&error, &here), "::error title=pretoken::no%0Ahint: do\n");
    }
}
