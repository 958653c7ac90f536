//! What a plan does to tokens: the rules that are live beside those of `deploy.toml`.

use super::session::{Connection, Session};
use crate::cloud::Read as _;
use crate::failure::{Exit, Failure};
use crate::model::ALIAS;
use crate::reconcile::actual::Actual;
use crate::reconcile::desired::Desired;
use crate::reconcile::plan::Plan;
use crate::time::Clock;
use crate::tokens::impact::{TokenImpact, impact};
use trigger::rules::{Rule, Rules};

/// Who gains and loses what. Live rules that cannot be read are a note of the plan, or a refusal if a loss is forbidden.
pub async fn impact_of(
    session: &Session,
    connection: &Connection,
    (desired, actual): (&Desired, &Actual),
    plan: &mut Plan,
    forbid_scope_loss: bool,
) -> Result<Vec<TokenImpact>, Failure> {
    let live = match &actual.release {
        // The same package: the same rules.
        Some(release) if release.settings.code_sha256 == desired.function.settings.code_sha256 => {
            return Ok(vec![]);
        }
        Some(_) => live_rules(connection, &desired.function.name).await,
        None => Ok(vec![]),
    };
    let config = session.config();
    let tokens = match live {
        Ok(live) => impact(config, &live, &config.rules, Clock::system().now()),
        Err(reason) if forbid_scope_loss => {
            let error = anyhow::anyhow!("nobody can tell whether scopes are lost: {reason}");
            let failure = Failure::new(Exit::Refused, error);
            return Err(failure.hint("leave out --forbid-scope-loss to go on without knowing"));
        }
        Err(reason) => {
            plan.notes.push(format!("what changes in tokens is not known: {reason}"));
            vec![]
        }
    };
    if forbid_scope_loss && tokens.iter().any(|row| !row.lost.is_empty()) {
        return Err(loss(&tokens));
    }
    Ok(tokens)
}

async fn live_rules(connection: &Connection, function: &str) -> Result<Vec<Rule>, String> {
    let read = connection.aws.deployed_rules(function, ALIAS).await;
    let bytes = read.map_err(|error| format!("the live rules cannot be read ({error})"))?;
    let text = String::from_utf8(bytes.unwrap_or_else(|| b"[]".to_vec()));
    let text = text.map_err(|_| "the live rules are no text".to_owned())?;
    let rules = Rules::from_json(&text);
    let rules =
        rules.map_err(|error| format!("the live rules are of another version ({error})"))?;
    Ok(rules.iter().cloned().collect())
}

fn loss(tokens: &[TokenImpact]) -> Failure {
    let line = |row: &TokenImpact| {
        let who = row.expectation.as_ref().or(row.subject.as_ref()).map_or("", String::as_str);
        format!("{who} loses {}", row.lost.join(", "))
    };
    let lines: Vec<_> = tokens.iter().filter(|row| !row.lost.is_empty()).map(line).collect();
    let error = anyhow::anyhow!("scopes would be lost: {}", lines.join("; "));
    let failure = Failure::new(Exit::Refused, error).detail("tokens", serde_json::json!(tokens));
    failure.hint("if that is meant, leave out --forbid-scope-loss")
}
