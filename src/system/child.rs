//! Programs that this one starts. They get what they need of its environment, by name, and none of its credentials:
//! whatever cargo builds may run code of its own.

use std::ffi::OsStr;

use tokio::process::Command;

/// Variables that say where things are, how to compile, and how to reach the network.
const ALLOWED: [&str; 39] = [
    "AR",
    "CC",
    "CFLAGS",
    "CPPFLAGS",
    "CXX",
    "CXXFLAGS",
    "DEVELOPER_DIR",
    "DYLD_LIBRARY_PATH",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "HOME",
    "LANG",
    "LANGUAGE",
    "LD",
    "LDFLAGS",
    "LD_LIBRARY_PATH",
    "LIBRARY_PATH",
    "LOGNAME",
    "MACOSX_DEPLOYMENT_TARGET",
    "MAKEFLAGS",
    "NIX_CFLAGS_COMPILE",
    "NIX_LDFLAGS",
    "NUM_JOBS",
    "PATH",
    "RANLIB",
    "RUSTC",
    "RUSTFLAGS",
    "SDKROOT",
    "SHELL",
    "SOURCE_DATE_EPOCH",
    "SSH_AUTH_SOCK",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TEMP",
    "TERM",
    "TMP",
    "TMPDIR",
    "TZ",
    "USER",
];
/// Families of them.
const FAMILIES: [&str; 23] = [
    "AR_",
    "ASDF_",
    "CARGO_",
    "CC_",
    "CFLAGS_",
    "CMAKE_",
    "CXXFLAGS_",
    "CXX_",
    "GIT_CONFIG_",
    "HOST_",
    "LC_",
    "LIBCLANG_",
    "LLVM_",
    "MISE_",
    "NIX_CC",
    "PKG_CONFIG",
    "PYENV_",
    "RUSTC_",
    "RUSTUP_",
    "RUST_",
    "TARGET_",
    "XDG_",
    "ZIG_",
];
/// In a family, and of no use but to publish.
const REFUSED: [&str; 1] = ["CARGO_REGISTRY_TOKEN"];

/// A command for `program` that sees what it needs.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_clear().envs(std::env::vars_os().filter(|(name, _)| is_allowed(name)));
    command
}

/// Variables of one more family, for the program that it is for.
pub(crate) fn give(command: &mut Command, family: &str) {
    let is_one = |name: &OsStr| name.to_str().is_some_and(|name| name.starts_with(family));
    command.envs(std::env::vars_os().filter(|(name, _)| is_one(name)));
}

pub(super) fn is_allowed(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    let is_proxy = name.to_ascii_uppercase().ends_with("_PROXY");
    let is_known = is_proxy
        || ALLOWED.contains(&name)
        || FAMILIES.iter().any(|family| name.starts_with(family));
    is_known && !REFUSED.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_credential_is_handed_on() {
        for name in [
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_PROFILE",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
            "GITHUB_TOKEN",
            "ACTIONS_ID_TOKEN_REQUEST_URL",
            "CI_JOB_TOKEN",
            "PRETOKEN_PASSWORD",
            "GH_TOKEN",
            "CARGO_REGISTRY_TOKEN",
            "VAULT_TOKEN",
            "DATABASE_URL",
        ] {
            assert!(!is_allowed(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    fn what_a_build_needs_is() {
        for name in [
            "PATH",
            "HOME",
            "CARGO_HOME",
            "CARGO_NET_OFFLINE",
            "RUSTUP_TOOLCHAIN",
            "https_proxy",
            "HTTPS_PROXY",
            "SSL_CERT_FILE",
            "LC_ALL",
            "CC_aarch64_unknown_linux_musl",
            "TMPDIR",
            "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER",
            "SOURCE_DATE_EPOCH",
        ] {
            assert!(is_allowed(OsStr::new(name)), "{name}");
        }
    }
}
