//! Values that a file does not hold, and says where they are.

use pretoken::config;
use pretoken::config::{
    Config, FoundValue, ProviderDetail, Reference, Selection, Values, Variable,
};
use pretoken::tokens::hints::hints;
use serde_json::Value;

use crate::{NOW, Outcome, small};

/// Values that were looked up, some of them secrets.
fn looked_up(values: &[(Reference, &str, bool)]) -> Selection {
    let found = |(reference, text, is_secret): &(Reference, &str, bool)| {
        let value = FoundValue { text: (*text).to_owned(), is_secret: *is_secret };
        (reference.clone(), Ok(value))
    };
    let looked_up = values.iter().map(found).collect();
    Selection { values: Values { looked_up, may_be_unset: false }, ..Selection::default() }
}

fn ssm(name: &str) -> Reference {
    Reference::Ssm { name: name.to_owned() }
}

#[test]
fn a_value_from_elsewhere_is_checked_as_if_it_stood_in_the_file_and_a_secret_is_not_shown()
-> Outcome {
    let text = small(
        r#"[trigger]
architecture = { ssm = "/processor" }
environment = { TOKEN = { ssm = "/token" }, env = "a variable of this name" }
kms_key_arn = { env = "KEY" }
[pools.customers.identity_providers.Google]
type = "Google"
details = { client_id = { ssm = "/id" }, authorize_scopes = "openid", client_secret = { secrets_manager = "google", key = "secret" } }
[env.prod]
trigger.environment.ONLY_THERE = { ssm = "/there" }
"#,
    );
    let secret =
        Reference::SecretsManager { id: "google".to_owned(), key: Some("secret".to_owned()) };
    let key = Reference::Env { name: "KEY".to_owned() };
    let arn = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let mut values = vec![
        (ssm("/processor"), "x86_64", false),
        (ssm("/token"), "hunter2-of-partners", true),
        (ssm("/id"), "1234.apps", false),
        (secret.clone(), "hunter3-of-google", true),
        (key, arn, true),
    ];
    let first = config::parse(
        &text.replace("{ env = \"KEY\" }", &format!("\"{arn}\"")),
        "deploy.toml",
        None,
    )?;
    assert_eq!(
        first.sought(),
        values[..4].iter().map(|(reference, ..)| reference.clone()).collect()
    );
    assert!(!first.unknown(false).is_empty() && !first.only_at_plan().is_empty());

    let loaded = config::parse_selected(&text, "deploy.toml", &looked_up(&values))?;
    let Config { trigger, pools, references, .. } = &loaded.config;
    assert_eq!(
        (trigger.architecture.as_str(), trigger.kms_key_arn.as_deref()),
        ("x86_64", Some(arn))
    );
    assert_eq!(trigger.environment["TOKEN"], "hunter2-of-partners");
    assert_eq!(trigger.environment["env"], "a variable of this name");
    assert_eq!(*references, [ssm("/processor"), ssm("/token"), ssm("/id"), secret].into());
    let details = &pools["customers"].identity_providers["Google"].details;
    assert_eq!(
        details["client_id"],
        ProviderDetail::Variable(Variable {
            env: "ID".to_owned(),
            value: Some("1234.apps".to_owned())
        })
    );
    let ProviderDetail::Variable(variable) = &details["client_secret"] else {
        return Err("a secret".into());
    };
    assert_eq!(variable.value.as_deref(), Some("hunter3-of-google"));
    assert!(loaded.sought().is_empty() && loaded.unknown(true).is_empty());
    assert!(loaded.hidden().any(|value| value == "hunter2-of-partners"));
    assert!(!format!("{details:?}").contains("hunter3"));

    values[0].1 = "sparc-of-1995";
    values[4].1 = "hunter4-is-no-arn";
    let error = config::parse_selected(&text, "deploy.toml", &looked_up(&values)).err();
    let told = error.ok_or("a processor that there is not")?.to_string();
    assert!(told.contains("`trigger.architecture` cannot be `sparc-of-1995`"), "{told}");
    assert!(told.contains("`trigger.kms_key_arn` must be"), "{told}");
    assert!(!told.contains("hunter"), "{told}");
    Ok(())
}

#[test]
fn what_nobody_set_is_an_error_where_it_counts_and_a_hint_for_who_only_checks() -> Outcome {
    let text = small(
        "[trigger.environment]\nAA = { env = \"NOBODY_SETS_A\" }\nBB = { ssm = \"/b\" }\n[env.prod]\ntrigger.environment.CC = { env = \"NOBODY_SETS_C\" }\n",
    );
    let told = config::parse(&text, "deploy.toml", None).err().ok_or("not set")?.to_string();
    assert!(told.contains("NOBODY_SETS_A") && !told.contains("NOBODY_SETS_C"), "{told}");
    let loaded =
        config::parse_selected(&text, "deploy.toml", &Selection::default().only_to_check())?;
    let hints = hints(&loaded, NOW).to_string();
    assert!(hints.contains("2 hints in deploy.toml"), "{hints}");
    Ok(())
}

#[test]
fn the_published_schema_takes_a_value_from_elsewhere_wherever_it_takes_a_text() {
    let schema = config::schema();
    let elsewhere = serde_json::json!({ "$ref": "#/$defs/Elsewhere" });
    let takes =
        |schema: &Value| schema["anyOf"].as_array().is_some_and(|all| all.contains(&elsewhere));
    let trigger = &schema["$defs"]["Trigger"]["properties"];
    assert!(takes(&schema["properties"]["name"]) && takes(&schema["$defs"]["Architecture"]));
    assert!(takes(&trigger["environment"]["additionalProperties"]));
    assert!(takes(&trigger["layers"]["items"]) && !takes(&trigger["memory_mb"]));
}
