//! What a page is asked, as it stands in its address: a state that can be passed on. Pure.

use std::collections::BTreeMap;

use form_urlencoded::parse;

use crate::config::TriggerSource;
use crate::model::dates::seconds;
use crate::ops::simulate::Recipient;

/// Whom a token is for, in the words of the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Question {
    /// `pool/client`, or nothing for the first one.
    pub client: String,
    /// Groups of the user.
    pub groups: Vec<String>,
    /// A `name=value` a line.
    pub attributes: String,
    /// Likewise.
    pub metadata: String,
    /// Scopes before the rules, instead of the source's own.
    pub scopes: String,
    /// The event's `triggerSource`, or nothing for the usual one.
    pub source: String,
    /// When, as a date of RFC 3339, or nothing for now.
    pub time: String,
    /// Whether the live version is asked too.
    pub live: bool,
}

impl Question {
    /// Reads what an address says behind its `?`. Names that are not known are nobody's business.
    pub(super) fn of(query: &str) -> Self {
        let mut question = Self::default();
        for (name, value) in parse(query.as_bytes()) {
            // Browsers send line ends as networks write them.
            let value = value.replace("\r\n", "\n");
            match &*name {
                "client" => question.client = value,
                "group" => question.groups.extend(lines(&value)),
                "attributes" => question.attributes = value,
                "metadata" => question.metadata = value,
                "scopes" => question.scopes = value,
                "source" => question.source = value,
                "time" => question.time = value,
                "live" => question.live = true,
                _ => {}
            }
        }
        question.groups.dedup();
        question
    }

    /// Whom the token is for, or what cannot be understood.
    pub fn recipient(&self) -> Result<Recipient, String> {
        let source = match self.source.as_str() {
            "" => TriggerSource::default(),
            name => TriggerSource::ALL
                .into_iter()
                .find(|source| source.as_str() == name)
                .ok_or_else(|| format!("there is no trigger source `{name}`"))?,
        };
        Ok(Recipient {
            pool: None,
            client: (!self.client.is_empty()).then(|| self.client.clone()),
            groups: self.groups.clone(),
            attributes: pairs(&self.attributes)?,
            client_metadata: pairs(&self.metadata)?,
            facts: vec![],
            scopes: self.scopes.split_whitespace().map(ToOwned::to_owned).collect(),
            source,
        })
    }

    /// When: seconds since 1970. `now` is what nobody has to write.
    pub fn time(&self, now: i64) -> Result<i64, String> {
        match self.time.trim() {
            "" => Ok(now),
            time => seconds(time).ok_or_else(|| {
                format!("`{time}` is no point in time: write it as 2026-11-26T12:00:00Z")
            }),
        }
    }
}

fn lines(text: &str) -> impl Iterator<Item = String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(ToOwned::to_owned)
}

fn pairs(text: &str) -> Result<BTreeMap<String, String>, String> {
    lines(text)
        .map(|line| match line.split_once('=') {
            Some((name, value)) => Ok((name.trim().to_owned(), value.to_owned())),
            None => Err(format!("`{line}` is not of the form name=value")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_it_all() {
        let question = Question::of(
            "client=customers%2Fweb&group=staff&group=a%0D%0Ab&attributes=custom%3Atenant%3Da%3Db%0D%0Asub%3Dx&metadata=&scopes=a+b&source=TokenGeneration_HostedAuth&time=2026-11-26T00:00:00Z&live=on&other=1",
        );
        assert_eq!(question.groups, ["staff", "a", "b"]);
        assert_eq!(question.time(5), Ok(1_795_651_200));
        assert!(question.live);
        let recipient = question.recipient().expect("one");
        assert_eq!(recipient.client.as_deref(), Some("customers/web"));
        assert_eq!(recipient.attributes["custom:tenant"], "a=b");
        assert_eq!(recipient.attributes["sub"], "x");
        assert_eq!(recipient.scopes, ["a", "b"]);
        assert_eq!(recipient.source, TriggerSource::HostedAuth);
    }

    #[test]
    fn nothing_is_the_usual() {
        let question = Question::of("");
        assert_eq!(question, Question::default());
        assert_eq!(question.time(7), Ok(7));
        assert_eq!(question.recipient().expect("one").source, TriggerSource::Authentication);
    }

    #[test]
    fn what_cannot_be_understood_is_said() {
        let said = |query: &str| Question::of(query).recipient().expect_err("nothing");
        assert!(said("source=Other").contains("`Other`"));
        assert!(said("attributes=x").contains("`x`"));
        assert!(Question::of("time=tomorrow").time(0).expect_err("no").contains("`tomorrow`"));
        // Bytes that are no UTF-8, and halves of escapes, are read as far as they go.
        Question::of("client=%ff%zz&&=&group=%");
    }
}
