//! The lossless write on moto, an emulator by others, which resets what an update leaves out and more besides.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use aws_sdk_cognitoidentityprovider::types::{
    LambdaConfigType, PasswordPolicyType, UserPoolMfaType, UserPoolPolicyType,
    VerifiedAttributeType,
};
use pretoken::aws::{Aws, Options};
use pretoken::cloud::{Read as _, Write as _};
use pretoken::model::Trigger;
use pretoken::user::Silent;

use crate::open_gate;

const MOTO: &str = "moto[server]==5.2.5";

/// A running moto; it ends with this value.
struct Moto {
    process: Child,
    url: String,
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs a command that must succeed.
fn succeed(command: &mut Command) {
    let output = command.output().expect("the command starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Installed once into the cache that all tests share; the marker is written last.
fn installed() -> PathBuf {
    let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-cache/moto");
    let marker = cache.join("installed");
    if std::fs::read_to_string(&marker).is_ok_and(|what| what == MOTO) {
        return cache;
    }
    succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&cache));
    succeed(Command::new(cache.join("bin/python")).args(["-m", "pip", "install", "--quiet", MOTO]));
    std::fs::write(marker, MOTO).expect("the marker is written");
    cache
}

fn moto() -> Moto {
    let python = installed().join("bin/python");
    let port =
        TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let mut command = Command::new(python);
    command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()]);
    let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("moto starts");
    let mut moto = Moto { process, url: format!("http://127.0.0.1:{port}") };
    let deadline = Instant::now() + Duration::from_mins(2);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let ended = moto.process.try_wait().expect("a child");
        assert!(ended.is_none() && Instant::now() < deadline, "moto does not answer: {ended:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
    moto
}

#[test]
fn moto_too_finds_a_pool_as_it_was() {
    let moto = moto();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let way = Options {
            region: Some("eu-west-1".to_owned()),
            endpoint_url: Some(moto.url.clone()),
            credentials: Some(("test".to_owned(), "test".to_owned())),
            ..Options::default()
        };
        let cloud = Aws::connect(way, Rc::new(Silent)).await.expect("a way to it");
        let id = rich_pool(&moto.url).await;
        let mut before = cloud.pool_description(&id).await.expect("a description");
        // Obsolete, and refused beside the password policy's own: AWS takes back no other value than none.
        let admin = before["AdminCreateUserConfig"].as_object_mut().expect("members");
        admin.remove("UnusedAccountValidityDays");
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:orders-pre-token:live".to_owned();
        let ours = Trigger { arn, version: "V2_0".to_owned(), legacy: false };
        for slot in [Some(ours), None] {
            cloud.write_slot(&open_gate::slot(&id, slot)).await.expect("nothing else changes");
        }
        let after = cloud.pool_description(&id).await.expect("a description");
        let (after, before) =
            (after.as_object().expect("members"), before.as_object().expect("members"));
        for member in
            before.keys().chain(after.keys()).filter(|member| *member != "LastModifiedDate")
        {
            assert_eq!(after.get(member), before.get(member), "{member}");
        }
    });
}

/// A pool with settings that a careless update would reset.
async fn rich_pool(url: &str) -> String {
    let credentials = aws_credential_types::Credentials::new("test", "test", None, None, "test");
    let config = aws_config::defaults(aws_config::BehaviorVersion::latest())
        .region(aws_config::Region::new("eu-west-1"))
        .endpoint_url(url)
        .credentials_provider(credentials)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .load()
        .await;
    let cognito = aws_sdk_cognitoidentityprovider::Client::new(&config);
    let password = PasswordPolicyType::builder().minimum_length(14).require_symbols(true).build();
    let arn = |name: &str| format!("arn:aws:lambda:eu-west-1:123456789012:function:{name}");
    let triggers =
        LambdaConfigType::builder().pre_sign_up(arn("check")).custom_message(arn("words"));
    let call = cognito.create_user_pool().pool_name("company").user_pool_tags("team", "identity");
    let call = call.policies(UserPoolPolicyType::builder().password_policy(password).build());
    let call =
        call.auto_verified_attributes(VerifiedAttributeType::Email).lambda_config(triggers.build());
    let pool = call.mfa_configuration(UserPoolMfaType::Off).send().await.expect("a pool");
    pool.user_pool().and_then(|pool| pool.id()).expect("an id").to_owned()
}
