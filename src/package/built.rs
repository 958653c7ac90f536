//! A deployment package, whole in memory.

use super::elf::GlibcVersion;
use crate::model::Architecture;

/// A deployment package, whole in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// The zip file.
    pub zip: Vec<u8>,
    /// Base64 of the zip's SHA-256, as Lambda's `CodeSha256`.
    pub code_sha256: String,
    /// The same hash in hexadecimal, as `sha256sum` prints it.
    pub sha256_hex: String,
    /// What the executable runs on; read from the ELF.
    pub architecture: Architecture,
    /// The target it was compiled for, such as `aarch64-unknown-linux-musl`; none when it was read from a file.
    pub target: Option<String>,
    /// The newest glibc that the executable needs; none when it is static.
    pub glibc: Option<GlibcVersion>,
    /// The loader that the executable names (`PT_INTERP`); none when it is static.
    pub interpreter: Option<String>,
    /// The size of `bootstrap`, unpacked, in bytes.
    pub bootstrap_bytes: u64,
    /// The SHA-256 of `rules.json`, in hexadecimal.
    pub rules_sha256: String,
    /// The zip's entries in order, with their unpacked sizes in bytes.
    pub files: Vec<(String, u64)>,
}

impl Package {
    /// `static`, or the glibc that the binary needs.
    #[must_use]
    pub fn libc(&self) -> String {
        self.glibc.as_ref().map_or("static".to_owned(), |glibc| format!("glibc {glibc}"))
    }

    /// `919 KB for x86_64, static`.
    #[must_use]
    pub fn in_short(&self) -> String {
        let (size, architecture) = (self.zip.len().div_ceil(1024), self.architecture);
        format!("{size} KB for {architecture}, {}", self.libc())
    }
}
