//! Lists that come in pages. It decides that a list must get on, and has an end.
//!
//! The SDK's own paginators stop without a word when a token comes twice in a row, which makes a broken list look like a
//! short one, and go on for ever when tokens take turns.

use std::collections::HashSet;

use super::error::unreadable;
use crate::cloud::Result;

/// No list that is read here has more: the longest are pools, clients and groups, of which a quota can be raised to 10,000
/// ("Quotas in Amazon Cognito"), sixty a page, and versions, fifty a page, whose packages share the quota on storage.
const MOST_PAGES: usize = 2000;

/// What the next page begins at, and the items of this one.
pub(in crate::aws) type Page<T> = (Option<String>, Option<Vec<T>>);

/// All items; `page` asks for the page that begins at a token.
pub(in crate::aws) async fn all<T>(
    operation: &str,
    page: impl AsyncFnMut(Option<String>) -> Result<Page<T>>,
) -> Result<Vec<T>> {
    let mut all = vec![];
    let keep = |item| {
        all.push(item);
        None::<()>
    };
    find(operation, page, keep).await?;
    Ok(all)
}

/// The first thing that `pick` makes of an item; what follows it is not asked for.
pub(in crate::aws) async fn find<T, R>(
    operation: &str,
    mut page: impl AsyncFnMut(Option<String>) -> Result<Page<T>>,
    mut pick: impl FnMut(T) -> Option<R>,
) -> Result<Option<R>> {
    let mut seen = HashSet::new();
    let mut from = None;
    for _ in 0..MOST_PAGES {
        let (next, items) = page(from).await?;
        if let Some(found) = items.unwrap_or_default().into_iter().find_map(&mut pick) {
            return Ok(Some(found));
        }
        let Some(next) = next.filter(|token| !token.is_empty()) else { return Ok(None) };
        if !seen.insert(next.clone()) {
            return Err(unreadable(
                operation,
                "its pages go round in a circle: a token came twice",
            ));
        }
        from = Some(next);
    }
    Err(unreadable(operation, format!("the list goes on after {MOST_PAGES} pages")))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::cloud::CloudError;

    /// Reads a list whose page `n` holds `n` and leads to `next(n)`; how many pages were asked for, and how it ended.
    fn read(next: impl Fn(usize) -> Option<String>) -> (usize, Result<Vec<usize>>) {
        let asked = Cell::new(0);
        let list = all("iam:ListThings", async |_| {
            asked.set(asked.get() + 1);
            Ok((next(asked.get()), Some(vec![asked.get()])))
        });
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let list = runtime.block_on(list);
        (asked.get(), list)
    }

    #[test]
    fn a_list_is_read_to_its_end() {
        let (_, list) = read(|page| (page < 3).then(|| page.to_string()));
        assert_eq!(list.expect("a list"), [1, 2, 3]);
        let (_, list) = read(|_| Some(String::new()));
        assert_eq!(list.expect("an empty token is none"), [1]);
    }

    #[test]
    fn a_list_without_an_end_is_given_up() {
        // How many tokens take turns, and how many pages are asked for.
        for (tokens, pages) in [(1, 2), (3, 4), (usize::MAX, MOST_PAGES)] {
            let (asked, list) = read(|page| Some((page % tokens).to_string()));
            let error = list.expect_err("no list");
            assert!(
                matches!(&error, CloudError::Unreadable { operation, .. } if operation == "iam:ListThings")
            );
            assert_eq!(asked, pages, "{error}");
        }
    }
}
