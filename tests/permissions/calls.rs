//! The table of permissions beside the calls that are made: none is forgotten, and none is left over.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use pretoken::permissions::table::NEEDS;

/// AWS asks no permission for these.
const FREE: &[&str] = &[
    "sts:GetCallerIdentity",
    "cognito-idp:InitiateAuth",
    "cognito-idp:RespondToAuthChallenge",
    "cognito-idp:GetTokensFromRefreshToken",
    "cognito-idp:AssociateSoftwareToken",
    "cognito-idp:VerifySoftwareToken",
    "cognito-idp:SetUserMFAPreference",
    "cognito-idp:ConfirmDevice",
    "cognito-idp:UpdateDeviceStatus",
];

/// Called, and in no policy.
const UNNEEDED: &[&str] = &[
    // `deploy.toml` always says after how many days log events go.
    "logs:DeleteRetentionPolicy",
    // `--check-iam` alone asks, and says what to do when it may not.
    "iam:SimulatePrincipalPolicy",
];

/// In a policy, and not the name of a call: AWS asks for it when another call is made.
const IMPLIED: &[&str] = &[
    "iam:PassRole",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
    "lambda:GetLayerVersion",
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:DescribeResourcePolicies",
    "logs:PutResourcePolicy",
    "kms:CreateGrant",
    "kms:Encrypt",
    "kms:Decrypt",
];

fn sources(directory: &Path, texts: &mut Vec<String>) {
    for entry in fs::read_dir(directory).expect("a directory").flatten() {
        if entry.path().is_dir() {
            sources(&entry.path(), texts);
        } else {
            texts.push(fs::read_to_string(entry.path()).expect("text"));
        }
    }
}

/// Every `"service:Operation"` of `src/aws`, tests aside.
fn called() -> BTreeSet<String> {
    let mut texts = vec![];
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/aws"), &mut texts);
    let mut called = BTreeSet::new();
    for text in &texts {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        called.extend(
            code.split('"').skip(1).step_by(2).filter(|it| is_action(it)).map(str::to_owned),
        );
    }
    called
}

fn is_action(text: &str) -> bool {
    let Some((service, operation)) = text.split_once(':') else { return false };
    let is_service = |letter: char| letter.is_ascii_lowercase() || letter == '-';
    !service.is_empty()
        && service.chars().all(is_service)
        && operation.starts_with(|letter: char| letter.is_ascii_uppercase())
        && operation.chars().all(|letter| letter.is_ascii_alphabetic())
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}

#[test]
fn every_call_is_in_the_table_and_nothing_else() {
    let needed: BTreeSet<String> = NEEDS.iter().map(|need| need.action.to_owned()).collect();
    let called = called();
    assert!(called.len() > 60, "the search finds calls: {called:?}");
    let forgotten: BTreeSet<String> = called.difference(&needed).cloned().collect();
    assert_eq!(forgotten, set(&[FREE, UNNEEDED].concat()), "called, and in no policy");
    let implied = set(IMPLIED);
    let idle: BTreeSet<String> =
        needed.difference(&called).filter(|it| !implied.contains(*it)).cloned().collect();
    assert_eq!(idle, BTreeSet::new(), "in a policy, and not called");
}

#[test]
fn every_need_says_why() {
    for need in NEEDS {
        assert!(!need.why.is_empty() && !need.purposes.is_empty(), "{}", need.action);
    }
}
