//! Whole runs on the world in memory: with users who sign in and tokens that are signed, every call lost, refused and
//! throttled, a signal at every call, and the process killed at every call. Whatever befalls a run, sign-ins go on at every
//! moment, no bad release stays in service unless the run says so, and one run more reaches the world of a clean run.

#[path = "../fake/mod.rs"]
mod fake;

mod account;
mod cloud;
mod code;
mod file;
mod key;
mod load;
mod run;
mod scenario;
mod sign_in;

use pretoken::failure::Exit;

use code::Code;
use file::File;
use run::{How, Run};
use scenario::{Scenario, up};

/// A stack with a pool of its own.
const DEPLOYED: Run = up(File::Own, Code::First);
const REBUILT: Run = up(File::Own, Code::Second);

/// One that no smoke test finds.
const BAD: Run = up(File::Promised, Code::WrongAtSignIn);

const fn gradually(code: Code, how: How) -> Run {
    Run::Up { file: File::Promised, code, how }
}

#[test]
fn the_first_release() {
    Scenario::new(&[], DEPLOYED, &[(Code::First, 100)]).holds();
}

#[test]
fn a_change_of_the_code() {
    Scenario::new(&[DEPLOYED], REBUILT, &[(Code::Second, 100)]).holds();
}

#[test]
fn a_release_that_every_smoke_test_finds() {
    let bad = up(File::Own, Code::WrongRules);
    Scenario::new(&[DEPLOYED], bad, &[(Code::First, 100)]).failing(Exit::Unproven).holds();
}

#[test]
fn a_release_that_nobody_may_ask() {
    let bad = up(File::Own, Code::NotAskable);
    Scenario::new(&[DEPLOYED], bad, &[(Code::First, 100)]).failing(Exit::Access).holds();
}

#[test]
fn a_release_that_only_sign_ins_find() {
    Scenario::new(&[DEPLOYED], BAD, &[(Code::First, 100)]).failing(Exit::Unproven).holds();
}

#[test]
fn a_canary_that_is_healthy() {
    let run = gradually(Code::Second, How::Canary);
    Scenario::new(&[DEPLOYED], run, &[(Code::Second, 100)]).holds();
}

#[test]
fn a_canary_that_is_sick() {
    for code in [Code::FailsAtSignIn, Code::WrongAtSignIn] {
        let run = gradually(code, How::Canary);
        Scenario::new(&[DEPLOYED], run, &[(Code::First, 100)]).failing(Exit::Unproven).holds();
    }
}

#[test]
fn a_canary_that_is_held() {
    let run = gradually(Code::Second, How::HeldCanary);
    Scenario::new(&[DEPLOYED], run, &[(Code::First, 90), (Code::Second, 10)]).holds();
}

#[test]
fn the_promotion_of_a_canary() {
    const BEFORE: &[Run] = &[DEPLOYED, gradually(Code::Second, How::HeldCanary)];
    let scenario = Scenario::new(BEFORE, Run::Promote, &[(Code::Second, 100)]);
    scenario.continued_by(REBUILT).holds();
}

#[test]
fn the_promotion_of_a_bad_canary() {
    const BEFORE: &[Run] = &[DEPLOYED, gradually(Code::WrongAtSignIn, How::HeldCanary)];
    let scenario = Scenario::new(BEFORE, Run::Promote, &[(Code::First, 100)]);
    scenario.failing(Exit::Unproven).continued_by(BAD).holds();
}

#[test]
fn a_release_that_turns_people_away() {
    const BEFORE: &[Run] = &[up(File::Refusing, Code::First)];
    Scenario::new(BEFORE, up(File::Refusing, Code::Second), &[(Code::Second, 100)]).holds();
}

#[test]
fn a_release_that_should_turn_people_away_and_does_not() {
    const BEFORE: &[Run] = &[up(File::Refusing, Code::First)];
    let run = up(File::Refusing, Code::WrongAtSignIn);
    Scenario::new(BEFORE, run, &[(Code::First, 100)]).failing(Exit::Unproven).holds();
}

#[test]
fn a_rollback() {
    let run = Run::Rollback { file: File::Own, to: None };
    let again = Run::Rollback { file: File::Own, to: Some(1) };
    let scenario = Scenario::new(&[DEPLOYED, REBUILT], run, &[(Code::First, 100)]);
    scenario.continued_by(again).holds();
}

/// The old version answers for ids that it froze, and cannot know the pool that came later.
#[test]
fn a_rollback_to_a_version_from_before_a_pool() {
    const BEFORE: &[Run] = &[up(File::Named, Code::First), up(File::NamedBoth, Code::Second)];
    let run = Run::Rollback { file: File::NamedBoth, to: Some(1) };
    Scenario::new(BEFORE, run, &[(Code::First, 100)]).holds();
}

#[test]
fn old_versions_go() {
    let run = up(File::FewVersions, Code::Third);
    Scenario::new(&[DEPLOYED, REBUILT], run, &[(Code::Third, 100)]).holds();
}

#[test]
fn a_release_whose_tokens_nobody_can_look_at() {
    const BEFORE: Run = Run::Up { file: File::Unverifiable, code: Code::First, how: How::Unproven };
    let run = up(File::Unverifiable, Code::Second);
    let scenario = Scenario::new(&[BEFORE], run, &[(Code::First, 100)]);
    // What stays is said; later nothing tells it from a release that was left out of the proof.
    scenario.failing(Exit::Unproven).not_continued().holds();
}

#[test]
fn taking_over_a_pool() {
    Scenario::new(&[], up(File::Adopted, Code::First), &[(Code::First, 100)]).holds();
}

#[test]
fn taking_over_a_pool_with_a_bad_release() {
    let run = up(File::Adopted, Code::WrongAtSignIn);
    let scenario = Scenario::new(&[], run, &[(Code::WrongAtSignIn, 100)]);
    scenario.failing(Exit::Unproven).holds();
}

#[test]
fn taking_over_a_pool_beside_another_with_a_bad_release() {
    let run = up(File::Both, Code::WrongAtSignIn);
    let scenario = Scenario::new(&[DEPLOYED], run, &[(Code::First, 100)]);
    scenario.failing(Exit::Unproven).holds();
}

/// A proof is cut off wherever it can be; what is left in the pool goes with the stack, however young it is.
#[test]
fn a_removal_takes_the_users_of_a_proof_that_was_cut_off_along() {
    let scenario = Scenario::new(&[], up(File::Adopted, Code::First), &[(Code::First, 100)]);
    scenario.removed_by(Run::Destroy { file: File::Adopted });
}

#[test]
fn giving_a_pool_back() {
    const BEFORE: Run = up(File::Both, Code::First);
    Scenario::new(&[BEFORE], DEPLOYED, &[(Code::First, 100)]).holds();
}

#[test]
fn a_removal() {
    Scenario::new(&[DEPLOYED], Run::Destroy { file: File::Own }, &[]).holds();
}

#[test]
fn a_removal_that_gives_a_pool_back() {
    const BEFORE: Run = up(File::Both, Code::First);
    Scenario::new(&[BEFORE], Run::Destroy { file: File::Both }, &[]).holds();
}

#[test]
fn a_sweep() {
    const fn review(env: &'static str, hours: u64) -> Run {
        Run::Up { file: File::Review(env), code: Code::First, how: How::For(hours) }
    }
    const BEFORE: &[Run] = &[review("pr-1", 1), review("pr-2", 2), review("pr-3", 24 * 30)];
    Scenario::new(BEFORE, Run::Sweep, &[(Code::First, 100)]).holds();
}
