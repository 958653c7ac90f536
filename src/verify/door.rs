//! The calls of a promise, made with the token of its first sign-in that was right.

use super::knock::knock;
use super::{CallCheck, Check, Proof, Report};
use crate::cloud::Auth;
use crate::model::Verdict;
use crate::tokens::persona::Persona;
use crate::user::Progress;

impl<C: Auth, P: Progress> Proof<'_, C, P> {
    /// Knocks at the APIs, once. A door that does not do as promised is a wrong token; one that cannot say is none.
    pub(super) async fn at_the_door(&self, check: &mut Check, persona: &Persona, token: &str) {
        let Some(promise) = persona.promise.as_ref().filter(|_| check.ok) else { return };
        if self.apis.is_empty() || promise.calls.is_empty() {
            return;
        }
        self.progress.secret(token);
        check.calls = knock(self.cloud, self.apis, promise, token).await;
        let failed = check.calls.iter().filter(|call| call.verdict == Verdict::Failed);
        let reasons: Vec<_> = failed
            .map(|call| format!("{}: {}", call.request, call.error.as_deref().unwrap_or_default()))
            .collect();
        if !reasons.is_empty() {
            check.fail(reasons.join("; "));
        }
    }
}

impl Report {
    /// Says which calls proved nothing, and why.
    pub(super) fn note_unproven_calls(&mut self) {
        let calls =
            self.checks.iter().flat_map(|check| check.calls.iter().map(move |call| (check, call)));
        let unproven = calls.filter(|(_, call)| call.verdict == Verdict::NotProven);
        let note = |(check, call): (&Check, &CallCheck)| {
            let reason = call.error.as_deref().unwrap_or_default();
            format!("\"{}\": {} is not proven: {reason}", check.name, call.request)
        };
        let notes: Vec<_> = unproven.map(note).collect();
        self.notes.extend(notes);
    }
}
