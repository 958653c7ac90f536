//! What a token gets is rules, ids, pools, clients and event versions together: no change of any of them goes unreported.

use pretoken::model::ClientKey;
use pretoken::tokens::impact::{LiveClient, Situation, TokenImpact, World, changes};

use serde_json::Value;
use trigger::rules::{Rules, Subject};

use crate::random::Random;
use crate::tokens::{FEW_WORDS, SIGN_IN, tokens};
use crate::{STAFF, compiled, parsed, reported};

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
            let shut = [&was, &is].iter().any(|token| !token.contains_key(SIGN_IN));
            let differs = |name: &&String| was.get(*name) != is.get(*name);
            let told = |name: &&String| !shut || *name == SIGN_IN;
            for name in was.keys().chain(is.keys()).filter(differs).filter(told) {
                let comes =
                    !(name.starts_with("scope") || name == SIGN_IN) || is.contains_key(name);
                let by_data = |(one, which): &(String, bool)| {
                    name.starts_with("scope") && one.starts_with("scope {") && *which == comes
                };
                lost += usize::from(!comes);
                assert!(
                    reported.contains(&(name.clone(), comes)) || reported.iter().any(by_data),
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
