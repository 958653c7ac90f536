//! The event that Cognito sends, read as leniently as possible: a field that is missing, null or of
//! another type than AWS documents counts as absent, because a refused event is a user who cannot
//! sign in. Nothing of it is interpreted beyond what rules look at, and nothing but `response` is
//! ever replaced.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::rules::without_nulls;
use crate::{FACTS_MEMBER, Ids, Subject};

/// An event of a pre token generation trigger, beside its own text.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    text: &'a str,
    members: Members<'a>,
    request: Members<'a>,
    groups: Members<'a>,
}

impl<'a> Event<'a> {
    /// Reads an event; fails only if it is no JSON object.
    pub fn parse(text: &'a str) -> Result<Self, serde_json::Error> {
        let members: Members = serde_json::from_str(text)?;
        let request = members.object("request");
        let groups = request.object("groupConfiguration");
        Ok(Self { text, members, request, groups })
    }

    /// The version of its form: `1` knows claims of the ID token alone, `2` and `3` scopes and the
    /// access token as well.
    #[must_use]
    pub fn version(&self) -> Option<Cow<'a, str>> {
        // As a number, too: no rule sees it, and an event of version 1 must go back as it came.
        self.members.text("version").or_else(|| Some(self.members.find("version")?.get().into()))
    }

    /// What rules may know about it. `now` is in seconds since 1970.
    #[must_use]
    pub fn subject(&self, ids: &Ids, now: i64) -> Subject {
        let client_id = self.members.object("callerContext").text("clientId");
        let pool_id = self.members.text("userPoolId");
        let (pool, client) = ids.keys(pool_id.as_deref(), client_id.as_deref());
        Subject {
            pool: pool.map(str::to_owned),
            client: client.map(str::to_owned),
            client_id: client_id.map(Cow::into_owned),
            user_name: self.members.text("userName").map(Cow::into_owned),
            groups: self.groups.list("groupsToOverride"),
            attributes: self.request.object("userAttributes").texts(),
            client_metadata: self.request.object("clientMetadata").texts(),
            facts: self.facts(),
            scopes: self.request.list("scopes"),
            trigger_source: self.members.text("triggerSource").map(Cow::into_owned),
            now,
        }
    }

    /// What the event itself says of facts. Cognito never sends this member and no user can: whoever may invoke the
    /// function learns what it would answer, and gets no token.
    fn facts(&self) -> BTreeMap<String, Value> {
        let given = self.members.find(FACTS_MEMBER);
        let given = given.and_then(|facts| serde_json::from_str(facts.get()).ok());
        let given: BTreeMap<String, Value> = given.unwrap_or_default();
        given.into_iter().map(|(name, fact)| (name, without_nulls(fact))).collect()
    }

    /// Whether the event itself says what facts there are: then nothing else is asked.
    #[must_use]
    pub fn brings_facts(&self) -> bool {
        self.members.find(FACTS_MEMBER).is_some()
    }

    /// A member of `request.groupConfiguration` as it came, unless it is null.
    pub(crate) fn group_setting(&self, name: &str) -> Option<&'a RawValue> {
        self.groups.find(name).filter(|value| value.get() != "null")
    }

    /// The text of the event with `response` in place of its own, all else byte for byte as it
    /// came.
    pub(crate) fn with_response(&self, response: &str) -> String {
        if let Some(old) = self.members.find("response").map(RawValue::get) {
            // `old` is a part of `text`: raw values are borrowed from it.
            let start = old.as_ptr().addr() - self.text.as_ptr().addr();
            return [&self.text[..start], response, &self.text[start + old.len()..]].concat();
        }
        let comma = if self.members.0.is_empty() { "" } else { "," };
        let (before, after) = self.text.split_at(self.text.rfind('}').unwrap_or(self.text.len()));
        [before, comma, "\"response\":", response, after].concat()
    }
}

/// The members of a JSON object as they came.
#[derive(Debug, Clone, Default)]
struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'a> Members<'a> {
    /// The value of a member; if it is there twice, the last one, as most readers of JSON have it.
    fn find(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().rev().find(|(key, _)| is_named(key, name)).map(|(_, value)| *value)
    }

    /// The members of a member; none, if it is no object.
    fn object(&self, name: &str) -> Self {
        self.find(name).and_then(|value| serde_json::from_str(value.get()).ok()).unwrap_or_default()
    }

    fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        self.find(name).and_then(text)
    }

    /// The texts in a member; none, if it is no array.
    fn list(&self, name: &str) -> Vec<String> {
        let items: Vec<&RawValue> = self
            .find(name)
            .and_then(|value| serde_json::from_str(value.get()).ok())
            .unwrap_or_default();
        items.into_iter().filter_map(text).map(Cow::into_owned).collect()
    }

    /// All members that have a text.
    fn texts(&self) -> BTreeMap<String, String> {
        let texts = self
            .0
            .iter()
            .filter_map(|(key, value)| Some((text(key)?.into_owned(), text(value)?.into_owned())));
        texts.collect()
    }
}

/// A string without its quotes; nothing for anything else, and for a string that is no Unicode (half
/// a surrogate pair).
fn text(value: &RawValue) -> Option<Cow<'_, str>> {
    match value.get() {
        json if !json.starts_with('"') => None,
        json if json.contains('\\') => serde_json::from_str(json).ok().map(Cow::Owned),
        json => json.get(1..json.len() - 1).map(Cow::Borrowed),
    }
}

/// Whether the string `key` is `name`. Only a longer one can be the same with escapes.
fn is_named(key: &RawValue, name: &str) -> bool {
    let json = key.get();
    match json.len().cmp(&(name.len() + 2)) {
        Ordering::Less => false,
        Ordering::Equal => json.get(1..=name.len()) == Some(name),
        Ordering::Greater => json.contains('\\') && text(key).as_deref() == Some(name),
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(AsTheyCome)
    }
}

struct AsTheyCome;

impl<'de> Visitor<'de> for AsTheyCome {
    type Value = Members<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::with_capacity(16);
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}
