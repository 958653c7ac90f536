//! The emulator that the tests of one process share. It ends with the process, however that ends.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use pretoken::local::{Dirs, Emulator, install, spawn};
use rustix::process::{Pid, test_kill_process};

use super::model::Model;

/// The emulator's port, and AWS's models from its environment.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) port: u16,
    pub(crate) model: Model,
    /// Never dropped: a static is not. It notices itself that this process is gone.
    _emulator: Emulator,
}

/// Started by the first test that needs it.
pub(crate) fn shared() -> &'static Shared {
    static SHARED: OnceLock<Shared> = OnceLock::new();
    SHARED.get_or_init(|| {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(start())
    })
}

async fn start() -> Shared {
    let here = Path::new(env!("CARGO_TARGET_TMPDIR")).join("strict");
    sweep(&here);
    let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-cache");
    let dirs = Dirs { cache, state: PathBuf::new() };
    let venv = install(&dirs, &|_| ()).await.expect("the emulator can be installed");
    let workdir = here.join(std::process::id().to_string());
    let emulator = spawn(&venv, &workdir).await.expect("the emulator starts");
    Shared { port: emulator.port(), model: Model::of(&venv.python()), _emulator: emulator }
}

/// Removes what emulators of earlier test processes left; the directories are named after those.
fn sweep(here: &Path) {
    for left in fs::read_dir(here).into_iter().flatten().flatten() {
        let process =
            left.file_name().to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw);
        if process.is_some_and(|process| test_kill_process(process).is_err()) {
            let _ = fs::remove_dir_all(left.path());
        }
    }
}
