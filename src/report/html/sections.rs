//! The sections of the page, each made of one part of the document.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::document::{field, lines, list, own_scopes, text, texts, value, verdict};
use crate::config::{Config, Expectation, Located};
use crate::model::Target;
use crate::permissions::{PolicyFor, reason, statements};

/// What must not be overlooked.
pub(super) struct Banner {
    pub(super) class: &'static str,
    pub(super) text: String,
}

/// Who gets what.
pub(super) struct MatrixTable {
    pub(super) title: &'static str,
    pub(super) partial: bool,
    pub(super) changes: bool,
    /// Resource servers, and how many scopes each has here.
    pub(super) servers: Vec<(String, usize)>,
    pub(super) scopes: Vec<String>,
    pub(super) rows: Vec<MatrixRow>,
    /// How many rows are left out, since nothing changes in them.
    pub(super) same: usize,
}

pub(super) struct MatrixRow {
    pub(super) subject: String,
    pub(super) promise: String,
    pub(super) cells: Vec<CellText>,
}

pub(super) struct CellText {
    pub(super) class: &'static str,
    pub(super) text: &'static str,
}

pub(super) struct ApiSection {
    pub(super) name: String,
    pub(super) operations: Vec<OperationRow>,
}

pub(super) struct OperationRow {
    pub(super) name: String,
    pub(super) asks: String,
    pub(super) callers: String,
    pub(super) change: String,
    pub(super) loses: bool,
}

pub(super) struct PromiseRow {
    pub(super) name: String,
    pub(super) says: String,
}

pub(super) struct CheckRow {
    pub(super) name: String,
    pub(super) class: &'static str,
    pub(super) verdict: &'static str,
    pub(super) client: String,
    pub(super) flow: String,
    pub(super) scopes: String,
    pub(super) wrong: String,
}

pub(super) struct Changes {
    pub(super) title: &'static str,
    pub(super) none: &'static str,
    pub(super) rows: Vec<ChangeRow>,
}

pub(super) struct ChangeRow {
    pub(super) resource: String,
    pub(super) name: String,
    pub(super) action: String,
    pub(super) fields: Vec<String>,
}

pub(super) struct VersionRow {
    pub(super) number: String,
    pub(super) published: String,
    pub(super) verified: String,
    pub(super) percent: u64,
}

pub(super) struct TrustFinding {
    pub(super) place: String,
    pub(super) message: String,
    pub(super) help: String,
}

pub(super) struct IamAction {
    pub(super) name: &'static str,
    pub(super) reason: &'static str,
    pub(super) resources: Vec<String>,
}

pub(super) fn place(target: Option<&Target>) -> String {
    match target {
        Some(target) if target.local => format!("local emulator, {}", target.region),
        Some(target) => format!("account {}, {}", target.account, target.region),
        None => "deploy.toml, without a look at AWS".to_owned(),
    }
}

/// The worst first.
pub(super) fn banners(document: &Value) -> Vec<Banner> {
    let bad = |text: String| Banner { class: "bad", text };
    let mut banners: Vec<_> = list(&document["broken"])
        .map(|broken| {
            let (pool, reason) = (text(broken, "pool"), text(broken, "reason"));
            bad(format!("{pool}: nobody can sign in: {reason}"))
        })
        .collect();
    let shut = |token: &&Value| ["lost", "both"].iter().any(|change| token["sign_in"] == *change);
    for token in list(&document["tokens"]).filter(shut) {
        let who = ["subject", "expectation"].iter().find_map(|key| token[*key].as_str());
        banners.push(bad(format!("{} CANNOT SIGN IN any more.", who.unwrap_or("Somebody"))));
    }
    let lost: BTreeSet<_> =
        list(&document["tokens"]).flat_map(|token| texts(&token["lost"])).collect();
    if !lost.is_empty() {
        let lost: Vec<_> = lost.into_iter().collect();
        banners.push(bad(format!("Somebody LOSES {}.", lost.join(", "))));
    }
    match report(document)["ok"].as_bool() {
        Some(true) => banners.push(Banner { class: "good", text: proof(document) }),
        Some(false) => banners.push(bad(proof(document))),
        None => {}
    }
    banners
}

pub(super) fn matrix(matrix: &Value) -> Option<MatrixTable> {
    let columns = texts(&matrix["columns"]);
    if columns.is_empty() {
        return None;
    }
    let (changes, shown) = lines(matrix);
    let rows = shown.iter().map(|(row, cells)| MatrixRow {
        subject: text(row, "subject"),
        promise: text(row, "promise"),
        cells: cells.iter().map(|cell| cell_text(cell)).collect(),
    });
    let mut servers: Vec<(String, usize)> = vec![];
    for column in &columns {
        let server = column.rsplit_once('/').map_or("", |(server, _)| server);
        match servers.last_mut() {
            Some((last, count)) if last == server => *count += 1,
            _ => servers.push((server.to_owned(), 1)),
        }
    }
    let scope = |name: &&str| name.rsplit_once('/').map_or(*name, |(_, scope)| scope).to_owned();
    Some(MatrixTable {
        title: if changes { "Who gains and loses what" } else { "Who gets what" },
        partial: matrix["partial"] == true,
        changes,
        servers,
        scopes: columns.iter().map(scope).collect(),
        rows: rows.collect(),
        same: list(&matrix["rows"]).count() - shown.len(),
    })
}

/// In words, since not everybody sees the colour.
fn cell_text(cell: &str) -> CellText {
    let (class, text) = match cell {
        "has" => ("", "has"),
        "gains" => ("good", "+ gains"),
        "loses" => ("bad", "− LOSES"),
        "refused" => ("open", "refused"),
        _ => ("dim", "–"),
    };
    CellText { class, text }
}

/// Every change of a claim, and of whose token.
pub(super) fn claims(tokens: &Value) -> Vec<(String, String)> {
    let mut changes: Vec<(String, String)> = vec![];
    for token in list(tokens) {
        let who = ["subject", "expectation", "rule"].iter().find_map(|key| token[*key].as_str());
        for claim in list(&token["claims"]) {
            let (before, after) = (value(&claim["before"]), value(&claim["after"]));
            let name = format!("{} in the {} token", text(claim, "claim"), text(claim, "token"));
            let change = format!("{name}: {before} → {after}");
            let who = who.unwrap_or_default();
            match changes.iter_mut().find(|(known, _)| *known == change) {
                Some((_, all)) => *all = format!("{all}; {who}"),
                None => changes.push((change, who.to_owned())),
            }
        }
    }
    changes
}

/// What is, and what changes.
pub(super) fn apis(apis: &Value) -> Vec<ApiSection> {
    let operation = |one: &Value| {
        let (gained, lost) = (texts(&one["gained"]), texts(&one["lost"]));
        let between = if one["needs"] == "all" { " and " } else { " or " };
        let (scopes, callers) = (texts(&one["scopes"]), texts(&one["callers"]));
        let is_public = one["public"] == true;
        let nobody = if one["unknown"] == true { "not known" } else { "nobody" };
        let change = [("gains: ", &gained), ("LOSES: ", &lost)].into_iter();
        let change = change.filter(|(_, who)| !who.is_empty());
        OperationRow {
            name: text(one, "operation"),
            asks: if is_public { "nothing".to_owned() } else { scopes.join(between) },
            callers: match callers.as_slice() {
                _ if is_public => "everyone, without a token".to_owned(),
                [] => nobody.to_owned(),
                callers => callers.join("; "),
            },
            change: change
                .map(|(what, who)| format!("{what}{}", who.join("; ")))
                .collect::<Vec<_>>()
                .join(". "),
            loses: !lost.is_empty(),
        }
    };
    list(apis)
        .map(|api| ApiSection {
            name: text(api, "name"),
            operations: list(&api["operations"]).map(operation).collect(),
        })
        .collect()
}

pub(super) fn promises(config: &Config) -> Vec<PromiseRow> {
    let promise = |one: &Expectation| PromiseRow { name: one.name.clone(), says: sentence(one) };
    config.expect.iter().map(promise).collect()
}

fn sentence(promise: &Expectation) -> String {
    let mut says = vec![format!("client {}", promise.client)];
    let mut add = |what: &str, names: &[String]| {
        if !names.is_empty() {
            says.push(format!("{what} {}", names.join(", ")));
        }
    };
    let attributes: Vec<_> =
        promise.attributes.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let claims = |claims: &std::collections::BTreeMap<String, Value>| -> Vec<String> {
        claims.iter().map(|(name, value)| format!("{name} = {value}")).collect()
    };
    add("groups", &promise.groups);
    add("attributes", &attributes);
    add("has", &promise.scopes);
    add("has not", &promise.not_scopes);
    add("access token says", &claims(&promise.access_claims));
    add("ID token says", &claims(&promise.id_claims));
    add("may call", &promise.may_call);
    add("may not call", &promise.may_not_call);
    says.join("; ")
}

/// The report of the proof, of `verify` itself or within another document.
fn report(document: &Value) -> &Value {
    if document["checks"].is_array() { document } else { &document["verify"] }
}

pub(super) fn proof(document: &Value) -> String {
    let verdicts: Vec<_> =
        list(&report(document)["checks"]).filter_map(|one| one["verdict"].as_str()).collect();
    let count = |verdict: &str| verdicts.iter().filter(|one| **one == verdict).count();
    let mut text = format!(
        "{} of {} tokens are as promised, {} failed, {} could not be proven.",
        count("ok"),
        verdicts.len(),
        count("failed"),
        count("not-proven")
    );
    let report = report(document);
    if let (Some(first), Some(slowest)) =
        (report["timing"]["first_ms"].as_u64(), report["timing"]["slowest_ms"].as_u64())
    {
        let (sign_ins, users) = (&report["sign_ins"], &report["users"]);
        text += &format!(
            " It took {sign_ins} sign-ins of {users} temporary users: the first {first} ms, the slowest {slowest} ms."
        );
    }
    text
}

pub(super) fn checks(document: &Value) -> Vec<CheckRow> {
    let row = |check: &Value| {
        let verdict = verdict(check);
        let class = match verdict {
            "ok" => "good",
            "not proven" => "open",
            _ => "bad",
        };
        let mut wrong = vec![];
        for what in ["missing", "unexpected"] {
            let scopes = texts(&check[what]);
            if !scopes.is_empty() {
                wrong.push(format!("{what}: {}", scopes.join(" ")));
            }
        }
        wrong.extend(check["error"].as_str().map(ToOwned::to_owned));
        wrong.extend(list(&check["calls"]).map(|call| {
            let status =
                call["status"].as_u64().map_or("no answer".to_owned(), |it| it.to_string());
            format!("{}: {status}, {}", text(call, "request"), text(call, "verdict"))
        }));
        CheckRow {
            name: text(check, "name"),
            class,
            verdict,
            client: format!("{}/{}", text(check, "pool"), text(check, "client")),
            flow: text(check, "flow"),
            scopes: own_scopes(&check["scopes"]),
            wrong: wrong.join("; "),
        }
    };
    list(&report(document)["checks"]).map(row).collect()
}

/// What `plan` would do, or what `status` found changed.
pub(super) fn changes(document: &Value) -> Option<Changes> {
    let (title, none, changes) = if document["changes"].is_array() {
        ("What changes on AWS", "Nothing to do.", &document["changes"])
    } else {
        ("Drift", "Everything is as deploy.toml says.", &document["drift"])
    };
    let row = |change: &Value| ChangeRow {
        resource: text(change, "resource"),
        name: text(change, "name"),
        action: text(change, "action"),
        fields: list(&change["fields"]).map(field).collect(),
    };
    changes.as_array().map(|all| Changes { title, none, rows: all.iter().map(row).collect() })
}

pub(super) fn outputs(outputs: &Value) -> Vec<(String, String)> {
    let mut rows = vec![];
    for name in ["function_arn", "alias_arn", "version", "role_arn", "code_sha256"] {
        rows.extend(outputs[name].as_str().map(|value| (name.to_owned(), value.to_owned())));
    }
    for (key, pool) in outputs["pools"].as_object().into_iter().flatten() {
        rows.push((format!("pool {key}"), text(pool, "id")));
    }
    rows
}

pub(super) fn versions(versions: &Value) -> Vec<VersionRow> {
    let row = |version: &Value| VersionRow {
        number: text(version, "version"),
        published: text(version, "published"),
        verified: version["verified"].as_str().unwrap_or("not proven").to_owned(),
        percent: version["percent"].as_u64().unwrap_or_default(),
    };
    list(versions).rev().map(row).collect()
}

pub(super) fn notes(document: &Value) -> Vec<String> {
    let all = [&document["notes"], &document["verify"]["notes"]];
    all.into_iter().flat_map(texts).map(ToOwned::to_owned).collect()
}

pub(super) fn findings(hints: &[Located]) -> Vec<TrustFinding> {
    let finding = |hint: &Located| TrustFinding {
        place: format!("{}:{}", hint.file, hint.line),
        message: hint.message.clone(),
        help: hint.hint.clone().unwrap_or_default(),
    };
    hints.iter().map(finding).collect()
}

/// What `up` needs beyond reading.
pub(super) fn actions(config: &Config, target: &Target) -> Vec<IamAction> {
    let mut actions: Vec<IamAction> = vec![];
    let writes = |name: &&str| {
        let verb = name.rsplit(':').next().unwrap_or_default();
        !["Get", "List", "Describe"].iter().any(|read| verb.starts_with(read))
    };
    for statement in statements(config, target, PolicyFor::Deploy { verify: false }) {
        for name in statement.actions.into_iter().filter(writes) {
            let resources = statement.resources.clone();
            match actions.iter_mut().find(|action| action.name == name) {
                Some(action) => action.resources.extend(resources),
                None => actions.push(IamAction { name, reason: reason(name), resources }),
            }
        }
    }
    actions.sort_by_key(|action| action.name);
    actions
}
