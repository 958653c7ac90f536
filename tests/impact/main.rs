//! What a change of the rules does to tokens: nothing that happens to anybody goes unreported, and what is reported is
//! said in words that people use.

#[path = "support/describe.rs"]
mod describe;
#[path = "support/random.rs"]
mod random;
#[path = "support/rules.rs"]
mod rules;
#[path = "support/tokens.rs"]
mod tokens;

use std::collections::BTreeSet;

use pretoken::model::ClientKey;
use pretoken::tokens::impact::TokenImpact;
use pretoken::tokens::impact::{LiveClient, Situation, World, changes, differences};
use random::Random;
use serde_json::Value;
use tokens::{FEW_WORDS, GROUPS, tokens};
use trigger::rules::{Rule, Rules, Subject};

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
            let subject = FEW_WORDS.subject(&mut random);
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
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let differing = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    let check = |name: &String| {
        let comes = !name.starts_with("scope") || after.contains_key(name);
        let (old, new) = (before.get(name), after.get(name));
        assert!(
            reported.contains(&(name.clone(), comes)),
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
            effects.extend(row.claims.iter().map(|one| {
                (format!("{} {}", one.token, one.claim), one.before.clone(), one.after.clone())
            }));
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
                valued += usize::from(is_exact(&(before, after)) && !name.starts_with("scope"));
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

const MACHINE: &str = "TokenGeneration_ClientCredentials";
const POOLS: [&str; 3] = ["P1", "P2", "P3"];
/// Clients, and the pools that they are in for ever.
const CLIENTS: [(&str, &str); 4] = [("C1", "P1"), ("C2", "P1"), ("C3", "P2"), ("C4", "P3")];

impl Random {
    /// Any ids for any pools and clients, under keys that rules know or do not.
    fn situation(&mut self, rules: Rules) -> Situation {
        let mut situation = Situation { rules, ..Situation::default() };
        for pool in POOLS {
            if self.below(4) > 0 {
                let key = self.one(FEW_WORDS.pools).to_owned();
                situation.ids.pools.insert(pool.to_owned(), key);
            }
            if self.below(4) > 0 {
                let version = self.one(&["V2_0", "V3_0"]).to_owned();
                situation.slots.insert(pool.to_owned(), version);
            }
        }
        for (client, pool) in CLIENTS {
            if let Some(pool) = situation.ids.pools.get(pool).filter(|_| self.below(4) > 0) {
                let key = format!("{pool}/{}", self.one(FEW_WORDS.client_keys));
                situation.ids.clients.insert(client.to_owned(), key);
            }
        }
        situation
    }

    /// Another situation, in which often most is as it was.
    fn moved(&mut self, before: &Situation, rules: Rules) -> Situation {
        let fresh = self.situation(rules.clone());
        let mut after = Situation { rules, ..before.clone() };
        match self.below(5) {
            0 => after.ids = fresh.ids,
            1 => after.slots = fresh.slots,
            2 => after = fresh,
            _ => {}
        }
        after
    }
}

fn live() -> Vec<LiveClient> {
    let client = |name: &str, pool: &str, id: Option<&str>| LiveClient {
        name: name.to_owned(),
        pool_id: pool.to_owned(),
        id: id.map(str::to_owned),
        users: true,
        machine: true,
        deleted: false,
    };
    let others = POOLS.iter().map(|pool| client("another client", pool, None));
    CLIENTS.iter().map(|(id, pool)| client(id, pool, Some(id))).chain(others).collect()
}

/// What a token of this client holds, as Cognito and the trigger make it.
fn token(
    situation: &Situation,
    client: &LiveClient,
    machine: bool,
    who: &Subject,
) -> std::collections::BTreeMap<String, Value> {
    let version = situation.slots.get(&client.pool_id).map(String::as_str);
    let asked = version == Some("V3_0") || version == Some("V2_0") && !machine;
    let (pool, key) = situation.ids.keys(Some(&client.pool_id), client.id.as_deref());
    let mut who = who.clone();
    (who.pool, who.client) = (pool.map(str::to_owned), key.map(str::to_owned));
    if machine {
        who = Subject {
            trigger_source: Some(MACHINE.to_owned()),
            user_name: None,
            groups: vec![],
            attributes: std::collections::BTreeMap::new(),
            ..who
        };
    }
    let mut token =
        if asked { tokens(&situation.rules, &who) } else { tokens(&Rules::default(), &who) };
    token.retain(|name, _| !(machine && name.starts_with("id ")));
    token
}

#[test]
fn no_change_of_a_situation_goes_unreported() {
    let mut random = Random::new(0x5CEA_E000);
    let (mut lost, mut quiet) = (0, 0);
    for round in 0..250 {
        let count = random.below(5);
        let mut old = FEW_WORDS.rules(&mut random, count);
        for rule in &mut old {
            if random.below(4) == 0 {
                rule.trigger_sources.push(MACHINE.to_owned());
            }
        }
        let new = if random.below(2) == 0 { old.clone() } else { random.changed(&old) };
        let before = random.situation(compiled(old));
        let after = random.moved(&before, compiled(new));
        let keys = after.ids.clients.values().filter_map(|key| key.split_once('/'));
        let clients = keys.map(|(pool, client)| ClientKey::new(pool, client)).collect();
        let world = World { clients, now: 0 };
        let rows = changes(&before, &after, &live(), &world);
        quiet += usize::from(rows.is_empty());
        let reported = reported(&rows);
        for _ in 0..200 {
            let client = &live()[random.below(live().len())];
            let (machine, who) = (random.below(3) == 0, FEW_WORDS.subject(&mut random));
            let [was, is] = [&before, &after].map(|one| token(one, client, machine, &who));
            for name in was.keys().chain(is.keys()).filter(|name| was.get(*name) != is.get(*name)) {
                let comes = !name.starts_with("scope") || is.contains_key(name);
                lost += usize::from(!comes);
                assert!(
                    reported.contains(&(name.clone(), comes)),
                    "round {round}: {name} {:?} -> {:?} for {client:?}, machine {machine}, {who:?}\n{before:#?}\n{after:#?}\n{rows:#?}",
                    was.get(name),
                    is.get(name),
                );
            }
        }
    }
    assert!(lost > 500 && quiet > 10, "{lost} lost scopes and {quiet} quiet rounds test little");
}

#[test]
fn who_is_asked_about_no_more_is_named() {
    let rules = compiled(parsed(&format!(
        "{STAFF}[[rules]]\nname = \"jobs\"\ntrigger_sources = [\"{MACHINE}\"]\nadd_scopes = [\"run\"]\n"
    )));
    let ids = |pools: &[(&str, &str)], clients: &[(&str, &str)]| {
        let own = |list: &[(&str, &str)]| {
            list.iter().map(|(id, key)| ((*id).to_owned(), (*key).to_owned())).collect()
        };
        trigger::Ids { pools: own(pools), clients: own(clients) }
    };
    let before = Situation {
        rules,
        ids: ids(&[("P1", "customers")], &[("C1", "customers/web"), ("C2", "customers/desk")]),
        slots: [("P1".to_owned(), "V3_0".to_owned())].into(),
    };
    let live: Vec<_> = live().into_iter().filter(|one| one.pool_id == "P1").collect();
    let world = World::default();
    let rows = |after: &Situation, live: &[LiveClient]| -> Vec<String> {
        let shown = |row: TokenImpact| {
            format!("{}: +{:?} -{:?}", row.subject.unwrap_or_default(), row.gained, row.lost)
        };
        changes(&before, after, live, &world).into_iter().map(shown).collect()
    };
    assert_eq!(rows(&before, &live), Vec::<String>::new());
    // The client is renamed.
    let mut after = before.clone();
    after.ids = ids(&[("P1", "customers")], &[("C1", "customers/shop"), ("C2", "customers/desk")]);
    assert_eq!(rows(&after, &live), [r#"C1, in staff: +[] -["write"]"#]);
    // Its id stands for another client.
    after.ids = ids(&[("P1", "customers")], &[("C2", "customers/web")]);
    assert_eq!(
        rows(&after, &live),
        [r#"C1, in staff: +[] -["write"]"#, r#"C2, in staff: +["write"] -[]"#]
    );
    // Machines are asked about no more.
    let mut after = before.clone();
    after.slots = [("P1".to_owned(), "V2_0".to_owned())].into();
    let machines = ["another client", "C2", "C1"];
    let found = rows(&after, &live);
    assert_eq!(found.len(), 3, "{found:?}");
    for machine in machines {
        let expected = format!("{machine} (machine-to-machine): +[] -[\"run\"]");
        assert!(found.contains(&expected), "{found:?}");
    }
    // The pool is detached; and what is attached again gains.
    after.slots.clear();
    assert!(rows(&after, &live).contains(&r#"C1, in staff: +[] -["write"]"#.to_owned()));
    // A client that is deleted.
    let mut gone = live.clone();
    gone[0].deleted = true;
    let expected = [r#"C1, in staff: +[] -["write"]"#, r#"C1 (machine-to-machine): +[] -["run"]"#];
    let found = rows(&before, &gone);
    assert!(expected.iter().all(|line| found.contains(&(*line).to_owned())), "{found:?}");
}
