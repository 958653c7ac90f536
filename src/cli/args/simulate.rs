//! What `simulate` is told: an event, or whom a token is for.

use std::path::PathBuf;

use clap::Args;

use crate::config::TriggerSource;

#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// Read the event here; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["group", "attribute", "metadata", "fact", "source", "scope", "sample"])]
    pub event: Option<PathBuf>,
    /// Key of the client; without it the first one
    #[arg(long, value_name = "KEY")]
    pub client: Option<String>,
    /// Key of the pool
    #[arg(long, value_name = "KEY")]
    pub pool: Option<String>,
    /// A group of the user; may be repeated
    #[arg(long, value_name = "NAME")]
    pub group: Vec<String>,
    /// An attribute of the user; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub attribute: Vec<(String, String)>,
    /// Metadata that the caller sends; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    pub metadata: Vec<(String, String)>,
    /// What a fact says, such as `entitlements.plan=pro`: JSON or a text; may be repeated
    #[arg(long, value_name = "NAME.MEMBER=VALUE", value_parser = pair)]
    pub fact: Vec<(String, String)>,
    /// A scope that the token has before the rules, instead of the source's own; may be repeated
    #[arg(long, value_name = "SCOPE")]
    pub scope: Vec<String>,
    /// How the token comes about, such as `RefreshTokens`
    #[arg(long, value_name = "SOURCE", value_parser = source)]
    pub source: Option<TriggerSource>,
    /// Print a sample event of this source instead
    #[arg(long, value_name = "SOURCE", value_parser = source, conflicts_with_all = ["source", "expect", "deployed"])]
    pub sample: Option<TriggerSource>,
    /// Check every promise; exit with 7 when one is broken
    #[arg(long)]
    pub expect: bool,
    /// Ask the live version too, and compare; exit with 7 when it answers something else
    #[arg(long, conflicts_with = "expect")]
    pub deployed: bool,
}

impl SimulateArgs {
    /// Whether any flag says whom the token is for.
    pub fn describes(&self) -> bool {
        self.event.is_some()
            || self.client.is_some()
            || self.pool.is_some()
            || !self.group.is_empty()
            || !self.attribute.is_empty()
            || !self.metadata.is_empty()
            || !self.fact.is_empty()
            || !self.scope.is_empty()
            || self.source.is_some()
    }
}

/// `name=value`.
fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// A trigger source, with or without what all of them begin with.
fn source(text: &str) -> Result<TriggerSource, String> {
    const PREFIX: &str = "TokenGeneration_";
    let short = |source: &TriggerSource| source.as_str().trim_start_matches(PREFIX);
    let wanted = text.strip_prefix(PREFIX).unwrap_or(text);
    TriggerSource::ALL
        .into_iter()
        .find(|source| short(source).eq_ignore_ascii_case(wanted))
        .ok_or_else(|| {
            let known: Vec<_> = TriggerSource::ALL.iter().map(short).collect();
            format!("it is one of {}", known.join(", "))
        })
}
