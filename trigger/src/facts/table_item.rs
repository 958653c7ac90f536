//! One item of a table by its key, or the items of a query: what `deploy.toml` says, and the request that it makes for a
//! subject ("`GetItem`", "Query", DynamoDB API reference).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::Subject;
use crate::rules::SubjectText;

/// One item of a table, by its key; with `index` or `limit` what a query for this key finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TableItem {
    /// The table's name.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[a-zA-Z0-9_.-]{3,255}$"), extend("x-must-be" = "the name of a table: 3 to 255 of a-z, A-Z, 0-9, `_`, `-` and `.`")))]
    pub table: String,
    /// The item's key: the name of the partition key, and of the sort key if the table has one, each with a text in which
    /// placeholders stand for what is known of the user (`"USER#{attributes.sub}"`).
    #[cfg_attr(feature = "schema", schemars(extend("minProperties" = 1, "maxProperties" = 2)))]
    pub key: BTreeMap<String, KeyValue>,
    /// The index whose key it is; without one, the table's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[a-zA-Z0-9_.-]{3,255}$"), extend("x-must-be" = "the name of an index: 3 to 255 of a-z, A-Z, 0-9, `_`, `-` and `.`")))]
    pub index: Option<String>,
    /// How many items to read at most: then the fact is a list of items, in the order of the sort key. Without it, it is one
    /// item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    pub limit: Option<u32>,
    /// The names of the attributes to ask for; without it, all that the item has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = 50), extend("uniqueItems" = true)))]
    pub attributes: Vec<String>,
    /// Whether writes that were just made must be seen, at twice the cost.
    #[serde(default)]
    pub consistent: bool,
    /// ARN of the key of KMS with which the table is encrypted, if it is a key of your own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(regex(pattern = r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$"), extend("x-must-be" = "the ARN of a key of KMS"))
    )]
    pub kms_key_arn: Option<String>,
}

/// The value of a key: a text, or a number that is written as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum KeyValue {
    /// A key of type string.
    Text(String),
    /// A key of type number: `{ number = "{attributes.custom:customer}" }`.
    Number(NumberKey),
    /// Every sort key of type string that begins like this: `{ begins_with = "ROLE#" }`, in a query.
    BeginsWith(KeyPrefix),
}

/// A key of type number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NumberKey {
    /// The number, with placeholders.
    number: String,
}

/// The beginning of a sort key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KeyPrefix {
    /// The beginning, with placeholders.
    begins_with: String,
}

impl KeyValue {
    /// As it is written, with its placeholders.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text)
            | Self::Number(NumberKey { number: text })
            | Self::BeginsWith(KeyPrefix { begins_with: text }) => text,
        }
    }

    /// The value of DynamoDB that this text is; an empty one is none, as for keys in general.
    fn value(&self, text: &str) -> Option<Value> {
        match self {
            _ if text.is_empty() => None,
            Self::Text(_) | Self::BeginsWith(_) => Some(json!({ "S": text })),
            Self::Number(_) => {
                text.parse::<f64>().is_ok_and(f64::is_finite).then(|| json!({ "N": text }))
            }
        }
    }
}

impl TableItem {
    /// Whether it is asked for by `Query`, and not by `GetItem`.
    #[must_use]
    pub fn is_query(&self) -> bool {
        self.index.is_some() || self.limit.is_some()
    }
}

/// What DynamoDB is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct TableRequest {
    /// `GetItem` or `Query`.
    pub operation: &'static str,
    /// Its body.
    pub body: Value,
    /// Whether the fact is a list of items.
    pub is_list: bool,
}

/// The key with its texts parsed.
#[derive(Debug, Clone)]
pub(super) struct CompiledItem(Vec<(String, SubjectText)>);

impl CompiledItem {
    /// Parses the key; or the paths to what is wrong, each with a sentence.
    pub(super) fn compile(item: &TableItem) -> Result<Self, Vec<(Vec<String>, String)>> {
        let (mut key, mut wrong) = (vec![], vec![]);
        let at = |part: &String| vec!["key".to_owned(), part.clone()];
        for (part, value) in &item.key {
            match SubjectText::parse(value.text()) {
                Ok(text) => key.push((part.clone(), text)),
                Err(reason) => wrong.push((at(part), reason)),
            }
        }
        let begun = item.key.iter().filter(|(_, value)| matches!(value, KeyValue::BeginsWith(_)));
        for (part, _) in begun.clone() {
            if !item.is_query() {
                let reason = "the beginning of a key is found by a query; say how many items to \
                              read at most: `limit = 20`";
                wrong.push((at(part), reason.to_owned()));
            }
        }
        if begun.count() == item.key.len() {
            let reason = "a query needs the partition key whole; name it beside this one";
            wrong.push((vec!["key".to_owned()], reason.to_owned()));
        }
        if wrong.is_empty() { Ok(Self(key)) } else { Err(wrong) }
    }

    /// The request for `subject`; nothing if its key cannot be made.
    pub(super) fn request(&self, item: &TableItem, subject: &Subject) -> Option<TableRequest> {
        let part = |(name, text): &(String, SubjectText)| {
            let (name, value) = item.key.get_key_value(name)?;
            Some((name.as_str(), value, value.value(&text.fill(subject)?)?))
        };
        let key = self.0.iter().map(part).collect::<Option<Vec<_>>>()?;
        let mut body = json!({ "TableName": item.table });
        // Under other names: many words are reserved in expressions ("Reserved words in DynamoDB").
        let mut names = Map::new();
        if item.consistent {
            body["ConsistentRead"] = true.into();
        }
        if !item.attributes.is_empty() {
            let wanted = item.attributes.iter().enumerate();
            let wanted: Vec<_> = wanted.map(|(place, name)| (format!("#{place}"), name)).collect();
            let all: Vec<_> = wanted.iter().map(|(short, _)| short.as_str()).collect();
            body["ProjectionExpression"] = all.join(",").into();
            names.extend(wanted.into_iter().map(|(short, name)| (short, name.as_str().into())));
        }
        let operation = if item.is_query() {
            query(item, &key, &mut names, &mut body);
            "Query"
        } else {
            let key = key.into_iter().map(|(name, _, value)| (name.to_owned(), value));
            body["Key"] = Value::Object(key.collect());
            "GetItem"
        };
        if !names.is_empty() {
            body["ExpressionAttributeNames"] = names.into();
        }
        Some(TableRequest { operation, body, is_list: item.limit.is_some() })
    }
}

/// What a query needs beside what it shares with `GetItem`.
fn query(
    item: &TableItem,
    key: &[(&str, &KeyValue, Value)],
    names: &mut Map<String, Value>,
    body: &mut Value,
) {
    let (mut terms, mut values) = (vec![], Map::new());
    for (place, (name, kind, value)) in key.iter().enumerate() {
        let (short, filled) = (format!("#k{place}"), format!(":k{place}"));
        terms.push(match kind {
            KeyValue::BeginsWith(_) => format!("begins_with({short}, {filled})"),
            KeyValue::Text(_) | KeyValue::Number(_) => format!("{short} = {filled}"),
        });
        names.insert(short, (*name).into());
        values.insert(filled, value.clone());
    }
    body["KeyConditionExpression"] = terms.join(" AND ").into();
    body["ExpressionAttributeValues"] = values.into();
    body["Limit"] = item.limit.unwrap_or(1).into();
    if let Some(index) = &item.index {
        body["IndexName"] = index.as_str().into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(item: Value, attributes: &[(&str, &str)]) -> Option<TableRequest> {
        let item: TableItem = serde_json::from_value(item).expect("an item");
        let attributes = attributes.iter().map(|(name, text)| ((*name).into(), (*text).into()));
        let subject = Subject { attributes: attributes.collect(), ..Subject::default() };
        CompiledItem::compile(&item).expect("a key").request(&item, &subject)
    }

    #[test]
    fn a_request_asks_for_one_item_and_what_is_wanted_of_it() {
        let key = json!({ "pk": "USER#{attributes.sub}", "sk": { "number": "{attributes.n}" } });
        let item = json!({ "table": "people", "key": key, "attributes": ["plan", "name"] });
        let found = request(item.clone(), &[("sub", "1"), ("n", "7")]).expect("a request");
        let expected = json!({
            "TableName": "people",
            "Key": { "pk": { "S": "USER#1" }, "sk": { "N": "7" } },
            "ProjectionExpression": "#0,#1",
            "ExpressionAttributeNames": { "#0": "plan", "#1": "name" },
        });
        assert_eq!((found.operation, found.body, found.is_list), ("GetItem", expected, false));
        for lacking in [&[("sub", "1")][..], &[("n", "7")], &[("sub", "1"), ("n", "inf")], &[]] {
            assert_eq!(request(item.clone(), lacking), None, "{lacking:?}");
        }
    }

    #[test]
    fn an_empty_key_is_none() {
        let item = json!({ "table": "people", "key": { "pk": "{attributes.x}" } });
        assert_eq!(request(item, &[("x", "")]), None);
    }

    #[test]
    fn a_query_is_bounded() {
        let key = json!({ "pk": "{attributes.sub}", "sk": { "begins_with": "ROLE#" } });
        let mut item = json!({ "table": "people", "key": key, "limit": 20 });
        let found = request(item.clone(), &[("sub", "1")]).expect("a request");
        let expected = json!({
            "TableName": "people",
            "KeyConditionExpression": "#k0 = :k0 AND begins_with(#k1, :k1)",
            "ExpressionAttributeNames": { "#k0": "pk", "#k1": "sk" },
            "ExpressionAttributeValues": { ":k0": { "S": "1" }, ":k1": { "S": "ROLE#" } },
            "Limit": 20,
        });
        assert_eq!((found.operation, found.body, found.is_list), ("Query", expected, true));
        item["index"] = "by-role".into();
        item["limit"] = Value::Null;
        item["attributes"] = json!(["name"]);
        let found = request(item, &[("sub", "1")]).expect("a request");
        assert!(!found.is_list);
        assert_eq!(found.body["Limit"], 1);
        assert_eq!(found.body["IndexName"], "by-role");
        assert_eq!(
            found.body["ExpressionAttributeNames"],
            json!({ "#0": "name", "#k0": "pk", "#k1": "sk" })
        );
    }

    #[test]
    fn a_beginning_needs_a_query_and_a_partition_key() {
        let item = json!({ "table": "people", "key": { "sk": { "begins_with": "a" } } });
        let item: TableItem = serde_json::from_value(item).expect("an item");
        let wrong = CompiledItem::compile(&item).expect_err("wrong");
        let wrong: Vec<_> = wrong.iter().map(|(path, _)| path.join(".")).collect();
        assert_eq!(wrong, ["key.sk", "key"]);
    }
}
