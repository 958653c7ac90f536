//! The rules of the live version: asked for by alias, downloaded from where the package is, and unpacked.

use std::io::{Cursor, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pretoken::cloud::{CloudError, Read};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;

use crate::replay::{Reply, Wire, ok, refused};

const FUNCTION: &str = "GET /2015-03-31/functions/f?Qualifier=live";
const PACKAGE: &str = "GET /snapshots/f-3?X-Amz-Signature=5ecret";
const LOCATION: &str =
    "https://awslambda-eu-west-1.s3.eu-west-1.amazonaws.com/snapshots/f-3?X-Amz-Signature=5ecret";
const RULES: &str = r#"[{"name":"everyone reads","add_scopes":["orders/read"]}]"#;

/// The function, at a version that froze this package.
fn found(package: &Reply) -> Reply {
    let sha = match package {
        Reply::Bytes(zip) => STANDARD.encode(digest(&SHA256, zip)),
        Reply::Says(_, text) => STANDARD.encode(digest(&SHA256, text.as_bytes())),
        _ => String::new(),
    };
    let configuration = json!({ "FunctionName": "f", "Version": "3", "CodeSha256": sha });
    ok(
        json!({ "Configuration": configuration, "Code": { "RepositoryType": "S3", "Location": LOCATION } }),
    )
}

fn package(files: &[(&str, &str)]) -> Reply {
    let mut zip = zip::ZipWriter::new(Cursor::new(vec![]));
    for (name, text) in files {
        zip.start_file(*name, SimpleFileOptions::default()).expect("a file");
        zip.write_all(text.as_bytes()).expect("written");
    }
    Reply::Bytes(zip.finish().expect("a package").into_inner())
}

fn rules(wire: &Wire) -> Result<Option<Vec<u8>>, CloudError> {
    wire.run(async |aws| aws.deployed_rules("f", "live").await)
}

#[test]
fn the_live_rules_are_in_the_package_of_the_alias() {
    let package = package(&[("bootstrap", "x"), ("rules.json", RULES)]);
    let wire = Wire::new([(FUNCTION, found(&package)), (PACKAGE, package)]);
    assert_eq!(rules(&wire).expect("read"), Some(RULES.as_bytes().to_vec()));
    // The location carries its own signature; another one would be refused.
    let sent: Vec<_> =
        wire.sent().into_iter().map(|sent| (sent.call, sent.body, sent.signed)).collect();
    let expected = [(FUNCTION, Value::Null, true), (PACKAGE, Value::Null, false)];
    assert_eq!(sent, expected.map(|(call, body, signed)| (call.to_owned(), body, signed)));
}

#[test]
fn nothing_live_is_no_rules() {
    let absent = refused(404, "ResourceNotFoundException", "Function not found");
    assert_eq!(rules(&Wire::new([(FUNCTION, absent)])).expect("read"), None);
}

#[test]
fn a_package_that_cannot_be_read_is_an_error_without_its_signature() {
    for reply in [
        Reply::Says(403, "<Error><Code>AccessDenied</Code></Error>".to_owned()),
        Reply::Says(200, "no zip".to_owned()),
        Reply::Lost,
        package(&[("bootstrap", "x")]),
    ] {
        let wire = Wire::new([(FUNCTION, found(&reply)), (PACKAGE, reply)]);
        let error = rules(&wire).expect_err("an error");
        assert!(!error.to_string().contains("5ecret"), "{error}");
    }
}

/// An emulator hands out the newest code for every version; its rules would be those of another one.
#[test]
fn the_package_of_another_version_is_not_taken_for_it() {
    let (old, new) = (package(&[("rules.json", "[]")]), package(&[("rules.json", RULES)]));
    let wire = Wire::new([(FUNCTION, found(&old)), (PACKAGE, new)]);
    let error = rules(&wire).expect_err("another package");
    assert!(error.to_string().contains("not that of version live"), "{error}");
}
