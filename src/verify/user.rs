//! The user of a proof: a temporary one, made so that any pool takes it, and so that one left behind is recognised; or one
//! that its team keeps, of which nothing is made, changed or removed.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::invented::Invented;
use crate::cloud::{self, Auth, ExistingUser, NewUser};
use crate::config::Verify;
use crate::model::{LEASE, Mfa, UserRules};
use crate::system::random::random_hex;
use crate::tokens::impact::{SOME_EMAIL, SOME_PHONE_NUMBER};
use crate::tokens::persona::Persona;

/// A user that its team keeps for proofs. Its `Debug` hides the password.
#[derive(Clone)]
pub struct TestUser {
    /// The name that it signs in with.
    pub username: String,
    /// Its password.
    pub password: String,
}

impl fmt::Debug for TestUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestUser").field("username", &self.username).finish_non_exhaustive()
    }
}

pub(super) struct ProofUser {
    pool_id: String,
    /// The one that is kept, as the pool knows it; none if it is a temporary one.
    kept: Option<ExistingUser>,
    pub(super) username: String,
    pub(super) password: String,
    /// What the pool asks of it.
    pub(super) rules: UserRules,
    /// What makes its one-time codes, once that is set up.
    pub(super) totp: RefCell<Option<String>>,
    pub(super) groups: Vec<String>,
    given: BTreeMap<String, String>,
    sub: RefCell<Option<String>>,
    /// Until when it is used at all, by AWS's clock; one that is kept, for ever.
    until: i64,
}

/// Who a user is made for.
pub(super) struct MadeFor<'a> {
    /// How its name begins.
    pub(super) prefix: &'a str,
    /// What decides about everybody.
    pub(super) verify: &'a Verify,
    /// The time of AWS's clock.
    pub(super) now: i64,
}

impl ProofUser {
    /// Invents a user that satisfies the pool, or says why there can be none.
    pub(super) fn new(
        pool_id: &str,
        rules: UserRules,
        persona: &Persona,
        MadeFor { prefix, verify, now }: MadeFor<'_>,
    ) -> Result<Self, String> {
        let by = |attribute: &str| rules.username_attributes.iter().any(|by| by == attribute);
        let invented = Invented::new(prefix, &rules.required, &verify.email_domain)?;
        let mut wanted = verify.attributes.clone();
        wanted.extend(persona.attributes.clone());
        let username = match (by("email"), by("phone_number")) {
            (true, _) => &invented.email,
            (false, true) => &invented.phone,
            (false, false) => &invented.name,
        };
        let mut ours = BTreeMap::new();
        for attribute in &rules.required {
            if !wanted.contains_key(&attribute.name) {
                ours.insert(attribute.name.clone(), invented.value(attribute)?);
            }
        }
        if by("phone_number") && !by("email") {
            ours.entry("name".to_owned()).or_insert(invented.name.clone());
            ours.insert("phone_number".to_owned(), invented.phone.clone());
        } else if by("email") {
            ours.insert("email".to_owned(), invented.email.clone());
        }
        // What is invented needs no proof of its own, and triggers of others may want one.
        for (address, verified) in
            [("email", "email_verified"), ("phone_number", "phone_number_verified")]
        {
            if ours.contains_key(address) {
                ours.insert(verified.to_owned(), "true".to_owned());
            }
        }
        // Where any address would do, it is the user's own: pools may take an address once.
        let own = [(SOME_EMAIL, &invented.email), (SOME_PHONE_NUMBER, &invented.phone)];
        for (any, own) in own {
            wanted.values_mut().filter(|value| *value == any).for_each(|it| it.clone_from(own));
        }
        ours.extend(wanted);
        Ok(Self {
            pool_id: pool_id.to_owned(),
            kept: None,
            username: username.clone(),
            password: password(rules.password_length),
            totp: RefCell::default(),
            groups: persona.groups.clone(),
            given: ours,
            sub: RefCell::default(),
            until: now + LEASE / 2,
            rules,
        })
    }

    /// The one that is kept, as the pool knows it.
    pub(super) fn kept(pool_id: &str, rules: UserRules, who: &TestUser, it: ExistingUser) -> Self {
        Self {
            pool_id: pool_id.to_owned(),
            username: who.username.clone(),
            password: who.password.clone(),
            totp: RefCell::default(),
            groups: it.groups.clone(),
            given: it.attributes.clone(),
            sub: RefCell::default(),
            until: i64::MAX,
            kept: Some(it),
            rules,
        }
    }

    /// Whether it was made for this proof.
    pub(super) fn is_temporary(&self) -> bool {
        self.kept.is_none()
    }

    /// Why the pool would send it a message instead of letting it in, if it would.
    pub(super) fn would_get_a_code(&self) -> Option<String> {
        let preferred = self.kept.as_ref().and_then(|kept| kept.preferred_mfa.as_deref());
        if let Some(factor @ ("SMS_MFA" | "EMAIL_OTP")) = preferred {
            return Some(format!("the pool would send {} a code ({factor})", self.username));
        }
        let texts = self.rules.texts_codes() && self.has("phone_number");
        let mails = self.rules.mails_codes() && self.has("email");
        let (kind, what) = match (texts, mails) {
            _ if self.rules.mfa != Mfa::On => return None,
            (true, _) => ("a text message", "a phone number"),
            (false, true) => ("an e-mail", "an e-mail address"),
            (false, false) => return self.has_no_factor(),
        };
        Some(format!(
            "the pool requires a second factor of everybody and may send {kind} to a temporary user with {what}"
        ))
    }

    /// Why nothing that a program can set up is a second factor here, if nothing is.
    fn has_no_factor(&self) -> Option<String> {
        let none = self.is_temporary() && self.rules.factors.is_some_and(|factors| !factors.app);
        none.then(|| {
            "the pool requires a second factor of everybody, and takes no codes of an app, the only one that a program can set up"
                .to_owned()
        })
    }

    /// Why this promise says nothing about it, if it does not.
    pub(super) fn is_not_meant(&self, persona: &Persona) -> Option<String> {
        if self.is_temporary() || persona.promise.is_none() {
            return None;
        }
        let name = &self.username;
        let set = |groups: &[String]| groups.iter().cloned().collect::<BTreeSet<_>>();
        let list = |groups: &[String]| match groups {
            [] => "no group".to_owned(),
            groups => groups.join(", "),
        };
        if set(&self.groups) != set(&persona.groups) {
            let (is, wanted) = (list(&self.groups), list(&persona.groups));
            return Some(format!("{name} is in {is}, and the promise is about {wanted}"));
        }
        let mut attributes = persona.attributes.iter();
        let other = attributes.find(|(attribute, value)| self.given.get(*attribute) != Some(value));
        other.map(|(attribute, _)| format!("`{attribute}` of {name} is not as in the promise"))
    }

    /// It was made, and has this `sub`.
    pub(super) fn created(&self, sub: Option<String>) {
        self.sub.replace(sub);
    }

    /// Whether its time is over, so that the next sign-in is another user's.
    pub(super) fn is_spent(&self, now: i64) -> bool {
        now >= self.until
    }

    /// Whether it has this attribute.
    fn has(&self, attribute: &str) -> bool {
        self.given.contains_key(attribute)
    }

    /// Makes it, unless it is one that is kept; returns its `sub`.
    pub(super) async fn create(&self, cloud: &impl Auth) -> cloud::Result<Option<String>> {
        if let Some(kept) = &self.kept {
            return Ok(kept.attributes.get("sub").cloned());
        }
        let user = NewUser {
            username: self.username.clone(),
            attributes: self.given.clone().into_iter().collect(),
            groups: self.groups.clone(),
            password: self.password.clone(),
        };
        cloud.create_user(&self.pool_id, &user).await
    }

    /// Removes it, unless it is one that is kept; a user that is not there is fine.
    pub(super) async fn delete(&self, cloud: &impl Auth) -> cloud::Result<()> {
        if !self.is_temporary() {
            return Ok(());
        }
        cloud.delete_user(&self.pool_id, &self.username).await
    }

    /// The attributes that the trigger sees.
    pub(super) fn attributes(&self) -> BTreeMap<String, String> {
        let mut attributes = self.given.clone();
        attributes.extend(self.sub.borrow().iter().map(|sub| ("sub".to_owned(), sub.clone())));
        let status = self.kept.as_ref().map_or("CONFIRMED", |kept| &kept.status);
        attributes.insert("cognito:user_status".to_owned(), status.to_owned());
        attributes
    }

    /// The name that Cognito gave it: its `sub` where users are named by an attribute.
    pub(super) fn cognito_name(&self) -> String {
        if let Some(kept) = &self.kept {
            return kept.name.clone();
        }
        let sub = self.sub.borrow().clone().filter(|_| !self.rules.username_attributes.is_empty());
        sub.unwrap_or_else(|| self.username.clone())
    }
}

/// Random, with every class of character that a pool may ask for.
#[must_use]
pub fn password(at_least: usize) -> String {
    format!("aA1!{}", random_hex(at_least.div_ceil(2).max(14)))
}
