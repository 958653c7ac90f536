//! Findings as SARIF 2.1.0, which code hosts show on the lines that they are about ("Static Analysis Results Interchange Format",
//! OASIS). Pure.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::codes::{Code, Gravity};
use crate::config::{Located, Severity};

/// The log of one run: what is odd in a `pretoken/check/v1`, or what is wrong in a `pretoken/error/v1`.
#[must_use]
pub fn log(document: &Value) -> Value {
    let located = ["hints", "problems"].into_iter().flat_map(|list| {
        serde_json::from_value::<Vec<Located>>(document[list].clone()).unwrap_or_default()
    });
    let mut results: Vec<Value> = located.map(|one| result(&one)).collect();
    let error = document["message"].as_str().filter(|_| results.is_empty());
    // What is wrong with no line in particular.
    results.extend(error.map(
        |message| json!({ "ruleId": document["id"], "level": "error", "message": { "text": message } }),
    ));
    let named: BTreeSet<&str> = results.iter().filter_map(|one| one["ruleId"].as_str()).collect();
    let rules: Vec<Value> = named.into_iter().filter_map(Code::of).map(rule).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "pretoken",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

/// A code is a rule of the tool.
fn rule(code: Code) -> Value {
    let entry = code.entry();
    let level = if entry.severity == Gravity::Hint { "warning" } else { "error" };
    json!({
        "id": entry.id,
        "shortDescription": { "text": entry.title },
        "help": { "text": entry.text, "markdown": entry.text },
        "helpUri": code.url(),
        "defaultConfiguration": { "level": level },
    })
}

fn result(found: &Located) -> Value {
    let level = match found.severity {
        Severity::Error => "error",
        Severity::Hint => "warning",
    };
    let help = found.hint.as_ref().map(|hint| format!("\n\n{hint}")).unwrap_or_default();
    json!({
        "ruleId": found.id,
        "level": level,
        "message": { "text": format!("{}{help}", found.message) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&found.file) },
            "region": {
                "startLine": found.line,
                "startColumn": found.column,
                "endLine": found.end_line,
                "endColumn": found.end_column,
            },
        } }],
    })
}

/// A relative path as a relative URI.
fn uri(path: &str) -> String {
    const PATH: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
        .remove(b'/')
        .remove(b'.')
        .remove(b'-')
        .remove(b'_')
        .remove(b'~');
    percent_encoding::utf8_percent_encode(path.trim_start_matches("./"), PATH).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_has_its_lines() {
        let hint = json!({ "id": "long-token", "severity": "hint", "file": "./my stack/deploy.toml", "line": 3, "column": 2,
            "end_line": 3, "end_column": 9, "message": "odd", "hint": "mend it" });
        let log = log(&json!({ "schema": "pretoken/check/v1", "hints": [hint] }));
        let found = &log["runs"][0]["results"][0];
        let rule = &log["runs"][0]["tool"]["driver"]["rules"][0];
        assert_eq!((&found["ruleId"], &rule["id"]), (&json!("long-token"), &json!("long-token")));
        assert_eq!(
            (&found["level"], &found["message"]["text"]),
            (&json!("warning"), &json!("odd\n\nmend it"))
        );
        let place = &found["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "my%20stack/deploy.toml");
        assert_eq!(
            place["region"],
            json!({ "startLine": 3, "startColumn": 2, "endLine": 3, "endColumn": 9 })
        );
    }

    #[test]
    fn an_error_without_a_line_is_one_all_the_same() {
        let results = |document: Value| log(&document)["runs"][0]["results"].clone();
        let error = json!({ "schema": "pretoken/error/v1", "id": "config-unreadable", "message": "cannot read deploy.toml" });
        assert_eq!(results(error)[0]["message"]["text"], "cannot read deploy.toml");
        assert_eq!(results(json!({ "schema": "pretoken/check/v1", "hints": [] })), json!([]));
    }
}
