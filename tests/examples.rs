//! The worked models in `examples/`: each is valid, without a hint, and keeps all its promises.

#[path = "support/binary.rs"]
#[expect(dead_code, reason = "each test crate uses a part of it")]
mod binary;

use std::path::Path;

use binary::{Run, offline};

#[test]
fn every_example_is_valid_and_keeps_its_promises() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut count = 0;
    for entry in std::fs::read_dir(examples).expect("the examples") {
        let directory = entry.expect("an example").path();
        if directory.ends_with("pipelines") {
            continue; // no model: tests/pipelines.rs
        }
        let file = std::fs::read_to_string(directory.join("deploy.toml")).expect("deploy.toml");
        let promises = file.matches("[[expect]]").count();
        assert!(promises >= 2 && directory.join("README.md").exists(), "{}", directory.display());
        for (arguments, end) in [
            (&["check"][..], format!("{promises} promises kept\n")),
            (&["simulate", "--expect"], format!("{promises} promises kept\n")),
        ] {
            let run = Run::new(offline(&directory).args(arguments).output().expect("it runs"));
            assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{directory:?}");
            assert!(run.stdout.contains(&end), "{run:?}");
        }
        count += 1;
    }
    assert_eq!(count, 11);
}
