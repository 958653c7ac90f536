//! The SBOM of `bootstrap`, as `CycloneDX` 1.6 JSON (ECMA-424). Pure: the same packages, the same bytes.
//!
//! So there is no time in it, and its serial number is made from what it says. It must not decide what is linked.

use serde::Serialize;

use super::archive::sha256_hex;
use super::dependencies::{Dependencies, Dependency, Origin, PackageId};

/// A whole document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bom {
    #[serde(rename = "$schema")]
    schema: &'static str,
    #[serde(rename = "bomFormat")]
    format: &'static str,
    spec_version: &'static str,
    serial_number: String,
    version: u8,
    metadata: Metadata,
    components: Vec<Component>,
    dependencies: Vec<Uses>,
}

#[derive(Serialize)]
struct Metadata {
    lifecycles: [Lifecycle; 1],
    tools: SbomTools,
    component: Component,
    properties: [Property; 1],
}

#[derive(Serialize)]
struct Lifecycle {
    phase: &'static str,
}

#[derive(Serialize)]
struct SbomTools {
    components: [SbomTool; 1],
}

#[derive(Serialize)]
struct SbomTool {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Property {
    name: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Component {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "bom-ref")]
    bom_ref: String,
    name: String,
    version: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<Hash>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    licenses: Vec<License>,
    purl: String,
}

#[derive(Serialize)]
struct Hash {
    alg: &'static str,
    content: String,
}

#[derive(Serialize)]
struct License {
    expression: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Uses {
    #[serde(rename = "ref")]
    reference: String,
    depends_on: Vec<String>,
}

/// The document for an executable of these packages, built for `target` (a Rust target triple).
pub(super) fn write(dependencies: &Dependencies, target: &str) -> Vec<u8> {
    let Dependencies { root, packages } = dependencies;
    let mut bom = Bom {
        schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        format: "CycloneDX",
        spec_version: "1.6",
        serial_number: String::new(),
        version: 1,
        metadata: Metadata {
            lifecycles: [Lifecycle { phase: "build" }],
            tools: SbomTools { components: [pretoken()] },
            component: component("application", root, &packages[root]),
            // Of the CycloneDX property taxonomy: only what this target links is listed.
            properties: [Property {
                name: "cdx:rustc:sbom:target:triple",
                value: target.to_owned(),
            }],
        },
        components: packages
            .iter()
            .filter(|(key, _)| *key != root)
            .map(|(key, package)| component("library", key, package))
            .collect(),
        dependencies: packages
            .iter()
            .map(|(key, package)| uses(dependencies, key, package))
            .collect(),
    };
    bom.serial_number = serial_number(&json(&bom));
    json(&bom)
}

fn json(bom: &Bom) -> Vec<u8> {
    // Nothing but texts and lists: it cannot fail.
    let mut bytes = serde_json::to_vec_pretty(bom).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn pretoken() -> SbomTool {
    SbomTool { kind: "application", name: "pretoken", version: env!("CARGO_PKG_VERSION") }
}

fn component(kind: &'static str, key: &PackageId, package: &Dependency) -> Component {
    let purl = purl(key, &package.origin);
    let hash = |content: &String| Hash { alg: "SHA-256", content: content.clone() };
    // Before SPDX expressions, cargo separated alternatives by a slash.
    let license = |text: &String| License { expression: text.replace('/', " OR ") };
    Component {
        kind,
        bom_ref: purl.clone(),
        name: key.0.clone(),
        version: key.1.clone(),
        hashes: package.checksum.iter().map(hash).collect(),
        licenses: package.licence.iter().map(license).collect(),
        purl,
    }
}

fn uses(all: &Dependencies, key: &PackageId, package: &Dependency) -> Uses {
    let mut depends_on: Vec<_> =
        package.needs.iter().map(|key| purl(key, &all.packages[key].origin)).collect();
    depends_on.sort();
    Uses { reference: purl(key, &package.origin), depends_on }
}

/// The package's URL, by the rules of the type `cargo` (package-url specification, ECMA-427).
fn purl((name, version): &PackageId, origin: &Origin) -> String {
    let qualifier = match origin {
        Origin::Registry => String::new(),
        Origin::OtherRegistry(address) => format!("?repository_url={}", escaped(address)),
        Origin::Git(address) => format!("?vcs_url={}", escaped(&address.replacen('#', "@", 1))),
        Origin::Directory(path) => format!("?download_url=file://{}", escaped(path)),
    };
    format!("pkg:cargo/{}@{}{qualifier}", escaped(name), escaped(version))
}

fn escaped(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_~:/".contains(byte);
    let one =
        |byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}

/// A UUID whose bits are a digest of the content: version 8, of RFC 9562.
fn serial_number(content: &[u8]) -> String {
    let mut digits: Vec<char> = sha256_hex(content).chars().take(32).collect();
    digits[12] = '8';
    digits[16] = ['8', '9', 'a', 'b'][digits[16].to_digit(16).unwrap_or(0) as usize % 4];
    let part = |from: usize, to: usize| digits[from..to].iter().collect::<String>();
    let parts = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)];
    format!("urn:uuid:{}", parts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_urls() {
        let key = |version: &str| ("serde".to_owned(), version.to_owned());
        let git = Origin::Git("git+https://git.example/a?branch=b#0123".to_owned());
        let other = Origin::OtherRegistry("https://crates.example/".to_owned());
        for (version, origin, expected) in [
            ("1.0.0", Origin::Registry, "pkg:cargo/serde@1.0.0"),
            ("1.2.1+spec-1", Origin::Registry, "pkg:cargo/serde@1.2.1%2Bspec-1"),
            ("1.0.0", other, "pkg:cargo/serde@1.0.0?repository_url=https://crates.example/"),
            (
                "1.0.0",
                git,
                "pkg:cargo/serde@1.0.0?vcs_url=git%2Bhttps://git.example/a%3Fbranch%3Db%400123",
            ),
            (
                "1.0.0",
                Origin::Directory("my crates/serde".to_owned()),
                "pkg:cargo/serde@1.0.0?download_url=file://my%20crates/serde",
            ),
        ] {
            assert_eq!(purl(&key(version), &origin), expected);
        }
    }

    #[test]
    fn a_serial_number_is_a_uuid_of_the_content() {
        let one = serial_number(b"one");
        assert_eq!(one, "urn:uuid:7692c3ad-3540-8b80-bc02-0b3aee66cd88");
        assert_ne!(one, serial_number(b"two"));
    }
}
