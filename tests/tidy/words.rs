//! One idea has one name, and it is the one that an engineer searches for: words that were given up do not come back.

use std::collections::BTreeSet;
use std::iter::once;
use std::ops::Range;
use std::path::Path;

use regex_lite::Regex;

use crate::imports::Crate;
use crate::sources::{Source, none, sources};

/// Words that were given up, phrases in which they are good English all the same, and the field's term.
///
/// All are written as in a sentence: `BillOfMaterials` and `bill_of_materials` are found as well.
type Word = (&'static [&'static str], &'static [&'static str], &'static str);

const WORDS: &[Word] = &[
    (&["other people"], &[], "unmanaged, or adopted for a pool that is declared"),
    (
        &["pool of others", "pools of others", "client of others", "clients of others"],
        &[],
        "unmanaged",
    ),
    (&["former", "formerly"], &["the former."], "previous trigger"),
    (&["paper", "papers"], &["on paper"], "manifest, SBOM, build metadata"),
    (&["bill of materials", "bills of materials"], &[], "SBOM"),
    (
        &["mark as good", "marks as good", "marked as good", "marked by a tag"],
        &[],
        "verified versions",
    ),
    (&["recall", "recalls", "recalled", "unfiled"], &[], "discover"),
    (&["restless"], &[], "volatile"),
    (&["carried"], &["carried out", "carried on"], "preserved"),
    (
        &["left as it is", "left as it was", "left as they are", "left as they were"],
        &[],
        "preserved",
    ),
    (&["harm", "harms"], &["no harm"], "unexpected change"),
    (&["seal", "seals", "essence"], &[], "fingerprints"),
    (&["survey", "surveys", "surveyed"], &[], "observe"),
    (&["probe", "probes", "probed"], &["health probe", "probe patience"], "smoke test"),
    (&["tried with", "tried before", "version is tried", "while it is tried"], &[], "smoke test"),
    (&["wounded"], &[], "tainted"),
    (&["slip", "slips"], &[], "typo"),
    (&["homes"], &[], "valid parents"),
    (&["the way out", "a way out"], &[], "help"),
    (&["leaver", "leavers", "ready to go"], &[], "destroy planner, unprotect"),
    (&["stray", "strays"], &[], "undeclared"),
    (&["sound", "unsound"], &[], "valid"),
    (&["scope of ours", "scopes of ours"], &[], "custom scope"),
];

/// A version serves, and traffic shifts: nobody takes it or gives it back.
const TAKING: &[&str] = &[
    "take", "takes", "took", "taken", "taking", "give", "gives", "gave", "given", "giving", "get",
    "gets", "got",
];

/// How many words may stand between: "takes a share of the alias's traffic".
const BETWEEN: usize = 6;

/// Texts that were given up as they stand, and what is said instead.
const TEXTS: &[(&str, &str)] = &[
    ("WRONG", "FAILED"),
    ("\"right\"", "ok"),
    ("Fate::Carried", "round-trip"),
    ("Fate::Whole", "verbatim"),
    ("Fate::Fixed", "read-only"),
    ("Fate::Restless", "volatile"),
];

/// Names in code that are too common in English to be looked for in prose.
const NAMES: &[&str] = &[
    "Basis",
    "HOLE",
    "Harm",
    "Kept",
    "Keeping",
    "Leaver",
    "Link",
    "Marks",
    "Others",
    "Papers",
    "Route",
    "Seals",
    "Session",
    "Strangers",
    "Unfiled",
    "by_tag",
    "marks",
];

/// Names of types for clients without a user; in `src/package`, a machine is a computer.
const MACHINES: &str = r"\b(?:struct|enum|trait|type) \w*(?:Machines?|People)\w*";

const PLACES: &[&str] = &[
    "src",
    "trigger",
    "tests",
    "fuzz",
    "docs",
    "examples",
    ".ci",
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "deploy.toml",
];

const ENDINGS: &[&str] = &["md", "py", "rs", "stderr", "toml", "txt", "yml"];

fn texts() -> Vec<Source> {
    let mut all = sources(PLACES, ENDINGS);
    all.retain(|source| !source.path.starts_with("tests/tidy/"));
    all
}

/// `let bill_of_materials = BillOfMaterials` as a sentence in small letters, without what begins a comment.
fn sentence(line: &str) -> String {
    let mut text = String::new();
    let mut before = ' ';
    for letter in line.trim().trim_start_matches(['/', '!', '#', '*', ' ']).chars() {
        if before.is_lowercase() && letter.is_uppercase() {
            text.push(' ');
        }
        text.push(if letter == '_' { ' ' } else { letter });
        before = letter;
    }
    text.to_lowercase()
}

/// Where these words stand by themselves.
fn places<'a>(text: &'a str, words: &'a [&str]) -> impl Iterator<Item = Range<usize>> + 'a {
    let inside = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    let all = words.iter().flat_map(|word| text.match_indices(word));
    let ranges = all.map(|(at, word)| at..at + word.len());
    ranges.filter(move |range| {
        let (before, after) =
            (text[..range.start].chars().next_back(), text[range.end..].chars().next());
        !inside(before) && !inside(after)
    })
}

fn given_up(text: &str, (words, fine, _): &Word) -> Vec<Range<usize>> {
    let fine: Vec<_> = fine.iter().flat_map(|fine| text.match_indices(fine)).collect();
    let is_fine = |word: &Range<usize>| {
        fine.iter().any(|(at, fine)| *at <= word.start && word.end <= at + fine.len())
    };
    places(text, words).filter(|word| !is_fine(word)).collect()
}

/// "takes all the traffic": a verb, and a few words of the same sentence later what it takes.
fn taken_traffic(text: &str) -> Vec<Range<usize>> {
    let from_verb = |traffic: Range<usize>| {
        let clause = text[..traffic.start].rfind(['.', ':', ';', ',']).map_or(0, |end| end + 1);
        let verb = places(&text[clause..traffic.start], TAKING).max_by_key(|verb| verb.start)?;
        let range = clause + verb.start..traffic.end;
        (text[range.clone()].split_whitespace().count() <= BETWEEN + 2).then_some(range)
    };
    places(text, &["traffic"]).filter_map(from_verb).collect()
}

/// A word may begin in one line and end in the next; line 0 is the file's name.
fn in_sentences(source: &Source) -> Vec<String> {
    let path = Path::new(&source.path).with_extension("").display().to_string() + ".";
    let (mut text, mut begins) = (String::new(), vec![]);
    for line in once(path.as_str()).chain(source.text.lines()) {
        begins.push(text.len());
        text += &(sentence(line) + " ");
    }
    let told = |range: Range<usize>, term: &str| {
        let line = begins.partition_point(|begin| *begin <= range.start) - 1;
        (line, format!("{}:{line}: {} ({term})", source.path, &text[range]))
    };
    let words =
        WORDS.iter().flat_map(|word| given_up(&text, word).into_iter().map(|at| told(at, word.2)));
    let traffic =
        taken_traffic(&text).into_iter().map(|at| told(at, "serves; shifts traffic (back)"));
    let found: BTreeSet<(usize, String)> = words.chain(traffic).collect();
    found.into_iter().map(|(_, told)| told).collect()
}

#[test]
fn no_word_comes_back() {
    let found: Vec<String> = texts().iter().flat_map(in_sentences).collect();
    none(&format!("{} words that were given up", found.len()), &found);
}

#[test]
fn no_text_comes_back() {
    let mut found = vec![];
    for source in texts() {
        for (number, line) in source.text.lines().enumerate() {
            for (_, term) in TEXTS.iter().filter(|(text, _)| line.contains(text)) {
                found.push(format!("{}:{}: {} ({term})", source.path, number + 1, line.trim()));
            }
        }
    }
    none("texts that were given up", &found);
}

#[test]
fn no_name_comes_back() {
    let directories = ["src", "trigger/src", "trigger/tests", "tests"];
    let of = |directory: &&str| Crate::read(directory, "").words(NAMES);
    let mut found: Vec<String> = directories.iter().flat_map(of).collect();
    // Classes of subjects are marked by what is said of them: no tags.
    let other = |line: &String| line.starts_with("src/tokens/") && line.ends_with(" marks");
    found.retain(|line| !line.starts_with("tests/tidy/") && !other(line));
    none("names that were given up", &found);
}

#[test]
fn clients_without_a_user_are_machine_to_machine() {
    let pattern = Regex::new(MACHINES).expect("a pattern");
    let mut found = vec![];
    for source in sources(&["src", "trigger/src"], &["rs"]) {
        for (number, line) in source.text.lines().enumerate() {
            let odd = pattern.is_match(line) && !line.contains("MachineToMachine");
            if odd && !source.path.starts_with("src/package/") {
                found.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    none("types for machine-to-machine clients", &found);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        in_sentences(&Source { path: "x.rs".to_owned(), text: text.to_owned() })
    }

    #[test]
    fn words_are_found_in_names_and_across_lines() {
        assert_eq!(found("struct BillOfMaterials;"), ["x.rs:1: bill of materials (SBOM)"]);
        assert_eq!(found("let bill_of_materials = 1;").len(), 1);
        assert_eq!(found("/// The bill\n/// of materials.").len(), 1);
        assert_eq!(found("the version gives all the traffic back").len(), 1);
        assert_eq!(found("x\ny\n// a recalled pool").first().map(|one| &one[..7]), Some("x.rs:3:"));
    }

    #[test]
    fn good_english_is_left_alone() {
        let fine = "It is carried out. The health probe does no harm on paper, and says the former. Background, traffic.";
        assert_eq!(found(fine), Vec::<String>::new());
    }
}
