//! The JSON Schemas of the documents: each is there, says what is written, and notices what is not.

#[path = "support/binary.rs"]
#[expect(dead_code, reason = "each test crate uses a part of it")]
mod binary;

use std::fs;
use std::path::Path;

use binary::{Project, schema};
use pretoken::report::documents;
use serde_json::{Value, json};

const STACK: &str = "name = \"shop\"\nregion = \"eu-west-1\"\n\n[pools.customers.clients.web]\n";

/// Every `pretoken/NAME/v1` that the sources write to stdout.
fn written() -> Vec<String> {
    fn read(directory: &Path, all: &mut String) {
        for entry in fs::read_dir(directory).expect("sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                read(&path, all);
            } else {
                *all += &fs::read_to_string(path).unwrap_or_default();
            }
        }
    }
    let mut sources = String::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut sources);
    let mut names: Vec<_> = sources
        .split("\"pretoken/")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once("/v1\"")?.0.to_owned()))
        .filter(|name| !name.contains(['"', '/', '{']))
        .collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn every_document_that_is_written_has_its_schema() {
    // Files beside a package and beside a trigger: no command prints them.
    let files = ["bootstrap", "manifest"];
    let described: Vec<_> = documents::names().collect();
    let missing: Vec<_> = written()
        .into_iter()
        .filter(|name| !files.contains(&name.as_str()) && !described.contains(&name.as_str()))
        .collect();
    assert!(missing.is_empty(), "no schema of {missing:?}");
    for name in described {
        let schema = documents::schema(name).expect("a schema");
        assert_eq!(schema["properties"]["schema"]["const"], format!("pretoken/{name}/v1"));
        assert!(schema["required"].as_array().is_some_and(|all| all.contains(&json!("schema"))));
    }
}

#[test]
fn documents_are_as_their_schemas_say() {
    let project = Project::of(STACK);
    let offline: [&[&str]; 9] = [
        &["check", "--explain"],
        &["explain"],
        &["simulate", "--client", "web"],
        &["export", "terraform", "--s3-bucket", "b", "--s3-key", "k"],
        &["permissions", "deploy", "--account", "123456789012"],
        &["completions", "bash"],
        &["man", "plan"],
        &["local", "status"],
        &["doctor"],
    ];
    for arguments in offline {
        // `json` holds what it reads against the schema.
        let run = project.run(&[arguments, &["-o", "json"]].concat(), &[]);
        assert!(run.json()["schema"].is_string(), "{arguments:?}");
    }
    let broken = Project::of("name = 5\n").run(&["check", "-o", "json"], &[]).json();
    assert_eq!(broken["schema"], "pretoken/error/v1");
}

#[test]
fn what_is_not_as_the_schema_says_is_noticed() {
    let schema = documents::schema("explain").expect("a schema");
    let entry = json!({ "id": "a", "group": "b", "title": "c", "severity": "error", "text": "d" });
    let document = |entry: Value| json!({ "schema": "pretoken/explain/v1", "entries": [entry] });
    assert_eq!(schema::faults(&document(entry.clone()), &schema), Vec::<String>::new());
    let (mut more, mut less, mut other) = (entry.clone(), entry.clone(), entry);
    more["surprise"] = 1.into();
    less.as_object_mut().expect("a table").remove("title");
    other["id"] = 1.into();
    for wrong in [more, less, other] {
        assert_eq!(schema::faults(&document(wrong.clone()), &schema).len(), 1, "{wrong}");
    }
    assert!(
        !schema::faults(&json!({ "schema": "pretoken/plan/v1", "entries": [] }), &schema)
            .is_empty()
    );
}

#[test]
fn schemas_are_printed_and_unknown_documents_are_refused() {
    let project = Project::empty();
    let plan: Value =
        serde_json::from_str(&project.run(&["schema", "plan"], &[]).exits(0).stdout).expect("JSON");
    assert_eq!(plan["title"], "pretoken/plan/v1");
    assert!(plan["properties"]["changes"]["items"]["$ref"].is_string(), "{plan:#}");
    let own: Value =
        serde_json::from_str(&project.run(&["schema"], &[]).exits(0).stdout).expect("JSON");
    assert!(own["properties"]["pools"].is_object(), "deploy.toml's own");
    let error = "error[usage]: no command writes a document `plam`\nhint: did you mean `plan`?\n";
    project.run(&["schema", "plam"], &[]).is(4, "", error);
    let run = project.run(&["schema", "something"], &[]).exits(4);
    assert!(run.stderr.contains("hint: there are bootstrap, build, check, "), "{}", run.stderr);
}
