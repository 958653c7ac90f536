//! The worked models in `examples/`: each is valid, without a hint, and keeps all its promises.

use std::path::Path;
use std::process::Command;

#[test]
fn every_example_is_sound_and_keeps_its_promises() {
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
            let mut command = Command::new(env!("CARGO_BIN_EXE_pretoken"));
            let output = command.args(arguments).current_dir(&directory).env_clear().output();
            let output = output.expect("the binary runs");
            let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
            let (stdout, stderr) = (text(output.stdout), text(output.stderr));
            assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""), "{directory:?}");
            assert!(stdout.ends_with(&end), "{stdout}");
        }
        count += 1;
    }
    assert_eq!(count, 5);
}
