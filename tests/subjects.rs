//! Whom a proof tries when nothing is promised: somebody of every kind that the rules tell apart, and nobody twice; and
//! by which sign-ins, which is known before there are any.

#[path = "support/random.rs"]
mod random;
#[path = "support/rules.rs"]
mod rules;
#[path = "support/tokens.rs"]
mod tokens;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use pretoken::config::{Config, TriggerSource};
use pretoken::model::{ClientKey, SignInSettings};
use pretoken::tokens::persona::Persona;
use pretoken::tokens::prospect::{SignInGround, TokenFlow, prospect};
use pretoken::tokens::subjects::personas;
use random::Random;
use serde_json::Value;
use tokens::{FEW_WORDS, GROUPS, tokens};
use trigger::rules::{Rule, Rules, Subject};

const CLIENTS: [(&str, &str); 4] =
    [("customers", "web"), ("customers", "desk"), ("staff", "app"), ("staff", "web")];
const SOURCES: [TriggerSource; 3] =
    [TriggerSource::Authentication, TriggerSource::RefreshTokens, TriggerSource::HostedAuth];

fn config(groups: &[String], clients: &[(&str, &str)]) -> Config {
    let mut text = "name = \"orders\"\n".to_owned();
    for pool in clients.iter().map(|(pool, _)| *pool).collect::<BTreeSet<_>>() {
        let _ = writeln!(text, "[pools.{pool}.groups]");
        for group in groups {
            let _ = writeln!(text, "{group:?} = \"\"");
        }
    }
    for (pool, client) in clients {
        let _ = writeln!(text, "[pools.{pool}.clients.{client}]");
    }
    toml::from_str(&text).expect(&text)
}

fn compiled(rules: &str) -> Rules {
    let config: Config =
        toml::from_str(&format!("name = \"a\"\npools = {{}}\n{rules}")).expect(rules);
    Rules::compile(config.rules).expect("valid rules")
}

/// Somebody who can sign in, as the rules see it.
fn subject(random: &mut Random) -> Subject {
    let (pool, client) = CLIENTS[random.below(CLIENTS.len())];
    let mut subject = FEW_WORDS.subject(random);
    subject.groups.retain(|group| GROUPS.contains(&group.as_str()));
    for texts in [&mut subject.attributes, &mut subject.client_metadata] {
        texts.retain(|_, value| !value.is_empty());
    }
    Subject {
        pool: Some(pool.to_owned()),
        client: Some(client.to_owned()),
        client_id: Some("1example".to_owned()),
        user_name: Some("ada".to_owned()),
        scopes: vec!["aws.cognito.signin.user.admin".to_owned()],
        trigger_source: Some(SOURCES[random.below(SOURCES.len())].as_str().to_owned()),
        now: 0,
        ..subject
    }
}

fn seen(persona: &Persona) -> Subject {
    Subject {
        user_name: Some("ada".to_owned()),
        client_id: Some("1example".to_owned()),
        ..persona.subject(persona.source, 0)
    }
}

/// A value that shows who somebody is differs from one to the next, whatever the rules say.
fn comparable(value: Option<&Value>, shows: bool) -> Option<Value> {
    value.map(|value| if shows { Value::Bool(true) } else { value.clone() })
}

#[test]
fn there_is_somebody_of_every_kind_that_the_rules_decide_differently() {
    let mut random = Random::new(0x00FF_1CE5);
    let groups = GROUPS.map(str::to_owned);
    let config = config(&groups, &CLIENTS);
    let (mut kinds, mut most) = (0, 0);
    for round in 0..150 {
        let count = random.below(5);
        let rules = Rules::compile(FEW_WORDS.rules(&mut random, count)).expect("valid rules");
        let tried = personas(&config, &rules, 0);
        most = most.max(tried.len());
        let tokens_of_tried: Vec<_> =
            tried.iter().map(|persona| tokens(&rules, &seen(persona))).collect();
        for _ in 0..150 {
            let somebody = subject(&mut random);
            let token = tokens(&rules, &somebody);
            let undecided = tokens(&Rules::default(), &somebody);
            let all = tokens_of_tried.iter().chain([&token]).flat_map(|token| token.keys());
            for name in all.collect::<BTreeSet<_>>() {
                let shows = name.ends_with("cognito:groups")
                    || rules.iter().any(|rule| {
                        let (access, id) = (&rule.access_claims, &rule.id_claims);
                        let claim = name.split_once(' ').map_or("", |(_, claim)| claim);
                        [access, id].iter().any(|all| {
                            all.get(claim).is_some_and(|value| value.to_string().contains('{'))
                        })
                    });
                let wanted = comparable(token.get(name), shows);
                // What data says is known by its template.
                if name.starts_with("scope") && rules.iter().any(Rule::computes_scopes) {
                    continue;
                }
                // What Cognito does by itself no rule decides.
                if token.get(name) == undecided.get(name) {
                    continue;
                }
                assert!(
                    tokens_of_tried.iter().any(|one| comparable(one.get(name), shows) == wanted),
                    "round {round}: nobody has {name} = {wanted:?} like {somebody:?}\n{rules:#?}\n{tried:#?}"
                );
                kinds += usize::from(wanted.is_some());
            }
        }
    }
    assert!(kinds > 5_000, "{kinds} kinds test little");
    assert!(most < 60, "{most} subjects for four rules are too many");
}

#[test]
fn nobody_is_tried_twice() {
    let mut random = Random::new(0x7EA7);
    let config = config(&GROUPS.map(str::to_owned), &CLIENTS);
    for _ in 0..50 {
        let rules = Rules::compile(FEW_WORDS.rules(&mut random, 4)).expect("valid rules");
        let tried = personas(&config, &rules, 0);
        let names: BTreeSet<_> = tried.iter().map(|persona| &persona.name).collect();
        assert_eq!(names.len(), tried.len(), "{tried:#?}");
    }
}

fn names(config: &Config, rules: &str) -> Vec<String> {
    personas(config, &compiled(rules), 0).into_iter().map(|persona| persona.name).collect()
}

const FIVE: [(&str, &str); 5] = [("p", "a"), ("p", "b"), ("p", "c"), ("p", "d"), ("p", "e")];

#[test]
fn groups_and_clients_that_no_rule_looks_at_are_not_multiplied() {
    let groups: Vec<String> = (0..100).map(|number| format!("g{number}")).collect();
    let config = config(&groups, &FIVE);
    let read = "[[rules]]\nname = \"all\"\nadd_scopes = [\"orders/read\"]\n";
    let nobody = FIVE.map(|(pool, client)| format!("{pool}/{client}, no group"));
    assert_eq!(names(&config, read), nobody);
    // A group that a rule looks at is tried at one of the clients that it does not look at.
    let staff = format!(
        "{read}[[rules]]\nname = \"staff\"\ngroups = [\"g7\"]\nadd_scopes = [\"orders/write\"]\n"
    );
    let mut with_staff = nobody.to_vec();
    with_staff.insert(1, "p/a, group g7".to_owned());
    assert_eq!(names(&config, &staff), with_staff);
    // Where a rule looks at clients, they are told apart.
    let desk = format!("{staff}clients = [\"d\"]\n");
    let found = names(&config, &desk);
    let mut with_staff = nobody.to_vec();
    with_staff.insert(4, "p/d, group g7".to_owned());
    assert_eq!(found, with_staff);
}

#[test]
fn more_kinds_than_can_be_counted_are_tried_rule_by_rule() {
    let groups: Vec<String> = (0..30).map(|number| format!("g{number}")).collect();
    let config = config(&groups, &FIVE);
    let rule = |group: &String| {
        format!("[[rules]]\nname = \"{group}\"\ngroups = [\"{group}\"]\nadd_scopes = [\"read\"]\n")
    };
    let found = names(&config, &groups.iter().map(rule).collect::<String>());
    assert_eq!(found.len(), 30 + FIVE.len(), "{found:?}");
}

#[test]
fn values_are_such_as_a_pool_takes() {
    let config = config(&[], &FIVE[..1]);
    let rules = "[[rules]]\nname = \"tenants\"\nattributes = { \"custom:tenant\" = { prefix = \"t-\" } }\nadd_scopes = [\"read\"]\n[[rules]]\nname = \"mail\"\naccess_claims = { mail = \"{attributes.email}\", me = \"{attributes.sub}\" }\n[[rules]]\nname = \"managed login\"\ntrigger_sources = [\"TokenGeneration_HostedAuth\"]\nadd_scopes = [\"web\"]\n";
    assert_eq!(
        names(&config, rules),
        [
            "p/a, no group",
            "p/a, no group, custom:tenant = t-pretoken",
            "p/a, no group, email = pretoken-verify@example.com",
            "p/a, no group, TokenGeneration_HostedAuth",
        ]
    );
}

/// What pools and clients say where every client allows this.
fn ground(config: &Config, flows: &[&str]) -> SignInGround {
    let mut ground = SignInGround::default();
    for (pool, declared) in &config.pools {
        let settings = SignInSettings {
            attributes: ["sub", "email", "custom:tenant"].map(str::to_owned).into(),
            ..SignInSettings::default()
        };
        ground.pools.insert(pool.clone(), settings);
        for client in declared.clients.keys() {
            let flows = flows.iter().map(|flow| (*flow).to_owned()).collect();
            ground.flows.insert(ClientKey::new(pool, client), flows);
        }
    }
    ground
}

const ALL_THREE: [&str; 3] =
    ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
const READ: &str = "[[rules]]\nname = \"all\"\nadd_scopes = [\"orders/read\"]\n";

#[test]
fn a_hundred_groups_at_five_clients_cost_a_handful_of_sign_ins() {
    let groups: Vec<String> = (0..100).map(|number| format!("g{number}")).collect();
    let config = config(&groups, &FIVE);
    let found = prospect(&config, &compiled(READ), &ground(&config, &ALL_THREE), 0);
    assert_eq!((found.sign_ins(), found.users()), (7, 1), "{found:#?}");
}

#[test]
fn promises_about_the_same_subject_share_its_user() {
    let mut config = config(&["staff".to_owned()], &FIVE[..2]);
    let expect = "name = \"a\"\npools = {}\n[[expect]]\nname = \"one\"\nclient = \"a\"\ngroups = [\"staff\"]\n[[expect]]\nname = \"two\"\nclient = \"b\"\ngroups = [\"staff\"]\n";
    config.expect = toml::from_str::<Config>(expect).expect(expect).expect;
    let found = prospect(&config, &compiled(READ), &ground(&config, &ALL_THREE), 0);
    assert_eq!((found.sign_ins(), found.users()), (6, 1), "{found:#?}");
}

#[test]
fn no_more_sign_ins_than_the_limit() {
    let mut config = config(&[], &FIVE);
    config.verify.limit = 4;
    let found = prospect(&config, &compiled(READ), &ground(&config, &ALL_THREE), 0);
    assert_eq!(found.sign_ins(), 4);
    assert_eq!(found.unproven().count(), 3, "{found:#?}");
    assert!(found.unproven().all(|(_, why)| why.contains("`limit` in [verify] is 4")));
}

/// The last subject's ways, or why there is none.
fn last(config: &Config, rules: &str, ground: &SignInGround) -> Result<Vec<&'static str>, String> {
    let found = prospect(config, &compiled(rules), ground, 0);
    let ways = found.candidates.last().expect("somebody").ways.clone();
    ways.map(|ways| ways.into_iter().map(TokenFlow::as_str).collect())
}

#[test]
fn what_cannot_be_proven_is_known_from_what_pool_and_client_say() {
    let config = config(&["staff".to_owned()], &FIVE[..1]);
    let says = |flows: &[&str]| last(&config, READ, &ground(&config, flows));
    assert_eq!(says(&["ALLOW_USER_SRP_AUTH"]), Ok(vec!["USER_SRP_AUTH"]));
    assert_eq!(says(&["ALLOW_USER_AUTH"]), Ok(vec!["USER_AUTH"]));
    let of_old = vec!["ADMIN_USER_PASSWORD_AUTH", "USER_SRP_AUTH", "REFRESH_TOKEN"];
    assert_eq!(says(&["ADMIN_NO_SRP_AUTH"]), Ok(of_old));
    let none = "the client p/a lets nobody in by a password (user-password, admin-user-password, user-srp or USER_AUTH)".to_owned();
    assert_eq!(says(&["ALLOW_CUSTOM_AUTH"]), Err(none));
    let because = |rules: &str| {
        last(&config, rules, &ground(&config, &ALL_THREE)).expect_err("it cannot be proven")
    };
    let rule =
        |condition: &str| format!("[[rules]]\nname = \"r\"\n{condition}\nadd_scopes = [\"w\"]\n");
    let metadata = because(&rule("client_metadata = { device = \"phone\" }"));
    assert_eq!(metadata, "a sign-in by the API carries no client metadata");
    let hosted = because(&rule("trigger_sources = [\"TokenGeneration_HostedAuth\"]"));
    assert_eq!(hosted, "TokenGeneration_HostedAuth is not a sign-in by the API");
    let attribute = because(&rule("attributes = { \"custom:plan\" = \"pro\" }"));
    assert_eq!(attribute, "the pool p has no attribute `custom:plan`");
    let federated = because(&rule("attributes = { identities = { present = true } }"));
    assert_eq!(federated, "the attribute `identities` is set by Cognito alone");
}

#[test]
fn the_plan_says_how_tokens_will_be_proven() {
    let config = config(&[], &FIVE[..1]);
    let rules = format!(
        "{READ}[[rules]]\nname = \"web\"\ntrigger_sources = [\"TokenGeneration_HostedAuth\"]\nadd_scopes = [\"w\"]\n"
    );
    let outlook = prospect(&config, &compiled(&rules), &ground(&config, &ALL_THREE), 0).outlook();
    assert_eq!(
        outlook.text(),
        "Proof: 3 sign-ins as 1 temporary user (a monthly active user each).\n\
         \x20 p/a by USER_PASSWORD_AUTH, ADMIN_USER_PASSWORD_AUTH, REFRESH_TOKEN\n\
         \x20 by the smoke test alone: \"p/a, no group, TokenGeneration_HostedAuth\": TokenGeneration_HostedAuth is not a sign-in by the API\n"
    );
    let json = serde_json::to_value(&outlook).expect("JSON");
    assert_eq!(json["subjects"][0]["flows"][2], "REFRESH_TOKEN");
    assert!(
        json["subjects"][1]["reason"].is_string() && json["subjects"][0].get("reason").is_none()
    );
}
