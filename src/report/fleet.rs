//! Environments that were done side by side: what each says, and a table of how each ended.

use serde_json::Value;

use super::document::{list, text as word};
use super::width::{padded, width};

/// The heads of the table, in which a column without a value is left out.
const HEADS: [&str; 8] =
    ["environment", "wave", "account", "region", "changes", "version", "proof", "result"];

/// What each says, by its name, and the table. `said` are their texts, in the order of the document.
#[must_use]
pub fn text(document: &Value, said: &[&str]) -> String {
    let mut text = String::new();
    for (ended, said) in list(&document["environments"]).zip(said) {
        if !said.trim().is_empty() {
            text.push_str(&format!("{}:\n{}\n\n", word(ended, "env"), said.trim_end()));
        }
    }
    let rows = rows(document);
    let columns: Vec<usize> = columns(&rows);
    let line = |cells: Vec<&str>| {
        let wide = |place: usize| {
            let cells = rows.iter().map(|row| width(&row[place]));
            cells.chain([width(HEADS[place])]).max().unwrap_or(0)
        };
        let cells = columns.iter().map(|place| padded(cells[*place], wide(*place)));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    text.push_str(&line(HEADS.to_vec()));
    text.extend(rows.iter().map(|row| line(row.iter().map(String::as_str).collect())));
    text
}

/// Heads and rows, without empty columns.
#[must_use]
pub(super) fn table(document: &Value) -> (Vec<&'static str>, Vec<Vec<String>>) {
    let rows = rows(document);
    let columns = columns(&rows);
    let shown = |row: &Vec<String>| columns.iter().map(|place| row[*place].clone()).collect();
    (columns.iter().map(|place| HEADS[*place]).collect(), rows.iter().map(shown).collect())
}

fn rows(document: &Value) -> Vec<Vec<String>> {
    let waves = list(&document["environments"]).filter_map(|ended| ended["wave"].as_u64()).max();
    list(&document["environments"]).map(|ended| row(ended, waves > Some(1)).to_vec()).collect()
}

/// The places of those that say something.
fn columns(rows: &[Vec<String>]) -> Vec<usize> {
    (0..HEADS.len()).filter(|place| rows.iter().any(|row| !row[*place].is_empty())).collect()
}

fn row(ended: &Value, in_waves: bool) -> [String; 8] {
    let document = &ended["document"];
    let target = &document["target"];
    let changes = document["changes"].as_array().or_else(|| document["drift"].as_array());
    [
        word(ended, "env"),
        if in_waves { ended["wave"].to_string() } else { String::new() },
        word(target, "account"),
        word(target, "region"),
        changes.map(|changes| changes.len().to_string()).unwrap_or_default(),
        word(&document["outputs"], "version"),
        proof(document),
        result(ended),
    ]
}

/// How many checks are right, of how many.
fn proof(document: &Value) -> String {
    let checks = document["checks"].as_array().or_else(|| document["verify"]["checks"].as_array());
    let right = |checks: &Vec<Value>| checks.iter().filter(|check| check["ok"] == true).count();
    checks.map(|checks| format!("{}/{}", right(checks), checks.len())).unwrap_or_default()
}

fn result(ended: &Value) -> String {
    let seconds = format!("{:.1} s", ended["seconds"].as_f64().unwrap_or_default());
    match ended["exit"].as_u64() {
        None => "not begun".to_owned(),
        Some(0) => format!("ok, {seconds}"),
        Some(2) => format!("changes are pending, {seconds}"),
        Some(code) => {
            let message = word(&ended["document"], "message");
            let first = message.lines().next().unwrap_or_default();
            let why = if first.is_empty() { String::new() } else { format!(": {first}") };
            format!("FAILED ({code}), {seconds}{why}")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn how_each_ended() {
        let up = json!({
            "schema": "pretoken/up/v1", "changes": [{}, {}], "outputs": {"version": "7"},
            "target": {"account": "123456789012", "region": "eu-west-1"},
            "verify": {"checks": [{"ok": true}, {"ok": false}]},
        });
        let error = json!({"schema": "pretoken/error/v1", "message": "denied\nmore"});
        let document = json!({"environments": [
            {"env": "eu", "wave": 1, "exit": 0, "seconds": 1.25, "document": up},
            {"env": "us", "wave": 1, "exit": 5, "seconds": 2.0, "document": error},
            {"env": "ap-2", "wave": 2, "exit": null, "seconds": 2.0, "document": null},
        ]});
        assert_eq!(
            text(&document, &["made it\n", "", ""]),
            "\
eu:
made it

environment  wave  account       region     changes  version  proof  result
eu           1     123456789012  eu-west-1  2        7        1/2    ok, 1.2 s
us           1                                                       FAILED (5), 2.0 s: denied
ap-2         2                                                       not begun
"
        );
    }

    #[test]
    fn what_nobody_has_is_no_column() {
        let ended = json!({"env": "eu", "wave": 1, "exit": 2, "seconds": 1.0, "document": {}});
        assert_eq!(
            text(&json!({ "environments": [ended] }), &[""]),
            "environment  result\neu           changes are pending, 1.0 s\n"
        );
    }
}
