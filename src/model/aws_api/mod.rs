//! What AWS's published API model says of settings that `deploy.toml` can declare under AWS's own names.
//!
//! The data (`cognito-idp.json`) is botocore's, reduced; `renew.py` beside it renews it. One table drives the schema of
//! the file, and with it the check, the comparison, the requests and the exports: a new member is new data.

mod compare;
mod schema;
mod translate;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

pub use compare::{Setting, leaves, merged, seen_of};

/// Settings under the names of `deploy.toml`.
pub type DeclaredSettings = Map<String, Value>;

static MODEL: LazyLock<Model> = LazyLock::new(|| {
    serde_json::from_str(include_str!("cognito-idp.json"))
        .expect("the data is what renew.py writes")
});

#[derive(Debug, Deserialize)]
struct Model {
    shapes: BTreeMap<String, Shape>,
}

/// A type of AWS's.
#[derive(Debug, Deserialize)]
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

#[derive(Debug, Deserialize)]
struct Member {
    /// Its name in `deploy.toml`.
    key: String,
    shape: String,
    about: String,
}

fn shape(name: &str) -> &'static Shape {
    &MODEL.shapes[name]
}

/// Members of requests that can be declared as they are: what one call takes, without what has a friendlier key.
#[derive(Debug)]
pub struct Declarable {
    /// Every member with the name of its shape, by AWS's name.
    members: BTreeMap<&'static str, &'static Member>,
    /// Members that only the creation takes, and that the description shows under the same name.
    fixed: &'static [&'static str],
}

/// Settings of a user pool.
pub static POOL: LazyLock<Declarable> = LazyLock::new(|| {
    // What other keys decide.
    const ELSEWHERE: [&str; 7] = [
        "DeletionProtection", // deletion_protection
        "LambdaConfig",       // triggers, and our slot
        "PoolName",           // the stack's
        "Schema",             // attributes
        "UserPoolId",
        "UserPoolTags", // tags
        "UserPoolTier", // tier
    ];
    let requests = ["CreateUserPoolRequest", "UpdateUserPoolRequest"];
    let all = requests.iter().flat_map(|request| &shape(request).members);
    let declared = all.filter(|(name, _)| !ELSEWHERE.contains(&name.as_str()));
    Declarable {
        members: declared.map(|(name, member)| (name.as_str(), member)).collect(),
        fixed: &["AliasAttributes", "UsernameAttributes", "UsernameConfiguration"],
    }
});

impl Declarable {
    /// Every key of `deploy.toml`.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.members.values().map(|member| member.key.as_str())
    }

    /// The keys of `deploy.toml` whose values cannot change once the thing is made.
    pub fn fixed_keys(&self) -> impl Iterator<Item = &'static str> {
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
    fn what_is_fixed_has_a_key() {
        let fixed: Vec<_> = POOL.fixed_keys().collect();
        assert_eq!(fixed, ["alias_attributes", "username_attributes", "username_configuration"]);
    }
}
