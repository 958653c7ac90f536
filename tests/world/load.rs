//! Sign-ins at a steady pace while something is done to the stack, and how long they take: every call takes its time here.

use std::time::Duration;

use pretoken::model::Verdict;
use pretoken::ops::options::Proving;
use pretoken::ops::verify::{deployed, prove};
use pretoken::verify::{Load, Report};

use crate::account::{Account, Operator};
use crate::code::Code;
use crate::file::File;
use crate::run::{How, Run, connect};
use crate::scenario::{Scenario, up};

const FIRST: Run = up(File::Own, Code::First);
const LATENCY: Duration = Duration::from_millis(200);
const LOAD: Load = Load { lasts: Duration::from_mins(1), rate: 4 };

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().expect("a runtime").block_on(work)
}

/// What the proof of this file finds on the account.
async fn proof(account: &Account, file: File, load: Option<Load>) -> Report {
    let (known, user) = (file.loaded(), &Operator(account));
    let connection = connect(account, None).await.expect("a connection");
    let actual = deployed(&known, &connection).await.expect("a stack");
    let proving = &Proving { load, ..Proving::default() };
    let report = prove(&known, &connection, &actual, proving, Duration::ZERO, user).await;
    report.expect("a report")
}

/// The run, and how sign-ins fared meanwhile.
fn meanwhile(before: &'static [Run], run: Run) -> Report {
    block_on(async {
        let scenario = Scenario::new(before, run, &[]);
        let account = scenario.account(&scenario.start().await, crate::scenario::NOW);
        account.latency.set(LATENCY);
        let work = async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            run.go(&account).await
        };
        let (end, report) = tokio::join!(work, proof(&account, File::Own, Some(LOAD)));
        assert!(end.is_fine(), "{end:?}");
        assert_eq!(account.everything().left_behind(), Vec::<String>::new());
        report
    })
}

#[test]
fn nobody_is_kept_out_while_a_release_moves() {
    const SECOND: Run = up(File::Own, Code::Second);
    const GRADUALLY: Run = Run::Up { file: File::Promised, code: Code::Second, how: How::Canary };
    for (before, run) in [
        (&[FIRST][..], SECOND),
        (&[FIRST], GRADUALLY),
        (&[FIRST, SECOND], Run::Rollback { file: File::Own, to: None }),
    ] {
        let report = meanwhile(before, run);
        let load = report.load.as_ref().expect("a load");
        assert_eq!((load.failures, load.not_proven, load.rate), (0, 0, 4), "{run:?}: {load:?}");
        assert!(load.sign_ins >= 200, "{run:?}: {load:?}");
        assert_eq!((load.p50_ms, load.p99_ms), (Some(200), Some(200)));
        assert!(report.ok && report.sign_ins == load.sign_ins, "{report:?}");
        // One user a subject, however many sign-ins; a machine needs none.
        assert!(report.users < report.checks.len(), "{report:?}");
    }
}

/// Whoever comes first to a version meets a cold function: which that was is said for each release.
#[test]
fn the_first_sign_in_after_a_release_is_told_from_the_others() {
    const SECOND: Run = up(File::Own, Code::Second);
    let report = block_on(async {
        let scenario = Scenario::new(&[FIRST], SECOND, &[]);
        let account = scenario.account(&scenario.start().await, crate::scenario::NOW);
        account.latency.set(LATENCY);
        let work = async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            account.cold_start.set(Duration::from_millis(1_300));
            SECOND.go(&account).await
        };
        let (end, report) = tokio::join!(work, proof(&account, File::Own, Some(LOAD)));
        assert!(end.is_fine(), "{end:?}");
        report
    });
    let load = report.load.as_ref().expect("a load");
    let [release] = load.releases.as_slice() else { panic!("one release: {load:?}") };
    assert_eq!((release.version.as_str(), release.first_ms), ("2", Some(1_500)), "{load:?}");
    assert!((3_000..10_000).contains(&release.seen_after_ms), "{load:?}");
    assert_eq!((load.p50_ms, load.failures), (Some(200), 0), "{load:?}");
    let text = pretoken::report::proof::text(&report);
    let said = "the first sign-in took 1.5 s (Cognito gives a trigger 5.0 s)";
    assert!(text.contains(said), "{text}");
}

#[test]
fn who_is_kept_out_is_counted() {
    let bad = up(File::Own, Code::FailsAtSignIn);
    let report = block_on(async {
        let scenario = Scenario::new(&[FIRST], bad, &[]);
        let account = scenario.account(&scenario.start().await, crate::scenario::NOW);
        account.latency.set(LATENCY);
        let (end, report) = tokio::join!(bad.go(&account), proof(&account, File::Own, Some(LOAD)));
        assert!(!end.is_fine(), "{end:?}");
        report
    });
    let load = report.load.as_ref().expect("a load");
    assert!(!report.ok && load.failures > 0 && load.failures < load.sign_ins, "{load:?}");
    let counted: usize = load.errors.iter().map(|trouble| trouble.count).sum();
    assert_eq!(counted, load.failures + load.not_proven);
    assert!(load.errors.iter().all(|it| it.first_after_ms <= it.last_after_ms), "{load:?}");
    assert!(report.checks.iter().any(|check| check.verdict == Verdict::Failed));
}

#[test]
fn a_signal_ends_it_with_its_report() {
    let report = block_on(async {
        let scenario = Scenario::new(&[FIRST], Run::Promote, &[]);
        let account = scenario.account(&scenario.start().await, crate::scenario::NOW);
        account.latency.set(LATENCY);
        let stop = async {
            tokio::time::sleep(Duration::from_secs(20)).await;
            account.stop();
        };
        let ((), report) = tokio::join!(stop, proof(&account, File::Own, Some(LOAD)));
        assert_eq!(account.everything().left_behind(), Vec::<String>::new());
        report
    });
    let load = report.load.as_ref().expect("a load");
    assert!(report.ok && load.sign_ins > 0 && load.seconds < 30, "{load:?}");
}

#[test]
fn what_a_proof_costs_and_how_long_it_takes_is_said() {
    let (slow, fast) = block_on(async {
        let scenario = Scenario::new(&[FIRST], Run::Promote, &[]);
        let account = scenario.account(&scenario.start().await, crate::scenario::NOW);
        account.latency.set(Duration::from_millis(4_500));
        let slow = proof(&account, File::Own, None).await;
        account.latency.set(Duration::from_millis(50));
        (slow, proof(&account, File::Own, None).await)
    });
    assert_eq!(fast.sign_ins, fast.checks.len(), "{fast:?}");
    assert!(fast.users > 0 && fast.users < fast.sign_ins, "{fast:?}");
    let times = |report: &Report| report.timing.map(|it| (it.first_ms, it.slowest_ms, it.limit_ms));
    assert_eq!(times(&fast), Some((50, 50, 5_000)));
    assert_eq!(times(&slow), Some((4_500, 4_500, 5_000)));
    assert_eq!(fast.notes, Vec::<String>::new());
    assert!(slow.ok, "a slow token is a right one");
    assert!(slow.notes.iter().any(|note| note.contains("took 4.5 s")), "{:?}", slow.notes);
}
