//! What `lint` says about rules is a proof: whoever follows it changes no token of anybody.

#[path = "support/random.rs"]
mod random;
#[path = "support/rules.rs"]
mod rules;
#[path = "support/tokens.rs"]
mod tokens;

use std::collections::BTreeMap;

use pretoken::model::ClientKey;
use pretoken::tokens::hints::hints;
use pretoken::tokens::lint::{CoverIndex, Finding, Surroundings, lint, lint_among};
use pretoken::tokens::size::estimates;
use random::Random;
use tokens::{FEW_WORDS, GROUPS, SOURCES, VALUES, tokens};
use trigger::rules::{Condition, Moment, Rule, Rules, Subject};

const MACHINES: &str = "TokenGeneration_ClientCredentials";
const DAY: i64 = 86_400;

fn surroundings(random: &mut Random) -> Surroundings {
    let clients = ["customers/web", "customers/app", "staff/app"];
    let key = |name: &str| name.split_once('/').map(|(pool, client)| ClientKey::new(pool, client));
    Surroundings {
        clients: clients.into_iter().filter_map(key).collect(),
        machines: random.below(2) == 0,
        now: i64::try_from(random.below(5)).expect("small") * DAY,
    }
}

/// Rules of which some are like others, as they are in a file that grew.
fn related(random: &mut Random) -> Vec<Rule> {
    let count = 1 + random.below(3);
    let mut rules = FEW_WORDS.rules(random, count);
    for _ in 0..=random.below(3) {
        let mut rule = rules[random.below(rules.len())].clone();
        for _ in 0..random.below(3) {
            vary(&mut rule, random);
        }
        if rule.problems().is_empty() {
            rules.insert(random.below(rules.len() + 1), rule);
        }
    }
    rules
}

fn vary(rule: &mut Rule, random: &mut Random) {
    match random.below(17) {
        0 => rule.clients = vec![],
        1 => rule.groups.extend(random.few(&GROUPS)),
        2 => rule.groups = vec![],
        3 => rule.groups_all.extend(random.few(&GROUPS)),
        4 => rule.groups_none = random.few(&GROUPS),
        5 => rule.attributes = BTreeMap::new(),
        6 => {
            let value = random.one(&VALUES).to_owned();
            rule.attributes = [("a".to_owned(), Condition::Equals(value))].into();
        }
        7 => rule.trigger_sources = vec![MACHINES.to_owned()],
        8 => rule.trigger_sources = random.few(&SOURCES),
        9 => rule.scopes = vec![],
        10 => rule.not_after = Some(Moment::new("1970-01-03")),
        11 => std::mem::swap(&mut rule.add_scopes, &mut rule.suppress_scopes),
        12 => rule.access_claims = BTreeMap::new(),
        13 | 14 => with_effects_of(rule, &FEW_WORDS.rules(random, 1)[0]),
        15 => rule.suppress_scopes.clone_from(&rule.add_scopes),
        _ => rule.pools = vec!["staff".to_owned()],
    }
}

/// The conditions stay.
fn with_effects_of(rule: &mut Rule, other: &Rule) {
    let other = other.clone();
    (rule.add_scopes, rule.suppress_scopes) = (other.add_scopes, vec![]);
    (rule.access_claims, rule.id_claims) = (other.access_claims, BTreeMap::new());
    (rule.suppress_access_claims, rule.suppress_id_claims) = (vec![], vec![]);
    (rule.set_groups, rule.suppress_groups) = (None, other.suppress_groups);
}

/// Somebody who can exist in these surroundings.
fn somebody(random: &mut Random, surroundings: &Surroundings) -> Subject {
    let mut subject = FEW_WORDS.subject(random);
    subject.now = subject.now.max(surroundings.now);
    let known = &surroundings.clients[random.below(surroundings.clients.len())];
    if random.below(4) > 0 {
        (subject.pool, subject.client) = (Some(known.pool.clone()), Some(known.client.clone()));
    } else {
        subject.client = None;
    }
    if surroundings.machines && random.below(4) == 0 {
        subject.trigger_source = Some(MACHINES.to_owned());
        (subject.user_name, subject.groups) = (None, vec![]);
        subject.attributes = BTreeMap::new();
    }
    subject
}

/// The rules of somebody who did what the finding says.
fn followed(rules: &[Rule], finding: &Finding) -> Vec<Rule> {
    let mut rules = rules.to_vec();
    match finding {
        Finding::Never { rule, .. }
        | Finding::Repeats { rule, .. }
        | Finding::Shadowed { rule, .. } => drop(rules.remove(*rule)),
        Finding::Undone { rule, path: [key, step], .. } => {
            let rule = &mut rules[*rule];
            match key.as_str() {
                "add_scopes" => drop(rule.add_scopes.remove(step.parse().expect("a place"))),
                "add_groups" => drop(rule.add_groups.remove(step.parse().expect("a place"))),
                "access_claims" => drop(rule.access_claims.remove(step)),
                "id_claims" => drop(rule.id_claims.remove(step)),
                "set_groups" => rule.set_groups = None,
                other => panic!("nothing undoes {other}"),
            }
        }
        Finding::CouldBeOne { rule, with } => {
            let gone = rules.remove(*rule);
            let with = &mut rules[*with];
            with.add_scopes.extend(gone.add_scopes);
            with.suppress_scopes.extend(gone.suppress_scopes);
            with.access_claims.extend(gone.access_claims);
            with.suppress_access_claims.extend(gone.suppress_access_claims);
            with.id_claims.extend(gone.id_claims);
            with.suppress_id_claims.extend(gone.suppress_id_claims);
            with.set_groups = with.set_groups.take().or(gone.set_groups);
            with.add_groups.extend(gone.add_groups);
            with.suppress_groups.extend(gone.suppress_groups);
        }
    }
    rules
}

fn kind(finding: &Finding) -> &'static str {
    match finding {
        Finding::Never { .. } => "never",
        Finding::Repeats { .. } => "repeats",
        Finding::Shadowed { undone: false, .. } => "shadowed",
        Finding::Shadowed { undone: true, .. } => "shadowed and undone",
        Finding::Undone { .. } => "undone",
        Finding::CouldBeOne { .. } => "could be one",
    }
}

/// Without a rule that lost all its effects: such a rule would not compile.
fn compiled(rules: &[Rule]) -> Rules {
    let left = rules.iter().filter(|rule| rule.has_effect()).cloned();
    Rules::compile(left.collect()).expect("valid rules")
}

#[test]
fn following_a_finding_changes_no_token() {
    let mut random = Random::new(0xC0FF_EE11);
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..1_000 {
        let (rules, surroundings) = (related(&mut random), surroundings(&mut random));
        let findings = lint(&rules, &surroundings);
        let before = compiled(&rules);
        let people: Vec<_> = (0..40).map(|_| somebody(&mut random, &surroundings)).collect();
        for finding in &findings {
            *seen.entry(kind(finding)).or_default() += 1;
            let after = compiled(&followed(&rules, finding));
            for subject in &people {
                assert_eq!(
                    tokens(&before, subject),
                    tokens(&after, subject),
                    "{finding:?} for {subject:?} in {surroundings:?}\n{rules:#?}"
                );
            }
        }
        // All rules that can go can go at once.
        let goes = |place: &usize| {
            findings.iter().any(|finding| match finding {
                Finding::Never { rule, .. }
                | Finding::Repeats { rule, .. }
                | Finding::Shadowed { rule, .. } => rule == place,
                Finding::Undone { .. } | Finding::CouldBeOne { .. } => false,
            })
        };
        let stay = (0..rules.len()).filter(|place| !goes(place));
        let left = compiled(&stay.map(|place| rules[place].clone()).collect::<Vec<_>>());
        for subject in &people {
            assert_eq!(tokens(&before, subject), tokens(&left, subject), "{findings:?}");
        }
    }
    let kinds = ["never", "repeats", "shadowed", "shadowed and undone", "undone", "could be one"];
    for kind in kinds {
        assert!(seen.get(kind).is_some_and(|count| *count >= 15), "{kind}: {seen:?}");
    }
}

#[test]
fn a_rule_that_is_reported_to_never_apply_never_does() {
    let mut random = Random::new(0xBEEF);
    let mut seen = 0;
    for _ in 0..250 {
        let (rules, surroundings) = (related(&mut random), surroundings(&mut random));
        let never: Vec<_> = lint(&rules, &surroundings)
            .into_iter()
            .filter_map(|finding| match finding {
                Finding::Never { rule, .. } => Some(rule),
                _ => None,
            })
            .collect();
        seen += never.len();
        let rules = compiled(&rules);
        for _ in 0..40 {
            let subject = somebody(&mut random, &surroundings);
            let matched = rules.decide(&subject).matched;
            assert!(!never.iter().any(|rule| matched.contains(rule)), "{never:?} {subject:?}");
        }
    }
    assert!(seen > 50, "{seen} findings test little");
}

#[test]
fn a_token_grows_by_what_is_added_to_it() {
    let padded = |feature: usize| {
        let text = format!(
            "name = \"orders\"\n[pools.p.clients.web]\n[pools.p.groups]\nstaff = \"Desk\"\n[[rules]]\nname = \"long\"\ngroups = [\"staff\"]\naccess_claims = {{ feature = \"{}\" }}\n",
            "x".repeat(feature)
        );
        let loaded = pretoken::config::parse(&text, "deploy.toml", None).expect("valid");
        (estimates(&loaded, 0), hints(&loaded, 0).to_string())
    };
    let (short, odd) = padded(3);
    let [nobody, staff] = <[_; 2]>::try_from(short).expect("two subjects");
    assert_eq!((nobody.name.as_str(), odd.as_str()), ("p/web, no group", ""));
    // A token of Cognito's without anything is about a thousand bytes.
    assert!((900..1300).contains(&nobody.access.bytes), "{nobody:?}");
    assert!(nobody.access.bytes < staff.access.bytes, "{staff:?}");
    let (long, odd) = padded(3003);
    assert_eq!(long[1].access.bytes, staff.access.bytes + 4000);
    assert_eq!(long[1].access.largest[0].claim, "feature");
    assert_eq!(long[1].id, staff.id);
    assert!(odd.contains("the access token of `p/web, group staff` will have about"), "{odd}");
    assert!(!odd.contains("no group"), "{odd}");
}

#[test]
fn a_rule_that_is_no_candidate_makes_no_finding() {
    let mut random = Random::new(0x1DEC5);
    let mut found = 0;
    for _ in 0..1500 {
        let (rules, surroundings) = (related(&mut random), surroundings(&mut random));
        let every = lint_among(&rules, &surroundings, |_| (0..rules.len()).collect());
        assert_eq!(lint(&rules, &surroundings), every, "{surroundings:?}\n{rules:#?}");
        found += every.len();
    }
    assert!(found > 1000, "{found} findings test little");
}

/// Rules as a generator writes them: each for something of its own, or for everybody.
fn generated(count: usize) -> Vec<Rule> {
    let rule = |n: usize| {
        let mut rule = Rule {
            name: format!("r{n}"),
            clients: vec!["web".to_owned()],
            add_scopes: vec![format!("orders/{}", n % 7)],
            access_claims: [("tenant".to_owned(), format!("t{n}").into())].into(),
            ..Rule::default()
        };
        match n % 4 {
            0 => rule.groups = vec![format!("g{n}")],
            1 => rule.groups_all = vec![format!("g{n}"), "staff".to_owned()],
            2 => rule.attributes = [("a".to_owned(), Condition::Equals(format!("v{n}")))].into(),
            _ => {
                rule.attributes =
                    [("b".to_owned(), Condition::OneOf(vec![format!("v{n}"), format!("w{n}")]))]
                        .into();
            }
        }
        rule
    };
    (0..count).map(rule).collect()
}

#[test]
fn comparisons_grow_as_the_rules_do() {
    for count in [1_000, 4_000] {
        let rules = generated(count);
        let index = CoverIndex::new(&rules);
        let compared: usize = (0..count).map(|place| index.candidates(place).len()).sum();
        assert!(compared <= count, "{compared} comparisons for {count} rules");
    }
}

/// Between two rules that set the same claim, a copy of attributes may set another value; and nobody knows what it sets.
#[test]
fn a_copy_of_attributes_may_be_any_claim() {
    let rules: Vec<Rule> = serde_json::from_value(serde_json::json!([
        { "name": "first", "clients": ["web"], "access_claims": { "tenant": "x" } },
        { "name": "copy", "clients": ["web"], "access_claims": { "*": "{attributes.*}" } },
        { "name": "again", "clients": ["web"], "access_claims": { "tenant": "x" } },
        { "name": "copy again", "clients": ["web"], "access_claims": { "*": "{attributes.*}" } },
    ]))
    .expect("rules");
    let (mut random, subject) = (Random::new(1), |tenant: &str| Subject {
        client: Some("web".to_owned()),
        attributes: [("tenant".to_owned(), tenant.to_owned())].into(),
        ..Subject::default()
    });
    for finding in lint(&rules, &surroundings(&mut random)) {
        let after = compiled(&followed(&rules, &finding));
        assert_eq!(
            compiled(&rules).decide(&subject("other")).access,
            after.decide(&subject("other")).access,
            "{finding:?}"
        );
    }
}
