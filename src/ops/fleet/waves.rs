//! Waves: how many environments go to work together, and whether that fits.

use crate::codes::Code;
use crate::failure::{Exit, Failure};
use crate::model::nearest;

/// The word for all that are left.
const REST: &str = "rest";

/// The sizes of the waves that `1,5,rest` asks for, of so many environments; one wave of all where nothing is asked for.
pub fn waves(asked: Option<&str>, environments: usize) -> Result<Vec<usize>, Failure> {
    let Some(asked) = asked else { return Ok(vec![environments]) };
    let mut sizes = vec![];
    let mut words = asked.split(',').map(str::trim).peekable();
    while let Some(word) = words.next() {
        if word == REST {
            if words.peek().is_some() {
                return Err(wrong(format!("nothing can come after `{REST}` in `{asked}`")));
            }
            sizes.push(environments.saturating_sub(sizes.iter().sum()));
        } else {
            sizes.push(size(word, asked)?);
        }
    }
    let sum: usize = sizes.iter().fold(0, |sum, size| sum.saturating_add(*size));
    if sum != environments {
        let are =
            if environments == 1 { "there is 1" } else { &format!("there are {environments}") };
        let failure = wrong(format!("the waves `{asked}` are of {sum} environments, and {are}"));
        return Err(failure.hint(format!("end with `{REST}`: `--waves 1,{REST}`")));
    }
    // An empty rest is no wave.
    sizes.retain(|size| *size > 0);
    Ok(sizes)
}

fn size(word: &str, asked: &str) -> Result<usize, Failure> {
    if let Some(size) = word.parse().ok().filter(|size| *size > 0) {
        return Ok(size);
    }
    let failure = wrong(format!("`{word}` in `{asked}` is no number of environments"));
    Err(match nearest(word, [REST]) {
        Some(meant) => failure.hint(format!("did you mean `{meant}`?")),
        None => failure.hint(format!("waves are numbers from 1 on, and at last perhaps `{REST}`")),
    })
}

fn wrong(text: String) -> Failure {
    Failure::new(Exit::Usage, Code::Usage, anyhow::anyhow!(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waves_that_fit() {
        for (asked, environments, sizes) in [
            (None, 3, vec![3]),
            (Some("1,rest"), 3, vec![1, 2]),
            (Some("1, 2"), 3, vec![1, 2]),
            (Some("1,2,rest"), 3, vec![1, 2]),
            (Some("rest"), 2, vec![2]),
        ] {
            assert_eq!(waves(asked, environments).expect("they fit"), sizes, "{asked:?}");
        }
    }

    #[test]
    fn waves_that_do_not() {
        for (asked, text, help) in [
            ("1,5,rest", "the waves `1,5,rest` are of 6 environments, and there are 3", "rest"),
            ("1,1", "the waves `1,1` are of 2 environments, and there are 3", "end with"),
            ("rest,1", "nothing can come after `rest` in `rest,1`", ""),
            ("1,ret", "`ret` in `1,ret` is no number of environments", "did you mean `rest`?"),
            ("0,rest", "`0` in `0,rest` is no number of environments", "from 1 on"),
            ("", "`` in `` is no number of environments", "from 1 on"),
            ("99999999999999999999,rest", "is no number", "from 1 on"),
            ("18446744073709551615,18446744073709551615", "and there are 3", ""),
        ] {
            let failure = waves(Some(asked), 3).expect_err("it does not fit");
            assert_eq!(failure.exit, Exit::Usage);
            assert!(failure.error.to_string().contains(text), "{asked}: {:#}", failure.error);
            let hints: String = failure.hints.iter().map(|hint| hint.text.as_str()).collect();
            assert!(hints.contains(help), "{asked}: {hints}");
        }
    }
}
