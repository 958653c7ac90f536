//! Attributes that fit a pool's limits, and that belong to nobody.

use crate::model::RequiredAttribute;
use crate::system::random::random_hex;

/// As many random letters as make a name unique, if there is room for them.
const RANDOM: usize = 16;
/// As few as do.
const FEWEST: usize = 6;

/// Names for one user.
pub(super) struct Invented {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) phone: String,
}

impl Invented {
    /// New ones that begin like this, within these limits, with an address at this domain.
    pub(super) fn new(
        prefix: &str,
        required: &[RequiredAttribute],
        domain: &str,
    ) -> Result<Self, String> {
        let name = format!("{prefix}{}", random_hex(RANDOM / 2));
        let most = required.iter().find(|it| it.name == "email").and_then(|it| it.max);
        let room = most.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or_default());
        let around = prefix.len() + 1 + domain.len();
        let letters = room.saturating_sub(around).min(RANDOM);
        if letters < FEWEST {
            return Err(format!(
                "the pool takes no e-mail address that is as long as {}",
                around + FEWEST
            ));
        }
        let email = format!("{}@{domain}", &name[..prefix.len() + letters]);
        Ok(Self { name, email, phone: phone() })
    }

    /// A value for a required attribute. Standard attributes have the formats of `OpenID` Connect ("Working with user
    /// attributes", Cognito Developer Guide).
    pub(super) fn value(&self, attribute: &RequiredAttribute) -> Result<String, String> {
        let RequiredAttribute { name, kind, min, max } = attribute;
        let value = match (name.as_str(), kind.as_str()) {
            ("email", _) => self.email.clone(),
            ("phone_number", _) => self.phone.clone(),
            ("birthdate", _) => "2000-01-01".to_owned(),
            (_, "Number") => {
                let number = 0.max(min.unwrap_or(0)).min(max.unwrap_or(i64::MAX));
                return Ok(number.to_string());
            }
            (_, "Boolean") => return Ok("true".to_owned()),
            (_, "DateTime") => return Ok("2000-01-01T00:00:00Z".to_owned()),
            _ => fitted(&self.name, *min, *max),
        };
        let length = i64::try_from(value.chars().count()).unwrap_or(i64::MAX);
        if min.is_some_and(|min| length < min) || max.is_some_and(|max| length > max) {
            return Err(format!("the pool's limits leave no room for a `{name}` such as {value}"));
        }
        Ok(value)
    }
}

fn fitted(text: &str, min: Option<i64>, max: Option<i64>) -> String {
    let size = |limit: i64| usize::try_from(limit).unwrap_or_default();
    let mut fitted: String = text.chars().take(max.map_or(usize::MAX, size)).collect();
    let missing = min.map_or(0, size).saturating_sub(fitted.len());
    fitted.push_str(&"x".repeat(missing));
    fitted
}

/// A number of the range that is reserved for fiction.
fn phone() -> String {
    let digits: String = random_hex(8).chars().filter(char::is_ascii_digit).collect();
    format!("+1555{digits:0<7.7}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(name: &str, kind: &str, min: i64, max: i64) -> RequiredAttribute {
        let (name, kind) = (name.to_owned(), kind.to_owned());
        RequiredAttribute { name, kind, min: Some(min), max: Some(max) }
    }

    #[test]
    fn what_is_invented_fits() {
        let email = attribute("email", "String", 0, 30);
        let invented =
            Invented::new("verify-", std::slice::from_ref(&email), "example.com").expect("a name");
        let length = |attribute: &RequiredAttribute| invented.value(attribute).expect("fits").len();
        assert_eq!(length(&email), 30);
        assert_eq!(length(&attribute("nickname", "String", 0, 12)), 12);
        assert_eq!(length(&attribute("nickname", "String", 100, 200)), 100);
        assert_eq!(length(&attribute("birthdate", "String", 10, 10)), 10);
        let number = |min, max| invented.value(&attribute("updated_at", "Number", min, max));
        assert_eq!(number(5, 9), Ok("5".to_owned()));
        assert_eq!(number(-9, -5), Ok("-5".to_owned()));
        assert_eq!(number(-9, 9), Ok("0".to_owned()));
    }

    #[test]
    fn what_cannot_fit_is_said() {
        let email = attribute("email", "String", 0, 20);
        assert!(Invented::new("verify-", &[email], "example.com").is_err());
        let invented = Invented::new("verify-", &[], "example.com").expect("a name");
        assert!(invented.value(&attribute("phone_number", "String", 0, 5)).is_err());
    }
}
