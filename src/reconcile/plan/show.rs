//! A plan for its readers: the JSON document, and text whose words say everything that its colours say.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{Action, Change, FieldChange, Plan, PreservedSettings};
use crate::model::Target;
use crate::tokens::impact::{ApiImpact, TokenImpact, value};
use crate::tokens::matrix::Matrix;
use crate::tokens::prospect::Outlook;

/// The document `pretoken/plan/v1`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Document<'a> {
    /// `pretoken/plan/v1`.
    pub schema: &'static str,
    /// Where.
    pub target: &'a Target,
    /// What changes, in the order in which it is done.
    pub changes: Vec<Change>,
    /// How much of each.
    pub summary: Summary,
    /// What it does to tokens.
    pub tokens: &'a [TokenImpact],
    /// The same, and what stays, as kinds of subjects and scopes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matrix: Option<&'a Matrix>,
    /// What will be proven by signing in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify: Option<Outlook>,
    /// Who may call which operation of the APIs.
    #[serde(skip_serializing_if = "<[ApiImpact]>::is_empty")]
    pub apis: &'a [ApiImpact],
    /// What the writes to adopted pools leave as it is.
    #[serde(skip_serializing_if = "<[PreservedSettings]>::is_empty")]
    pub preserved: &'a [PreservedSettings],
    /// What deserves saying.
    pub notes: &'a [String],
}

/// Counts of changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the members are the words of the JSON document")]
pub struct Summary {
    pub create: usize,
    pub update: usize,
    pub delete: usize,
    pub unchanged: usize,
}

impl Summary {
    /// Counts.
    #[must_use]
    pub fn of(changes: &[Change], unchanged: usize) -> Self {
        let count = |actions: &[Action]| {
            changes.iter().filter(|change| actions.contains(&change.action)).count()
        };
        Self {
            create: count(&[Action::Create]),
            update: count(&[Action::Update, Action::TakeOver]),
            delete: count(&[Action::Delete, Action::Detach]),
            unchanged,
        }
    }

    /// `2 to create, 1 to change, 0 to delete, 7 unchanged`.
    #[must_use]
    pub fn text(self) -> String {
        let Self { create, update, delete, unchanged } = self;
        format!("{create} to create, {update} to change, {delete} to delete, {unchanged} unchanged")
    }
}

impl Plan {
    /// The changes of all steps.
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        self.steps.iter().map(super::Step::change).collect()
    }

    /// The JSON document.
    #[must_use]
    pub fn document<'a>(&'a self, target: &'a Target, tokens: &'a [TokenImpact]) -> Document<'a> {
        let changes = self.changes();
        let summary = Summary::of(&changes, self.unchanged);
        Document {
            schema: "pretoken/plan/v1",
            target,
            changes,
            summary,
            tokens,
            matrix: None,
            verify: None,
            apis: &[],
            preserved: &self.preserved,
            notes: &self.notes,
        }
    }
}

impl Document<'_> {
    /// The text: one block a resource, then `tokens`, counts last. `all` lists the fields of what is created or deleted too.
    #[must_use]
    pub fn text(&self, tokens: &str, all: bool) -> String {
        let mut text = String::new();
        let width = self.changes.iter().map(|change| change.name.len()).max().unwrap_or(0);
        for change in &self.changes {
            change.write(&mut text, width, all);
        }
        if !self.changes.is_empty() {
            text.push('\n');
        }
        text.push_str(tokens);
        for preserved in self.preserved {
            preserved.write(&mut text, all);
        }
        for note in self.notes {
            // What is to be copied somewhere ends as it stands.
            let end = if note.contains('\n') { "" } else { "." };
            let _ = writeln!(text, "Note: {note}{end}");
        }
        if !(tokens.is_empty() && self.preserved.is_empty() && self.notes.is_empty()) {
            text.push('\n');
        }
        if let Some(outlook) = self.verify.as_ref().filter(|_| !self.changes.is_empty()) {
            let _ = writeln!(text, "{}", outlook.text());
        }
        if self.changes.is_empty() {
            let _ = writeln!(
                text,
                "Nothing to do: {} resources are as deploy.toml says.",
                self.summary.unchanged
            );
        } else {
            let _ = writeln!(text, "Plan: {}.", self.summary.text());
        }
        text
    }
}

impl Change {
    /// The symbol, which GitHub's `diff` blocks colour too, and its style.
    fn mark(&self) -> (char, Style) {
        let (symbol, color) = match self.action {
            Action::Create => ('+', AnsiColor::Green),
            Action::Update | Action::TakeOver => ('~', AnsiColor::Yellow),
            Action::Delete | Action::Detach => ('-', AnsiColor::Red),
        };
        (symbol, color.on_default())
    }

    /// What it is about: kind and name.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{} {}", self.resource.word(), self.name)
    }

    /// The line of this change, without its fields: symbol, kind, name, action.
    #[must_use]
    pub fn line(&self, width: usize) -> String {
        let (symbol, style) = self.mark();
        let (kind, name, action) = (self.resource.word(), &self.name, self.action.word());
        format!("{style}{symbol}{style:#} {kind:<15}  {name:<width$}  {style}{action}{style:#}")
    }

    fn write(&self, text: &mut String, width: usize, all: bool) {
        let _ = writeln!(text, "  {}", self.line(width));
        let gives_back = self.fields.iter().any(|field| !field.after.is_null());
        let detach = self.action == Action::Detach && gives_back;
        if all || detach || matches!(self.action, Action::Update | Action::TakeOver) {
            let width = self.fields.iter().map(|field| field.path.len()).max().unwrap_or(0);
            for field in &self.fields {
                field.write(text, width);
            }
        }
    }
}

impl FieldChange {
    fn write(&self, text: &mut String, width: usize) {
        let Self { path, before, after } = self;
        let _ = match before {
            Value::Null => writeln!(text, "      {path:<width$}  {}", value(after)),
            before => writeln!(text, "      {path:<width$}  {} -> {}", value(before), value(after)),
        };
    }
}

impl PreservedSettings {
    fn write(&self, text: &mut String, all: bool) {
        let _ = writeln!(text, "Kept as they are in {}: {}.", self.pool, self.text());
        let lists = [("triggers", &self.triggers), ("settings", &self.settings)];
        for (what, names) in lists.into_iter().filter(|(_, names)| all && !names.is_empty()) {
            let _ = writeln!(text, "  {what}: {}", names.join(", "));
        }
        for part in &self.left_out {
            let _ = writeln!(
                text,
                "  AWS does not take this back beside the rest, so it is not sent: {part}"
            );
        }
    }
}
