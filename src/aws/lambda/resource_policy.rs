//! The resource policy of an alias, as the permissions in it. Pure.
//!
//! It must not make a statement look like ours that is not.

use serde_json::Value;

use crate::model::Permission;

/// The conditions that a permission can have, in lower case: AWS does not mind the case of their keys.
const SOURCE_ARN: &str = "aws:sourcearn";
const SOURCE_ACCOUNT: &str = "aws:sourceaccount";

/// Every statement of a policy. What a [`Permission`] cannot say of one is written where it can never equal ours.
pub(in crate::aws) fn parse(policy: &str) -> Result<Vec<Permission>, String> {
    let policy: Value = serde_json::from_str(policy).map_err(|error| error.to_string())?;
    let statements = match &policy["Statement"] {
        Value::Array(statements) => statements.as_slice(),
        one => std::slice::from_ref(one),
    };
    Ok(statements.iter().filter(|statement| statement.is_object()).map(permission).collect())
}

fn permission(statement: &Value) -> Permission {
    let action = line(&statement["Action"]);
    let mut permission = Permission {
        statement_id: line(&statement["Sid"]),
        principal: principal(&statement["Principal"]),
        action: if statement["Effect"] == "Allow" {
            action
        } else {
            format!("{}: {action}", statement["Effect"])
        },
        source_arn: None,
        source_account: None,
    };
    for (operator, key, value) in conditions(statement) {
        match key.to_lowercase().as_str() {
            SOURCE_ARN if permission.source_arn.is_none() && names(operator, value) => {
                permission.source_arn = Some(line(value));
            }
            SOURCE_ACCOUNT if permission.source_account.is_none() && names(operator, value) => {
                permission.source_account = Some(line(value));
            }
            // A condition of a kind that we never write.
            _ => permission.action = format!("{} if {key} is {value}", permission.action),
        }
    }
    permission
}

/// Whether under this operator a source is one of those named, with signs for any text at most where they count as such.
fn names(operator: &str, value: &Value) -> bool {
    match operator {
        "ArnLike" | "ArnEquals" | "StringLike" => true,
        "StringEquals" => !line(value).contains(['*', '?']),
        _ => false,
    }
}

/// Operator, key and value of every condition.
fn conditions(statement: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    let operators = statement["Condition"].as_object().into_iter().flatten();
    operators.flat_map(|(operator, keys)| {
        let keys = keys.as_object().into_iter().flatten();
        keys.map(move |(key, value)| (operator, key, value))
    })
}

/// `{"Service": "cognito-idp.amazonaws.com"}` is its service; anything else stands as it is.
fn principal(principal: &Value) -> String {
    match principal.as_object().and_then(|kinds| kinds.iter().next().filter(|_| kinds.len() == 1)) {
        Some((kind, value)) if kind == "Service" || kind == "AWS" => line(value),
        _ => line(principal),
    }
}

fn line(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(line).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = r#"{
        "Version": "2012-10-17", "Id": "default",
        "Statement": [{
            "Sid": "pretoken-1", "Effect": "Allow", "Principal": { "Service": "cognito-idp.amazonaws.com" },
            "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:f:live",
            "Condition": {
                "StringEquals": { "AWS:SourceAccount": "123456789012" },
                "ArnLike": { "AWS:SourceArn": "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_a" }
            }
        }]
    }"#;

    #[test]
    fn a_statement_of_ours_is_read_whole() {
        let read = parse(OURS).expect("a policy");
        let ours = Permission {
            statement_id: "pretoken-1".to_owned(),
            principal: "cognito-idp.amazonaws.com".to_owned(),
            action: "lambda:InvokeFunction".to_owned(),
            source_arn: Some(
                "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_a".to_owned(),
            ),
            source_account: Some("123456789012".to_owned()),
        };
        assert_eq!(read, [ours]);
    }

    #[test]
    fn what_narrows_a_statement_makes_it_another_one() {
        let ours = parse(OURS).expect("a policy");
        for (from, to) in [
            (r#""Effect": "Allow""#, r#""Effect": "Deny""#),
            (r#""StringEquals": {"#, r#""StringEquals": { "aws:PrincipalOrgID": "o-1","#),
            (r#""lambda:InvokeFunction""#, r#"["lambda:InvokeFunction", "lambda:GetFunction"]"#),
            (r#""ArnLike""#, r#""ArnNotLike""#),
        ] {
            let other = parse(&OURS.replace(from, to)).expect("a policy");
            assert_ne!(ours, other, "{to}");
        }
    }
}
