//! What happens to one request: understood, met by a fault or not, checked against AWS's rules, passed on, written down.
//!
//! Which rule is whose is the table in `rule`; the rules themselves are in a file for each kind of resource.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

use serde_json::Value;

use super::{
    Called, Options, api_gateway,
    call::Call,
    client, devices, doors,
    faults::{Effect, Faults, Moment},
    function::{self, Function},
    http::{Request, Response},
    iam::{self, Role},
    model::Model,
    permission,
    pool::{self, Pool},
    rates::Rates,
    refusal::Refusal,
    resource_server, second_factors, sign_in,
    upstream::Upstream,
};

/// What this layer knows beyond what the emulator keeps.
#[derive(Debug, Default)]
pub(crate) struct World {
    /// By pool id.
    pub(crate) pools: BTreeMap<String, Pool>,
    /// By role name.
    pub(crate) roles: BTreeMap<String, Role>,
    /// The boundary that roles must have for others than root to write them.
    pub(crate) bounded: Option<String>,
    /// By unqualified function ARN.
    pub(crate) functions: BTreeMap<String, Function>,
    /// Packages that were uploaded, by their `CodeSha256`.
    pub(crate) packages: BTreeMap<String, Vec<u8>>,
    /// Statements of the resource policies, by function ARN with its qualifier.
    pub(crate) policies: BTreeMap<String, permission::Policy>,
    /// What was deployed to stages of REST APIs, as `ID/STAGE`.
    pub(crate) apis: BTreeMap<String, Value>,
}

impl World {
    /// What takes time on AWS has had that time.
    pub(crate) fn settle(&mut self) {
        self.roles.values_mut().for_each(Role::settle);
        self.functions.values_mut().for_each(Function::settle);
    }
}

/// One account's AWS.
#[derive(Debug)]
pub(crate) struct Layer {
    pub(crate) options: Options,
    pub(crate) upstream: Upstream,
    pub(crate) model: &'static Model,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) log: Mutex<Vec<Called>>,
    world: Mutex<World>,
    rates: Mutex<Rates>,
}

/// Why a rule did not let a call through.
#[derive(Debug)]
pub(crate) enum Stop {
    /// AWS refuses it.
    Refused(Refusal),
    /// The emulator refused it, in words that will do.
    Passed(Response),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What a rule makes of a call.
pub(crate) type Answer = Result<Response, Stop>;

impl Layer {
    pub(crate) fn new(options: Options, upstream: Upstream, model: &'static Model) -> Self {
        let (faults, log, world, rates) = Default::default();
        Self { options, upstream, model, faults, log, world, rates }
    }

    /// Answers a request; `None` when a fault ate the answer.
    pub(crate) async fn answer(&self, request: Request) -> Option<Response> {
        let mut call = Call::new(self.model, request);
        let too_many = self.options.rates && !self.rates.lock().expect("rates").allow(&call);
        let struck = self.faults.lock().expect("faults").strike(&call);
        let effect = if too_many { Some(Effect::Throttled) } else { struck };
        let response = match effect {
            Some(Effect::Lost(Moment::Before)) => None,
            Some(Effect::Refused(refusal)) => Some(refusal.response(call.service)),
            Some(Effect::Throttled) => {
                Some(Refusal::throttled(call.service).response(call.service))
            }
            Some(Effect::Lost(Moment::After)) => {
                drop(self.served(&call).await);
                None
            }
            Some(Effect::Held(Moment::Before, gate)) => {
                call.gate = Some(gate);
                Some(self.served(&call).await)
            }
            Some(Effect::Held(Moment::After, gate)) => {
                let response = self.served(&call).await;
                gate.pass().await;
                Some(response)
            }
            None => Some(self.served(&call).await),
        };
        self.log.lock().expect("log").push(Called::of(call, response.as_ref()));
        response
    }

    /// For a look at or a change of what this layer knows. Not to be held across a call.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect("no rule panics while it holds the world")
    }

    /// Passes a call on; a refusal of the emulator ends the rule.
    pub(crate) async fn forward(&self, call: &Call) -> Answer {
        let response = self.pass(call).await?;
        if response.status < 300 { Ok(response) } else { Err(Stop::Passed(response)) }
    }

    /// Passes a call on, whatever the emulator says. One that is held waits here, where AWS is at work on it.
    pub(crate) async fn pass(&self, call: &Call) -> Result<Response, Refusal> {
        if let Some(gate) = &call.gate {
            gate.pass().await;
        }
        self.upstream.forward(&call.request).await
    }

    async fn served(&self, call: &Call) -> Response {
        let answer = match self.model.check(call) {
            Ok(()) => self.rule(call).await,
            Err(refusal) => Err(refusal.into()),
        };
        match answer {
            Ok(response) | Err(Stop::Passed(response)) => response,
            Err(Stop::Refused(refusal)) => refusal.response(call.service),
        }
    }

    /// The operations that the emulator is too kind about; all others pass.
    async fn rule(&self, call: &Call) -> Answer {
        match (call.service, call.operation.as_str()) {
            ("cognito-idp", "CreateUserPool") => pool::create(self, call).await,
            ("cognito-idp", "DescribeUserPool") => pool::describe(self, call).await,
            ("cognito-idp", "UpdateUserPool") => pool::update(self, call).await,
            ("cognito-idp", "DeleteUserPool") => pool::delete(self, call).await,
            ("cognito-idp", "ListUserPools") => pool::list(self, call).await,
            ("cognito-idp", "TagResource" | "UntagResource" | "ListTagsForResource") => {
                pool::tags(self, call).await
            }
            ("cognito-idp", "SetUserPoolMfaConfig") => second_factors::set(self, call).await,
            ("cognito-idp", "CreateUserPoolClient") => client::create(self, call).await,
            ("cognito-idp", "DescribeUserPoolClient") => client::describe(self, call).await,
            ("cognito-idp", "UpdateUserPoolClient") => client::update(self, call).await,
            ("cognito-idp", "DeleteUserPoolClient") => client::delete(self, call).await,
            ("cognito-idp", "UpdateResourceServer") => resource_server::update(self, call).await,
            ("cognito-idp", "InitiateAuth" | "AdminInitiateAuth") => doors::begin(self, call).await,
            ("cognito-idp", "RespondToAuthChallenge" | "AdminRespondToAuthChallenge") => {
                doors::respond(self, call).await
            }
            ("cognito-idp", "AssociateSoftwareToken" | "VerifySoftwareToken") => {
                doors::software_token(self, call).await
            }
            ("cognito-idp", "GetTokensFromRefreshToken") => devices::exchange(self, call).await,
            ("cognito-idp", "ConfirmDevice") => devices::confirm(self, call),
            ("cognito-idp", "UpdateDeviceStatus") => Ok(super::upstream::done()),
            ("other", "/oauth2/token") => sign_in::machine(self, call).await,
            ("other", path) if api_gateway::is_ours(path) => api_gateway::request(self, call).await,
            ("iam", "CreateRole" | "UpdateAssumeRolePolicy") => iam::trust(self, call).await,
            ("iam", "PutRolePermissionsBoundary") => iam::boundary(self, call).await,
            ("iam", "PutRolePolicy" | "DeleteRolePolicy") => iam::policy(self, call).await,
            ("iam", "DeleteRole") => iam::delete(self, call).await,
            ("lambda", "CreateFunction") => function::create(self, call).await,
            ("lambda", "GetFunction" | "GetFunctionConfiguration") => {
                function::describe(self, call).await
            }
            ("other", path) if path.starts_with(function::CODE) => Ok(function::code(self, path)),
            ("lambda", "UpdateFunctionCode" | "UpdateFunctionConfiguration") => {
                function::update(self, call).await
            }
            ("lambda", "PublishVersion") => function::publish(self, call).await,
            ("lambda", "CreateAlias" | "UpdateAlias") => function::alias(self, call).await,
            ("lambda", "DeleteAlias" | "DeleteFunction") => function::delete(self, call).await,
            ("lambda", "Invoke") => function::invoke(self, call).await,
            ("lambda", "AddPermission") => permission::add(self, call).await,
            ("lambda", "RemovePermission") => permission::remove(self, call).await,
            ("lambda", "GetPolicy") => permission::describe(self, call).await,
            _ => self.pass(call).await.map_err(Stop::from),
        }
    }
}

impl Called {
    fn of(call: Call, response: Option<&Response>) -> Self {
        let error = response.filter(|response| response.status >= 400).map(|response| {
            let header = response.header("x-amzn-errortype").map(ToOwned::to_owned);
            header.unwrap_or_else(|| {
                between(&String::from_utf8_lossy(&response.body), "<Code>", "</Code>")
            })
        });
        Self {
            service: call.service,
            mutating: call.is_mutating(),
            operation: call.operation,
            params: call.params,
            status: response.map(|response| response.status),
            error,
        }
    }

    /// The parameter of that name as text; empty when it is absent.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.params.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

fn between(text: &str, start: &str, end: &str) -> String {
    text.split_once(start)
        .and_then(|(_, rest)| rest.split_once(end))
        .map(|(code, _)| code.to_owned())
        .unwrap_or_default()
}
