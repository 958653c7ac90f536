//! An emulator of a run's own, with the stack on it.

use super::deploy::Deployed;
use super::variables::{Variables, of_emulator, of_stack};
use crate::config::Loaded;
use crate::failure::Failure;
use crate::local::{Dirs, Own, OwnOptions, start_own};
use crate::ops::options::Place;
use crate::user::User;

/// An emulator of a run's own, and the way there.
pub struct Stage {
    /// It.
    pub own: Own,
    /// The way there.
    pub place: Place,
}

impl Stage {
    /// Starts it.
    pub async fn start(
        user: &impl User,
        dirs: &Dirs,
        wanted: &OwnOptions,
        place: Place,
    ) -> Result<Self, Failure> {
        let own = start_own(dirs, wanted, &|text| user.detail(text)).await?;
        let place = Place { emulator: Some(own.running().clone()), ..place };
        Ok(Self { own, place })
    }

    /// What clients of it need.
    pub async fn variables(
        &self,
        known: &Loaded,
        deployed: &Deployed,
    ) -> Result<Variables, Failure> {
        let (running, connection) = (self.own.running(), &deployed.connection);
        let mut all = of_emulator(running, Some(&connection.target.region));
        all.extend(of_stack(&known.config, connection, running).await?);
        Ok(all)
    }

    /// That it is ready, in words.
    #[must_use]
    pub fn ready(&self, deployed: &Deployed) -> String {
        let seeds = match deployed.seeds.len() {
            0 => String::new(),
            1 => " and 1 seed".to_owned(),
            seeds => format!(" and {seeds} seeds"),
        };
        format!("Ready at {}: {} resources{seeds}", self.own.running().url, deployed.changes)
    }
}
