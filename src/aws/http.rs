//! The one HTTP client: connections, trust and proxies shared by every service, by credentials and by plain reads.
//!
//! It decides whom to trust and through whom to go; it follows no redirect and tries nothing again.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::byte_stream::ByteStream;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::error::{chain, unconnected};
use super::wire::Wire;
use crate::cloud::{CloudError, Result};

pub(in crate::aws) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// From the first byte sent to the first byte received: an upload of a package is in it.
pub(in crate::aws) const READ_TIMEOUT: Duration = Duration::from_mins(2);
/// Of a call with all its attempts and their pauses.
pub(in crate::aws) const OPERATION_TIMEOUT: Duration = Duration::from_mins(6);
const DOCUMENT_TIMEOUT: Duration = Duration::from_secs(15);

/// Makes connectors, one for each set of timeouts, and keeps them so that connections are used again.
#[derive(Clone)]
pub(in crate::aws) struct Http(Arc<Connectors>);

struct Connectors {
    wire: Wire,
    make: Box<dyn Fn(&HttpConnectorSettings) -> SharedHttpConnector + Send + Sync>,
    made: Mutex<HashMap<Timeouts, SharedHttpConnector>>,
}

type Timeouts = (Option<Duration>, Option<Duration>);

impl Http {
    /// Trusts the machine's root certificates and those of `AWS_CA_BUNDLE`; takes proxies from the environment.
    pub(in crate::aws) fn from_env(wire: Wire) -> Result<Self> {
        let bundle =
            std::env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty()).map(PathBuf::from);
        // On a machine without any, the connector would panic in a debug build, even if nothing is encrypted.
        let machines_own = !rustls_native_certs::load_native_certs().certs.is_empty();
        let mut trusted = TrustStore::empty().with_native_roots(machines_own);
        if let Some(bundle) = bundle {
            trusted.add_pem_certificate(read_bundle(&bundle).map_err(|reason| {
                let what =
                    format!("reading the certificates of AWS_CA_BUNDLE ({})", bundle.display());
                CloudError::Failed { what, reason }
            })?);
        }
        Ok(Self::with(wire, trusted, ProxyConfig::from_env()))
    }

    /// For an emulator on this machine: no proxy, and none of the machine's certificates, which take time to read.
    pub(in crate::aws) fn to_this_machine(wire: Wire) -> Self {
        Self::with(wire, TrustStore::empty(), ProxyConfig::disabled())
    }

    /// Sends everything to one connector.
    pub(in crate::aws) fn through(wire: Wire, connector: SharedHttpConnector) -> Self {
        Self::making(wire, move |_| connector.clone())
    }

    fn with(wire: Wire, trusted: TrustStore, proxies: ProxyConfig) -> Self {
        Self::making(wire, move |settings| {
            let trust = TlsContext::builder().with_trust_store(trusted.clone()).build();
            let connector = Connector::builder()
                .connector_settings(settings.clone())
                .proxy_config(proxies.clone())
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .tls_context(trust.unwrap_or_default());
            SharedHttpConnector::new(connector.build())
        })
    }

    fn making(
        wire: Wire,
        make: impl Fn(&HttpConnectorSettings) -> SharedHttpConnector + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Connectors { wire, make: Box::new(make), made: Mutex::default() }))
    }

    /// This client, for the SDK.
    pub(in crate::aws) fn for_sdk(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }

    /// By how many seconds AWS's clock is ahead of this machine's.
    pub(in crate::aws) fn clock_ahead(&self) -> i64 {
        self.0.wire.clock_ahead()
    }

    /// Reads a document. Redirects are not followed, and count as failures.
    pub(in crate::aws) async fn fetch(&self, url: &str) -> Result<String> {
        let body = self.fetch_bytes(url, None).await?;
        String::from_utf8(body).map_err(|error| CloudError::Unreadable {
            operation: get(url),
            detail: error.to_string(),
        })
    }

    /// The same, for what is no text; with an `Authorization`, where one is asked for.
    pub(in crate::aws) async fn fetch_bytes(
        &self,
        url: &str,
        authorization: Option<&str>,
    ) -> Result<Vec<u8>> {
        let operation = get(url);
        let request = HttpRequest::get(url).and_then(|mut request| {
            if let Some(value) = authorization {
                request.headers_mut().try_insert("authorization", value.to_owned())?;
            }
            Ok(request)
        });
        let (status, body) = self.ask(&operation, request).await?;
        if !(200..300).contains(&status) {
            let (code, message) = (format!("HTTP {status}"), "not the document".to_owned());
            return Err(CloudError::Refused { operation, code, message, request_id: None });
        }
        Ok(body)
    }

    /// Sends one request once; whatever is answered is returned, with its status.
    pub(in crate::aws) async fn ask<E: std::error::Error + 'static>(
        &self,
        operation: &str,
        request: std::result::Result<HttpRequest, E>,
    ) -> Result<(u16, Vec<u8>)> {
        let unreachable =
            |detail: String| CloudError::Unreachable { operation: operation.to_owned(), detail };
        let unanswered =
            |detail: String| CloudError::Unanswered { operation: operation.to_owned(), detail };
        let request = request.map_err(|error| unreachable(chain(&error)))?;
        let settings = HttpConnectorSettings::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .build();
        let reading = async {
            let answer = self.connector(&settings).call(request).await;
            let answer = answer.map_err(|error| unconnected(operation.to_owned(), &error))?;
            let status = answer.status().as_u16();
            let body = ByteStream::new(answer.into_body()).collect().await;
            Ok((status, body.map_err(|error| unanswered(chain(&error)))?.to_vec()))
        };
        let timed = tokio::time::timeout(DOCUMENT_TIMEOUT, reading).await;
        timed.unwrap_or_else(|_| {
            Err(unanswered(format!("nothing came for {} s", DOCUMENT_TIMEOUT.as_secs())))
        })
    }

    /// The status that a host which is not AWS answers: past the log and the budgets of AWS's calls, without a redirect,
    /// and without the body, however long it is.
    pub(in crate::aws) async fn status(
        &self,
        operation: &str,
        request: HttpRequest,
    ) -> Result<u16> {
        let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build();
        let connector = (self.0.make)(&settings);
        let Ok(answer) = tokio::time::timeout(DOCUMENT_TIMEOUT, connector.call(request)).await
        else {
            let detail = format!("nothing came for {} s", DOCUMENT_TIMEOUT.as_secs());
            return Err(CloudError::Unanswered { operation: operation.to_owned(), detail });
        };
        let answer = answer.map_err(|error| unconnected(operation.to_owned(), &error))?;
        Ok(answer.status().as_u16())
    }

    fn connector(&self, settings: &HttpConnectorSettings) -> SharedHttpConnector {
        let timeouts = (settings.connect_timeout(), settings.read_timeout());
        let mut connectors = self.0.made.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || self.0.wire.around((self.0.make)(settings));
        connectors.entry(timeouts).or_insert_with(make).clone()
    }
}

/// For messages: what follows the path may be a signature.
fn get(url: &str) -> String {
    format!("GET {}", url.split('?').next().unwrap_or_default())
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Http")
    }
}

impl HttpClient for Http {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        self.connector(settings)
    }
}

/// The bundle's text, once every certificate in it is known to be one: the connector would panic on another.
fn read_bundle(path: &std::path::Path) -> std::result::Result<Vec<u8>, String> {
    let pem = std::fs::read(path).map_err(|error| error.to_string())?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| format!("it is not PEM: {error}"))?;
        roots
            .add(certificate)
            .map_err(|error| format!("certificate {}: {error}", roots.len() + 1))?;
    }
    if roots.is_empty() { Err("there is no certificate in it".to_owned()) } else { Ok(pem) }
}
