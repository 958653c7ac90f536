//! The choice of a target for an architecture, from what this machine has. Pure.
//!
//! A static executable comes first: it starts fastest and asks nothing of the glibc in Lambda.

use super::toolchain::Machine;
use super::{Architecture, PackageError};

/// Links statically; on a gnu target too, where it is not the default.
const STATIC: &[&str] = &["-C", "target-feature=+crt-static"];

/// What to pass to cargo so that it compiles for one architecture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BuildTarget {
    /// What it stands for on this machine.
    pub(super) architecture: Architecture,
    /// rustc's name for it.
    pub(super) triple: String,
    /// Compiler flags, for this target only.
    pub(super) flags: &'static [&'static str],
    /// A linker other than the target's usual one.
    pub(super) linker: Option<String>,
    /// `cargo zigbuild` instead of `cargo build`, against glibc 2.34.
    pub(super) zig: bool,
}

impl BuildTarget {
    /// cargo's subcommand.
    pub(super) const fn subcommand(&self) -> &'static str {
        if self.zig { "zigbuild" } else { "build" }
    }

    /// The value of `--target`: cargo-zigbuild reads the glibc to link against from it.
    pub(super) fn argument(&self) -> String {
        let glibc = if self.zig { ".2.34" } else { "" };
        format!("{}{glibc}", self.triple)
    }

    /// The variable by which cargo is told the linker of this target.
    pub(super) fn linker_variable(&self) -> String {
        format!("CARGO_TARGET_{}_LINKER", self.triple.replace('-', "_").to_uppercase())
    }
}

/// The first of: musl with rustc's own linker, the host's own gnu target linked statically, zig
/// against glibc 2.34, and another architecture's gcc, also statically.
pub(super) fn choose(
    architecture: Architecture,
    machine: &Machine,
) -> Result<BuildTarget, PackageError> {
    let name = architecture.rust_name();
    let musl = format!("{name}-unknown-linux-musl");
    let gnu = format!("{name}-unknown-linux-gnu");
    let gcc = format!("{name}-linux-gnu-gcc");
    let has = |triple: &String| machine.installed.contains(triple);
    let fixed =
        |triple| BuildTarget { architecture, triple, flags: STATIC, linker: None, zig: false };

    if has(&musl) && machine.rust_lld {
        Ok(BuildTarget { linker: Some("rust-lld".to_owned()), ..fixed(musl) })
    } else if has(&musl) && machine.host == musl {
        Ok(fixed(musl))
    } else if machine.host == gnu {
        Ok(fixed(gnu))
    } else if has(&gnu) && machine.zigbuild {
        Ok(BuildTarget { flags: &[], zig: true, ..fixed(gnu) })
    } else if has(&gnu) && machine.cross_compilers.contains(&gcc) {
        Ok(BuildTarget { linker: Some(gcc), ..fixed(gnu) })
    } else {
        Err(PackageError::NoTarget { architecture, host: machine.host.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(host: &str, installed: &[&str]) -> Machine {
        let installed = installed.iter().map(|&triple| triple.to_owned()).collect();
        Machine { host: host.to_owned(), installed, ..Machine::default() }
    }

    #[test]
    fn musl_comes_first_and_needs_no_c_toolchain() {
        let host = "x86_64-unknown-linux-gnu";
        let mut machine =
            machine(host, &[host, "aarch64-unknown-linux-gnu", "aarch64-unknown-linux-musl"]);
        machine.rust_lld = true;
        machine.zigbuild = true;
        let target = choose(Architecture::Arm64, &machine).expect("a target");
        assert_eq!(target.triple, "aarch64-unknown-linux-musl");
        assert_eq!(target.linker.as_deref(), Some("rust-lld"));
        assert_eq!(target.linker_variable(), "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER");
        assert_eq!((target.subcommand(), target.argument()), ("build", target.triple.clone()));
    }

    #[test]
    fn foreign_musl_without_a_linker_is_no_way() {
        let machine = machine("x86_64-unknown-linux-gnu", &["aarch64-unknown-linux-musl"]);
        choose(Architecture::Arm64, &machine).expect_err("nothing links it");
    }

    #[test]
    fn a_musl_host_links_by_itself() {
        let host = "x86_64-unknown-linux-musl";
        let target = choose(Architecture::X86_64, &machine(host, &[host])).expect("a target");
        assert_eq!((target.triple.as_str(), target.linker), (host, None));
    }

    #[test]
    fn the_host_links_statically() {
        let host = "aarch64-unknown-linux-gnu";
        let target = choose(Architecture::Arm64, &machine(host, &[host])).expect("a target");
        assert_eq!((target.triple.as_str(), target.linker), (host, None));
        assert_eq!(target.flags, STATIC);
    }

    #[test]
    fn zig_pins_the_glibc() {
        let mut machine = machine("aarch64-apple-darwin", &["x86_64-unknown-linux-gnu"]);
        machine.zigbuild = true;
        let target = choose(Architecture::X86_64, &machine).expect("a target");
        assert_eq!(target.subcommand(), "zigbuild");
        assert_eq!(target.argument(), "x86_64-unknown-linux-gnu.2.34");
        assert_eq!(target.flags, [""; 0], "zig links glibc dynamically");
    }

    #[test]
    fn a_cross_gcc_will_do() {
        let mut machine = machine("x86_64-unknown-linux-gnu", &["aarch64-unknown-linux-gnu"]);
        machine.cross_compilers.insert("aarch64-linux-gnu-gcc".to_owned());
        let target = choose(Architecture::Arm64, &machine).expect("a target");
        assert_eq!(target.triple, "aarch64-unknown-linux-gnu");
        assert_eq!(target.linker.as_deref(), Some("aarch64-linux-gnu-gcc"));
        assert_eq!(target.flags, STATIC);
    }

    #[test]
    fn without_any_way_both_ways_are_named() {
        let machine = machine("x86_64-unknown-linux-gnu", &["x86_64-unknown-linux-gnu"]);
        let error = choose(Architecture::Arm64, &machine).expect_err("nothing can link");
        assert_eq!(
            error.to_string(),
            "this machine (x86_64-unknown-linux-gnu) cannot build for arm64"
        );
        let hint = error.hint().expect("help");
        assert!(hint.contains("rustup target add aarch64-unknown-linux-musl"), "{hint}");
        assert!(hint.contains("cargo install cargo-zigbuild"), "{hint}");
    }
}
