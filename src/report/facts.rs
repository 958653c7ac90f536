//! What later steps of a pipeline ask about a run, told from its document: short values by name.

use serde_json::Value;

/// Members of `outputs` that are facts by themselves.
const OUTPUTS: [&str; 4] = ["version", "code_sha256", "function_arn", "alias_arn"];

/// The facts of a document, in a fixed order. What it does not tell is left out.
#[must_use]
pub fn facts(document: &Value) -> Vec<(String, String)> {
    let mut facts = vec![("ok".to_owned(), is_ok(document).to_string())];
    if let Some(changes) = changes(document) {
        facts.push(("changed".to_owned(), (changes > 0).to_string()));
        facts.push(("changes".to_owned(), changes.to_string()));
    }
    for name in OUTPUTS {
        if let Some(value) = document["outputs"][name].as_str() {
            facts.push((name.to_owned(), value.to_owned()));
        }
    }
    facts
}

/// Ids of pools and clients, as `pool KEY` and `client POOL/CLIENT`.
#[must_use]
pub fn ids(document: &Value) -> Vec<(String, String)> {
    let mut ids = vec![];
    for (key, pool) in document["outputs"]["pools"].as_object().into_iter().flatten() {
        let id = |value: &Value| value["id"].as_str().map(ToOwned::to_owned);
        ids.extend(id(pool).map(|id| (format!("pool {key}"), id)));
        for (client, output) in pool["clients"].as_object().into_iter().flatten() {
            ids.extend(id(output).map(|id| (format!("client {key}/{client}"), id)));
        }
    }
    ids
}

/// The command that a document is of: `up` of `pretoken/up/v1`.
#[must_use]
pub fn command(document: &Value) -> &str {
    document["schema"].as_str().and_then(|schema| schema.split('/').nth(1)).unwrap_or_default()
}

fn is_ok(document: &Value) -> bool {
    let stacks = document["stacks"].as_array().into_iter().flatten();
    command(document) != "error"
        && document["ok"] != false
        && document["verify"]["ok"] != false
        && stacks.into_iter().all(|stack| stack["error"].is_null())
}

fn changes(document: &Value) -> Option<usize> {
    if let Some(changes) = document["changes"].as_array() {
        return Some(changes.len());
    }
    if let Some(environments) = document["environments"].as_array() {
        return environments
            .iter()
            .filter_map(|ended| changes(&ended["document"]))
            .reduce(|a, b| a + b);
    }
    // A sweep has the changes of each stack.
    let stacks = document["stacks"].as_array()?;
    let each = stacks.iter().filter_map(|stack| stack["changes"].as_array());
    (command(document) == "sweep").then(|| each.map(Vec::len).sum())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(document: &Value) -> Vec<String> {
        facts(document).into_iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    #[test]
    fn of_documents() {
        let up = json!({
            "schema": "pretoken/up/v1", "changes": [{}, {}], "verify": {"ok": true},
            "outputs": {"version": "3", "alias_arn": null, "code_sha256": "abc="},
        });
        assert_eq!(
            told(&up),
            ["ok=true", "changed=true", "changes=2", "version=3", "code_sha256=abc="]
        );
        let unproven = json!({"schema": "pretoken/up/v1", "changes": [], "verify": {"ok": false}});
        assert_eq!(told(&unproven), ["ok=false", "changed=false", "changes=0"]);
        let error = json!({"schema": "pretoken/error/v1", "code": 6, "stacks": ["a", "b"]});
        assert_eq!(told(&error), ["ok=false"]);
        let sweep = json!({
            "schema": "pretoken/sweep/v1",
            "stacks": [{"changes": [{}], "error": null}, {"changes": [], "error": "denied"}],
        });
        assert_eq!(told(&sweep), ["ok=false", "changed=true", "changes=1"]);
        let fleet = json!({"schema": "pretoken/fleet/v1", "ok": false, "environments": [
            {"env": "eu", "document": {"changes": [{}, {}]}}, {"env": "us", "document": {"changes": [{}]}},
            {"env": "ap", "document": null},
        ]});
        assert_eq!(told(&fleet), ["ok=false", "changed=true", "changes=3"]);
    }
}
