//! An account with a project in it, and a user who may do what a policy says and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::rc::Rc;
use std::sync::Mutex;
use std::time::Duration;

use pretoken::aws::{Aws, Options};
use pretoken::cloud::{CloudError, Read as _, Write as _};
use pretoken::config::{Config, load};
use pretoken::model::{Architecture, Target};
use pretoken::package;
use pretoken::package::{BuildRequest, Package, Source};
use pretoken::permissions::{PolicyCondition, Statement, document};
use pretoken::reconcile::actual::Actual;
use pretoken::reconcile::apply::{Materials, StepError, apply};
use pretoken::reconcile::desired::Desired;
use pretoken::reconcile::identity::Identity;
use pretoken::reconcile::observe::{For, observe};
use pretoken::reconcile::plan::{Confirmed, Plan, converge, destroy};
use pretoken::system::clock::Clock;
use pretoken::tokens::smoke_test::smoke_tests;
use pretoken::tokens::subjects::personas;
use pretoken::user::{Consent, Progress, Silent, User};
use tokio::runtime::Runtime;
use trigger::Rules;

use crate::binary::Run;
use crate::stack::{Sdk, Stack};
use crate::strict;

const USER: &str = "pipeline";
const REGION: &str = "eu-west-1";

/// A key id and its secret.
pub(crate) type Key = (String, String);

/// The project, its account, and the user.
pub(crate) struct Account {
    pub(crate) stack: Stack,
    pub(crate) sdk: Sdk,
    pub(crate) root: Key,
    pub(crate) user: Key,
    runtime: Runtime,
}

/// What the emulator asks in other words than AWS does: the action, as what it asks for it, and on which resource.
///
/// Each is tried: as soon as the emulator asks as AWS does, a test says so.
pub(crate) const DIALECT: &[(&str, &str, Asked)] = &[
    // On AWS a group without a name.
    ("logs:DescribeLogGroups", "logs:DescribeLogGroups", Asked::Everything),
    // It does not know `UserPoolTags` as tags, and so no `aws:RequestTag`.
    ("cognito-idp:CreateUserPool", "cognito-idp:CreateUserPool", Asked::Everything),
    // The name is in the body.
    ("lambda:CreateFunction", "lambda:CreateFunction", Asked::Everything),
    // It forgets the qualifier.
    ("lambda:InvokeFunction", "lambda:InvokeFunction", Asked::Function),
    ("lambda:DeleteFunction", "lambda:DeleteFunction", Asked::Function),
    // It takes every call below `aliases` but POST for a list.
    ("lambda:GetAlias", "lambda:ListAliases", Asked::Function),
    ("lambda:UpdateAlias", "lambda:ListAliases", Asked::Function),
];

/// A resource, as the emulator names it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Asked {
    Everything,
    Function,
}

/// As what the emulator asks for this action.
pub(crate) fn asked(action: &str) -> &str {
    DIALECT.iter().find(|(ours, ..)| *ours == action).map_or(action, |(_, asked, _)| asked)
}

/// All actions that are allowed somewhere.
pub(crate) fn actions(statements: &[Statement]) -> BTreeSet<&'static str> {
    statements.iter().flat_map(|statement| statement.actions.iter().copied()).collect()
}

/// The same without what the emulator asks for this action.
pub(crate) fn without(statements: &[Statement], action: &str) -> Vec<Statement> {
    let keep = |it: &&'static str| *it != action && asked(it) != asked(action);
    let mut statements = statements.to_vec();
    for statement in &mut statements {
        statement.actions.retain(keep);
    }
    statements.retain(|statement| !statement.actions.is_empty());
    statements
}

/// The emulator does not know `iam:PermissionsBoundary`: the layer before it asks for it.
fn bounds(statements: &mut [Statement]) -> Option<String> {
    let mut bound = None;
    for statement in statements {
        let condition = statement.condition.take_if(|it| it.key == "iam:PermissionsBoundary");
        bound = condition.map(|it| it.value).or(bound);
    }
    bound
}

/// Takes one action out, and nothing else.
pub(crate) fn remove(statements: &mut [Statement], action: &str) {
    for statement in statements {
        statement.actions.remove(action);
    }
}

impl Account {
    pub(crate) fn new(deploy: &str) -> Self {
        let stack = Stack::on(deploy, strict::Options::without_delays());
        let sdk = stack.sdk();
        sdk.call(sdk.iam.create_user().user_name(USER).send());
        let made = sdk.call(sdk.iam.create_access_key().user_name(USER).send());
        let key = made.access_key().expect("a key");
        let user = (key.access_key_id().to_owned(), key.secret_access_key().to_owned());
        let root = (stack.aws.account().to_owned(), strict::Strict::SECRET.to_owned());
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { stack, sdk, root, user, runtime }
    }

    pub(crate) fn config(&self) -> Config {
        load(&self.stack.path("deploy.toml"), None).expect("a valid file").config
    }

    pub(crate) fn target(&self) -> Target {
        Target {
            partition: "aws".to_owned(),
            account: self.stack.aws.account().to_owned(),
            region: REGION.to_owned(),
            env: None,
            local: false,
        }
    }

    /// Lets the user do this and nothing else, in the emulator's words.
    pub(crate) fn allow(&self, statements: &[Statement]) {
        self.allow_but(statements, "");
    }

    /// The same, with one action in AWS's words.
    pub(crate) fn allow_but(&self, statements: &[Statement], verbatim: &str) {
        let function = self.target().function_arn(&self.config().stack().function_name());
        let mut statements: Vec<Statement> =
            statements.iter().map(|statement| self.without_tags(statement)).collect();
        self.stack.aws.bound_roles(bounds(&mut statements));
        let all = actions(&statements);
        for (action, asked, on) in DIALECT.iter().filter(|(action, ..)| all.contains(action)) {
            if *action == verbatim {
                continue;
            }
            remove(&mut statements, action);
            let resource = match on {
                Asked::Everything => "*".to_owned(),
                Asked::Function => function.clone(),
            };
            let (actions, resources) = ([*asked].into(), vec![resource]);
            statements.push(Statement { actions, resources, condition: None });
        }
        statements.retain(|statement| !statement.actions.is_empty());
        if statements.is_empty() {
            // A policy allows something; this is allowed anyway.
            let (actions, resources) = (["sts:GetCallerIdentity"].into(), vec!["*".to_owned()]);
            statements.push(Statement { actions, resources, condition: None });
        }
        self.put_policy(&document(&statements).to_string());
    }

    /// The emulator does not know pools by their tags: the pools that have the tag are named one by one, as far as there
    /// are any yet.
    fn without_tags(&self, statement: &Statement) -> Statement {
        let tag = |it: &PolicyCondition| {
            let key = it.key.strip_prefix("aws:ResourceTag/")?;
            Some((key.to_owned(), it.value.clone()))
        };
        let Some((key, value)) = statement.condition.as_ref().and_then(tag) else {
            return statement.clone();
        };
        let mut statement = Statement { condition: None, ..statement.clone() };
        let pools = self.sdk.call(self.sdk.cognito.list_user_pools().max_results(60).send());
        let arns = pools.user_pools().iter().filter_map(|pool| pool.id());
        let arns = arns.map(|id| self.target().pool_arn(id));
        let tagged = |arn: &String| {
            let tags = self.sdk.cognito.list_tags_for_resource().resource_arn(arn);
            let tags = self.sdk.call(tags.send()).tags.unwrap_or_default();
            tags.get(&key) == Some(&value)
        };
        let named: Vec<String> = arns.filter(tagged).collect();
        if !named.is_empty() {
            statement.resources = named;
        }
        statement
    }

    /// Calls of somebody with this key.
    pub(crate) fn sdk_of(&self, key: &Key) -> Sdk {
        self.stack.sdk_of(key)
    }

    pub(crate) fn put_policy(&self, document: &str) {
        let call = self.sdk.iam.put_user_policy().user_name(USER).policy_name("least");
        self.sdk.call(call.policy_document(document).send());
    }

    /// The binary, run by the user.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let mut command: Command = self.stack.command(arguments);
        command.env("AWS_ACCESS_KEY_ID", &self.user.0).env("AWS_SECRET_ACCESS_KEY", &self.user.1);
        Run::new(command.output().expect("the binary runs"))
    }

    /// What `up` does between building and signing in.
    pub(crate) fn deploy(&self, key: &Key) -> Result<(), CloudError> {
        let config = self.config();
        let package = self.package(&config);
        self.runtime.block_on(async {
            let aws = self.connect(key).await;
            let (desired, actual) =
                self.look(&aws, &config, For::Converging, &package.code_sha256).await?;
            let plan = converge(&desired, &actual).expect("no refusal");
            self.apply(&aws, &config, &package, (&desired, &actual), &plan).await?;
            let (desired, actual) =
                self.look(&aws, &config, For::Converging, &package.code_sha256).await?;
            let left = converge(&desired, &actual).expect("no refusal");
            assert!(left.is_empty(), "left: {:?}", left.changes());
            aws.prune(&desired.function.name, desired.keep_versions, &[]).await
        })
    }

    /// What `destroy` does.
    pub(crate) fn destroy(&self, key: &Key) -> Result<(), CloudError> {
        let config = self.config();
        let package = self.package(&config);
        self.runtime.block_on(async {
            let aws = self.connect(key).await;
            let (desired, actual) = self.look(&aws, &config, For::Removing, "").await?;
            let plan =
                destroy(&desired.identity, &actual, &Confirmed::Everything).expect("no refusal");
            self.apply(&aws, &config, &package, (&desired, &actual), &plan).await
        })
    }

    /// The package; built once for all accounts with the same rules.
    pub(crate) fn package(&self, config: &Config) -> Package {
        static BUILT: Mutex<BTreeMap<Vec<u8>, Package>> = Mutex::new(BTreeMap::new());
        let rules = serde_json::to_vec(&config.rules).expect("rules");
        let mut built = BUILT.lock().expect("no build panicked");
        if let Some(package) = built.get(&rules) {
            return package.clone();
        }
        let request = BuildRequest {
            source: Source::Crate(config.trigger.crate_dir.as_deref().expect("a crate")),
            architecture: Architecture::host().expect("a known host"),
            rules_json: &rules,
            facts_json: None,
        };
        let mut unheard = |_: &str| ();
        let package = self.runtime.block_on(package::build(&request, &mut unheard));
        let package = package.expect("the trigger is built");
        built.insert(rules, package.clone());
        package
    }

    async fn connect(&self, key: &Key) -> Aws {
        let options = Options {
            region: Some(REGION.to_owned()),
            endpoint_url: Some(self.stack.aws.url()),
            credentials: Some(key.clone()),
            ..Options::default()
        };
        Aws::connect(options, Rc::new(Silent)).await.expect("connected")
    }

    async fn look(
        &self,
        aws: &Aws,
        config: &Config,
        purpose: For,
        code_sha256: &str,
    ) -> Result<(Desired, Actual), CloudError> {
        aws.caller().await?;
        let actual = observe(aws, &Identity::new(config, self.target()), purpose).await?;
        Ok((Desired::new(config, self.target(), code_sha256), actual))
    }

    async fn apply(
        &self,
        aws: &Aws,
        config: &Config,
        package: &Package,
        (desired, actual): (&Desired, &Actual),
        plan: &Plan,
    ) -> Result<(), CloudError> {
        let rules = Rules::compile(config.rules.clone()).expect("valid rules");
        let (version, now) = (config.trigger.event_version, Clock::system().now());
        let smoke_tests =
            smoke_tests(&personas(config, &rules, now), &rules, version, &self.target(), now);
        let materials = Materials { desired, zip: &package.zip, smoke_tests: &smoke_tests };
        let ids = actual.ids(&desired.identity);
        let mut applied = apply(plan, materials, ids, aws, &Unwatched).await;
        match applied.failed.drain(..).next() {
            None => Ok(()),
            Some((_, StepError::Cloud(error))) => Err(error),
            Some((change, error)) => panic!("{change:?}: {error}"),
        }
    }
}

struct Unwatched;

impl Progress for Unwatched {
    fn waiting(&self, _: &str, _: u64) {}
    fn detail(&self, _: &str) {}
    fn stopped(&self) -> bool {
        false
    }
}

impl User for Unwatched {
    fn say(&self, _: &str) {}
    fn can_answer(&self) -> bool {
        true
    }
    async fn confirm(&self, _: &str) -> Consent {
        Consent::Given
    }
    fn began(&self, _: &str) {}
    fn ended(&self, _: &str, _: Duration, _: bool) {}
}
