//! Environments: which of a file's overlays a name selects, and the tree with them laid over it. Tables are merged, deep;
//! everything else replaces. Every value keeps the place that it came from.

use toml::de::{DeTable, DeValue};

use super::shape::Node;

/// The key of the overlays.
pub(super) const ENV: &str = "env";

/// Letters that a name of an environment is made of: it ends up in the names of resources.
pub(super) const NAME: &str =
    "lower-case letters, digits and `-`, beginning with a letter or a digit";

/// Whether an environment can be called so.
pub(super) fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty() && !name.starts_with('-') && name.chars().all(fits)
}

/// The names and patterns of a file's environments, in its order.
pub(super) fn declared(tree: &Node<'_>) -> Vec<String> {
    overlays(tree).map(|(name, _)| name.to_owned()).collect()
}

/// Whether a name or a pattern of a file selects `name`. `*` stands for any letters, also for none.
pub(super) fn selects(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|name| {
            name.char_indices()
                .map(|(at, _)| at)
                .chain([name.len()])
                .any(|at| selects(rest, &name[at..]))
        }),
    }
}

/// A name that a pattern selects, to check it with.
pub(super) fn sample(pattern: &str) -> String {
    pattern.replace('*', "x")
}

/// The tree as it is in environment `name`: patterns apply in the order of the file, the exact name comes last.
pub(super) fn select<'i>(tree: &Node<'i>, name: Option<&str>) -> Node<'i> {
    let mut base = tree.get_ref().as_table().cloned().unwrap_or_default();
    base.remove(ENV);
    if let Some(name) = name {
        let patterns =
            overlays(tree).filter(|(pattern, _)| *pattern != name && selects(pattern, name));
        let exact = overlays(tree).filter(|(exact, _)| *exact == name);
        for (_, overlay) in patterns.chain(exact) {
            merge(&mut base, overlay);
        }
    }
    Node::new(tree.span(), DeValue::Table(base))
}

/// The tree with another one laid over it.
pub(super) fn overlaid<'i>(tree: Node<'i>, over: &Node<'i>) -> Node<'i> {
    let span = tree.span();
    match (tree.into_inner(), over.get_ref()) {
        (DeValue::Table(mut table), DeValue::Table(over)) => {
            merge(&mut table, over);
            Node::new(span, DeValue::Table(table))
        }
        (value, _) => Node::new(span, value),
    }
}

fn overlays<'t, 'i>(tree: &'t Node<'i>) -> impl Iterator<Item = (&'t str, &'t DeTable<'i>)> {
    let overlays =
        tree.get_ref().get(ENV).and_then(|env| env.get_ref().as_table()).into_iter().flatten();
    overlays.filter_map(|(name, overlay)| {
        Some((name.get_ref().as_ref(), overlay.get_ref().as_table()?))
    })
}

fn merge<'i>(base: &mut DeTable<'i>, overlay: &DeTable<'i>) {
    for (key, value) in overlay {
        let name = key.get_ref().as_ref();
        let below = base.get_mut(name).map(Node::get_mut);
        if let (Some(DeValue::Table(table)), DeValue::Table(over)) = (below, value.get_ref()) {
            merge(table, over);
        } else {
            // Removed first, so that the key's place is the overlay's, too.
            base.remove(name);
            base.insert(key.clone(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{is_name, sample, selects};

    #[test]
    fn patterns_select() {
        for (pattern, name, selected) in [
            ("prod", "prod", true),
            ("prod", "prod-2", false),
            ("pr-*", "pr-123", true),
            ("pr-*", "pr-", true),
            ("pr-*", "prod", false),
            ("*", "anything", true),
            ("*-test", "a-test", true),
            ("*-test", "a-test-b", false),
            ("a*b*c", "abbc", true),
            ("a*b*c", "acb", false),
        ] {
            assert_eq!(selects(pattern, name), selected, "{pattern} {name}");
            assert!(selects(pattern, &sample(pattern)), "{pattern}");
        }
    }

    #[test]
    fn names_fit_into_names_of_resources() {
        assert!(["prod", "pr-123", "1"].into_iter().all(is_name));
        assert!(!["", "-a", "Prod", "a_b", "a/b", "pr-*", "ä"].into_iter().any(is_name));
    }
}
