//! A device that a pool remembers: where devices are tracked, a refresh token is worth nothing without one
//! (aws-sdk-java-v2 #3418; "Working with user devices in your user pool", Cognito Developer Guide).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom as _, SystemRandom};

use super::srp::{self, SrpIdentity};
use crate::cloud::{Auth, DeviceVerifier, NewDevice, Result};

/// A confirmed device, with the password that it invented for itself.
pub(super) struct Device {
    pub(super) names: NewDevice,
    password: String,
}

impl Device {
    /// Makes the pool remember the device of these tokens.
    pub(super) async fn confirm(
        cloud: &impl Auth,
        access_token: &str,
        names: &NewDevice,
    ) -> Result<Self> {
        let mut random = [0; 40];
        SystemRandom::new().fill(&mut random).expect("the system has random numbers");
        let device = Self { names: names.clone(), password: STANDARD.encode(random) };
        let (salt, password_verifier) = srp::verifier(device.identity());
        let verifier = DeviceVerifier { password_verifier, salt };
        if cloud.confirm_device(access_token, &names.key, &verifier).await? {
            cloud.remember_device(access_token, &names.key).await?;
        }
        Ok(device)
    }

    /// Who it is, for its own proof.
    pub(super) fn identity(&self) -> SrpIdentity<'_> {
        SrpIdentity {
            realm: &self.names.group_key,
            name: &self.names.key,
            password: &self.password,
        }
    }
}
