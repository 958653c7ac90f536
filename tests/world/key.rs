//! Tokens as a pool signs them, with a key that only tests use.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, PublicKeyComponents};
use ring::signature::RSA_PKCS1_SHA256;
use serde_json::{Map, Value, json};

/// Made by `openssl genpkey -algorithm RSA`: no pool has it, and nothing is kept secret by it.
const PEM: &str = include_str!("../fake/test-key-of-a-pretended-pool.pem");
const ID: &str = "test-key";

static KEY: LazyLock<KeyPair> = LazyLock::new(|| {
    let base64: String = PEM.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(base64).expect("the key is base64");
    KeyPair::from_pkcs8(&der).expect("the key is PKCS #8")
});

thread_local! {
    /// The same claims make the same token, and a signature takes longer than all the rest of a sign-in.
    static SIGNED: RefCell<HashMap<String, String>> = RefCell::default();
}

/// A token with these claims.
pub fn signed(claims: &Map<String, Value>) -> String {
    let claims = Value::from(claims.clone()).to_string();
    SIGNED
        .with_borrow_mut(|all| all.entry(claims).or_insert_with_key(|claims| sign(claims)).clone())
}

fn sign(claims: &str) -> String {
    let header = json!({ "kid": ID, "alg": "RS256" }).to_string();
    let text = [header.as_str(), claims].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
    let mut signature = vec![0; KEY.public().modulus_len()];
    KEY.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
        .expect("the key signs");
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The document in which a pool publishes its keys.
pub fn published() -> String {
    let PublicKeyComponents::<Vec<u8>> { n, e } = KEY.public().into();
    let [n, e] = [n, e].map(|number| URL_SAFE_NO_PAD.encode(number));
    json!({ "keys": [{ "kid": ID, "kty": "RSA", "alg": "RS256", "use": "sig", "n": n, "e": e }] })
        .to_string()
}
