//! The only place that prints. Data goes to stdout, everything else to stderr.

use std::cell::{Cell, RefCell};
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::args::{Color, Global, Output};
use super::ci::Ci;
use crate::config::Problems;
use crate::failure::{Exit, Failure};
use crate::user::{Consent, Progress, User};

const DIM: Style = Style::new().dimmed();
/// How often a wait says that it goes on when nobody watches it on a terminal.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// The user's side of a run.
pub struct Ui {
    output: Output,
    color: ColorChoice,
    quiet: bool,
    /// Lists fields of what is created, and more.
    pub verbose: bool,
    live: bool,
    /// Whether every question is answered beforehand.
    yes: bool,
    transient: Cell<bool>,
    spoke: RefCell<Instant>,
    signal: Cell<Option<Exit>>,
    ci: Ci,
}

impl Ui {
    /// As the flags say.
    #[must_use]
    pub fn new(global: &Global) -> Self {
        let color = match global.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Self {
            output: global.output,
            color,
            quiet: global.quiet,
            verbose: global.verbose > 0,
            live: std::io::stderr().is_terminal()
                && std::env::var_os("CI").is_none()
                && !global.quiet,
            yes: global.yes || global.local,
            transient: Cell::new(false),
            spoke: RefCell::new(Instant::now()),
            signal: Cell::default(),
            ci: Ci::new(global.json_into.clone(), global.dotenv.clone()),
        }
    }

    /// Whether stdout gets JSON.
    #[must_use]
    pub fn json(&self) -> bool {
        self.output == Output::Json
    }

    /// Whether text on stderr is coloured.
    #[must_use]
    pub fn colors_errors(&self) -> bool {
        match self.color {
            ColorChoice::Auto => AutoStream::choice(&std::io::stderr()) != ColorChoice::Never,
            choice => choice != ColorChoice::Never,
        }
    }

    /// A line for the user, on stderr.
    pub fn say(&self, text: impl AsRef<str>) {
        if !self.quiet {
            self.error_stream(&format!("{}\n", text.as_ref()));
        }
    }

    /// The result of a command: the document as JSON, or the text.
    pub fn result(&self, document: &impl Serialize, text: &str) {
        self.clear();
        self.publish(document);
        let text = match self.output {
            Output::Text => text.to_owned(),
            Output::Json => serde_json::to_string_pretty(document).unwrap_or_default() + "\n",
        };
        let mut stdout = AutoStream::new(std::io::stdout(), self.color);
        // A reader that went away is no failure of ours.
        let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    }

    /// What is odd in `deploy.toml`.
    pub fn hints(&self, hints: &Problems) {
        self.say(hints.render(self.colors_errors()).trim_end());
        self.error_stream(&self.ci.hints(hints.located()));
    }

    /// Which of the files that the command line asked for could not be written.
    #[must_use]
    pub fn unwritten(&self) -> Option<Failure> {
        let unwritten = self.ci.unwritten();
        let failure = || Failure::new(Exit::Failed, anyhow::anyhow!(unwritten.join("; ")));
        (!unwritten.is_empty()).then(failure)
    }

    /// Passes a document on to the pipeline.
    fn publish(&self, document: &impl Serialize) {
        if self.ci.listens() {
            let document = serde_json::to_value(document).unwrap_or_default();
            self.error_stream(&self.ci.document(&document));
        }
    }

    /// A failure: as JSON on stdout when that was asked for, and for people on stderr.
    pub fn failure(&self, failure: &Failure) {
        if self.json() {
            self.result(&failure.document(), "");
        } else {
            self.publish(&failure.document());
        }
        self.complain(failure);
    }

    /// The same on stderr alone.
    pub fn complain(&self, failure: &Failure) {
        let (red, cyan) = (AnsiColor::Red.on_default().bold(), AnsiColor::Cyan.on_default());
        let mut text = String::new();
        if let Some(problems) = &failure.problems {
            text.push_str(problems.render(self.colors_errors()).trim_end());
            text.push('\n');
        } else {
            let mut chain = failure.error.chain();
            let first = chain.next().map(ToString::to_string).unwrap_or_default();
            text.push_str(&format!("{red}error{red:#}: {first}\n"));
            for cause in chain {
                text.push_str(&format!("  caused by: {cause}\n"));
            }
        }
        for hint in &failure.hints {
            text.push_str(&format!("{cyan}hint{cyan:#}: {}\n", hint.text));
        }
        self.error_stream(&text);
    }

    /// Asks, on a terminal. `None` when nobody can answer.
    fn ask(&self, question: &str) -> Option<bool> {
        if !can_ask() {
            return None;
        }
        self.error_stream(&format!("{question} [y/N] "));
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).ok()?;
        Some(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// A signal came: no new step is begun.
    pub fn stop(&self, exit: Exit) {
        self.signal.set(Some(exit));
        self.say("stopping: what is under way is finished first; once more to stop at once");
    }

    /// The signal that came, if any.
    #[must_use]
    pub fn signal(&self) -> Option<Exit> {
        self.signal.get()
    }

    /// What goes on right now: a line that the next one replaces, on a terminal alone.
    fn transient(&self, text: &str) {
        if self.live {
            self.clear();
            self.write(&format!("{DIM}  … {text}{DIM:#}"));
            self.transient.set(true);
        }
    }

    /// What goes on, said now and then where there is no terminal to show it all the time.
    fn heartbeat(&self, text: &str) {
        if self.spoke.borrow().elapsed() >= HEARTBEAT {
            self.spoke.replace(Instant::now());
            self.say(format!("  … {text}"));
        }
    }

    fn clear(&self) {
        if self.transient.replace(false) {
            self.write("\r\x1b[2K");
        }
    }

    fn error_stream(&self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.clear();
        self.write(text);
    }

    fn write(&self, text: &str) {
        // The transient line's own control codes must reach the terminal also when colours are off.
        let mut stderr = std::io::stderr().lock();
        let _ = if self.colors_errors() || text.starts_with('\r') {
            stderr.write_all(text.as_bytes())
        } else {
            stderr.write_all(anstream::adapter::strip_str(text).to_string().as_bytes())
        };
        let _ = stderr.flush();
    }
}

/// Whether somebody can answer a question.
fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::env::var_os("CI").is_none()
}

/// One JSON document on stdout, when there is no [`Ui`] yet.
pub fn print_document(document: &serde_json::Value) {
    let _ = writeln!(std::io::stdout(), "{document:#}");
}

/// Lines for the pipeline, when there is no [`Ui`] yet.
pub fn print_commands(commands: &str) {
    let _ = std::io::stderr().write_all(commands.as_bytes());
}

impl Progress for Ui {
    fn waiting(&self, what: &str, seconds: u64) {
        let text = format!("waiting for {what} ({seconds} s)");
        if self.live {
            return self.transient(&text);
        }
        if seconds > 0 {
            self.heartbeat(&text);
        }
    }

    fn detail(&self, text: &str) {
        if self.live {
            self.transient(text);
        } else if self.verbose {
            self.say(format!("  … {text}"));
        } else {
            self.heartbeat(text);
        }
    }

    fn stopped(&self) -> bool {
        self.signal.get().is_some()
    }

    fn secret(&self, value: &str) {
        self.error_stream(&self.ci.secret(value));
    }
}

impl User for Ui {
    fn say(&self, text: &str) {
        Self::say(self, text);
    }

    fn can_answer(&self) -> bool {
        self.yes || can_ask()
    }

    fn confirm(&self, question: &str) -> Consent {
        if self.yes {
            return Consent::Given;
        }
        match self.ask(question) {
            Some(true) => Consent::Given,
            Some(false) => Consent::Refused,
            None => Consent::Unavailable,
        }
    }

    fn began(&self, what: &str) {
        self.transient(what);
    }

    fn ended(&self, line: &str, took: Duration, failed: bool) {
        let seconds = took.as_secs_f32();
        let verdict = if failed {
            let red = AnsiColor::Red.on_default().bold();
            format!("{red}failed{red:#} after {seconds:.1} s")
        } else {
            format!("{DIM}{seconds:.1} s{DIM:#}")
        };
        self.say(format!("  {line}  {verdict}"));
    }
}
