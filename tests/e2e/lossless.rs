//! The property that lets people trust a tool with their pool: whatever is in it, attaching and detaching leave it as it was.

use std::rc::Rc;

use pretoken::aws::{Aws, Options as Way};
use pretoken::cloud::Write as _;
use pretoken::model::{Pool, Trigger};
use pretoken::user::Silent;
use serde_json::{Map, Value, json};

use crate::open_gate;
use crate::random::Random;
use crate::strict::{Options, Reset, Strict};

const POOLS: usize = 60;

impl Random {
    fn coin(&mut self) -> bool {
        self.below(2) == 1
    }

    fn some(&mut self, names: &[&str]) -> Vec<String> {
        names.iter().filter(|_| self.coin()).map(|name| (*name).to_owned()).collect()
    }

    /// Any JSON: what a member that nobody has heard of may hold.
    fn anything(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 3 } else { 5 }) {
            0 => json!(self.coin()),
            1 => json!(self.below(1000)),
            2 => json!(format!("text {}", self.below(1000))),
            3 => json!([self.anything(depth - 1), self.anything(depth - 1)]),
            _ => json!({ "One": self.anything(depth - 1), "Two": self.anything(depth - 1) }),
        }
    }
}

fn arn(name: &str) -> String {
    format!("arn:aws:lambda:eu-west-1:123456789012:function:{name}")
}

/// A pool that AWS could describe, as a list of members that are set or not.
fn members(random: &mut Random) -> Map<String, Value> {
    let verified = random.some(&["email"]);
    let before_update: Vec<&String> = verified.iter().filter(|_| random.coin()).collect();
    let all = [
        ("AutoVerifiedAttributes", json!(verified)),
        (
            "UserAttributeUpdateSettings",
            json!({ "AttributesRequireVerificationBeforeUpdate": before_update }),
        ),
        (
            "Policies",
            json!({
                "PasswordPolicy": {
                    "MinimumLength": 6 + random.below(20), "RequireUppercase": random.coin(), "RequireLowercase": random.coin(),
                    "RequireNumbers": random.coin(), "RequireSymbols": random.coin(),
                    "TemporaryPasswordValidityDays": 1 + random.below(30)
                },
                "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"] }
            }),
        ),
        ("DeletionProtection", json!("ACTIVE")),
        (
            "DeviceConfiguration",
            json!({ "ChallengeRequiredOnNewDevice": random.coin(), "DeviceOnlyRememberedOnUserPrompt": random.coin() }),
        ),
        (
            "EmailConfiguration",
            json!({
                "EmailSendingAccount": "DEVELOPER", "ReplyToEmailAddress": "help@example.com",
                "SourceArn": "arn:aws:ses:eu-west-1:123456789012:identity/example.com"
            }),
        ),
        ("SmsAuthenticationMessage", json!("Your code is {####}")),
        (
            "AdminCreateUserConfig",
            json!({
                "AllowAdminCreateUserOnly": random.coin(),
                "InviteMessageTemplate": { "SMSMessage": "{username}, your password is {####}" }
            }),
        ),
        (
            "AccountRecoverySetting",
            json!({ "RecoveryMechanisms": [{ "Priority": 1, "Name": "verified_email" }] }),
        ),
        ("KeyConfiguration", json!({ "KeyType": "AWS_OWNED_KEY" })),
        ("DcrConfiguration", json!({ "EnableStatus": "DISABLED" })),
        ("FutureSetting", random.anything(3)),
        ("AnotherSetting", json!({ "Deep": random.anything(2) })),
    ];
    let set = all.into_iter().filter(|(_, value)| *value != json!([]) && random.coin());
    let mut set: Map<String, Value> = set.map(|(name, value)| (name.to_owned(), value)).collect();
    if !set.contains_key("AutoVerifiedAttributes") {
        // AWS does not let a pool come to this.
        set.remove("UserAttributeUpdateSettings");
    }
    set
}

fn triggers(random: &mut Random) -> Map<String, Value> {
    let plain =
        ["PreSignUp", "CustomMessage", "PostConfirmation", "UserMigration", "DefineAuthChallenge"];
    let mut set: Map<String, Value> =
        random.some(&plain).into_iter().map(|name| (name.clone(), arn(&name).into())).collect();
    if random.coin() {
        let sender = json!({ "LambdaVersion": "V1_0", "LambdaArn": arn("sender") });
        set.insert("CustomEmailSender".to_owned(), sender);
        set.insert("KMSKeyID".to_owned(), "arn:aws:kms:eu-west-1:123456789012:key/1".into());
    }
    set
}

/// What stood in the slot before it was taken over, if anything.
fn previous(random: &mut Random, triggers: &mut Map<String, Value>) -> Option<Trigger> {
    let version = ["", "V1_0", "V2_0"][random.below(3)];
    if version.is_empty() {
        return None;
    }
    let arn = arn("previous:prod");
    triggers.insert("PreTokenGeneration".to_owned(), arn.clone().into());
    let config = json!({ "LambdaVersion": version, "LambdaArn": arn });
    triggers.insert("PreTokenGenerationConfig".to_owned(), config);
    Some(Trigger { arn, version: version.to_owned(), legacy: version == "V1_0" && random.coin() })
}

/// Makes the pool another one; returns what stands in its slot.
pub(crate) fn furnish(
    aws: &Strict,
    id: &str,
    plain: &Map<String, Value>,
    random: &mut Random,
) -> Option<Trigger> {
    let mut lambdas = triggers(random);
    let previous = previous(random, &mut lambdas);
    let tags =
        json!({ "team": "identity", "empty": "", "aws:cloudformation:stack-name": "theirs" });
    aws.edit(id, |pool| {
        pool.document.clone_from(plain);
        pool.document.extend(members(random));
        pool.document.insert("LambdaConfig".to_owned(), Value::Object(lambdas));
        pool.document.insert("UserPoolTags".to_owned(), tags);
        for client in pool.clients.values_mut() {
            client.insert("FutureSetting".to_owned(), random.anything(2));
            client.insert("AuthSessionValidity".to_owned(), json!(3 + random.below(13)));
            client.insert("CallbackURLs".to_owned(), json!(["https://shop.example.com/back"]));
        }
    });
    previous
}

async fn round(
    aws: &Strict,
    cloud: &Aws,
    id: &str,
    plain: &Map<String, Value>,
    random: &mut Random,
) {
    let previous = furnish(aws, id, plain, random);
    let before = aws.settings(id);
    let ours =
        Trigger { arn: arn("orders-pre-token:live"), version: "V2_0".to_owned(), legacy: false };
    for slot in [Some(ours), previous] {
        let slot = open_gate::slot(id, slot);
        let written = cloud.write_slot(&slot).await;
        written.unwrap_or_else(|error| panic!("{error}\n{before:?}"));
        if slot.trigger().is_some_and(|held| held.arn.contains("orders-")) {
            let held = &aws.settings(id)["LambdaConfig"]["PreTokenGenerationConfig"];
            assert_eq!(held["LambdaVersion"], "V2_0", "{before:?}");
        }
    }
    let after = aws.settings(id);
    for name in before.keys().chain(after.keys()) {
        assert_eq!(after.get(name), before.get(name), "{name} of {before:?}");
    }
}

#[test]
fn attaching_and_detaching_leave_any_pool_as_it_was() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let mut random = Random::new(1);
    for reset in [Reset::Documented, Reset::Measured] {
        let aws = Strict::start(Options { reset, ..Options::default() });
        runtime.block_on(async {
            let way = Way {
                region: Some("eu-west-1".to_owned()),
                endpoint_url: Some(aws.url()),
                credentials: Some((aws.account().to_owned(), Strict::SECRET.to_owned())),
                ..Way::default()
            };
            let cloud = Aws::connect(way, Rc::new(Silent)).await.expect("a way to it");
            let pool = Pool {
                name: "company".to_owned(),
                tier: "ESSENTIALS".to_owned(),
                ..Pool::default()
            };
            let id = cloud.create_pool(&pool).await.expect("a pool");
            let plain = aws.settings(&id);
            for _ in 0..POOLS {
                round(&aws, &cloud, &id, &plain, &mut random).await;
            }
        });
    }
}
