//! Values that a file says are in AWS: one operation each of Systems Manager, Secrets Manager and CloudFormation.

use std::collections::BTreeMap;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::error::{Found as _, unreadable};
use super::http::Http;
use super::signed::{SignedCall, Signer, elements, json as document};
use crate::cloud::{CloudError, Parameter, Result};

const PARAMETER: &str = "ssm:GetParameter";
const SECRET: &str = "secretsmanager:GetSecretValue";
const STACKS: &str = "cloudformation:DescribeStacks";

/// `GetParameter`, decrypted (API reference of Systems Manager).
pub(in crate::aws) async fn parameter(
    signer: &Signer,
    http: &Http,
    name: &str,
) -> Result<Option<Parameter>> {
    let call = in_json(
        PARAMETER,
        "SSM",
        "AmazonSSM.GetParameter",
        &json!({ "Name": name, "WithDecryption": true }),
    );
    let answer = match signer.read(http, &call).await {
        Err(error) if error.has_code("ParameterNotFound") => return Ok(None),
        Err(error) if error.has_code("ParameterVersionNotFound") => return Ok(None),
        answer => document(PARAMETER, &answer?)?,
    };
    let parameter = &answer["Parameter"];
    match parameter["Value"].as_str() {
        Some(value) => Ok(Some(Parameter {
            value: value.to_owned(),
            is_secret: parameter["Type"] == "SecureString",
        })),
        None => Err(unreadable(PARAMETER, "there is no value in it")),
    }
}

/// `GetSecretValue` (API reference of Secrets Manager): the version that is current.
pub(in crate::aws) async fn secret_text(
    signer: &Signer,
    http: &Http,
    id: &str,
) -> Result<Option<String>> {
    let call = in_json(
        SECRET,
        "Secrets Manager",
        "secretsmanager.GetSecretValue",
        &json!({ "SecretId": id }),
    );
    let Some(answer) = signer.read(http, &call).await.if_found()? else { return Ok(None) };
    let answer = document(SECRET, &answer)?;
    match answer["SecretString"].as_str() {
        Some(text) => Ok(Some(text.to_owned())),
        None => Err(unreadable(SECRET, "the secret is no text")),
    }
}

/// `DescribeStacks` (API reference of CloudFormation), of one stack.
pub(in crate::aws) async fn stack_outputs(
    signer: &Signer,
    http: &Http,
    stack: &str,
) -> Result<Option<BTreeMap<String, String>>> {
    let name = utf8_percent_encode(stack, NON_ALPHANUMERIC);
    let form = "application/x-www-form-urlencoded";
    let call = SignedCall {
        operation: STACKS,
        service_id: "CloudFormation",
        headers: vec![("content-type", form.to_owned())],
        body: format!("Action=DescribeStacks&Version=2010-05-15&StackName={name}"),
    };
    let answer = match signer.read(http, &call).await {
        Err(error) if is_absent(&error) => return Ok(None),
        answer => answer?,
    };
    let xml = String::from_utf8(answer).map_err(|_| unreadable(STACKS, "not text"))?;
    Ok(Some(elements(&xml, "OutputKey").zip(elements(&xml, "OutputValue")).collect()))
}

/// It has no code of its own for a stack that is not there.
fn is_absent(error: &CloudError) -> bool {
    error.has_code("ValidationError") && error.says(&["does not exist"])
}

fn in_json(
    operation: &'static str,
    service_id: &'static str,
    target: &str,
    body: &Value,
) -> SignedCall {
    let headers = vec![
        ("content-type", "application/x-amz-json-1.1".to_owned()),
        ("x-amz-target", target.to_owned()),
    ];
    SignedCall { operation, service_id, headers, body: body.to_string() }
}
