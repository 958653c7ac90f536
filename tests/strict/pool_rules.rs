//! What `CreateUserPool` and `UpdateUserPool` refuse although every member is well formed: combinations.
//!
//! The numbers are those of the known rejections of a naive round trip, description to update. Lengths, values and
//! missing members (R2 in part, R6) are the model's.

use serde_json::{Map, Value};

use super::{iam::many, layer::Layer, pool::Pool, refusal::Refusal};

/// A request and the settings that it would make of a pool.
pub(crate) struct Proposal<'a> {
    pub(crate) request: &'a Map<String, Value>,
    pub(crate) document: &'a Map<String, Value>,
    pub(crate) pool: &'a Pool,
}

type Checked = Result<(), Refusal>;

/// Whether the settings may be.
pub(crate) fn check(layer: &Layer, proposal: &Proposal<'_>) -> Checked {
    check_tags(proposal.request.get("UserPoolTags").unwrap_or(&Value::Null))?;
    one_validity_of_temporary_passwords(proposal)?;
    one_way_to_send_texts(proposal)?;
    one_email_message(proposal)?;
    own_sender_for_own_message(proposal)?;
    verified_before_update(proposal)?;
    one_pre_token_function(proposal)?;
    key_of_custom_senders(proposal)?;
    features_of_the_tier(proposal)?;
    usable_second_factor(proposal)?;
    sms_role(layer, proposal)
}

/// Whether the pool can be changed at this moment. The text of R14 is not known.
pub(crate) fn check_moment(pool: &Pool) -> Checked {
    if pool.user_import_running {
        // R11
        return Err(Refusal::new(
            400,
            "UserImportInProgressException",
            "User import is in progress for the pool.",
        ));
    }
    if pool.secondary_region {
        // R14
        let message = "This operation is not enabled in a secondary Region.";
        return Err(Refusal::new(400, "OperationNotEnabledException", message));
    }
    Ok(())
}

/// R9: pools that `CloudFormation` made carry such tags, and nobody else may write them.
pub(crate) fn check_tags(tags: &Value) -> Checked {
    refuse_if(
        tags.as_object().is_some_and(|tags| tags.keys().any(|key| key.starts_with("aws:"))),
        "aws: prefixed tag key names are not allowed for external use.",
    )
}

/// R1 (terraform-provider-aws #9143). A description shows both, so copying it is refused; 0 is accepted.
fn one_validity_of_temporary_passwords(proposal: &Proposal<'_>) -> Checked {
    let request = proposal.request;
    let member = |document: &str, path: [&str; 2]| {
        request
            .get(document)
            .and_then(|d| path.iter().filter(|p| !p.is_empty()).try_fold(d, |d, p| d.get(p)))
            .and_then(Value::as_u64)
            .unwrap_or(0)
    };
    let old = member("AdminCreateUserConfig", ["UnusedAccountValidityDays", ""]);
    let new = member("Policies", ["PasswordPolicy", "TemporaryPasswordValidityDays"]);
    refuse_if(
        old > 0 && new > 0,
        "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays",
    )
}

/// R2: `{}` is what some descriptions show and no update takes. SNS and End User Messaging are alternatives.
fn one_way_to_send_texts(proposal: &Proposal<'_>) -> Checked {
    let Some(sms) = proposal.request.get("SmsConfiguration") else { return Ok(()) };
    match (sms["SnsCallerArn"].is_string(), sms["EumsSms"].is_object()) {
        (false, false) => Err(Refusal::invalid_parameter(
            "1 validation error detected: Value null at 'smsConfiguration.snsCallerArn' failed to satisfy constraint: \
             Member must not be null",
        )),
        (true, true) => {
            Err(Refusal::invalid_parameter("SnsCallerArn and EumsSms cannot both be provided."))
        }
        _ => Ok(()),
    }
}

/// R3 (aws-cli #8280).
fn one_email_message(proposal: &Proposal<'_>) -> Checked {
    let template = &proposal.document["VerificationMessageTemplate"];
    refuse_if(
        template["EmailMessage"].is_string() && template["EmailMessageByLink"].is_string(),
        "The message is invalid.",
    )
}

/// R4, from the API reference; the service's own words are not known.
fn own_sender_for_own_message(proposal: &Proposal<'_>) -> Checked {
    let template = &proposal.document["VerificationMessageTemplate"];
    let invitation = &proposal.document["AdminCreateUserConfig"]["InviteMessageTemplate"];
    let own = |messages: &Value| {
        ["EmailMessage", "EmailSubject"].iter().any(|name| messages[name].is_string())
    };
    refuse_if(
        proposal.document["EmailConfiguration"]["EmailSendingAccount"] != "DEVELOPER"
            && (own(template) || own(invitation)),
        "Email messages and subjects can be customized only when EmailSendingAccount is DEVELOPER.",
    )
}

/// R5 (aws-cli #7151, where the verified attributes were left out and thereby reset).
fn verified_before_update(proposal: &Proposal<'_>) -> Checked {
    let member = |name: &str| proposal.document.get(name).unwrap_or(&Value::Null);
    let verified: Vec<String> = many(member("AutoVerifiedAttributes")).collect();
    let required =
        &member("UserAttributeUpdateSettings")["AttributesRequireVerificationBeforeUpdate"];
    refuse_if(
        many(required).any(|attribute| !verified.contains(&attribute)),
        "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes",
    )
}

/// R12, from the API reference ("have the same value").
fn one_pre_token_function(proposal: &Proposal<'_>) -> Checked {
    let Some(triggers) = proposal.request.get("LambdaConfig") else { return Ok(()) };
    let (old, new) =
        (&triggers["PreTokenGeneration"], &triggers["PreTokenGenerationConfig"]["LambdaArn"]);
    refuse_if(
        old.is_string() && new.is_string() && old != new,
        "PreTokenGeneration and PreTokenGenerationConfig.LambdaArn must have the same value.",
    )
}

/// R15, from the API reference of `LambdaConfigType`: "Amazon Cognito uses the key to encrypt codes and temporary passwords sent to
/// custom sender Lambda triggers". The service's own words are not known.
fn key_of_custom_senders(proposal: &Proposal<'_>) -> Checked {
    let triggers = proposal.document.get("LambdaConfig").unwrap_or(&Value::Null);
    let sends = ["CustomEmailSender", "CustomSMSSender"].iter().any(|it| triggers[it].is_object());
    refuse_if(
        sends && !triggers["KMSKeyID"].is_string(),
        "KMSKeyID is required for custom sender Lambda triggers.",
    )
}

/// R7 (terraform-provider-aws #40734, amplify-backend #2805). The name of the V2 feature is not known.
fn features_of_the_tier(proposal: &Proposal<'_>) -> Checked {
    let document = proposal.document;
    let tier = document["UserPoolTier"].as_str().unwrap_or_default();
    let member = |name: &str| document.get(name).unwrap_or(&Value::Null);
    let trigger = &document["LambdaConfig"]["PreTokenGenerationConfig"]["LambdaVersion"];
    let policies = &document["Policies"];
    let threats = &member("UserPoolAddOns")["AdvancedSecurityMode"];
    let above_lite = [
        (trigger == "V2_0" || trigger == "V3_0", "Access Token Customization"),
        (
            many(&policies["SignInPolicy"]["AllowedFirstAuthFactors"]).any(|f| f != "PASSWORD"),
            "Passwordless Sign-In",
        ),
        (
            policies["PasswordPolicy"]["PasswordHistorySize"].as_u64().unwrap_or(0) > 0,
            "Password History",
        ),
    ];
    let above_essentials = [(threats == "AUDIT" || threats == "ENFORCED", "Threat Protection")];
    let used = match tier {
        "LITE" if proposal.pool.grandfathered && trigger != "V3_0" => &above_lite[1..],
        "LITE" => &above_lite[..],
        _ => &[],
    };
    let protected =
        if tier == "PLUS" || proposal.pool.grandfathered { &[][..] } else { &above_essentials[..] };
    match used.iter().chain(protected).find(|(is_used, _)| *is_used) {
        None => Ok(()),
        Some((_, feature)) => Err(Refusal::new(
            400,
            "FeatureUnavailableInTierException",
            format!(
                "The following features need to be disabled for the {tier} pricing tier configured: {feature}"
            ),
        )),
    }
}

/// R8 (aws-cdk #12075, #11478; amplify-backend #1523; the last of the three measured by go-to-k/cdkd, without a text).
fn usable_second_factor(proposal: &Proposal<'_>) -> Checked {
    let document = proposal.document;
    let texts = document.contains_key("SmsConfiguration");
    let verified = document.get("AutoVerifiedAttributes").unwrap_or(&Value::Null);
    let mode = &document["MfaConfiguration"];
    refuse_if(
        many(verified).any(|attribute| attribute == "phone_number") && !texts,
        "SMS configuration is required when phone_number is selected for auto verification",
    )?;
    refuse_if(
        mode != "OFF" && !texts && !proposal.pool.second_factor,
        "SMS configuration and Auto verification for phone_number are required when MFA is required/optional",
    )?;
    refuse_if(
        mode == "ON"
            && many(&document["Policies"]["SignInPolicy"]["AllowedFirstAuthFactors"])
                .any(|factor| factor == "EMAIL_OTP" || factor == "SMS_OTP"),
        "MFA cannot be required when one-time passwords are first factors.",
    )
}

/// R10. A role that is gone is said to lack trust (nx-plugin-for-aws #631).
fn sms_role(layer: &Layer, proposal: &Proposal<'_>) -> Checked {
    let Some(sms) = proposal.document.get("SmsConfiguration") else { return Ok(()) };
    let Some(arn) = sms["SnsCallerArn"].as_str() else { return Ok(()) };
    let world = layer.world();
    let role = world
        .role(arn)
        .filter(|role| role.trusts_cognito(sms["ExternalId"].as_str().unwrap_or_default()));
    let Some(role) = role else {
        let message = "Role does not have a trust relationship allowing Cognito to assume the role";
        return Err(Refusal::new(400, "InvalidSmsRoleTrustRelationshipException", message));
    };
    if role.may_publish() {
        return Ok(());
    }
    let message = "Role does not have permission to publish with SNS";
    Err(Refusal::new(400, "InvalidSmsRoleAccessPolicyException", message))
}

pub(crate) fn refuse_if(wrong: bool, message: &str) -> Checked {
    if wrong { Err(Refusal::invalid_parameter(message)) } else { Ok(()) }
}
