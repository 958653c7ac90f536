//! What AWS's published API model says of settings that `deploy.toml` can declare under AWS's own names.
//!
//! The data (`cognito-idp.json`) is botocore's, reduced; `renew.py` beside it renews it. One table drives the schema of
//! the file, and with it the check, the comparison, the requests and the exports: a new member is new data.

mod compare;
mod schema;
mod sections;
mod translate;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

pub use compare::{Setting, leaves, merged, seen_of, without};
pub use sections::{PartedSettings, PoolSection, parted, with_company};
pub use translate::in_snake_case;

/// Settings under the names of `deploy.toml`.
pub type DeclaredSettings = Map<String, Value>;

static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let mut model: Model = serde_json::from_str(include_str!("cognito-idp.json"))
        .expect("the data is what renew.py writes");
    let mut others = model.shapes["LambdaConfigType"].clone();
    others.members.retain(|name, _| !OUR_SLOT.contains(&name.as_str()));
    model.shapes.insert(OTHER_TRIGGERS.to_owned(), others);
    model
});

/// The triggers of a pool without our slot, which the stack alone decides.
const OTHER_TRIGGERS: &str = "OtherTriggers";
const OUR_SLOT: [&str; 2] = ["PreTokenGeneration", "PreTokenGenerationConfig"];

#[derive(Debug, Deserialize)]
struct Model {
    shapes: BTreeMap<String, Shape>,
}

/// A type of AWS's.
#[derive(Debug, Clone, Deserialize)]
struct Shape {
    #[serde(rename = "type")]
    kind: ShapeKind,
    min: Option<i64>,
    max: Option<i64>,
    #[serde(default, rename = "enum")]
    values: Vec<String>,
    pattern: Option<String>,
    #[serde(default)]
    required: Vec<String>,
    #[serde(default)]
    members: BTreeMap<String, Member>,
    item: Option<String>,
    value: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ShapeKind {
    Structure,
    List,
    Map,
    String,
    Integer,
    Boolean,
}

#[derive(Debug, Clone, Deserialize)]
struct Member {
    /// Its name in `deploy.toml`.
    key: String,
    shape: String,
    about: String,
}

fn shape(name: &str) -> &'static Shape {
    &MODEL.shapes[name]
}

impl Shape {
    /// The version of the event, if this is a function with it and there is one version alone: then the ARN says all of it.
    fn only_version(&self) -> Option<&'static str> {
        let version = shape(&self.members.get("LambdaVersion")?.shape);
        let [version] = version.values.as_slice() else { return None };
        let is_pair = self.members.len() == 2 && self.members.contains_key("LambdaArn");
        is_pair.then_some(version)
    }
}

/// Members of requests that can be declared as they are: what one call takes, without what has a friendlier key.
#[derive(Debug)]
pub struct Declarable {
    /// Every member by AWS's name.
    members: BTreeMap<&'static str, Member>,
    /// Members that only the creation takes, and that the description shows under the same name.
    fixed: &'static [&'static str],
}

/// Settings of a user pool.
pub static POOL: LazyLock<Declarable> = LazyLock::new(|| {
    // What other keys decide.
    const ELSEWHERE: [&str; 6] = [
        "DeletionProtection", // deletion_protection
        "PoolName",           // the stack's
        "Schema",             // attributes
        "UserPoolId",
        "UserPoolTags", // tags
        "UserPoolTier", // tier
    ];
    const FRIENDLIER: [(&str, &str); 1] = [("LambdaConfig", "triggers")];
    let requests = ["CreateUserPoolRequest", "UpdateUserPoolRequest"];
    let mut all = Declarable {
        fixed: &["AliasAttributes", "UsernameAttributes", "UsernameConfiguration"],
        ..Declarable::of(&requests, &ELSEWHERE, &FRIENDLIER)
    };
    if let Some(triggers) = all.members.get_mut("LambdaConfig") {
        OTHER_TRIGGERS.clone_into(&mut triggers.shape);
        "ARNs of the functions of its other triggers.".clone_into(&mut triggers.about);
    }
    all
});

/// Settings of an app client.
pub static CLIENT: LazyLock<Declarable> = LazyLock::new(|| {
    // What other keys decide.
    const ELSEWHERE: [&str; 11] = [
        "AccessTokenValidity",             // access_token_minutes
        "AllowedOAuthFlowsUserPoolClient", // on where there are oauth_flows
        "ClientId",
        "ClientName",           // the stack's
        "ClientSecret",         // AWS makes it; no file is the place for one
        "ExplicitAuthFlows",    // auth_flows
        "GenerateSecret",       // generate_secret
        "IdTokenValidity",      // id_token_minutes
        "RefreshTokenValidity", // refresh_token_days, refresh_token_minutes
        "TokenValidityUnits",
        "UserPoolId",
    ];
    const FRIENDLIER: [(&str, &str); 2] =
        [("AllowedOAuthFlows", "oauth_flows"), ("AllowedOAuthScopes", "oauth_scopes")];
    let requests = ["CreateUserPoolClientRequest", "UpdateUserPoolClientRequest"];
    Declarable::of(&requests, &ELSEWHERE, &FRIENDLIER)
});

/// What a client may be allowed for signing in (`ExplicitAuthFlows`), without the older synonyms.
pub fn auth_flows() -> impl Iterator<Item = &'static str> {
    let all = shape("ExplicitAuthFlowsType").values.iter().map(String::as_str);
    all.filter(|flow| flow.starts_with("ALLOW_"))
}

impl Declarable {
    /// What these requests take, without what other keys decide; some under keys of their own.
    fn of(requests: &[&str], elsewhere: &[&str], friendlier: &[(&str, &str)]) -> Self {
        let all = requests.iter().flat_map(|request| &shape(request).members);
        let declared = all.filter(|(name, _)| !elsewhere.contains(&name.as_str()));
        let member = |(name, member): (&'static String, &Member)| {
            let own = friendlier.iter().find(|(of, _)| of == name);
            let key = own.map_or(member.key.clone(), |(_, key)| (*key).to_owned());
            (name.as_str(), Member { key, ..member.clone() })
        };
        Self { members: declared.map(member).collect(), fixed: &[] }
    }

    /// Every key of `deploy.toml`.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.members.values().map(|member| member.key.as_str())
    }

    /// The keys of `deploy.toml` whose values cannot change once the thing is made.
    pub fn fixed_keys(&self) -> impl Iterator<Item = &str> {
        self.fixed.iter().filter_map(|name| Some(self.members.get(name)?.key.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_shape_is_there_and_keys_are_unlike() {
        for (name, one) in &MODEL.shapes {
            let keys: std::collections::BTreeSet<_> =
                one.members.values().map(|member| &member.key).collect();
            assert_eq!(keys.len(), one.members.len(), "{name}");
            let below = one.members.values().map(|member| &member.shape);
            for below in below.chain(&one.item).chain(&one.value) {
                assert!(MODEL.shapes.contains_key(below), "{below} of {name}");
            }
        }
    }

    #[test]
    fn names_are_translated_there_and_back() {
        let declared = json!({
            "mfa_configuration": "OPTIONAL",
            "policies": { "password_policy": { "minimum_length": 14 } },
            "account_recovery_setting": { "recovery_mechanisms": [{ "name": "verified_email", "priority": 1 }] },
            "acr_configuration": { "A": {} },
        });
        let declared = declared.as_object().expect("a table");
        let sent = POOL.to_api(declared);
        assert_eq!(sent["Policies"]["PasswordPolicy"]["MinimumLength"], 14);
        assert_eq!(
            sent["AccountRecoverySetting"]["RecoveryMechanisms"][0]["Name"],
            "verified_email"
        );
        assert_eq!(sent["AcrConfiguration"]["A"], json!({}));
        assert_eq!(&POOL.from_api(&Value::Object(sent)), declared);
    }

    #[test]
    fn other_triggers_are_arns_and_our_slot_is_not_among_them() {
        let [hook, sender] = ["hook", "sender"].map(|name| format!("arn:aws:lambda:::{name}"));
        let declared =
            json!({ "triggers": { "pre_sign_up": hook, "custom_email_sender": sender } });
        let declared = declared.as_object().expect("a table");
        let sent = POOL.to_api(declared);
        let versioned = json!({ "LambdaVersion": "V1_0", "LambdaArn": sender });
        let lambdas = json!({ "PreSignUp": hook, "CustomEmailSender": versioned });
        assert_eq!(sent["LambdaConfig"], lambdas);
        let mut described = json!({ "LambdaConfig": lambdas });
        described["LambdaConfig"]["PreTokenGeneration"] = json!(hook);
        let config = json!({ "LambdaVersion": "V2_0", "LambdaArn": hook });
        described["LambdaConfig"]["PreTokenGenerationConfig"] = config;
        assert_eq!(&POOL.from_api(&described), declared);
        let schema = POOL.properties();
        let triggers = &schema["triggers"]["properties"];
        assert!(triggers.get("pre_token_generation").is_none(), "{triggers}");
        assert_eq!(triggers["custom_email_sender"]["type"], "string");
    }

    #[test]
    fn a_clients_friendlier_names_win() {
        let declared = json!({
            "callback_urls": ["https://shop.example/in"],
            "oauth_flows": ["code"],
            "refresh_token_rotation": { "feature": "ENABLED", "retry_grace_period_seconds": 10 },
        });
        let declared = declared.as_object().expect("a table");
        let sent = CLIENT.to_api(declared);
        assert_eq!(sent["AllowedOAuthFlows"], json!(["code"]));
        assert_eq!(sent["CallbackURLs"], json!(["https://shop.example/in"]));
        assert_eq!(sent["RefreshTokenRotation"]["RetryGracePeriodSeconds"], 10);
        assert_eq!(&CLIENT.from_api(&Value::Object(sent)), declared);
    }

    #[test]
    fn what_is_fixed_has_a_key() {
        let fixed: Vec<_> = POOL.fixed_keys().collect();
        assert_eq!(fixed, ["alias_attributes", "username_attributes", "username_configuration"]);
    }
}
