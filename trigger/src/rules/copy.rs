//! `"*" = "{attributes.custom:*}"`: every attribute whose name begins so, each as a claim under its own name, or without
//! the beginning that `strip_prefix` names.

use serde_json::Value;

use super::protected::is_settable;
use super::{Rule, Subject, Token};

/// The name of what stands for all claims.
pub const EVERY_CLAIM: &str = "*";

/// Which attributes are copied, and what goes from their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedAttributes {
    begin: String,
    strip: String,
}

impl CopiedAttributes {
    /// Reads the value of `*`; nothing if it is of no such form.
    #[must_use]
    pub fn parse(value: &Value) -> Option<Self> {
        let inner = value.as_str()?.trim().strip_prefix('{')?.strip_suffix('}')?;
        let (name, filter) = inner.split_once('|').map_or((inner, None), |(a, b)| (a, Some(b)));
        let begin = name.trim().strip_prefix("attributes.")?.strip_suffix('*')?.to_owned();
        let strip = match filter {
            None => String::new(),
            Some(filter) => {
                let text = filter.trim().strip_prefix("strip_prefix")?.trim();
                let quote = text.chars().next().filter(|quote| ['\'', '"'].contains(quote))?;
                text.strip_prefix(quote)?.strip_suffix(quote)?.to_owned()
            }
        };
        let is_plain = |text: &str| !text.contains(['*', '{', '}', '\'', '"', '|']);
        // What goes from every name leaves different ones.
        let fits = begin.starts_with(&strip) && is_plain(&begin) && is_plain(&strip);
        fits.then_some(Self { begin, strip })
    }

    /// The claims of `subject` in this token, without those that Cognito would not take.
    pub(super) fn claims(
        &self,
        subject: &Subject,
        token: Token,
    ) -> impl Iterator<Item = (String, Value)> {
        let copied = subject.attributes.iter().filter_map(move |(name, text)| {
            let claim = name.starts_with(&self.begin).then(|| name.strip_prefix(&self.strip))??;
            is_settable(claim, token).then(|| (claim.to_owned(), text.as_str().into()))
        });
        copied.collect::<Vec<_>>().into_iter()
    }

    /// The attribute that this claim is a copy of, if it can be one.
    #[must_use]
    pub fn source(&self, claim: &str, token: Token) -> Option<String> {
        let attribute = format!("{}{claim}", self.strip);
        let copied = attribute.starts_with(&self.begin) && is_settable(claim, token);
        copied.then_some(attribute)
    }

    /// What the claim of any such attribute is called, if the rest of its name is `rest`.
    #[must_use]
    pub fn claim(&self, rest: &str) -> String {
        format!("{}{rest}", self.begin.strip_prefix(&self.strip).unwrap_or_default())
    }
}

impl Rule {
    /// What the rule copies into this token.
    #[must_use]
    pub fn copied(&self, token: Token) -> Option<CopiedAttributes> {
        let claims = match token {
            Token::Access => &self.access_claims,
            Token::Id => &self.id_claims,
        };
        claims.get(EVERY_CLAIM).and_then(CopiedAttributes::parse)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: &str) -> Option<Vec<(String, Value)>> {
        let attributes = ["custom:tenant", "custom:exp", "custom:plan_a", "email", "sub"];
        let attributes = attributes.map(|name| (name.to_owned(), format!("my {name}")));
        let subject = Subject { attributes: attributes.into(), ..Subject::default() };
        Some(CopiedAttributes::parse(&value.into())?.claims(&subject, Token::Access).collect())
    }

    fn own(names: &[(&str, &str)]) -> Vec<(String, Value)> {
        names.iter().map(|(name, of)| ((*name).to_owned(), json!(format!("my {of}")))).collect()
    }

    #[test]
    fn attributes_are_claims_under_their_names() {
        let all = [
            ("custom:exp", "custom:exp"),
            ("custom:plan_a", "custom:plan_a"),
            ("custom:tenant", "custom:tenant"),
        ];
        assert_eq!(claims("{attributes.custom:*}"), Some(own(&all)));
        assert_eq!(
            claims("{ attributes.custom:pl* }"),
            Some(own(&[("custom:plan_a", "custom:plan_a")]))
        );
    }

    /// `exp` is Cognito's: an attribute that is called so is no way around.
    #[test]
    fn protected_names_are_left_out() {
        let rest = [("plan_a", "custom:plan_a"), ("tenant", "custom:tenant")];
        assert_eq!(claims("{attributes.custom:* | strip_prefix 'custom:'}"), Some(own(&rest)));
        assert_eq!(claims("{attributes.*}").map(|all| all.len()), Some(4));
    }

    #[test]
    fn nothing_else_is_a_copy() {
        for value in [
            "{attributes.custom:tenant}",
            "{metadata.*}",
            "{attributes.a*b*}",
            "x{attributes.custom:*}",
            "{attributes.custom:* | lower}",
            "{attributes.custom:* | strip_prefix 'x'}",
            "{attributes.custom:* | strip_prefix 'custom:' | lower}",
        ] {
            assert_eq!(claims(value), None, "{value}");
        }
        assert_eq!(CopiedAttributes::parse(&json!(1)), None);
    }

    #[test]
    fn a_claim_leads_back_to_its_attribute() {
        let copied =
            CopiedAttributes::parse(&"{attributes.custom:* | strip_prefix 'custom:'}".into());
        let copied = copied.expect("a copy");
        assert_eq!(copied.source("tenant", Token::Access).as_deref(), Some("custom:tenant"));
        assert_eq!(copied.source("exp", Token::Access), None);
        assert_eq!(copied.claim("x"), "x");
        let copied = CopiedAttributes::parse(&"{attributes.custom:a*}".into()).expect("a copy");
        assert_eq!(copied.source("tenant", Token::Id), None);
        assert_eq!(copied.claim("‹any›"), "custom:a‹any›");
    }
}
