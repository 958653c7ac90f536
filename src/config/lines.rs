//! The lines of a text, found once: a damaged file has thousands of problems, and each is told by its line.

use std::ops::Range;

/// Where each line begins, in bytes.
#[derive(Debug, Clone)]
pub(super) struct LineStarts(Vec<usize>);

impl LineStarts {
    pub(super) fn of(text: &str) -> Self {
        let starts = text.match_indices('\n').map(|(at, _)| at + 1);
        Self([0].into_iter().chain(starts).collect())
    }

    /// The line of a byte, from 0.
    pub(super) fn number(&self, byte: usize) -> usize {
        self.0.partition_point(|start| *start <= byte) - 1
    }

    /// Line and column of a byte of the text, from 1; columns count characters.
    pub(super) fn position(&self, text: &str, byte: usize) -> (usize, usize) {
        let byte = text.floor_char_boundary(byte);
        let line = self.number(byte);
        (line + 1, text[self.0[line]..byte].chars().count() + 1)
    }

    /// The whole lines of everything between the first and the last of these places.
    pub(super) fn around<'a>(
        &self,
        text: &str,
        places: impl Iterator<Item = &'a Range<usize>> + Clone,
    ) -> Range<usize> {
        let first = places.clone().map(|place| place.start).min().unwrap_or(0);
        let last = places.map(|place| place.end).max().unwrap_or(0);
        let end = self.0.get(self.number(last) + 1).copied().unwrap_or(text.len());
        self.0[self.number(first)]..end
    }
}
