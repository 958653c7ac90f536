//! Attributes of a pool's users, as `deploy.toml` declares them and AWS's schema describes them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// What a pool says of one attribute. Neither can its type be changed, nor whether it is mutable or required
/// ("User pool attributes", Cognito Developer Guide).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// `String`, `Number`, `DateTime` or `Boolean`.
    pub kind: String,
    /// Whether it can be written after the user was made.
    pub mutable: bool,
    /// Whether every user must have it: standard ones alone.
    pub required: bool,
    /// Shortest and longest text, or smallest and largest number.
    pub limits: [Option<i64>; 2],
}

/// Attributes by AWS's own names: `custom:tenant`, `email`.
pub type Attributes = BTreeMap<String, Attribute>;

/// The members of both kinds of limits.
const LIMITS: [(&str, [&str; 2]); 2] = [
    ("StringAttributeConstraints", ["MinLength", "MaxLength"]),
    ("NumberAttributeConstraints", ["MinValue", "MaxValue"]),
];
/// Standard attributes ("User pool attributes", Cognito Developer Guide); all others are custom ones.
const STANDARD: [&str; 19] = [
    "address",
    "birthdate",
    "email",
    "email_verified",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "phone_number_verified",
    "picture",
    "preferred_username",
    "profile",
    "updated_at",
    "website",
    "zoneinfo",
];

/// All that AWS defines.
pub fn standard_attributes() -> impl Iterator<Item = &'static str> {
    STANDARD.into_iter()
}

/// Whether AWS defines it.
#[must_use]
pub fn is_standard(name: &str) -> bool {
    STANDARD.contains(&name)
}

/// The type of an attribute that AWS defines; all others are texts unless something else is said.
#[must_use]
pub fn usual_kind(name: &str) -> &'static str {
    match name {
        "email_verified" | "phone_number_verified" => "Boolean",
        "updated_at" => "Number",
        _ => "String",
    }
}

impl Attribute {
    /// A standard attribute as a pool has it that says nothing about it.
    #[must_use]
    pub fn usual(name: &str) -> Self {
        let kind = usual_kind(name).to_owned();
        Self { kind, mutable: true, required: false, limits: [None; 2] }
    }

    /// `SchemaAttributeType`. AWS writes `custom:` before the name of a custom one itself.
    #[must_use]
    pub fn to_api(&self, name: &str) -> Value {
        let mut described = json!({
            "Name": name.strip_prefix("custom:").unwrap_or(name),
            "AttributeDataType": self.kind,
            "Mutable": self.mutable,
            "Required": self.required,
        });
        let which = usize::from(self.kind == "Number");
        let (member, names) = LIMITS[which];
        let limits: Map<_, _> = names
            .iter()
            .zip(self.limits)
            .filter_map(|(name, limit)| Some(((*name).to_owned(), json!(limit?.to_string()))))
            .collect();
        if !limits.is_empty() {
            described[member] = Value::Object(limits);
        }
        described
    }

    /// What a description (`SchemaAttributes`) says of each.
    #[must_use]
    pub fn all_of(described: &Value) -> Attributes {
        let schema = described["SchemaAttributes"].as_array().into_iter().flatten();
        schema.filter_map(Self::described).collect()
    }

    /// What a description (`SchemaAttributeType`) says of one, and its name. Limits are numbers in texts.
    #[must_use]
    pub fn described(attribute: &Value) -> Option<(String, Self)> {
        let limits = LIMITS.iter().find_map(|(member, names)| {
            let found = attribute.get(member)?;
            Some(names.map(|name| found[name].as_str()?.parse().ok()))
        });
        let text = |name: &str| attribute[name].as_str().map(ToOwned::to_owned);
        let this = Self {
            kind: text("AttributeDataType")?,
            mutable: attribute["Mutable"] != false,
            required: attribute["Required"] == true,
            limits: limits.unwrap_or_default(),
        };
        Some((text("Name")?, this))
    }

    /// In what a pool's attribute is not the one that is declared: key, what is there, what is declared. A limit that is
    /// not declared is any.
    #[must_use]
    pub fn unlike(&self, seen: &Self) -> Option<(&'static str, Value, Value)> {
        let limits = if self.kind == "Number" {
            ["min_value", "max_value"]
        } else {
            ["min_length", "max_length"]
        };
        let limit = |at: usize| {
            let seen = self.limits[at].and(seen.limits[at]);
            (limits[at], json!(seen), json!(self.limits[at]))
        };
        let all = [
            ("type", json!(seen.kind), json!(self.kind)),
            ("mutable", json!(seen.mutable), json!(self.mutable)),
            ("required", json!(seen.required), json!(self.required)),
            limit(0),
            limit(1),
        ];
        all.into_iter().find(|(_, seen, wanted)| seen != wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_described_as_it_was_sent() {
        let text = Attribute {
            kind: "String".to_owned(),
            mutable: true,
            required: false,
            limits: [Some(1), Some(64)],
        };
        let number =
            Attribute { kind: "Number".to_owned(), limits: [None, Some(9)], ..text.clone() };
        let mut sent = text.to_api("custom:tenant");
        assert_eq!(sent["Name"], "tenant");
        sent["Name"] = json!("custom:tenant");
        let described = json!({ "SchemaAttributes": [sent, number.to_api("level")] });
        let expected: Attributes =
            [("custom:tenant".to_owned(), text.clone()), ("level".to_owned(), number.clone())]
                .into();
        assert_eq!(Attribute::all_of(&described), expected);
        assert_eq!(text.unlike(&number), Some(("type", json!("Number"), json!("String"))));
        let unlimited = Attribute { limits: [Some(1), None], ..text.clone() };
        assert_eq!(text.unlike(&unlimited), Some(("max_length", Value::Null, json!(64))));
        assert_eq!(Attribute { limits: [None; 2], ..text.clone() }.unlike(&text), None);
    }
}
