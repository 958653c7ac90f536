//! The Lambda: loads rules and ids once, then answers one event after the other.

mod log;
mod start;

use std::borrow::Cow;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use serde_json::value::RawValue;
use trigger::{Fault, Handler};

/// Pure Rust, and quicker than musl's own.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    let Err(detail) = start::handler().and_then(|handler| serve(&handler)) else {
        return ExitCode::SUCCESS;
    };
    log::fatal(&detail);
    ExitCode::FAILURE
}

fn serve(handler: &Handler) -> Result<(), String> {
    let service = service_fn(|event: LambdaEvent<Box<RawValue>>| {
        let request_id = &event.context.request_id;
        std::future::ready(answer(handler, event.payload, request_id))
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
    runtime
        .block_on(Runtime::new(service).run())
        .map_err(|error| format!("lost the runtime API: {error}"))
}

/// The event to give back, or what Lambda is told instead, and Cognito the person who signs in.
fn answer(
    handler: &Handler,
    event: Box<RawValue>,
    request_id: &str,
) -> Result<Box<RawValue>, Diagnostic> {
    let failed = |fault: Fault| {
        log::fault(fault, request_id);
        diagnostic("Fault", fault.to_string())
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |since| since.as_secs().cast_signed());
    let answer = handler.handle(event.get(), now).map_err(failed)?;
    log::decision(handler, answer.decision.as_ref(), request_id);
    match answer.event {
        Ok(Cow::Borrowed(_)) => Ok(event),
        Ok(Cow::Owned(changed)) => {
            RawValue::from_string(changed).map_err(|_| failed(Fault::Unwritable))
        }
        Err(refusal) => Err(diagnostic("Refused", refusal.text)),
    }
}

fn diagnostic(error_type: &str, error_message: String) -> Diagnostic {
    Diagnostic { error_type: error_type.to_owned(), error_message }
}
