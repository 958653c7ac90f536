//! One run of cargo: exactly the one binary, for one target, against the lock file.
//!
//! Never a build of the whole workspace: the features of other members would change the bytes.

use std::path::PathBuf;
use std::process::Stdio;

use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;

use super::project::{BOOTSTRAP, FactsBuild, Project};
use super::target::BuildTarget;
use super::toolchain::{Machine, Toolchain, cargo_home};
use super::{PackageError, remap};

/// The width to which cargo aligns the verb of its own lines, such as `   Compiling serde v1.0.228`.
const VERB_WIDTH: usize = 12;

#[derive(Deserialize)]
struct Message {
    reason: String,
    target: Option<MessageTarget>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct MessageTarget {
    name: String,
}

/// Compiles the binary and says where it is.
///
/// Where cargo unpacks a registry is known only afterwards, and that path must be replaced in the
/// executable too. So a new machine downloads first; and if another registry (a mirror) appears
/// during the build all the same, everything is compiled once more.
pub(super) async fn bootstrap(
    toolchain: &Toolchain,
    project: &Project,
    machine: &Machine,
    target: &BuildTarget,
    progress: &mut dyn FnMut(&str),
) -> Result<PathBuf, PackageError> {
    let home = cargo_home();
    if home.as_deref().is_some_and(|home| remap::registries(home).is_empty()) {
        download(toolchain, project, target, progress).await?;
    }
    let mut paths = remap::flags(project, machine, home.as_deref());
    loop {
        let flags: Vec<_> =
            target.flags.iter().copied().chain(paths.iter().map(String::as_str)).collect();
        let mut command = build(toolchain, project, target, &flags);
        let outcome = run(toolchain, &mut command, progress).await?;
        let seen = remap::flags(project, machine, home.as_deref());
        if seen == paths || !outcome.success {
            return verdict(outcome, project, target);
        }
        paths = seen;
    }
}

fn verdict(
    outcome: Outcome,
    project: &Project,
    target: &BuildTarget,
) -> Result<PathBuf, PackageError> {
    let package = project.package.clone();
    match outcome {
        Outcome { success: true, executable: Some(path), .. } => Ok(path),
        Outcome { success: true, .. } => Err(PackageError::NoExecutable { package }),
        Outcome { diagnostics, .. } => Err(PackageError::Build {
            package,
            architecture: target.architecture,
            target: target.triple.clone(),
            workspace_root: project.workspace_root.clone(),
            diagnostics,
        }),
    }
}

fn build(
    toolchain: &Toolchain,
    project: &Project,
    target: &BuildTarget,
    flags: &[&str],
) -> Command {
    let mut command = toolchain.cargo();
    command
        .arg(target.subcommand())
        .arg("--manifest-path")
        .arg(&project.manifest)
        .args(["--package", &project.package_id, "--bin", BOOTSTRAP, "--locked"])
        .args(["--target", &target.argument(), "--profile", project.profile.name])
        .args(project.profile.arguments())
        .arg("--message-format=json-render-diagnostics")
        // With `--target` these reach no build script. This variable outranks every other source of
        // flags: a `target-cpu=native` in somebody's own cargo configuration would crash in Lambda.
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    if let Some(FactsBuild { feature, target_directory }) = &project.facts {
        command.args(["--features", feature]).arg("--target-dir").arg(target_directory);
    }
    if let Some(linker) = &target.linker {
        let variable = target.linker_variable();
        if std::env::var_os(&variable).is_none() {
            command.env(variable, linker);
        }
    }
    command
}

/// Without a verdict: what cannot be downloaded may not be needed, and if it is, the build says so.
async fn download(
    toolchain: &Toolchain,
    project: &Project,
    target: &BuildTarget,
    progress: &mut dyn FnMut(&str),
) -> Result<(), PackageError> {
    let mut command = toolchain.cargo();
    command.args(["fetch", "--locked", "--target", &target.triple, "--manifest-path"]);
    run(toolchain, command.arg(&project.manifest), progress).await.map(drop)
}

/// What a run of cargo came to.
struct Outcome {
    success: bool,
    executable: Option<PathBuf>,
    diagnostics: String,
}

async fn run(
    toolchain: &Toolchain,
    command: &mut Command,
    progress: &mut dyn FnMut(&str),
) -> Result<Outcome, PackageError> {
    let failed = |source| toolchain.cargo_not_started(source);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (executable, diagnostics) = tokio::join!(executable(stdout), narrate(stderr, progress));
    let success = child.wait().await.map_err(failed)?.success();
    Ok(Outcome { success, executable, diagnostics })
}

/// The path in cargo's message about the binary; it comes also when nothing had to be compiled.
async fn executable(stdout: Option<impl AsyncRead + Unpin>) -> Option<PathBuf> {
    let mut found = None;
    each_line(stdout, |line| {
        if let Ok(Message { reason, target: Some(target), executable: Some(path) }) =
            serde_json::from_str(line)
            && reason == "compiler-artifact"
            && target.name == BOOTSTRAP
        {
            found = Some(path);
        }
    })
    .await;
    found
}

/// Tells what cargo does, and keeps what it says about the code.
async fn narrate(stderr: Option<impl AsyncRead + Unpin>, progress: &mut dyn FnMut(&str)) -> String {
    let mut diagnostics = String::new();
    each_line(stderr, |line| match step(line) {
        Some(step) if step.starts_with("finished ") => {}
        Some(step) => progress(&step),
        None => diagnostics.extend([line, "\n"]),
    })
    .await;
    diagnostics.trim_end().to_owned()
}

/// cargo's own line about a step, in the words of a sentence: `compiling serde v1.0.228`.
fn step(line: &str) -> Option<String> {
    let (verb, rest) = line.split_at_checked(VERB_WIDTH)?;
    let verb = verb.trim_start();
    let is_verb = verb.starts_with(|c: char| c.is_ascii_uppercase())
        && verb.chars().all(|c| c.is_ascii_alphabetic());
    let rest = rest.strip_prefix(' ').filter(|_| is_verb)?;
    let what = rest.split_once(" (").map_or(rest, |(what, _where)| what);
    Some(format!("{} {what}", verb.to_lowercase()))
}

async fn each_line(source: Option<impl AsyncRead + Unpin>, mut take: impl FnMut(&str)) {
    let Some(source) = source else { return };
    let mut lines = BufReader::new(source).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        take(&String::from_utf8_lossy(&line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_told_from_diagnostics() {
        assert_eq!(
            step("   Compiling trigger v0.1.0 (/home/me/trigger)").as_deref(),
            Some("compiling trigger v0.1.0")
        );
        assert_eq!(step(" Downloading crates ...").as_deref(), Some("downloading crates ..."));
        assert_eq!(
            step("    Blocking waiting for file lock on build directory").as_deref(),
            Some("blocking waiting for file lock on build directory")
        );
        for line in [
            "error[E0425]: cannot find value `x` in this scope",
            " --> trigger/src/main.rs:1:13",
            "  |",
            "1 | fn main() { x }",
            "            ^ not found in this scope",
            "",
        ] {
            assert_eq!(step(line), None, "{line}");
        }
    }
}
