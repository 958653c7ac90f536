//! What a pool and its clients say about signing in: what a proof can know before it begins.

use std::collections::BTreeSet;

/// What a pool asks of everybody who signs in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignInSettings {
    /// Names of the attributes that its users can have; none where nobody knows.
    pub attributes: BTreeSet<String>,
    /// Whether it remembers devices (`DeviceConfiguration`).
    pub tracks_devices: bool,
    /// Ids of the clients whose refresh tokens are replaced when they are used (`RefreshTokenRotation`).
    pub rotating: BTreeSet<String>,
    /// A digest of all of the pool's settings on which sign-ins and tokens depend, whether anything here knows them or not.
    pub digest: String,
}
