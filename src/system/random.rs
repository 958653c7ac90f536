//! Texts that nobody can guess.

use ring::rand::{SecureRandom as _, SystemRandom};

/// So many random bytes, in hexadecimal: lower case, since some of AWS's names tell it from upper case, and some do not.
#[must_use]
pub(crate) fn random_hex(bytes: usize) -> String {
    let mut random = vec![0; bytes];
    SystemRandom::new().fill(&mut random).expect("the system has random numbers");
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}
