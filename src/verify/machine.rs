//! Machines: a token of the client's own from the token endpoint, checked like those of users. Nobody signs in, and
//! there is no ID token.

use super::decision::Decided;
use super::jwt::ClaimedIdentity;
use super::keys::PoolKeys;
use super::refusal::{SignInRefusal, said_by_trigger};
use super::{Check, Proof};
use crate::cloud::wait::Poll;
use crate::cloud::{Auth, ClientCredentialsSignIn, CloudError, Secret};
use crate::config::TriggerSource;
use crate::model::Verdict;
use crate::system::clock::timed;
use crate::tokens::persona::{Expected, Persona};
use crate::user::Progress;

/// What reports call it.
const FLOW: &str = "CLIENT_CREDENTIALS";

impl<C: Auth, P: Progress> Proof<'_, C, P> {
    /// One token, asked for again for a while when it is not (yet) right.
    pub(super) async fn machine(
        &self,
        keys: &PoolKeys,
        persona: &Persona,
    ) -> Result<Check, CloudError> {
        let poll =
            Poll::new(self.progress, "the pool to show the change in its tokens", self.patience);
        loop {
            if self.progress.stopped() {
                return Err(CloudError::Stopped { what: "verification".to_owned() });
            }
            let (mut check, token) = self.token_of_machine(keys, persona).await?;
            if check.verdict != Verdict::Failed || !poll.again().await {
                if let Some(token) = token {
                    self.at_the_door(&mut check, persona, &token).await;
                }
                return Ok(check);
            }
        }
    }

    pub(super) async fn token_of_machine(
        &self,
        pool: &PoolKeys,
        persona: &Persona,
    ) -> Result<(Check, Option<String>), CloudError> {
        let mut check = Check::new(&persona.name, &persona.at, FLOW);
        let (client_id, machine) = (&self.ids.clients[&persona.at], &self.machines[&persona.at]);
        let client = match self.cloud.app_client(&pool.id, client_id).await {
            Ok(client) => client,
            Err(error) => return Ok((check.not_proven(SignInRefusal::of(error)?.reason), None)),
        };
        let url = self.authority.token_url(machine.domain.as_deref());
        let (secret, url) = match (client.secret, url) {
            (Secret::Known(secret), Some(url)) => (secret, url),
            (Secret::Elsewhere(arn), _) => {
                let kept = format!("Cognito keeps the client's secret in Secrets Manager ({arn})");
                return Ok((check.not_proven(kept), None));
            }
            _ => return Ok((check.failed("the client has no secret".to_owned()), None)),
        };
        self.progress.secret(&secret.0);
        let sign_in = ClientCredentialsSignIn {
            url: &url,
            client_id,
            client_secret: &secret,
            scopes: &machine.scopes,
            client_metadata: &persona.client_metadata,
        };
        let (token, ms) = timed(self.cloud.machine_token(&sign_in)).await;
        self.tally.signed_in(ms);
        let token = match token {
            Ok(token) => token,
            Err(CloudError::Refused { message, .. })
                if self.is_wanted_of_machine(persona, client_id, &message) =>
            {
                return Ok((check.refused(), None));
            }
            // What OAuth refuses is a finding; a slower pace, a firewall and trouble at AWS are none.
            Err(CloudError::Refused { code, message, .. }) if !code.starts_with("HTTP ") => {
                let reason = [code, message].join(": ");
                return Ok((check.failed(reason.trim_end_matches(": ").to_owned()), None));
            }
            Err(error) => return Ok((check.not_proven(SignInRefusal::of(error)?.reason), None)),
        };
        let keys = match pool.keys(self.cloud, &self.authority.jwks_url(&pool.id)).await {
            Ok(keys) => keys,
            Err(error) => return Ok((check.not_proven(SignInRefusal::of(error)?.reason), None)),
        };
        let issuers = self.authority.issuers(&pool.id);
        let wanted =
            ClaimedIdentity { token_use: "access", client_id, issuers: &issuers, now: self.now() };
        let claims = keys.verify(&token).and_then(|decoded| {
            wanted.check(&decoded.claims)?;
            Ok(decoded.claims)
        });
        match claims {
            Ok(claims) => {
                let decided = self.decided_of_machine(persona, client_id);
                check.compare(&decided, &claims, &serde_json::Map::new());
            }
            Err(error) => check = check.failed(error.to_string()),
        }
        Ok((check, Some(token)))
    }

    /// Whether the trigger refuses what it must refuse. How the token endpoint words it is not documented; the trigger's
    /// own text is in it, or nothing is known.
    fn is_wanted_of_machine(&self, persona: &Persona, client_id: &str, message: &str) -> bool {
        let wanted = self.decided_of_machine(persona, client_id).expected.refused;
        said_by_trigger(message)
            .is_some_and(|text| wanted.is_some_and(|wanted| wanted.is_met_by(text)))
    }

    fn decided_of_machine(&self, persona: &Persona, client_id: &str) -> Decided {
        let Some(rules) = self.rules else {
            return Decided::promised(persona, TriggerSource::ClientCredentials);
        };
        let mut subject = persona.subject(TriggerSource::ClientCredentials, self.now());
        subject.client_id = Some(client_id.to_owned());
        subject.scopes = self.machines[&persona.at].scopes.iter().cloned().collect();
        let decided =
            Decided::of(persona, rules.for_machines, &subject, TriggerSource::ClientCredentials);
        // There is no ID token, and a machine has no groups.
        let expected = Expected { id_claims: serde_json::Map::new(), ..decided.expected };
        Decided { expected, groups: None, ..decided }
    }
}
