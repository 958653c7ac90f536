//! A run as one page of HTML: for those who approve and audit, and read neither TOML nor JSON. Pure.
//!
//! It needs no network and no script. Whatever stands in it came from a file or from AWS and is hostile: the template
//! escapes all of it, and the page forbids the browser to load or run anything.

mod explore;
mod sections;

use askama::Template;
use serde_json::Value;

use super::facts::command;
use super::rule_in_words::RuleInWords;
use crate::config::{Loaded, Located};
use crate::model::Target;
pub use explore::{Exploration, Explored, Form, explore};
use sections::{
    ApiSection, Banner, Changes, CheckRow, IamAction, MatrixTable, PromiseRow, TrustFinding,
    VersionRow, actions, apis, banners, changes, checks, claims, findings, matrix, notes, outputs,
    place, promises, proof, versions,
};

/// What the page tells beside the document of a command.
pub struct About<'a> {
    /// The stack, its rules and its promises.
    pub loaded: &'a Loaded,
    /// What is odd.
    pub hints: &'a [Located],
    /// Where it is, if the command went there.
    pub target: Option<&'a Target>,
    /// When the page was made, as a date of RFC 3339.
    pub made: String,
}

#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    stack: String,
    command: String,
    place: String,
    made: String,
    style: &'static str,
    banners: Vec<Banner>,
    matrix: Option<MatrixTable>,
    claims: Vec<(String, String)>,
    /// Whether it says what changes.
    compares: bool,
    apis: Vec<ApiSection>,
    promises: Vec<PromiseRow>,
    proof: String,
    checks: Vec<CheckRow>,
    changes: Option<Changes>,
    outputs: Vec<(String, String)>,
    versions: Vec<VersionRow>,
    notes: Vec<String>,
    findings: Vec<TrustFinding>,
    rules: Vec<RuleInWords>,
    actions: Vec<IamAction>,
}

/// The page of a document, such as `pretoken/plan/v1`, in which no secret is.
///
/// # Errors
///
/// If the template cannot be filled in, which no document can bring about.
pub fn page(document: &Value, about: &About<'_>) -> Result<String, askama::Error> {
    let config = &about.loaded.config;
    Page {
        stack: config.stack().to_string(),
        command: command(document).to_owned(),
        place: place(about.target),
        made: about.made.clone(),
        style: include_str!("style.css"),
        banners: banners(document),
        matrix: matrix(&document["matrix"]),
        claims: claims(&document["tokens"]),
        compares: document["changes"].is_array(),
        apis: apis(&document["apis"]),
        promises: promises(config),
        proof: proof(document),
        checks: checks(document),
        changes: changes(document),
        outputs: outputs(&document["outputs"]),
        versions: versions(&document["versions"]),
        notes: notes(document),
        findings: findings(about.hints),
        rules: config.rules.iter().map(RuleInWords::new).collect(),
        actions: about.target.map(|target| actions(config, target)).unwrap_or_default(),
    }
    .render()
}

impl Page {
    /// The sections that this page has, with their anchors.
    fn contents(&self) -> Vec<(&'static str, &'static str)> {
        [
            (self.matrix.is_some(), "who", "Who gets what"),
            (!self.claims.is_empty(), "claims", "Claims"),
            (!self.apis.is_empty(), "apis", "APIs"),
            (!self.promises.is_empty(), "promises", "Promises"),
            (!self.checks.is_empty(), "proof", "Proof"),
            (self.changes.is_some(), "changes", "Changes"),
            (!self.outputs.is_empty() || !self.versions.is_empty(), "deployed", "Deployed"),
            (!self.notes.is_empty(), "notes", "Notes"),
            (!self.findings.is_empty(), "findings", "What is odd"),
            (true, "rules", "Rules"),
            (!self.actions.is_empty(), "access", "Who may change this"),
        ]
        .into_iter()
        .filter(|(is_there, ..)| *is_there)
        .map(|(_, id, title)| (id, title))
        .collect()
    }
}
