//! The secrets of identity providers: read from variables of this process, and told to nobody but AWS.

use crate::codes::Code;
use crate::failure::{Exit, Failure};
use crate::reconcile::desired::Desired;
use crate::user::User;

/// What the emulator has for a secret that nobody said: no provider ever sees it.
const LOCAL: &str = "secret-of-the-local-emulator";

/// Those that are known. What is not known is not compared.
pub fn tell(desired: &mut Desired) {
    tell_from(desired, |name| std::env::var(name).ok());
}

/// All of them: what is written must be known.
pub fn tell_all(desired: &mut Desired, user: &impl User) -> Result<(), Failure> {
    tell(desired);
    let local = desired.identity.target.local;
    for secret in desired.secrets() {
        if local {
            secret.value.get_or_insert_with(|| LOCAL.to_owned());
        }
        let Some(value) = &secret.value else { return Err(missing(&secret.variable)) };
        user.secret(value);
    }
    Ok(())
}

fn tell_from(desired: &mut Desired, variable: impl Fn(&str) -> Option<String>) {
    // What was read from elsewhere is known.
    for secret in desired.secrets().filter(|secret| secret.value.is_none()) {
        secret.value = variable(&secret.variable).filter(|value| !value.is_empty());
    }
}

fn missing(variable: &str) -> Failure {
    let error = anyhow::anyhow!(
        "the variable {variable} is not set, and an identity provider of deploy.toml has its secret there"
    );
    Failure::new(Exit::Usage, Code::VariableNotSet, error)
        .hint(format!("set {variable}, and run again"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;
    use crate::model::Target;

    const FILE: &str = r#"
name = "orders"
[pools.customers.clients.web]
[pools.customers.identity_providers.Google]
type = "Google"
details = { client_id = "1", authorize_scopes = "openid", client_secret = { env = "GOOGLE" } }
"#;

    #[test]
    fn a_secret_is_what_its_variable_holds_and_an_empty_one_is_none() {
        let target = Target {
            partition: "aws".to_owned(),
            account: "123456789012".to_owned(),
            region: "eu-west-1".to_owned(),
            env: None,
            local: false,
        };
        let known = parse(FILE, "deploy.toml", None).expect("the file is right");
        for (value, told) in [("", None), ("hunter2-of-google", Some("hunter2-of-google"))] {
            let mut desired = Desired::new(&known.config, target.clone(), "");
            tell_from(&mut desired, |name| (name == "GOOGLE").then(|| value.to_owned()));
            let secrets: Vec<_> = desired.secrets().map(|secret| secret.value.clone()).collect();
            assert_eq!(secrets, [told.map(str::to_owned)]);
        }
    }
}
