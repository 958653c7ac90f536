//! Secure Remote Password as Cognito speaks it: the password is proven, and never sent.
//!
//! No kept crate does Cognito's variant (the hashes of RFC 5054 are others): it is that of `AuthenticationHelper` in
//! amazon-cognito-identity-js, with a group of 3072 bits (RFC 3526), SHA-256, numbers hashed with a sign byte, and a key
//! of 16 bytes by HKDF with the text "Caldera Derived Key".

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use num_bigint::BigUint;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::{digest, hkdf, hmac};

/// The 3072-bit MODP group of RFC 3526, section 4.
const PRIME: &str = "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD\
    EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED\
    EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F\
    83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B\
    E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510\
    15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7\
    ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C\
    BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF";
const INFO: &[u8] = b"Caldera Derived Key";

struct Group {
    n: BigUint,
    g: BigUint,
    k: BigUint,
}

static GROUP: LazyLock<Group> = LazyLock::new(|| {
    let n = number(PRIME).unwrap_or_default();
    let g = BigUint::from(2u8);
    let k = hash(&[&padded(&n), &padded(&g)]);
    Group { n, g, k: BigUint::from_bytes_be(&k) }
});

/// Whose password it is: a user in a pool, or a device in its group.
#[derive(Clone, Copy)]
pub(super) struct SrpIdentity<'a> {
    /// The pool's id without its region, or the key of the device's group.
    pub(super) realm: &'a str,
    /// The user's name (`USER_ID_FOR_SRP`), or the device's key.
    pub(super) name: &'a str,
    /// The password.
    pub(super) password: &'a str,
}

impl SrpIdentity<'_> {
    fn hash(&self) -> [u8; 32] {
        let Self { realm, name, password } = self;
        hash(&[realm.as_bytes(), name.as_bytes(), b":", password.as_bytes()])
    }
}

/// What a verifier challenge says.
#[derive(Clone, Copy)]
pub(super) struct PasswordVerifier<'a> {
    /// `SALT`, hexadecimal.
    pub(super) salt: &'a str,
    /// `SRP_B`, hexadecimal.
    pub(super) public: &'a str,
    /// `SECRET_BLOCK`, Base64.
    pub(super) secret_block: &'a str,
}

/// Half of a conversation: a random number and what is sent of it.
pub(super) struct Ephemeral {
    private: BigUint,
    public: BigUint,
}

impl Ephemeral {
    /// A new one.
    pub(super) fn new() -> Self {
        let mut bytes = [0; 128];
        SystemRandom::new().fill(&mut bytes).expect("the system has random numbers");
        Self::of(BigUint::from_bytes_be(&bytes))
    }

    fn of(private: BigUint) -> Self {
        let public = GROUP.g.modpow(&private, &GROUP.n);
        Self { private, public }
    }

    /// `SRP_A`.
    pub(super) fn public(&self) -> String {
        self.public.to_str_radix(16)
    }

    /// `PASSWORD_CLAIM_SIGNATURE`; `None` if the question makes no sense.
    pub(super) fn claim(
        &self,
        who: SrpIdentity<'_>,
        question: PasswordVerifier<'_>,
        timestamp: &str,
    ) -> Option<String> {
        let secret_block = STANDARD.decode(question.secret_block).ok()?;
        let key = self.key(who, &number(question.salt)?, &number(question.public)?)?;
        let mut text = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &key));
        for part in [who.realm.as_bytes(), who.name.as_bytes(), &secret_block, timestamp.as_bytes()]
        {
            text.update(part);
        }
        Some(STANDARD.encode(text.sign()))
    }

    fn key(&self, who: SrpIdentity<'_>, salt: &BigUint, theirs: &BigUint) -> Option<[u8; 16]> {
        let Group { n, g, k } = &*GROUP;
        let zero = BigUint::ZERO;
        let u = BigUint::from_bytes_be(&hash(&[&padded(&self.public), &padded(theirs)]));
        if theirs % n == zero || u == zero {
            return None;
        }
        let x = secret_number(who, salt);
        let base = (theirs % n + n - (k * g.modpow(&x, n)) % n) % n;
        let shared = base.modpow(&(&self.private + &u * x), n);
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, &padded(&u));
        let mut key = [0; 16];
        salt.extract(&padded(&shared)).expand(&[INFO], Sixteen).ok()?.fill(&mut key).ok()?;
        Some(key)
    }
}

/// What a device leaves with the pool: salt and verifier, both Base64.
pub(super) fn verifier(who: SrpIdentity<'_>) -> (String, String) {
    let mut salt = [0; 16];
    SystemRandom::new().fill(&mut salt).expect("the system has random numbers");
    let salt = BigUint::from_bytes_be(&salt);
    let verifier = GROUP.g.modpow(&secret_number(who, &salt), &GROUP.n);
    (STANDARD.encode(padded(&salt)), STANDARD.encode(padded(&verifier)))
}

fn secret_number(who: SrpIdentity<'_>, salt: &BigUint) -> BigUint {
    BigUint::from_bytes_be(&hash(&[&padded(salt), &who.hash()]))
}

struct Sixteen;

impl hkdf::KeyType for Sixteen {
    fn len(&self) -> usize {
        16
    }
}

fn number(hexadecimal: &str) -> Option<BigUint> {
    BigUint::parse_bytes(hexadecimal.as_bytes(), 16)
}

/// As Java writes a positive number: a zero byte in front where it would look negative.
fn padded(number: &BigUint) -> Vec<u8> {
    let mut bytes = number.to_bytes_be();
    if bytes.first().is_some_and(|first| *first >= 0x80) {
        bytes.insert(0, 0);
    }
    bytes
}

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use ring::digest::{SHA512, digest};

    use super::*;

    /// Computed by pycognito 2024.5.1 (`AWSSRP.process_challenge`, `process_device_challenge`), with the private numbers
    /// SHA-512("a") and SHA-512("b"), each written twice. The second salt does not look negative.
    #[test]
    fn claims_are_those_of_pycognito() {
        let private = |seed: &str| {
            let once = digest(&SHA512, seed.as_bytes());
            BigUint::from_bytes_be(&[once.as_ref(), once.as_ref()].concat())
        };
        let (ours, theirs) = (Ephemeral::of(private("a")), Ephemeral::of(private("b")));
        assert!(ours.public().starts_with("39e3fb41e961f02142ccdf91bf0cb2d4"));
        let user = SrpIdentity { realm: "AbCdEf123", name: "alice", password: "Pa55word!" };
        let device = SrpIdentity { realm: "-group", name: "eu-west-1_dev", password: "devpass" };
        let block = STANDARD.encode("secret block");
        for (salt, of_user, of_device) in [
            (
                "8a31c3ec2e5f0b9d1e2f3a4b5c6d7e8f",
                "pC1Vj75jVJdyvragtdhcnBZF5G/lOH5A9bCNzW9aMYQ=",
                "3KfYhoaSanCpIiP1eU+p35AXJUMVw917O/E3qF5njpY=",
            ),
            (
                "1a31c3ec2e5f0b9d1e2f3a4b5c6d7e8f",
                "pyGcuPtmSBxEbHyjL5vZstfr7AP6SqMf9E4I/QdhcX8=",
                "07n8yFomr6v7nmtxdNWQY0MO2J8YVMXX1k6LE0Ixnp4=",
            ),
        ] {
            let public = theirs.public();
            let question = PasswordVerifier { salt, public: &public, secret_block: &block };
            let claim = |who| ours.claim(who, question, "Thu Nov 5 04:03:02 UTC 2026");
            assert_eq!(claim(user).as_deref(), Some(of_user));
            assert_eq!(claim(device).as_deref(), Some(of_device));
        }
    }

    #[test]
    fn a_server_that_cheats_gets_no_proof() {
        let who = SrpIdentity { realm: "r", name: "n", password: "p" };
        for public in ["0", PRIME, "no number"] {
            let question = PasswordVerifier { salt: "1a", public, secret_block: "" };
            assert_eq!(Ephemeral::new().claim(who, question, "now"), None, "{public}");
        }
    }
}
