//! Published versions.

/// A published version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Lambda counts from 1 and never uses a number twice.
    pub number: u64,
    /// When it was published (RFC 3339).
    pub published: String,
    /// Lambda's `CodeSha256`.
    pub code_sha256: String,
}
