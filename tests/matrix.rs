//! Who gets what: every kind of subject has a row that tells the truth, no loss is missing, and it reads at any width.

#[path = "support/random.rs"]
mod random;
#[path = "support/rules.rs"]
mod rules;
#[path = "support/tokens.rs"]
#[expect(dead_code, reason = "scopes alone are compared here")]
mod tokens;

use std::collections::BTreeSet;

use pretoken::config::{self, Loaded};
use pretoken::report::{explanation, matrix as shown};
use pretoken::tokens::impact::{Situation, impact};
use pretoken::tokens::matrix::{Cell, Matrix};
use random::Random;
use serde_json::json;
use tokens::{FEW_WORDS, GROUPS, SOURCES};
use trigger::Ids;
use trigger::rules::{Rule, Rules, Subject};

const SHOP: &str = r#"name = "shop"
[pools.customers.clients.web]
[pools.customers.clients.back-office]
[pools.customers.resource_servers.orders]
scopes = { read = "Read", write = "Write", refund = "Refund" }
[pools.customers.groups]
staff = "Staff"
managers = "Managers"

[[rules]]
name = "all read"
add_scopes = ["orders/read"]
[[rules]]
name = "the desk writes"
clients = ["back-office"]
groups = ["staff", "managers"]
add_scopes = ["orders/write"]
[[rules]]
name = "managers refund"
clients = ["back-office"]
groups_all = ["staff", "managers"]
add_scopes = ["orders/refund"]

[[expect]]
name = "the order desk writes"
client = "back-office"
groups = ["staff"]
scopes = ["orders/write"]
"#;

/// Two pools whose keys the random rules know.
const TWO_POOLS: &str = r#"name = "two"
[pools.customers.clients.web]
[pools.customers.clients.desk]
[pools.staff.clients.app]
"#;

fn loaded(text: &str) -> Loaded {
    config::parse(text, "deploy.toml", None).expect("a valid stack")
}

fn of(loaded: &Loaded) -> Matrix {
    Matrix::of(&loaded.config, &loaded.rules, 0)
}

/// What is live where every client of the file exists.
fn live(rules: Rules, loaded: &Loaded) -> Situation {
    let pools = loaded.config.pools.keys().map(|key| (format!("id-{key}"), key.clone()));
    let clients = loaded.config.pools.iter().flat_map(|(pool, one)| {
        one.clients.keys().map(move |client| (format!("id-{client}"), format!("{pool}/{client}")))
    });
    let ids = Ids { pools: pools.collect(), clients: clients.collect() };
    let slots = ids.pools.keys().map(|id| (id.clone(), "V2_0".to_owned())).collect();
    Situation { rules, ids, slots }
}

fn change(before: &str, after: &str) -> Matrix {
    let (was, is) = (loaded(before), loaded(after));
    let (old, new) = (live(was.rules.clone(), &was), live(is.rules.clone(), &is));
    let impacts = impact(&is.config, &old, &new, &[], 0);
    Matrix::of_change(&is.config, &old, &is.rules, &impacts, 0)
}

fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn whoever_signs_in_finds_what_they_have_in_a_row() {
    let loaded = loaded(TWO_POOLS);
    let mut random = Random::new(0x3A7B1);
    let (mut found, mut rows) = (0, 0);
    for round in 0..150 {
        let count = random.below(5);
        let rules: Vec<Rule> = FEW_WORDS.rules(&mut random, count);
        let asked: BTreeSet<String> = rules.iter().flat_map(|rule| rule.scopes.clone()).collect();
        if rules.iter().any(Rule::computes_scopes) {
            continue; // what data says is known by its template
        }
        let rules = Rules::compile(rules).expect("valid rules");
        let matrix = Matrix::of(&loaded.config, &rules, 0);
        rows += matrix.rows.len();
        for _ in 0..60 {
            let subject = somebody(&mut random, &asked);
            let scopes = rules.decide(&subject).access_scopes([]);
            let own: BTreeSet<_> = scopes.iter().cloned().collect();
            let has = |cells: &[Cell]| -> BTreeSet<String> {
                let held = cells.iter().zip(&matrix.columns);
                held.filter(|(cell, _)| **cell == Cell::Has).map(|(_, name)| name.clone()).collect()
            };
            let known = matrix.lines().any(|(_, cells)| has(cells) == own);
            assert!(
                known || own.is_empty(),
                "round {round}: {own:?} of {subject:?}\n{matrix:#?}\n{rules:#?}"
            );
            found += usize::from(!own.is_empty());
        }
    }
    assert!(found > 500 && rows < 150 * 60, "{found} subjects with scopes, {rows} rows");
}

/// Somebody in one group at most: what several groups give together has a row only where it is something else.
fn somebody(random: &mut Random, asked: &BTreeSet<String>) -> Subject {
    let (pool, client) = [
        ("customers", Some("web")),
        ("customers", Some("desk")),
        ("customers", None),
        ("staff", Some("app")),
        ("staff", None),
    ][random.below(5)];
    let asked = asked.iter().nth(random.below(4)).cloned();
    Subject {
        pool: Some(pool.to_owned()),
        client: client.map(str::to_owned),
        groups: [vec![], vec![random.one(&GROUPS).to_owned()]][random.below(2)].clone(),
        scopes: asked.into_iter().collect(),
        trigger_source: Some(random.one(&SOURCES).to_owned()),
        now: 0,
        ..FEW_WORDS.subject(random)
    }
}

#[test]
fn no_loss_and_no_gain_is_missing() {
    let loaded = loaded(TWO_POOLS);
    let mut random = Random::new(0x1055);
    let mut lost_rows = 0;
    for round in 0..100 {
        let mut rules = || Rules::compile(FEW_WORDS.rules(&mut random, 3)).expect("valid rules");
        let (old, new) = (live(rules(), &loaded), live(rules(), &loaded));
        let impacts = impact(&loaded.config, &old, &new, &[], 0);
        let matrix = Matrix::of_change(&loaded.config, &old, &new.rules, &impacts, 0);
        let has = |name: &String, wanted: Cell| {
            let place = matrix.columns.iter().position(|column| column == name);
            place.is_some_and(|place| matrix.cells.iter().any(|cells| cells[place] == wanted))
        };
        for one in impacts.iter().filter(|one| one.subject.is_some()) {
            let gains = one.gained.iter().all(|name| has(name, Cell::Gains));
            let loses = one.lost.iter().all(|name| has(name, Cell::Loses));
            assert!(gains && loses, "round {round}: {one:#?}\n{matrix:#?}");
            lost_rows += one.lost.len();
        }
        let first_without = matrix.cells.iter().position(|cells| !cells.contains(&Cell::Loses));
        let first_without = first_without.unwrap_or(matrix.cells.len());
        assert!(!matrix.cells[first_without..].iter().any(|cells| cells.contains(&Cell::Loses)));
    }
    assert!(lost_rows > 100, "{lost_rows} losses test little");
}

#[test]
fn what_is_reads_at_any_width() {
    let matrix = of(&loaded(SHOP));
    let text = plain(&shown::what_is(&matrix, 100));
    for row in
        ["in managers or staff", "in both managers and staff", "Everybody else has none of these."]
    {
        assert!(text.contains(row), "{text}");
    }
    for most in [40, 60, 80, 200] {
        let text = plain(&shown::what_is(&matrix, most));
        let longest = text.lines().map(|line| line.chars().count()).max();
        assert!(longest <= Some(most), "{most}: {text}");
    }
    let narrow = plain(&shown::what_is(&matrix, 40));
    assert!(narrow.contains("     has      orders/refund\n"), "{narrow}");
}

#[test]
fn losses_stand_first_and_are_words() {
    let after = SHOP.replace("groups_all = [\"staff\", \"managers\"]", "groups_all = [\"staff\"]");
    let after =
        after.replace("name = \"all read\"\n", "name = \"all read\"\ngroups = [\"staff\"]\n");
    let matrix = change(SHOP, &after);
    let text = plain(&shown::what_changes(&matrix, 100));
    assert!(text.starts_with("3 kinds of subjects LOSE orders/read\n"), "{text}");
    assert!(text.contains("gains") && text.contains("LOSES"), "{text}");
    assert_eq!(shown::what_changes(&change(SHOP, SHOP), 100), "");
    let cells = json!(matrix)["cells"][0].clone();
    assert!(cells.as_array().is_some_and(|cells| cells.contains(&json!("loses"))), "{cells}");
}

#[test]
fn a_row_is_explained_by_its_number_and_by_its_words() {
    let loaded = loaded(SHOP);
    let matrix = of(&loaded);
    let text = plain(&explanation::text(&matrix.explain("ORDER desk", &loaded.rules)));
    assert!(text.contains("  + the desk writes: adds orders/write\n"), "{text}");
    assert!(text.contains("  - managers refund: does not apply (groups_all: has not "), "{text}");
    assert_eq!(matrix.explain("1", &loaded.rules).len(), 1);
    assert_eq!(matrix.explain("99", &loaded.rules), vec![]);
}

#[test]
fn a_machine_has_what_its_client_may_ask_for() {
    let services = std::fs::read_to_string("examples/services/deploy.toml").expect("the example");
    let document = json!(of(&loaded(&services)));
    let row = |promise: &str| {
        let rows = document["rows"].as_array().into_iter().flatten();
        let place = rows.clone().position(|row| row["promise"] == promise).expect(promise);
        document["cells"][place].clone()
    };
    assert_eq!(document["columns"], json!(["ledger/post", "ledger/read"]));
    assert_eq!(row("billing posts"), json!(["has", "has"]));
    assert_eq!(row("reporting reads"), json!(["", "has"]));
    assert_eq!(row("people get none of it"), json!(["", ""]));
}

#[test]
fn what_cannot_be_told_apart_in_time_is_told_of_the_promises() {
    let mut many = SHOP.to_owned();
    for number in 0..3_000 {
        many += &format!(
            "[[rules]]\nname = \"r{number}\"\ngroups_all = [\"staff\"]\nattributes = {{ a{} = \"v{number}\", b = \"v{number}\" }}\nadd_scopes = [\"orders/write\"]\n",
            number % 40,
        );
    }
    let matrix = of(&loaded(&many));
    assert_eq!(matrix.rows.len(), 1);
    assert_eq!(matrix.rows[0].promises, ["the order desk writes"]);
}

#[test]
fn what_was_not_told_apart_is_not_denied() {
    let rule = |n: usize| {
        format!(
            "[[rules]]\nname = \"{n}\"\nattributes = {{ \"custom:a{n}\" = {{ equals = \"x\" }} }}\n\
             add_scopes = [\"orders/read\"]\n"
        )
    };
    let many: String = (0..20).map(rule).collect();
    let (stack, promise) = SHOP.split_once("[[rules]]").expect("rules");
    let expect = promise.split_once("[[expect]]").expect("a promise").1;
    let expect = expect.replace("scopes = [\"orders/write\"]", "not_scopes = [\"orders/write\"]");
    for text in [format!("{stack}{many}"), format!("{stack}{many}[[expect]]{expect}")] {
        let matrix = of(&loaded(&text));
        assert!(matrix.partial);
        let text = shown::what_is(&matrix, 80);
        assert!(text.contains("too many kinds of subjects"), "{text}");
        for denial in ["Nobody", "Everybody else"] {
            assert!(!text.contains(denial), "{text}");
        }
    }
    assert!(!of(&loaded(SHOP)).partial);
}
