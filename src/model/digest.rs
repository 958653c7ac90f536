//! Digests.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::digest::{SHA256, digest};

/// Lambda's `CodeSha256` of a zip: the base64 of its SHA-256.
#[must_use]
pub fn code_sha256(zip: &[u8]) -> String {
    BASE64_STANDARD.encode(digest(&SHA256, zip))
}

/// The base64 of a text's SHA-256.
#[must_use]
pub fn sha256(text: &str) -> String {
    code_sha256(text.as_bytes())
}
