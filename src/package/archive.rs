//! The zip: two entries, or three with facts, in a fixed order, with a fixed time, fixed modes and a fixed compressor.
//!
//! It must look at nothing but the bytes that it is given: no file system, no clock, no umask.

use std::io::{Cursor, Write as _};

use crate::model::code_sha256;
use ring::digest::{SHA256, digest};
use trigger::{FACTS_FILE, RULES_FILE};
use zip::result::ZipResult;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

use super::PackageError;
use super::project::BOOTSTRAP;

/// Lambda's limit for a zip that is uploaded directly, in bytes.
pub(super) const ZIPPED_LIMIT: u64 = 50 * 1024 * 1024;

/// Lambda's limit for a function's unpacked files, in bytes.
pub(super) const UNZIPPED_LIMIT: u64 = 250 * 1024 * 1024;

/// Within half a percent of the smallest, in half its time. Another level would be another hash, and so
/// a new version of every function.
const LEVEL: i64 = 6;

/// A finished zip and its hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Archive {
    pub(super) zip: Vec<u8>,
    pub(super) hashes: Hashes,
    pub(super) files: Vec<(String, u64)>,
}

/// The SHA-256 of a zip, in the two forms that are usual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hashes {
    /// As Lambda's `CodeSha256`.
    pub(super) base64: String,
    /// As `sha256sum` prints it.
    pub(super) hex: String,
}

/// Hashes a finished zip.
pub(super) fn hashes(zip: &[u8]) -> Hashes {
    Hashes { base64: code_sha256(zip), hex: hex(digest(&SHA256, zip).as_ref()) }
}

/// A SHA-256 in hexadecimal.
pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

/// Packs and hashes, on a thread of its own so that the caller's other work goes on.
pub(super) async fn pack(
    bootstrap: Vec<u8>,
    rules: Vec<u8>,
    facts: Option<Vec<u8>>,
) -> Result<Archive, PackageError> {
    let packing = move || archive(&bootstrap, &rules, facts.as_deref());
    let packed = tokio::task::spawn_blocking(packing).await;
    packed.map_err(|source| PackageError::Interrupted { source })?
}

fn archive(bootstrap: &[u8], rules: &[u8], facts: Option<&[u8]>) -> Result<Archive, PackageError> {
    let entries = [(BOOTSTRAP, 0o755, bootstrap), (RULES_FILE, 0o644, rules)].into_iter();
    let entries: Vec<_> = entries.chain(facts.map(|facts| (FACTS_FILE, 0o644, facts))).collect();
    let files: Vec<_> =
        entries.iter().map(|(name, _, bytes)| ((*name).to_owned(), bytes.len() as u64)).collect();
    within("unpacked", files.iter().map(|(_, bytes)| bytes).sum(), UNZIPPED_LIMIT)?;
    let zip = write(&entries).map_err(|source| PackageError::Zip { source })?;
    within("zipped", zip.len() as u64, ZIPPED_LIMIT)?;

    Ok(Archive { hashes: hashes(&zip), zip, files })
}

fn write(entries: &[(&str, u32, &[u8])]) -> ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, mode, bytes) in entries {
        let options = SimpleFileOptions::DEFAULT
            .system(System::Unix)
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(LEVEL))
            .last_modified_time(DateTime::DEFAULT)
            .unix_permissions(*mode);
        zip.start_file(*name, options)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// How many entries the central directory of a zip has from `start` on: who reads a zip by names sees doubled ones once
/// (section 4.3.12 of APPNOTE.TXT, "ZIP File Format Specification").
pub(super) fn entries(zip: &[u8], start: u64) -> usize {
    const HEADER: usize = 46;
    let mut rest = usize::try_from(start).ok().and_then(|start| zip.get(start..)).unwrap_or(&[]);
    let mut entries = 0;
    while let Some(header) = rest.get(..HEADER).filter(|header| header.starts_with(b"PK\x01\x02")) {
        let length = |at: usize| usize::from(u16::from_le_bytes([header[at], header[at + 1]]));
        rest = rest.get(HEADER + length(28) + length(30) + length(32)..).unwrap_or(&[]);
        entries += 1;
    }
    entries
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

fn within(state: &'static str, bytes: u64, limit: u64) -> Result<(), PackageError> {
    if bytes <= limit { Ok(()) } else { Err(PackageError::TooLarge { state, bytes, limit }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A change here is a new upload and a new version for every function that is deployed.
    #[test]
    fn the_bytes_are_pinned() {
        let archive = archive(&[0; 4096], b"[]\n", None).expect("packs");
        let expected = "23563d114e7a91e413347992e6eb5a313199fa66db0f36ee45029ebee5e1442b";
        assert_eq!(archive.hashes.hex, expected);
        assert_eq!(
            hex(&base64::Engine::decode(&base64::prelude::BASE64_STANDARD, archive.hashes.base64)
                .expect("base64")),
            expected
        );
        assert_eq!(archive.files, [("bootstrap".to_owned(), 4096), ("rules.json".to_owned(), 3)]);
    }

    #[test]
    fn the_limits_are_lambdas() {
        within("zipped", 52_428_800, ZIPPED_LIMIT).expect("fits exactly");
        let error = within("zipped", 52_428_801, ZIPPED_LIMIT).expect_err("too large");
        assert_eq!(
            error.to_string(),
            "the package is 52428801 bytes zipped, and Lambda takes 52428800"
        );
        let zeros = vec![0; 262_144_001];
        let error = archive(&zeros, b"", None).expect_err("too large");
        assert!(matches!(error, PackageError::TooLarge { state: "unpacked", .. }), "{error}");
    }
}
