//! Environments side by side, in memory: who asks, who waits for whom, and what all of them come to; and command lines that
//! nobody can mean.

#[path = "support/binary.rs"]
#[expect(dead_code, reason = "each test crate uses a part of it")]
mod binary;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use binary::Project;
use futures_util::future::join_all;
use pretoken::failure::{Exit, Failure, Outcome};
use pretoken::ops::fleet::{Ended, Fleet, FleetDocument, Member, MemberVerdict};
use pretoken::user::Consent;

/// What one environment does, in order.
#[derive(Clone, Copy)]
struct Script {
    /// How long it looks, in milliseconds of a clock that nobody waits for.
    looks: u64,
    /// What ends it before it has a question.
    unplanned: Option<Exit>,
    /// Whether there is something to ask.
    asks: bool,
    /// How long it works.
    works: u64,
    /// How that ends.
    ends: Option<Exit>,
}

const FINE: Script = Script { looks: 1, unplanned: None, asks: true, works: 10, ends: None };

/// What happened, and what all came to.
struct Story {
    events: Vec<String>,
    document: FleetDocument,
}

impl Story {
    fn codes(&self) -> Vec<Option<u64>> {
        let document = serde_json::to_value(&self.document).expect("JSON");
        let environments = document["environments"].as_array().expect("a list").clone();
        environments.iter().map(|ended| ended["exit"].as_u64()).collect()
    }
}

fn story(scripts: &[Script], sizes: &[usize], fail_fast: bool, answer: Consent) -> Story {
    let names = (0..scripts.len()).map(|index| format!("e{index}")).collect();
    let fleet = Fleet::new(names, sizes, fail_fast);
    let events = Rc::new(RefCell::new(vec![]));
    let runs = fleet.members().zip(scripts).map(|(member, script)| {
        let events = Rc::clone(&events);
        async move {
            member.begin().await;
            let outcome = run(&member, *script, answer, &events).await;
            let verdict = MemberVerdict::of(&member, &outcome, None);
            events.borrow_mut().push(format!("{} {verdict:?}", member.name()));
            member.end(verdict);
            Ended::new(&member, verdict, 0.0, (None, String::new()))
        }
    });
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime");
    let ended = runtime.block_on(join_all(runs));
    Story { events: events.take(), document: FleetDocument::new(ended) }
}

fn failed(exit: Exit) -> Failure {
    Failure::new(exit, pretoken::codes::Code::AwsRefused, anyhow::anyhow!("so it was written"))
}

async fn run(
    member: &Member,
    script: Script,
    answer: Consent,
    events: &RefCell<Vec<String>>,
) -> Outcome {
    let pause = |time| tokio::time::sleep(Duration::from_millis(time));
    let say = |what: &str| events.borrow_mut().push(format!("{} {what}", member.name()));
    pause(script.looks).await;
    if let Some(exit) = script.unplanned {
        return Err(failed(exit));
    }
    let asked = |text: String| async move {
        events.borrow_mut().push(text);
        answer
    };
    let consent = match script.asks {
        _ if member.stopped() => return Err(failed(Exit::Interrupted)),
        true => member.confirm("Apply?", asked).await,
        false => member.turn().await,
    };
    if consent != Consent::Given {
        return Err(failed(Exit::Refused));
    }
    say("works");
    pause(script.works).await;
    match script.ends {
        _ if member.stopped() => Err(failed(Exit::Interrupted)),
        Some(exit) => Err(failed(exit)),
        None => Ok(None),
    }
}

fn at(events: &[String], event: &str) -> usize {
    let place = events.iter().position(|other| other == event);
    place.unwrap_or_else(|| panic!("no `{event}` in {events:#?}"))
}

const DONE: &str = "Ended(None)";

#[test]
fn one_question_is_asked_once_all_have_looked() {
    let slow = Script { looks: 50, ..FINE };
    let nothing = Script { asks: false, ..FINE };
    let unplanned = Script { unplanned: Some(Exit::Access), ..FINE };
    let story = story(&[FINE, slow, nothing, unplanned], &[4], false, Consent::Given);
    let question =
        "e0  Apply?\ne1  Apply?\ne2  Nothing to change.\ne3  failed, see above.\nAll of this?";
    let asked = at(&story.events, question);
    assert_eq!(story.events.iter().filter(|event| event.contains("All of this?")).count(), 1);
    assert_eq!(at(&story.events, "e3 Ended(Some(Access))"), 0, "{:#?}", story.events);
    for name in ["e0", "e1", "e2"] {
        assert!(at(&story.events, &format!("{name} works")) > asked, "{:#?}", story.events);
    }
    assert_eq!(story.codes(), [Some(0), Some(0), Some(0), Some(5)]);
    assert_eq!(story.document.exit(), Some(Exit::Partial));
}

#[test]
fn whoever_says_no_is_obeyed_by_all() {
    for answer in [Consent::Refused, Consent::Unavailable] {
        let nothing = Script { asks: false, ..FINE };
        let story = story(&[FINE, FINE, nothing], &[1, 2], false, answer);
        assert!(!story.events.iter().any(|event| event.ends_with("works")), "{:#?}", story.events);
        assert_eq!(story.document.exit(), Some(Exit::Refused));
    }
}

#[test]
fn where_nobody_has_a_question_nobody_is_asked() {
    let nothing = Script { asks: false, ..FINE };
    let story = story(&[nothing, nothing], &[1, 1], false, Consent::Unavailable);
    assert_eq!(
        story.events,
        ["e0 works", &format!("e0 {DONE}"), "e1 works", &format!("e1 {DONE}")]
    );
    assert_eq!(story.document.exit(), None);
}

#[test]
fn a_wave_begins_when_all_before_it_are_right() {
    let slow = Script { works: 500, ..FINE };
    let story = story(&[FINE, slow, FINE, FINE], &[1, 2, 1], false, Consent::Given);
    let place = |event: &str| at(&story.events, event);
    assert!(place(&format!("e0 {DONE}")) < place("e1 works").min(place("e2 works")));
    assert!(place("e3 works") > place(&format!("e1 {DONE}")));
    assert_eq!(story.document.exit(), None);
}

#[test]
fn a_wave_that_fails_is_the_last_one() {
    let broken = Script { ends: Some(Exit::Unproven), ..FINE };
    let slow = Script { works: 100, ..FINE };
    let alone = story(&[broken, FINE, FINE], &[1, 2], false, Consent::Given);
    assert_eq!(alone.codes(), [Some(7), None, None]);
    assert_eq!(alone.document.exit(), Some(Exit::Unproven), "all that were begun failed alike");
    let beside = story(&[broken, slow, FINE], &[2, 1], false, Consent::Given);
    assert_eq!(beside.codes(), [Some(7), Some(0), None], "whoever is at work ends its work");
    assert_eq!(beside.document.exit(), Some(Exit::Partial));
    let unplanned = Script { unplanned: Some(Exit::Refused), ..FINE };
    assert_eq!(
        story(&[unplanned, FINE], &[1, 1], false, Consent::Given).codes(),
        [Some(6), None],
        "what cannot be planned is not right either"
    );
}

#[test]
fn fail_fast_stops_those_at_work_and_begins_nothing() {
    let broken = Script { ends: Some(Exit::Failed), ..FINE };
    let slow = Script { works: 100, ..FINE };
    let at_work = story(&[broken, slow], &[2], true, Consent::Given);
    assert_eq!(at_work.codes(), [Some(1), Some(130)]);
    assert_eq!(at_work.document.exit(), Some(Exit::Partial));
    let unplanned = Script { unplanned: Some(Exit::Usage), ..FINE };
    let late = Script { looks: 100, ..FINE };
    let before = story(&[unplanned, FINE, late], &[3], true, Consent::Given);
    assert_eq!(before.codes(), [Some(4), None, None]);
    assert!(!before.events.iter().any(|event| event.contains('?')), "{:#?}", before.events);
    assert_eq!(before.document.exit(), Some(Exit::Usage));
}

/// A member that looks holds a place until it waits: more than there are places come to their question all the same.
#[test]
fn any_number_comes_to_its_end() {
    let scripts = vec![FINE; 300];
    let story = story(&scripts, &[1, 99, 200], false, Consent::Given);
    assert!(story.codes().iter().all(|code| *code == Some(0)));
    let mut most = 0_i32;
    story.events.iter().fold(0_i32, |working, event| {
        let change = match () {
            () if event.ends_with(" works") => 1,
            () if event.ends_with(DONE) => -1,
            () => 0,
        };
        most = most.max(working + change);
        working + change
    });
    assert!((2..=16).contains(&most), "{most} were at work together");
}

#[test]
fn what_all_come_to() {
    let ends = |exits: &[Option<Exit>]| {
        let scripts: Vec<_> = exits.iter().map(|ends| Script { ends: *ends, ..FINE }).collect();
        story(&scripts, &[exits.len()], false, Consent::Given).document.exit()
    };
    assert_eq!(ends(&[None, None]), None);
    assert_eq!(ends(&[Some(Exit::Access), Some(Exit::Access)]), Some(Exit::Access));
    assert_eq!(ends(&[Some(Exit::Access), None]), Some(Exit::Partial));
    assert_eq!(ends(&[Some(Exit::Access), Some(Exit::Refused)]), Some(Exit::Partial));
}

const STACK: &str = r#"name = "orders"
region = "eu-west-1"

[pools.customers.clients.web]
"#;

const FLEET: &str = "\n[env.eu]\n[env.us]\n[env.ap]\n";

/// What is said, and the help, of a command line about several environments.
fn refused(environments: &str, arguments: &[&str]) -> String {
    let run = Project::of(&format!("{STACK}{environments}")).run(arguments, &[]);
    assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{run:?}");
    run.stderr
}

#[test]
fn several_environments_that_nobody_can_mean() {
    for (arguments, text) in [
        (
            &["up", "-e", "eu,uss,AP"][..],
            "error[usage]: `deploy.toml` declares no environment `uss`\n       `AP` cannot be the name of an environment\n\
             hint: uss: did you mean `us`?\nhint: AP: a name is made of lower-case letters, digits and `-`, beginning with a letter or a digit\n",
        ),
        (
            &["plan", "-e", "eu,,eu"],
            "error[usage]: a name is missing in `-e eu,,eu`\n       `eu` is named twice in `-e eu,,eu`\n",
        ),
        (
            &["up", "--all", "--waves", "1,5,rest"],
            "error[usage]: the waves `1,5,rest` are of 6 environments, and there are 3\n\
             hint: end with `rest`: `--waves 1,rest`\n",
        ),
        (
            &["up", "--all", "--waves", "1,rst"],
            "error[usage]: `rst` in `1,rst` is no number of environments\nhint: did you mean `rest`?\n",
        ),
        (
            &["up", "--all", "-e", "eu"],
            "error[usage]: `--all` and `-e` exclude each other\n\
             hint: leave one of them out; the variable PRETOKEN_ENV is an `-e`, too\n",
        ),
        (
            &["up", "-e", "eu", "--waves", "1"],
            "error[usage]: `--waves` and `--fail-fast` are about several environments\n\
             hint: name them, `-e eu,us`, or take all that are declared, `--all`\n",
        ),
        (
            &["token", "--all", "--username", "alice"],
            "error[usage]: this command is about one environment at a time\n\
             hint: run it for each; `up`, `plan`, `status`, `verify` and `destroy` take several\n",
        ),
        (
            &["plan", "--all", "--out", "plan.json"],
            "error[usage]: every environment would write or read `plan.json`\n\
             hint: put `{env}` where its name goes\n",
        ),
    ] {
        assert_eq!(refused(FLEET, arguments), text, "{arguments:?}");
    }
    assert_eq!(
        refused("\n[env.eu]\n[env.\"pr-*\"]\n", &["up", "--all"]),
        "error[usage]: nobody knows which environments `pr-*` are\nhint: name those that are meant: `-e eu`\n"
    );
    assert_eq!(
        refused("", &["up", "--all"]),
        "error[usage]: `deploy.toml` declares no environment\n\
         hint: leave out `--all`, or add a table such as `[env.prod]`\n"
    );
}

#[test]
fn what_is_wrong_in_the_file_is_told_once_for_all() {
    let stderr = refused(&format!("\n[trigger]\nmemory = 1\n{FLEET}"), &["up", "--all"]);
    assert_eq!(stderr.matches("did you mean `memory_mb`?").count(), 1, "{stderr}");
}
