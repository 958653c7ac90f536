//! How a client with a secret proves that it has it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use crate::cloud::ClientSecret;

/// `SECRET_HASH`: the HMAC-SHA256 of user name and client id under the secret.
///
/// A sign-in hashes the name that is sent with it; a refresh, and whatever comes after the first answer, the name that
/// the pool has for the user (aws-sdk-net-extensions-cognito #122, boto3 #2736).
pub(super) fn secret_hash(secret: &ClientSecret, username: &str, client_id: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.0.as_bytes());
    STANDARD.encode(hmac::sign(&key, format!("{username}{client_id}").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_hmac_of_name_and_client() {
        // printf %s "alice1example23456789" | openssl dgst -sha256 -hmac "0123456789abcdef" -binary | base64
        let secret = ClientSecret("0123456789abcdef".to_owned());
        let hash = secret_hash(&secret, "alice", "1example23456789");
        assert_eq!(hash, "ZdYrlu0ClXgXZVAifKcq6D5bVJn7WCiF6YssYULx8Zk=");
    }
}
