//! The user's side of a run. Data goes to stdout, everything else to stderr, and all of it through the [`Writer`].

use std::cell::{Cell, RefCell};
use std::io::IsTerminal as _;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anstream::ColorChoice;
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use serde_json::{Value, json};

use super::args::{Color, Global, Output, StderrFormat};
use super::ci::Ci;
use super::log::{line_of, plain};
use super::prompt::{self, can_ask};
use super::signals::Signals;
use super::writer::Writer;
use crate::config::Problems;
use crate::failure::{Exit, Failure};
use crate::model::dates::end;
use crate::ops::fleet::Member;
use crate::report::page::comment;
use crate::report::sarif;
use crate::system::clock::Clock;
use crate::system::secrets::TokensShown;
use crate::user::{CallLog, Called, Consent, Progress, User};

const DIM: Style = Style::new().dimmed();
/// How often a wait says that it goes on when nobody watches it on a terminal.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// One of several environments.
struct Voice {
    member: Rc<Member>,
    told: RefCell<(Option<Value>, String)>,
}

impl Voice {
    /// The same lines, each with the name.
    fn lines(&self, text: &str) -> String {
        let (name, width) = (self.member.name(), self.member.fleet.width());
        text.lines().map(|line| format!("{DIM}{name:<width$}{DIM:#}  {line}\n")).collect()
    }
}

/// The user's side of a run.
pub struct Ui {
    output: Output,
    /// The one way out.
    pub writer: Rc<Writer>,
    /// The environment that this is the voice of, where several are done side by side.
    voice: Option<Voice>,
    quiet: bool,
    /// Lists fields of what is created, and more.
    pub verbose: bool,
    /// How much of the calls to AWS is wanted.
    call_log: CallLog,
    log_format: StderrFormat,
    live: bool,
    /// The answer to every question, if it was given beforehand.
    answer: Option<Consent>,
    transient: Cell<bool>,
    spoke: RefCell<Instant>,
    /// What was heard so far.
    pub signals: Signals,
    /// The exit code of a command that was run for the user, and is the one of this program.
    pub code: Cell<u8>,
    ci: Ci,
}

impl Ui {
    /// As the flags say.
    #[must_use]
    pub fn new(global: &Global, signals: Signals) -> Self {
        let color = match global.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Self {
            output: global.output,
            writer: Rc::new(Writer::new(color)),
            voice: None,
            quiet: global.quiet,
            verbose: global.verbose > 0,
            call_log: match global.verbose {
                0 | 1 => CallLog::Off,
                2 => CallLog::Calls,
                _ => CallLog::Bodies,
            },
            log_format: global.log_format,
            live: std::io::stderr().is_terminal()
                && std::env::var_os("CI").is_none()
                && !global.quiet
                && global.log_format == StderrFormat::Text,
            answer: (global.yes || global.local).then_some(Consent::Given),
            transient: Cell::new(false),
            spoke: RefCell::new(Instant::now()),
            signals,
            code: Cell::default(),
            ci: Ci::new(global.json_into.clone(), global.dotenv.clone()),
        }
    }

    /// The same for one of several environments: its lines have its name, and its result is kept for the table.
    #[must_use]
    pub fn voice_of(&self, member: Rc<Member>) -> Self {
        Self {
            output: self.output,
            writer: Rc::clone(&self.writer),
            voice: Some(Voice { member, told: RefCell::default() }),
            quiet: self.quiet,
            verbose: self.verbose,
            call_log: self.call_log,
            log_format: self.log_format,
            live: false,
            answer: self.answer,
            transient: Cell::new(false),
            spoke: RefCell::new(Instant::now()),
            signals: self.signals.clone(),
            code: Cell::default(),
            ci: Ci::none(),
        }
    }

    /// What the environment of this voice told as its result.
    pub fn told(&self) -> (Option<Value>, String) {
        self.voice.as_ref().map(|voice| voice.told.take()).unwrap_or_default()
    }

    /// Whether stdout gets JSON.
    #[must_use]
    pub fn json(&self) -> bool {
        self.output == Output::Json
    }

    /// A line for the user, on stderr.
    pub fn say(&self, text: impl AsRef<str>) {
        if !self.quiet {
            self.error_stream(&format!("{}\n", text.as_ref()));
        }
    }

    /// The result of a command: the document as JSON, or the text.
    pub fn result(&self, document: &impl Serialize, text: &str) {
        self.show(document, text, TokensShown::Hidden);
    }

    /// The same with the tokens that were asked for. Only stdout has them: what is passed on to the pipeline has not.
    pub fn result_with(&self, tokens: [&str; 2], document: &impl Serialize, text: &str) {
        for token in tokens {
            self.ci.mask(token, &self.writer);
        }
        self.show(document, text, TokensShown::Shown);
    }

    /// The same with secrets that were asked for: those of the local emulator, which are nowhere else.
    pub fn result_with_secrets(&self, document: &impl Serialize, text: &str) {
        self.show(document, text, TokensShown::WithSecrets);
    }

    fn show(&self, document: &impl Serialize, text: &str, tokens: TokensShown) {
        self.clear();
        if let Some(voice) = &self.voice {
            let document = self.writer.document(document, TokensShown::Hidden);
            voice.told.replace((Some(document), text.to_owned()));
            return;
        }
        self.publish(document);
        match self.output {
            Output::Text => self.writer.print(text, tokens),
            Output::Json => self.writer.print_document(document, tokens),
            Output::Jsonl => {
                self.event(&json!({ "event": "summary", "document": document }), tokens);
            }
            Output::Markdown => {
                let document = self.writer.document(document, tokens);
                self.writer.print(&comment(&document, text), tokens);
            }
            Output::Sarif => {
                let document = self.writer.document(document, tokens);
                self.writer.print_document(&sarif::log(&document), tokens);
            }
        }
    }

    /// A line on stdout for programs that follow a run.
    fn event(&self, event: &Value, tokens: TokensShown) {
        if self.output == Output::Jsonl {
            self.writer.print_line(&self.named(event.clone()), tokens);
        }
    }

    /// What is odd in `deploy.toml`.
    pub fn hints(&self, hints: &Problems) {
        let text = hints.render(self.writer.colors_errors());
        if self.voice.as_ref().is_some_and(|voice| !voice.member.fleet.is_news(&text)) {
            return;
        }
        self.say(text.trim_end());
        self.ci.hints(hints.located(), &self.writer);
    }

    /// Passes a document on to the pipeline.
    fn publish(&self, document: &impl Serialize) {
        if self.ci.listens() {
            self.clear();
            self.ci.document(&self.writer.document(document, TokensShown::Hidden), &self.writer);
        }
    }

    /// A failure: as JSON on stdout when that was asked for, and for people on stderr.
    pub fn failure(&self, failure: &Failure) {
        match self.output {
            Output::Text => self.publish(&failure.document()),
            _ => self.result(&failure.document(), ""),
        }
        self.complain(failure);
    }

    /// The same on stderr alone.
    pub fn complain(&self, failure: &Failure) {
        let (red, cyan) = (AnsiColor::Red.on_default().bold(), AnsiColor::Cyan.on_default());
        let mut text = String::new();
        for problems in &failure.problems {
            text.push_str(problems.render(self.writer.colors_errors()).trim_end());
            text.push('\n');
        }
        if failure.problems.is_empty() {
            let mut chain = failure.error.chain();
            let first = chain.next().map(ToString::to_string).unwrap_or_default();
            text.push_str(&format!(
                "{red}error[{code}]{red:#}: {first}\n",
                code = failure.code.id()
            ));
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
    async fn ask(&self, question: &str) -> Option<bool> {
        if !can_ask() {
            return None;
        }
        self.clear();
        self.writer.say(&format!("{question} [y/N] "));
        let answer = prompt::line(&self.signals).await.ok()?;
        Some(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// A signal came: no new step is begun.
    pub fn stopping(&self) {
        self.signals.notice();
        if self.signal() == Some(Exit::TimedOut) {
            return self.say("the time of this run is over: what is under way is finished first");
        }
        self.say("stopping: what is under way is finished first; once more to stop at once");
    }

    /// The signal that came, if any.
    #[must_use]
    pub fn signal(&self) -> Option<Exit> {
        self.signals.came()
    }

    /// What goes on right now: a line that the next one replaces, on a terminal alone.
    fn transient(&self, text: &str) {
        if self.live {
            self.clear();
            self.writer.say_for_now(&format!("{DIM}  … {text}{DIM:#}"));
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
            self.writer.clear_line();
        }
    }

    fn error_stream(&self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.clear();
        match self.log_format {
            StderrFormat::Text => match &self.voice {
                Some(voice) => self.writer.say(&voice.lines(text)),
                None => self.writer.say(text),
            },
            StderrFormat::Json => self.log(json!({ "message": plain(text) })),
        }
    }

    /// What a program reads, with the environment that it is about, where there are several.
    fn named(&self, mut entry: Value) -> Value {
        if let Some(voice) = &self.voice {
            entry["env"] = voice.member.name().into();
        }
        entry
    }

    /// A line of a log for programs.
    fn log(&self, entry: Value) {
        let mut entry = self.named(entry);
        entry["time"] = end(Duration::ZERO, Clock::system().now()).into();
        self.writer.say_document(&entry);
    }
}

impl Progress for Ui {
    fn waiting(&self, what: &str, seconds: u64) {
        self.event(
            &json!({ "event": "waiting", "what": what, "seconds": seconds }),
            TokensShown::Hidden,
        );
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
        let is_over = |voice: &Voice| voice.member.stopped();
        self.signals.came().is_some() || self.voice.as_ref().is_some_and(is_over)
    }

    fn secret(&self, value: &str) {
        self.writer.hide(value);
    }

    fn call_log(&self) -> CallLog {
        self.call_log
    }

    fn called(&self, called: &Called) {
        match self.log_format {
            StderrFormat::Text => self.error_stream(&line_of(called)),
            StderrFormat::Json => self.log(json!({ "call": called })),
        }
    }
}

impl User for Ui {
    fn say(&self, text: &str) {
        Self::say(self, text);
    }

    fn can_answer(&self) -> bool {
        self.answer.is_some() || can_ask()
    }

    async fn confirm(&self, question: &str) -> Consent {
        let answered = async |question: String| match self.answer {
            Some(answer) => answer,
            None => match self.ask(&question).await {
                Some(true) => Consent::Given,
                Some(false) => Consent::Refused,
                None if self.signal().is_some() => Consent::Refused,
                None => Consent::Unavailable,
            },
        };
        match &self.voice {
            Some(voice) => voice.member.confirm(question, answered).await,
            None => answered(question.to_owned()).await,
        }
    }

    async fn turn(&self) -> Consent {
        match &self.voice {
            Some(voice) => voice.member.turn().await,
            None => Consent::Given,
        }
    }

    fn began(&self, what: &str) {
        self.event(&json!({ "event": "started", "what": what }), TokensShown::Hidden);
        self.transient(what);
    }

    fn ended(&self, line: &str, took: Duration, failed: bool) {
        let seconds = took.as_secs_f32();
        let event = if failed { "failed" } else { "done" };
        self.event(
            &json!({ "event": event, "what": line, "seconds": seconds }),
            TokensShown::Hidden,
        );
        let verdict = if failed {
            let red = AnsiColor::Red.on_default().bold();
            format!("{red}failed{red:#} after {seconds:.1} s")
        } else {
            format!("{DIM}{seconds:.1} s{DIM:#}")
        };
        self.say(format!("  {line}  {verdict}"));
    }
}
