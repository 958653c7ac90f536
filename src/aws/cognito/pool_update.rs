//! What AWS would refuse in an update that gives a pool's description back, taken out or put right.

use serde_json::{Map, Value, json};

use super::document::{Update, text};

pub(super) const LAMBDAS: &str = "LambdaConfig";
pub(super) const TRIGGER: &str = "PreTokenGenerationConfig";
/// The field of before event versions. AWS wants it to name the same function as [`TRIGGER`], or not to be there.
pub(super) const LEGACY_TRIGGER: &str = "PreTokenGeneration";

/// The messages that stand in a pool twice: at the top, where they are no longer used, and in the template.
pub(super) const MIRRORED_MESSAGES: [(&str, &str); 3] = [
    ("SmsVerificationMessage", "SmsMessage"),
    ("EmailVerificationMessage", "EmailMessage"),
    ("EmailVerificationSubject", "EmailSubject"),
];

/// An update that AWS accepts, with all of it that can be.
pub(super) fn make_acceptable(update: &mut Update) {
    mirror_the_trigger(&mut update.body);
    one_form_of_messages(update);
    one_validity_of_new_users(&mut update.body);
    only_verified_attributes(update);
    without_aws_tags(&mut update.body);
    whole_sections_only(update);
    nothing_above_the_tier(&mut update.body);
}

/// Both forms of the slot name the same function, or the update is refused.
fn mirror_the_trigger(body: &mut Map<String, Value>) {
    let arn = body.get(LAMBDAS).and_then(|lambdas| text(lambdas, &[TRIGGER, "LambdaArn"]));
    if let (Some(arn), Some(lambdas)) = (arn, body.get_mut(LAMBDAS)) {
        lambdas[LEGACY_TRIGGER] = json!(arn);
    }
}

/// A message goes back in the template alone, or, where the template has none, at the top; and of the two e-mails for
/// verification, by code and by link, only the one in use: AWS refuses both together.
fn one_form_of_messages(update: &mut Update) {
    const TEMPLATE: &str = "VerificationMessageTemplate";
    let Some(Value::Object(template)) = update.body.get(TEMPLATE) else { return };
    let by_link =
        template.get("DefaultEmailOption").is_some_and(|option| option == "CONFIRM_WITH_LINK");
    let used = if by_link { "EmailMessageByLink" } else { "EmailMessage" };
    let unused = if by_link {
        ["EmailMessage", "EmailSubject"]
    } else {
        ["EmailMessageByLink", "EmailSubjectByLink"]
    };
    let in_use = template.contains_key(used);
    let mirrored = MIRRORED_MESSAGES.map(|(top, name)| template.contains_key(name).then_some(top));
    for name in unused.into_iter().filter(|_| in_use) {
        update.leave_out(TEMPLATE, name);
    }
    for top in mirrored.into_iter().flatten() {
        update.body.shift_remove(top);
    }
}

/// The older of the two settings is refused beside the newer one, even with the same value.
fn one_validity_of_new_users(body: &mut Map<String, Value>) {
    let password = body.get("Policies").and_then(|policies| policies.get("PasswordPolicy"));
    let newer =
        password.is_some_and(|policy| policy.get("TemporaryPasswordValidityDays").is_some());
    if let (true, Some(Value::Object(config))) = (newer, body.get_mut("AdminCreateUserConfig")) {
        config.shift_remove("UnusedAccountValidityDays");
    }
}

/// What is to be verified before an update must be verified automatically.
fn only_verified_attributes(update: &mut Update) {
    const SETTINGS: &str = "UserAttributeUpdateSettings";
    const NAME: &str = "AttributesRequireVerificationBeforeUpdate";
    let required =
        update.body.get(SETTINGS).and_then(|settings| settings.get(NAME)).and_then(Value::as_array);
    let verified = update.body.get("AutoVerifiedAttributes").and_then(Value::as_array);
    let is_verified = |name: &&Value| verified.is_some_and(|verified| verified.contains(name));
    let Some(required) =
        required.filter(|required| !required.iter().all(|name| is_verified(&name)))
    else {
        return;
    };
    let kept: Vec<Value> = required.iter().filter(is_verified).cloned().collect();
    update.leave_out(SETTINGS, NAME);
    if kept.is_empty() {
        update.body.shift_remove(SETTINGS);
    } else {
        update.body[SETTINGS][NAME] = Value::Array(kept);
    }
}

/// Tags that AWS makes itself cannot be written, and stay.
pub(super) fn without_aws_tags(body: &mut Map<String, Value>) {
    if let Some(Value::Object(tags)) = body.get_mut("UserPoolTags") {
        tags.retain(|key, _| !key.starts_with("aws:"));
    }
}

/// Sections without the members that they must have are refused, or would turn something on.
fn whole_sections_only(update: &mut Update) {
    const NEEDS: [(&str, &[&str]); 4] = [
        ("SmsConfiguration", &["SnsCallerArn", "EumsSms"]),
        ("UserPoolAddOns", &["AdvancedSecurityMode"]),
        ("AccountRecoverySetting", &["RecoveryMechanisms"]),
        ("DcrConfiguration", &["EnableStatus"]),
    ];
    for (section, any_of) in NEEDS {
        let is_whole = |value: &Value| any_of.iter().any(|name| value.get(name).is_some());
        if update.body.get(section).is_some_and(|value| !is_whole(value)) {
            update.leave_out_all(section);
        }
    }
}

/// A LITE pool describes the one way to sign in that it has, as a member of a policy that needs a higher tier.
fn nothing_above_the_tier(body: &mut Map<String, Value>) {
    let lite = body.get("UserPoolTier").is_some_and(|tier| tier == "LITE");
    if let (true, Some(Value::Object(policies))) = (lite, body.get_mut("Policies")) {
        let only_passwords = json!({ "AllowedFirstAuthFactors": ["PASSWORD"] });
        if policies.get("SignInPolicy") == Some(&only_passwords) {
            policies.shift_remove("SignInPolicy");
        }
    }
}
