//! APIs' documents as people and tools write them: what they ask, what is odd about them, and what is refused.

use std::fs;
use std::path::Path;

use pretoken::config::openapi::{Served, ServedApi, adopted_ids};
use pretoken::config::{self, Loaded};
use pretoken::failure::Failure;
use pretoken::model::{ApiStage, Ids};
use pretoken::ops::apis::{AtTheDoor, at_the_door};
use pretoken::tokens::apis::callers;
use pretoken::tokens::impact::OperationImpact;
use serde_json::json;
use trigger::Rules;

/// In November 2026.
const NOW: i64 = 1_795_406_706;

const STACK: &str = r#"
name = "shop"
[pools.customers]
[pools.customers.clients.web]
[pools.customers.resource_servers.orders]
scopes = { read = "Read", delete = "Delete" }
[pools.customers.groups]
staff = "Staff"
[[rules]]
name = "all"
add_scopes = ["orders/read"]
[[rules]]
name = "staff"
groups = ["staff"]
add_scopes = ["orders/delete"]
"#;

/// A directory with `deploy.toml` and an API's document.
struct Project(tempfile::TempDir);

impl Project {
    fn new(toml: &str, document: &str) -> Self {
        let project = Self(tempfile::tempdir().expect("a directory"));
        project.with("deploy.toml", &format!("{STACK}{toml}")).with("api.yaml", document)
    }

    fn with(self, name: &str, text: &str) -> Self {
        fs::write(self.0.path().join(name), text).expect("a file");
        self
    }

    fn load(&self) -> Loaded {
        config::load(&self.0.path().join("deploy.toml"), None).expect("a valid file")
    }

    fn look(&self) -> Result<AtTheDoor, Failure> {
        let loaded = self.load();
        at_the_door(&loaded, (&adopted_ids(&loaded), &Served::new()), None, NOW)
    }

    /// What is said, without the directory.
    fn told(&self) -> String {
        let problems = match self.look() {
            Ok(door) => door.hints,
            Err(failure) => failure.problems,
        };
        let text: String = problems.iter().map(ToString::to_string).collect();
        text.replace(&format!("{}/", self.0.path().display()), "")
    }

    fn operations(&self) -> Vec<OperationImpact> {
        let door = self.look().map_err(|failure| failure.error).expect("no problem");
        door.impacts.into_iter().flat_map(|api| api.operations).collect()
    }
}

/// An API whose scheme is `scheme`, with one operation, `GET /a`, that says this about its security.
fn document(head: &str, scheme: &str, operation: &str) -> String {
    format!(
        "{head}\ncomponents: {{securitySchemes: {{Pool: {scheme}}}}}\npaths:\n  /a:\n    get: {{{operation}}}\n"
    )
}

const V3: &str = "openapi: 3.1.0";
const HTTP: &str = "{type: oauth2, x-amazon-apigateway-authorizer: {type: jwt, jwtConfiguration: {issuer: {Fn::Sub: x}, audience: [c1]}}}";
const REST: &str = "{type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: cognito_user_pools}";
const BEARER: &str = "{type: http, scheme: bearer}";
const API: &str = "[apis.shop]\nopenapi = \"api.yaml\"\n";

#[test]
fn who_may_call_follows_from_the_scopes_and_from_who_looks_at_the_token() {
    let (all, staff, nobody) = (&["everyone"][..], &["in staff"][..], &[][..]);
    for (scheme, security, expected) in [
        (HTTP, "[{Pool: [orders/read]}]", all),
        (HTTP, "[{Pool: [orders/delete]}]", staff),
        (HTTP, "[{Pool: [orders/read, orders/delete]}]", all),
        (BEARER, "[{Pool: [orders/read, orders/delete]}]", staff),
        (BEARER, "[{Pool: [orders/delete]}, {Pool: [orders/read]}]", all),
        (HTTP, "[{Pool: []}]", all),
        (REST, "[{Pool: []}]", nobody),
        (REST, "[{Pool: [orders/delete], api_key: []}]", staff),
        (HTTP, "[{Pool: [orders/none]}]", nobody),
        (HTTP, "[{api_key: []}]", nobody),
        (BEARER, "[{Pool: [aws.cognito.signin.user.admin]}]", all),
    ] {
        let project = Project::new(API, &document(V3, scheme, &format!("security: {security}")));
        let [operation] = &project.operations()[..] else { panic!("one operation") };
        assert_eq!(operation.callers, expected, "{scheme} {security}");
        assert!(!operation.public);
    }
}

#[test]
fn public_and_unknown_are_neither_errors_nor_promises() {
    for (security, public, unknown) in [
        ("security: []", true, false),
        ("security: [{}]", true, false),
        ("security: [{Pool: [orders/read]}, {}]", true, false),
        ("operationId: x", true, false),
        ("security: !Sub x", false, true),
        ("security: [{Pool: ['${scope}']}]", false, true),
        ("security: [{Pool: {Ref: Scopes}}]", false, true),
    ] {
        let project = Project::new(API, &document(V3, BEARER, security));
        let [operation] = &project.operations()[..] else { panic!("one operation") };
        assert_eq!((operation.public, operation.unknown), (public, unknown), "{security}");
    }
    let promise = "[[expect]]\nname = \"p\"\nclient = \"web\"\nmay_call = [\"GET /a\"]\n";
    let toml = format!("{API}{promise}");
    let told = Project::new(&toml, &document(V3, BEARER, "security: !Sub x")).told();
    assert!(told.contains("is not known"), "{told}");
}

#[test]
fn swagger_and_json_and_references_are_read() {
    let swagger = "swagger: 2.0\nhost: a.example\nbasePath: /v1\nsecurityDefinitions: {Pool: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: cognito_user_pools}}\npaths: {/a: {get: {security: [{Pool: [orders/delete]}]}}}\n";
    let project = Project::new(API, swagger);
    assert_eq!(project.operations()[0].callers, ["in staff"]);
    let door = project.look().map_err(|failure| failure.error).expect("no problem");
    assert_eq!(door.apis[0].url.as_deref(), Some("https://a.example/v1"));

    let main = "openapi: 3.0.0\npaths: {'/a/{id}': {$ref: 'paths/a.json#/paths/~1a~1%7Bid%7D'}}\ncomponents: {securitySchemes: {$ref: schemes.yaml}}\n";
    let project = Project::new(API, main).with("schemes.yaml", &format!("Pool: {BEARER}\n"));
    fs::create_dir(project.0.path().join("paths")).expect("a directory");
    let project = project.with(
        "paths/a.json",
        r#"{"paths": {"/a/{id}": {"get": {"security": [{"Pool": ["orders/read"]}]}}}}"#,
    );
    let operations = project.operations();
    assert_eq!((operations[0].operation.as_str(), operations[0].callers.len()), ("GET /a/{id}", 1));
}

#[test]
fn what_is_odd_is_said_with_its_place() {
    for (scheme, security, said) in [
        (
            HTTP,
            "security: [{Pool: [orders/raed]}]",
            "no rule and no client gives the scope `orders/raed`",
        ),
        (HTTP, "security: [{Pool: [orders/raed]}]", "did you mean `orders/read`?"),
        (
            HTTP,
            "security: [{Pool: [orders/read]}]",
            "no operation of `shop` asks for the scope `orders/delete`",
        ),
        (REST, "security: [{Pool: []}]", "GET /a takes no access token"),
        (HTTP, "security: [{Pool: []}]", "every user of the pool may call it"),
    ] {
        let told = Project::new(API, &document(V3, scheme, security)).told();
        assert!(told.contains(said), "{said}: {told}");
        let strict = format!("{API}strict = true\n");
        let refused = Project::new(&strict, &document(V3, scheme, security)).look();
        assert!(refused.is_err(), "{said}");
    }
    let open = document(V3, BEARER, "security: [{Pool: [orders/read]}]")
        + "    put: {}\n    options: {}\n";
    let told = Project::new(API, &open).told();
    assert!(told.contains("PUT /a asks for no token, although other operations do"), "{told}");
    assert!(told.contains("--> api.yaml:6:5") && !told.contains("OPTIONS"), "{told}");
    let both = format!("{API}scopes = \"all\"\n");
    let told =
        Project::new(&both, &document(V3, HTTP, "security: [{Pool: [orders/read, openid]}]"))
            .told();
    assert!(told.contains("nobody may call GET /a"), "{told}");
}

#[test]
fn another_pool_and_an_audience_without_the_client_are_seen_where_ids_are_known() {
    let http = |issuer: &str| {
        format!(
            "{{type: oauth2, x-amazon-apigateway-authorizer: {{type: jwt, jwtConfiguration: {{issuer: '{issuer}', audience: [c1]}}}}}}"
        )
    };
    let issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Other1234";
    let project =
        Project::new(API, &document(V3, &http(issuer), "security: [{Pool: [orders/read]}]"));
    let loaded = project.load();
    let mut ids = Ids::default();
    ids.pools.insert("customers".to_owned(), "eu-west-1_AbCdEf123".to_owned());
    let failure =
        at_the_door(&loaded, (&ids, &Served::new()), None, NOW).expect_err("another pool");
    assert!(
        failure.problems[0].to_string().contains("this is another pool: `eu-west-1_Other1234`")
    );

    ids.pools.insert("customers".to_owned(), "eu-west-1_Other1234".to_owned());
    ids.clients.insert(pretoken::model::ClientKey::new("customers", "web"), "c2".to_owned());
    let door = at_the_door(&loaded, (&ids, &Served::new()), None, NOW)
        .map_err(|failure| failure.error)
        .expect("hints");
    assert!(door.impacts[0].operations[0].callers.is_empty());
    let told: String = door.hints.iter().map(ToString::to_string).collect();
    assert!(told.contains("tokens of the client `web` are refused"), "{told}");
}

#[test]
fn promises_by_operation_are_held_against_rules_and_document() {
    let promise = |lines: &str| {
        format!(
            "{API}url = \"https://a.example\"\n[[expect]]\nname = \"p\"\nclient = \"web\"\n{lines}\n"
        )
    };
    let api = document(V3, BEARER, "security: [{Pool: [orders/delete]}]")
        + "  /b/{id}:\n    get: {security: []}\n";
    for (lines, said) in [
        ("may_call = [\"GET /a\"]", "`p` may not call GET /a"),
        ("groups = [\"staff\"]\nmay_not_call = [\"GET /a\"]", "`p` may call GET /a"),
        ("may_not_call = [\"GET /b/{id}\"]", "`p` may call GET /b/{id}: it is public"),
        ("may_call = [\"GET /c/{id}\"]", "did you mean `GET /b/{id}`?"),
        ("calls = [{ request = \"GET /c\", status = 200 }]", "no API has the operation `GET /c`"),
    ] {
        let told = Project::new(&promise(lines), &api).told();
        assert!(told.contains(said) && told.contains("deploy.toml:"), "{lines}: {told}");
    }
    for lines in [
        "may_not_call = [\"GET /a\"]\nmay_call = [\"shop: GET /b/{id}\"]",
        "groups = [\"staff\"]\nmay_call = [\"get /a\"]",
        "calls = [{ request = \"GET /b/none?x=1\", status = \"2xx\" }]",
    ] {
        assert!(Project::new(&promise(lines), &api).look().is_ok(), "{lines}");
    }
    let two = promise("may_call = [\"GET /b/{id}\"]") + "[apis.other]\nopenapi = \"api.yaml\"\n";
    let told = Project::new(&two, &api).told();
    assert!(told.contains("several APIs have `GET /b/{id}`"), "{told}");
}

#[test]
fn what_cannot_be_a_document_is_one_error_each() {
    let bearer = document(V3, BEARER, "security: [{Pool: [orders/read]}]");
    let nested =
        |deep: usize| format!("openapi: 3.0.0\nx: {}{}", "[".repeat(deep), "]".repeat(deep));
    let [nested, endless] = [200, 50_000].map(nested);
    let mut bomb = String::from("openapi: 3.0.0\na0: &a0 {get: {}}\n");
    for n in 1..40 {
        bomb += &format!("a{n}: &a{n} {{<<: [*a{}, *a{}], k{n}: 1}}\n", n - 1, n - 1);
    }
    for (text, said) in [
        ("", "the document is empty"),
        ("a: b", "this is no OpenAPI document"),
        ("openapi: 4.0.0", "this version of OpenAPI is not known"),
        (&*nested, "nested more than"),
        (&*endless, "cannot be read"),
        ("openapi: 3.0.0\npaths: {/a: {$ref: '#/paths/~1a'}}", "leads to itself"),
        ("openapi: 3.0.0\npaths: {/a: {$ref: '#/nowhere'}}", "there is no `nowhere`"),
        ("openapi: 3.0.0\npaths: {/a: {$ref: 'https://a.example/x'}}", "not read from the network"),
        ("openapi: 3.0.0\npaths: {/a: {$ref: 'gone.yaml'}}", "cannot be read"),
        ("openapi: [3", "cannot be read"),
        (
            &*bearer.replace("Pool: {", "Other: {type: http, scheme: bearer}, Pool: {"),
            "it is not known which",
        ),
    ] {
        let told = Project::new(API, text).told();
        assert!(told.contains(said) && told.contains("1 error in"), "{said}: {told}");
    }
    assert!(Project::new(API, &bomb).look().is_ok());
    let unknown = format!("{API}security_schemes = [\"Pol\"]\n");
    let told = Project::new(&unknown, &bearer).told();
    assert!(told.contains("did you mean `Pool`?"), "{told}");
    let gone = "[apis.shop]\nopenapi = \"gone.yaml\"\n";
    let told = Project::new(gone, "").told();
    assert!(told.contains("--> deploy.toml:"), "{told}");
}

#[test]
fn a_rule_that_goes_takes_operations_with_it() {
    let api = document(V3, HTTP, "security: [{Pool: [orders/delete]}]");
    let project = Project::new(API, &api);
    let loaded = project.load();
    let door = project.look().map_err(|failure| failure.error).expect("no problem");
    let ids = Ids::default();
    let config = &loaded.config;
    let none = Rules::default();
    let [lost] = &callers(&door.apis, config, &ids, [Some(&loaded.rules), Some(&none)], NOW)[..]
    else {
        panic!("one API")
    };
    assert_eq!(lost.operations[0].lost, ["in staff"]);
    let losses: Vec<_> = lost.losses().collect();
    assert_eq!(losses, ["in staff loses GET /a of shop"]);
}

#[test]
fn without_apis_nothing_is_read() {
    let project = Project::new("", "");
    fs::remove_file(project.0.path().join("api.yaml")).expect("it is there");
    let door = project.look().map_err(|failure| failure.error).expect("nothing to look at");
    assert!(door.apis.is_empty() && door.impacts.is_empty() && door.hints.is_empty());
    assert!(Path::new(&project.0.path().join("deploy.toml")).exists());
}

/// A REST API as `GetExport` gives it, with things that are nobody's business.
fn export() -> Vec<u8> {
    let asks = |scopes: &[&str]| json!({"security": [{"Pool": scopes}], "x-amazon-apigateway-integration": {"uri": "x"}});
    let export = json!({
        "openapi": "3.0.1",
        "servers": [{"url": "https://a1.execute-api.eu-west-1.amazonaws.com/{basePath}", "variables": {"basePath": {"default": "prod"}}}],
        "paths": {
            "/orders": {"get": asks(&["orders/read", "orders/admin"])},
            "/orders/{id}": {"delete": asks(&["orders/delete"])},
            "/typo": {"get": asks(&["orders/raed"])},
            "/mine": {"get": asks(&[])},
            "/health": {"get": {}},
        },
        "components": {"securitySchemes": {"Pool": {
            "type": "apiKey", "name": "Authorization", "in": "header",
            "x-amazon-apigateway-authtype": "cognito_user_pools",
            "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": ["arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEf123"]},
        }}},
    });
    export.to_string().into_bytes()
}

#[test]
fn what_a_stage_serves_is_read_like_a_document() {
    let project = Project::new("[apis.shop]\napi_gateway = \"a1/prod\"\nstrict = false\n", "");
    let loaded = project.load();
    let api = ServedApi::of_export(&ApiStage::parse("a1/prod"), &export()).expect("an export");
    let served = Served::from([("shop".to_owned(), api)]);
    let look = |id: &str| {
        let ids = Ids { pools: [("customers".to_owned(), id.to_owned())].into(), ..Ids::default() };
        at_the_door(&loaded, (&ids, &served), None, NOW)
    };
    let door = look("eu-west-1_AbCdEf123").map_err(|failure| failure.error).expect("hints");
    let callers: Vec<_> = door.impacts[0]
        .operations
        .iter()
        .map(|one| (one.operation.as_str(), one.public, one.callers.join("; ")))
        .collect();
    assert_eq!(
        callers,
        [
            ("GET /orders", false, "everyone".to_owned()),
            ("DELETE /orders/{id}", false, "in staff".to_owned()),
            ("GET /typo", false, String::new()),
            ("GET /mine", false, String::new()),
            ("GET /health", true, String::new()),
        ]
    );
    assert_eq!(
        door.apis[0].url.as_deref(),
        Some("https://a1.execute-api.eu-west-1.amazonaws.com/prod")
    );
    let told: String = door.hints.iter().map(ToString::to_string).collect();
    for said in [
        "--> REST API a1, stage prod:",
        r#""/typo": {"get":{"security":[{"Pool":["orders/raed"]}]}}"#,
        "no rule and no client gives the scope `orders/raed`",
        "did you mean `orders/read`?",
        "GET /mine takes no access token",
        "GET /health asks for no token, although other operations do",
    ] {
        assert!(told.contains(said), "no `{said}` in\n{told}");
    }
    let other = look("eu-west-1_OTHER0000").expect_err("another pool");
    assert!(other.error.to_string().contains("REST API a1, stage prod"), "{:#}", other.error);
}

/// Offline nothing is known of it, and so nothing is wrong.
#[test]
fn a_stage_that_was_not_read_is_no_reason_to_complain() {
    let promises = "\n[[expect]]\nname = \"staff\"\nclient = \"web\"\ngroups = [\"staff\"]\nmay_call = [\"DELETE /nobody/knows\"]\n";
    let project =
        Project::new(&format!("[apis.shop]\napi_gateway = \"a1b2c3d4e5\"\n{promises}"), "");
    assert_eq!(project.told(), "");
    assert!(project.operations().is_empty());
}
