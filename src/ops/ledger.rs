//! What a walk through an account found: a step, its outcome, and the calls it took. Can be sent to anybody: no account id, no
//! body of a call.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::rc::Rc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use crate::failure::Failure;
use crate::user::{CallLog, Called, Consent, Progress, User};

/// The document `pretoken/ledger/v1`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Ledger {
    schema: &'static str,
    /// Whether every step went as it should.
    pub ok: bool,
    pretoken: &'static str,
    region: String,
    /// In order.
    pub steps: Vec<LedgerStep>,
    #[serde(skip)]
    account: String,
}

/// A step of the walk.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LedgerStep {
    /// What was done.
    pub step: &'static str,
    /// Whether it went as it should.
    pub ok: bool,
    /// What was found, or what went wrong.
    pub found: String,
    /// How long it took.
    pub seconds: f32,
    /// What was sent and how it was answered, in order of the answers.
    pub calls: Vec<Sent>,
}

/// A call, without its content.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Sent {
    /// `service:Operation`.
    pub operation: String,
    /// The status of the answer, if one came.
    pub status: Option<u16>,
    /// How long it took.
    pub ms: u64,
}

impl Ledger {
    /// An empty one, for this account.
    #[must_use]
    pub fn new(region: &str, account: &str) -> Self {
        Self {
            schema: "pretoken/ledger/v1",
            ok: true,
            pretoken: env!("CARGO_PKG_VERSION"),
            region: region.to_owned(),
            steps: vec![],
            account: account.to_owned(),
        }
    }

    /// Writes a step down; whether it went as it should.
    pub fn note(
        &mut self,
        step: &'static str,
        outcome: Result<String, Failure>,
        took: Duration,
        calls: Vec<Called>,
    ) -> bool {
        let ok = outcome.is_ok();
        let found = outcome.unwrap_or_else(|failure| format!("{:#}", failure.error));
        let sent = |Called { operation, status, ms, .. }: Called| Sent {
            operation: self.masked(&operation),
            status,
            ms,
        };
        let calls = calls.into_iter().map(sent).collect();
        let found = self.masked(&found);
        self.steps.push(LedgerStep { step, ok, found, seconds: took.as_secs_f32(), calls });
        self.ok &= ok;
        ok
    }

    fn masked(&self, text: &str) -> String {
        text.replace(&self.account, "<account>")
    }

    /// The same as a page of Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let Self { pretoken, region, steps, .. } = self;
        let verdict = |ok: bool| if ok { "ok" } else { "failed" };
        let mut text = format!(
            "# pretoken {pretoken} in {region}: {}\n\n| step | verdict | seconds | found |\n|---|---|---|---|\n",
            verdict(self.ok)
        );
        for LedgerStep { step, ok, found, seconds, .. } in steps {
            let found = found.replace('|', "\\|").replace('\n', " ");
            let _ = writeln!(text, "| {step} | {} | {seconds:.1} | {found} |", verdict(*ok));
        }
        for LedgerStep { step, calls, .. } in steps {
            let _ = write!(text, "\n## {step}\n\n| call | status | ms |\n|---|---|---|\n");
            for Sent { operation, status, ms } in calls {
                let status = status.map_or("no answer".to_owned(), |status| status.to_string());
                let _ = writeln!(text, "| {operation} | {status} | {ms} |");
            }
        }
        text
    }
}

/// A user who writes down which calls were made.
pub struct Recorder<U> {
    user: Rc<U>,
    calls: RefCell<Vec<Called>>,
}

impl<U> Recorder<U> {
    /// For this user, who hears everything, too.
    pub fn new(user: Rc<U>) -> Self {
        Self { user, calls: RefCell::default() }
    }

    /// The calls since the last time.
    pub fn taken(&self) -> Vec<Called> {
        self.calls.take()
    }
}

impl<U: Progress> Progress for Recorder<U> {
    fn waiting(&self, what: &str, seconds: u64) {
        self.user.waiting(what, seconds);
    }

    fn detail(&self, text: &str) {
        self.user.detail(text);
    }

    fn stopped(&self) -> bool {
        self.user.stopped()
    }

    fn secret(&self, value: &str) {
        self.user.secret(value);
    }

    fn call_log(&self) -> CallLog {
        match self.user.call_log() {
            CallLog::Off => CallLog::Calls,
            more => more,
        }
    }

    fn called(&self, call: &Called) {
        self.calls.borrow_mut().push(call.clone());
        if self.user.call_log() != CallLog::Off {
            self.user.called(call);
        }
    }
}

impl<U: User> User for Recorder<U> {
    fn say(&self, text: &str) {
        self.user.say(text);
    }

    fn can_answer(&self) -> bool {
        self.user.can_answer()
    }

    async fn confirm(&self, question: &str) -> Consent {
        self.user.confirm(question).await
    }

    async fn turn(&self) -> Consent {
        self.user.turn().await
    }

    fn began(&self, what: &str) {
        self.user.began(what);
    }

    fn ended(&self, line: &str, took: Duration, failed: bool) {
        self.user.ended(line, took, failed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::Code;
    use crate::failure::Exit;

    fn call(operation: &str) -> Called {
        Called {
            operation: operation.to_owned(),
            attempt: 1,
            ms: 12,
            status: Some(200),
            request_id: Some("id".to_owned()),
            error: None,
            request: Some("secret".to_owned()),
            answer: Some("secret".to_owned()),
        }
    }

    #[test]
    fn no_account_and_no_content_is_in_it() {
        let mut ledger = Ledger::new("eu-west-1", "123456789012");
        let took = Duration::from_secs(1);
        assert!(ledger.note(
            "up",
            Ok("arn:aws:x:123456789012:y".to_owned()),
            took,
            vec![call("sts:GetCallerIdentity")]
        ));
        let failure = Failure::new(
            Exit::Failed,
            Code::AccessDenied,
            anyhow::anyhow!("not | here, 123456789012"),
        );
        assert!(!ledger.note("destroy", Err(failure), took, vec![]));
        assert!(!ledger.ok);
        let markdown = ledger.markdown();
        let json = serde_json::to_string(&ledger).expect("JSON");
        for text in [&markdown, &json] {
            assert!(!text.contains("123456789012") && !text.contains("secret"), "{text}");
        }
        assert!(markdown.contains("| up | ok | 1.0 | arn:aws:x:<account>:y |"), "{markdown}");
        assert!(
            markdown.contains("| destroy | failed | 1.0 | not \\| here, <account> |"),
            "{markdown}"
        );
        assert!(markdown.contains("| sts:GetCallerIdentity | 200 | 12 |"), "{markdown}");
    }
}
