//! An emulator of a run's own: a port, a key and a directory that no other run has. It ends with the run, its files too,
//! also when the run is killed: `serve.py` watches.

use std::ffi::OsStr;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use super::emulator::{Emulator, spawn_guarded};
use super::lifecycle::{clear, running};
use super::{Dirs, LocalError, Running, Say, install, private};
use crate::system::random::random_hex;

/// What the run wants of it.
#[derive(Debug, Clone, Default)]
pub struct OwnOptions {
    /// This port; any free one without it.
    pub port: Option<u16>,
    /// Web pages of these origins may use what Cognito leaves unsigned.
    pub origins: Vec<String>,
}

/// It, for as long as this is kept.
#[derive(Debug)]
pub struct Own {
    emulator: Option<Emulator>,
    running: Running,
    workdir: PathBuf,
}

/// Starts one, installed first when need be.
pub async fn start_own(
    dirs: &Dirs,
    wanted: &OwnOptions,
    progress: Say<'_>,
) -> Result<Own, LocalError> {
    if let Some(port) = wanted.port {
        TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .map_err(|_| LocalError::PortInUse { port })?;
    }
    private::directory(&dirs.state)?;
    let venv = install(dirs, progress).await?;
    progress("starting an emulator of its own");
    let files = Files(dirs.own().join(random_hex(8)));
    let port = wanted.port.map(|port| format!("--port={port}"));
    let origins = wanted.origins.iter().map(|origin| format!("--origin={origin}"));
    let flags: Vec<_> = ["--own".to_owned()].into_iter().chain(port).chain(origins).collect();
    let emulator = spawn_guarded(&flags, &venv, &files.0).await?;
    let version = emulator.record.smoke_test().await.unwrap_or_default();
    let running = running(&emulator.record, version, &files.0)?;
    Ok(Own { emulator: Some(emulator), running, workdir: files.keep() })
}

impl Own {
    /// Where it is, and its key.
    #[must_use]
    pub fn running(&self) -> &Running {
        &self.running
    }

    /// A variable for what is to end with it if we are killed, and its value.
    #[must_use]
    pub fn mark(&self) -> (&'static str, &OsStr) {
        ("PRETOKEN_LOCAL_RUN", self.workdir.file_name().unwrap_or_default())
    }

    /// If we are killed, this process, or as a negative number this group, is to end too.
    pub fn ends_with_us(&mut self, process: i32) -> Result<(), LocalError> {
        let told = self.emulator.as_mut().map(|emulator| emulator.ends_with_us(process));
        told.transpose().map(|_| ()).map_err(LocalError::io("write to", &self.workdir))
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.emulator = None; // it writes to its files until it has ended
        let _ = clear(&self.workdir);
    }
}

/// Files that go unless they are kept.
struct Files(PathBuf);

impl Files {
    fn keep(mut self) -> PathBuf {
        std::mem::take(&mut self.0)
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        if self.0 != Path::new("") {
            let _ = clear(&self.0);
        }
    }
}
