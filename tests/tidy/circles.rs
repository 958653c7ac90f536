//! Circles: what uses itself by way of others.

use std::collections::{BTreeMap, BTreeSet};

use crate::imports::Import;

/// How many imports are shown for a way from one place to another.
const SHOWN: usize = 8;

/// Every largest set of places that all lead to each other, with what leads from one to the next.
///
/// `place` says where a file belongs: to itself, or to its folder.
pub fn circles(imports: &[Import], place: impl Fn(&str) -> String) -> Vec<String> {
    let mut ways: BTreeMap<String, BTreeMap<String, Vec<&str>>> = BTreeMap::new();
    for import in imports {
        let (from, to) = (place(&import.from), place(&import.to));
        if from != to {
            ways.entry(from).or_default().entry(to).or_default().push(&import.why);
        }
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        ways.keys().map(|start| (start.as_str(), reach(&ways, start))).collect();
    let both = |one: &str, other: &str| {
        reached.get(other).is_some_and(|there| reached[one].contains(other) && there.contains(one))
    };
    let circle = |start: &&str| -> Vec<&str> {
        reached.keys().copied().filter(|other| both(start, other)).collect()
    };
    let all: BTreeSet<Vec<&str>> = reached.keys().map(circle).filter(|one| one.len() > 1).collect();
    all.iter().map(|circle| told(circle, &ways)).collect()
}

fn reach<'a>(
    ways: &'a BTreeMap<String, BTreeMap<String, Vec<&str>>>,
    start: &'a str,
) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![start];
    while let Some(next) = open.pop() {
        let further = ways.get(next).into_iter().flat_map(BTreeMap::keys);
        open.extend(further.map(String::as_str).filter(|one| reached.insert(*one)));
    }
    reached
}

fn told(circle: &[&str], ways: &BTreeMap<String, BTreeMap<String, Vec<&str>>>) -> String {
    let mut text = format!("circle of {}", circle.join(", "));
    for from in circle {
        for (to, why) in ways[*from].iter().filter(|(to, _)| circle.contains(&to.as_str())) {
            text += &format!("\n    {from} -> {to}");
            why.iter().take(SHOWN).for_each(|place| text += &format!("\n      {place}"));
            if why.len() > SHOWN {
                text += &format!("\n      and {} more", why.len() - SHOWN);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Vec<String> {
        let import = |(from, to): &(&str, &str)| Import {
            from: (*from).to_owned(),
            to: (*to).to_owned(),
            why: format!("{from}:1"),
        };
        let imports: Vec<Import> = pairs.iter().map(import).collect();
        let told = circles(&imports, |file| file.split('/').next().unwrap_or_default().to_owned());
        told.iter().filter_map(|text| text.lines().next()).map(str::to_owned).collect()
    }

    #[test]
    fn a_line_is_no_circle() {
        assert_eq!(of(&[("a", "b"), ("b", "c"), ("a", "c")]), Vec::<String>::new());
    }

    #[test]
    fn circles_are_found_whole_and_apart() {
        assert_eq!(
            of(&[("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "e"), ("e", "d")]),
            ["circle of a, b, c", "circle of d, e"]
        );
    }

    #[test]
    fn what_is_in_one_place_is_one() {
        assert_eq!(of(&[("a/x", "a/y"), ("a/y", "a/x")]), Vec::<String>::new());
        assert_eq!(of(&[("a/x", "b"), ("b", "a/y")]), ["circle of a, b"]);
    }
}
