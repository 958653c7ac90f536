//! The temporary user of a proof: made so that any pool takes it, and so that one left behind is recognised.

use std::cell::RefCell;
use std::collections::BTreeMap;

use ring::rand::{SecureRandom as _, SystemRandom};

use crate::cloud::{Auth, NewUser, Result, VERIFICATION_PREFIX};
use crate::config::Verify;
use crate::tokens::impact::{SOME_EMAIL, SOME_PHONE_NUMBER};
use crate::tokens::persona::Persona;

pub(super) struct User {
    pool_id: String,
    pub(super) username: String,
    pub(super) password: String,
    groups: Vec<String>,
    given: BTreeMap<String, String>,
    named_by_attribute: bool,
    pub(super) sub: RefCell<Option<String>>,
}

impl User {
    /// Invents a user that satisfies the pool.
    pub(super) async fn new(
        cloud: &impl Auth,
        pool_id: &str,
        persona: &Persona,
        verify: &Verify,
    ) -> Result<Self> {
        let rules = cloud.user_rules(pool_id).await?;
        let name = format!("{VERIFICATION_PREFIX}{}", random(8));
        let email = format!("{name}@{}", verify.email_domain);
        let by = |attribute: &str| rules.username_attributes.iter().any(|by| by == attribute);
        let phone = phone();
        let username = match (by("email"), by("phone_number")) {
            (true, _) => &email,
            (false, true) => &phone,
            (false, false) => &name,
        };
        let mut given = verify.attributes.clone();
        given.extend(persona.attributes.clone());
        for (any, own) in [(SOME_EMAIL, &email), (SOME_PHONE_NUMBER, &phone)] {
            given.values_mut().filter(|value| *value == any).for_each(|it| it.clone_from(own));
        }
        for attribute in &rules.required {
            let value = match attribute.as_str() {
                "sub" => continue,
                "email" => email.clone(),
                "phone_number" => phone.clone(),
                "birthdate" => "2000-01-01".to_owned(),
                "updated_at" => "0".to_owned(),
                _ => name.clone(),
            };
            given.entry(attribute.clone()).or_insert(value);
        }
        if by("phone_number") && !by("email") {
            given.entry("name".to_owned()).or_insert(name.clone());
            given.entry("phone_number".to_owned()).or_insert(phone.clone());
        } else if by("email") {
            given.entry("email".to_owned()).or_insert(email.clone());
        }
        Ok(Self {
            pool_id: pool_id.to_owned(),
            username: username.clone(),
            password: password(rules.password_length),
            groups: persona.groups.clone(),
            given,
            named_by_attribute: !rules.username_attributes.is_empty(),
            sub: RefCell::default(),
        })
    }

    /// Makes it; returns its `sub`.
    pub(super) async fn create(&self, cloud: &impl Auth) -> Result<Option<String>> {
        let user = NewUser {
            username: self.username.clone(),
            attributes: self.given.clone().into_iter().collect(),
            groups: self.groups.clone(),
            password: self.password.clone(),
        };
        cloud.create_user(&self.pool_id, &user).await
    }

    /// Removes it; a user that is not there is fine.
    pub(super) async fn delete(&self, cloud: &impl Auth) -> Result<()> {
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
        let sub = self.sub.borrow().clone().filter(|_| self.named_by_attribute);
        sub.unwrap_or_else(|| self.username.clone())
    }
}

/// Removes what a killed run left behind.
pub(super) async fn remove_leftovers(cloud: &impl Auth, pool_id: &str) -> Result<()> {
    for username in cloud.leftover_users(pool_id).await? {
        cloud.delete_user(pool_id, &username).await?;
    }
    Ok(())
}

fn random(bytes: usize) -> String {
    let mut buffer = vec![0; bytes];
    SystemRandom::new().fill(&mut buffer).expect("the system has random numbers");
    buffer.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A number of the range that is reserved for fiction.
fn phone() -> String {
    let digits: String = random(8).chars().filter(char::is_ascii_digit).collect();
    format!("+1555{digits:0<7.7}")
}

/// Random, with every class of character that a pool may ask for.
fn password(at_least: usize) -> String {
    format!("aA1!{}", random(at_least.div_ceil(2).max(14)))
}
