//! What is wrong with a file, where, and the help; and how that is shown. Decides nothing about what is wrong.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::lines::LineStarts;
use super::source_text::SourceText;
use crate::codes::Code;
use crate::model::counted;
use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bytes of the file's text.
pub type Span = Range<usize>;

/// Whether a problem stops the command.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It does.
    Error,
    /// It is worth a look.
    Hint,
}

/// One thing that is wrong with a file, or odd about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind of thing is wrong.
    pub code: Code,
    /// Whether it stops the command.
    pub severity: Severity,
    /// What is wrong, as a lower-case fragment.
    pub message: String,
    /// Where; `None` if it concerns the file as a whole.
    pub span: Option<Span>,
    /// What stands there, beside the caret; may be empty.
    pub label: String,
    /// Other places that belong to it, such as the first of two.
    pub also: Vec<(Span, String)>,
    /// What to do about it.
    pub help: Option<String>,
    /// The environment that it takes; `None` if the file has the problem without any.
    pub env: Option<String>,
}

impl Problem {
    pub(crate) fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            span: Some(span),
            label: String::new(),
            also: Vec::new(),
            help: None,
            env: None,
        }
    }

    pub(crate) fn hint(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Hint, ..Self::error(code, span, message) }
    }

    /// An error of the file as a whole.
    pub(crate) fn of_file(code: Code, message: impl Into<String>) -> Self {
        Self { span: None, ..Self::error(code, 0..0, message) }
    }

    pub(crate) fn label(self, label: impl Into<String>) -> Self {
        Self { label: label.into(), ..self }
    }

    pub(crate) fn also(mut self, span: Span, label: impl Into<String>) -> Self {
        self.also.push((span, label.into()));
        self
    }

    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// Takes out of its words what is hidden in the file.
    fn hide(&mut self, hidden: &BTreeSet<String>) {
        let labels = self.also.iter_mut().map(|(_, label)| label);
        let texts = [&mut self.message, &mut self.label].into_iter().chain(&mut self.help);
        for text in texts.chain(labels) {
            for word in hidden.iter().rev().filter(|word| text.contains(*word)).collect::<Vec<_>>()
            {
                *text = text.replace(word, "***");
            }
        }
    }

    /// Names the word that was probably meant, if there is one.
    pub(crate) fn meant(self, word: Option<&str>) -> Self {
        match word {
            Some(word) => self.label(format!("did you mean `{word}`?")),
            None => self,
        }
    }
}

/// The problems of a file, in the order of their places; displayed with the lines that they are about.
#[derive(Debug, Clone)]
pub struct Problems {
    source: Arc<SourceText>,
    lines: LineStarts,
    list: Vec<Problem>,
}

/// A problem with its place in numbers, for annotations and JSON. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Located {
    /// What kind of thing it is: a code that `pretoken explain` knows.
    pub id: String,
    /// Whether it stops the command.
    pub severity: Severity,
    /// The file, as the user gave it.
    pub file: String,
    /// First line.
    pub line: usize,
    /// First column.
    pub column: usize,
    /// Last line.
    pub end_line: usize,
    /// The column after the last one.
    pub end_column: usize,
    /// What is wrong, with the label of the place.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Problems {
    pub(crate) fn new(source: Arc<SourceText>, mut list: Vec<Problem>) -> Self {
        for problem in &mut list {
            problem.hide(&source.hidden);
        }
        list.sort_by_key(|problem| {
            problem.span.as_ref().map_or((0, 0), |span| (span.start + 1, span.end))
        });
        Self { lines: LineStarts::of(&source.text), source, list }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The problems one by one.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Problem> {
        self.list.iter()
    }

    /// The text for a terminal: every problem with its line, and their number at the end. Nothing, if there is none.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let mut text = String::new();
        for problem in &self.list {
            text += &self.render_one(problem, &renderer);
            text += "\n\n";
        }
        if self.is_empty() { text } else { text + &self.summary() }
    }

    /// How many there are, such as "2 errors in deploy.toml".
    #[must_use]
    pub fn summary(&self) -> String {
        let errors = self.list.iter().filter(|problem| problem.severity == Severity::Error).count();
        let counts = [(errors, "error"), (self.list.len() - errors, "hint")]
            .into_iter()
            .filter(|&(count, _)| count > 0);
        let counts: Vec<_> = counts.map(|(count, noun)| counted(count, noun)).collect();
        format!("{} in {}", counts.join(", "), self.places())
    }

    /// The file, the flags, or both: where there is a problem.
    fn places(&self) -> String {
        let spans = self.list.iter().map(|problem| problem.span.as_ref());
        let mut places: Vec<_> = spans.map(|span| self.place(span).1).collect();
        places.dedup();
        if places.is_empty() { self.source.path.clone() } else { places.join(" and ") }
    }

    /// The line in the whole text with which the part begins that this is in, and what the part is called.
    fn place(&self, span: Option<&Span>) -> (usize, &str) {
        let (part, name) = self.source.part_of(span.map_or(0, |span| span.start));
        (self.lines.number(part.start), name)
    }

    /// The same in numbers.
    pub fn located(&self) -> impl Iterator<Item = Located> {
        self.list.iter().map(|problem| {
            let span = problem.span.clone().unwrap_or(0..0);
            let (before, name) = self.place(Some(&span));
            let (line, column) = self.lines.position(&self.source.text, span.start);
            let (end_line, end_column) = self.lines.position(&self.source.text, span.end);
            let (line, end_line) = (line - before, end_line - before);
            let label = if problem.label.is_empty() {
                String::new()
            } else {
                format!(" ({})", problem.label)
            };
            let message = format!("{}{label}", problem.message);
            let (severity, file, hint) = (problem.severity, name.to_owned(), problem.help.clone());
            let id = problem.code.id().to_owned();
            Located { id, severity, file, line, column, end_line, end_column, message, hint }
        })
    }

    fn render_one(&self, problem: &Problem, renderer: &Renderer) -> String {
        let level = match problem.severity {
            Severity::Error => Level::ERROR,
            Severity::Hint => Level::WARNING.with_name("hint"),
        };
        let title = level.primary_title(&problem.message).id(problem.code.id());
        let mut group = match &problem.span {
            Some(span) => {
                let annotations = annotations(problem, span);
                let spans = annotations.iter().map(|(_, span, _)| span);
                let mut parts: Vec<_> = spans.map(|span| self.source.part_of(span.start)).collect();
                parts.dedup();
                title.elements(parts.iter().map(|part| self.snippet(part, &annotations)))
            }
            None => title.element(Origin::path(&self.source.path)),
        };
        if let Some(env) = &problem.env {
            group = group.element(Level::NOTE.message(format!("in environment `{env}`")));
        }
        if let Some(help) = &problem.help {
            group = group.element(Level::HELP.message(help));
        }
        renderer.render(&[group])
    }

    /// What is said of one part of the text: of the file, or of a flag.
    fn snippet<'a>(
        &'a self,
        (part, name): &(Span, &'a str),
        annotations: &[(AnnotationKind, &'a Span, &'a str)],
    ) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        let here =
            annotations.iter().filter(|(_, span, _)| self.source.part_of(span.start).0 == *part);
        let shown = self.lines.around(&self.source.text, here.clone().map(|(_, span, _)| *span));
        let annotation = |(kind, span, label): &(AnnotationKind, &Span, &'a str)| {
            let label = Some(*label).filter(|label| !label.is_empty());
            kind.span(span.start - shown.start..span.end - shown.start).label(label)
        };
        Snippet::source(&self.source.text[shown.clone()])
            .line_start(self.lines.number(shown.start) - self.lines.number(part.start) + 1)
            .path(*name)
            .annotations(here.map(annotation))
    }
}

/// Everything that a problem points at, the place of the problem first.
fn annotations<'a>(
    problem: &'a Problem,
    span: &'a Span,
) -> Vec<(AnnotationKind, &'a Span, &'a str)> {
    let first = (AnnotationKind::Primary, span, problem.label.as_str());
    let also =
        problem.also.iter().map(|(span, label)| (AnnotationKind::Context, span, label.as_str()));
    std::iter::once(first).chain(also).collect()
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Problems {}
