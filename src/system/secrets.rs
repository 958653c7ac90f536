//! What no output may show: the values that this run knows, in every form in which a text may carry them, and tokens.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

/// What stands in place of a secret.
const MASK: &str = "***";
/// A shorter value is no secret that could be kept: hiding it would blacken half of every text.
const SHORTEST: usize = 6;
/// A word of small letters is one that any sentence may have, up to this length.
const LONGEST_WORD: usize = 11;
/// From here on a value is looked for in the middle of base64, too, such as that of `user:password`.
const LONG: usize = 12;
/// All but the characters that a URL has as they are (RFC 3986, 2.3).
const BEYOND_UNRESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// What begins like a token and is shorter is none.
const SHORTEST_TOKEN: usize = 40;

/// All that is to be hidden; the longest form first, so that none leaves a rest of another.
#[derive(Debug, Default)]
pub struct Secrets {
    forms: Vec<String>,
}

/// Whether tokens are shown: whoever asked for them gets them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokensShown {
    Hidden,
    Shown,
    /// And every other secret: it is what was asked for.
    WithSecrets,
}

impl Secrets {
    /// Hides `value` from now on, unless it is a trifle.
    pub fn add(&mut self, value: &str) {
        let value = value.trim();
        if is_trifle(value) {
            return;
        }
        let lines = value.lines().map(str::trim).filter(|line| !is_trifle(line));
        for form in std::iter::once(value).chain(lines).flat_map(forms) {
            if !self.forms.contains(&form) {
                self.forms.push(form);
            }
        }
        self.forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    }

    /// The secrets that this process was given in variables, as their names say.
    pub fn add_those_of_the_environment(&mut self) {
        for (name, value) in std::env::vars_os() {
            let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else { continue };
            if is_called_a_secret(name) && value.len() >= LONG {
                self.add(value);
            }
        }
    }

    /// The text without any of them.
    pub fn hidden_in(&self, text: &str, tokens: TokensShown) -> String {
        let mut text = match tokens {
            TokensShown::Hidden => without_tokens(text),
            TokensShown::Shown => text.to_owned(),
            TokensShown::WithSecrets => return text.to_owned(),
        };
        for form in &self.forms {
            if text.contains(form) {
                text = text.replace(form, MASK);
            }
        }
        text
    }

    /// The document without any of them. What is no text stays, so that it remains a document.
    pub fn hidden_in_document(&self, document: Value, tokens: TokensShown) -> Value {
        match document {
            Value::String(text) => Value::String(self.hidden_in(&text, tokens)),
            Value::Array(items) => {
                items.into_iter().map(|item| self.hidden_in_document(item, tokens)).collect()
            }
            Value::Object(members) => {
                let hidden = |(key, value): (String, Value)| {
                    (self.hidden_in(&key, tokens), self.hidden_in_document(value, tokens))
                };
                Value::Object(members.into_iter().map(hidden).collect::<Map<_, _>>())
            }
            other => other,
        }
    }
}

fn is_trifle(value: &str) -> bool {
    let is_word = value.bytes().all(|letter| letter.is_ascii_lowercase());
    value.chars().count() < SHORTEST || is_word && value.len() <= LONGEST_WORD
}

/// A variable whose name says that its value is a secret, and not where one is.
fn is_called_a_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let words = ["SECRET", "TOKEN", "PASSWORD", "PASSWD", "CREDENTIAL", "API_KEY", "PRIVATE_KEY"];
    let places = ["_FILE", "_URL", "_URI", "_PATH", "_DIR", "_ARN"];
    let named = name.strip_prefix("PRETOKEN_").unwrap_or(&name);
    words.iter().any(|word| named.contains(word))
        && !places.iter().any(|place| named.ends_with(place))
}

/// As it is, and as JSON, Rust, URLs and base64 write it.
fn forms(value: &str) -> Vec<String> {
    let json = |text: &str| {
        let quoted = Value::from(text).to_string();
        quoted[1..quoted.len() - 1].to_owned()
    };
    let once = json(value);
    let percent = utf8_percent_encode(value, BEYOND_UNRESERVED).to_string();
    let debug = format!("{value:?}");
    let mut forms = vec![
        value.to_owned(),
        json(&once),
        once,
        debug[1..debug.len() - 1].to_owned(),
        percent.replace("%20", "+"),
        with_small_digits(&percent),
        percent,
    ];
    forms.push(STANDARD_NO_PAD.encode(value));
    forms.push(URL_SAFE_NO_PAD.encode(value));
    if value.len() >= LONG {
        forms.extend((0..3).flat_map(|offset| within_base64(value, offset)));
    }
    forms.sort();
    forms.dedup();
    forms
}

/// The part of its base64 that does not depend on what stands before it, `offset` bytes beyond a multiple of three, and after it.
fn within_base64(value: &str, offset: usize) -> [String; 2] {
    let bytes: Vec<u8> = [vec![0; offset], value.as_bytes().to_vec()].concat();
    let (start, end) = ((offset * 8).div_ceil(6), bytes.len() * 8 / 6);
    [STANDARD_NO_PAD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)]
        .map(|text| text[start..end].to_owned())
}

/// `%2f` for `%2F`.
fn with_small_digits(percent: &str) -> String {
    let mut digits = 0;
    let small = |letter: char| {
        digits = if letter == '%' { 2 } else { i32::max(digits - 1, -1) };
        if digits >= 0 { letter.to_ascii_lowercase() } else { letter }
    };
    percent.chars().map(small).collect()
}

/// Without what looks like a JWT or a JWE, whoever signed it.
fn without_tokens(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("eyJ") {
        let (before, token) = rest.split_at(start);
        let is_part = |c: char| c.is_ascii_alphanumeric() || ['-', '_', '.'].contains(&c);
        let end = token.find(|c| !is_part(c)).unwrap_or(token.len());
        let (token, after) = token.split_at(end);
        out.push_str(before);
        let is_token = token.len() >= SHORTEST_TOKEN && token.matches('.').count() >= 2;
        out.push_str(if is_token { MASK } else { token });
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const VALUE: &str = "pa\"ss/wörd+1 x\\y";

    fn secrets(values: &[&str]) -> Secrets {
        let mut secrets = Secrets::default();
        for value in values {
            secrets.add(value);
        }
        secrets
    }

    fn shown(text: &str) -> String {
        secrets(&[VALUE]).hidden_in(text, TokensShown::Hidden)
    }

    #[test]
    fn no_form_of_a_secret_is_shown() {
        let json = json!({ "message": json!({ "value": VALUE }).to_string() }).to_string();
        let percent = utf8_percent_encode(VALUE, BEYOND_UNRESERVED).to_string();
        for text in [
            VALUE.to_owned(),
            json!([VALUE]).to_string(),
            json,
            format!("{VALUE:?}"),
            percent.clone(),
            percent.replace("%20", "+"),
            with_small_digits(&percent),
        ] {
            let shown = shown(&text);
            assert!(shown.contains(MASK) && !shown.contains("rd"), "{text}: {shown}");
        }
    }

    #[test]
    fn nor_its_base64_wherever_it_begins() {
        let secret = "a-client-secret-of-some-length";
        for before in ["", "a", "ab", "abc:"] {
            let text = STANDARD_NO_PAD.encode(format!("{before}{secret};and more"));
            let shown = secrets(&[secret]).hidden_in(&text, TokensShown::Hidden);
            assert!(shown.contains(MASK) && shown.len() < 25, "{before}: {shown}");
        }
    }

    #[test]
    fn nor_one_of_its_lines() {
        let secrets = secrets(&["-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----"]);
        assert_eq!(secrets.hidden_in("  | MIIEvQIBADANBg |", TokensShown::Hidden), "  | *** |");
    }

    #[test]
    fn trifles_and_words_are_no_secrets() {
        let secrets = secrets(&["true", "128", "warning", "production", ""]);
        assert!(secrets.forms.is_empty(), "{secrets:?}");
    }

    #[test]
    fn a_document_stays_one() {
        let document = json!({ "n": 1_234_567, "list": ["a 1234567"], "1234567": null });
        let hidden = secrets(&["1234567"]).hidden_in_document(document, TokensShown::Hidden);
        assert_eq!(hidden, json!({ "n": 1_234_567, "list": ["a ***"], "***": null }));
    }

    #[test]
    fn tokens_are_known_by_their_form() {
        let token = format!("eyJ{}.eyJ{}.{}", "a".repeat(20), "b".repeat(20), "c_-".repeat(20));
        let text = format!("got {token}, and eyJust.that");
        assert_eq!(shown(&text), "got ***, and eyJust.that");
        assert_eq!(secrets(&[]).hidden_in(&text, TokensShown::Shown), text);
    }

    #[test]
    fn which_variables_hold_secrets() {
        for name in ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "GH_TOKEN", "PRETOKEN_PASSWORD"]
        {
            assert!(is_called_a_secret(name), "{name}");
        }
        for name in ["AWS_WEB_IDENTITY_TOKEN_FILE", "PRETOKEN_ENV", "HOME", "AWS_ACCESS_KEY_ID"] {
            assert!(!is_called_a_secret(name), "{name}");
        }
    }
}
