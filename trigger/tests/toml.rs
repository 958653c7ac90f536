//! Rules as `deploy.toml` holds them, and the schema that editors complete them by.

use trigger::{Condition, Moment, Rule};

#[derive(serde::Deserialize)]
struct Document {
    rules: Vec<Rule>,
}

const RULE: &str = r#"
    [[rules]]
    name = "pro users of the web shop"
    clients = ["customers/web"]
    attributes = { "custom:plan" = "pro", email = { prefix = "a" }, "custom:kind" = { one_of = ["a", "b"] }, phone = { present = false } }
    not_before = 2026-12-01
    not_after = 2026-12-31T23:59:59.5+01:00
    add_scopes = ["shop/pro"]
    access_claims = { tenant = "{attributes.custom:tenant}", level = 3, flags = { beta = true, rates = [0.5] } }
    set_groups = []
"#;

#[test]
fn rules_read_from_toml_as_from_json() {
    let from_text = toml::from_str::<Document>(RULE).expect("a rule").rules;
    let value: toml::Value = toml::from_str(RULE).expect("TOML");
    let from_value = value["rules"].clone().try_into::<Vec<Rule>>().expect("a rule");
    assert_eq!(from_text, from_value);
    let json = serde_json::to_string(&from_text).expect("JSON");
    assert_eq!(serde_json::from_str::<Vec<Rule>>(&json).expect(&json), from_text);

    let rule = &from_text[0];
    assert_eq!(rule.problems(), []);
    assert_eq!(rule.attributes["custom:plan"], Condition::Equals("pro".into()));
    assert_eq!(rule.attributes["custom:kind"], Condition::OneOf(vec!["a".into(), "b".into()]));
    assert_eq!(rule.not_before, Some(Moment::new("2026-12-01")));
    assert_eq!(rule.not_after.as_ref().and_then(Moment::last_second), Some(1_798_757_999));
    assert_eq!(rule.access_claims["flags"], serde_json::json!({ "beta": true, "rates": [0.5] }));
}

#[test]
fn what_toml_has_beyond_json_is_a_problem() {
    let rule = "name = 'a'\naccess_claims = { day = 2026-12-01, rate = nan, all = [inf] }\nnot_before = 2026-12-01T10:00:00\nnot_after = 10:00:00";
    let rule: Rule = toml::from_str(rule).expect("a rule");
    let problems: Vec<_> = rule.problems().iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "not_before: `2026-12-01T10:00:00` is not a time; write 2026-12-31T23:59:59Z, with Z or an offset, or 2026-12-31",
            "not_after: `10:00:00` is not a time; write 2026-12-31T23:59:59Z, with Z or an offset, or 2026-12-31",
            "access_claims.all.0: a claim cannot be null, infinite or not a number",
            "access_claims.day: a claim cannot be a date; write it in quotes",
            "access_claims.rate: a claim cannot be null, infinite or not a number",
        ]
    );
}

#[test]
fn messages_name_what_is_possible() {
    for (toml, message) in [
        (
            "name = 'a'\nscope = ['x']",
            "unknown field `scope`, expected one of `name`, `pools`, `clients`",
        ),
        ("add_scopes = ['x']", "missing field `name`"),
        (
            "name = 'a'\nattributes = { x = 1 }",
            "a string, or a table with one of `equals`, `one_of`, `present`, `prefix`",
        ),
        (
            "name = 'a'\nattributes = { x = { like = 'y' } }",
            "unknown field `like`, expected one of `equals`",
        ),
        (
            "name = 'a'\nattributes = { x = { } }",
            "a condition has exactly one of `equals`, `one_of`, `present`, `prefix`",
        ),
        (
            "name = 'a'\nattributes = { x = { equals = 'a', prefix = 'b' } }",
            "a condition has exactly one of",
        ),
        ("name = 'a'\nnot_before = { x = 'y' }", "a time such as 2026-12-31T23:59:59Z, or a date"),
        ("name = 'a'\nnot_before = 7", "a time such as 2026-12-31T23:59:59Z, or a date"),
    ] {
        let error = toml::from_str::<Rule>(toml).expect_err(toml).to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[cfg(feature = "schema")]
#[test]
fn the_schema_knows_every_key_and_both_spellings() {
    let schema = serde_json::to_value(schemars::schema_for!(Rule)).expect("a schema");
    let toml: toml::Table = toml::from_str(RULE).expect("TOML");
    let keys = toml["rules"][0].as_table().expect("a table").keys();
    for key in keys {
        assert!(schema["properties"][key]["description"].is_string(), "{key}: {schema:#}");
    }
    assert_eq!(schema["required"], serde_json::json!(["name"]));
    assert_eq!(schema["additionalProperties"], false);
    let spellings = schema["$defs"]["Condition"]["oneOf"].as_array().expect("spellings");
    assert_eq!(spellings[0]["type"], "string");
    let keys: Vec<_> =
        spellings[1..].iter().map(|table| table["required"][0].as_str().expect("a key")).collect();
    assert_eq!(keys, ["equals", "one_of", "present", "prefix"]);
    assert_eq!(schema["$defs"]["Moment"]["anyOf"][1]["format"], "date");
}
