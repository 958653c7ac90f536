//! Which files of a crate use which, read from their tokens: `use` trees, and paths in the code.
//!
//! A name is followed to the file that defines it, through every `pub use` on the way. What stands under `#[cfg(test)]`
//! does not count; neither do `mod child;` and `pub use child::Item`, by which a parent only lists what is below it.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;

use crate::sources::{self, Source};
use crate::syntax::{self, Found, Path};

/// More hops than any name takes, so that a name which leads to itself ends too.
const HOPS: usize = 8;

/// A crate's modules, and the names that each of them imports.
pub struct Crate {
    modules: BTreeMap<Path, String>,
    names: BTreeMap<Path, BTreeMap<String, Path>>,
    files: Vec<File>,
}

struct File {
    path: String,
    module: Path,
    found: Found,
}

/// A path in a file by its whole name: `crate::a::B` or `std::fs::read`.
pub struct Mention {
    /// The file that names it.
    pub file: String,
    /// Where.
    pub line: usize,
    /// Its segments.
    pub path: Path,
    /// The file of the same crate that defines it.
    pub home: Option<String>,
}

impl Mention {
    /// As in the code.
    pub fn name(&self) -> String {
        self.path.join("::")
    }

    /// `file:line: name`
    pub fn place(&self) -> String {
        format!("{}:{}: {}", self.file, self.line, self.name())
    }

    /// Whether the path ends with these segments, separated by `::`.
    pub fn ends_in(&self, suffix: &str) -> bool {
        let suffix: Vec<_> = suffix.rsplit("::").collect();
        let backwards = self.path.iter().rev();
        self.path.len() >= suffix.len() && backwards.zip(suffix).all(|(is, want)| is == want)
    }

    /// Whether the path begins with these segments, separated by `::`.
    pub fn is_in(&self, prefix: &str) -> bool {
        let prefix: Vec<_> = prefix.split("::").collect();
        self.path.len() >= prefix.len() && self.path.iter().zip(prefix).all(|(is, want)| is == want)
    }
}

/// A file of the crate that uses another one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// The file that uses.
    pub from: String,
    /// The file that is used.
    pub to: String,
    /// Where, and by which name.
    pub why: String,
}

impl Crate {
    /// The crate whose files are below `directory`.
    pub fn read(directory: &str, name: &str) -> Self {
        Self::new(directory, name, sources::rust(&[directory]))
    }

    fn new(directory: &str, name: &str, sources: Vec<Source>) -> Self {
        let read = |source: Source| {
            let tokens: TokenStream = source.text.parse().expect("Rust");
            let module = module(directory, &source.path);
            File { found: syntax::find(tokens, &module, name), module, path: source.path }
        };
        let files: Vec<File> = sources.into_iter().map(read).collect();
        let mut modules = BTreeMap::new();
        let mut names: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for file in &files {
            // `lib.rs` and `main.rs` are both at the root: what is imported from there stands in `lib.rs`, the first.
            modules.entry(file.module.clone()).or_insert_with(|| file.path.clone());
            let uses = file.found.uses.iter().filter(|one| one.name != "_" && one.name != "*");
            let pairs = uses.map(|one| (one.name.clone(), one.path.clone()));
            names.entry(file.module.clone()).or_default().extend(pairs);
        }
        Self { modules, names, files }
    }

    /// Every path that the code names.
    pub fn mentions(&self) -> Vec<Mention> {
        self.files.iter().flat_map(|file| self.mentions_of(file)).collect()
    }

    fn mentions_of<'a>(&'a self, file: &'a File) -> impl Iterator<Item = Mention> + 'a {
        let uses = file.found.uses.iter().map(|one| (one.line, &one.path, one.exported));
        let paths = file.found.paths.iter().map(|(line, path)| (*line, path, false));
        uses.chain(paths).filter_map(|(line, path, exported)| {
            let path = self.defined(self.whole(path, &file.module));
            let module = self.module_of(&path);
            let lists = module.is_some_and(|module| {
                let below = module.len() > file.module.len() && module.starts_with(&file.module);
                (exported && below) || (*module == path && self.has_children(module))
            });
            let home = module.map(|module| self.modules[module].clone());
            (!lists).then(|| Mention { file: file.path.clone(), line, path, home })
        })
    }

    /// Lines with one of these words of the language or names, as `path:line: word`.
    pub fn words(&self, words: &[&str]) -> Vec<String> {
        let of = |file: &File| {
            let wanted = |(_, word): &&(usize, String)| words.contains(&word.as_str());
            let place = |(line, word): &(usize, String)| format!("{}:{line}: {word}", file.path);
            file.found.words.iter().filter(wanted).map(place).collect::<Vec<_>>()
        };
        self.files.iter().flat_map(of).collect()
    }

    /// Which file uses which, each pair once for each line.
    pub fn imports(&self) -> Vec<Import> {
        let import = |mention: Mention| {
            let to = mention.home.clone().filter(|home| *home != mention.file)?;
            Some(Import { from: mention.file.clone(), to, why: mention.place() })
        };
        self.mentions()
            .into_iter()
            .filter_map(import)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }

    /// The path from the crate's root or from that of another crate.
    fn whole(&self, path: &[String], module: &[String]) -> Path {
        let mut path = path.to_vec();
        for _ in 0..HOPS {
            if path[0] == "crate" {
                break;
            }
            let child: Path = [module, &path[..1]].concat();
            if self.modules.contains_key(&child) {
                return [module, &path].concat();
            }
            match self.names.get(module).and_then(|names| names.get(&path[0])) {
                Some(named) if named[0] != path[0] => path = [named, &path[1..]].concat(),
                Some(named) if path.len() > 1 && named.len() > 1 => {
                    return [named, &path[1..]].concat();
                }
                _ => break,
            }
        }
        path
    }

    /// Where the item stands that this path leads to, through what modules on the way import.
    fn defined(&self, mut path: Path) -> Path {
        for _ in 0..HOPS {
            let Some(module) = self.module_of(&path) else { return path };
            let Some(name) = path.get(module.len()) else { return path };
            let Some(named) = self.names[module].get(name) else { return path };
            path = [self.whole(named, module), path[module.len() + 1..].to_vec()].concat();
        }
        path
    }

    /// The longest beginning of the path that is a module.
    fn module_of(&self, path: &[String]) -> Option<&Path> {
        let mut longest = (1..=path.len()).rev().map(|length| &path[..length]);
        longest.find_map(|prefix| Some(self.modules.get_key_value(prefix)?.0))
    }

    fn has_children(&self, module: &Path) -> bool {
        self.modules.keys().any(|one| one.len() > module.len() && one.starts_with(module))
    }
}

/// `src/a/b.rs` and `src/a/b/mod.rs` are both `crate::a::b`.
fn module(directory: &str, path: &str) -> Path {
    let path = path.strip_prefix(directory).expect("a file of the crate").trim_matches('/');
    let parts = path.trim_end_matches(".rs").split('/').filter(|part| *part != "mod");
    let parts = parts.filter(|part| !["lib", "main"].contains(part));
    std::iter::once("crate").chain(parts).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imports(files: &[(&str, &str)]) -> Vec<String> {
        let source = |(path, text): &(&str, &str)| Source {
            path: format!("src/{path}"),
            text: (*text).to_owned(),
        };
        let sources = files.iter().map(source).collect();
        let pair = |one: Import| format!("{} -> {}", one.from, one.to).replace("src/", "");
        let mut pairs: Vec<String> =
            Crate::new("src", "own", sources).imports().into_iter().map(pair).collect();
        pairs.dedup();
        pairs
    }

    /// A file that says this, beside a small tree.
    fn of(text: &str) -> Vec<String> {
        let tree = [
            ("lib.rs", "pub mod a; pub mod b; pub mod one;"),
            (
                "a/mod.rs",
                "mod deep; mod list; pub use deep::Item; pub use list::{self, Other as Odd}; pub struct Here;",
            ),
            ("a/deep.rs", "pub struct Item;"),
            ("a/list.rs", "pub struct Other;"),
            ("b.rs", "pub use crate::a::Item as Twice; pub fn f() {}"),
        ];
        let found = imports(&[&tree[..], &[("one.rs", text)]].concat());
        let own = found.iter().filter_map(|pair| pair.strip_prefix("one.rs -> "));
        own.map(str::to_owned).collect()
    }

    #[test]
    fn a_use_leads_to_the_file_that_defines_the_item() {
        assert_eq!(of("use crate::b::f;"), ["b.rs"]);
        assert_eq!(of("use super::b::f as g;"), ["b.rs"]);
        assert_eq!(of("use crate::a::Here;"), ["a/mod.rs"]);
        assert_eq!(
            of("use crate::{a::{Here, deep::Item}, b::*};"),
            ["a/deep.rs", "a/mod.rs", "b.rs"]
        );
        assert_eq!(of("fn f() { use crate::b::f; }"), ["b.rs"]);
        assert_eq!(of("use own::b::f;"), ["b.rs"]);
        assert_eq!(of("use std::fs; use other::b::f;"), Vec::<String>::new());
    }

    #[test]
    fn exported_names_are_followed() {
        assert_eq!(of("use crate::a::Item;"), ["a/deep.rs"]);
        assert_eq!(of("use crate::a::Odd;"), ["a/list.rs"]);
        assert_eq!(of("use crate::b::Twice;"), ["a/deep.rs"]);
    }

    #[test]
    fn paths_in_code_count() {
        assert_eq!(of("fn g() { crate::b::f() }"), ["b.rs"]);
        assert_eq!(of("fn g() { say!(\"{}\", [crate::b::f()]) }"), ["b.rs"]);
        assert_eq!(of("type T = Vec<super::a::Item>;"), ["a/deep.rs"]);
        assert_eq!(of("use crate::a; fn g(_: a::Item) {}"), ["a/deep.rs"]);
        assert_eq!(of("use crate::b; fn g() { b::f() }"), ["b.rs"]);
        assert_eq!(of("fn g(b: ::std::B) -> impl Sized + use<> { b::f() }"), Vec::<String>::new());
    }

    #[test]
    fn tests_comments_and_strings_do_not_count() {
        assert_eq!(of("#[cfg(test)] mod tests { use crate::b::f; }"), Vec::<String>::new());
        assert_eq!(of("#[cfg(test)] use crate::b::{f, g}; use crate::a::Here;"), ["a/mod.rs"]);
        assert_eq!(
            of("/// See [`crate::b::f`].\nconst X: &str = \"crate::b::f\";"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn modules_in_a_file_have_their_own_super() {
        assert_eq!(of("mod inner { use super::super::b::f; }"), ["b.rs"]);
        assert_eq!(of("mod inner { use super::b::f; }"), Vec::<String>::new());
    }

    #[test]
    fn a_list_of_children_is_no_import_but_a_use_of_them_is() {
        let child = ("a/deep.rs", "use super::Here;");
        let lists = ("a/mod.rs", "mod deep; pub use deep::Item; pub struct Here;");
        let uses = ("a/mod.rs", "mod deep; use deep::Item; pub struct Here(Item);");
        assert_eq!(imports(&[child, lists]), ["a/deep.rs -> a/mod.rs"]);
        assert_eq!(imports(&[child, uses]), ["a/deep.rs -> a/mod.rs", "a/mod.rs -> a/deep.rs"]);
    }
}
