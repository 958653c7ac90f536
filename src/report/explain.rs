//! What codes mean: the document `pretoken/explain/v1`, and the same to read. Pure.

use schemars::JsonSchema;
use serde::Serialize;

use crate::codes::{Code, CodeEntry};
use crate::model::nearest;

/// The document.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Explained {
    schema: &'static str,
    entries: Vec<ExplainedCode>,
}

/// A code and all that there is to say about it.
#[derive(Debug, Serialize, JsonSchema)]
struct ExplainedCode {
    id: &'static str,
    group: &'static str,
    title: &'static str,
    severity: &'static str,
    text: String,
}

impl Explained {
    /// These codes.
    #[must_use]
    pub fn of(codes: &[Code]) -> Self {
        let entries = codes.iter().map(|code| explained(&code.entry())).collect();
        Self { schema: "pretoken/explain/v1", entries }
    }

    /// The same for a terminal: the whole text of one, a line each of several.
    #[must_use]
    pub fn text(&self) -> String {
        if let [one] = self.entries.as_slice() {
            let ExplainedCode { id, title, severity, text, .. } = one;
            return format!("{severity}[{id}]: {title}\n\n{text}");
        }
        let wide = self.entries.iter().map(|entry| entry.id.len()).max().unwrap_or_default();
        let (mut text, mut group) = (String::new(), "");
        for entry in &self.entries {
            if entry.group != group {
                group = entry.group;
                text += &format!("\n{group}\n");
            }
            text += &format!("  {:wide$}  {}\n", entry.id, entry.title);
        }
        text + "\n`pretoken explain CODE` says what one means, and what to do.\n"
    }
}

/// Without what is said to tests alone.
fn explained(entry: &CodeEntry) -> ExplainedCode {
    let text = entry.text.split("<!--").next().unwrap_or_default().trim_end();
    ExplainedCode {
        id: entry.id,
        group: entry.group,
        title: entry.title,
        severity: entry.severity.as_str(),
        text: format!("{text}\n"),
    }
}

/// The code that was probably meant.
#[must_use]
pub fn meant(word: &str) -> Option<&'static str> {
    nearest(word, Code::ALL.iter().map(|code| code.id()))
}
