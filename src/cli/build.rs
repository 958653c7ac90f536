//! `build`: the package, and what there is to know about it.

use serde_json::json;

use super::args::BuildArgs;
use super::exit::{Exit, Failure, Outcome};
use super::session::{Session, libc_of};

pub async fn run(session: &Session, args: &BuildArgs) -> Outcome {
    let package = session.package().await?;
    if let Some(path) = &args.out {
        let written = std::fs::write(path, &package.zip);
        written.map_err(|error| {
            Failure::new(Exit::Failed, error).context(format!("cannot write `{}`", path.display()))
        })?;
    }
    let document = json!({
        "schema": "pretoken/build/v1",
        "architecture": package.architecture,
        "target": package.target,
        "glibc": package.glibc.as_ref().map(ToString::to_string),
        "zip_bytes": package.zip.len(),
        "bootstrap_bytes": package.bootstrap_bytes,
        "sha256": package.sha256_hex,
        "code_sha256": package.code_sha256,
        "out": args.out,
    });
    let out = args
        .out
        .as_ref()
        .map(|path| format!("written to    {}\n", path.display()))
        .unwrap_or_default();
    let text = format!(
        "architecture  {}\ntarget        {}\nlibc          {}\nzip           {} bytes\nbootstrap     {} bytes\nsha256        {}\nCodeSha256    {}\n{out}",
        package.architecture,
        package.target,
        libc_of(&package),
        package.zip.len(),
        package.bootstrap_bytes,
        package.sha256_hex,
        package.code_sha256,
    );
    session.ui.result(&document, &text);
    Ok(None)
}
