//! Lambda's own hash of a package.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::digest::{SHA256, digest};

/// Lambda's `CodeSha256` of a zip: the base64 of its SHA-256.
#[must_use]
pub fn code_sha256(zip: &[u8]) -> String {
    BASE64_STANDARD.encode(digest(&SHA256, zip))
}
