//! The steps of a sign-in, each a call as it stands; which steps make one is not decided here.
//!
//! Passwords, secrets, codes and tokens appear in no error.

use std::collections::HashMap;

use aws_sdk_cognitoidentityprovider::types::{
    AuthFlowType, AuthenticationResultType, ChallengeNameType, DeviceRememberedStatusType,
    DeviceSecretVerifierConfigType, VerifySoftwareTokenResponseType,
};

use super::pools::Cognito;
use crate::aws::error::{Answer, unreadable};
use crate::cloud::{
    Challenge, DeviceVerifier, NewDevice, Parameters, Refresh, Result, SignIn, Signed,
    SoftwareToken, Tokens,
};

impl Cognito {
    pub(in crate::aws) async fn initiate(
        &self,
        sign_in: &SignIn<'_>,
        parameters: &Parameters,
    ) -> Result<Signed> {
        const AS_USER: &str = "cognito-idp:InitiateAuth";
        const AS_ADMIN: &str = "cognito-idp:AdminInitiateAuth";
        let flow = AuthFlowType::from(sign_in.flow.as_str());
        let (client, parameters) = (&self.client, Some(owned(parameters)));
        if sign_in.by_admin {
            let call = client.admin_initiate_auth().user_pool_id(sign_in.pool_id);
            let call = call.client_id(sign_in.client_id).auth_flow(flow);
            let answer = call.set_auth_parameters(parameters).send().await.of(AS_ADMIN)?;
            let challenge = (answer.challenge_name, answer.session, answer.challenge_parameters);
            let available = answer.available_challenges;
            return signed(AS_ADMIN, answer.authentication_result, challenge, available);
        }
        let call = client.initiate_auth().client_id(sign_in.client_id).auth_flow(flow);
        let answer = call.set_auth_parameters(parameters).send().await.of(AS_USER)?;
        let challenge = (answer.challenge_name, answer.session, answer.challenge_parameters);
        signed(AS_USER, answer.authentication_result, challenge, answer.available_challenges)
    }

    pub(in crate::aws) async fn respond(
        &self,
        sign_in: &SignIn<'_>,
        challenge: &Challenge,
        answers: &Parameters,
    ) -> Result<Signed> {
        const AS_USER: &str = "cognito-idp:RespondToAuthChallenge";
        const AS_ADMIN: &str = "cognito-idp:AdminRespondToAuthChallenge";
        let name = ChallengeNameType::from(challenge.name.as_str());
        let (client, answers) = (&self.client, Some(owned(answers)));
        if sign_in.by_admin {
            let call = client.admin_respond_to_auth_challenge().user_pool_id(sign_in.pool_id);
            let call = call.client_id(sign_in.client_id).challenge_name(name);
            let call = call.set_session(challenge.session.clone());
            let answer = call.set_challenge_responses(answers).send().await.of(AS_ADMIN)?;
            let next = (answer.challenge_name, answer.session, answer.challenge_parameters);
            return signed(AS_ADMIN, answer.authentication_result, next, None);
        }
        let call = client.respond_to_auth_challenge().client_id(sign_in.client_id);
        let call = call.challenge_name(name).set_session(challenge.session.clone());
        let answer = call.set_challenge_responses(answers).send().await.of(AS_USER)?;
        let next = (answer.challenge_name, answer.session, answer.challenge_parameters);
        signed(AS_USER, answer.authentication_result, next, None)
    }

    pub(in crate::aws) async fn refresh(
        &self,
        sign_in: &SignIn<'_>,
        refresh: &Refresh<'_>,
    ) -> Result<Signed> {
        const OPERATION: &str = "cognito-idp:GetTokensFromRefreshToken";
        let call = self.client.get_tokens_from_refresh_token().client_id(sign_in.client_id);
        let call = call.refresh_token(refresh.token);
        let call = call.set_client_secret(refresh.client_secret.map(|secret| secret.0.clone()));
        let call = call.set_device_key(refresh.device_key.map(ToOwned::to_owned));
        let answer = call.send().await.of(OPERATION)?;
        signed(OPERATION, answer.authentication_result, (None, None, None), None)
    }

    pub(in crate::aws) async fn associate_software_token(
        &self,
        session: &str,
    ) -> Result<SoftwareToken> {
        const OPERATION: &str = "cognito-idp:AssociateSoftwareToken";
        let call = self.client.associate_software_token().session(session);
        let answer = call.send().await.of(OPERATION)?;
        match (answer.secret_code, answer.session) {
            (Some(secret), Some(session)) => Ok(SoftwareToken { secret, session }),
            _ => Err(unreadable(OPERATION, "there is no secret or no session in it")),
        }
    }

    pub(in crate::aws) async fn verify_software_token(
        &self,
        session: &str,
        code: &str,
    ) -> Result<String> {
        const OPERATION: &str = "cognito-idp:VerifySoftwareToken";
        let call = self.client.verify_software_token().session(session).user_code(code);
        let answer = call.send().await.of(OPERATION)?;
        let proven = answer.status == Some(VerifySoftwareTokenResponseType::Success);
        let session = answer.session.filter(|_| proven);
        session.ok_or_else(|| unreadable(OPERATION, "the code was not taken"))
    }

    pub(in crate::aws) async fn confirm_device(
        &self,
        access_token: &str,
        device_key: &str,
        verifier: &DeviceVerifier,
    ) -> Result<bool> {
        let config = DeviceSecretVerifierConfigType::builder()
            .password_verifier(&verifier.password_verifier)
            .salt(&verifier.salt)
            .build();
        let call = self.client.confirm_device().access_token(access_token).device_key(device_key);
        let call = call.device_name("pretoken").device_secret_verifier_config(config);
        let answer = call.send().await.of("cognito-idp:ConfirmDevice")?;
        Ok(answer.user_confirmation_necessary)
    }

    pub(in crate::aws) async fn remember_device(
        &self,
        access_token: &str,
        device_key: &str,
    ) -> Result<()> {
        let call = self.client.update_device_status().access_token(access_token);
        let call = call.device_key(device_key);
        let call = call.device_remembered_status(DeviceRememberedStatusType::Remembered);
        call.send().await.of("cognito-idp:UpdateDeviceStatus").map(drop)
    }
}

fn owned(parameters: &Parameters) -> HashMap<String, String> {
    parameters.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

type Asked = (Option<ChallengeNameType>, Option<String>, Option<HashMap<String, String>>);

fn signed(
    operation: &str,
    tokens: Option<AuthenticationResultType>,
    (name, session, parameters): Asked,
    available: Option<Vec<ChallengeNameType>>,
) -> Result<Signed> {
    if let Some(name) = name {
        let available = available.unwrap_or_default();
        return Ok(Signed::Challenge(Challenge {
            name: name.as_str().to_owned(),
            session,
            parameters: parameters.unwrap_or_default().into_iter().collect(),
            available: available.iter().map(|name| name.as_str().to_owned()).collect(),
        }));
    }
    let tokens = tokens.and_then(|tokens| {
        let device = tokens.new_device_metadata.and_then(|device| {
            Some(NewDevice { key: device.device_key?, group_key: device.device_group_key? })
        });
        Some(Tokens {
            access: tokens.access_token?,
            id: tokens.id_token?,
            refresh: tokens.refresh_token,
            device,
        })
    });
    tokens
        .map(Signed::In)
        .ok_or_else(|| unreadable(operation, "there are neither tokens nor a challenge in it"))
}
