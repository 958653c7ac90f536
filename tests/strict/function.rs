//! Functions, versions and aliases: what takes time on AWS, and what must not happen meanwhile.
//!
//! Lambda Developer Guide, "Lambda function states": a new function is `Pending` and an updated one `InProgress` for
//! seconds; until then changing, publishing and (while `Pending`) invoking it fail with 409.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    call::Call,
    http::Response,
    layer::{Answer, Layer, Stop, World},
    refusal::Refusal,
    upstream::{body, with_body},
};

/// What a function is busy with, and how many looks at it will still find it so.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Function {
    busy: State,
    looks: usize,
}

impl Function {
    pub(crate) fn settle(&mut self) {
        self.looks = 0;
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Active,
    Pending,
    Updating,
}

/// A function as a call names it.
#[derive(Debug)]
pub(crate) struct Reference {
    /// Its ARN without a qualifier.
    pub(crate) arn: String,
    pub(crate) name: String,
    /// A version or alias; none for `$LATEST` unqualified.
    pub(crate) qualifier: Option<String>,
}

impl Reference {
    /// From `FunctionName`, which may be a name, a name with a qualifier or an ARN, and `Qualifier`.
    pub(crate) fn of(layer: &Layer, call: &Call) -> Self {
        Self::parse(
            &layer.upstream.account,
            &call.region,
            call.text("FunctionName"),
            call.text("Qualifier"),
        )
    }

    pub(crate) fn parse(account: &str, region: &str, name: &str, qualifier: &str) -> Self {
        let tail = name.rsplit_once(":function:").map_or(name, |(_, tail)| tail);
        let (name, own) =
            tail.split_once(':').map_or((tail, None), |(name, own)| (name, Some(own)));
        let qualifier = own.or((!qualifier.is_empty()).then_some(qualifier)).map(ToOwned::to_owned);
        let arn = format!("arn:aws:lambda:{region}:{account}:function:{name}");
        Self { arn, name: name.to_owned(), qualifier }
    }

    /// Its ARN as resource policies and triggers name it.
    pub(crate) fn qualified(&self) -> String {
        self.qualifier
            .as_ref()
            .map_or_else(|| self.arn.clone(), |qualifier| format!("{}:{qualifier}", self.arn))
    }
}

/// A role that Lambda cannot assume (yet) is refused in English only; there is no error of its own for it.
pub(crate) async fn create(layer: &Layer, call: &Call) -> Answer {
    check_role(layer, call)?;
    let response = layer.forward(call).await.map_err(|stop| match stop {
        // The emulator's words for a role that is not there.
        Stop::Passed(refused)
            if String::from_utf8_lossy(&refused.body).contains("The role with name") =>
        {
            Stop::Refused(not_assumable())
        }
        other => other,
    })?;
    keep_package(layer, call.params["Code"]["ZipFile"].as_str().unwrap_or_default());
    let reference = Reference::of(layer, call);
    let function = Function { busy: State::Pending, looks: layer.options.settling_looks };
    let mut world = layer.world();
    world.functions.insert(reference.arn.clone(), function);
    Ok(shown(world.state(&reference.arn), response))
}

pub(crate) async fn describe(layer: &Layer, call: &Call) -> Answer {
    let response = layer.forward(call).await?;
    let state = layer.world().look(&Reference::of(layer, call).arn);
    let mut response = shown(state, response);
    let mut answer = body(&response);
    let sha = answer["Configuration"]["CodeSha256"].as_str().map(hexadecimal);
    if let (Some(sha), Some(location)) = (sha, answer["Code"]["Location"].as_str()) {
        answer["Code"]["Location"] = format!("{location}&{PACKAGE}{sha}").into();
        response = with_body(response, &answer);
    }
    Ok(response)
}

/// Where the emulator has packages: of the newest code alone, so that this layer adds which one is meant.
pub(crate) const CODE: &str = "/_ministack/lambda-code/";
const PACKAGE: &str = "package=";

pub(crate) fn code(layer: &Layer, path: &str) -> Response {
    let wanted = path.rsplit_once(PACKAGE).map_or("", |(_, sha)| sha);
    let world = layer.world();
    let package = world.packages.iter().find(|(sha, _)| hexadecimal(sha) == wanted);
    match package {
        Some((_, zip)) => {
            let headers = vec![("content-type".to_owned(), "application/zip".to_owned())];
            Response { status: 200, headers, body: zip.clone() }
        }
        None => Refusal::new(404, "NoSuchKey", "no such package").response("other"),
    }
}

/// Base64 has signs that mean something in a URL.
fn hexadecimal(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn keep_package(layer: &Layer, zip: &str) {
    if let Ok(zip) = STANDARD.decode(zip) {
        let sha = STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, &zip));
        layer.world().packages.insert(sha, zip);
    }
}

/// `UpdateFunctionCode` and `UpdateFunctionConfiguration`. A dry run of the previous changes nothing. With a `RevisionId`,
/// only the function as it was seen is changed (both API references: "Update the function only if the revision ID matches
/// the ID that's specified").
pub(crate) async fn update(layer: &Layer, call: &Call) -> Answer {
    check_settled(layer, call)?;
    check_role(layer, call)?;
    if !call.text("RevisionId").is_empty() {
        let latest = configuration(layer, call, None).await?;
        check_revision(call, latest["RevisionId"].as_str().unwrap_or_default())?;
    }
    if call.params["DryRun"] == true {
        return dry_run(layer, call).await;
    }
    let response = layer.forward(call).await?;
    keep_package(layer, call.text("ZipFile"));
    let arn = Reference::of(layer, call).arn;
    let mut world = layer.world();
    let function = Function { busy: State::Updating, looks: layer.options.settling_looks };
    world.functions.entry(arn.clone()).and_modify(|known| *known = function);
    Ok(shown(world.state(&arn), response))
}

/// `CodeSha256` and `RevisionId` are guards against what somebody else uploads (serverless #3696, floci #2822).
pub(crate) async fn publish(layer: &Layer, call: &Call) -> Answer {
    check_settled(layer, call)?;
    let latest = configuration(layer, call, None).await?;
    let (wanted, is) = (call.text("CodeSha256"), latest["CodeSha256"].as_str().unwrap_or_default());
    if !wanted.is_empty() && wanted != is {
        return Err(Refusal::invalid_value(format!(
            "CodeSHA256 ({wanted}) is different from current CodeSHA256 in $LATEST ({is}). Please try again with the \
             CodeSHA256 in $LATEST."
        ))
        .into());
    }
    check_revision(call, latest["RevisionId"].as_str().unwrap_or_default())?;
    Ok(shown(State::Active, layer.forward(call).await?))
}

/// `CreateAlias` and `UpdateAlias`: the versions must exist, and a given revision be the current one.
pub(crate) async fn alias(layer: &Layer, call: &Call) -> Answer {
    let weights = call.params["RoutingConfig"]["AdditionalVersionWeights"].as_object();
    let weighted = weights.into_iter().flat_map(|weights| weights.keys().map(String::as_str));
    for version in
        weighted.chain([call.text("FunctionVersion")]).filter(|version| !version.is_empty())
    {
        configuration(layer, call, Some(version)).await?;
    }
    if call.operation == "UpdateAlias" {
        let (name, alias) = (Reference::of(layer, call).name, call.text("Name"));
        let path = format!("{name}/aliases/{alias}");
        let found = layer.upstream.lambda(&call.region, "GET", &path, &Value::Null).await?;
        check_revision(call, body(&found)["RevisionId"].as_str().unwrap_or_default())?;
    }
    layer.forward(call).await
}

/// What is deleted takes its resource policy with it.
pub(crate) async fn delete(layer: &Layer, call: &Call) -> Answer {
    let response = layer.forward(call).await?;
    let reference = Reference::of(layer, call);
    let mut world = layer.world();
    if call.operation == "DeleteAlias" {
        world.policies.remove(&format!("{}:{}", reference.arn, call.text("Name")));
    } else if reference.qualifier.is_none() {
        world.functions.remove(&reference.arn);
        let qualified = format!("{}:", reference.arn);
        world.policies.retain(|arn, _| *arn != reference.arn && !arn.starts_with(&qualified));
    }
    Ok(response)
}

pub(crate) async fn invoke(layer: &Layer, call: &Call) -> Answer {
    let reference = Reference::of(layer, call);
    if layer.world().look(&reference.arn) == State::Pending {
        return Err(pending().into());
    }
    layer.forward(call).await
}

/// Why an update with another revision id is refused, in the words of every operation that takes one.
pub(crate) fn check_revision(call: &Call, current: &str) -> Result<(), Refusal> {
    let given = call.text("RevisionId");
    if given.is_empty() || given == current {
        return Ok(());
    }
    let message = "The RevisionId provided does not match the latest RevisionId for the Lambda function or alias. Call \
                   the GetFunction or the GetAlias API to retrieve the latest RevisionId for your resource.";
    Err(Refusal::new(412, "PreconditionFailedException", message))
}

impl World {
    fn state(&self, arn: &str) -> State {
        let busy = self.functions.get(arn).filter(|function| function.looks > 0);
        busy.map_or(State::Active, |function| function.busy)
    }

    /// The state that a call meets, which is then one look nearer to its end.
    fn look(&mut self, arn: &str) -> State {
        let state = self.state(arn);
        if let Some(function) = self.functions.get_mut(arn) {
            function.looks = function.looks.saturating_sub(1);
        }
        state
    }
}

fn check_role(layer: &Layer, call: &Call) -> Result<(), Refusal> {
    let role = call.text("Role");
    if role.is_empty() || layer.world().is_assumed_by_lambda(role) {
        return Ok(());
    }
    Err(not_assumable())
}

fn not_assumable() -> Refusal {
    Refusal::invalid_value("The role defined for the function cannot be assumed by Lambda.")
}

fn check_settled(layer: &Layer, call: &Call) -> Result<(), Refusal> {
    let Reference { arn, .. } = Reference::of(layer, call);
    let state = layer.world().look(&arn);
    match state {
        State::Active => Ok(()),
        State::Pending => Err(pending()),
        State::Updating => Err(Refusal::new(
            409,
            "ResourceConflictException",
            format!(
                "The operation cannot be performed at this time. An update is in progress for resource: {arn}"
            ),
        )),
    }
}

fn pending() -> Refusal {
    let message = "The operation cannot be performed at this time. The function is currently in the following state: \
                   Pending";
    Refusal::new(409, "ResourceConflictException", message)
}

/// The emulator applies dry runs. What they answer is the function as it would be.
async fn dry_run(layer: &Layer, call: &Call) -> Answer {
    let mut would_be = configuration(layer, call, None).await?;
    if let Ok(zip) = STANDARD.decode(call.text("ZipFile")) {
        let digest = ring::digest::digest(&ring::digest::SHA256, &zip);
        would_be["CodeSha256"] = STANDARD.encode(digest).into();
        would_be["CodeSize"] = zip.len().into();
    }
    Ok(super::upstream::json(200, &would_be))
}

/// The configuration of `$LATEST` or of a version, or the emulator's refusal.
async fn configuration(layer: &Layer, call: &Call, version: Option<&str>) -> Result<Value, Stop> {
    let name = Reference::of(layer, call).name;
    let query = version.map(|version| format!("?Qualifier={version}")).unwrap_or_default();
    let path = format!("{name}/configuration{query}");
    let response = layer.upstream.lambda(&call.region, "GET", &path, &Value::Null).await?;
    if response.status == 200 { Ok(body(&response)) } else { Err(Stop::Passed(response)) }
}

/// The answer with the state that AWS would show.
fn shown(state: State, response: Response) -> Response {
    let mut answer = body(&response);
    let configuration = if answer["Configuration"].is_object() {
        &mut answer["Configuration"]
    } else {
        &mut answer
    };
    // A published version is a snapshot of a function that was ready.
    let state = if configuration["Version"] == "$LATEST" { state } else { State::Active };
    let (name, reason, code, update) = match state {
        State::Active => ("Active", Value::Null, Value::Null, json!("Successful")),
        State::Pending => {
            ("Pending", json!("The function is being created."), json!("Creating"), Value::Null)
        }
        State::Updating => ("Active", Value::Null, Value::Null, json!("InProgress")),
    };
    let Some(members) = configuration.as_object_mut() else { return response };
    members.extend([
        ("State".to_owned(), name.into()),
        ("StateReason".to_owned(), reason),
        ("StateReasonCode".to_owned(), code),
        ("LastUpdateStatus".to_owned(), update),
    ]);
    members.retain(|name, value| !value.is_null() && !name.starts_with("LastUpdateStatusReason"));
    with_body(response, &answer)
}
