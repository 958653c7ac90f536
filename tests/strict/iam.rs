//! Roles: whom they trust, since when that has spread, and what Cognito asks of an SMS role.
//!
//! IAM is eventually consistent: a service cannot assume a role for 7 to 12 seconds after it was made (measured by
//! go-to-k/cdkd #2018, #2026), and says that it cannot.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    call::Call,
    http::Response,
    layer::{Answer, Layer, World},
    refusal::Refusal,
};

/// A role as its policies make it.
#[derive(Debug, Default)]
pub(crate) struct Role {
    /// Services that may assume it, and how often each will still be refused.
    trusts: BTreeMap<String, usize>,
    trust: Value,
    policies: BTreeMap<String, Value>,
    boundary: Option<String>,
}

impl Role {
    /// Whether Cognito may assume it with this external id, which the trust policy need not ask for.
    pub(crate) fn trusts_cognito(&self, external_id: &str) -> bool {
        statements(&self.trust).filter(|s| trusts(s, "cognito-idp.amazonaws.com")).any(
            |statement| {
                let wanted = &statement["Condition"]["StringEquals"]["sts:ExternalId"];
                wanted.is_null() || many(wanted).any(|id| id == external_id)
            },
        )
    }

    pub(crate) fn settle(&mut self) {
        self.trusts.values_mut().for_each(|refusals| *refusals = 0);
    }

    /// Whether one of its inline policies lets it publish with SNS.
    pub(crate) fn may_publish(&self) -> bool {
        self.policies.values().flat_map(statements).any(|statement| {
            statement["Effect"] == "Allow"
                && many(&statement["Action"])
                    .any(|a| ["*", "sns:*", "sns:publish"].contains(&&*a.to_lowercase()))
        })
    }
}

impl World {
    /// A role by its ARN; the name is unique in an account whatever the path.
    pub(crate) fn role(&self, arn: &str) -> Option<&Role> {
        self.roles.get(arn.rsplit('/').next()?)
    }

    /// Lambda tries to assume a role. Roles that this layer did not see being made are taken to be old.
    pub(crate) fn is_assumed_by_lambda(&mut self, role: &str) -> bool {
        let role = role.rsplit('/').next().and_then(|name| self.roles.get_mut(name));
        let Some(role) = role else { return true };
        match role.trusts.get_mut("lambda.amazonaws.com") {
            None => false,
            Some(0) => true,
            Some(refusals) => {
                *refusals -= 1;
                false
            }
        }
    }
}

/// `CreateRole` and `UpdateAssumeRolePolicy`: the trust must be JSON, and a new trust takes time to spread.
pub(crate) async fn trust(layer: &Layer, call: &Call) -> Answer {
    let member =
        if call.operation == "CreateRole" { "AssumeRolePolicyDocument" } else { "PolicyDocument" };
    let document = policy_of(call.text(member))?;
    if call.operation == "CreateRole" {
        within_the_boundary(layer, call, call.params["PermissionsBoundary"].as_str())?;
    }
    let response = layer.forward(call).await?;
    let mut world = layer.world();
    let role = world.roles.entry(call.text("RoleName").to_owned()).or_default();
    if call.operation == "CreateRole" {
        role.boundary = call.params["PermissionsBoundary"].as_str().map(str::to_owned);
    }
    let services: Vec<String> =
        statements(&document).flat_map(|s| many(&s["Principal"]["Service"])).collect();
    let trusted =
        services.into_iter().filter(|service| statements(&document).any(|s| trusts(s, service)));
    role.trusts = trusted
        .map(|service| {
            let known = role.trusts.get(&service).copied();
            (service, known.unwrap_or(layer.options.role_refusals))
        })
        .collect();
    role.trust = document;
    Ok(response)
}

/// `PutRolePermissionsBoundary`.
pub(crate) async fn boundary(layer: &Layer, call: &Call) -> Answer {
    let wanted = call.params["PermissionsBoundary"].as_str();
    within_the_boundary(layer, call, wanted)?;
    let response = layer.forward(call).await?;
    let mut world = layer.world();
    let role = world.roles.entry(call.text("RoleName").to_owned()).or_default();
    role.boundary = wanted.map(str::to_owned);
    Ok(response)
}

/// A caller whose policy has the condition `iam:PermissionsBoundary`: the boundary that a role gets, or has, must be the one
/// ("Actions, resources, and condition keys for IAM"). The emulator does not know the key. Root is asked for nothing.
fn within_the_boundary(layer: &Layer, call: &Call, boundary: Option<&str>) -> Result<(), Refusal> {
    let wanted = layer.world().bounded.clone();
    let is_root = call.key() == Some(layer.upstream.account.as_str());
    if is_root || wanted.is_none() || wanted.as_deref() == boundary {
        return Ok(());
    }
    let message = format!("User is not authorized to perform: iam:{}", call.operation);
    Err(Refusal::new(403, "AccessDenied", message))
}

/// `PutRolePolicy` and `DeleteRolePolicy`.
pub(crate) async fn policy(layer: &Layer, call: &Call) -> Answer {
    if call.operation == "PutRolePolicy" {
        let boundary = layer.world().roles.get(call.text("RoleName")).map(|it| it.boundary.clone());
        within_the_boundary(layer, call, boundary.flatten().as_deref())?;
    }
    let response = layer.forward(call).await?;
    let mut world = layer.world();
    let Some(role) = world.roles.get_mut(call.text("RoleName")) else { return Ok(response) };
    let name = call.text("PolicyName").to_owned();
    match call.operation.as_str() {
        "PutRolePolicy" => {
            drop(role.policies.insert(name, policy_of(call.text("PolicyDocument"))?));
        }
        _ => drop(role.policies.remove(&name)),
    }
    Ok(response)
}

/// `DeleteRole`. The emulator refuses one that has policies left, as AWS does (409 `DeleteConflict`).
pub(crate) async fn delete(layer: &Layer, call: &Call) -> Answer {
    let response: Response = layer.forward(call).await?;
    layer.world().roles.remove(call.text("RoleName"));
    Ok(response)
}

fn policy_of(text: &str) -> Result<Value, Refusal> {
    serde_json::from_str(text)
        .map_err(|_| {
            Refusal::new(400, "MalformedPolicyDocument", "This policy contains invalid Json")
        })
        .map(|document: Value| if document.is_object() { document } else { json!({}) })
}

fn statements(document: &Value) -> impl Iterator<Item = &Value> {
    let statement = &document["Statement"];
    statement.as_array().map_or_else(|| std::slice::from_ref(statement), Vec::as_slice).iter()
}

fn trusts(statement: &Value, service: &str) -> bool {
    statement["Effect"] == "Allow"
        && many(&statement["Action"])
            .any(|action| action == "sts:AssumeRole" || action == "sts:*" || action == "*")
        && many(&statement["Principal"]["Service"]).any(|principal| principal == service)
}

/// A policy's member that is one string or a list of them.
pub(crate) fn many(value: &Value) -> impl Iterator<Item = String> {
    let values = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
    values.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect::<Vec<_>>().into_iter()
}
