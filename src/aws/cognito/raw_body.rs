//! The bytes of a call beside the SDK's types, which drop what they do not know and write what was never there.
//!
//! Bodies can hold a client's secret: nothing here shows one.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::Value;

use crate::aws::error::unreadable;
use crate::cloud::Result;

/// Keeps the body of an answer.
#[derive(Clone, Default)]
pub(in crate::aws) struct Capture(Arc<Mutex<Vec<u8>>>);

impl Capture {
    /// The captured document.
    pub(in crate::aws) fn document(&self, operation: &str) -> Result<Value> {
        let body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        serde_json::from_slice(&body).map_err(|_| unreadable(operation, "not JSON"))
    }

    /// The member `name` of the captured document.
    pub(in crate::aws) fn member(&self, operation: &str, name: &str) -> Result<Value> {
        let mut document = self.document(operation)?;
        match document.get_mut(name).map(Value::take) {
            Some(member) if member.is_object() => Ok(member),
            _ => Err(unreadable(operation, format!("there is no `{name}` in it"))),
        }
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Capture")
    }
}

#[dyn_dispatch_hint]
impl Intercept for Capture {
    fn name(&self) -> &'static str {
        "Capture"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> std::result::Result<(), BoxError> {
        let body = context.response().body().bytes().unwrap_or_default();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = body.to_vec();
        Ok(())
    }
}

/// Sends a document of ours as the body, in place of the one that the SDK would write.
pub(in crate::aws) struct Replace(Vec<u8>);

impl Replace {
    pub(in crate::aws) fn with(document: &Value) -> Self {
        Self(document.to_string().into_bytes())
    }
}

impl fmt::Debug for Replace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Replace")
    }
}

#[dyn_dispatch_hint]
impl Intercept for Replace {
    fn name(&self) -> &'static str {
        "Replace"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> std::result::Result<(), BoxError> {
        let request = context.request_mut();
        request.headers_mut().insert("content-length", self.0.len().to_string());
        *request.body_mut() = SdkBody::from(self.0.clone());
        Ok(())
    }
}
