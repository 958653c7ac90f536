//! Whatever a file or an answer holds, it is read or refused: no panic, no endless asking, no more than so much memory.
//!
//! Seeds are the files of the repository that are right, those that are known to be broken, and answers as AWS gives them; chance
//! damages them, the same in every run. `ROUNDS=100000 cargo test --test fuzz` goes further; the input that is being read is
//! kept in the target directory, and where it is a panic its path is said. The trigger's library is fuzzed in `fuzz/`, guided by coverage.

mod answers;
mod files;
mod mutation;
#[path = "../support/random.rs"]
#[expect(dead_code, reason = "other tests draw more")]
mod random;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use random::Random;

/// What a main thread has on Linux: a dev build of the TOML parser needs more than a test's thread for what it still reads.
const STACK: usize = 8 << 20;
/// Megabytes that this process may have come to. No input is larger than a quarter of one.
const MEGABYTES: u64 = 1024;

/// Reads what chance makes of the seeds. `rounds` is for a machine that has other things to do.
fn fuzz(name: &str, seeds: &[Vec<u8>], rounds: usize, read: impl FnMut(&[u8]) + Send) {
    on_a_large_stack(|| read_all(name, seeds, rounds, read));
}

fn on_a_large_stack(work: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        if let Err(panic) = thread.expect("a thread").join() {
            std::panic::resume_unwind(panic);
        }
    });
}

fn read_all(name: &str, seeds: &[Vec<u8>], rounds: usize, mut read: impl FnMut(&[u8])) {
    let more = std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    let mut random = Random::new(1);
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{name}"));
    for seed in seeds {
        tried(&kept, seed, &mut read);
    }
    for _ in 0..more.unwrap_or(rounds) {
        tried(&kept, &mutation::mutated(&mut random, seeds), &mut read);
    }
    if let Some(peak) = peak() {
        assert!(peak < MEGABYTES * 1024, "{name}: this process came to {peak} KB");
    }
}

#[expect(clippy::print_stdout, reason = "with the panic, to find the input")]
fn tried(kept: &Path, input: &[u8], read: &mut impl FnMut(&[u8])) {
    // Before it is read: nothing catches a stack that overflows.
    std::fs::write(kept, input).expect("the target directory takes it");
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| read(input))) {
        println!("the input is {}", kept.display());
        std::panic::resume_unwind(panic);
    }
}

/// The most that this process had so far, in KB; only Linux tells it so simply.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// The files below a folder of the repository whose name ends so.
fn files_in(folder: &str, ending: &str) -> Vec<Vec<u8>> {
    let mut found = vec![];
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no {ending} in {folder}");
    found.iter().map(|path| std::fs::read(path).expect("a file")).collect()
}
