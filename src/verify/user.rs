//! The temporary user of a proof: made so that any pool takes it, and so that one left behind is recognised.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::invented::{Invented, random};
use crate::cloud::{self, Auth, NewUser, UserRules};
use crate::config::Verify;
use crate::tokens::impact::{SOME_EMAIL, SOME_PHONE_NUMBER};
use crate::tokens::persona::Persona;

pub(super) struct User {
    pool_id: String,
    pub(super) username: String,
    pub(super) password: String,
    /// What the pool asks of it.
    pub(super) rules: UserRules,
    /// What makes its one-time codes, once that is set up.
    pub(super) totp: RefCell<Option<String>>,
    groups: Vec<String>,
    given: BTreeMap<String, String>,
    exists: Cell<bool>,
    sub: RefCell<Option<String>>,
}

impl User {
    /// Invents a user that satisfies the pool, or says why there can be none.
    pub(super) fn new(
        pool_id: &str,
        rules: UserRules,
        persona: &Persona,
        verify: &Verify,
    ) -> Result<Self, String> {
        let by = |attribute: &str| rules.username_attributes.iter().any(|by| by == attribute);
        let invented = Invented::new(&rules.required, &verify.email_domain)?;
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
            username: username.clone(),
            password: password(rules.password_length),
            totp: RefCell::default(),
            groups: persona.groups.clone(),
            given: ours,
            exists: Cell::default(),
            sub: RefCell::default(),
            rules,
        })
    }

    /// It was made, and has this `sub`.
    pub(super) fn created(&self, sub: Option<String>) {
        self.exists.set(true);
        self.sub.replace(sub);
    }

    /// Whether it was made.
    pub(super) fn exists(&self) -> bool {
        self.exists.get()
    }

    /// Whether it has this attribute.
    pub(super) fn has(&self, attribute: &str) -> bool {
        self.given.contains_key(attribute)
    }

    /// Makes it; returns its `sub`.
    pub(super) async fn create(&self, cloud: &impl Auth) -> cloud::Result<Option<String>> {
        let user = NewUser {
            username: self.username.clone(),
            attributes: self.given.clone().into_iter().collect(),
            groups: self.groups.clone(),
            password: self.password.clone(),
        };
        cloud.create_user(&self.pool_id, &user).await
    }

    /// Removes it; a user that is not there is fine.
    pub(super) async fn delete(&self, cloud: &impl Auth) -> cloud::Result<()> {
        cloud.delete_user(&self.pool_id, &self.username).await
    }

    /// The attributes that the trigger sees.
    pub(super) fn attributes(&self) -> BTreeMap<String, String> {
        let mut attributes = self.given.clone();
        attributes.extend(self.sub.borrow().iter().map(|sub| ("sub".to_owned(), sub.clone())));
        attributes.insert("cognito:user_status".to_owned(), "CONFIRMED".to_owned());
        attributes
    }

    /// The name that Cognito gave it: its `sub` where users are named by an attribute.
    pub(super) fn cognito_name(&self) -> String {
        let sub = self.sub.borrow().clone().filter(|_| !self.rules.username_attributes.is_empty());
        sub.unwrap_or_else(|| self.username.clone())
    }
}

/// Removes what a killed run left behind.
pub(super) async fn remove_leftovers(cloud: &impl Auth, pool_id: &str) -> cloud::Result<()> {
    for username in cloud.leftover_users(pool_id).await? {
        cloud.delete_user(pool_id, &username).await?;
    }
    Ok(())
}

/// Random, with every class of character that a pool may ask for.
fn password(at_least: usize) -> String {
    format!("aA1!{}", random(at_least.div_ceil(2).max(14)))
}
