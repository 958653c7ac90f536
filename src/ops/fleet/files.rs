//! Files that a run writes or reads: each environment has its own.

use std::path::PathBuf;

use crate::codes::Code;
use crate::failure::{Exit, Failure};

/// Where the environment's name goes.
const ENV: &str = "{env}";

/// Puts the environment's name into these paths, each of which must have a place for it.
pub fn for_each<'p>(
    files: impl IntoIterator<Item = &'p mut PathBuf>,
    env: &str,
) -> Result<(), Failure> {
    for file in files {
        let text = file.display().to_string();
        if !text.contains(ENV) {
            let error = anyhow::anyhow!("every environment would write or read `{text}`");
            let failure = Failure::new(Exit::Usage, Code::Usage, error);
            return Err(failure.hint(format!("put `{ENV}` where its name goes")));
        }
        *file = text.replace(ENV, env).into();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_own() {
        let mut file = PathBuf::from("out/{env}.xml");
        for_each([&mut file], "eu").expect("there is a place");
        assert_eq!(file, PathBuf::from("out/eu.xml"));
        let refused = for_each([&mut file], "us").expect_err("there is none");
        assert_eq!(refused.exit, Exit::Usage);
        assert!(refused.error.to_string().contains("`out/eu.xml`"), "{:#}", refused.error);
    }
}
