//! What the trigger reads before its first event: the rules beside the executable, and the ids from
//! the environment.

use std::path::PathBuf;
use std::{env, fs};

use trigger::{Handler, IDS_VARIABLE, Ids, RULES_FILE, Rules, RulesError};

/// The handler, or in a sentence what is wrong with the deployment.
pub(crate) fn handler() -> Result<Handler, String> {
    let handler = Handler { rules: rules()?, ids: ids()? };
    if handler.rules.need_facts() && cfg!(not(feature = "facts")) {
        return Err("the rules need facts, and this bootstrap was built without them".to_owned());
    }
    Ok(handler)
}

/// Where facts come from: what stands beside the rules, if anything does.
#[cfg(feature = "facts")]
pub(crate) fn facts() -> Result<trigger::DeclaredFacts, String> {
    let path = directory()?.join(trigger::FACTS_FILE);
    match fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Ok(trigger::DeclaredFacts::default())
        }
        Err(error) => Err(format!("cannot read {}: {error}", path.display())),
        Ok(json) => trigger::DeclaredFacts::from_json(&json)
            .map_err(|reason| format!("{} declares no facts: {reason}", path.display())),
    }
}

fn rules() -> Result<Rules, String> {
    let path = directory()?.join(RULES_FILE);
    let json = fs::read_to_string(&path)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    Rules::from_json(&json).map_err(|error| match error {
        RulesError::Unreadable(reason) => {
            format!("{} is no JSON array of rules: {reason}", path.display())
        }
        RulesError::Invalid(_) => format!("{}: {error}", path.display()),
    })
}

/// Where Lambda unpacks the package; elsewhere, where the executable is.
fn directory() -> Result<PathBuf, String> {
    if let Some(root) = env::var_os("LAMBDA_TASK_ROOT") {
        return Ok(root.into());
    }
    let executable = env::current_exe()
        .map_err(|error| format!("cannot tell where the executable is: {error}"))?;
    Ok(executable.parent().map(PathBuf::from).unwrap_or_default())
}

fn ids() -> Result<Ids, String> {
    let json =
        env::var(IDS_VARIABLE).map_err(|error| format!("cannot read {IDS_VARIABLE}: {error}"))?;
    Ids::from_json(&json).map_err(|error| format!("{IDS_VARIABLE} is not the JSON of ids: {error}"))
}
