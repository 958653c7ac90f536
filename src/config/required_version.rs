//! `required_version`: which versions of this program a file is for. Looked at before anything else of it, so that a version
//! that does not know the file's newer keys says that, and not that each of them is unknown.

use semver::{Version, VersionReq};
use toml::de::DeValue;

use super::problem::Problem;
use super::shape::Node;
use crate::codes::Code;

/// The key.
pub(super) const KEY: &str = "required_version";

/// Why this version is none of those that the file asks for.
pub(super) fn unmet(tree: &Node<'_>) -> Option<Problem> {
    unmet_by(tree, env!("CARGO_PKG_VERSION"))
}

fn unmet_by(tree: &Node<'_>, version: &str) -> Option<Problem> {
    let (asked, text) = asked(tree)?;
    let requirement = VersionReq::parse(text).ok()?;
    let this = Version::parse(version).ok()?;
    if requirement.matches(&this) {
        return None;
    }
    let problem = Problem::error(
        Code::UnmetVersion,
        asked.span(),
        format!("the file is for pretoken {text}, and this is pretoken {version}"),
    );
    Some(problem.label(format!("{version} is none of these")).help(format!(
        "get another: `uvx 'pretoken{}'`, `pip install --upgrade pretoken`, `npx pretoken@VERSION`, or an archive of its releases",
        if text.starts_with(['<', '>', '=']) { text.replace(' ', "") } else { "==VERSION".to_owned() }
    )))
}

/// Why it is no requirement at all.
pub(super) fn unreadable(tree: &Node<'_>) -> Option<Problem> {
    let (asked, text) = asked(tree)?;
    let error = VersionReq::parse(text).err()?;
    let problem = Problem::error(
        Code::WrongForm,
        asked.span(),
        format!("`{KEY}` must be a requirement of a version (https://semver.org)"),
    );
    Some(problem.label(error.to_string()).help("such as \">= 0.2\", \"^1.4\" or \">= 1.0, < 3\""))
}

fn asked<'t>(tree: &'t Node<'_>) -> Option<(&'t Node<'t>, &'t str)> {
    let asked = tree.get_ref().as_table()?.get(KEY)?;
    match asked.get_ref() {
        DeValue::String(text) => Some((asked, text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use toml::de::DeTable;

    use super::*;

    #[test]
    fn a_requirement_is_met_unmet_or_none() {
        for (asked, version, told) in [
            (">= 0.2", "0.2.0", None),
            (">= 0.2", "1.0.0", None),
            ("^0.2", "0.2.7", None),
            (
                ">= 0.2",
                "0.1.9",
                Some("the file is for pretoken >= 0.2, and this is pretoken 0.1.9"),
            ),
            (
                ">= 0.2, < 1",
                "1.0.0",
                Some("the file is for pretoken >= 0.2, < 1, and this is pretoken 1.0.0"),
            ),
            ("new", "1.0.0", None),
        ] {
            let text = format!("{KEY} = \"{asked}\"");
            let table = DeTable::parse(&text).expect("a table");
            let tree = Node::new(table.span(), DeValue::Table(table.into_inner()));
            let problem = unmet_by(&tree, version);
            assert_eq!(
                problem.map(|problem| problem.message).as_deref(),
                told,
                "{asked} {version}"
            );
            assert_eq!(unreadable(&tree).is_some(), asked == "new", "{asked}");
        }
    }
}
