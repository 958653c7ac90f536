//! Every document that `-o json` writes, as a type, where no other room has one; and the JSON Schema of all of them. Pure.

use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Map, Value};

use super::explain::Explained;
use super::log_summary::LogSummary;
use super::sweep::SweepDocument;
use crate::config::Located;
use crate::failure::ErrorDocument;
use crate::model::{Architecture, Routing, Target};
use crate::ops::doctor::Diagnosis;
use crate::ops::fleet::FleetDocument;
use crate::ops::ledger::Ledger;
use crate::ops::left_users::LeftUser;
use crate::ops::outputs::Outputs;
use crate::ops::rollout::{Back, Undone};
use crate::ops::status::PublishedVersion;
use crate::package::BootstrapManifest;
use crate::reconcile::plan::{Broken, Change, Document};
use crate::tokens::impact::ApiImpact;
use crate::tokens::matrix::{Explanation, Matrix};
use crate::tokens::simulate::Simulation;
use crate::tokens::size::Estimate;
use crate::verify::Report;

/// Documents of one command each. Their members are named as they are written.
macro_rules! documents {
    ($($(#[$about:meta])* $name:ident { $($(#[$member:meta])* $field:ident: $type:ty,)* })*) => {
        $(
            $(#[$about])*
            #[derive(Serialize, JsonSchema)]
            #[expect(missing_docs, reason = "the members are the words of the JSON document")]
            pub struct $name<'a> {
                pub schema: &'a str,
                $($(#[$member])* pub $field: $type,)*
            }
        )*
    };
}

documents! {
    /// `pretoken/up/v1`.
    UpDocument {
        target: &'a Target,
        changes: &'a [Change],
        outputs: &'a Outputs,
        verify: Option<&'a Report>,
        #[serde(flatten)]
        undone: &'a Undone,
    }
    /// `pretoken/status/v1`.
    StatusDocument {
        target: &'a Target,
        broken: &'a [Broken],
        deployed: bool,
        outputs: &'a Outputs,
        versions: &'a [PublishedVersion],
        drift: &'a [Change],
        left_users: Option<&'a [LeftUser]>,
        expires: Option<&'a str>,
    }
    /// `pretoken/check/v1`.
    CheckDocument {
        ok: bool,
        environments: &'a [String],
        hints: &'a [Located],
        matrix: &'a Matrix,
        #[serde(skip_serializing_if = "Option::is_none")]
        apis: Option<&'a [ApiImpact]>,
        #[serde(skip_serializing_if = "Option::is_none")]
        explained: Option<Vec<Explanation>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        tokens: Option<Vec<Estimate>>,
    }
    /// `pretoken/token/v1`.
    TokenDocument { access: DecodedToken<'a>, id: DecodedToken<'a>, }
    /// `pretoken/build/v1`.
    BuildDocument {
        architecture: Architecture,
        target: Option<&'a str>,
        glibc: Option<String>,
        zip_bytes: usize,
        bootstrap_bytes: u64,
        sha256: &'a str,
        code_sha256: &'a str,
        out: Option<String>,
        manifest: Option<String>,
        sbom: Option<String>,
    }
    /// `pretoken/reproduce/v1`.
    ReproduceDocument {
        ok: bool,
        prebuilt: &'a BootstrapManifest,
        rebuilt: &'a BootstrapManifest,
        differences: &'a [String],
    }
    /// `pretoken/doctor/v1`.
    DoctorDocument { ok: bool, findings: &'a [Diagnosis], }
    /// `pretoken/destroy/v1`.
    DestroyDocument { target: &'a Target, changes: &'a [Change], notes: &'a [String], }
    /// `pretoken/promote/v1`.
    PromoteDocument {
        target: &'a Target,
        from: Option<&'a str>,
        to: Option<&'a str>,
        verify: Option<&'a Report>,
        #[serde(skip_serializing_if = "Option::is_none")]
        rolled_back: Option<&'a Back>,
    }
    /// `pretoken/rollback/v1`.
    RollbackDocument {
        target: &'a Target,
        from: &'a Routing,
        to: &'a str,
        verified: Option<&'a str>,
        unknown: &'a [String],
        unkept: &'a [String],
    }
    /// `pretoken/pool-diff/v1`.
    PoolDiffDocument { pool: &'a str, differences: &'a [String], }
    /// `pretoken/pool-restore/v1`.
    PoolRestoreDocument { pool: &'a str, differences: &'a [String], withheld: Option<&'a str>, }
    /// `pretoken/permissions/v1`.
    PermissionsDocument {
        command: &'a str,
        policy: &'a Value,
        boundary: Option<&'a Value>,
        trust: &'a Value,
    }
    /// `pretoken/export/v1`.
    ExportDocument {
        engine: &'a str,
        code_sha256: &'a str,
        template: &'a Value,
        notes: &'a [String],
        out: Option<String>,
    }
    /// `pretoken/logs/v1`: what was written, or a summary of it.
    LogsDocument {
        group: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        events: Option<Vec<LogRow<'a>>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        summary: Option<&'a LogSummary>,
    }
    /// `pretoken/init/v1`.
    InitDocument {
        file: String,
        #[serde(rename = "crate")]
        crate_dir: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pool: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        clients: Option<usize>,
    }
    /// `pretoken/man/v1`: a page, or where all of them are.
    ManDocument {
        #[serde(skip_serializing_if = "Option::is_none")]
        page: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        out: Option<String>,
    }
    /// `pretoken/completions/v1`.
    CompletionsDocument { shell: String, script: &'a str, }
    /// `pretoken/explore/v1` and `pretoken/local-url/v1` and `pretoken/local-serve/v1`.
    UrlDocument { url: &'a str, }
    /// `pretoken/local/v1`.
    LocalDocument { emulator: Option<RunningEmulator>, }
    /// `pretoken/local-env/v1`.
    LocalEnvDocument { env: &'a Map<String, Value>, }
    /// `pretoken/local-token/v1`.
    LocalTokenDocument { access_token: &'a str, }
}

/// A token that was checked.
#[derive(Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the members are the words of the JSON document")]
pub struct DecodedToken<'a> {
    pub header: &'a Map<String, Value>,
    pub claims: &'a Map<String, Value>,
    /// As it is sent, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<&'a str>,
}

/// `pretoken/simulate/v1`, and what was asked beside it.
#[derive(Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the members are the words of the JSON document")]
pub struct SimulateDocument<'a> {
    #[serde(flatten)]
    pub simulation: &'a Simulation,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployed: Option<DeployedAnswer<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expectations: Option<Vec<KeptPromise<'a>>>,
}

/// What the live version answers to the same event.
#[derive(Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the members are the words of the JSON document")]
pub struct DeployedAnswer<'a> {
    pub response: &'a Value,
    pub same: bool,
}

/// A promise that the rules keep.
#[derive(Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the members are the words of the JSON document")]
pub struct KeptPromise<'a> {
    pub name: &'a str,
    pub ok: bool,
}

/// A line of a log.
#[derive(Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the members are the words of the JSON document")]
pub struct LogRow<'a> {
    pub time: String,
    pub stream: &'a str,
    pub message: &'a str,
}

/// The emulator that runs.
#[derive(Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the members are the words of the JSON document")]
pub struct RunningEmulator {
    pub url: String,
    pub port: u16,
    pub pid: u32,
    pub version: String,
    pub uptime_s: u64,
    pub log: String,
}

/// A document and how its schema is made.
type Named = (&'static str, fn(&mut SchemaGenerator) -> schemars::Schema);

/// All of them, by the word between the slashes of their `schema`.
const ALL: &[Named] = &[
    ("bootstrap", |it| it.root_schema_for::<BootstrapManifest>()),
    ("build", |it| it.root_schema_for::<BuildDocument<'_>>()),
    ("check", |it| it.root_schema_for::<CheckDocument<'_>>()),
    ("completions", |it| it.root_schema_for::<CompletionsDocument<'_>>()),
    ("destroy", |it| it.root_schema_for::<DestroyDocument<'_>>()),
    ("doctor", |it| it.root_schema_for::<DoctorDocument<'_>>()),
    ("error", |it| it.root_schema_for::<ErrorDocument<'_>>()),
    ("explain", |it| it.root_schema_for::<Explained>()),
    ("explore", |it| it.root_schema_for::<UrlDocument<'_>>()),
    ("export", |it| it.root_schema_for::<ExportDocument<'_>>()),
    ("fleet", |it| it.root_schema_for::<FleetDocument>()),
    ("init", |it| it.root_schema_for::<InitDocument<'_>>()),
    ("ledger", |it| it.root_schema_for::<Ledger>()),
    ("local", |it| it.root_schema_for::<LocalDocument<'_>>()),
    ("local-env", |it| it.root_schema_for::<LocalEnvDocument<'_>>()),
    ("local-serve", |it| it.root_schema_for::<UrlDocument<'_>>()),
    ("local-token", |it| it.root_schema_for::<LocalTokenDocument<'_>>()),
    ("local-url", |it| it.root_schema_for::<UrlDocument<'_>>()),
    ("logs", |it| it.root_schema_for::<LogsDocument<'_>>()),
    ("man", |it| it.root_schema_for::<ManDocument<'_>>()),
    ("permissions", |it| it.root_schema_for::<PermissionsDocument<'_>>()),
    ("plan", |it| it.root_schema_for::<Document<'_>>()),
    ("pool-diff", |it| it.root_schema_for::<PoolDiffDocument<'_>>()),
    ("pool-restore", |it| it.root_schema_for::<PoolRestoreDocument<'_>>()),
    ("promote", |it| it.root_schema_for::<PromoteDocument<'_>>()),
    ("reproduce", |it| it.root_schema_for::<ReproduceDocument<'_>>()),
    ("rollback", |it| it.root_schema_for::<RollbackDocument<'_>>()),
    ("simulate", |it| it.root_schema_for::<SimulateDocument<'_>>()),
    ("status", |it| it.root_schema_for::<StatusDocument<'_>>()),
    ("sweep", |it| it.root_schema_for::<SweepDocument<'_>>()),
    ("token", |it| it.root_schema_for::<TokenDocument<'_>>()),
    ("up", |it| it.root_schema_for::<UpDocument<'_>>()),
    ("verify", |it| it.root_schema_for::<Report>()),
];

/// The words of all documents.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|(name, _)| *name)
}

/// The JSON Schema of a document, made from the type that is written; none if there is no such document.
#[must_use]
pub fn schema(name: &str) -> Option<Value> {
    let (name, make) = ALL.iter().find(|(one, _)| *one == name)?;
    let settings = schemars::generate::SchemaSettings::default().for_serialize();
    let mut schema = make(&mut SchemaGenerator::new(settings)).to_value();
    schema["title"] = format!("pretoken/{name}/v1").into();
    schema["properties"]["schema"] =
        serde_json::json!({ "type": "string", "const": format!("pretoken/{name}/v1") });
    Some(schema)
}
