//! AWS's unkindness, in front of an emulator that is too kind: a proxy that refuses what AWS refuses, resets what AWS
//! resets, takes the time that AWS takes, and can lose any answer. It writes down every call.
//!
//! Each rule carries its source. Nothing here was measured by us; where AWS's words are not known the comment says so.
//! One thing stays kind: the emulator invokes a trigger twice a sign-in, and this layer once more.

mod api_gateway;
mod call;
mod client;
mod devices;
mod doors;
mod emulator;
mod faults;
mod function;
mod gate;
pub(crate) mod http;
mod iam;
mod identity_provider;
mod layer;
pub(crate) mod model;
mod permission;
mod pool;
mod pool_rules;
mod proxy;
mod rates;
mod refusal;
mod resource_server;
mod second_factors;
mod sign_in;
mod upstream;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use serde_json::{Map, Value};

pub(crate) use faults::{Moment, Pick};
pub(crate) use gate::Held;
pub(crate) use pool::Pool;
pub(crate) use refusal::Refusal;

use faults::Effect;
use layer::Layer;
use proxy::Proxy;
use upstream::Upstream;

/// For faults that never stop.
pub(crate) const FOREVER: usize = usize::MAX;

/// What an update does to the settings that it leaves out. AWS documents one thing and was seen to do another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reset {
    /// Everything goes back to its default (API reference of `UpdateUserPool`).
    Documented,
    /// Some settings are kept (measurements of other tools' authors).
    Measured,
}

/// How unkind to be. What takes time on AWS is counted in calls here, so that no test depends on how quick a machine is.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) reset: Reset,
    /// How often Lambda cannot assume a new role. For 7 to 12 s on AWS.
    pub(crate) role_refusals: usize,
    /// How many looks at a function find it `Pending` or `InProgress`. For seconds on AWS.
    pub(crate) settling_looks: usize,
    /// Whether triggers answer later than Cognito waits for them: 5 s on AWS, for ever otherwise here.
    pub(crate) triggers_are_late: bool,
    /// Whether AWS's rates of calls are enforced.
    pub(crate) rates: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            reset: Reset::Documented,
            role_refusals: 2,
            settling_looks: 2,
            triggers_are_late: false,
            rates: false,
        }
    }
}

impl Options {
    /// Unkind, but nothing takes time.
    pub(crate) fn without_delays() -> Self {
        Self { role_refusals: 0, settling_looks: 0, ..Self::default() }
    }
}

/// A call as it was made and answered.
#[derive(Debug, Clone)]
pub(crate) struct Called {
    /// As IAM spells it; `other` for what is no AWS operation, such as the JWKS.
    pub(crate) service: &'static str,
    /// Such as `CreateUserPool`; for `other` the path.
    pub(crate) operation: String,
    pub(crate) mutating: bool,
    /// The members of the operation's input.
    pub(crate) params: Value,
    /// `None` when the answer was lost.
    pub(crate) status: Option<u16>,
    /// AWS's error code.
    pub(crate) error: Option<String>,
}

/// One AWS account of its own, as unkind as AWS.
#[derive(Debug)]
pub(crate) struct Strict {
    layer: Arc<Layer>,
    proxy: Proxy,
}

impl Strict {
    /// The secret of every account's root access key.
    pub(crate) const SECRET: &str = "test";

    /// An empty account in the emulator that all tests of this process share.
    pub(crate) fn start(options: Options) -> Self {
        static ACCOUNTS: AtomicU64 = AtomicU64::new(100_000_000_000);
        let emulator = emulator::shared();
        let account = ACCOUNTS.fetch_add(1, Ordering::Relaxed).to_string();
        let upstream = Upstream { port: emulator.port, account };
        let layer = Arc::new(Layer::new(options, upstream, &emulator.model));
        Self { proxy: Proxy::start(Arc::clone(&layer)), layer }
    }

    /// The endpoint of every service.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.proxy.address)
    }

    /// The account's number, which is also its root's access key.
    pub(crate) fn account(&self) -> &str {
        &self.layer.upstream.account
    }

    /// What a command needs in its environment to work on this account.
    pub(crate) fn environment(&self) -> [(&'static str, String); 4] {
        [
            ("AWS_ENDPOINT_URL", self.url()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", self.account().to_owned()),
            ("AWS_SECRET_ACCESS_KEY", Self::SECRET.to_owned()),
        ]
    }

    /// Every call so far, in the order of their answers.
    pub(crate) fn calls(&self) -> Vec<Called> {
        self.layer.log.lock().expect("log").clone()
    }

    /// The changing ones, as `service:Operation`.
    pub(crate) fn mutating(&self) -> Vec<String> {
        self.calls().iter().filter(|call| call.mutating).map(Called::name).collect()
    }

    /// Forgets the calls and the faults.
    pub(crate) fn clear(&self) {
        self.layer.log.lock().expect("log").clear();
        self.layer.faults.lock().expect("faults").clear();
    }

    /// Breaks the connection of the next calls that are picked, before or after they took effect.
    pub(crate) fn fail(&self, pick: Pick, moment: Moment, times: usize) {
        self.fault(pick, Effect::Lost(moment), times);
    }

    /// Answers the next calls that are picked with the service's throttling error.
    pub(crate) fn throttle(&self, pick: Pick, times: usize) {
        self.fault(pick, Effect::Throttled, times);
    }

    /// Answers the next calls that are picked with an error.
    pub(crate) fn refuse(&self, pick: Pick, refusal: Refusal, times: usize) {
        self.fault(pick, Effect::Refused(refusal), times);
    }

    /// Holds the calls that are picked, before or after they take effect, until the test lets them go.
    pub(crate) fn hold(&self, pick: Pick, moment: Moment) -> Held {
        let held = Held::new();
        self.fault(pick, Effect::Held(moment, held.gate()), FOREVER);
        held
    }

    /// Holds the next call that is picked, and no other.
    pub(crate) fn hold_one(&self, pick: Pick, moment: Moment) -> Held {
        let held = Held::new();
        self.fault(pick, Effect::Held(moment, held.gate()), 1);
        held
    }

    /// What takes time on AWS has had that time.
    pub(crate) fn settle(&self) {
        self.layer.world().settle();
    }

    /// Lets others than root make roles, limit them and give them policies only within this boundary.
    pub(crate) fn bound_roles(&self, boundary: Option<String>) {
        self.layer.world().bounded = boundary;
    }

    /// A pool's writable settings, as AWS keeps them.
    pub(crate) fn settings(&self, pool: &str) -> Map<String, Value> {
        self.layer.world().pools[pool].document.clone()
    }

    /// Changes what is known of a pool, past every rule: settings that no request could make, or unknown ones.
    pub(crate) fn edit(&self, pool: &str, change: impl FnOnce(&mut Pool)) {
        change(
            self.layer
                .world()
                .pools
                .get_mut(pool)
                .expect("a pool that was made or described through this layer"),
        );
    }

    /// Every pattern of AWS's models.
    pub(crate) fn patterns(&self) -> impl Iterator<Item = &str> {
        self.layer.model.patterns()
    }

    fn fault(&self, pick: Pick, effect: Effect, times: usize) {
        self.layer.faults.lock().expect("faults").add(pick, effect, times);
    }
}

impl Called {
    /// `service:Operation`.
    pub(crate) fn name(&self) -> String {
        format!("{}:{}", self.service, self.operation)
    }
}
