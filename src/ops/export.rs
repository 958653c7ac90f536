//! `export`: the package that a template names, looked at where it is.

use std::path::{Component, Path, PathBuf};

use crate::codes::Code;
use crate::config::Loaded;
use crate::failure::{Exit, Failure};
use crate::package::code_sha256;

/// Refuses a file with values that a template would have to hold, and that are elsewhere.
pub fn holds_all(known: &Loaded) -> Result<(), Failure> {
    let elsewhere = known.only_at_plan();
    if elsewhere.is_empty() { Ok(()) } else { Err(Failure::of_files(&[elsewhere])) }
}

/// The `CodeSha256` of a package that is there.
pub fn hash_of(path: &Path) -> Result<String, Failure> {
    let zip = std::fs::read(path).map_err(|error| cannot("read", path, error))?;
    if !zip.starts_with(b"PK") {
        let error = anyhow::anyhow!("`{}` is no package: it is not a zip file", path.display());
        return Err(Failure::new(Exit::Usage, Code::InputUnreadable, error)
            .hint("`pretoken build --out FILE` makes one"));
    }
    Ok(code_sha256(&zip))
}

/// The way to the package from the directory of the template, where the engines look for it.
pub fn from_template(package: &Path, out: Option<&Path>) -> Result<String, Failure> {
    let directory = out.and_then(Path::parent).unwrap_or(Path::new(""));
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    let absolute = |path: &Path| path.canonicalize().map_err(|error| cannot("find", path, error));
    let way = if package.is_absolute() {
        package.to_owned()
    } else {
        relative(&absolute(directory)?, &absolute(package)?)
    };
    Ok(way.display().to_string())
}

/// From one absolute directory to an absolute path.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let shared = from.components().zip(to.components()).take_while(|(one, two)| one == two).count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(to.components().skip(shared)).collect()
}

fn cannot(verb: &str, path: &Path, error: std::io::Error) -> Failure {
    Failure::new(Exit::Failed, Code::CannotWrite, error)
        .context(format!("cannot {verb} `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::relative;

    #[test]
    fn the_way_from_one_directory_to_a_file() {
        for (from, to, way) in [
            ("/a", "/a/trigger.zip", "trigger.zip"),
            ("/a/infra", "/a/trigger.zip", "../trigger.zip"),
            ("/a/x/y", "/a/b/trigger.zip", "../../b/trigger.zip"),
        ] {
            assert_eq!(relative(Path::new(from), Path::new(to)), Path::new(way));
        }
    }
}
