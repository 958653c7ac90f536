//! What is proven, and for how long.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::{AnyPoolArgs, PageArgs, ProvingArgs};
use crate::verify::Load;

/// A proof removes temporary users that are older than a quarter of an hour: those of this one must not be.
const LONGEST: Duration = Duration::from_mins(10);

#[derive(Debug, Clone, Args)]
pub struct VerifyArgs {
    /// Write the checks as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    #[command(flatten)]
    pub page: PageArgs,
    #[command(flatten)]
    pub any: AnyPoolArgs,
    #[command(flatten)]
    pub proving: ProvingArgs,
    #[command(flatten)]
    pub load: LoadArgs,
}

#[derive(Debug, Clone, Copy, Args)]
pub struct LoadArgs {
    /// Keep signing in for so long, while something else happens to the stack; INT ends it with its report
    #[arg(long = "for", value_name = "TIME", value_parser = lasting)]
    pub lasts: Option<Duration>,
    /// Sign-ins a second
    #[arg(long, requires = "lasts", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub rate: u32,
}

impl LoadArgs {
    /// What was asked for, if it was.
    pub fn load(&self) -> Option<Load> {
        self.lasts.map(|lasts| Load { lasts, rate: self.rate })
    }
}

fn lasting(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if time.is_zero() || time > LONGEST {
        return Err(format!(
            "it is more than nothing, and at most {}",
            humantime::format_duration(LONGEST)
        ));
    }
    Ok(time)
}
