//! What a caller asks of an operation, as plain data.

use std::time::Duration;

use crate::local::Running;
use crate::verify::{Load, TestUser};

/// Where to work.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// On the embedded emulator.
    pub local: bool,
    /// On this one, instead of the one that everybody shares.
    pub emulator: Option<Running>,
    /// In this region, whatever `deploy.toml` says.
    pub region: Option<String>,
    /// As this profile.
    pub profile: Option<String>,
    /// At this address.
    pub endpoint_url: Option<String>,
}

/// What is only done when it is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Allow {
    /// Take the slot of an adopted pool from the function in it.
    pub take_over: bool,
    /// Move an adopted pool from LITE to ESSENTIALS.
    pub change_tier: bool,
    /// The environment may be removed after so long.
    pub ttl: Option<Duration>,
}

/// How a new version comes into service.
#[derive(Debug, Clone, Copy, Default)]
pub struct Gradual {
    /// The share of the invocations, in percent, that it serves at first.
    pub canary: Option<u8>,
    /// How long it is watched before it serves all of them.
    pub bake: Duration,
    /// Leave the canary as it is.
    pub hold: bool,
}

/// How tokens are proven.
#[derive(Debug, Clone, Default)]
pub struct Proving {
    /// Leave the sign-ins out.
    pub skip: bool,
    /// Where public keys are, if not where they usually are.
    pub jwks_url: Option<String>,
    /// Leave the calls to live APIs out.
    pub no_calls: bool,
    /// The user to sign in as, instead of temporary ones.
    pub test_user: Option<TestUser>,
    /// Keep signing in for so long, instead of looking at every flow once.
    pub load: Option<Load>,
}
