//! The property that lets people trust a tool with their pool: whatever is in it, attaching and detaching leave it as it was.

use std::rc::Rc;

use pretoken::aws::{Aws, Options as Way};
use pretoken::cloud::Write as _;
use pretoken::model::{Pool, PoolEdit, Tags, Trigger};
use pretoken::user::Silent;
use serde_json::{Map, Value, json};

use crate::strict::{Options, Reset, Strict};

const POOLS: u64 = 60;

/// Numbers that look random and are the same in every run (Knuth's constants).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 1
    }

    fn some(&mut self, names: &[&str]) -> Vec<String> {
        names.iter().filter(|_| self.coin()).map(|name| (*name).to_owned()).collect()
    }

    /// Any JSON: what a member that nobody has heard of may hold.
    fn anything(&mut self, depth: u64) -> Value {
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
fn members(dice: &mut Dice) -> Map<String, Value> {
    let verified = dice.some(&["email"]);
    let before_update: Vec<&String> = verified.iter().filter(|_| dice.coin()).collect();
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
                    "MinimumLength": 6 + dice.below(20), "RequireUppercase": dice.coin(), "RequireLowercase": dice.coin(),
                    "RequireNumbers": dice.coin(), "RequireSymbols": dice.coin(),
                    "TemporaryPasswordValidityDays": 1 + dice.below(30)
                },
                "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"] }
            }),
        ),
        ("DeletionProtection", json!("ACTIVE")),
        (
            "DeviceConfiguration",
            json!({ "ChallengeRequiredOnNewDevice": dice.coin(), "DeviceOnlyRememberedOnUserPrompt": dice.coin() }),
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
                "AllowAdminCreateUserOnly": dice.coin(),
                "InviteMessageTemplate": { "SMSMessage": "{username}, your password is {####}" }
            }),
        ),
        (
            "AccountRecoverySetting",
            json!({ "RecoveryMechanisms": [{ "Priority": 1, "Name": "verified_email" }] }),
        ),
        ("KeyConfiguration", json!({ "KeyType": "AWS_OWNED_KEY" })),
        ("DcrConfiguration", json!({ "EnableStatus": "DISABLED" })),
        ("FutureSetting", dice.anything(3)),
        ("AnotherSetting", json!({ "Deep": dice.anything(2) })),
    ];
    let set = all.into_iter().filter(|(_, value)| *value != json!([]) && dice.coin());
    let mut set: Map<String, Value> = set.map(|(name, value)| (name.to_owned(), value)).collect();
    if !set.contains_key("AutoVerifiedAttributes") {
        // AWS does not let a pool come to this.
        set.remove("UserAttributeUpdateSettings");
    }
    set
}

fn triggers(dice: &mut Dice) -> Map<String, Value> {
    let plain =
        ["PreSignUp", "CustomMessage", "PostConfirmation", "UserMigration", "DefineAuthChallenge"];
    let mut set: Map<String, Value> =
        dice.some(&plain).into_iter().map(|name| (name.clone(), arn(&name).into())).collect();
    if dice.coin() {
        let sender = json!({ "LambdaVersion": "V1_0", "LambdaArn": arn("sender") });
        set.insert("CustomEmailSender".to_owned(), sender);
        set.insert("KMSKeyID".to_owned(), "arn:aws:kms:eu-west-1:123456789012:key/1".into());
    }
    set
}

/// What stood in the slot before it was taken over, if anything.
fn previous(dice: &mut Dice, triggers: &mut Map<String, Value>) -> Option<Trigger> {
    let version = ["", "V1_0", "V2_0"][usize::try_from(dice.below(3)).expect("small")];
    if version.is_empty() {
        return None;
    }
    let arn = arn("former:prod");
    triggers.insert("PreTokenGeneration".to_owned(), arn.clone().into());
    let config = json!({ "LambdaVersion": version, "LambdaArn": arn });
    triggers.insert("PreTokenGenerationConfig".to_owned(), config);
    Some(Trigger { arn, version: version.to_owned(), legacy: version == "V1_0" && dice.coin() })
}

/// Makes the pool the one of this number; returns what stands in its slot.
pub(crate) fn furnish(
    aws: &Strict,
    id: &str,
    plain: &Map<String, Value>,
    seed: u64,
) -> Option<Trigger> {
    let mut dice = Dice(seed);
    let mut lambdas = triggers(&mut dice);
    let previous = previous(&mut dice, &mut lambdas);
    let tags =
        json!({ "team": "identity", "empty": "", "aws:cloudformation:stack-name": "theirs" });
    aws.edit(id, |pool| {
        pool.document.clone_from(plain);
        pool.document.extend(members(&mut dice));
        pool.document.insert("LambdaConfig".to_owned(), Value::Object(lambdas));
        pool.document.insert("UserPoolTags".to_owned(), tags);
        for client in pool.clients.values_mut() {
            client.insert("FutureSetting".to_owned(), dice.anything(2));
            client.insert("AuthSessionValidity".to_owned(), json!(3 + dice.below(13)));
            client.insert("CallbackURLs".to_owned(), json!(["https://shop.example.com/back"]));
        }
    });
    previous
}

async fn round(aws: &Strict, cloud: &Aws, id: &str, plain: &Map<String, Value>, seed: u64) {
    let previous = furnish(aws, id, plain, seed);
    let before = aws.settings(id);
    let ours =
        Trigger { arn: arn("orders-pre-token:live"), version: "V2_0".to_owned(), legacy: false };
    for slot in [Some(ours), previous] {
        let edit = PoolEdit { trigger: Some(slot), ..PoolEdit::default() };
        let written = cloud.edit_pool(id, &edit).await;
        written.unwrap_or_else(|error| panic!("pool {seed}: {error}\n{before:?}"));
        if edit.trigger.flatten().is_some_and(|held| held.arn.contains("orders-")) {
            let held = &aws.settings(id)["LambdaConfig"]["PreTokenGenerationConfig"];
            assert_eq!(held["LambdaVersion"], "V2_0", "pool {seed}");
        }
    }
    let after = aws.settings(id);
    for name in before.keys().chain(after.keys()) {
        assert_eq!(after.get(name), before.get(name), "pool {seed}: {name}");
    }
}

#[test]
fn attaching_and_detaching_leave_any_pool_as_it_was() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
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
                deletion_protection: false,
                tags: Tags::default(),
            };
            let id = cloud.create_pool(&pool).await.expect("a pool");
            let plain = aws.settings(&id);
            for seed in 0..POOLS {
                round(&aws, &cloud, &id, &plain, seed).await;
            }
        });
    }
}
