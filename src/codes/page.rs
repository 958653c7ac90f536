//! A page about a code, taken apart: the name, a line with the title and how grave it is, and the text.

/// Whether what a code is about stops a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gravity {
    /// It does.
    Error,
    /// It is worth a look.
    Hint,
    /// It says what came out of a proof.
    Verdict,
}

impl Gravity {
    /// As pages and documents say it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Hint => "hint",
            Self::Verdict => "verdict",
        }
    }
}

/// A code, explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeEntry {
    /// Its name.
    pub id: &'static str,
    /// What kind of thing it is about.
    pub group: &'static str,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// How grave it is.
    pub severity: Gravity,
    /// What it means, why it matters, what to do, and an example, in Markdown.
    pub text: &'static str,
}

impl CodeEntry {
    /// The page is `# id`, then `**title** · severity`, then the text.
    pub(super) fn of(id: &'static str, group: &'static str, page: &'static str) -> Self {
        let mut parts = page.trim_end().splitn(3, "\n\n");
        let (_, line) = (parts.next(), parts.next().unwrap_or_default());
        let (title, severity) = line.rsplit_once(" · ").unwrap_or((line, ""));
        let severity = match severity {
            "hint" => Gravity::Hint,
            "verdict" => Gravity::Verdict,
            _ => Gravity::Error,
        };
        let text = parts.next().unwrap_or_default();
        Self { id, group, title: title.trim_matches('*'), severity, text }
    }
}
