//! Whether Lambda's `provided.al2023` can start an executable, read from the executable itself.
//!
//! What is wrong here would otherwise be seen only at a sign-in, when nobody can sign in any more.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use object::LittleEndian as Little;
use object::elf::{
    DF_1_PIE, DT_FLAGS_1, EM_AARCH64, EM_X86_64, ET_CORE, ET_DYN, ET_EXEC, FileHeader64, Machine,
    SHT_DYNSYM,
};
use object::read::elf::{Dyn as _, FileHeader as _, ProgramHeader as _, SectionTable, Sym as _};
use serde::{Serialize, Serializer};

use crate::model::Architecture;

type Header = FileHeader64<Little>;

/// A version of the GNU C library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GlibcVersion {
    /// The first number.
    pub major: u32,
    /// The second number. The third, which glibc has not used since 2.3.4, is left out.
    pub minor: u32,
}

/// What an executable asks of the machine that starts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executable {
    /// The loader that it names (`PT_INTERP`); none when it is static.
    pub interpreter: Option<String>,
    /// The newest glibc that it needs; none when it needs none.
    pub glibc: Option<GlibcVersion>,
}

/// Why Lambda could not start a file.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ElfError {
    /// It has no ELF header.
    #[error("it is not an ELF file, so it was not built for Linux")]
    NotElf,
    /// The header promises what the file does not hold.
    #[error("its ELF structure cannot be read")]
    Unreadable(#[from] object::read::Error),
    /// It is dynamic, but the tables that say what it needs were stripped.
    #[error("it has no section headers, so what it needs of glibc cannot be read")]
    NoSections,
    /// It is for another processor.
    #[error("it is built for {found}, and the function's architecture is {wanted}")]
    Architecture {
        /// What the header says.
        found: String,
        /// What was asked for.
        wanted: Architecture,
    },
    /// It is a library, an object file or a core dump.
    #[error("it is {found}, not an executable")]
    NotExecutable {
        /// What it is instead.
        found: &'static str,
    },
    /// It names a loader that is not on Lambda's machines, such as musl's or one in `/nix`.
    #[error("it is started by `{found}`, which provided.al2023 does not have (it has `{wanted}`)")]
    Interpreter {
        /// The loader that it names.
        found: String,
        /// The only loader there is.
        wanted: &'static str,
    },
    /// It was linked against a newer glibc than Lambda's.
    #[error("it needs {}, and provided.al2023 has glibc {}", list(.versions), GlibcVersion::AL2023)]
    GlibcTooNew {
        /// The versions that Lambda's glibc lacks, with the symbols that need them.
        versions: BTreeMap<String, BTreeSet<String>>,
    },
}

/// Reads an ELF file and refuses what `provided.al2023` could not start on this architecture.
pub fn inspect(file: &[u8], wanted: Architecture) -> Result<Executable, ElfError> {
    let header = header(file, wanted)?;
    let interpreter = interpreter(header, file)?;
    if let Some(found) = not_executable(header, file, interpreter.is_some())? {
        return Err(ElfError::NotExecutable { found });
    }
    let expected = wanted.loader();
    if let Some(found) = interpreter.clone().filter(|found| found != expected) {
        return Err(ElfError::Interpreter { found, wanted: expected });
    }
    let sections = header.sections(Little, file)?;
    if interpreter.is_some() && sections.is_empty() {
        return Err(ElfError::NoSections);
    }
    let mut versions = glibc_versions(&sections, file)?;
    let glibc = versions.keys().filter_map(|name| GlibcVersion::of_symbol(name)).max();
    versions.retain(|name, _| !is_there(name));
    if versions.is_empty() {
        Ok(Executable { interpreter, glibc })
    } else {
        Err(ElfError::GlibcTooNew { versions })
    }
}

impl GlibcVersion {
    /// What Amazon Linux 2023, and so `provided.al2023`, has.
    pub const AL2023: Self = Self { major: 2, minor: 34 };

    /// The version in a symbol version such as `GLIBC_2.34`.
    fn of_symbol(name: &str) -> Option<Self> {
        let mut numbers = name.strip_prefix("GLIBC_")?.split('.').map(str::parse);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(major)), Some(Ok(minor))) => Some(Self { major, minor }),
            _ => None,
        }
    }
}

impl fmt::Display for GlibcVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl Serialize for GlibcVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn header(file: &[u8], wanted: Architecture) -> Result<&Header, ElfError> {
    let Some([class, data]) = file.strip_prefix(b"\x7fELF").and_then(<[u8]>::first_chunk) else {
        return Err(ElfError::NotElf);
    };
    if (*class, *data) != (2, 1) {
        let found = "a 32-bit or big-endian processor".to_owned();
        return Err(ElfError::Architecture { found, wanted });
    }
    let header = Header::parse(file)?;
    let expected = match wanted {
        Architecture::Arm64 => EM_AARCH64,
        Architecture::X86_64 => EM_X86_64,
    };
    match header.e_machine(Little) {
        found if found == expected => Ok(header),
        found => Err(ElfError::Architecture { found: processor(found), wanted }),
    }
}

fn processor(machine: Machine) -> String {
    match machine {
        EM_AARCH64 => Architecture::Arm64.to_string(),
        EM_X86_64 => Architecture::X86_64.to_string(),
        Machine(other) => format!("another processor (e_machine {other})"),
    }
}

fn interpreter(header: &Header, file: &[u8]) -> Result<Option<String>, ElfError> {
    for segment in header.program_headers(Little, file)? {
        if let Some(path) = segment.interpreter(Little, file)? {
            return Ok(Some(String::from_utf8_lossy(path).into_owned()));
        }
    }
    Ok(None)
}

/// A static executable at any address is a shared object too, and says so by a flag.
fn not_executable(
    header: &Header,
    file: &[u8],
    dynamic: bool,
) -> Result<Option<&'static str>, ElfError> {
    Ok(match header.e_type(Little) {
        ET_EXEC => None,
        ET_DYN if dynamic || is_pie(header, file)? => None,
        ET_DYN => Some("a shared library"),
        ET_CORE => Some("a core dump"),
        _ => Some("an object file"),
    })
}

fn is_pie(header: &Header, file: &[u8]) -> Result<bool, ElfError> {
    for segment in header.program_headers(Little, file)? {
        let entries = segment.dynamic(Little, file)?.unwrap_or_default();
        if entries.iter().any(|e| e.tag(Little) == DT_FLAGS_1 && e.val(Little) & DF_1_PIE.0 != 0) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Every version of glibc that the loader will insist on, with the symbols that are bound to it.
fn glibc_versions(
    sections: &SectionTable<'_, Header>,
    file: &[u8],
) -> Result<BTreeMap<String, BTreeSet<String>>, ElfError> {
    let mut versions = BTreeMap::<String, BTreeSet<String>>::new();
    let is_glibc = |name: &[u8]| name.starts_with(b"GLIBC_");
    let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();

    if let Some((mut libraries, strings)) = sections.gnu_verneed(Little, file)? {
        let strings = sections.strings(Little, file, strings)?;
        while let Some((_, mut needed)) = libraries.next()? {
            while let Some(version) = needed.next()? {
                let name = version.name(Little, strings)?;
                if is_glibc(name) {
                    versions.entry(text(name)).or_default();
                }
            }
        }
    }
    let symbols = sections.symbols(Little, file, SHT_DYNSYM)?;
    let table = sections.versions(Little, file)?.unwrap_or_default();
    for (index, symbol) in symbols.enumerate() {
        let version = table.version(table.version_index(Little, index).index())?;
        if let Some(version) = version.filter(|version| is_glibc(version.name())) {
            let name = text(symbol.name(Little, symbols.strings())?);
            versions.entry(text(version.name())).or_default().insert(name);
        }
    }
    Ok(versions)
}

/// A version without a number, such as `GLIBC_ABI_DT_RELR` (2.36), stands for a newer loader.
fn is_there(version: &str) -> bool {
    GlibcVersion::of_symbol(version).is_some_and(|version| version <= GlibcVersion::AL2023)
}

fn list(versions: &BTreeMap<String, BTreeSet<String>>) -> String {
    let one = |(version, symbols): (&String, &BTreeSet<String>)| match symbols.len() {
        0 => version.clone(),
        _ => format!("{version} (for {})", symbols.iter().cloned().collect::<Vec<_>>().join(", ")),
    };
    versions.iter().map(one).collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::process::Command;
    use std::{env, fs, process};

    use super::*;

    const MAIN: &str = "int main(void) { return 0; }";

    fn host() -> Architecture {
        Architecture::host().expect("tests run on an architecture of Lambda's")
    }

    fn foreign() -> Architecture {
        if host() == Architecture::Arm64 { Architecture::X86_64 } else { Architecture::Arm64 }
    }

    /// A directory that the test compiles in.
    struct Workshop(PathBuf);

    impl Workshop {
        fn new(name: &str) -> Self {
            let path = env::temp_dir().join(format!("pretoken-elf-{}-{name}", process::id()));
            fs::create_dir_all(&path).expect("creates");
            Self(path)
        }

        fn compile(&self, source: &str, output: &str, arguments: &[&str]) -> Vec<u8> {
            fs::write(self.0.join("source.c"), source).expect("writes");
            let mut cc = Command::new("cc");
            cc.current_dir(&self.0).args(["source.c", "-o", output]).args(arguments);
            let output_of_cc = cc.output().expect("a C compiler is installed");
            let messages = String::from_utf8_lossy(&output_of_cc.stderr);
            assert!(output_of_cc.status.success(), "{messages}");
            fs::read(self.0.join(output)).expect("reads")
        }
    }

    impl Drop for Workshop {
        fn drop(&mut self) {
            drop(fs::remove_dir_all(&self.0));
        }
    }

    fn compile(name: &str, arguments: &[&str]) -> Vec<u8> {
        Workshop::new(name).compile(MAIN, "program", arguments)
    }

    fn patched(mut file: Vec<u8>, offset: usize, bytes: &[u8]) -> Vec<u8> {
        file[offset..offset + bytes.len()].copy_from_slice(bytes);
        file
    }

    #[test]
    fn a_static_executable_needs_nothing() {
        let nothing = Executable { interpreter: None, glibc: None };
        for (name, flag) in [("static", "-static"), ("static-pie", "-static-pie")] {
            assert_eq!(inspect(&compile(name, &[flag]), host()), Ok(nothing.clone()), "{flag}");
        }
    }

    #[test]
    fn a_dynamic_executable_names_its_loader_and_its_glibc() {
        let found = inspect(&compile("dynamic", &[]), host()).expect("starts");
        assert_eq!(found.interpreter.as_deref(), Some(host().loader()));
        assert!(found.glibc.is_some_and(|glibc| glibc <= GlibcVersion::AL2023), "{found:?}");
    }

    #[test]
    fn another_architecture_is_refused() {
        let own = fs::read(env::current_exe().expect("a path")).expect("reads");
        let wanted = foreign();
        assert_eq!(
            inspect(&own, wanted),
            Err(ElfError::Architecture { found: host().to_string(), wanted })
        );
        let riscv = patched(own, 18, &243_u16.to_le_bytes());
        let error = inspect(&riscv, wanted).expect_err("not Lambda's");
        assert_eq!(
            error.to_string(),
            format!(
                "it is built for another processor (e_machine 243), \
                 and the function's architecture is {wanted}"
            )
        );
        let narrow = patched(riscv, 4, &[1]);
        let error = inspect(&narrow, wanted).expect_err("32 bits");
        assert!(error.to_string().contains("32-bit"), "{error}");
    }

    #[test]
    fn what_is_not_an_executable_is_refused() {
        let refused = |file: &[u8]| match inspect(file, host()) {
            Err(ElfError::NotExecutable { found }) => found,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(&compile("shared", &["-shared"])), "a shared library");
        assert_eq!(refused(&compile("object", &["-c"])), "an object file");
        let core = patched(compile("core", &["-static"]), 16, &4_u16.to_le_bytes());
        assert_eq!(refused(&core), "a core dump");
    }

    #[test]
    fn what_is_not_elf_is_refused() {
        for file in [&b"#!/bin/sh\n"[..], b"\x7fELF", b"", b"PK\x03\x04"] {
            assert_eq!(inspect(file, host()), Err(ElfError::NotElf), "{file:?}");
        }
    }

    #[test]
    fn a_torn_file_is_refused() {
        let file = compile("torn", &[]);
        for length in [40, 64, 200, file.len() / 2] {
            let error = inspect(&file[..length], host()).expect_err("torn");
            assert!(matches!(error, ElfError::Unreadable(_)), "{length}: {error}");
        }
    }

    #[test]
    fn a_loader_that_lambda_lacks_is_refused() {
        let musl = "/lib/ld-musl-x86_64.so.1";
        let file = compile("musl", &[&format!("-Wl,--dynamic-linker={musl}")]);
        let wanted = host().loader();
        assert_eq!(
            inspect(&file, host()),
            Err(ElfError::Interpreter { found: musl.to_owned(), wanted })
        );
    }

    #[test]
    fn a_dynamic_file_without_sections_is_refused() {
        let file = patched(compile("sections", &[]), 40, &[0; 8]);
        assert_eq!(inspect(&patched(file, 60, &[0; 4]), host()), Err(ElfError::NoSections));
    }

    /// Against a C library of our own, so that this machine's glibc may be of any age.
    #[test]
    fn a_glibc_newer_than_lambdas_is_refused_with_its_symbols() {
        let workshop = Workshop::new("glibc");
        let library = "int old(void) { return 0; } int b(void) { return 0; } \
                       int a(void) { return 0; } int relr(void) { return 0; }";
        let versions = "GLIBC_2.2.5 { old; }; GLIBC_2.99 { a; b; }; GLIBC_ABI_DT_RELR { relr; };";
        fs::write(workshop.0.join("versions"), versions).expect("writes");
        workshop.compile(
            library,
            "libc.so.6",
            &["-shared", "-nostdlib", "-Wl,-soname=libc.so.6", "-Wl,--version-script=versions"],
        );
        let link = ["-nostdlib", "-nostartfiles", "-L.", "-l:libc.so.6"];

        let program = "int old(void); void _start(void) { old(); }";
        let found = inspect(&workshop.compile(program, "old", &link), host()).expect("starts");
        assert_eq!(found.glibc, Some(GlibcVersion { major: 2, minor: 2 }));

        let program = "int old(void); int b(void); int a(void); int relr(void); \
                       void _start(void) { old(); b(); a(); relr(); }";
        let error = inspect(&workshop.compile(program, "new", &link), host());
        assert_eq!(
            error.expect_err("too new").to_string(),
            "it needs GLIBC_2.99 (for a, b) and GLIBC_ABI_DT_RELR (for relr), \
             and provided.al2023 has glibc 2.34"
        );
    }

    #[test]
    fn a_version_without_symbols_is_named_alone() {
        let versions = BTreeMap::from([("GLIBC_ABI_DT_RELR".to_owned(), BTreeSet::new())]);
        assert_eq!(list(&versions), "GLIBC_ABI_DT_RELR");
    }

    #[test]
    fn versions_compare_by_number() {
        let of = |name| GlibcVersion::of_symbol(name);
        assert!(of("GLIBC_2.4") < of("GLIBC_2.34"));
        assert_eq!(of("GLIBC_2.2.5"), Some(GlibcVersion { major: 2, minor: 2 }));
        assert_eq!((of("GLIBC_PRIVATE"), of("GCC_3.0")), (None, None));
        assert!(is_there("GLIBC_2.34") && !is_there("GLIBC_2.35"));
    }
}
