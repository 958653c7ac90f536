//! What is forecast of a proof, and what it then comes to, at pools of every combination: who was to be proven is proven, who was
//! not is not tried, nobody gets a message, and no right token is called wrong.

#[path = "../world/key.rs"]
mod key;

#[path = "../support/random.rs"]
#[expect(dead_code, reason = "numbers will do here")]
mod random;

mod addresses;
mod pool;
mod walls;

use std::collections::BTreeSet;

use pretoken::config::{TriggerSource, Verify};
use pretoken::model::{
    ClientKey, Ids, SecondFactors, SignInSettings, UserRules, VERIFICATION_PREFIX, Verdict,
};
use pretoken::system::clock::Clock;
use pretoken::tokens::persona::Persona;
use pretoken::tokens::prospect::{self, Prospect, SignInGround};
use pretoken::user::Progress;
use pretoken::verify::{Authority, Proof, Report, RulesInForce, Tally, foreseen};
use serde_json::{Value, json};
use trigger::Rules;

use pool::{CLIENT, POOL, Pool};

const NOW: u64 = 1_795_410_123;

struct Nobody;

impl Progress for Nobody {
    fn waiting(&self, _: &str, _: u64) {}
    fn detail(&self, _: &str) {}
    fn stopped(&self) -> bool {
        false
    }
}

/// What a pool may be like, a choice of each.
const NAMES: [&[&str]; 4] = [&[], &["email"], &["phone_number"], &["email", "phone_number"]];
const FLOWS: [&[&str]; 7] = [
    &["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    &["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    &["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    &["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    &["ALLOW_USER_PASSWORD_AUTH"],
    &["ADMIN_NO_SRP_AUTH"],
    &["ALLOW_CUSTOM_AUTH"],
];
/// A second factor: whether the pool can send text messages and e-mail of its own, what counts as one (codes of an app, by
/// text message, by e-mail), and whether anybody may ask for that.
#[derive(Debug, Clone, Copy)]
struct Factor {
    mode: &'static str,
    texts: bool,
    mails: bool,
    counts: [bool; 3],
    is_told: bool,
}

const fn factor(mode: &'static str, [texts, mails]: [bool; 2], counts: [bool; 3]) -> Factor {
    Factor { mode, texts, mails, counts, is_told: true }
}

const FACTORS: [Factor; 9] = [
    factor("OFF", [true, true], [false, false, false]),
    factor("OPTIONAL", [true, false], [false, true, false]),
    factor("ON", [false, false], [true, false, false]),
    factor("ON", [true, false], [true, true, false]),
    factor("ON", [false, true], [true, false, true]),
    // E-mail of its own, and no codes by it.
    factor("ON", [false, true], [true, false, false]),
    factor("ON", [true, false], [false, true, false]),
    Factor { is_told: false, ..factor("ON", [false, true], [true, false, true]) },
    Factor { is_told: false, ..factor("ON", [true, false], [true, true, false]) },
];
/// Required attributes, their types and limits, and whether anything fits them.
const REQUIRED: [(&str, &str, [&str; 2], bool); 7] = [
    ("gender", "String", ["0", "2048"], true),
    ("nickname", "String", ["3", "12"], true),
    ("family_name", "String", ["100", "200"], true),
    ("updated_at", "Number", ["7", "9"], true),
    ("birthdate", "String", ["10", "10"], true),
    ("email", "String", ["0", "40"], true),
    ("email", "String", ["0", "20"], false),
];
/// By what `USER_AUTH` lets people in.
const FIRST_FACTORS: [&[&str]; 3] =
    [&["PASSWORD", "PASSWORD_SRP"], &["PASSWORD"], &["PASSWORD_SRP", "EMAIL_OTP"]];

#[derive(Debug, Clone, Copy)]
struct Choice {
    names: &'static [&'static str],
    flows: &'static [&'static str],
    factor: Factor,
    required: (&'static str, &'static str, [&'static str; 2], bool),
    first: &'static [&'static str],
    has_secret: bool,
    tracks_devices: bool,
    rotates: bool,
}

impl Choice {
    /// Each number is one; the smaller digits change most.
    fn of(number: usize) -> Self {
        let mut rest = number;
        let mut digit = |base: usize| {
            let digit = rest % base;
            rest /= base;
            digit
        };
        Self {
            flows: FLOWS[digit(7)],
            factor: FACTORS[digit(FACTORS.len())],
            names: NAMES[digit(4)],
            required: REQUIRED[digit(7)],
            has_secret: digit(2) == 1,
            tracks_devices: digit(2) == 1,
            rotates: digit(2) == 1,
            first: FIRST_FACTORS[digit(3)],
        }
    }

    const ALL: usize = 7 * FACTORS.len() * 4 * 7 * 2 * 2 * 2 * 3;

    fn described(self) -> Value {
        let (name, kind, [min, max], _) = self.required;
        let limits = if kind == "Number" {
            ("NumberAttributeConstraints", json!({ "MinValue": min, "MaxValue": max }))
        } else {
            ("StringAttributeConstraints", json!({ "MinLength": min, "MaxLength": max }))
        };
        let standard = ["sub", "name", "email", "phone_number"].into_iter();
        let schema = standard.filter(|other| *other != name).map(|name| {
            json!({ "Name": name, "AttributeDataType": "String", "Required": name == "sub" })
        });
        let mut schema: Vec<_> = schema.collect();
        schema.push(json!({ "Name": name, "AttributeDataType": kind, "Required": true, limits.0: limits.1 }));
        let Factor { mode, texts, mails, .. } = self.factor;
        let mut pool = json!({
            "Id": POOL,
            "SchemaAttributes": schema,
            "UsernameAttributes": self.names,
            "MfaConfiguration": mode,
            "Policies": { "PasswordPolicy": { "MinimumLength": 20 } },
            "LambdaConfig": { "PreAuthentication": "arn:aws:lambda:eu-west-1:1:function:theirs" },
        });
        if texts {
            pool["SmsConfiguration"] = json!({ "SnsCallerArn": "arn:aws:iam::1:role/sms" });
        }
        if mails {
            pool["EmailConfiguration"] = json!({ "EmailSendingAccount": "DEVELOPER" });
        }
        if self.tracks_devices {
            pool["DeviceConfiguration"] = json!({ "ChallengeRequiredOnNewDevice": true });
        }
        pool
    }

    /// What is read of it before anybody is made.
    fn rules(self) -> UserRules {
        let Factor { mode, counts: [app, texts, mail], is_told, .. } = self.factor;
        let factors = (is_told && mode != "OFF").then_some(SecondFactors { app, texts, mail });
        UserRules { factors, ..UserRules::default().with(&self.described()) }
    }

    /// Whether a user can be made and let in, thought of anew.
    fn lets_somebody_in(self) -> bool {
        let Factor { mode, texts, mails, counts: [app, _, codes_by_mail], is_told } = self.factor;
        let (required, _, _, fits) = self.required;
        let has_email = required == "email" || self.names.contains(&"email");
        let has_phone = self.names == ["phone_number"];
        let by_mail = if is_told { codes_by_mail } else { mails };
        let gets_a_code = texts && has_phone || by_mail && has_email;
        let has_factor = mode != "ON" || app && !gets_a_code;
        self.flows != ["ALLOW_CUSTOM_AUTH"] && fits && has_factor
    }
}

fn at() -> ClientKey {
    ClientKey::new("customers", "web")
}

fn everyone() -> Vec<Persona> {
    let user = || Persona::user(at());
    let from = |source: TriggerSource| Persona { source, name: format!("{source:?}"), ..user() };
    let tenant = [("custom:tenant".to_owned(), "acme".to_owned())].into();
    vec![
        user(),
        from(TriggerSource::RefreshTokens),
        from(TriggerSource::AuthenticateDevice),
        Persona { name: "of a tenant".to_owned(), attributes: tenant, ..user() },
    ]
}

fn forecast(choice: Choice, verify: &Verify) -> Prospect {
    let settings = SignInSettings::described(&choice.described());
    let settings = SignInSettings { users: choice.rules(), ..settings };
    let ground = SignInGround {
        flows: [(at(), choice.flows.iter().map(ToString::to_string).collect())].into(),
        rotating: choice.rotates.then(at).into_iter().collect(),
        pools: [(at().pool, settings)].into(),
        ..SignInGround::default()
    };
    foreseen(prospect::of(everyone(), verify, &ground), &ground.pools, verify, VERIFICATION_PREFIX)
}

async fn proof(prospect: &Prospect, pool: &Pool, verify: &Verify) -> Report {
    let none = Rules::default();
    let authority = Authority {
        region: "eu-west-1".to_owned(),
        domain: "amazonaws.com".to_owned(),
        endpoint: None,
        jwks_url: None,
    };
    let ids = Ids {
        pools: [(at().pool, POOL.to_owned())].into(),
        clients: [(at(), CLIENT.to_owned())].into(),
    };
    let proof = Proof {
        verify,
        user_prefix: VERIFICATION_PREFIX,
        apis: &[],
        rules: Some(RulesInForce { for_users: &none, for_machines: &none }),
        test_user: None,
        ids: &ids,
        prospect,
        machines: &std::collections::BTreeMap::new(),
        cloud: pool,
        authority: &authority,
        progress: &Nobody,
        clock: pool.clock,
        patience: pool.patience,
        tally: Tally::default(),
    };
    proof.run().await.expect("a report")
}

async fn agree(number: usize) -> bool {
    let (choice, verify) = (Choice::of(number), Verify::default());
    let prospect = forecast(choice, &verify);
    let outlook = prospect.outlook();
    let pool = Pool::new(choice, Clock::at(NOW));
    let report = proof(&prospect, &pool, &verify).await;
    let case = || format!("case {number}: {choice:#?}\n{}\n{report:#?}", outlook.text());
    assert_eq!(report.count(Verdict::Failed), 0, "a false verdict: {}", case());
    let mut ways: BTreeSet<(String, &str)> = BTreeSet::new();
    for one in &prospect.candidates {
        let flows = one.ways.iter().flatten().map(|way| way.as_str());
        ways.extend(flows.map(|flow| (one.persona.name.clone(), flow)));
    }
    let proven = report.checks.iter().filter(|check| check.ok);
    let proven = proven.map(|check| (check.name.clone(), check.flow)).collect();
    assert_eq!(ways, proven, "what was forecast, and what was proven: {}", case());
    assert_eq!(report.checks.len(), ways.len(), "{}", case());
    assert_eq!((report.sign_ins, report.users), (outlook.sign_ins, outlook.users), "{}", case());
    assert_eq!((pool.messages.get(), pool.users.borrow().len()), (0, 0), "{}", case());
    assert_eq!(!ways.is_empty(), choice.lets_somebody_in(), "{}", case());
    let named = prospect.other_triggers.values().flatten().collect::<Vec<_>>();
    assert_eq!(named == ["PreAuthentication"], !ways.is_empty(), "{}", case());
    assert!(ways.iter().all(|(name, _)| name != "of a tenant"), "{}", case());
    let from_device = ways.iter().any(|(_, flow)| *flow == "DEVICE_SRP_AUTH");
    assert_eq!(from_device, choice.tracks_devices && !ways.is_empty(), "{}", case());
    !ways.is_empty()
}

/// A prime, so that all digits change from one to the next; the whole takes minutes.
const STRIDE: usize = 61;

#[test]
fn a_proof_comes_to_what_was_forecast() {
    let first = random::Random::new(1).below(STRIDE);
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime");
    let provable = runtime.block_on(async {
        let mut provable = 0;
        for number in (first..Choice::ALL).step_by(STRIDE) {
            provable += usize::from(agree(number).await);
        }
        provable
    });
    assert!(provable > Choice::ALL / STRIDE / 3, "{provable}");
}

/// Tokens of five minutes, and a clock that is seven off.
#[test]
fn a_clock_that_is_wrong_makes_no_token_wrong() {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime");
    for (ahead, word) in [(-420, "ahead of"), (420, "behind")] {
        let (choice, verify) = (Choice::of(0), Verify::default());
        let prospect = forecast(choice, &verify);
        let report = runtime.block_on(async {
            let mut pool = Pool::new(choice, Clock::at(NOW));
            pool.ahead = ahead;
            proof(&prospect, &pool, &verify).await
        });
        assert!(report.ok, "{report:#?}");
        let said = format!("this machine's clock is 7m {word} AWS's, by which tokens were judged");
        assert!(report.notes.contains(&said), "{:?}", report.notes);
    }
}
