//! What somebody does by hand to what a stack declared.

use pretoken::model::aws_api::DeclaredSettings;
use pretoken::model::{Function, Vpc};

/// Takes the settings of a function.
pub fn undo(function: &mut Function) {
    function.settings.memory_mb = 3008;
    function.settings.code_sha256 = "other code".into();
    function.settings.vpc = Some(Vpc::default());
    function.settings.layers = Some(vec![]);
    function.settings.kms_key_arn = None;
    function.reserved_concurrency = None;
    function.settings.environment.insert("LEFT".to_owned(), "over".to_owned());
    function.tags.0.insert("managed-by".to_owned(), "hand".to_owned());
}

/// Takes the settings of a pool, as far as its stack declares some.
pub fn undo_settings(settings: &mut DeclaredSettings) {
    settings["policies"]["password_policy"]["minimum_length"] = 6.into();
    settings.insert("mfa_configuration".to_owned(), "OFF".into());
    if let Some(triggers) = settings.get_mut("triggers") {
        triggers["pre_sign_up"] = "arn:aws:lambda:eu-west-1:1:function:x".into();
    }
    for key in ["auto_verified_attributes", "mfa", "log_delivery"] {
        settings.remove(key);
    }
}
