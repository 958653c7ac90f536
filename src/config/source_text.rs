//! The text that problems are shown in: a file, and after it the flags that override parts of it.

use std::collections::BTreeSet;
use std::ops::Range;

/// A file: as it is, or as it is shown, without what may be secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText {
    /// As the user gave it.
    pub path: String,
    /// All of it, and after it the flags, each on a line of its own; what is hidden is replaced by as many bytes of `*`.
    pub text: String,
    /// What is hidden, which no message may show either.
    pub(crate) hidden: BTreeSet<String>,
    /// Where the flags begin: after the file.
    flags: Vec<usize>,
}

/// What flags are called where a problem is in one.
const FLAG: &str = "--set";

impl SourceText {
    /// A file of which nothing is hidden.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let (path, text) = (path.to_owned(), text.to_owned());
        Self { path, text, hidden: BTreeSet::new(), flags: vec![] }
    }

    /// The same with flags after it, so that every place in one is a place of this text.
    pub(crate) fn with_flags(mut self, flags: &[String]) -> Self {
        for flag in flags {
            self.text.push('\n');
            self.flags.push(self.text.len());
            self.text += flag;
        }
        self
    }

    /// The same places with other bytes.
    pub(super) fn masked(&self, text: String, hidden: BTreeSet<String>) -> Self {
        Self { path: self.path.clone(), text, hidden, flags: self.flags.clone() }
    }

    /// Hides these in messages, too: they are not in the text.
    pub(super) fn hide_in_messages<'a>(&mut self, secrets: impl Iterator<Item = &'a String>) {
        self.hidden.extend(secrets.cloned());
    }

    /// The file, and each flag.
    pub(super) fn parts(&self) -> impl Iterator<Item = Range<usize>> {
        let starts = std::iter::once(0).chain(self.flags.iter().copied());
        let ends = self.flags.iter().map(|start| start - 1).chain([self.text.len()]);
        starts.zip(ends).map(|(start, end)| start..end)
    }

    /// The part that this byte is in, and what it is called.
    pub(super) fn part_of(&self, byte: usize) -> (Range<usize>, &str) {
        let part = self.parts().take_while(|part| part.start <= byte).last();
        let part = part.unwrap_or(0..self.text.len());
        let name = if part.start == 0 { self.path.as_str() } else { FLAG };
        (part, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_in_the_file_or_in_a_flag() {
        let flags = ["a=1".to_owned(), "b=2".to_owned()];
        for file in ["", "name = 1", "name = 1\n"] {
            let source = SourceText::new("deploy.toml", file).with_flags(&flags);
            let parts: Vec<_> = source.parts().map(|part| &source.text[part]).collect();
            assert_eq!(parts, [file, "a=1", "b=2"]);
            for part in source.parts().skip(1) {
                assert_eq!(source.part_of(part.start), (part.clone(), "--set"));
                assert_eq!(source.part_of(part.end), (part, "--set"));
            }
            assert_eq!(source.part_of(0), (0..file.len(), "deploy.toml"));
        }
    }
}
