//! A project of its own for each test: a `deploy.toml`, an empty AWS account, and the binary to run on both.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::binary::{Run, pretoken};
use crate::strict::{Options, Strict};

/// What most tests deploy.
pub(crate) const STACK: &str = r#"
name = "orders"

[trigger]
crate = "CRATE"
architecture = "HOST"

[pools.customers]
deletion_protection = false

[pools.customers.clients.web]

[pools.customers.resource_servers.orders]
scopes = { read = "Read orders", write = "Change orders" }

[pools.customers.groups]
staff = "Order desk"

[[rules]]
name = "everyone reads"
clients = ["web"]
add_scopes = ["orders/read"]

[[rules]]
name = "staff write"
groups = ["staff"]
add_scopes = ["orders/write"]
access_claims = { desk = "{client}" }

[[expect]]
name = "staff can write"
client = "web"
groups = ["staff"]
scopes = ["orders/read", "orders/write"]
access_claims = { desk = "web" }
"#;

/// A project and its account.
pub(crate) struct Stack {
    pub(crate) aws: Strict,
    directory: tempfile::TempDir,
}

impl Stack {
    pub(crate) fn new() -> Self {
        Self::of(STACK)
    }

    /// A project with this `deploy.toml`; `CRATE` and `HOST` are filled in.
    pub(crate) fn of(deploy: &str) -> Self {
        Self::on(deploy, Options::default())
    }

    /// The same on an AWS of another kind.
    pub(crate) fn on(deploy: &str, options: Options) -> Self {
        let stack = Self {
            aws: Strict::start(options),
            directory: tempfile::tempdir().expect("a temporary directory"),
        };
        stack.write(deploy);
        stack
    }

    /// Another `deploy.toml`.
    pub(crate) fn write(&self, deploy: &str) {
        let trigger = Path::new(env!("CARGO_MANIFEST_DIR")).join("trigger");
        let host = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
        let text = deploy.replace("CRATE", &trigger.display().to_string()).replace("HOST", host);
        std::fs::write(self.path("deploy.toml"), text).expect("deploy.toml is written");
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The binary with these arguments, in this project and account, knowing nothing of the machine's own AWS settings.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = pretoken(self.directory.path());
        command.args(arguments);
        let of_this_machine = |name: &std::ffi::OsString| {
            let name = name.to_string_lossy();
            ["AWS_", "GITHUB_", "GITLAB_"].iter().any(|prefix| name.starts_with(prefix))
        };
        for (name, _) in std::env::vars_os().filter(|(name, _)| of_this_machine(name)) {
            command.env_remove(name);
        }
        command
            .env("AWS_ACCESS_KEY_ID", self.aws.account())
            .env("AWS_SECRET_ACCESS_KEY", Strict::SECRET)
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_ENDPOINT_URL", self.aws.url())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("XDG_STATE_HOME", self.path("state"))
            .env("NO_COLOR", "1");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::new(self.command(arguments).output().expect("the binary runs"))
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs")
    }

    /// `up --yes` without a proof, which must succeed.
    #[track_caller]
    pub(crate) fn up(&self) -> Value {
        self.run(&["up", "--yes", "--no-verify", "-o", "json"]).exits(0).json()
    }

    /// What `plan` would change, as `kind name action`.
    #[track_caller]
    pub(crate) fn plan(&self) -> Vec<String> {
        let plan = self.run(&["plan", "-o", "json"]).exits(0).json();
        let changes = plan["changes"].as_array().expect("changes");
        let word = |change: &Value, key: &str| change[key].as_str().expect("text").to_owned();
        changes
            .iter()
            .map(|change| {
                format!(
                    "{} {} {}",
                    word(change, "resource"),
                    word(change, "name"),
                    word(change, "action")
                )
            })
            .collect()
    }

    /// Waits until the run at hand has made this call so often.
    #[track_caller]
    pub(crate) fn wait_for(&self, operation: &str, times: usize) {
        let deadline = Instant::now() + Duration::from_mins(10);
        while self.aws.calls().iter().filter(|call| call.operation == operation).count() < times {
            assert!(Instant::now() < deadline, "{operation} was not called in ten minutes");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Configuration for another client of the same account.
    pub(crate) fn sdk(&self) -> Sdk {
        self.sdk_of(&(self.aws.account().to_owned(), Strict::SECRET.to_owned()))
    }

    /// Calls of somebody with this access key, id and secret.
    pub(crate) fn sdk_of(&self, (key, secret): &(String, String)) -> Sdk {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let credentials = aws_credential_types::Credentials::new(key, secret, None, None, "test");
        let config = aws_config::defaults(aws_config::BehaviorVersion::latest())
            .region(aws_config::Region::new("eu-west-1"))
            .endpoint_url(self.aws.url())
            .credentials_provider(credentials)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .load();
        let config = runtime.block_on(config);
        Sdk {
            runtime,
            cognito: aws_sdk_cognitoidentityprovider::Client::new(&config),
            lambda: aws_sdk_lambda::Client::new(&config),
            iam: aws_sdk_iam::Client::new(&config),
            logs: aws_sdk_cloudwatchlogs::Client::new(&config),
            metrics: aws_sdk_cloudwatch::Client::new(&config),
        }
    }
}

/// Somebody else with access to the account.
pub(crate) struct Sdk {
    runtime: tokio::runtime::Runtime,
    pub(crate) cognito: aws_sdk_cognitoidentityprovider::Client,
    pub(crate) lambda: aws_sdk_lambda::Client,
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) logs: aws_sdk_cloudwatchlogs::Client,
    pub(crate) metrics: aws_sdk_cloudwatch::Client,
}

impl Sdk {
    /// Nothing of any stack is in the account.
    #[track_caller]
    pub(crate) fn nothing_is_left(&self) {
        let pools = self.call(self.cognito.list_user_pools().max_results(60).send());
        assert_eq!(pools.user_pools().len(), 0);
        assert_eq!(self.call(self.lambda.list_functions().send()).functions().len(), 0);
        assert_eq!(self.call(self.iam.list_roles().send()).roles().len(), 0);
        assert_eq!(self.call(self.logs.describe_log_groups().send()).log_groups().len(), 0);
    }

    /// Makes a call that must succeed.
    #[track_caller]
    pub(crate) fn call<T, E: std::fmt::Debug>(
        &self,
        call: impl Future<Output = Result<T, E>>,
    ) -> T {
        self.runtime.block_on(call).expect("the call succeeds")
    }
}
