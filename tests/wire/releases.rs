//! Versions and the alias: what is published, which versions the alias routes to, and the revisions that guard both.

use pretoken::cloud::{CloudError, Health, Read, Write};
use pretoken::model::{Routing, Settings};
use serde_json::{Value, json};

use crate::functions::{absent, configuration, settings, state};
use crate::replay::{Reply, Wire, ok, refused, refused_xml, xml};

const STATE: &str = "GET /2015-03-31/functions/f/configuration";
const STATE_OF_3: &str = "GET /2015-03-31/functions/f/configuration?Qualifier=3";
const STATE_OF_8: &str = "GET /2015-03-31/functions/f/configuration?Qualifier=8";
const LIVE: &str = "GET /2015-03-31/functions/f/configuration?Qualifier=live";
const PUBLISH: &str = "POST /2015-03-31/functions/f/versions";
const ALIAS: &str = "GET /2015-03-31/functions/f/aliases/live";
const SET_ALIAS: &str = "PUT /2015-03-31/functions/f/aliases/live";
const NEW_ALIAS: &str = "POST /2015-03-31/functions/f/aliases";
const VERSIONS: &str = "GET /2015-03-31/functions/f/versions";
const ALIASES: &str = "GET /2015-03-31/functions/f/aliases";

fn alias(version: &str, weights: &Value, revision: &str) -> Reply {
    let routing = json!({ "AdditionalVersionWeights": weights });
    ok(json!({ "FunctionVersion": version, "RoutingConfig": routing, "RevisionId": revision }))
}

fn moved() -> Reply {
    refused(412, "PreconditionFailedException", "The RevisionId provided does not match")
}

fn published(sha: &str) -> Reply {
    Reply::Says(201, json!({ "Version": "3", "CodeSha256": sha }).to_string())
}

#[test]
fn a_release_is_the_alias_and_what_its_versions_froze() {
    let wire = Wire::new([
        (ALIAS, alias("7", &json!({ "8": 0.1 }), "r")),
        (LIVE, state(&[])),
        (STATE_OF_8, state(&[("CodeSha256", "new")])),
    ]);
    let release = wire.run(async |aws| aws.release("f").await).expect("read").expect("found");
    assert_eq!((release.version.as_str(), &release.settings), ("7", &settings()));
    let canary = release.canary.expect("a canary");
    assert_eq!((canary.version.as_str(), canary.percent), ("8", 10));
    assert_eq!(canary.settings, Settings { code_sha256: "new".to_owned(), ..settings() });

    let wire = Wire::new([(ALIAS, absent()), (LIVE, absent())]);
    assert_eq!(wire.run(async |aws| aws.release("f").await).expect("read"), None);
}

#[test]
fn only_what_is_wanted_is_published() {
    let wire = Wire::new([
        (STATE, state(&[("RevisionId", "r1")])),
        (PUBLISH, published("c0de")),
        (STATE_OF_3, state(&[("State", "Pending")])),
        (STATE_OF_3, state(&[])),
    ]);
    let version = wire.run(async |aws| aws.publish("f", &settings()).await).expect("published");
    assert_eq!(version, "3");
    assert_eq!(wire.body(PUBLISH), json!({ "CodeSha256": "c0de", "RevisionId": "r1" }));
}

#[test]
fn what_somebody_else_changed_is_not_published() {
    let conflict = |wire: Wire| {
        let error = wire.run(async |aws| aws.publish("f", &settings()).await).expect_err("refused");
        assert!(matches!(error, CloudError::Conflict { .. }), "{error}");
    };
    conflict(Wire::new([(STATE, state(&[("CodeSha256", "0ther")]))]));
    conflict(Wire::new([(STATE, state(&[("Handler", "other")]))]));
    // An emulator publishes whatever is there; Lambda would have refused.
    conflict(Wire::new([(STATE, state(&[])), (PUBLISH, published("0ther"))]));
    // Changed between the look and the publication: the second look tells what it is now.
    let between =
        [(STATE, state(&[])), (PUBLISH, moved()), (STATE, state(&[("Handler", "other")]))];
    conflict(Wire::new(between));
}

#[test]
fn a_revision_that_moved_on_by_itself_is_read_again() {
    let wire = Wire::new([
        (STATE, state(&[("RevisionId", "r1")])),
        (PUBLISH, moved()),
        (STATE, state(&[("RevisionId", "r2")])),
        (PUBLISH, published("c0de")),
        (STATE_OF_3, state(&[])),
    ]);
    wire.run(async |aws| aws.publish("f", &settings()).await).expect("published");
    let revision = &wire.sent()[3].body["RevisionId"];
    assert_eq!(revision, "r2");
}

#[test]
fn the_alias_is_moved_from_where_it_was_seen() {
    let (two, three) = (Routing::all_to("2"), Routing::all_to("3"));
    let wire = Wire::new([(ALIAS, alias("2", &json!({}), "r9")), (SET_ALIAS, ok(json!({})))]);
    wire.run(async |aws| aws.route("f", Some(&two), &three).await).expect("moved");
    let everything = json!({ "FunctionVersion": "3", "RoutingConfig": { "AdditionalVersionWeights": {} },
        "RevisionId": "r9" });
    assert_eq!(wire.body(SET_ALIAS), everything);

    let canary = Routing { version: "2".to_owned(), canary: Some(("3".to_owned(), 10)) };
    let wire = Wire::new([(ALIAS, alias("2", &json!({}), "r9")), (SET_ALIAS, ok(json!({})))]);
    wire.run(async |aws| aws.route("f", Some(&two), &canary).await).expect("moved");
    let share = json!({ "AdditionalVersionWeights": { "3": 0.1 } });
    assert_eq!(wire.body(SET_ALIAS)["RoutingConfig"], share);
    assert_eq!(wire.body(SET_ALIAS)["FunctionVersion"], "2");

    let wire = Wire::new([(ALIAS, absent()), (NEW_ALIAS, Reply::Says(201, "{}".to_owned()))]);
    wire.run(async |aws| aws.route("f", None, &three).await).expect("made");
    assert_eq!(wire.body(NEW_ALIAS), json!({ "Name": "live", "FunctionVersion": "3" }));
}

#[test]
fn an_alias_that_stands_where_it_should_is_left_alone() {
    let (two, three) = (Routing::all_to("2"), Routing::all_to("3"));
    // Also after a lost answer of our own.
    let wire = Wire::new([
        (ALIAS, alias("2", &json!({}), "r9")),
        (SET_ALIAS, moved()),
        (ALIAS, alias("3", &json!({}), "r10")),
    ]);
    wire.run(async |aws| aws.route("f", Some(&two), &three).await).expect("there already");
}

#[test]
fn an_alias_that_somebody_else_moved_is_left_alone() {
    let (two, three) = (Routing::all_to("2"), Routing::all_to("3"));
    let conflict = |wire: Wire, from: Option<&Routing>| {
        let error =
            wire.run(async |aws| aws.route("f", from, &three).await).expect_err("not ours to move");
        assert!(matches!(error, CloudError::Conflict { .. }), "{error}");
    };
    conflict(Wire::new([(ALIAS, alias("4", &json!({}), "r"))]), Some(&two));
    conflict(Wire::new([(ALIAS, alias("2", &json!({ "4": 0.5 }), "r"))]), Some(&two));
    conflict(Wire::new([(ALIAS, alias("2", &json!({}), "r"))]), None);
    conflict(Wire::new([(ALIAS, absent())]), Some(&two));
    let exists = refused(409, "ResourceConflictException", "Alias already exists: live");
    let made = [(ALIAS, absent()), (NEW_ALIAS, exists), (ALIAS, alias("4", &json!({}), "r"))];
    conflict(Wire::new(made), None);
}

#[test]
fn old_versions_go_but_for_the_newest_those_in_use_and_those_to_spare() {
    let version = |number: &str| json!({ "Version": number });
    let numbers = ["$LATEST", "1", "2", "3", "9", "10", "11"].map(version);
    let versions = json!({ "Versions": numbers });
    let live = json!({ "Name": "live", "FunctionVersion": "10",
        "RoutingConfig": { "AdditionalVersionWeights": { "2": 0.1 } } });
    let wire = Wire::new([
        (ALIASES, ok(json!({ "Aliases": [live] }))),
        (VERSIONS, ok(versions)),
        ("DELETE /2015-03-31/functions/f?Qualifier=1", Reply::Says(204, String::new())),
        ("DELETE /2015-03-31/functions/f?Qualifier=9", absent()),
    ]);
    wire.run(async |aws| aws.prune("f", 2, &[3]).await).expect("1 goes, 9 is gone already");
}

#[test]
fn versions_are_listed_in_their_order() {
    let version = |number: &str| {
        let mut found = configuration();
        found["Version"] = json!(number);
        found["LastModified"] = json!("2026-01-01T00:00:00.000+0000");
        found
    };
    let found = ["$LATEST", "10", "9"].map(version);
    let wire = Wire::new([(VERSIONS, ok(json!({ "Versions": found })))]);
    let versions = wire.run(async |aws| aws.versions("f").await).expect("read");
    let numbers: Vec<u64> = versions.iter().map(|version| version.number).collect();
    assert_eq!(numbers, [9, 10]);
    assert_eq!(versions[0].code_sha256, "c0de");
    let wire = Wire::new([(VERSIONS, absent())]);
    assert_eq!(wire.run(async |aws| aws.versions("f").await).expect("read"), []);
}

#[test]
fn the_health_of_a_version_is_the_sum_of_its_metrics() {
    let series = |id: &str, values: &[f64]| {
        let values: String = values.iter().map(|it| format!("<member>{it}</member>")).collect();
        format!("<member><Id>{id}</Id><Values>{values}</Values></member>")
    };
    let found = series("errors", &[1.0, 2.0]) + &series("invocations", &[40.0, 2.0]);
    let results = format!("<MetricDataResults>{found}</MetricDataResults>");
    let wire = Wire::new([("GetMetricData", xml("GetMetricData", &results))]);
    let health = wire.run(async |aws| aws.health("f", "8", 1_795_410_123).await).expect("read");
    assert_eq!(health, Health { invocations: 42, errors: 3 });
    let body = wire.body("GetMetricData");
    assert_eq!(body["StartTime"], "2026-11-23T05:02:00Z", "the minute before");
    let metric = "MetricDataQueries.member.2.MetricStat";
    assert_eq!(body[format!("{metric}.Metric.Namespace")], "AWS/Lambda");
    assert_eq!(body[format!("{metric}.Metric.MetricName")], "Errors");
    assert_eq!(
        (&body[format!("{metric}.Stat")], &body[format!("{metric}.Period")]),
        (&json!("Sum"), &json!("60"))
    );
    let dimensions = [("FunctionName", "f"), ("Resource", "f:live"), ("ExecutedVersion", "8")];
    for (index, (name, value)) in dimensions.iter().enumerate() {
        let dimension = format!("{metric}.Metric.Dimensions.member.{}", index + 1);
        assert_eq!(body[format!("{dimension}.Name")], *name);
        assert_eq!(body[format!("{dimension}.Value")], *value);
    }

    let silent = Wire::new([("GetMetricData", xml("GetMetricData", "<MetricDataResults/>"))]);
    let health = silent.run(async |aws| aws.health("f", "8", 0).await).expect("read");
    assert_eq!(health, Health::default(), "nothing was invoked");
    let denied = refused_xml(403, "AccessDenied", "not you");
    let denied = Wire::new([("GetMetricData", denied)]);
    let error = denied.run(async |aws| aws.health("f", "8", 0).await).expect_err("denied");
    assert_eq!(error.to_string(), "cloudwatch:GetMetricData was denied: not you");
}
