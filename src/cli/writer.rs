//! Everything that leaves this process leaves it here: stdout, stderr and files. No secret passes, and no write that failed
//! is forgotten.

use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anstream::{AutoStream, ColorChoice};
use rustix::termios::tcgetwinsize;
use serde::Serialize;
use serde_json::Value;

use crate::codes::Code;
use crate::failure::{Exit, Failure};
use crate::system::printable::{no_command, visible, visible_json};
use crate::system::secrets::{Secrets, TokensShown};

/// The one way out.
pub struct Writer {
    color: ColorChoice,
    /// Whether GitHub's runner reads what is printed.
    on_github: bool,
    secrets: RefCell<Secrets>,
    lost: RefCell<Vec<String>>,
}

impl Writer {
    /// Knows the secrets that this process was given in variables.
    pub fn new(color: ColorChoice) -> Self {
        let mut secrets = Secrets::default();
        secrets.add_those_of_the_environment();
        let on_github = std::env::var("GITHUB_ACTIONS").is_ok_and(|value| value == "true");
        Self { color, on_github, secrets: secrets.into(), lost: RefCell::default() }
    }

    /// From now on no output shows `value`.
    pub fn hide(&self, value: &str) {
        self.secrets.borrow_mut().add(value);
    }

    /// Whether text on stderr is coloured.
    pub fn colors_errors(&self) -> bool {
        match self.color {
            ColorChoice::Auto => AutoStream::choice(&io::stderr()) != ColorChoice::Never,
            choice => choice != ColorChoice::Never,
        }
    }

    /// The document as it may be passed on.
    pub fn document(&self, document: &impl Serialize, tokens: TokensShown) -> Value {
        let document = serde_json::to_value(document).unwrap_or_default();
        self.secrets.borrow().hidden_in_document(document, tokens)
    }

    /// A text on stdout.
    pub fn print(&self, text: &str, tokens: TokensShown) {
        self.stdout(&self.harmless(text, tokens));
    }

    /// A document on stdout.
    pub fn print_document(&self, document: &impl Serialize, tokens: TokensShown) {
        let document = self.document(document, tokens);
        self.stdout(&visible_json(&format!("{document:#}\n")));
    }

    /// A document on a line of stdout.
    pub fn print_line(&self, document: &Value, tokens: TokensShown) {
        let document = self.document(document, tokens);
        self.stdout(&visible_json(&format!("{document}\n")));
    }

    /// A text on stderr.
    pub fn say(&self, text: &str) {
        self.stderr(&self.harmless(text, TokensShown::Hidden));
    }

    /// A document on a line of stderr.
    pub fn say_document(&self, document: &impl Serialize) {
        let document = self.document(document, TokensShown::Hidden);
        self.stderr(&visible_json(&format!("{document}\n")));
    }

    /// A line on stderr that the next one replaces.
    pub fn say_for_now(&self, text: &str) {
        self.stderr(&self.harmless(text, TokensShown::Hidden).replace('\n', " "));
    }

    /// Takes that line away again, also where colours are off.
    pub fn clear_line(&self) {
        self.noted("stderr", io::stderr().lock().write_all(b"\r\x1b[2K"));
    }

    /// Commands for the runner that were made of what [`Self::document`] gave.
    pub fn command(&self, commands: &str) {
        self.noted("stderr", io::stderr().lock().write_all(commands.as_bytes()));
    }

    /// A text as it may leave by another way, such as a page.
    pub fn without_secrets(&self, text: &str) -> String {
        self.secrets.borrow().hidden_in(text, TokensShown::Hidden)
    }

    /// A text in a file.
    pub fn file(&self, path: &Path, text: &str) -> Result<(), Failure> {
        let text = self.secrets.borrow().hidden_in(text, TokensShown::Hidden);
        Self::bytes(path, text.as_bytes())
    }

    /// A file that is no text, such as a package.
    pub fn bytes(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
        std::fs::write(path, bytes).map_err(|error| unwritten(path, error))
    }

    /// A file that may be a program, in a directory that may not be there yet.
    pub fn program(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
        let written = || {
            path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            std::fs::write(path, bytes)?;
            let mode = if path.extension().is_none() { 0o755 } else { 0o644 };
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
        };
        written().map_err(|error| unwritten(path, error))
    }

    /// A text at the end of a file.
    pub fn append(&self, path: &Path, text: &str) -> Result<(), Failure> {
        let text = self.secrets.borrow().hidden_in(text, TokensShown::Hidden);
        let file = OpenOptions::new().create(true).append(true).open(path);
        file.and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|error| unwritten(path, error))
    }

    /// A file that was not there.
    pub fn new_file(&self, path: &Path, text: &str) -> io::Result<()> {
        let text = self.secrets.borrow().hidden_in(text, TokensShown::Hidden);
        let file = OpenOptions::new().write(true).create_new(true).open(path);
        file.and_then(|mut file| file.write_all(text.as_bytes()))
    }

    /// A file for nobody else to read, as it is because it is sealed, which takes the place of a file of that name; what is no file of its own is refused.
    pub fn private_file(path: &Path, text: &str) -> Result<(), Failure> {
        if path.symlink_metadata().is_ok_and(|there| !there.is_file()) {
            let error = anyhow::anyhow!("`{}` is no regular file", path.display());
            let failure = Failure::new(Exit::Refused, Code::CannotWrite, error);
            return Err(failure.hint("name a file that is not there, or that is to be replaced"));
        }
        replaced(path, text.as_bytes()).map_err(|error| unwritten(path, error))
    }

    /// Keeps in mind what was to be written and was not.
    pub fn lose(&self, failure: &Failure) {
        self.lost.borrow_mut().push(format!("{:#}", failure.error));
    }

    /// What was to be written and was not.
    pub fn lost(&self) -> Option<Failure> {
        let lost = self.lost.take();
        let failure =
            || Failure::new(Exit::Failed, Code::CannotWrite, anyhow::anyhow!(lost.join("; ")));
        (!lost.is_empty()).then(failure)
    }

    fn harmless(&self, text: &str, tokens: TokensShown) -> String {
        let text = visible(&self.secrets.borrow().hidden_in(text, tokens));
        if self.on_github { no_command(&text) } else { text }
    }

    fn stdout(&self, text: &str) {
        let mut stdout = AutoStream::new(io::stdout(), self.color);
        self.noted("stdout", stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()));
    }

    fn stderr(&self, text: &str) {
        let mut stderr = io::stderr().lock();
        let written = if self.colors_errors() {
            stderr.write_all(text.as_bytes())
        } else {
            stderr.write_all(anstream::adapter::strip_str(text).to_string().as_bytes())
        };
        self.noted("stderr", written);
    }

    /// A reader that went away is no failure of ours.
    fn noted(&self, stream: &str, written: io::Result<()>) {
        if let Err(error) = written
            && error.kind() != ErrorKind::BrokenPipe
        {
            let what = format!("cannot write to {stream}: {error}");
            let mut lost = self.lost.borrow_mut();
            if !lost.contains(&what) {
                lost.push(what);
            }
        }
    }
}

/// As wide as the terminal; what is no terminal takes lines that are read well.
pub fn columns(stream: impl AsFd) -> usize {
    let window = tcgetwinsize(stream).ok().map(|size| usize::from(size.ws_col));
    window.filter(|columns| *columns > 0).unwrap_or(100)
}

/// Writes beside the file and then takes its place, so that nobody ever sees half of it, and no link is followed.
fn replaced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (mut file, beside) = new_beside(path)?;
    let done = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::rename(&beside, path));
    if done.is_err() {
        // What is left is ours alone, and its removal cannot be the news.
        let _ = std::fs::remove_file(&beside);
    }
    done
}

fn new_beside(path: &Path) -> io::Result<(File, PathBuf)> {
    let name = path.file_name().ok_or(ErrorKind::InvalidInput)?.to_string_lossy();
    let mut attempt = 0;
    loop {
        let beside = path.with_file_name(format!(".{name}.{}-{attempt}", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && attempt < 100 => attempt += 1,
            opened => return opened.map(|file| (file, beside)),
        }
    }
}

fn unwritten(path: &Path, error: io::Error) -> Failure {
    Failure::new(Exit::Failed, Code::CannotWrite, error)
        .context(format!("cannot write `{}`", path.display()))
}
