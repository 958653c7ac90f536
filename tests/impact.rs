//! What a change of the rules does to tokens: nothing that happens to anybody goes unreported, and what is reported is
//! said in words that people use.

mod random;

use std::collections::BTreeSet;

use pretoken::impact::{World, differences};
use pretoken::model::ClientKey;
use pretoken::plan::TokenImpact;
use random::{GROUPS, Random, tokens};
use trigger::rules::{Rule, Rules};

impl Random {
    /// Another version of these rules: some go, some come, some change places or conditions.
    fn changed(&mut self, rules: &[Rule]) -> Vec<Rule> {
        let mut rules = rules.to_vec();
        for _ in 0..=self.below(2) {
            let place = self.below(rules.len().max(1));
            match self.below(4) {
                0 => rules.extend(self.rules(1)),
                1 if !rules.is_empty() => drop(rules.remove(place)),
                2 if !rules.is_empty() => rules[place].groups = self.few(&GROUPS),
                _ => rules.reverse(),
            }
        }
        rules
    }
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
    let mut random = Random(0x5EED_1234);
    let mut differing = 0;
    for round in 0..200 {
        let count = random.below(5);
        let old = random.rules(count);
        let new = random.changed(&old);
        let rows = differences(&old, &new, &World::default());
        let reported = reported(&rows);
        let [was, is] = [&old, &new].map(|rules| Rules::compile(rules.clone()).expect("sound"));
        for _ in 0..200 {
            let subject = random.subject();
            let (before, after) = (tokens(&was, &subject), tokens(&is, &subject));
            let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
            for name in names.into_iter().filter(|name| before.get(*name) != after.get(*name)) {
                differing += 1;
                let comes = !name.starts_with("scope") || after.contains_key(name);
                assert!(
                    reported.contains(&(name.clone(), comes)),
                    "round {round}: {name} {:?} -> {:?} for {subject:?}\nold {old:#?}\nnew {new:#?}\n{rows:#?}",
                    before.get(name),
                    after.get(name)
                );
            }
        }
    }
    assert!(differing > 1000, "the search finds nothing at all: {differing}");
}

#[test]
fn the_same_rules_do_nothing() {
    let mut random = Random(0xABCD);
    for _ in 0..200 {
        let mut rules = random.rules(4);
        let same = rules.clone();
        assert_eq!(differences(&same, &rules, &World::default()), vec![]);
        // Nor does another name, nor a rule that can never apply.
        rules[0].name.push_str(" renamed");
        let mut never = rules[1].clone();
        (never.groups_all, never.groups_none) = (vec!["x".into()], vec!["x".into()]);
        rules.push(never);
        assert_eq!(differences(&same, &rules, &World::default()), vec![]);
    }
}

fn rules(toml: &str) -> Vec<Rule> {
    #[derive(serde::Deserialize)]
    struct File {
        rules: Vec<Rule>,
    }
    toml::from_str::<File>(toml).expect(toml).rules
}

/// One line a row: whom, what, by which rule.
fn lines(old: &str, new: &str) -> Vec<String> {
    let parse = |text: &str| if text.is_empty() { vec![] } else { rules(text) };
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
fn more_kinds_than_can_be_counted_are_said_to_gain_and_to_lose() {
    let many = |last: usize| -> String {
        let rule = |n: usize| {
            format!("[[rules]]\nname = \"r{n}\"\ngroups = [\"g{n}\"]\nadd_scopes = [\"read\"]\n")
        };
        (0..last).map(rule).collect()
    };
    let found = lines(&many(24), &many(25));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("some subjects"), "{found:?}");
    assert!(found[0].contains(r#"+["read"] -["read"]"#), "{found:?}");
}
