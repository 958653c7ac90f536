//! What a refused sign-in says of the tokens: mostly nothing. Pure.
//!
//! Only the trigger's own fault makes tokens wrong; a wall that others built makes them unproven. And only what AWS may
//! not have heard of yet is worth a second attempt: each may cost a message, a lock, or money.

use trigger::Fault;

use crate::cloud::CloudError;
use crate::model::Verdict;

/// A refusal, judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SignInRefusal {
    pub(super) verdict: Verdict,
    pub(super) reason: String,
    /// Whether asking again would be in vain.
    pub(super) is_final: bool,
    /// What the trigger itself said.
    pub(super) text: Option<String>,
}

/// What Cognito makes of a trigger's error text: `PreTokenGeneration failed with error <text>.`, at `V2_0` with the version
/// behind the name (aws-lambda-rust-runtime #1129).
pub(super) fn said_by_trigger(message: &str) -> Option<&str> {
    let (trigger, text) = message.split_once(" failed with error ")?;
    let ours = trigger.rsplit(' ').next()?.starts_with("PreTokenGeneration");
    let text = text.strip_suffix('.').unwrap_or(text);
    // A fault is no refusal.
    (ours && text != Fault::Unwritable.to_string()).then_some(text)
}

/// Codes of a trigger that failed, was not reached, or answered nonsense.
const OF_TRIGGERS: [&str; 3] = [
    "UserLambdaValidationException",
    "UnexpectedLambdaException",
    "InvalidLambdaResponseException",
];
/// How Cognito names the other triggers of a sign-in ("<Trigger> failed with error …", amplify-js #9127).
const OTHER_TRIGGERS: [&str; 9] = [
    "PreSignUp",
    "PreAuthentication",
    "PostAuthentication",
    "PostConfirmation",
    "DefineAuthChallenge",
    "CreateAuthChallenge",
    "VerifyAuthChallenge",
    "UserMigration",
    "Custom",
];
/// What AWS says of what was made or changed a moment ago, until every part of it knows.
const YOUNG: [(&str, &str); 5] = [
    ("UserNotFoundException", ""),
    ("ResourceNotFoundException", ""),
    ("NotAuthorizedException", "Incorrect username or password"),
    ("InvalidParameterException", "not enabled for"),
    ("InvalidParameterException", "flow not"),
];

impl SignInRefusal {
    /// Judges an error; one that keeps all of them from asking is handed back.
    pub(super) fn of(error: CloudError) -> Result<Self, CloudError> {
        let (code, message) = match error {
            CloudError::Refused { code, message, .. } => (code, message),
            CloudError::Unanswered { .. } | CloudError::Unreadable { .. } => {
                return Ok(Self::unproven(error.to_string()));
            }
            // No policy of a pool of our own has it: such a pool asks nothing.
            CloudError::Denied { ref operation, .. } if operation.ends_with("Challenge") => {
                return Ok(Self::unproven(error.to_string()));
            }
            other => return Err(other),
        };
        let reason = match message.as_str() {
            "" => code.clone(),
            message => format!("{code}: {message}"),
        };
        let is_ours = || !OTHER_TRIGGERS.iter().any(|other| message.starts_with(other));
        if OF_TRIGGERS.contains(&code.as_str()) && is_ours() {
            let text = said_by_trigger(&message).map(ToOwned::to_owned);
            return Ok(Self { verdict: Verdict::Failed, reason, is_final: false, text });
        }
        let is_young = YOUNG.iter().any(|(of, words)| code == *of && message.contains(words));
        let reason = match cause(&code, &message) {
            Some(cause) => format!("{cause} ({reason})"),
            None => reason,
        };
        Ok(Self { verdict: Verdict::NotProven, reason, is_final: !is_young, text: None })
    }

    /// Nobody could go on.
    pub(super) fn unproven(reason: String) -> Self {
        Self { verdict: Verdict::NotProven, reason, is_final: true, text: None }
    }
}

/// Who refused, where that can be told.
fn cause(code: &str, message: &str) -> Option<&'static str> {
    match code {
        "ForbiddenException" => Some("AWS WAF blocks this machine"),
        code if OF_TRIGGERS.contains(&code) => Some("another trigger of the pool refuses"),
        "TooManyRequestsException" | "LimitExceededException" | "ThrottlingException" => {
            Some("AWS asks for a slower pace")
        }
        "InternalErrorException" | "InternalServerException" => Some("AWS is in trouble"),
        "NotAuthorizedException" if message.contains("security reasons") => {
            Some("threat protection blocks this sign-in")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(code: &str, message: &str) -> (Verdict, bool) {
        let refused = CloudError::Refused {
            operation: "cognito-idp:InitiateAuth".to_owned(),
            code: code.to_owned(),
            message: message.to_owned(),
            request_id: None,
        };
        let refusal = SignInRefusal::of(refused).expect("a refusal");
        (refusal.verdict, refusal.is_final)
    }

    #[test]
    fn the_triggers_own_faults_are_wrong_and_others_are_not() {
        let lambda = "UserLambdaValidationException";
        for (code, message, expected) in [
            (lambda, "PreTokenGenerationV2_0 failed with error boom.", (Verdict::Failed, false)),
            (lambda, "PreTokenGeneration failed with error boom.", (Verdict::Failed, false)),
            (lambda, "PreAuthentication failed with error no.", (Verdict::NotProven, true)),
            (lambda, "PreSignUp failed with error no.", (Verdict::NotProven, true)),
            (
                "UnexpectedLambdaException",
                "PreTokenGeneration invocation failed due to error AccessDeniedException.",
                (Verdict::Failed, false),
            ),
            (
                "InvalidLambdaResponseException",
                "Unrecognizable lambda output",
                (Verdict::Failed, false),
            ),
            (
                "ForbiddenException",
                "Request not allowed due to WAF block.",
                (Verdict::NotProven, true),
            ),
            ("TooManyRequestsException", "Rate exceeded", (Verdict::NotProven, true)),
            (
                "NotAuthorizedException",
                "Unable to verify secret hash for client x",
                (Verdict::NotProven, true),
            ),
            ("NotAuthorizedException", "Invalid Refresh Token.", (Verdict::NotProven, true)),
            (
                "NotAuthorizedException",
                "Incorrect username or password.",
                (Verdict::NotProven, false),
            ),
            ("UserNotFoundException", "User does not exist.", (Verdict::NotProven, false)),
        ] {
            assert_eq!(judged(code, message), expected, "{code}: {message}");
        }
    }

    #[test]
    fn the_text_of_a_refusal_is_told_from_a_fault() {
        for (message, text) in [
            ("PreTokenGeneration failed with error Not yet..", Some("Not yet.")),
            (
                "PreTokenGenerationV2_0 failed with error No failed with error x.",
                Some("No failed with error x"),
            ),
            ("invalid_request: PreTokenGenerationV3_0 failed with error No", Some("No")),
            ("PreTokenGeneration failed with error the token could not be prepared.", None),
            ("PreAuthentication failed with error No.", None),
            ("the trigger failed", None),
        ] {
            assert_eq!(said_by_trigger(message), text, "{message}");
        }
    }

    #[test]
    fn a_wall_of_ones_own_is_no_verdict() {
        let denied = CloudError::Denied { operation: "x".to_owned(), message: "no".to_owned() };
        assert!(SignInRefusal::of(denied).is_err());
    }
}
