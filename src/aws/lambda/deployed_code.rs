//! The rules of a version, read back from its package. Decides nothing about them.

use std::io::{Cursor, Read as _};

use aws_sdk_lambda::Client;
use trigger::RULES_FILE;
use zip::ZipArchive;

use crate::aws::error::{Answer, Found, unreadable};
use crate::aws::http::Http;
use crate::cloud::Result;
use crate::model::code_sha256;

const OPERATION: &str = "lambda:GetFunction";
/// No file of rules is as long as this; a zip can claim anything.
const LIMIT: u64 = 16 * 1024 * 1024;

/// An emulator, and what shows it that its owner asks: the location that AWS gives is signed, an emulator's is not.
pub(in crate::aws) struct Emulator<'a> {
    pub(in crate::aws) endpoint: Option<&'a str>,
    pub(in crate::aws) owner: Option<&'a str>,
}

/// The bytes of `rules.json` of a version; `None` if there is no such version.
pub(in crate::aws) async fn rules(
    client: &Client,
    http: &Http,
    emulator: Emulator<'_>,
    (function, qualifier): (&str, &str),
) -> Result<Option<Vec<u8>>> {
    let call = client.get_function().function_name(function).qualifier(qualifier).send().await;
    let Some(found) = call.of(OPERATION).if_found()? else { return Ok(None) };
    let location = found.code.and_then(|code| code.location);
    let location = location.ok_or_else(|| unreadable(OPERATION, "there is no package in it"))?;
    let url = reachable(&location, emulator.endpoint);
    // Nobody but the emulator hears of its owner.
    let owner =
        emulator.owner.filter(|_| emulator.endpoint.is_some_and(|own| url.starts_with(own)));
    let package = http.fetch_bytes(&url, owner).await?;
    let frozen = found.configuration.and_then(|it| it.code_sha256).unwrap_or_default();
    if code_sha256(&package) != frozen {
        // The emulator behind `--local` hands out the newest code, whatever version is asked for.
        let detail = format!("the package is not that of version {qualifier}");
        return Err(unreadable(OPERATION, detail));
    }
    unpacked(package).map(Some).map_err(|reason| unreadable(OPERATION, &reason))
}

fn unpacked(package: Vec<u8>) -> std::result::Result<Vec<u8>, String> {
    let broken = |error: zip::result::ZipError| format!("the package: {error}");
    let mut archive = ZipArchive::new(Cursor::new(package)).map_err(broken)?;
    let file = archive.by_name(RULES_FILE).map_err(broken)?;
    let mut rules = vec![];
    file.take(LIMIT).read_to_end(&mut rules).map_err(|error| error.to_string())?;
    Ok(rules)
}

/// The location, by way of the endpoint if that is an emulator on this machine: it may know itself by another port.
fn reachable(location: &str, endpoint: Option<&str>) -> String {
    let here = |url: &str| {
        let rest = url.split_once("://").map_or("", |(_, rest)| rest);
        ["127.0.0.1", "localhost", "[::1]"].iter().any(|host| {
            rest.strip_prefix(host)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
        })
    };
    let path =
        location.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]));
    match (endpoint.filter(|url| here(url)), path) {
        (Some(endpoint), Some(path)) => format!("{}{path}", endpoint.trim_end_matches('/')),
        _ => location.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{reachable, unpacked};

    #[test]
    fn an_emulator_is_reached_where_it_was_found() {
        let location = "http://localhost:4566/_lambda/code?x=1";
        let by_proxy = reachable(location, Some("http://127.0.0.1:9999/"));
        assert_eq!(by_proxy, "http://127.0.0.1:9999/_lambda/code?x=1");
        for endpoint in [None, Some("https://lambda.example.com"), Some("http://127.0.0.10:1")] {
            assert_eq!(reachable(location, endpoint), location);
        }
    }

    #[test]
    fn what_is_no_package() {
        for bytes in [&b""[..], b"PK", b"<html>"] {
            assert!(unpacked(bytes.to_vec()).is_err());
        }
    }
}
