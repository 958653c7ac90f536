//! The files of one document: the one that is named, and those that its `$ref`s lead to.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use percent_encoding::percent_decode_str;

use super::tree::YamlNode;
use super::yaml;
use crate::codes::Code;
use crate::config::{Problem, SourceText};
use crate::system::text_file;

/// Files that a document may consist of.
const FILES: usize = 200;
/// References to references.
const STEPS: usize = 50;

/// The files that were read so far.
#[derive(Debug, Default)]
pub(super) struct Documents {
    files: Vec<File>,
}

#[derive(Debug)]
struct File {
    path: PathBuf,
    source: Arc<SourceText>,
    root: Arc<YamlNode>,
}

/// What is wrong with a document, and in which file.
pub(crate) type PlacedProblem = (Arc<SourceText>, Problem);

impl Documents {
    /// Reads the file `path`, unless that was done already.
    pub(super) fn read(&mut self, path: &Path) -> Result<Arc<YamlNode>, PlacedProblem> {
        if let Some(known) = self.files.iter().find(|file| file.path == path) {
            return Ok(Arc::clone(&known.root));
        }
        let shown = path.display().to_string();
        let text = text(path).map_err(|reason| {
            let problem = Problem::of_file(
                Code::ApiInvalid,
                format!("the API's document cannot be read: {reason}"),
            );
            (Arc::new(SourceText::new(&shown, "")), problem)
        })?;
        let source = Arc::new(SourceText::new(&shown, &text));
        let root = yaml::parse(&text, self.files.len())
            .map_err(|problem| (Arc::clone(&source), problem))?;
        self.files.push(File { path: path.to_owned(), source, root: Arc::clone(&root) });
        Ok(root)
    }

    /// Takes a document that is no file, which has this name.
    pub(super) fn given(&mut self, name: &str, text: &str) -> Result<Arc<YamlNode>, PlacedProblem> {
        let source = Arc::new(SourceText::new(name, text));
        let root = yaml::parse(text, self.files.len())
            .map_err(|problem| (Arc::clone(&source), problem))?;
        self.files.push(File { path: name.into(), source, root: Arc::clone(&root) });
        Ok(root)
    }

    /// The text of a file, for the carets.
    pub(super) fn source(&self, file: usize) -> Arc<SourceText> {
        Arc::clone(&self.files[file].source)
    }

    /// The texts of all files.
    pub(super) fn sources(&self) -> Vec<Arc<SourceText>> {
        self.files.iter().map(|file| Arc::clone(&file.source)).collect()
    }

    /// The value itself, or what its `$ref` stands for, in this file or another.
    pub(super) fn resolve(&mut self, node: &Arc<YamlNode>) -> Result<Arc<YamlNode>, PlacedProblem> {
        let mut node = Arc::clone(node);
        for _ in 0..STEPS {
            let Some(reference) = node.get("$ref") else { return Ok(node) };
            let Some(text) = reference.text() else { return Ok(Arc::clone(reference)) };
            node = self.follow(&Arc::clone(reference), text)?;
        }
        Err(self.fault(&node, "this reference leads to itself"))
    }

    /// A problem at this value.
    pub(super) fn fault(&self, node: &YamlNode, message: impl Into<String>) -> PlacedProblem {
        (self.source(node.file), Problem::error(Code::ApiInvalid, node.span.clone(), message))
    }

    fn follow(
        &mut self,
        at: &Arc<YamlNode>,
        reference: &str,
    ) -> Result<Arc<YamlNode>, PlacedProblem> {
        let (file, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        if file.contains("://") {
            let (source, problem) = self.fault(at, "a document is not read from the network");
            return Err((source, problem.help("keep a copy beside the document, and refer to it")));
        }
        let mut node = if file.is_empty() {
            Arc::clone(&self.files[at.file].root)
        } else {
            let directory = self.files[at.file].path.parent().unwrap_or(Path::new(""));
            let path = directory.join(file);
            if self.files.len() == FILES {
                let message = format!("the document consists of more than {FILES} files");
                return Err(self.fault(at, message));
            }
            self.read(&path)?
        };
        for step in pointer.split('/').skip(1) {
            // The fragment of a URI (RFC 3986), and in it a JSON pointer (RFC 6901).
            let step = percent_decode_str(step).decode_utf8_lossy();
            let key = step.replace("~1", "/").replace("~0", "~");
            let next = node.get(&key).or_else(|| node.items().get(key.parse::<usize>().ok()?));
            node = Arc::clone(next.ok_or_else(|| {
                self.fault(at, format!("nothing is at `{reference}`: there is no `{key}`"))
            })?);
        }
        Ok(node)
    }
}

fn text(path: &Path) -> Result<String, String> {
    let length = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if usize::try_from(length).map_or(true, |length| length > yaml::BYTES) {
        return Err(format!("it is larger than {} MiB", yaml::BYTES >> 20));
    }
    // An export of API Gateway that PowerShell saved is UTF-16.
    text_file::read(path).map_err(|error| error.to_string())
}
