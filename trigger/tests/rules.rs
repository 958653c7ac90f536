//! What rules mean: which apply, what they add up to, why they do not apply, and what the tokens
//! then hold.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use trigger::{Decision, Rules, Subject};

fn rules(rules: &Value) -> Rules {
    Rules::from_json(&rules.to_string()).expect("valid rules")
}

fn set(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

fn list(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

fn ada() -> Subject {
    Subject {
        pool: Some("customers".into()),
        client: Some("web".into()),
        client_id: Some("1example".into()),
        user_name: Some("ada".into()),
        groups: list(&["staff", "admin"]),
        attributes: [
            ("custom:plan".to_owned(), "pro-yearly".to_owned()),
            ("empty".to_owned(), String::new()),
        ]
        .into(),
        client_metadata: [("device".to_owned(), "tv".to_owned())].into(),
        facts: [(
            "entitlements".to_owned(),
            json!({ "plan": "pro", "seats": 3, "scopes": ["orders/read", "admin/all"] }),
        )]
        .into(),
        scopes: list(&["openid", "email"]),
        trigger_source: Some("TokenGeneration_RefreshTokens".into()),
        now: 1_000,
    }
}

fn nobody() -> Subject {
    Subject { now: 1_000, ..Subject::default() }
}

fn decide(given: &Value, subject: &Subject) -> Decision {
    rules(given).decide(subject)
}

#[test]
fn every_condition_says_why_it_is_not_met() {
    for (condition, met, said_of_nobody) in [
        (json!({ "pools": ["staff", "customers"] }), true, "pools: is not staff or customers"),
        (json!({ "pools": ["staff"] }), false, "pools: is not staff"),
        (json!({ "clients": ["web"] }), true, "clients: is not web"),
        (
            json!({ "clients": ["app", "customers/web"] }),
            true,
            "clients: is not app or customers/web",
        ),
        (json!({ "clients": ["staff/web"] }), false, "clients: is not staff/web"),
        (json!({ "clients": ["customers"] }), false, "clients: is not customers"),
        (json!({ "groups": ["guest", "admin"] }), true, "groups: has none of guest, admin"),
        (json!({ "groups": ["Staff"] }), false, "groups: has none of Staff"),
        (json!({ "groups_all": ["admin", "staff"] }), true, "groups_all: has not admin"),
        (
            json!({ "attributes": { "custom:plan": "pro-yearly" } }),
            true,
            "attributes.custom:plan: is not \"pro-yearly\"",
        ),
        (
            json!({ "attributes": { "custom:plan": { "equals": "pro" } } }),
            false,
            "attributes.custom:plan: is not \"pro\"",
        ),
        (
            json!({ "attributes": { "custom:plan": { "one_of": ["pro", "pro-yearly"] } } }),
            true,
            "attributes.custom:plan: is none of [\"pro\", \"pro-yearly\"]",
        ),
        (
            json!({ "attributes": { "empty": { "present": true } } }),
            true,
            "attributes.empty: is absent",
        ),
        (
            json!({ "attributes": { "custom:plan": { "prefix": "pro-" } } }),
            true,
            "attributes.custom:plan: does not start with \"pro-\"",
        ),
        (
            json!({ "attributes": { "empty": "", "sub": "x" } }),
            false,
            "attributes.empty: is not \"\"",
        ),
        (
            json!({ "client_metadata": { "device": { "prefix": "t" } } }),
            true,
            "client_metadata.device: does not start with \"t\"",
        ),
        (json!({ "scopes": ["phone", "email"] }), true, "scopes: has none of phone, email"),
        (
            json!({ "trigger_sources": ["TokenGeneration_RefreshTokens"] }),
            true,
            "trigger_sources: is not TokenGeneration_RefreshTokens",
        ),
        (
            json!({ "not_before": "1970-01-01T00:16:41Z" }),
            false,
            "not_before: begins 1970-01-01T00:16:41Z",
        ),
        (
            json!({ "not_after": "1970-01-01T00:16:39Z" }),
            false,
            "not_after: ended 1970-01-01T00:16:39Z",
        ),
    ] {
        let mut rule = condition.clone();
        rule["name"] = "rule".into();
        rule["add_scopes"] = json!(["x"]);
        let rules = rules(&json!([rule]));
        assert_eq!(rules.explain(&ada())[0].is_ok(), met, "{condition}");
        assert_eq!(rules.decide(&ada()).matched.is_empty(), !met, "{condition}");
        assert_eq!(
            rules.explain(&nobody())[0].as_ref().expect_err("a mismatch").to_string(),
            said_of_nobody
        );
        assert!(rules.decide(&nobody()).is_empty(), "{condition}");
    }
}

#[test]
fn some_conditions_are_met_by_what_is_missing() {
    let rules = rules(&json!([
        { "name": "no staff", "groups_none": ["guest", "staff"], "add_scopes": ["a"] },
        { "name": "no plan", "attributes": { "custom:plan": { "present": false } }, "add_scopes": ["b"] },
        { "name": "always", "add_scopes": ["c"] },
        { "name": "now", "not_before": "1970-01-01T00:16:40Z", "not_after": "1970-01-01T00:16:41Z", "add_scopes": ["d"] },
        { "name": "today", "not_before": "1970-01-01", "not_after": "1970-01-01", "add_scopes": ["e"] }
    ]));
    assert_eq!(rules.decide(&nobody()).access.add_scopes, set(&["a", "b", "c", "d", "e"]));
    assert_eq!(rules.decide(&ada()).access.add_scopes, set(&["c", "d", "e"]));
    let said: Vec<_> = rules
        .explain(&ada())
        .into_iter()
        .filter_map(Result::err)
        .map(|why| why.to_string())
        .collect();
    assert_eq!(said, ["groups_none: has staff", "attributes.custom:plan: is present"]);
    assert_eq!(rules.decide(&Subject { now: 86_399, ..nobody() }).matched, [0, 1, 2, 4]);
    assert_eq!(rules.decide(&Subject { now: 86_400, ..nobody() }).matched, [0, 1, 2]);
}

#[test]
fn scopes_unite_and_suppression_wins() {
    let decision = decide(
        &json!([
            { "name": "first", "suppress_scopes": ["b", "phone"] },
            { "name": "second", "add_scopes": ["c", "a", "b"] },
            { "name": "other", "groups": ["guest"], "add_scopes": ["d"] },
            { "name": "third", "add_scopes": ["a", "e"] }
        ]),
        &ada(),
    );
    assert_eq!(decision.matched, [0, 1, 3]);
    assert_eq!(decision.access.add_scopes, set(&["a", "c", "e"]));
    assert_eq!(decision.access.suppress_scopes, set(&["b", "phone"]));
    assert_eq!(
        decision.access_scopes(["openid", "phone", "b", "a"]),
        set(&["a", "c", "e", "openid"])
    );
}

#[test]
fn of_two_claims_the_later_stays() {
    let decision = decide(
        &json!([
            { "name": "first", "access_claims": { "plan": "free", "tenant": "first", "gone": 1 }, "id_claims": { "plan": "free" } },
            { "name": "second", "access_claims": { "plan": "{attributes.custom:plan}", "tenant": "{attributes.custom:tenant}" } },
            { "name": "third", "suppress_access_claims": ["gone", "client"], "suppress_id_claims": ["email"] }
        ]),
        &ada(),
    );
    assert_eq!(json!(decision.access.claims), json!({ "plan": "pro-yearly", "tenant": "first" }));
    assert_eq!(json!(decision.id.claims), json!({ "plan": "free" }));
    assert_eq!(decision.access.suppress_claims, set(&["client", "gone"]));
    let Value::Object(default) = json!({ "sub": "1", "plan": "old", "client": 2, "email": "a", "cognito:groups": ["staff"] })
    else {
        panic!("an object")
    };
    assert_eq!(
        Value::Object(decision.access_claims(&default)),
        json!({ "sub": "1", "plan": "pro-yearly", "tenant": "first", "email": "a", "cognito:groups": ["staff"] })
    );
    assert_eq!(
        Value::Object(decision.id_claims(&default)),
        json!({ "sub": "1", "plan": "free", "client": 2, "cognito:groups": ["staff"] })
    );
}

#[test]
fn claims_are_any_json() {
    let claims = json!({
        "text": "x", "number": 1.5, "large": 18_446_744_073_709_551_615_u64, "flag": false, "empty": [],
        "list": ["{client}", 1, ["{groups}"]],
        "object": { "{client}": "{client} of {pool}", "in": { "a": [{ "b": "{{}}" }] } }
    });
    let decision =
        decide(&json!([{ "name": "all", "access_claims": claims, "id_claims": claims }]), &ada());
    let filled = json!({
        "text": "x", "number": 1.5, "large": 18_446_744_073_709_551_615_u64, "flag": false, "empty": [],
        "list": ["web", 1, [["staff", "admin"]]],
        "object": { "{client}": "web of customers", "in": { "a": [{ "b": "{}" }] } }
    });
    assert_eq!(
        (json!(decision.access.claims), json!(decision.id.claims)),
        (filled.clone(), filled)
    );
}

#[test]
fn a_claim_with_a_missing_value_is_left_out_whole() {
    let claims = json!({
        "a": "{attributes.x}", "b": ["ok", "{metadata.x}"], "c": { "ok": 1, "no": { "x": "-{pool}-" } }, "d": "{groups}",
        "e": "{attributes.x | none}", "f": "{groups|none}"
    });
    let decision = decide(&json!([{ "name": "all", "access_claims": claims }]), &nobody());
    assert_eq!(json!(decision.access.claims), json!({ "e": "none", "f": "none" }));
    assert!(
        decide(&json!([{ "name": "all", "access_claims": { "a": "{user_name}" } }]), &nobody())
            .is_empty()
    );
}

#[test]
fn groups_are_set_by_the_last_and_suppressed_by_any() {
    let suppress = json!({ "name": "no admin", "suppress_groups": ["admin", "x"] });
    let set_ab = json!({ "name": "a, b", "set_groups": ["a", "admin", "b", "a"] });
    let none = json!({ "name": "none", "set_groups": [] });
    let own = json!({ "name": "own", "set_groups": ["staff", "admin"] });
    let other = json!({ "name": "other", "suppress_groups": ["guest"] });
    for (given, groups) in [
        (json!([suppress]), Some(list(&["staff"]))),
        (json!([set_ab]), Some(list(&["a", "admin", "b"]))),
        (json!([suppress, set_ab]), Some(list(&["a", "b"]))),
        (json!([none, set_ab]), Some(list(&["a", "admin", "b"]))),
        (json!([set_ab, none]), Some(Vec::new())),
        (json!([set_ab, own]), None),
        (json!([other]), None),
    ] {
        assert_eq!(decide(&given, &ada()).groups, groups, "{given}");
    }
    let doubled = Subject { groups: list(&["a", "a"]), ..nobody() };
    assert!(decide(&json!([{ "name": "scope", "add_scopes": ["x"] }]), &doubled).groups.is_none());
}

#[test]
fn groups_show_in_both_tokens() {
    let claims = |decision: &Decision| {
        let Value::Object(default) = json!({ "cognito:groups": ["staff", "admin"], "cognito:roles": ["r"], "cognito:preferred_role": "r", "sub": "1" })
        else {
            panic!("an object")
        };
        (
            Value::Object(decision.access_claims(&default)),
            Value::Object(decision.id_claims(&default)),
        )
    };
    let roles = |groups: Value| json!({ "cognito:groups": groups, "cognito:roles": ["r"], "cognito:preferred_role": "r", "sub": "1" });
    let set = decide(&json!([{ "name": "set", "set_groups": ["a"] }]), &ada());
    assert_eq!(claims(&set), (roles(json!(["a"])), roles(json!(["a"]))));
    let none = decide(&json!([{ "name": "none", "set_groups": [] }]), &ada());
    assert!(
        !claims(&none).0.as_object().is_some_and(|claims| claims.contains_key("cognito:groups"))
    );
    let suppressed =
        decide(&json!([{ "name": "id", "suppress_id_claims": ["cognito:groups"] }]), &ada());
    assert_eq!(claims(&suppressed), (roles(json!(["staff", "admin"])), json!({ "sub": "1" })));
    assert_eq!(set.access_claims(&Map::new()).len(), 1);
}

#[test]
fn a_claims_number_is_the_one_that_was_written() {
    for number in [
        "14444440000000000000000000000000000000000000000000000000000007173733806442603484",
        "1.7976931348623157e308",
        "9007199254740993",
        "0.30000000000000004",
    ] {
        let json = format!(r#"[{{ "name": "n", "access_claims": {{ "limit": {number} }} }}]"#);
        let rules = Rules::from_json(&json).expect("valid");
        let rule = rules.get(0).expect("a rule");
        let written = serde_json::to_string(&[rule]).expect("JSON");
        assert_eq!(Rules::from_json(&written).expect("valid").get(0), Some(rule), "{number}");
        let read = rule.access_claims["limit"].as_f64();
        assert_eq!(read, number.parse().ok(), "{number}");
    }
}

#[test]
fn the_first_refusal_ends_everything() {
    let given = json!([
        { "name": "reads", "add_scopes": ["read"], "access_claims": { "a": 1 }, "set_groups": [] },
        { "name": "watched", "groups": ["staff"], "refuse": "Not yet.", "mode": "report" },
        { "name": "others", "groups": ["guest"], "refuse": "No guests." },
        { "name": "staff", "groups": ["staff"], "refuse": "No staff." },
        { "name": "all", "refuse": "Nobody." },
    ]);
    let decision = decide(&given, &ada());
    let refusal = decision.refusal.clone().expect("a refusal");
    assert_eq!((refusal.rule, refusal.text.as_str()), (3, "No staff."));
    assert_eq!(decision.matched, [0, 1, 3, 4]);
    assert_eq!(
        decision,
        Decision { matched: vec![0, 1, 3, 4], refusal: Some(refusal), ..Decision::default() }
    );
    assert!(decision.access_scopes(["openid"]).is_empty());
    let claims: Map<String, Value> = [("sub".to_owned(), json!("x"))].into_iter().collect();
    assert!(decision.access_claims(&claims).is_empty() && decision.id_claims(&claims).is_empty());
    assert!(!decision.is_empty());
}

#[test]
fn machines_are_refused_by_a_rule_that_names_them_alone() {
    let machine = |source: &str| Subject { trigger_source: Some(source.to_owned()), ..nobody() };
    let refused = |given: Value, source: &str| decide(&given, &machine(source)).refusal.is_some();
    let all = json!([{ "name": "all", "refuse": "Nobody." }]);
    assert!(refused(all.clone(), "TokenGeneration_Authentication"));
    assert!(refused(all.clone(), "TokenGeneration_OfTheFuture"));
    assert!(!refused(all.clone(), "TokenGeneration_ClientCredentials"));
    let rules = rules(&all);
    let machine = machine("TokenGeneration_ClientCredentials");
    let why = rules.explain(&machine)[0].as_ref().err().map(ToString::to_string);
    assert_eq!(why.as_deref(), Some("refuse: machines are meant only by trigger_sources"));
    let meant = json!([{ "name": "all", "trigger_sources": ["TokenGeneration_ClientCredentials"], "refuse": "No." }]);
    assert!(refused(meant.clone(), "TokenGeneration_ClientCredentials"));
    assert!(!refused(meant, "TokenGeneration_Authentication"));
}

/// Ada with these attributes.
fn ada_with(attributes: &[(&str, &str)]) -> Subject {
    let attributes =
        attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Subject { attributes: attributes.collect(), ..ada() }
}

#[test]
fn scopes_from_data_lie_within_bounds() {
    let given = json!([
        { "name": "data", "add_scopes": ["orders/read", "{attributes.s | list}"], "suppress_scopes": ["{attributes.gone}"],
          "scopes_from": ["orders/*", "openid"] },
        { "name": "fixed", "add_scopes": ["orders/gone"] },
    ]);
    for (value, added, dropped) in [
        ("orders/write", &["orders/read", "orders/write"][..], false),
        (r#"["orders/write", "openid", 7]"#, &["openid", "orders/read", "orders/write"], true),
        ("[orders/write, admin/all]", &["orders/read", "orders/write"], true),
        ("aws.cognito.signin.user.admin", &["orders/read"], true),
        ("orders/", &["orders/read"], true),
        ("orders/a b", &["orders/read"], true),
        ("orders/a\nadmin/all", &["orders/read"], true),
        ("orders/\"a", &["orders/read"], true),
        ("orders/ü", &["orders/read"], true),
        ("ORDERS/write", &["orders/read"], true),
        ("", &["orders/read"], false),
        ("[[\"orders/x\"]]", &["orders/read"], false),
    ] {
        let decision = decide(&given, &ada_with(&[("s", value), ("gone", "orders/gone")]));
        assert_eq!(decision.access.add_scopes, set(added), "{value}");
        assert_eq!(decision.access.suppress_scopes, set(&["orders/gone"]), "{value}");
        assert_eq!(!decision.dropped.is_empty(), dropped, "{value}");
    }
    let long = format!("orders/{}", "x".repeat(600));
    assert_eq!(
        decide(&given, &ada_with(&[("s", &long)])).access.add_scopes,
        set(&["orders/gone", "orders/read"])
    );
    let many: Vec<String> = (0..80).map(|number| format!("orders/{number}")).collect();
    let many = decide(&given, &ada_with(&[("s", &json!(many).to_string())]));
    assert_eq!((many.access.add_scopes.len(), many.dropped), (52, vec![0]));
}

#[test]
fn groups_come_out_of_data_and_are_added() {
    let given = json!([
        { "name": "provider", "add_groups": ["{attributes.g | list | lower | prefix 'idp-'}", "fixed"] },
        { "name": "no guests", "suppress_groups": ["idp-guest", "{attributes.not}"] },
    ]);
    let groups = |attributes: &[(&str, &str)]| decide(&given, &ada_with(attributes)).groups;
    assert_eq!(groups(&[]), Some(list(&["staff", "admin", "fixed"])));
    assert_eq!(
        groups(&[("g", "[Sales, Guest, Sales]"), ("not", "admin")]),
        Some(list(&["staff", "idp-sales", "fixed"]))
    );
    assert_eq!(groups(&[("g", "a b")]), Some(list(&["staff", "admin", "fixed"])), "no group");
    let set = json!([
        { "name": "set", "set_groups": ["{groups | upper}", "x"] },
        { "name": "add", "add_groups": ["x", "y"] },
    ]);
    assert_eq!(decide(&set, &ada()).groups, Some(list(&["STAFF", "ADMIN", "x", "y"])));
    assert_eq!(decide(&json!([{ "name": "same", "add_groups": ["staff"] }]), &ada()).groups, None);
}
