//! The emulator's virtual environment: which packages, by their hashes, and how they get there.
//!
//! An environment is named after the hash of its requirements, so a change of them is a new one; it counts only once
//! its marker, written last, is there. Decides nothing about running it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;

use super::error::tail;
use super::tools::{Python, Tools};
use super::{Dirs, LocalError, Say, fingerprint, lock, private};

/// Exact versions and the hashes of their wheels, for every common platform and Python 3.10 to 3.14.
const REQUIREMENTS: &str = include_str!("requirements.txt");
const MARKER: &str = "complete";

/// An installed environment.
#[derive(Debug, Clone)]
pub struct Venv {
    root: PathBuf,
}

impl Venv {
    /// The environment of these directories, whether it is there or not.
    fn of(dirs: &Dirs) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, REQUIREMENTS.as_bytes());
        let hash = u64::from_be_bytes(std::array::from_fn(|index| digest.as_ref()[index]));
        Self { root: dirs.cache.join(format!("emulator-{hash:016x}")) }
    }

    /// Its Python.
    #[must_use]
    pub fn python(&self) -> PathBuf {
        self.root.join("bin/python")
    }

    /// Whether it was installed to the end, for the Python that its link still leads to, and is as it was then.
    fn is_complete(&self) -> bool {
        let marker = fs::read_to_string(self.root.join(MARKER));
        marker.is_ok_and(|then| self.state().is_ok_and(|now| now == then))
    }

    /// What the marker says: the interpreter, and a fingerprint of all files.
    fn state(&self) -> std::io::Result<String> {
        let interpreter = self.interpreter().unwrap_or_default();
        let files = fingerprint::of(&self.root, MARKER)?;
        Ok(format!("{}\n{files}\n", interpreter.display()))
    }

    /// The interpreter behind the links: another one after an upgrade of the system's Python, when the packages in
    /// `lib/python3.X` are no longer seen.
    fn interpreter(&self) -> Option<PathBuf> {
        fs::canonicalize(self.python()).ok()
    }
}

/// Makes the environment unless it is there. One installation at a time; others wait for it.
pub async fn install(dirs: &Dirs, progress: Say<'_>) -> Result<Venv, LocalError> {
    install_with(&Tools::from_env(), dirs, progress).await
}

async fn install_with(tools: &Tools, dirs: &Dirs, progress: Say<'_>) -> Result<Venv, LocalError> {
    private::directory(&dirs.cache)?;
    let venv = Venv::of(dirs);
    if venv.is_complete() {
        return Ok(venv);
    }
    let _lock = lock::exclusive(&venv.root.with_extension("lock"), || {
        progress("waiting for another installation");
    })
    .await?;
    if venv.is_complete() {
        return Ok(venv);
    }
    if venv.root.join(MARKER).exists() {
        progress("the installation was changed: making it again");
    }
    fill(tools, &venv, progress).await?;
    let state = venv.state().map_err(LocalError::io("read", &venv.root))?;
    let marker = venv.root.join(MARKER);
    fs::write(&marker, state).map_err(LocalError::io("write", marker))?;
    Ok(venv)
}

/// By `uv` when it is there, else, or when it fails (it does not read pip's configuration files), by pip.
async fn fill(tools: &Tools, venv: &Venv, progress: Say<'_>) -> Result<(), LocalError> {
    let Some(uv) = tools.uv() else {
        return with_pip(tools, &tools.python().await?, venv, progress).await;
    };
    let Err(error) = with_uv(tools, &uv, venv, progress).await else { return Ok(()) };
    match tools.python().await {
        Ok(python) => {
            progress("uv could not install it; trying pip");
            with_pip(tools, &python, venv, progress).await
        }
        Err(_) => Err(error),
    }
}

async fn with_uv(
    tools: &Tools,
    uv: &Path,
    venv: &Venv,
    progress: Say<'_>,
) -> Result<(), LocalError> {
    remove(&venv.root)?;
    progress("creating a virtual environment with uv");
    let mut create = tools.command(uv);
    create.args(["venv", "--no-project", "--python", ">=3.10"]).arg(&venv.root);
    run("uv", &mut create, progress).await?;
    progress("installing the emulator");
    let mut install = tools.command(uv);
    for (pip, uv) in [("PIP_INDEX_URL", "UV_DEFAULT_INDEX"), ("PIP_EXTRA_INDEX_URL", "UV_INDEX")] {
        if let (Some(value), None) = (std::env::var_os(pip), std::env::var_os(uv)) {
            install.env(uv, value);
        }
    }
    install
        .args([
            "pip",
            "install",
            "--require-hashes",
            "--only-binary",
            ":all:",
            "--compile-bytecode",
            "--python",
        ])
        .arg(venv.python())
        .arg("-r")
        .arg(write_requirements(venv)?);
    run("uv", &mut install, progress).await
}

async fn with_pip(
    tools: &Tools,
    python: &Python,
    venv: &Venv,
    progress: Say<'_>,
) -> Result<(), LocalError> {
    remove(&venv.root)?;
    progress("creating a virtual environment");
    let mut create = tools.command(&python.command);
    create.args(["-I", "-m", "venv"]).arg(&venv.root);
    run("venv", &mut create, progress).await.map_err(|error| match error {
        LocalError::Install { output, .. } if lacks_venv(&output) => {
            LocalError::VenvModuleMissing {
                command: python.command.clone(),
                version: python.version.clone(),
            }
        }
        other => other,
    })?;
    progress("installing the emulator");
    let mut install = tools.command(venv.python());
    install
        // A user's `user = true` or target directory must not win over the environment.
        .env("PIP_USER", "0")
        .env_remove("PIP_TARGET")
        .env_remove("PIP_PREFIX")
        .args(["-m", "pip", "install", "--require-hashes", "--only-binary", ":all:", "--no-input"])
        .args(["--disable-pip-version-check", "--progress-bar", "off", "-r"])
        .arg(write_requirements(venv)?);
    run("pip", &mut install, progress).await
}

fn lacks_venv(output: &str) -> bool {
    output.contains("ensurepip") || output.contains("No module named venv")
}

fn write_requirements(venv: &Venv) -> Result<PathBuf, LocalError> {
    let path = venv.root.join("requirements.txt");
    fs::write(&path, REQUIREMENTS).map_err(LocalError::io("write", &path))?;
    Ok(path)
}

/// What an interrupted installation left.
fn remove(root: &Path) -> Result<(), LocalError> {
    match fs::remove_dir_all(root) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(LocalError::io("remove", root)(error))
        }
        _ => Ok(()),
    }
}

/// Runs an installer to its end, telling what it downloads.
async fn run(
    tool: &'static str,
    command: &mut Command,
    progress: Say<'_>,
) -> Result<(), LocalError> {
    let program = PathBuf::from(command.as_std().get_program());
    // A PYTHONPATH or PYTHONHOME made for something else would be seen inside of the environment too.
    command
        .env_remove("PYTHONPATH")
        .env_remove("PYTHONHOME")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(LocalError::io("run", &program))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (out, err) = tokio::join!(follow(stdout, progress), follow(stderr, progress));
    let status: ExitStatus = child.wait().await.map_err(LocalError::io("run", &program))?;
    if status.success() {
        return Ok(());
    }
    Err(LocalError::Install { tool, status, output: tail(&format!("{out}\n{err}")) })
}

async fn follow(stream: Option<impl AsyncRead + Unpin>, progress: Say<'_>) -> String {
    let mut text = String::new();
    let Some(stream) = stream else { return text };
    let mut lines = BufReader::new(stream).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(download) = download(&line) {
            progress(&download);
        }
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// `downloading cryptography 4.5 MB`, from pip's `Downloading cryptography-50.0.2-…whl (4.5 MB)` and uv's
/// `Downloading cryptography (4.3MiB)`.
fn download(line: &str) -> Option<String> {
    let (file, size) = line.trim().strip_prefix("Downloading ")?.split_once(" (")?;
    let name = file.rsplit('/').next()?.split('-').next()?;
    Some(format!("downloading {name} {}", size.trim_end().strip_suffix(')')?))
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, os::unix::fs::PermissionsExt};

    use super::*;

    #[test]
    fn downloads_of_both_tools_are_told_alike() {
        let pip = "  Downloading cryptography-50.0.2-cp311-abi3-manylinux_2_34_x86_64.whl (4.5 MB)";
        assert_eq!(download(pip).as_deref(), Some("downloading cryptography 4.5 MB"));
        assert_eq!(
            download("Downloading botocore (14.5MiB)").as_deref(),
            Some("downloading botocore 14.5MiB")
        );
        assert_eq!(download("Collecting h11==0.16.0"), None);
    }

    #[test]
    fn every_requirement_is_pinned_and_hashed_and_names_no_index() {
        let logical = REQUIREMENTS.replace("\\\n", " ");
        for line in logical.lines().filter(|line| !line.starts_with('#')) {
            assert!(line.contains("==") && line.contains("--hash=sha256:"), "{line}");
        }
        assert!(logical.contains("ministack==1.5.33") && logical.contains("cryptography=="));
        assert!(!REQUIREMENTS.contains("://"));
    }

    /// A directory of shell scripts that stand for the tools of some machine.
    fn machine(scripts: &[(&str, &str)]) -> (tempfile::TempDir, Tools, Dirs) {
        let home = tempfile::tempdir().expect("a directory");
        let bin = home.path().join("bin");
        fs::create_dir(&bin).expect("bin");
        for (name, body) in scripts {
            let path = bin.join(name);
            fs::write(&path, format!("#!/bin/sh\n{body}\n")).expect("a script");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its mode");
        }
        let dirs = Dirs { cache: home.path().join("cache"), state: home.path().join("state") };
        (home, Tools::in_path(bin), dirs)
    }

    async fn install_on(scripts: &[(&str, &str)]) -> (Result<Venv, LocalError>, Vec<String>) {
        let (_home, tools, dirs) = machine(scripts);
        let told = RefCell::new(Vec::new());
        let result =
            install_with(&tools, &dirs, &|line| told.borrow_mut().push(line.to_owned())).await;
        (result, told.into_inner())
    }

    /// A Python whose `venv` makes an environment with a pip that says and does what is wanted.
    fn python_with_pip(pip: &str) -> String {
        format!(
            "case \"$*\" in *version_info*) echo 3.12; exit;; esac
             root=$4; /bin/mkdir -p $root/bin
             printf '#!/bin/sh\\n%s\\n' '{pip}' > $root/bin/python; /bin/chmod +x $root/bin/python"
        )
    }

    #[tokio::test(flavor = "current_thread")]
    async fn no_python_is_said_with_help() {
        let (result, _) = install_on(&[]).await;
        let error = result.expect_err("nothing to install with");
        assert!(matches!(error, LocalError::PythonMissing), "{error}");
        assert!(error.hint().is_some_and(|hint| hint.contains("apt install python3")));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn the_newest_of_too_old_pythons_is_named() {
        let (result, _) = install_on(&[("python3", "echo 3.8"), ("python", "echo 3.9")]).await;
        let message = result.expect_err("too old").to_string();
        assert!(message.contains("bin/python` is Python 3.9"), "{message}");
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_shim_of_a_version_that_is_not_installed_is_passed_over() {
        let good = python_with_pip("exit 0");
        let (result, _) = install_on(&[("python3", "exit 127"), ("python3.12", &good)]).await;
        result.expect("installed by python3.12");
    }

    #[tokio::test(flavor = "current_thread")]
    async fn debians_missing_venv_module_is_recognised() {
        let debian = "case \"$*\" in *version_info*) echo 3.11; exit;; esac
                      echo 'The virtual environment was not created successfully because ensurepip is not available.'
                      exit 1";
        let (result, _) = install_on(&[("python3", debian)]).await;
        let error = result.expect_err("no venv");
        assert!(matches!(error, LocalError::VenvModuleMissing { .. }), "{error}");
        assert!(error.hint().is_some_and(|hint| hint.contains("python3.11-venv")));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn what_pip_said_last_is_shown() {
        let python = python_with_pip(
            "echo \"ERROR: No matching distribution found for ministack\" >&2; exit 1",
        );
        let (result, _) = install_on(&[("python3", &python)]).await;
        let message = result.expect_err("pip failed").to_string();
        assert!(message.contains("pip exit status: 1"), "{message}");
        assert!(
            message.contains("    ERROR: No matching distribution found for ministack"),
            "{message}"
        );
    }

    #[tokio::test(flavor = "current_thread")]
    async fn pip_takes_over_when_uv_fails() {
        let python = python_with_pip("echo \"  Downloading h11-0.16.0-py3-none-any.whl (37 kB)\"");
        let (result, told) =
            install_on(&[("uv", "echo no such index >&2; exit 2"), ("python3", &python)]).await;
        result.expect("installed by pip");
        assert!(told.iter().any(|line| line == "uv could not install it; trying pip"), "{told:?}");
        assert!(told.iter().any(|line| line == "downloading h11 37 kB"), "{told:?}");
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_half_made_environment_is_made_again_and_a_complete_one_is_kept() {
        let (_home, tools, dirs) = machine(&[("python3", &python_with_pip("exit 0"))]);
        let leftover = Venv::of(&dirs).root.join("bin/half");
        fs::create_dir_all(leftover.parent().expect("a parent")).expect("bin");
        fs::write(&leftover, "").expect("a leftover");
        let venv = install_with(&tools, &dirs, &|_| ()).await.expect("installed");
        assert!(!leftover.exists() && venv.is_complete());

        fs::write(venv.python(), "#!/bin/sh\necho another\n").expect("changed");
        assert!(!venv.is_complete(), "a changed file is seen");
        let venv = install_with(&tools, &dirs, &|_| ()).await.expect("made again");
        assert!(venv.is_complete());

        let nothing = Tools::in_path("");
        install_with(&nothing, &dirs, &|_| ())
            .await
            .expect("still there, with no tool to make it again");
    }
}
