//! The Lambda: loads rules and ids once, then answers one event after the other.

#[cfg(feature = "facts")]
mod gather;
mod log;
mod start;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use serde_json::Value;
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

#[cfg(not(feature = "facts"))]
fn serve(handler: &Handler) -> Result<(), String> {
    serve_without_facts(handler)
}

fn serve_without_facts(handler: &Handler) -> Result<(), String> {
    let service = service_fn(|event: LambdaEvent<Box<RawValue>>| {
        let request_id = &event.context.request_id;
        std::future::ready(answer(handler, event.payload, BTreeMap::new(), request_id))
    });
    run(Runtime::new(service).run())
}

#[cfg(feature = "facts")]
fn serve(handler: &Handler) -> Result<(), String> {
    let declared = start::facts()?;
    if declared.names().is_empty() {
        return serve_without_facts(handler);
    }
    let gatherer = gather::Gatherer::new(declared)?;
    let service = service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        let request_id = &event.context.request_id;
        let facts = facts(handler, &gatherer, event.payload.get(), request_id).await?;
        answer(handler, event.payload, facts, request_id)
    });
    run(Runtime::new(service).run())
}

/// What rules need to know for this event, gathered.
#[cfg(feature = "facts")]
async fn facts(
    handler: &Handler,
    gatherer: &std::sync::Arc<gather::Gatherer>,
    event: &str,
    request_id: &str,
) -> Result<BTreeMap<String, Value>, Diagnostic> {
    let failed = |fault| failed(fault, request_id);
    match handler.needs(event, now()).map_err(failed)? {
        Some((subject, names)) => {
            gatherer.gather(&subject, &names, request_id).await.map_err(failed)
        }
        None => Ok(BTreeMap::new()),
    }
}

fn run<E: std::fmt::Display>(served: impl Future<Output = Result<(), E>>) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
    runtime.block_on(served).map_err(|error| format!("lost the runtime API: {error}"))
}

/// The event to give back, or what Lambda is told instead, and Cognito the person who signs in.
fn answer(
    handler: &Handler,
    event: Box<RawValue>,
    facts: BTreeMap<String, Value>,
    request_id: &str,
) -> Result<Box<RawValue>, Diagnostic> {
    let failed = |fault| failed(fault, request_id);
    let answer = handler.handle_with(event.get(), now(), facts).map_err(failed)?;
    log::decision(handler, answer.decision.as_ref(), request_id);
    match answer.event {
        Ok(Cow::Borrowed(_)) => Ok(event),
        Ok(Cow::Owned(changed)) => {
            RawValue::from_string(changed).map_err(|_| failed(Fault::Unwritable))
        }
        Err(refusal) => Err(diagnostic("Refused", refusal.text)),
    }
}

/// Seconds since 1970.
fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |since| since.as_secs().cast_signed())
}

fn failed(fault: Fault, request_id: &str) -> Diagnostic {
    log::fault(fault, request_id);
    diagnostic("Fault", fault.to_string())
}

fn diagnostic(error_type: &str, error_message: String) -> Diagnostic {
    Diagnostic { error_type: error_type.to_owned(), error_message }
}
