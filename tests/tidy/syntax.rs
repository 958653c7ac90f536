//! The paths in a file, found in its tokens: comments and strings are none, and macros are looked into.

use std::iter::once;

use proc_macro2::TokenTree::{Group, Ident, Punct};
use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// The segments of a path; what is of the crate itself begins with `crate`.
pub type Path = Vec<String>;

/// What a file says.
#[derive(Default)]
pub struct Found {
    /// Every name that is imported.
    pub uses: Vec<Use>,
    /// Every path in the code, and its line.
    pub paths: Vec<(usize, Path)>,
    /// Every word of the language and every name, and its line.
    pub words: Vec<(usize, String)>,
}

/// One name of a `use`.
pub struct Use {
    /// Where.
    pub line: usize,
    /// What is imported; the last segment is `*` for everything.
    pub path: Path,
    /// What it is called here.
    pub name: String,
    /// Whether other modules see it, too.
    pub exported: bool,
}

/// Everything in these tokens, which are `module` of the crate `own`.
pub fn find(tokens: TokenStream, module: &[String], own: &str) -> Found {
    let mut finder = Finder { own, found: Found::default() };
    finder.walk(tokens, module);
    finder.found
}

struct Finder<'a> {
    own: &'a str,
    found: Found,
}

impl Finder<'_> {
    fn walk(&mut self, tokens: TokenStream, module: &[String]) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            at += self.step(&tokens[..at], &tokens[at..], module);
        }
    }

    /// Reads what begins here, and says how many tokens that were.
    fn step(&mut self, before: &[TokenTree], tokens: &[TokenTree], module: &[String]) -> usize {
        match tokens {
            [hash, Group(attribute), ..] if is(hash, '#') && is_test(attribute) => item(tokens),
            [Ident(word), next, ..] if word == "use" && !is(next, '<') => {
                let length = tokens.iter().take_while(|token| !is(token, ';')).count();
                let scope = Scope { module, exported: is_exported(before) };
                self.tree(&tokens[1..length], &[], &scope);
                length
            }
            [Ident(word), Ident(name), Group(body), ..] if word == "mod" => {
                self.walk(body.stream(), &joined(module, name));
                3
            }
            [Group(group), ..] => {
                self.walk(group.stream(), module);
                1
            }
            [Ident(_), ..] => self.path(tokens, module),
            _ => 1,
        }
    }

    fn path(&mut self, tokens: &[TokenTree], module: &[String]) -> usize {
        let line = line(&tokens[0]);
        let path = segments(tokens);
        let length = 3 * path.len() - 2;
        self.found.words.extend(path.iter().map(|word| (line, word.clone())));
        if path.len() > 1 {
            self.found.paths.push((line, self.absolute(path, module)));
        }
        length
    }

    /// A tree of a `use`, below the segments that stand before it.
    fn tree(&mut self, tokens: &[TokenTree], above: &[String], scope: &Scope) {
        match tokens {
            [one, two, rest @ ..] if are_colons(one, two) => self.tree(rest, above, scope),
            [Ident(name), one, two, rest @ ..] if are_colons(one, two) => {
                self.tree(rest, &joined(above, name), scope);
            }
            [Group(group)] => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                inner.split(|token| is(token, ',')).for_each(|one| self.tree(one, above, scope));
            }
            [last] => self.import(last, above, None, scope),
            [last, _, name] => self.import(last, above, Some(name.to_string()), scope),
            _ => {}
        }
    }

    fn import(&mut self, last: &TokenTree, above: &[String], name: Option<String>, scope: &Scope) {
        let path = match last.to_string().as_str() {
            "self" if !above.is_empty() => above.to_vec(),
            _ => joined(above, last),
        };
        let name = name.or_else(|| path.last().cloned()).unwrap_or_default();
        let path = self.absolute(path, scope.module);
        self.found.uses.push(Use { line: line(last), path, name, exported: scope.exported });
    }

    /// `self`, `super` and the crate's own name, said from the root.
    fn absolute(&self, path: Path, module: &[String]) -> Path {
        let ups = path.iter().take_while(|segment| *segment == "super").count();
        match path[0].as_str() {
            "super" => [&module[..module.len().saturating_sub(ups).max(1)], &path[ups..]].concat(),
            "self" => [module, &path[1..]].concat(),
            name if name == self.own => [&module[..1], &path[1..]].concat(),
            _ => path,
        }
    }
}

/// Where a `use` stands, and whether others see it.
struct Scope<'a> {
    module: &'a [String],
    exported: bool,
}

fn joined(path: &[String], name: &impl ToString) -> Path {
    path.iter().cloned().chain(once(name.to_string())).collect()
}

/// `a::b::c` at the beginning.
fn segments(mut tokens: &[TokenTree]) -> Path {
    let mut path = vec![];
    while let [Ident(name), rest @ ..] = tokens {
        path.push(name.to_string());
        tokens = match rest {
            [one, two, more @ ..] if are_colons(one, two) => more,
            _ => break,
        };
    }
    path
}

/// How many tokens the item with its attributes has: to its semicolon or its body.
fn item(tokens: &[TokenTree]) -> usize {
    let ends = |token: &TokenTree| match token {
        Group(group) => group.delimiter() == Delimiter::Brace,
        token => is(token, ';'),
    };
    tokens.iter().position(ends).map_or(tokens.len(), |last| last + 1)
}

fn is_test(attribute: &proc_macro2::Group) -> bool {
    attribute.stream().to_string().replace(' ', "") == "cfg(test)"
}

/// `pub`, or `pub(crate)` and its like.
fn is_exported(before: &[TokenTree]) -> bool {
    let is_pub = |token: &TokenTree| token.to_string() == "pub";
    match before {
        [.., word, Group(_)] | [.., word] => is_pub(word),
        [] => false,
    }
}

fn is(token: &TokenTree, punct: char) -> bool {
    matches!(token, Punct(one) if one.as_char() == punct)
}

/// `::`, and not a `:` before a `::`.
fn are_colons(one: &TokenTree, two: &TokenTree) -> bool {
    matches!(one, Punct(one) if one.as_char() == ':' && one.spacing() == Spacing::Joint)
        && is(two, ':')
}

fn line(token: &TokenTree) -> usize {
    token.span().start().line
}
