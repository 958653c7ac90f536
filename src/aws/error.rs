//! Translates every error of the SDK into this program's words, by code and situation, in this one place.
//!
//! It decides whether a call was refused, denied, never sent, or left without an answer. It retries nothing.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::no_answer::Stopped;
use crate::cloud::{CloudError, Result};

/// Codes that say that the caller is known, and may not.
const DENIED: [&str; 5] = [
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "NotAuthorized",
    NOT_AUTHORIZED,
];

/// Codes that say that the caller is not known (any more), or signed wrongly.
const UNKNOWN_CALLER: [&str; 13] = [
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
    "UnrecognizedClientException",
];

/// From a sign-in it means a wrong password; from everything that is signed by IAM, a lack of permission.
const NOT_AUTHORIZED: &str = "NotAuthorizedException";
const SIGN_INS: [&str; 9] = [
    "cognito-idp:InitiateAuth",
    "cognito-idp:AdminInitiateAuth",
    "cognito-idp:RespondToAuthChallenge",
    "cognito-idp:AdminRespondToAuthChallenge",
    "cognito-idp:GetTokensFromRefreshToken",
    "cognito-idp:AssociateSoftwareToken",
    "cognito-idp:VerifySoftwareToken",
    "cognito-idp:ConfirmDevice",
    "cognito-idp:UpdateDeviceStatus",
];

/// Codes that say that there is one of this name already.
const TAKEN: [&str; 4] = [
    "EntityAlreadyExists",
    "EntityAlreadyExistsException",
    "GroupExistsException",
    "ResourceAlreadyExistsException",
];
/// Codes that say this among other things: Lambda's "The resource already exists, or another operation is in progress"
/// (API reference, `ResourceConflictException`), and Cognito's for domains and resource servers.
const SHARED: [&str; 2] = ["ResourceConflictException", "InvalidParameterException"];

/// Codes that say that what was asked about is not there.
const ABSENT: [&str; 4] =
    ["ResourceNotFoundException", "NoSuchEntity", "NoSuchEntityException", "UserNotFoundException"];

/// What the SDK answers to a call.
pub(in crate::aws) trait Answer<T> {
    /// The answer, or the error in our words; `operation` is named as IAM spells it.
    fn of(self, operation: &str) -> Result<T>;
}

impl<T, E> Answer<T> for std::result::Result<T, SdkError<E, HttpResponse>>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    fn of(self, operation: &str) -> Result<T> {
        self.map_err(|error| translate(operation.to_owned(), error))
    }
}

/// A result of a call that may have asked about something that is not there.
pub(in crate::aws) trait Found<T> {
    /// `None` when AWS knows no such thing.
    fn if_found(self) -> Result<Option<T>>;
}

impl<T> Found<T> for Result<T> {
    fn if_found(self) -> Result<Option<T>> {
        match self {
            Ok(found) => Ok(Some(found)),
            Err(error) if ABSENT.iter().any(|code| error.has_code(code)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl CloudError {
    /// Whether AWS refused with this code.
    pub(in crate::aws) fn has_code(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused { code, .. } if code == wanted)
    }

    /// Whether AWS refused with words that contain one of these, in any case.
    pub(in crate::aws) fn says(&self, words: &[&str]) -> bool {
        let Self::Refused { message, .. } = self else { return false };
        let message = message.to_lowercase();
        words.iter().any(|word| message.contains(word))
    }
}

/// An answer without a part that AWS always gives.
pub(in crate::aws) fn unreadable(operation: &str, detail: impl Into<String>) -> CloudError {
    CloudError::Unreadable { operation: operation.to_owned(), detail: detail.into() }
}

fn translate<E>(operation: String, error: SdkError<E, HttpResponse>) -> CloudError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    if let Some(missing) = in_chain::<CredentialsError>(&error) {
        return CloudError::Credentials { detail: chain(missing) };
    }
    match error {
        SdkError::ServiceError(answer) => {
            refusal(operation, answer.err(), answer.raw().status().as_u16())
        }
        // Not from AWS: a proxy's page, or an emulator's.
        SdkError::ResponseError(answer) if !answer.raw().status().is_success() => {
            let code = format!("HTTP {}", answer.raw().status().as_u16());
            let message = "the answer is none of AWS's".to_owned();
            CloudError::Refused { operation, code, message, request_id: None }
        }
        // The whole answer was read, and is not what it should be; or else it broke off.
        SdkError::ResponseError(answer) if answer.raw().body().bytes().is_some() => {
            let detail = chain(&SdkError::<E, HttpResponse>::ResponseError(answer));
            CloudError::Unreadable { operation, detail }
        }
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(connection) => unconnected(operation, connection),
            None => {
                CloudError::Unanswered { operation, detail: "the connection failed".to_owned() }
            }
        },
        SdkError::ConstructionFailure(_) => {
            CloudError::Unreachable { operation, detail: chain(&error) }
        }
        other => CloudError::Unanswered { operation, detail: chain(&other) },
    }
}

/// What a refusal with this status means.
pub(in crate::aws) fn refusal(
    operation: String,
    error: &impl ProvideErrorMetadata,
    status: u16,
) -> CloudError {
    let code = error.code().map_or_else(|| format!("HTTP {status}"), ToOwned::to_owned);
    let message = error.message().unwrap_or("no reason was given").to_owned();
    if UNKNOWN_CALLER.contains(&code.as_str()) {
        return CloudError::Credentials { detail: format!("{operation}: {code}: {message}") };
    }
    let signing_in = code == NOT_AUTHORIZED && SIGN_INS.contains(&operation.as_str());
    if DENIED.contains(&code.as_str()) && !signing_in {
        return CloudError::Denied { operation, message };
    }
    let request_id = error.meta().extra("aws_request_id").map(ToOwned::to_owned);
    if is_taken(&code, &message) {
        return CloudError::Exists { operation, code, message, request_id };
    }
    CloudError::Refused { operation, code, message, request_id }
}

/// Whether a name is taken. Where a service has no code of its own for it, its words must tell.
fn is_taken(code: &str, message: &str) -> bool {
    TAKEN.contains(&code)
        || SHARED.contains(&code) && message.to_lowercase().contains("already exist")
}

/// No answer came from a connection, or none was asked for.
pub(in crate::aws) fn unconnected(operation: String, failure: &ConnectorError) -> CloudError {
    if in_chain::<Stopped>(failure).is_some() {
        return CloudError::Stopped { what: operation };
    }
    let detail = chain(failure);
    if was_sent(failure) {
        CloudError::Unanswered { operation, detail }
    } else {
        CloudError::Unreachable { operation, detail }
    }
}

/// Whether a part of the request may have left this machine.
fn was_sent(failure: &ConnectorError) -> bool {
    match in_chain::<hyper_util::client::legacy::Error>(failure) {
        Some(error) => !error.is_connect(),
        // Not from the connection: the request could not be made, signed or addressed.
        None => failure.is_io() || failure.is_timeout(),
    }
}

fn in_chain<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    sources(error).find_map(|error| error.downcast_ref())
}

fn sources<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// An error and all its causes in one line, each said once.
pub(in crate::aws) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut line = String::new();
    for text in sources(error).map(|error| without_request(error.to_string())) {
        if !line.contains(&text) {
            line += if line.is_empty() { "" } else { ": " };
            line += &text;
        }
    }
    line
}

/// One error of the SDK shows the whole request, in which there can be a password.
fn without_request(text: String) -> String {
    match (text.find(" to request `"), text.rfind('`')) {
        (Some(start), Some(end)) => format!("{}{}", &text[..start], &text[end + 1..]),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_never_shown() {
        let text = "failed to apply endpoint `x` to request `Request { body: \"PW\" }`: endpoint must contain scheme";
        let shown = "failed to apply endpoint `x`: endpoint must contain scheme";
        assert_eq!(without_request(text.to_owned()), shown);
        assert_eq!(without_request("io error".to_owned()), "io error");
    }
}
