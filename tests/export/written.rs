//! What is in a template, and what is not.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::{STACK, export, project};

const PACKAGE: [&str; 2] = ["--package", "trigger.zip"];

/// The template for CloudFormation of this `deploy.toml`.
fn template(deploy: &str, arguments: &[&str]) -> Value {
    let all = [&["cloudformation"], arguments].concat();
    export(&project(deploy).path(""), &all)["template"].take()
}

/// The logical id of the version that a template publishes.
fn version(template: &Value) -> &str {
    let resources = template["Resources"].as_object().expect("resources");
    let versions = resources.iter().filter(|(_, one)| one["Type"] == "AWS::Lambda::Version");
    let ids: Vec<_> = versions.map(|(id, _)| id).collect();
    let [id] = ids.as_slice() else { panic!("{ids:?}") };
    id
}

/// Compares with the file of that name; `UPDATE=1` rewrites it.
#[track_caller]
fn is_as_in(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export").join(file);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, text).expect("written");
    }
    let wanted = std::fs::read_to_string(&path).expect("a readable file");
    assert_eq!(text, wanted, "{}", path.display());
}

#[test]
fn whole_templates() {
    let project = project(STACK);
    for (engine, file) in [("cloudformation", "orders.json"), ("terraform", "orders.tf")] {
        let template =
            &export(&project.path(""), &[engine, "--package", "trigger.zip"])["template"];
        let text = template.as_str().map_or_else(|| format!("{template:#}\n"), ToOwned::to_owned);
        is_as_in(file, &text);
        assert!(!text.contains("s3cr3t"), "a secret is in the template");
    }
}

/// It would stand there as it was on that day.
#[test]
fn a_value_from_elsewhere_is_in_no_template() {
    let deploy = "name = \"orders\"\nregion = \"eu-west-1\"\n[trigger]\nkms_key_arn = { env = \"KEY_ARN\" }\n[pools.customers.clients.web]\n";
    let project = project(deploy);
    let key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let arguments = ["export", "cloudformation", "--package", "trigger.zip", "-o", "json"];
    let run = project.run(&arguments, &[("KEY_ARN", key)]);
    let refused = run.exits(4).json();
    assert_eq!(refused["id"], "value-in-template", "{refused:#}");
    assert_eq!(refused["problems"][0]["line"], 4);
}

#[test]
fn text_is_the_template_itself_and_notes_go_to_stderr() {
    let project = project(STACK);
    let run = |arguments: &[&str]| {
        let run = project.run(&[&["export"], arguments].concat(), &[]);
        (run.code, run.stdout, run.stderr)
    };
    let (code, stdout, stderr) = run(&["cloudformation", "--package", "trigger.zip"]);
    assert_eq!(code, 0, "{stderr}");
    let printed: Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(printed, template(STACK, &PACKAGE));
    for note in ["pool `company` is not this stack's", "PARTNER_KEY", "`allowed_account_ids`"] {
        assert!(stderr.contains(note), "{stderr}");
    }
    let (code, stdout, _) = run(&["terraform", "--package", "trigger.zip", "--out", "main.tf"]);
    assert_eq!((code, stdout.as_str()), (0, "written to main.tf\n"));
    let written = std::fs::read_to_string(project.path("main.tf")).expect("written");
    assert_eq!(
        written,
        export(&project.path(""), &["terraform", "--package", "trigger.zip"])["template"]
    );

    let (code, _, stderr) = run(&["terraform", "--package", "deploy.toml"]);
    assert_eq!(code, 4, "{stderr}");
    assert!(stderr.contains("is no package: it is not a zip file"), "{stderr}");
    for wrong in [["terraform", "--s3-bucket", "b"], ["terraform", "--revision", "2"]] {
        assert_eq!(run(&wrong).0, 4);
    }
}

#[test]
fn the_package_is_named_from_where_the_template_is() {
    let project = project(STACK);
    std::fs::create_dir(project.path("infra")).expect("a directory");
    let exported = |out: &str| {
        export(&project.path(""), &["cloudformation", "--package", "trigger.zip", "--out", out])["template"]
            ["Resources"]["Function"]["Properties"]["Code"]
            .take()
    };
    assert_eq!(exported("template.json"), "trigger.zip");
    assert_eq!(exported("infra/template.json"), "../trigger.zip");
}

#[test]
fn the_package_is_an_object_or_is_asked_for() {
    let object = ["--s3-bucket", "packages", "--s3-key", "a/b.zip", "--s3-version", "v1"];
    let code = |arguments: &[&str]| {
        let mut template = template(STACK, &[&PACKAGE, arguments].concat());
        template["Resources"]["Function"]["Properties"]["Code"].take()
    };
    let placed =
        serde_json::json!({"S3Bucket": "packages", "S3Key": "a/b.zip", "S3ObjectVersion": "v1"});
    assert_eq!(code(&object), placed);
    let all = [&["terraform"][..], &PACKAGE, &object].concat();
    let module = export(&project(STACK).path(""), &all)["template"].to_string();
    assert!(!module.contains("filename"), "{module}");
    for word in ["s3_bucket", "a/b.zip", "s3_object_version", "source_code_hash"] {
        assert!(module.contains(word), "{word}: {module}");
    }
}

#[test]
fn what_a_version_freezes_makes_another_one() {
    let first = template(STACK, &PACKAGE);
    let changed = |from: &str, to: &str| {
        assert!(STACK.contains(from));
        template(&STACK.replacen(from, to, 1), &PACKAGE)
    };
    let freezes = [
        template(STACK, &["--package", "other.zip"]),
        template(STACK, &["--package", "trigger.zip", "--revision", "2"]),
        changed("[trigger]", "[trigger]\nmemory_mb = 256"),
        changed("[trigger]", "[trigger]\ntimeout_s = 3"),
        changed("[trigger]", "[trigger]\narchitecture = \"x86_64\""),
        changed("PARTNER_KEY", "OTHER_KEY"),
        changed("[pools.customers.clients.web]", "[pools.customers.clients.kiosk]"),
        // AWS makes a client anew to give it a secret: with another id.
        changed("clients.web]", "clients.web]\ngenerate_secret = true"),
        changed("eu-west-1_AbCdEf123", "eu-west-1_AbCdEf124"),
        changed("1example23456789", "1example23456780"),
    ];
    let ids: BTreeSet<&str> = freezes.iter().chain([&first]).map(version).collect();
    assert_eq!(ids.len(), freezes.len() + 1, "{ids:?}");
}

#[test]
fn what_a_version_does_not_freeze_makes_none() {
    let first = template(STACK, &PACKAGE);
    let object = ["--s3-bucket", "packages", "--s3-key", "trigger.zip"];
    for other in [
        template(STACK, &[&PACKAGE[..], &object].concat()),
        template(&STACK.replace("s3cr3t", "0th3r"), &PACKAGE),
        template(&STACK.replace("[trigger]", "[trigger]\nlog_retention_days = 7"), &PACKAGE),
        template(&STACK.replace("Anything", "Something"), &PACKAGE),
        template(&STACK.replace("access_token_minutes = 5", "access_token_minutes = 6"), &PACKAGE),
    ] {
        assert_eq!(version(&other), version(&first));
    }
}

#[test]
fn a_pool_that_outlives_the_template_keeps_its_function() {
    let chain = ["LogGroup", "Role", "Function", "Live", "PermissionCustomers"];
    let fleeting = "name = \"n\"\n[pools.customers]\ndeletion_protection = false\n[pools.customers.clients.web]\n";
    let kept = [
        fleeting.replace("false", "true"),
        fleeting.replace("deletion_protection = false", "id = \"eu-west-1_AbCdEf123\""),
    ];
    let policies = |deploy: &str| {
        let template = template(deploy, &PACKAGE);
        let policy = |id: &&str| template["Resources"][*id]["DeletionPolicy"].clone();
        chain.iter().map(policy).collect::<Vec<_>>()
    };
    let prevented = |deploy: &str| {
        let module = export(&project(deploy).path(""), &["terraform", "--package", "trigger.zip"]);
        let module = module["template"].as_str().expect("text").to_owned();
        let function = module.split_once("\"aws_lambda_function\"").expect("a function").1;
        function.split_once("\n}").expect("its end").0.contains("prevent_destroy = true")
    };
    assert_eq!((policies(fleeting), prevented(fleeting)), (vec![Value::from("Delete"); 5], false));
    for deploy in kept {
        assert_eq!((policies(&deploy), prevented(&deploy)), (vec![Value::from("Retain"); 5], true));
    }
}
