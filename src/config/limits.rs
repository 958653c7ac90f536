//! What AWS takes: lengths, characters and ranges, as the parts of the JSON Schema that judge single values.
//!
//! From the API models of 2026-11 (`cognito-idp` 2016-04-18, `lambda` 2015-03-31, `iam` 2010-05-08, `logs` 2014-03-28)
//! and the user guides, as noted at each. Besides the words of JSON Schema there are five of ours: `x-must-be` says in
//! words what a pattern asks for, `x-why` gives the reason of a range, `x-refused` the reasons of values that AWS knows
//! and a stack cannot have, `x-refused-keys` those of keys, `x-such-as` what may have been meant.

mod api_gateway;
mod caller;
mod function;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Value, json};

use crate::model::{KNOWN_REGIONS, REGION_PATTERN};
pub(super) use api_gateway::api_gateway;
pub(super) use caller::profile;
pub(super) use function::{
    kms_key_arn, layers, reserved_concurrency, security_group_ids, subnet_ids,
};

/// Lambda's `FunctionName` without ARN parts, and IAM's `roleNameType`: both end at 64 characters.
pub(super) const FUNCTION_NAME: usize = 64;
/// Cognito's `UserPoolNameType` and `ClientNameType`.
pub(super) const POOL_NAME: usize = 128;
/// Cognito's `DomainType`.
pub(super) const DOMAIN_NAME: usize = 63;
/// All variables of a function together, measured as JSON ("Lambda quotas").
pub(super) const ENVIRONMENT_BYTES: usize = 4096;
/// Resource servers of a pool, unless the quota was raised ("Quotas in Amazon Cognito").
pub(super) const RESOURCE_SERVERS: usize = 25;
/// Cognito's `ResourceServerNameType`.
pub(super) const RESOURCE_SERVER_NAME: usize = 256;
/// What a client may ask for (`AllowedOAuthScopes`, `ScopeListType`).
pub(super) const CLIENT_SCOPES: usize = 50;
/// Scopes of a resource server (`ResourceServerScopeListType`).
const SCOPES: usize = 100;

/// What a kind of text is made of.
struct Text {
    pattern: &'static str,
    max: usize,
    must_be: &'static str,
}

/// Only what function, role, log group and pool names have in common (`FunctionName`, `roleNameType`, `LogGroupName`).
const STACK_NAME: Text = Text {
    pattern: "^[A-Za-z0-9_-]+$",
    max: FUNCTION_NAME - "-pre-token".len(),
    must_be: "made of letters, digits, `-` and `_`",
};
/// An environment's name, or a pattern for names; it ends up in every resource's name.
const ENVIRONMENT_NAME: Text = Text {
    pattern: "^[a-z0-9*][a-z0-9*-]*$",
    max: 50,
    must_be: "made of lower-case letters, digits and `-`; `*` stands for any",
};
const REGION: Text =
    Text { pattern: REGION_PATTERN, max: 32, must_be: "the name of a region, such as `eu-west-1`" };
const ACCOUNT_ID: Text =
    Text { pattern: "^[0-9]{12}$", max: 12, must_be: "an account id: twelve digits" };
/// `UserPoolNameType`, `ClientNameType` and `ResourceServerNameType` share their characters.
const NAME: Text = Text {
    pattern: "^[A-Za-z0-9_ +=,.@-]+$",
    max: POOL_NAME,
    must_be: "made of letters, digits, spaces and `_+=,.@-`",
};
/// An API's key stands before a colon in promises.
const API_NAME: Text =
    Text { pattern: "^[A-Za-z0-9_-]+$", max: 64, must_be: "made of letters, digits, `-` and `_`" };
/// `UserPoolIdType`, with the region that every id begins with, or the ARN that ends in it.
const POOL_ID: Text = Text {
    pattern: "^(arn:aws[a-z-]*:cognito-idp:[a-z0-9-]+:[0-9]{12}:userpool/)?([a-z]+-)+[0-9]_[0-9A-Za-z]+$",
    max: 160,
    must_be: "the id or the ARN of a user pool, such as `eu-west-1_AbCdEf123`",
};
/// `CustomAttributeNameType`, without the characters that rules and templates could not name.
const ATTRIBUTE: Text = Text {
    pattern: "^[A-Za-z0-9_.-]+$",
    max: 25,
    must_be: "the name of an attribute, without `custom:`: letters, digits and `_.-`",
};
/// `DomainType`, for a prefix: custom domains have dots.
const DOMAIN: Text = Text {
    pattern: "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",
    max: DOMAIN_NAME,
    must_be: "made of lower-case letters, digits and `-`, with no `-` at either end",
};
/// IAM's `arnType`, for a managed policy of an account or of AWS ("Identify IAM resources", IAM User Guide).
const POLICY_ARN: Text = Text {
    pattern: "^arn:aws[a-z-]*:iam::(aws|[0-9]{12}):policy/[A-Za-z0-9_+=,.@/-]+$",
    max: 2048,
    must_be: "the ARN of a managed policy, such as `arn:aws:iam::123456789012:policy/boundary`",
};
/// What IAM, Lambda, CloudWatch Logs and Cognito have in common (`tagKeyType` and its like).
const TAG_KEY: Text = Text {
    pattern: r##"^[^\x00-\x1F\x7F!"#$%&'()*,;<>?\[\\\]^`{|}~]+$"##,
    max: 128,
    must_be: "made of letters, digits, spaces and `_.:/=+-@`",
};
/// A resource carries fifty tags at most; the stack's own, and what it remembers, need some.
const TAGS: usize = 25;
/// `ClientIdType`.
const CLIENT_ID: Text =
    Text { pattern: "^[A-Za-z0-9_+]+$", max: 128, must_be: "the id of an app client" };
/// `ResourceServerIdentifierType`.
const IDENTIFIER: Text = Text {
    pattern: r"^[!#-\[\]-~]+$",
    max: 256,
    must_be: r#"printable ASCII without spaces, `"` and `\`"#,
};
/// `ResourceServerScopeNameType`: as an identifier, and without the slash that parts the two.
const SCOPE_NAME: Text = Text {
    pattern: r"^[!#-.0-\[\]-~]+$",
    max: 256,
    must_be: r#"printable ASCII without spaces, `/`, `"` and `\`"#,
};
/// `GroupNameType`: letters, marks, symbols, numbers and punctuation of any script.
const GROUP_NAME: Text = Text {
    pattern: r"^[^\s\x00-\x1F\x7F]+$",
    max: 128,
    must_be: "without spaces and control characters",
};
/// `ProviderNameTypeV2`.
const PROVIDER_NAME: Text = Text {
    pattern: r"^[^_\s\x00-\x1F\x7F][^\s\x00-\x1F\x7F]+[^_\s\x00-\x1F\x7F]$",
    max: 32,
    must_be: "three characters or more, without spaces, and with no `_` at either end",
};
/// `IdpIdentifierType`.
const IDP_IDENTIFIER: Text = Text {
    pattern: r"^[A-Za-z0-9_+.\s=@-]+$",
    max: 40,
    must_be: "made of letters, digits, spaces and `_+.=@-`",
};
/// Lambda's `EnvironmentVariableName`.
const VARIABLE_NAME: Text = Text {
    pattern: "^[A-Za-z][A-Za-z0-9_]+$",
    max: 512,
    must_be: "made of letters, digits and `_`, begin with a letter and have at least two characters",
};

/// Functions and roles are called `<name>-pre-token`, in 64 characters.
pub(super) fn stack_name(_: &mut SchemaGenerator) -> Schema {
    STACK_NAME.schema()
}

/// A table of `overlays` whose keys are environments or patterns for environments.
pub(super) fn environments(overlays: &Value) -> Schema {
    ENVIRONMENT_NAME.keys_of(overlays)
}

pub(super) fn region(_: &mut SchemaGenerator) -> Schema {
    let mut schema = REGION.schema();
    schema.insert("x-such-as".to_owned(), json!(KNOWN_REGIONS.as_slice()));
    schema
}

pub(super) fn account_ids(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": ACCOUNT_ID.schema(), "uniqueItems": true })
}

pub(super) fn directory(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "minLength": 1 })
}

/// "Lambda quotas": memory allocation.
pub(super) fn memory_mb(_: &mut SchemaGenerator) -> Schema {
    whole_number(128, 10_240, "Lambda gives a function 128 to 10240 MB")
}

/// "Customizing user pool workflows with Lambda triggers", Cognito Developer Guide.
pub(super) fn timeout_s(_: &mut SchemaGenerator) -> Schema {
    whole_number(1, 5, "Cognito waits five seconds for a trigger, never longer")
}

/// `Days` in `logs`; without any, events are kept for ever.
pub(super) fn log_retention_days(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "enum": [
            1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
            "never",
        ],
    })
}

/// `tagValueType` and its like.
pub(super) fn tags(_: &mut SchemaGenerator) -> Schema {
    let value = json_schema!({
        "type": "string", "maxLength": 256,
        "pattern": r##"^[^\x00-\x1F\x7F!"#$%&'()*,;<>?\[\\\]^`{|}~]*$"##, "x-must-be": TAG_KEY.must_be,
    });
    let mut tags = TAG_KEY.keys_of(&value);
    tags.insert("maxProperties".to_owned(), TAGS.into());
    tags
}

pub(super) fn environment(_: &mut SchemaGenerator) -> Schema {
    VARIABLE_NAME.keys_of(&json_schema!({ "type": "string" }))
}

pub(super) fn policy_arn(_: &mut SchemaGenerator) -> Schema {
    POLICY_ARN.schema()
}

/// "IAM and AWS STS quotas": ten managed policies a role, unless the quota was raised.
pub(super) fn policy_arns(_: &mut SchemaGenerator) -> Schema {
    POLICY_ARN.list(20)
}

/// "IAM JSON policy elements: Action". `*` alone would be everything.
const ACTION: Text = Text {
    pattern: r"^[a-z0-9-]+:[A-Za-z0-9*?]+$",
    max: 128,
    must_be: "an action of a service, such as `dynamodb:GetItem`",
};
/// "IAM JSON policy elements: Resource".
const RESOURCE: Text = Text {
    pattern: r"^(\*|arn:[^\x00-\x20\x7F]+)$",
    max: 2048,
    must_be: "an ARN, or `*` for actions that AWS cannot limit",
};

pub(super) fn actions(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": ACTION.schema(), "minItems": 1, "uniqueItems": true })
}

pub(super) fn resources(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": RESOURCE.schema(), "minItems": 1, "uniqueItems": true })
}

/// Operators with their keys and values ("IAM JSON policy elements: Condition").
pub(super) fn conditions(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "additionalProperties": { "type": "object", "additionalProperties": {} } })
}

pub(super) fn keep_versions(_: &mut SchemaGenerator) -> Schema {
    whole_number(1, 1000, "the version that serves is one of them")
}

/// "Pre token generation Lambda trigger", Cognito Developer Guide.
pub(super) fn refused_event_versions() -> Value {
    json!({ "V1_0": "at V1_0 a trigger cannot change the scopes of an access token" })
}

pub(super) fn pools<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    let mut pools = NAME.keys_of(&generator.subschema_for::<T>());
    pools.insert("minProperties".to_owned(), 1.into());
    pools
}

/// `CustomAttributeNameType` is at most 20 characters; no standard name is longer.
pub(super) fn user_attributes<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    ATTRIBUTE.keys_of(&generator.subschema_for::<T>())
}

/// Cognito keeps at most 2048 characters of an attribute.
pub(super) fn attribute_length(_: &mut SchemaGenerator) -> Schema {
    whole_number(0, 2048, "Cognito keeps at most 2048 characters of an attribute")
}

pub(super) fn apis<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    API_NAME.keys_of(&generator.subschema_for::<T>())
}

/// A fact's name stands before a dot in rules.
pub(super) fn facts<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    API_NAME.keys_of(&generator.subschema_for::<T>())
}

/// What of it a token may be sent to is judged in `check`.
pub(super) fn url(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "minLength": 1, "maxLength": 2048 })
}

/// Numbers, texts and lists of both: judged in `check`.
pub(super) fn status(_: &mut SchemaGenerator) -> Schema {
    json_schema!({})
}

pub(super) fn domain(_: &mut SchemaGenerator) -> Schema {
    DOMAIN.schema()
}

/// A host's name (RFC 1035), with at least one dot.
const MAIL_DOMAIN: Text = Text {
    pattern: r"^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*$",
    max: 200,
    must_be: "the name of a domain, such as `example.com`",
};

pub(super) fn mail_domain(_: &mut SchemaGenerator) -> Schema {
    MAIL_DOMAIN.schema()
}

/// `UsernameType`.
pub(super) fn username(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "minLength": 1, "maxLength": 128 })
}

/// More would be a load test.
pub(super) fn sign_ins(_: &mut SchemaGenerator) -> Schema {
    whole_number(1, 10_000, "a proof needs at least one sign-in, and no more than ten thousand")
}

pub(super) fn pool_id(_: &mut SchemaGenerator) -> Schema {
    POOL_ID.schema()
}

/// "Pre token generation Lambda trigger", Cognito Developer Guide.
pub(super) fn refused_tiers() -> Value {
    json!({ "LITE": "a pool at LITE runs its trigger at V1_0 only, and that cannot change access tokens" })
}

pub(super) fn clients<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    NAME.keys_of(&generator.subschema_for::<T>())
}

pub(super) fn client_id(_: &mut SchemaGenerator) -> Schema {
    CLIENT_ID.schema()
}

/// `AccessTokenValidity` in the API reference of `CreateUserPoolClient`.
pub(super) fn access_token_minutes(_: &mut SchemaGenerator) -> Schema {
    whole_number(5, 1440, "Cognito issues access tokens for five minutes to one day")
}

/// `IdTokenValidity` in the API reference of `CreateUserPoolClient`.
pub(super) fn id_token_minutes(_: &mut SchemaGenerator) -> Schema {
    whole_number(5, 1440, "Cognito issues ID tokens for five minutes to one day")
}

const REFRESH_TOKENS: &str = "Cognito issues refresh tokens for one hour to ten years";

/// "Using tokens with user pools", Cognito Developer Guide.
pub(super) fn refresh_token_days(_: &mut SchemaGenerator) -> Schema {
    whole_number(1, 3650, REFRESH_TOKENS)
}

pub(super) fn refresh_token_minutes(_: &mut SchemaGenerator) -> Schema {
    whole_number(60, 3650 * 24 * 60, REFRESH_TOKENS)
}

pub(super) fn resource_servers<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    IDENTIFIER.keys_of(&generator.subschema_for::<T>())
}

pub(super) fn resource_server_name(_: &mut SchemaGenerator) -> Schema {
    Text { max: 256, ..NAME }.schema()
}

/// `ResourceServerScopeListType`; descriptions are `ResourceServerScopeDescriptionType`.
pub(super) fn scopes(_: &mut SchemaGenerator) -> Schema {
    let description = json_schema!({ "type": "string", "minLength": 1, "maxLength": 256 });
    let mut scopes = SCOPE_NAME.keys_of(&description);
    scopes.insert("maxProperties".to_owned(), SCOPES.into());
    scopes
}

/// A group is its description, or a table.
pub(super) fn groups<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    let table = generator.subschema_for::<T>();
    GROUP_NAME.keys_of(&json_schema!({
        "description": "A group of users: its description, or a table",
        "anyOf": [group_description(generator), table],
    }))
}

/// `DescriptionType`.
pub(super) fn group_description(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "maxLength": 2048 })
}

/// `PrecedenceType`, as far as JSON and TOML agree on it.
pub(super) fn precedence(_: &mut SchemaGenerator) -> Schema {
    whole_number(0, i32::MAX.unsigned_abs(), "zero comes first")
}

/// IAM's `arnType`, for a role.
const ROLE_ARN: Text = Text {
    pattern: "^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$",
    max: 2048,
    must_be: "the ARN of a role, such as `arn:aws:iam::123456789012:role/staff`",
};

pub(super) fn role_arn(_: &mut SchemaGenerator) -> Schema {
    ROLE_ARN.schema()
}

pub(super) fn identity_providers<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    PROVIDER_NAME.keys_of(&generator.subschema_for::<T>())
}

pub(super) fn provider_details<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    Text { max: 131_072, ..GROUP_NAME }.keys_of(&generator.subschema_for::<T>())
}

/// `AttributeMappingType`: the pool's attribute, then the provider's claim.
pub(super) fn attribute_mapping(_: &mut SchemaGenerator) -> Schema {
    let claim = json_schema!({ "type": "string", "maxLength": 131_072 });
    Text { max: 32, ..GROUP_NAME }.keys_of(&claim)
}

/// `IdpIdentifiersListType`.
pub(super) fn idp_identifiers(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": IDP_IDENTIFIER.schema(), "maxItems": 50, "uniqueItems": true })
}

/// `AttributeNameType` and `AttributeValueType`.
pub(super) fn attributes(_: &mut SchemaGenerator) -> Schema {
    let value = json_schema!({ "type": "string", "maxLength": 2048 });
    Text { max: 32, ..GROUP_NAME }.keys_of(&value)
}

/// Scopes of a token: `ScopeType` has the characters of identifiers, slash included, as RFC 6749 does.
pub(super) fn token_scopes(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": IDENTIFIER.schema() })
}

impl Text {
    fn schema(&self) -> Schema {
        json_schema!({
            "type": "string", "minLength": 1, "maxLength": self.max,
            "pattern": self.pattern, "x-must-be": self.must_be,
        })
    }

    /// At most `max` such texts, each once.
    fn list(&self, max: usize) -> Schema {
        json_schema!({ "type": "array", "items": self.schema(), "uniqueItems": true, "maxItems": max })
    }

    /// A table of `values` whose keys are such texts.
    fn keys_of(&self, values: &impl Serialize) -> Schema {
        json_schema!({ "type": "object", "propertyNames": self.schema(), "additionalProperties": values })
    }
}

fn whole_number(min: u32, max: u32, why: &str) -> Schema {
    json_schema!({ "type": "integer", "minimum": min, "maximum": max, "x-why": why })
}
