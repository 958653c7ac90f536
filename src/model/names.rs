//! What resources are called: every name is computed from the stack's name, its environment and a key, here and nowhere
//! else.

use super::stack::StackName;

impl StackName {
    /// What every name begins with: `name`, or `name-environment`.
    #[must_use]
    pub fn prefix(&self) -> String {
        self.env.as_ref().map_or_else(|| self.name.clone(), |env| format!("{}-{env}", self.name))
    }

    /// The name of the function.
    #[must_use]
    pub fn function_name(&self) -> String {
        format!("{}-pre-token", self.prefix())
    }

    /// The name of the function's role: that of the function.
    #[must_use]
    pub fn role_name(&self) -> String {
        self.function_name()
    }

    /// The name of the function's log group; Lambda decides it.
    #[must_use]
    pub fn log_group_name(&self) -> String {
        format!("/aws/lambda/{}", self.function_name())
    }

    /// The name of the pool with this key, if the stack owns it.
    #[must_use]
    pub fn pool_name(&self, key: &str) -> String {
        format!("{}-{key}", self.prefix())
    }

    /// The prefix of a pool's domain in this environment: `domain`, or `domain-environment`.
    #[must_use]
    pub fn domain_name(&self, domain: &str) -> String {
        self.env.as_ref().map_or_else(|| domain.to_owned(), |env| format!("{domain}-{env}"))
    }

    /// The name of the client with this key, if the stack owns it.
    #[must_use]
    pub fn client_name(&self, key: &str) -> String {
        format!("{}-{key}", self.prefix())
    }

    /// The name of a resource server that has none of its own: the prefix and the identifier, with `-` for what Cognito
    /// takes in identifiers and not in names (`ResourceServerNameType`), such as the slashes of a URL.
    #[must_use]
    pub fn resource_server_name(&self, identifier: &str) -> String {
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter);
        let identifier: String =
            identifier.chars().map(|letter| if allowed(letter) { letter } else { '-' }).collect();
        format!("{}-{identifier}", self.prefix())
    }
}
