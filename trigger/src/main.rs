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
        let answer = answer(handler, event.payload, request_id);
        std::future::ready(answer.map_err(|fault| refusal(fault, request_id)))
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
    runtime
        .block_on(Runtime::new(service).run())
        .map_err(|error| format!("lost the runtime API: {error}"))
}

fn answer(
    handler: &Handler,
    event: Box<RawValue>,
    request_id: &str,
) -> Result<Box<RawValue>, Fault> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |since| since.as_secs().cast_signed());
    let answer = handler.handle(event.get(), now)?;
    log::decision(handler, answer.decision.as_ref(), request_id);
    match answer.event {
        Cow::Borrowed(_) => Ok(event),
        Cow::Owned(changed) => RawValue::from_string(changed).map_err(|_| Fault::Unwritable),
    }
}

/// What the runtime tells Lambda, and Cognito the person who signs in.
fn refusal(fault: Fault, request_id: &str) -> Diagnostic {
    log::fault(fault, request_id);
    Diagnostic { error_type: "Fault".to_owned(), error_message: fault.to_string() }
}
