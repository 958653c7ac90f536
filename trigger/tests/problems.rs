//! What is refused about rules, where it is found, and in which words.

use serde_json::{Value, json};
use trigger::{Rule, Rules};

/// Expects exactly these problems, in any order, in a rule that has a name and an effect beside
/// `keys`.
#[track_caller]
fn assert_problems(keys: Value, expected: &[&str]) {
    let mut rule = json!({ "name": "rule", "suppress_groups": ["none"] });
    let Value::Object(keys) = keys else { panic!("keys of a rule") };
    rule.as_object_mut().expect("an object").extend(keys);
    let rule: Rule = serde_json::from_value(rule).expect("a rule");
    let mut problems: Vec<_> = rule.problems().iter().map(ToString::to_string).collect();
    problems.sort();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(problems, expected);
}

#[test]
fn valid_rules_have_no_problem() {
    assert_problems(
        json!({
            "pools": ["customers"], "clients": ["web", "customers/web"], "groups": ["a"], "groups_all": ["b"],
            "groups_none": ["c"], "scopes": ["openid"], "trigger_sources": ["TokenGeneration_OfTheFuture"],
            "attributes": { "a": "x", "b": { "one_of": ["x"] }, "c": { "present": false }, "d": { "prefix": "" } },
            "client_metadata": { "a": { "equals": "" } },
            "not_before": "2026-01-01", "not_after": "2026-01-01",
            "add_scopes": ["orders/read", "https://api.example.com/orders.read", "!#[]~"],
            "suppress_scopes": ["aws.cognito.signin.user.admin", "phone"],
            "access_claims": { "aud": "{client_id}", "email": "{attributes.email}", "custom:x": [1, { "y": "{groups}" }] },
            "suppress_access_claims": ["cognito:groups", "anything", "dev:x"],
            "id_claims": { "email_verified": true, "updated_at": 7, "profile": { "any": "thing" }, "groups": "{groups}" },
            "suppress_id_claims": ["email", "custom:tenant"],
            "set_groups": []
        }),
        &[],
    );
}

#[test]
fn a_rule_has_a_name_and_an_effect() {
    let rule = Rule { name: " ".into(), groups: vec!["staff".into()], ..Rule::default() };
    let problems: Vec<_> = rule.problems().iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "the rule has no effect; give it `add_scopes`, `access_claims`, `id_claims`, `add_groups`, `set_groups`, `refuse` or a `suppress_…`",
            "name: is blank"
        ]
    );
}

#[test]
fn nothing_is_blank() {
    assert_problems(
        json!({
            "pools": [""], "clients": ["web", " "], "groups": [""], "groups_all": [""], "groups_none": [""], "scopes": [""],
            "trigger_sources": ["\t"], "attributes": { "": "x" }, "client_metadata": { " ": "x" }, "add_scopes": ["", "a", " "],
            "suppress_scopes": [""], "id_claims": { " ": 1 }, "suppress_access_claims": [""], "suppress_id_claims": [""],
            "set_groups": [""], "suppress_groups": [""]
        }),
        &[
            "pools.0: is blank",
            "clients.1: is blank",
            "groups.0: is blank",
            "groups_all.0: is blank",
            "groups_none.0: is blank",
            "scopes.0: is blank",
            "trigger_sources.0: is blank",
            "attributes.: is blank",
            "client_metadata. : is blank",
            "add_scopes.0: is blank",
            "add_scopes.2: is blank",
            "suppress_scopes.0: is blank",
            "id_claims. : is blank",
            "suppress_access_claims.0: is blank",
            "suppress_id_claims.0: is blank",
            "set_groups.0: is blank",
            "suppress_groups.0: is blank",
        ],
    );
}

#[test]
fn scopes_are_scope_tokens() {
    assert_problems(
        json!({
            "add_scopes": ["orders/read orders/write", "a\"b", "a\\b", "größe", "a\u{7f}", "aws.cognito.signin.user.admin"],
            "suppress_scopes": ["a b"]
        }),
        &[
            "add_scopes.0: scope `orders/read orders/write` contains a blank; write several scopes as several entries",
            "add_scopes.1: scope `a\"b` contains `\"`; scopes are printable ASCII without quotes and backslashes",
            "add_scopes.2: scope `a\\b` contains `\\`; scopes are printable ASCII without quotes and backslashes",
            "add_scopes.3: scope `größe` contains `ö`; scopes are printable ASCII without quotes and backslashes",
            "add_scopes.4: scope `a\\u{7f}` contains `\\u{7f}`; scopes are printable ASCII without quotes and backslashes",
            "add_scopes.5: scope `aws.cognito.signin.user.admin` cannot be added; those of `aws.cognito.` are given by Cognito alone",
            "suppress_scopes.0: scope `a b` contains a blank; write several scopes as several entries",
        ],
    );
}

#[test]
fn protected_claims_stay_as_they_are() {
    for claim in [
        "acr",
        "amr",
        "at_hash",
        "auth_time",
        "azp",
        "client_id",
        "device_key",
        "event_id",
        "exp",
        "iat",
        "identities",
        "iss",
        "jti",
        "nbf",
        "nonce",
        "origin_jti",
        "sub",
        "token_use",
        "username",
        "version",
        "cognito:username",
        "cognito:anything",
    ] {
        let problem = |at: &str| {
            format!("{at}: claim `{claim}` is protected by Cognito; choose another name")
        };
        assert_problems(
            json!({
                "access_claims": { claim: "x" }, "id_claims": { claim: "x" },
                "suppress_access_claims": [claim], "suppress_id_claims": ["x", claim]
            }),
            &[
                &problem(&format!("access_claims.{claim}")),
                &problem(&format!("id_claims.{claim}")),
                &problem("suppress_access_claims.0"),
                &problem("suppress_id_claims.1"),
            ],
        );
    }
}

#[test]
fn what_has_a_way_of_its_own_is_no_claim() {
    let scope = "`scope` cannot be changed as a claim; use `add_scopes` and `suppress_scopes`";
    assert_problems(
        json!({
            "access_claims": { "scope": "a b", "dev:x": 1, "cognito:groups": ["a"], "aud": "other" },
            "id_claims": { "scope": "a b", "aud": "{client_id}" },
            "suppress_access_claims": ["scope", "aud", "cognito:roles"],
            "suppress_id_claims": ["cognito:preferred_role"]
        }),
        &[
            &format!("access_claims.scope: {scope}"),
            "access_claims.dev:x: claim `dev:x` can be suppressed, but not set; choose a name without `dev:`",
            "access_claims.cognito:groups: `cognito:groups` cannot be set as a claim; use `set_groups` and `suppress_groups`",
            "access_claims.aud: `aud` of the access token can only be the client's own id; write \"{client_id}\"",
            &format!("id_claims.scope: {scope}"),
            "id_claims.aud: `aud` of the ID token cannot be changed",
            &format!("suppress_access_claims.0: {scope}"),
            "suppress_access_claims.1: claim `aud` is protected by Cognito; choose another name",
            "suppress_access_claims.2: `cognito:roles` is suppressed together with `cognito:groups`; name that instead",
            "suppress_id_claims.0: `cognito:preferred_role` is suppressed together with `cognito:groups`; name that instead",
        ],
    );
}

#[test]
fn some_claims_of_the_id_token_are_simple() {
    let problem = |claim| {
        format!(
            "id_claims.{claim}: claim `{claim}` of the ID token can be a string, a number or a boolean, but no list or object"
        )
    };
    assert_problems(
        json!({
            "id_claims": { "address": { "street": "x" }, "email_verified": [true], "phone_number_verified": "{groups | no}", "updated_at": {} },
            "access_claims": { "address": { "street": "x" } }
        }),
        &[
            &problem("address"),
            &problem("email_verified"),
            &problem("phone_number_verified"),
            &problem("updated_at"),
        ],
    );
}

#[test]
fn claims_are_json_of_valid_templates() {
    let variables = "templates know attributes.NAME, metadata.KEY, facts.NAME.MEMBER, groups, client, client_id, pool and user_name";
    assert_problems(
        json!({
            "access_claims": {
                "a": null, "b": ["x", ["{"]], "c": { "d": { "e": "}" } }, "f": "{tenant}", "g": "{}", "h": "{attributes.}",
                "i": { "$__toml_private_datetime": "2026-01-01" }, "{client": "{{"
            }
        }),
        &[
            "access_claims.a: a claim cannot be null, infinite or not a number",
            "access_claims.b.1.0: the template is wrong: `{` is never closed; a plain brace is written `{{`",
            "access_claims.c.d.e: the template is wrong: `}` closes nothing; a plain brace is written `}}`",
            &format!("access_claims.f: there is no `{{tenant}}`; {variables}"),
            "access_claims.g: the template is wrong: `{}` names no variable; plain braces are written `{{}}`",
            &format!("access_claims.h: there is no `{{attributes.}}`; {variables}"),
            "access_claims.i: a claim cannot be a date; write it in quotes",
        ],
    );
}

#[test]
fn periods_exist() {
    let never = "not_after: `not_after` is not later than `not_before`, so the rule never applies";
    for (from, until) in [
        ("2026-01-02", "2026-01-01"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00Z", "2026-01-01T01:00:00+02:00"),
        ("2026-01-01T23:59:59Z", "2026-01-01"),
    ] {
        assert_problems(json!({ "not_before": from, "not_after": until }), &[never]);
    }
    assert_problems(
        json!({ "not_before": "tomorrow", "not_after": "2026-02-30\n" }),
        &[
            "not_before: `tomorrow` is not a time; write 2026-12-31T23:59:59Z, with Z or an offset, or 2026-12-31",
            "not_after: `2026-02-30\\n` is not a time; write 2026-12-31T23:59:59Z, with Z or an offset, or 2026-12-31",
        ],
    );
}

#[test]
fn a_choice_has_something_to_choose() {
    assert_problems(
        json!({ "attributes": { "a": { "one_of": [] } }, "client_metadata": { "b": { "one_of": [] } } }),
        &[
            "attributes.a: `one_of` is empty, so nothing can match",
            "client_metadata.b: `one_of` is empty, so nothing can match",
        ],
    );
}

#[test]
fn all_rules_are_checked_at_once() {
    let json = r#"[{ "name": "a", "add_scopes": ["x y", ""] }, { "name": "b", "add_scopes": ["ok"] }, { "name": "" }]"#;
    let problems =
        Rules::compile(serde_json::from_str(json).expect(json)).expect_err("invalid rules");
    let paths: Vec<_> = problems.iter().map(|problem| problem.path.join(".")).collect();
    assert_eq!(paths, ["0.add_scopes.1", "0.add_scopes.0", "2", "2.name"]);
    let error = Rules::from_json(json).expect_err("invalid rules").to_string();
    assert!(
        error.starts_with(
            "its rules are not valid: 0.add_scopes.1: is blank; 0.add_scopes.0: scope `x y`"
        ),
        "{error}"
    );
}

#[test]
fn what_is_no_rule_is_unreadable() {
    for json in [
        "",
        "{}",
        "[1]",
        "[{}]",
        r#"[{ "name": "a", "scope": [] }]"#,
        r#"[{ "name": "a", "add_scopes": "b" }]"#,
        r#"[{ "name": "a", "attributes": { "b": true } }]"#,
        r#"[{ "name": "a", "attributes": { "b": {} } }]"#,
        r#"[{ "name": "a", "attributes": { "b": { "equals": "c", "present": true } } }]"#,
        r#"[{ "name": "a", "attributes": { "b": { "like": "c" } } }]"#,
        r#"[{ "name": "a", "not_after": 7 }]"#,
    ] {
        let error = Rules::from_json(json).expect_err(json);
        assert_eq!(error.to_string(), "it is no JSON array of rules", "{json}");
        assert!(std::error::Error::source(&error).is_some(), "{json}");
    }
}

#[test]
fn a_refusal_is_one_line_and_nothing_else() {
    let problems = |keys: Value| -> Vec<String> {
        let mut rule = json!({ "name": "rule" });
        let Value::Object(keys) = keys else { panic!("keys of a rule") };
        rule.as_object_mut().expect("an object").extend(keys);
        let rule: Rule = serde_json::from_value(rule).expect("a rule");
        rule.problems().iter().map(ToString::to_string).collect()
    };
    assert_eq!(problems(json!({ "refuse": "Grüße {groups}. \"No\"!" })), [""; 0]);
    assert_eq!(problems(json!({ "refuse": "x".repeat(200), "mode": "report" })), [""; 0]);
    assert_eq!(problems(json!({ "refuse": " " })), ["refuse: is blank"]);
    assert_eq!(
        problems(json!({ "refuse": "ü".repeat(201) })),
        ["refuse: the text has 201 letters; at most 200 can be shown"]
    );
    for (text, character) in
        [("a\nb", "\\u{a}"), ("\u{202e}b", "\\u{202e}"), ("\u{200b}", "\\u{200b}")]
    {
        assert_eq!(
            problems(json!({ "refuse": text })),
            [format!(
                "refuse: the text contains `{character}`, which cannot be shown; write it on one line"
            )]
        );
    }
    assert_eq!(
        problems(json!({ "refuse": "No.", "add_scopes": ["read"], "set_groups": [] })),
        ["refuse: the rule refuses, so there is no token to change; make it two rules"]
    );
    assert_eq!(
        problems(json!({ "add_scopes": ["read"], "mode": "report" })),
        ["mode: only a refusal has a `mode`; leave it out, or give the rule `refuse`"]
    );
    assert!(
        serde_json::from_value::<Rule>(json!({ "name": "a", "refuse": "b", "mode": "maybe" }))
            .is_err()
    );
}

#[test]
fn lists_out_of_data_are_templates_within_bounds() {
    let bounds = json!(["orders/*", "openid"]);
    assert_problems(
        json!({ "add_scopes": ["{attributes.a | list}", "a{{b"], "scopes_from": bounds, "add_groups": ["{groups}"] }),
        &[],
    );
    assert_problems(
        json!({ "add_scopes": ["a", "{attributes.a}"], "set_groups": ["{group}"], "suppress_groups": ["{groups | lowr 'x'}", "{groups | upper | lowr}"] }),
        &[
            "add_scopes.1: scopes that come out of data need bounds; declare resource servers, or `scopes_from = [\"orders/*\"]` in `[trigger]`",
            "set_groups.0: there is no `{group}`; templates know attributes.NAME, metadata.KEY, facts.NAME.MEMBER, groups, client, client_id, pool and user_name",
            "suppress_groups.0: there is no filter `lowr`; there are lower, upper, trim, list, json, split ',', prefix 'a', strip_prefix 'a', replace 'a' 'b' and default 'a'",
            "suppress_groups.1: there is no filter `lowr`; there are lower, upper, trim, list, json, split ',', prefix 'a', strip_prefix 'a', replace 'a' 'b' and default 'a'",
        ],
    );
    let bad = "a bound is a scope, or the beginning of some and a `*`; write `orders/*`";
    assert_problems(
        json!({ "scopes_from": ["*", "a*b", "a b"] }),
        &[
            &format!("scopes_from.0: {bad}"),
            &format!("scopes_from.1: {bad}"),
            &format!("scopes_from.2: {bad}"),
        ],
    );
}
