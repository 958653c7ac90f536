//! An identity provider of a pool. Its secrets are compared and written, and never shown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Details that hold a secret, whatever the provider (`ProviderDetails` of `CreateIdentityProvider`).
pub const SECRET_DETAILS: [&str; 2] = ["client_secret", "private_key"];

/// A secret detail. Its `Debug` hides it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SecretDetail {
    /// The variable that it comes from; empty where it was seen.
    pub variable: String,
    /// What it is; not known where nobody said it, and then not compared.
    pub value: Option<String>,
}

impl fmt::Debug for SecretDetail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.value.is_some();
        write!(f, "SecretDetail({}, known: {known})", self.variable)
    }
}

/// An identity provider: what is wanted, or everything that was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdentityProvider {
    /// Its name is its id.
    pub name: String,
    /// `Google`, `OIDC`, …; never changes.
    pub kind: String,
    /// Details that are no secrets.
    pub details: BTreeMap<String, String>,
    /// Details that are.
    pub secrets: BTreeMap<String, SecretDetail>,
    /// Attributes of users by the provider's claims; wanted only if there are any.
    pub attribute_mapping: BTreeMap<String, String>,
    /// Other names of it; wanted only if there are any.
    pub identifiers: BTreeSet<String>,
}

impl IdentityProvider {
    /// This provider, seen, as far as the wanted one says something: AWS adds details of its own (the addresses that it
    /// found), and maps `username` by itself.
    #[must_use]
    pub fn only(&self, wanted: &Self) -> Self {
        let seen = |key: &String| {
            let secret = self.secrets.get(key).and_then(|secret| secret.value.clone());
            self.details.get(key).cloned().or(secret)
        };
        let details = wanted.details.keys().filter_map(|key| Some((key.clone(), seen(key)?)));
        let secrets = wanted.secrets.iter().map(|(key, SecretDetail { variable, value })| {
            let value = value.as_ref().and_then(|_| seen(key));
            (key.clone(), SecretDetail { variable: variable.clone(), value })
        });
        let mut attribute_mapping = self.attribute_mapping.clone();
        attribute_mapping.retain(|attribute, _| {
            let own = attribute == "username" && !wanted.attribute_mapping.contains_key(attribute);
            !wanted.attribute_mapping.is_empty() && !own
        });
        let mut identifiers = self.identifiers.clone();
        identifiers.retain(|_| !wanted.identifiers.is_empty());
        Self {
            name: self.name.clone(),
            kind: self.kind.clone(),
            details: details.collect(),
            secrets: secrets.collect(),
            attribute_mapping,
            identifiers,
        }
    }

    /// All details as AWS takes them; a secret that is not known is left out.
    #[must_use]
    pub fn all_details(&self) -> BTreeMap<String, String> {
        let secrets = self.secrets.iter();
        let secrets = secrets.filter_map(|(key, it)| Some((key.clone(), it.value.clone()?)));
        self.details.clone().into_iter().chain(secrets).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn secret(variable: &str, value: Option<&str>) -> BTreeMap<String, SecretDetail> {
        let value = value.map(str::to_owned);
        [("client_secret".to_owned(), SecretDetail { variable: variable.to_owned(), value })].into()
    }

    #[test]
    fn what_aws_adds_is_no_difference_and_a_secret_is_one_without_being_shown() {
        let seen = IdentityProvider {
            kind: "Google".to_owned(),
            details: map(&[("client_id", "1"), ("token_url", "https://google.example/token")]),
            secrets: secret("", Some("hunter2-of-old")),
            attribute_mapping: map(&[("email", "email"), ("username", "sub")]),
            ..IdentityProvider::default()
        };
        let wanted = |value| IdentityProvider {
            kind: "Google".to_owned(),
            details: map(&[("client_id", "1")]),
            secrets: secret("GOOGLE", value),
            attribute_mapping: map(&[("email", "email")]),
            ..IdentityProvider::default()
        };
        for same in [Some("hunter2-of-old"), None] {
            assert_eq!(seen.only(&wanted(same)), wanted(same));
        }
        assert_ne!(seen.only(&wanted(Some("new"))), wanted(Some("new")));
        assert!(!format!("{seen:?}").contains("hunter2"));
    }
}
