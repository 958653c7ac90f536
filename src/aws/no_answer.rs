//! Why no answer came: what the SDK's own errors leave out.

use aws_smithy_runtime_api::client::result::ConnectorError;

/// The run was stopped before an answer came.
#[derive(Debug, thiserror::Error)]
#[error("the run was stopped")]
pub(in crate::aws) struct Stopped;

/// Where a connection failed: name resolution, TLS and proxies do not say it themselves.
#[derive(Debug, thiserror::Error)]
#[error("{host}")]
struct At {
    host: String,
    source: ConnectorError,
}

/// The same kind of failure, which names the host.
pub(in crate::aws) fn at_host(uri: &str, source: ConnectorError) -> ConnectorError {
    let (timeout, io, user) = (source.is_timeout(), source.is_io(), source.is_user());
    let kind = source.as_other();
    let at = At { host: host(uri).to_owned(), source }.into();
    match () {
        () if timeout => ConnectorError::timeout(at),
        () if io => ConnectorError::io(at),
        () if user => ConnectorError::user(at),
        () => ConnectorError::other(at, kind),
    }
}

/// Without scheme, path, and whatever may stand before an `@`.
fn host(uri: &str) -> &str {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_named_and_no_password_is() {
        assert_eq!(
            host("https://sts.eu-west-1.amazonaws.com/?Action=x"),
            "sts.eu-west-1.amazonaws.com"
        );
        assert_eq!(host("http://me:s3cret@127.0.0.1:4566"), "127.0.0.1:4566");
    }

    #[test]
    fn a_failure_stays_of_its_kind() {
        let failure = at_host("http://h/", ConnectorError::timeout("late".into()));
        assert!(failure.is_timeout());
        let failure = at_host("http://h/", ConnectorError::user(Stopped.into()));
        assert!(failure.is_user());
    }
}
