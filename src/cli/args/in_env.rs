//! A command line for several environments, as one of them takes it.

use super::{Command, DestroyArgs, FleetArgs, UpArgs};
use crate::failure::Failure;
use crate::ops::fleet::{for_each, of_one_alone};

impl Command {
    /// The same command for one of several environments: `{env}` in paths is its name. Of what is about one alone there is none.
    pub fn in_env(&self, env: &str) -> Result<Self, Failure> {
        let fleet = FleetArgs::default();
        match self {
            Self::Plan(args) => {
                let mut args = args.clone();
                for_each(args.out.iter_mut().chain(&mut args.page.html), env)?;
                Ok(Self::Plan(args))
            }
            Self::Up(args) => {
                let mut args = UpArgs { fleet, ..args.clone() };
                for_each(args.plan.iter_mut().chain(&mut args.junit), env)?;
                Ok(Self::Up(args))
            }
            Self::Verify(args) if args.any.pool.is_none() => {
                let mut args = args.clone();
                for_each(args.junit.iter_mut().chain(&mut args.page.html), env)?;
                Ok(Self::Verify(args))
            }
            Self::Status(args) => {
                let mut args = args.clone();
                for_each(&mut args.html, env)?;
                Ok(Self::Status(args))
            }
            Self::Destroy(args) if args.stack.is_none() => {
                Ok(Self::Destroy(DestroyArgs { fleet, ..args.clone() }))
            }
            _ => Err(of_one_alone()),
        }
    }

    /// How several environments are to be done.
    pub fn fleet(&self) -> FleetArgs {
        match self {
            Self::Up(args) => args.fleet.clone(),
            Self::Destroy(args) => args.fleet.clone(),
            _ => FleetArgs::default(),
        }
    }
}
