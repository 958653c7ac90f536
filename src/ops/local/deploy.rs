//! The stack on an emulator, and its users; nothing is proven, since nobody else is served.

use std::rc::Rc;

use super::seeds::{Seeded, seed};
use crate::config::Loaded;
use crate::failure::Failure;
use crate::ops::build::deployable;
use crate::ops::connection::{Connection, Reached, connect_for};
use crate::ops::options::{Allow, Gradual, Place, Proving};
use crate::ops::plan::{Intent, plan};
use crate::ops::planned::Planned;
use crate::ops::resolve::writable;
use crate::ops::up::{UpOptions, carry_out};
use crate::system::clock::Clock;
use crate::user::User;

/// What is there now.
pub struct Deployed {
    /// The way to it.
    pub connection: Connection<Reached>,
    /// How many resources were changed.
    pub changes: usize,
    /// Its users.
    pub seeds: Vec<Seeded>,
}

/// Deploys; `show` sees what is going to change first.
pub async fn deploy<U: User + 'static>(
    user: &Rc<U>,
    known: &Loaded,
    place: &Place,
    show: impl FnOnce(&Planned<Reached>),
) -> Result<Deployed, Failure> {
    writable(known)?;
    let config = &known.config;
    let allow = Allow::default();
    let intent = Intent {
        known,
        allow,
        canary: None,
        forbid_scope_loss: false,
        forbid_user_controlled: false,
        saved: None,
        local: true,
    };
    let package = deployable(config, None, &**user);
    let connecting = connect_for(user, place, config);
    let planned = plan(intent, Clock::system(), package, connecting, &**user).await?;
    show(&planned);
    let proving = &Proving { skip: true, ..Proving::default() };
    let options = UpOptions { gradual: Gradual::default(), proving, saved: None };
    let changes = carry_out(known, planned, options, &**user).await?.changes.len();
    let connection = connect_for(user, place, config).await?;
    let seeds = seed(known, &connection, place.emulator.as_ref(), &**user).await?;
    Ok(Deployed { connection, changes, seeds })
}
