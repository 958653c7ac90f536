//! Signing in through a trigger: who may invoke it, and what comes of what it answers.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    aws::{Answered, Aws, assert_refused},
    strict::Options,
};

const DENIED: &str = "PreTokenGeneration invocation failed due to error AccessDeniedException.";

/// A pool with a client, a user and a trigger; nothing is permitted yet.
struct Shop {
    aws: Aws,
    pool: Value,
    client: Value,
}

impl Shop {
    fn new(mode: &str) -> Self {
        Self::with(Aws::new(), mode)
    }

    fn with(aws: Aws, mode: &str) -> Self {
        let alias = aws.function(mode);
        let pool = aws.pool(json!({"LambdaConfig": {"PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": alias}}}));
        let flows = [
            "ALLOW_USER_PASSWORD_AUTH",
            "ALLOW_ADMIN_USER_PASSWORD_AUTH",
            "ALLOW_REFRESH_TOKEN_AUTH",
        ];
        let client =
            json!({"UserPoolId": pool["Id"], "ClientName": "web", "ExplicitAuthFlows": flows});
        let client = aws.cognito("CreateUserPoolClient", client).expect("a client")["UserPoolClient"]["ClientId"].take();
        let user =
            json!({"UserPoolId": pool["Id"], "Username": "alice", "MessageAction": "SUPPRESS"});
        aws.cognito("AdminCreateUser", user).expect("a user");
        let password = json!({"UserPoolId": pool["Id"], "Username": "alice", "Password": "Passw0rd!", "Permanent": true});
        aws.cognito("AdminSetUserPassword", password).expect("a password");
        Self { aws, pool, client }
    }

    fn permitted(self) -> Self {
        self.permit(
            "?Qualifier=live",
            self.pool["Arn"].as_str().expect("an ARN"),
            self.aws.strict.account(),
        );
        self
    }

    fn permit(&self, qualifier: &str, source: &str, account: &str) {
        let statement = json!({
            "StatementId": "pool", "Action": "lambda:InvokeFunction", "Principal": "cognito-idp.amazonaws.com",
            "SourceArn": source, "SourceAccount": account,
        });
        self.aws.lambda("POST", &format!("/hook/policy{qualifier}"), statement).expect("permitted");
    }

    fn sign_in(&self) -> Answered {
        self.sign_in_with("Passw0rd!")
    }

    fn sign_in_with(&self, password: &str) -> Answered {
        let parameters = json!({"USERNAME": "alice", "PASSWORD": password});
        let request = json!({"ClientId": self.client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters});
        Ok(self.aws.anonymous("InitiateAuth", &request)?["AuthenticationResult"].take())
    }

    fn admin_sign_in(&self) -> Answered {
        let parameters = json!({"USERNAME": "alice", "PASSWORD": "Passw0rd!"});
        let request = json!({
            "UserPoolId": self.pool["Id"], "ClientId": self.client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
            "AuthParameters": parameters,
        });
        Ok(self.aws.cognito("AdminInitiateAuth", request)?["AuthenticationResult"].take())
    }

    fn refresh(&self, tokens: &Value) -> Answered {
        let parameters = json!({"REFRESH_TOKEN": tokens["RefreshToken"]});
        let request = json!({"ClientId": self.client, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": parameters});
        Ok(self.aws.anonymous("InitiateAuth", &request)?["AuthenticationResult"].take())
    }
}

fn scopes(tokens: &Value) -> String {
    let token = tokens["AccessToken"].as_str().expect("an access token");
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).expect("claims")).expect("base64");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    claims["scope"].as_str().expect("scopes").to_owned()
}

#[test]
fn a_permitted_trigger_adds_its_scopes_in_every_flow() {
    let shop = Shop::new("").permitted();
    let tokens = shop.sign_in().expect("tokens");
    assert!(scopes(&tokens).contains("orders/read"), "{}", scopes(&tokens));
    assert!(scopes(&shop.admin_sign_in().expect("tokens")).contains("orders/read"));
    assert!(scopes(&shop.refresh(&tokens).expect("tokens")).contains("orders/read"));
}

#[test]
fn without_a_permission_nobody_signs_in() {
    let shop = Shop::new("");
    assert_refused(shop.sign_in(), 400, "UnexpectedLambdaException", DENIED);
    assert_refused(shop.admin_sign_in(), 400, "UnexpectedLambdaException", DENIED);
}

#[test]
fn a_permission_on_the_function_alone_is_not_one_on_the_alias() {
    let shop = Shop::new("");
    shop.permit("", shop.pool["Arn"].as_str().expect("an ARN"), shop.aws.strict.account());
    assert_refused(shop.sign_in(), 400, "UnexpectedLambdaException", DENIED);
}

#[test]
fn a_permission_for_another_pool_or_account_is_none() {
    let shop = Shop::new("");
    shop.permit(
        "?Qualifier=live",
        "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_other",
        shop.aws.strict.account(),
    );
    assert_refused(shop.sign_in(), 400, "UnexpectedLambdaException", DENIED);
    let shop = Shop::new("");
    shop.permit("?Qualifier=live", shop.pool["Arn"].as_str().expect("an ARN"), "999999999999");
    assert_refused(shop.sign_in(), 400, "UnexpectedLambdaException", DENIED);
}

#[test]
fn a_permission_that_goes_takes_refreshes_with_it() {
    let shop = Shop::new("").permitted();
    let tokens = shop.sign_in().expect("tokens");
    shop.aws.lambda("DELETE", "/hook/policy/pool?Qualifier=live", Value::Null).expect("removed");
    assert_refused(shop.refresh(&tokens), 400, "UnexpectedLambdaException", DENIED);
}

#[test]
fn a_wrong_password_is_refused_before_the_trigger_is() {
    let refused = Shop::new("").sign_in_with("wrong").expect_err("another password");
    assert_eq!((refused.0, refused.1.as_str()), (400, "NotAuthorizedException"));
}

#[test]
fn an_error_of_the_trigger_reaches_the_user() {
    let shop = Shop::new("error").permitted();
    let text = "PreTokenGenerationV2_0 failed with error no tokens today.";
    assert_refused(shop.sign_in(), 400, "UserLambdaValidationException", text);
    assert_refused(shop.admin_sign_in(), 400, "UserLambdaValidationException", text);
}

#[test]
fn an_answer_that_is_not_the_event_is_refused() {
    for mode in ["text", "empty", "shape"] {
        let answer = Shop::new(mode).permitted().sign_in();
        assert_refused(
            answer,
            400,
            "InvalidLambdaResponseException",
            "Unrecognizable lambda output",
        );
    }
    let answer = Shop::new("null").permitted().sign_in();
    assert_refused(
        answer,
        400,
        "InvalidLambdaResponseException",
        "Invalid lambda function output : Invalid JSON",
    );
}

#[test]
fn cognito_does_not_wait_for_a_slow_trigger() {
    let options = Options { triggers_are_late: true, ..Options::without_delays() };
    assert_refused(
        Shop::with(Aws::with(options), "").permitted().sign_in(),
        400,
        "UnexpectedLambdaException",
        "PreTokenGeneration invocation failed due to error Socket timeout while invoking Lambda function.",
    );
}

#[test]
fn a_trigger_that_is_gone_fails_every_sign_in() {
    let shop = Shop::new("").permitted();
    shop.aws.lambda("DELETE", "/hook", Value::Null).expect("deleted");
    assert_refused(shop.sign_in(), 400, "UnexpectedLambdaException", DENIED);
}

#[test]
fn a_client_without_the_flow_cannot_use_it() {
    let shop = Shop::new("").permitted();
    let default = json!({"UserPoolId": shop.pool["Id"], "ClientId": shop.client});
    shop.aws.cognito("UpdateUserPoolClient", default).expect("its flows are reset");
    let refused = shop.sign_in().expect_err("no flow with a password");
    assert_eq!((refused.0, refused.1.as_str()), (400, "InvalidParameterException"));
}

#[test]
fn a_pool_without_a_trigger_needs_no_permission() {
    let shop = Shop::new("");
    let name = json!({"UserPoolId": shop.pool["Id"], "PoolName": "customers"});
    shop.aws.cognito("UpdateUserPool", name).expect("its triggers are reset");
    assert_eq!(scopes(&shop.sign_in().expect("tokens")), "aws.cognito.signin.user.admin");
}
