//! Resource policies of functions, one for each qualifier, and whom they let in.
//!
//! API reference of `AddPermission`: with a qualifier the caller has to name exactly that version or alias. The
//! emulator has one policy a function and asks it for nothing.

use serde_json::{Value, json};

use super::{
    call::Call,
    function::{Reference, check_revision},
    http::Response,
    iam::many,
    layer::{Answer, Layer, Stop, World},
    refusal::Refusal,
    upstream::json as answer,
};

/// The statements of one version, alias or unqualified function.
#[derive(Debug, Default)]
pub(crate) struct Policy {
    statements: Vec<Value>,
    /// Changes that there were; its revision id.
    revision: u64,
}

impl Policy {
    fn revision_id(&self) -> String {
        format!("00000000-0000-4000-8000-{:012}", self.revision)
    }
}

pub(crate) async fn add(layer: &Layer, call: &Call) -> Answer {
    let reference = Reference::of(layer, call);
    if reference.qualifier.as_deref() == Some("$LATEST") {
        return Err(Refusal::invalid_value(
            "We currently do not support adding policies for $LATEST.",
        )
        .into());
    }
    passed(layer, call).await?;
    let statement = statement(call, &reference.qualified());
    let mut world = layer.world();
    let policy = world.policies.entry(reference.qualified()).or_default();
    check_revision(call, &policy.revision_id())?;
    if policy.statements.iter().any(|known| known["Sid"] == statement["Sid"]) {
        let message = format!(
            "The statement id ({}) provided already exists. Please provide a new statement id, or remove the existing \
             statement.",
            call.text("StatementId")
        );
        return Err(Refusal::new(409, "ResourceConflictException", message).into());
    }
    policy.statements.push(statement.clone());
    policy.revision += 1;
    Ok(answer(201, &json!({"Statement": statement.to_string()})))
}

pub(crate) async fn remove(layer: &Layer, call: &Call) -> Answer {
    passed(layer, call).await?;
    let mut world = layer.world();
    let Some(policy) = world.policies.get_mut(&Reference::of(layer, call).qualified()) else {
        return Err(none().into());
    };
    check_revision(call, &policy.revision_id())?;
    let before = policy.statements.len();
    policy.statements.retain(|statement| statement["Sid"] != call.params["StatementId"]);
    if policy.statements.len() == before {
        let message =
            format!("Statement {} is not found in resource policy.", call.text("StatementId"));
        return Err(Refusal::new(404, "ResourceNotFoundException", message).into());
    }
    policy.revision += 1;
    Ok(answer(204, &Value::Null))
}

/// A function without any statement has no policy (getmoto/moto #7475).
pub(crate) async fn describe(layer: &Layer, call: &Call) -> Answer {
    passed(layer, call).await?;
    let world = layer.world();
    let policy = world.policies.get(&Reference::of(layer, call).qualified());
    let policy = policy.filter(|policy| !policy.statements.is_empty()).ok_or_else(none)?;
    let document =
        json!({"Version": "2012-10-17", "Id": "default", "Statement": policy.statements});
    Ok(answer(200, &json!({"Policy": document.to_string(), "RevisionId": policy.revision_id()})))
}

impl World {
    /// Whether Cognito may invoke exactly this ARN on behalf of the pool.
    pub(crate) fn allows(&self, function: &str, pool: &str, account: &str) -> bool {
        let statements = self.policies.get(function).map(|policy| &policy.statements);
        statements.into_iter().flatten().any(|statement| {
            let condition = &statement["Condition"];
            let holds = |wanted: &Value, is: &str| wanted.is_null() || wanted == is;
            many(&statement["Principal"]["Service"]).any(|service| service == "cognito-idp.amazonaws.com")
                && ["lambda:InvokeFunction", "lambda:*", "*"].contains(&statement["Action"].as_str().unwrap_or(""))
                && holds(&condition["ArnLike"]["AWS:SourceArn"], pool)
                && holds(&condition["StringEquals"]["AWS:SourceAccount"], account)
                // Cognito brings no event source token (serverless-application-model #1253).
                && condition["StringEquals"]["lambda:EventSourceToken"].is_null()
        })
    }
}

/// Lets the emulator judge the caller, the function and the qualifier. What it thinks of statements does not count.
async fn passed(layer: &Layer, call: &Call) -> Result<(), Stop> {
    let response: Response = layer.pass(call).await?;
    let text = String::from_utf8_lossy(&response.body);
    let about_statements =
        ["The statement id", "No policy is associated"].iter().any(|words| text.contains(words));
    if response.status < 300 || about_statements { Ok(()) } else { Err(Stop::Passed(response)) }
}

fn none() -> Refusal {
    Refusal::new(404, "ResourceNotFoundException", "The resource you requested does not exist.")
}

fn statement(call: &Call, resource: &str) -> Value {
    let principal = call.text("Principal");
    let principal = match principal {
        "*" => json!("*"),
        service if service.ends_with(".amazonaws.com") => json!({"Service": service}),
        account => json!({"AWS": account}),
    };
    let mut statement = json!({
        "Sid": call.text("StatementId"), "Effect": "Allow", "Principal": principal, "Action": call.text("Action"),
        "Resource": resource,
    });
    let conditions = [
        ("SourceAccount", "StringEquals", "AWS:SourceAccount"),
        ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
        ("SourceArn", "ArnLike", "AWS:SourceArn"),
    ];
    for (member, operator, key) in
        conditions.iter().filter(|(member, _, _)| call.params[*member].is_string())
    {
        statement["Condition"][*operator][*key] = call.params[*member].clone();
    }
    statement
}
