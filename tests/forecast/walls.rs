//! What an attempt costs somebody is not tried twice: whoever refuses for certain is asked once, however much patience there is.

use std::time::Duration;

use pretoken::config::Verify;
use pretoken::model::Verdict;
use pretoken::system::clock::Clock;
use pretoken::tokens::prospect::{Prospect, TokenFlow};
use pretoken::verify::Report;

use crate::pool::Pool;
use crate::{Choice, NOW, forecast, proof};

/// What others say, and what no program can answer.
enum Wall {
    Refuses(&'static str, &'static str),
    Asks(&'static str),
}

const WALLS: [Wall; 9] = [
    Wall::Refuses("UserLambdaValidationException", "PreAuthentication failed with error no."),
    Wall::Refuses("UserLambdaValidationException", "PostAuthentication failed with error no."),
    Wall::Refuses("UnexpectedLambdaException", "PreAuthentication invocation failed."),
    Wall::Refuses("NotAuthorizedException", "Unable to login because of security reasons."),
    Wall::Refuses("NotAuthorizedException", "Unable to verify secret hash for client web"),
    Wall::Refuses("TooManyRequestsException", "Rate exceeded"),
    Wall::Asks("SMS_MFA"),
    Wall::Asks("EMAIL_OTP"),
    Wall::Asks("CUSTOM_CHALLENGE"),
];
const FIREWALL: Wall = Wall::Refuses("ForbiddenException", "Request not allowed due to WAF block.");

/// A proof with a minute of patience for each token, at a client of this flow, before this wall.
fn proven(choice: Choice, wall: &Wall) -> (Prospect, Report, Pool) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime");
    let verify = Verify::default();
    let prospect = forecast(choice, &verify);
    let mut pool = Pool::new(choice, Clock::at(NOW));
    pool.patience = Duration::from_mins(1);
    match wall {
        Wall::Refuses(code, message) => pool.wall = Some((code, message)),
        Wall::Asks(challenge) => pool.surprise = Some(challenge),
    }
    let report = runtime.block_on(proof(&prospect, &pool, &verify));
    (prospect, report, pool)
}

/// How often somebody comes by a password.
fn entries(prospect: &Prospect) -> usize {
    let ways = prospect.candidates.iter().flat_map(|one| one.ways.iter().flatten());
    ways.filter(|way| matches!(way, TokenFlow::SignIn(_))).count()
}

#[test]
fn a_refusal_of_others_costs_one_attempt() {
    for number in 0..6 {
        for wall in &WALLS {
            let (prospect, report, pool) = proven(Choice::of(number), wall);
            let [users, admins] = pool.attempts.each_ref().map(std::cell::Cell::get);
            assert_eq!(users + admins, entries(&prospect), "{number}: {report:#?}");
            assert!(users + admins > 0, "{number}: somebody tries");
            assert_eq!(report.count(Verdict::NotProven), report.checks.len(), "{report:#?}");
            assert_eq!(report.sign_ins, users + admins, "{report:#?}");
        }
    }
}

/// Whether there is a firewall is asked once; then an administrator proves what administrators may.
#[test]
fn a_firewall_is_met_once_and_passed_where_administrators_may() {
    for (number, verdict) in
        [(0, Verdict::NotProven), (1, Verdict::Ok), (2, Verdict::Ok), (3, Verdict::Ok)]
    {
        let (prospect, report, pool) = proven(Choice::of(number), &FIREWALL);
        let [users, admins] = pool.attempts.each_ref().map(std::cell::Cell::get);
        assert_eq!(report.count(verdict), report.checks.len(), "{number}: {report:#?}");
        let met = match verdict {
            Verdict::Ok => 1,
            _ => entries(&prospect),
        };
        assert_eq!(users, met, "{number}: {report:#?}");
        let all: usize = prospect.sign_ins();
        assert_eq!(admins, if verdict == Verdict::Ok { all } else { 0 }, "{number}: {report:#?}");
        let noted = report.notes.iter().any(|note| note.starts_with("AWS WAF blocks this machine"));
        assert_eq!(noted, verdict == Verdict::Ok, "{:?}", report.notes);
    }
}
