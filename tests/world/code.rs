//! What a package does when it is invoked. A version freezes the hash of its package, and with it what it does.

use pretoken::cloud::Invocation;
use trigger::{Handler, Ids, Rules};

/// A package, by what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// The rules of `deploy.toml`.
    First,
    /// The same rules, built anew.
    Second,
    /// The same once more.
    Third,
    /// Other rules: every smoke test finds it.
    WrongRules,
    /// It answers smoke tests rightly and real sign-ins wrongly: only a proof finds it.
    WrongAtSignIn,
    /// Likewise, and no sign-in comes through.
    FailsAtSignIn,
    /// Nobody may invoke this version but Cognito.
    NotAskable,
}

/// Whom a version answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// Somebody who tries it.
    SmokeTest,
    /// Cognito, for a user or a machine.
    SignIn,
}

impl Code {
    const ALL: [Self; 7] = [
        Self::First,
        Self::Second,
        Self::Third,
        Self::WrongRules,
        Self::WrongAtSignIn,
        Self::FailsAtSignIn,
        Self::NotAskable,
    ];

    /// What Lambda calls `CodeSha256`.
    pub fn sha256(self) -> String {
        format!("{self:?}")
    }

    pub fn of(sha256: &str) -> Self {
        let named = |code: &&Self| code.sha256() == sha256;
        *Self::ALL.iter().find(named).expect("a package of this world")
    }

    /// Whether tokens are as the rules promise while it serves.
    pub fn is_good(self) -> bool {
        !matches!(self, Self::WrongRules | Self::WrongAtSignIn | Self::FailsAtSignIn)
    }

    /// The rules in the package, where `deploy.toml` has these.
    pub fn rules(self, declared: &Rules) -> Rules {
        if self == Self::WrongRules { Rules::default() } else { declared.clone() }
    }

    /// What it answers.
    pub fn answer(
        self,
        asker: Asker,
        event: &str,
        ids: &Ids,
        declared: &Rules,
        now: i64,
    ) -> Invocation {
        let rules = match (self, asker) {
            (Self::FailsAtSignIn, Asker::SignIn) => {
                return Invocation::Fault("out of memory".to_owned());
            }
            (Self::WrongAtSignIn, Asker::SignIn) => Rules::default(),
            _ => self.rules(declared),
        };
        match (Handler { rules, ids: ids.clone() }).handle(event, now) {
            Ok(answer) => match answer.event {
                Ok(event) => Invocation::Answer(event.into_owned()),
                Err(refusal) => Invocation::Fault(
                    serde_json::json!({ "errorType": "Refused", "errorMessage": refusal.text })
                        .to_string(),
                ),
            },
            Err(fault) => Invocation::Fault(fault.to_string()),
        }
    }
}
