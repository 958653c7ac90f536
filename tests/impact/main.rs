//! What a change of the rules does to tokens: nothing that happens to anybody goes unreported, and what is reported is
//! said in words that people use.

#[path = "../support/describe.rs"]
mod describe;
#[path = "../support/random.rs"]
mod random;
#[path = "../support/rules.rs"]
mod rules;
mod situations;
#[path = "../support/tokens.rs"]
mod tokens;

use std::collections::{BTreeMap, BTreeSet};

use pretoken::model::ClientKey;
use pretoken::tokens::impact::{SignInImpact, TokenImpact, World, differences};
use random::Random;
use serde_json::Value;
use tokens::{FEW_WORDS, GROUPS, SIGN_IN, tokens};
use trigger::rules::{MACHINE_SOURCE, Rule, Rules, Subject};

impl Random {
    /// Another version of these rules: some go, some come, some change places or conditions.
    fn changed(&mut self, rules: &[Rule]) -> Vec<Rule> {
        let mut rules = rules.to_vec();
        for _ in 0..=self.below(2) {
            let place = self.below(rules.len().max(1));
            match self.below(4) {
                0 => rules.extend(FEW_WORDS.rules(self, 1)),
                1 if !rules.is_empty() => drop(rules.remove(place)),
                2 if !rules.is_empty() => rules[place].groups = self.few(&GROUPS),
                _ => rules.reverse(),
            }
        }
        rules
    }
}

fn compiled(rules: Vec<Rule>) -> Rules {
    Rules::compile(rules).expect("valid rules")
}

/// Everything that a report says to come or change, and to go.
fn reported(rows: &[TokenImpact]) -> BTreeSet<(String, bool)> {
    let mut all = BTreeSet::new();
    for row in rows {
        let changes =
            |one: SignInImpact| row.sign_in.is_some_and(|is| is == one || is == SignInImpact::Both);
        let both = [(SignInImpact::Gained, true), (SignInImpact::Lost, false)].into_iter();
        all.extend(
            both.filter(|(one, _)| changes(*one)).map(|(_, comes)| (SIGN_IN.to_owned(), comes)),
        );
        all.extend(row.gained.iter().map(|scope| (format!("scope {scope}"), true)));
        all.extend(row.lost.iter().map(|scope| (format!("scope {scope}"), false)));
        for claim in &row.claims {
            all.insert((format!("{} {}", claim.token, claim.claim), true));
        }
    }
    all
}

#[test]
fn nothing_that_happens_to_anybody_goes_unreported() {
    let mut random = Random::new(0x5EED_1234);
    let mut differing = 0;
    for round in 0..200 {
        let count = random.below(5);
        let old = FEW_WORDS.rules(&mut random, count);
        let new = random.changed(&old);
        let [was, is] = [old, new].map(compiled);
        let rows = differences(&was, &is, &World::default());
        let reported = reported(&rows);
        for _ in 0..200 {
            let mut subject = FEW_WORDS.subject(&mut random);
            if random.below(6) == 0 {
                subject.trigger_source = Some(MACHINE_SOURCE.to_owned());
            }
            differing += unreported(&reported, &was, &is, &subject, round, &rows);
        }
    }
    assert!(differing > 1000, "the search finds nothing at all: {differing}");
}

/// Checks that whatever differs for this subject is reported; returns how much that is.
fn unreported(
    reported: &BTreeSet<(String, bool)>,
    was: &Rules,
    is: &Rules,
    subject: &Subject,
    round: usize,
    rows: &[TokenImpact],
) -> usize {
    let (before, after) = (tokens(was, subject), tokens(is, subject));
    let shut = |tokens: &BTreeMap<String, Value>| !tokens.contains_key(SIGN_IN);
    let mut names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    // Who cannot sign in on one of the sides is told so once.
    if shut(&before) || shut(&after) {
        names.retain(|name| *name == SIGN_IN);
    }
    let differing = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    let check = |name: &String| {
        let comes = !(name.starts_with("scope") || *name == SIGN_IN) || after.contains_key(name);
        let (old, new) = (before.get(name), after.get(name));
        // A scope that data says is reported by its template.
        let by_data = |(one, which): &(String, bool)| {
            name.starts_with("scope") && one.starts_with("scope {") && *which == comes
        };
        assert!(
            reported.contains(&(name.clone(), comes)) || reported.iter().any(by_data),
            "round {round}: {name} {old:?} -> {new:?} for {subject:?}\n{rows:#?}"
        );
    };
    differing.map(check).count()
}

#[test]
fn whoever_is_described_sees_what_is_reported() {
    let mut random = Random::new(0x00FA_CADE);
    let (mut shown, mut valued) = (0, 0);
    for _ in 0..150 {
        let count = random.below(4);
        let old = FEW_WORDS.rules(&mut random, count);
        let new = random.changed(&old);
        let [was, is] = [old, new].map(compiled);
        for row in differences(&was, &is, &World::default()) {
            let who = row.subject.clone().expect("a subject");
            let scope = |names: &[String], comes: bool| -> Vec<_> {
                let (yes, no) = (Some(Value::Bool(true)), None);
                let (before, after) = if comes { (no, yes) } else { (yes, no) };
                let one = |name: &String| (format!("scope {name}"), before.clone(), after.clone());
                names.iter().map(one).collect()
            };
            let mut effects = [scope(&row.gained, true), scope(&row.lost, false)].concat();
            let (yes, no) = (Some(Value::Bool(true)), None);
            let entry = |one: SignInImpact, before: &Option<Value>, after: &Option<Value>| {
                let is = row.sign_in.is_some_and(|is| is == one || is == SignInImpact::Both);
                is.then(|| (SIGN_IN.to_owned(), before.clone(), after.clone()))
            };
            effects.extend(entry(SignInImpact::Gained, &no, &yes));
            effects.extend(entry(SignInImpact::Lost, &yes, &no));
            effects.extend(row.claims.iter().map(|one| {
                (format!("{} {}", one.token, one.claim), one.before.clone(), one.after.clone())
            }));
            // What data says is known by its template; where it is withheld is no value.
            effects.retain(|(name, before, after)| {
                !name.contains('{') && !format!("{before:?} {after:?}").contains("‹without")
            });
            let by_data = |rules: &Rules| rules.iter().any(Rule::computes_scopes);
            if by_data(&was) || by_data(&is) {
                effects.retain(|(name, ..)| !name.starts_with("scope"));
            }
            for (name, before, after) in effects {
                let sees = |subject: &Subject| {
                    let of = |rules: &Rules| tokens(rules, subject).get(&name).cloned();
                    let (found, wanted) = ((of(&was), of(&is)), (before.clone(), after.clone()));
                    if is_exact(&wanted) { found == wanted } else { found.0 != found.1 }
                };
                // What Cognito sets by itself is in no event.
                if before == Some("as Cognito sets it".into())
                    || after == Some("as Cognito sets it".into())
                {
                    continue;
                }
                let found = (0..3_000).any(|_| sees(&describe::somebody(&who, &mut random)));
                assert!(
                    found,
                    "nobody who is \"{who}\" has {name} {before:?} -> {after:?}\nold {was:#?}\nnew {is:#?}"
                );
                shown += 1;
                let claim = !name.starts_with("scope") && name != SIGN_IN;
                valued += usize::from(is_exact(&(before, after)) && claim);
            }
        }
    }
    assert!(shown > 400 && valued > 100, "{shown} effects, {valued} values test little");
}

/// Whether both values are whole: `‹…›` stands for what is not known.
fn is_exact(values: &(Option<Value>, Option<Value>)) -> bool {
    ![&values.0, &values.1].iter().any(|value| format!("{value:?}").contains('‹'))
}

#[test]
fn the_same_rules_do_nothing() {
    let mut random = Random::new(0xABCD);
    for _ in 0..200 {
        let mut rules = FEW_WORDS.rules(&mut random, 4);
        let same = compiled(rules.clone());
        assert_eq!(differences(&same, &same.clone(), &World::default()), vec![]);
        // Nor does another name, nor a rule that can never apply.
        rules[0].name.push_str(" renamed");
        let mut never = rules[1].clone();
        (never.groups_all, never.groups_none) = (vec!["x".into()], vec!["x".into()]);
        rules.push(never);
        assert_eq!(differences(&same, &compiled(rules), &World::default()), vec![]);
    }
}

fn parsed(toml: &str) -> Vec<Rule> {
    #[derive(serde::Deserialize)]
    struct File {
        rules: Vec<Rule>,
    }
    toml::from_str::<File>(toml).expect(toml).rules
}

/// One line a row: whom, what, by which rule.
fn lines(old: &str, new: &str) -> Vec<String> {
    let parse = |text: &str| compiled(if text.is_empty() { vec![] } else { parsed(text) });
    let world = World {
        clients: vec![ClientKey::new("customers", "web"), ClientKey::new("customers", "desk")],
        now: 0,
    };
    let line = |row: TokenImpact| {
        let claims: Vec<_> =
            row.claims.iter().map(|one| format!("{} {}", one.token, one.claim)).collect();
        let (who, rule) = (row.subject.unwrap_or_default(), row.rule.unwrap_or_default());
        format!("{who}: +{:?} -{:?} {claims:?} by {rule}", row.gained, row.lost)
    };
    differences(&parse(old), &parse(new), &world).into_iter().map(line).collect()
}

const STAFF: &str = "[[rules]]\nname = \"staff writes\"\nclients = [\"web\"]\ngroups = [\"staff\"]\nadd_scopes = [\"write\"]\n";

#[test]
fn subjects_are_described_in_words() {
    assert_eq!(lines("", STAFF), [r#"client web, in staff: +["write"] -[] [] by staff writes"#]);
    assert_eq!(lines(STAFF, ""), [r#"client web, in staff: +[] -["write"] [] by staff writes"#]);
    let wider = STAFF.replace("clients = [\"web\"]\n", "");
    let expected = r#"client desk or another client, in staff: +["write"] -[] [] by staff writes"#;
    assert_eq!(lines(STAFF, &wider), [expected]);
    let everyone =
        "[[rules]]\nname = \"all\"\nadd_scopes = [\"read\"]\naccess_claims = { a = 1 }\n";
    assert_eq!(lines("", everyone), [r#"everyone: +["read"] -[] ["access a"] by all"#]);
}

#[test]
fn times_that_are_over_are_not_compared_and_times_to_come_are() {
    let limited = |until: &str| {
        format!("[[rules]]\nname = \"trial\"\nnot_after = {until}\nadd_scopes = [\"read\"]\n")
    };
    assert_eq!(lines(&limited("1960-01-01"), ""), Vec::<String>::new());
    let found = lines(&limited("2030-01-01"), &limited("2031-01-01"));
    assert_eq!(found, [r#"after 2030-01-01: +["read"] -[] [] by trial"#]);
}

#[test]
fn more_kinds_than_can_be_counted_are_said_to_gain_or_to_lose() {
    let many = |last: usize| -> String {
        let rule = |n: usize| {
            format!("[[rules]]\nname = \"r{n}\"\ngroups = [\"g{n}\"]\nadd_scopes = [\"read\"]\n")
        };
        (0..last).map(rule).collect()
    };
    let found = |old: &str, new: &str| {
        let found = lines(old, new);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("some subjects"), "{found:?}");
        found[0].clone()
    };
    assert!(found(&many(24), &many(25)).contains(r#"+["read"] -[]"#));
    assert!(found(&many(25), &many(24)).contains(r#"+[] -["read"]"#));
    let suppressing = many(25).replacen("add_scopes", "suppress_scopes", 1);
    assert!(found(&many(25), &suppressing).contains(r#"+[] -["read"]"#));
    let moved = many(25).replace("g24", "g99");
    assert!(found(&many(25), &moved).contains(r#"+["read"] -["read"]"#));
}

#[test]
fn nothing_goes_unreported_when_there_are_too_many_kinds() {
    let mut random = Random::new(0x0DD5);
    let (mut differing, mut uncounted) = (0, 0);
    for round in 0..5 {
        let old: Vec<Rule> = (0..26).map(|n| of_group(&mut random, n)).collect();
        let mut new = old.clone();
        for _ in 0..=random.below(3) {
            let (place, group) = (random.below(26), random.below(30));
            match random.below(4) {
                0 => new[place] = of_group(&mut random, group),
                1 => drop(new.remove(place.min(new.len() - 1))),
                2 => new.push(of_group(&mut random, group)),
                _ => new.reverse(),
            }
        }
        let [was, is] = [old, new].map(compiled);
        let rows = differences(&was, &is, &World::default());
        let some =
            |row: &TokenImpact| row.subject.as_ref().is_some_and(|who| who.starts_with("some"));
        uncounted += usize::from(rows.iter().any(some));
        let reported = reported(&rows);
        for _ in 0..100 {
            let mut subject = FEW_WORDS.subject(&mut random);
            subject.groups = (0..3).map(|_| format!("g{}", random.below(30))).collect();
            differing += unreported(&reported, &was, &is, &subject, round, &rows);
        }
    }
    assert!(differing > 50 && uncounted >= 3, "{differing} differences, {uncounted} uncounted");
}

fn of_group(random: &mut Random, number: usize) -> Rule {
    let read = || vec!["read".to_owned()];
    let suppresses = random.below(5) == 0;
    Rule {
        name: format!("r{number}"),
        groups: vec![format!("g{number}")],
        add_scopes: if suppresses { vec![] } else { read() },
        suppress_scopes: if suppresses { read() } else { vec![] },
        access_claims: [("one".to_owned(), number.into())].into(),
        ..Rule::default()
    }
}

/// Nobody knows which attributes there are: all that no rule names are one claim.
#[test]
fn copied_attributes_are_one_claim_and_those_that_rules_name() {
    let named = parsed(
        "[[rules]]\nname = \"named\"\naccess_claims = { tenant = \"{attributes.custom:tenant}\", plan = \"fixed\" }",
    );
    let copied = parsed(
        "[[rules]]\nname = \"copied\"\naccess_claims = { \"*\" = \"{attributes.custom:* | strip_prefix 'custom:'}\" }",
    );
    let [named, copied] = [named, copied].map(compiled);
    let claims = |was: &Rules, is: &Rules| {
        let rows = differences(was, is, &World::default());
        let claims = rows.iter().flat_map(|row| &row.claims).map(|claim| claim.claim.clone());
        claims.collect::<BTreeSet<_>>()
    };
    let changed = BTreeSet::from(["*".to_owned(), "plan".to_owned()]);
    assert_eq!(claims(&named, &copied), changed, "`tenant` is what it was");
    assert_eq!(claims(&copied, &named), changed);
    assert_eq!(claims(&copied, &copied), BTreeSet::new());
    let other = parsed(
        "[[rules]]\nname = \"other\"\naccess_claims = { \"*\" = \"{attributes.custom:*}\" }",
    );
    let both = BTreeSet::from(["*".to_owned(), "custom:*".to_owned()]);
    assert_eq!(claims(&copied, &compiled(other)), both);
}
