//! docs/handlers.md: every block of it is valid, without a hint, and keeps its promises.

use std::path::Path;

use pretoken::config;
use pretoken::tokens::hints::hints;
use pretoken::tokens::promises::broken_promises;

/// In November 2026.
const NOW: i64 = 1_795_406_706;

/// The blocks of TOML, each with the heading before it.
fn blocks(text: &str) -> Vec<(&str, &str)> {
    let mut heading = "";
    let mut found = vec![];
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("```toml\n") {
        heading = before.lines().rfind(|line| line.starts_with('#')).unwrap_or(heading);
        let (block, after) = after.split_once("```\n").expect("an end");
        found.push((heading, block));
        rest = after;
    }
    found
}

#[test]
fn every_handler_is_valid_and_keeps_its_promises() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/handlers.md");
    let text = std::fs::read_to_string(path).expect("docs/handlers.md");
    let blocks = blocks(&text);
    let ((_, beginning), handlers) = blocks.split_first().expect("a beginning");
    assert_eq!(handlers.len(), 31);
    for (place, (heading, handler)) in handlers.iter().enumerate() {
        assert!(heading.starts_with(&format!("### {}. ", place + 1)), "{heading}");
        assert!(handler.contains("[[rules]]") && handler.contains("[[expect]]"), "{heading}");
        let text = format!("{beginning}\n{handler}");
        let loaded = config::parse(&text, "deploy.toml", None);
        let loaded = loaded.unwrap_or_else(|error| panic!("{heading}\n{error}"));
        assert_eq!(hints(&loaded, NOW).to_string(), "", "{heading}");
        assert_eq!(broken_promises(&loaded, NOW).to_string(), "", "{heading}");
    }
}
