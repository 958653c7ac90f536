//! What keeps a text from being a template.

/// Why a text is not a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TemplateError {
    /// The braces do not pair up, or hold nothing; the text says how.
    Braces(&'static str),
    /// There is no variable of that name.
    UnknownVariable(String),
    /// There is no filter of that name.
    UnknownFilter(String),
}
