//! Outputs as lines `KEY=VALUE`, as GitLab's `artifacts:reports:dotenv` takes them.
//!
//! GitLab's rules ("Pass dotenv variables to specific jobs"): keys of ASCII letters, digits and `_`; no quotes, comments, empty
//! lines, or values with spaces or line breaks; less than 5 KB and, by default, few variables.

use serde_json::Value;

use super::facts::{facts, ids};

/// The largest file that is written.
const LIMIT: usize = 5 * 1024 - 1;
/// The number of variables that even the smallest plan takes.
const VARIABLES: usize = 50;

/// The facts first, and then as many ids as fit.
#[must_use]
pub fn text(document: &Value) -> String {
    let mut text = String::new();
    for (name, value) in facts(document).into_iter().chain(ids(document)).take(VARIABLES) {
        let line = format!("PRETOKEN_{}={value}\n", key(&name));
        if !value.contains(char::is_whitespace) && text.len() + line.len() <= LIMIT {
            text.push_str(&line);
        }
    }
    text
}

fn key(name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    name.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_and_values_that_gitlab_takes() {
        let document = json!({
            "schema": "pretoken/up/v1",
            "changes": [{}],
            "outputs": {
                "version": "7", "function_arn": "arn:aws:lambda:eu-west-1:1:function:a b",
                "pools": {"cust-omers": {"id": "eu-west-1_A", "clients": {"web.1": {"id": "c1"}}}},
            },
        });
        assert_eq!(
            text(&document),
            "PRETOKEN_OK=true\nPRETOKEN_CHANGED=true\nPRETOKEN_CHANGES=1\nPRETOKEN_VERSION=7\n\
             PRETOKEN_POOL_CUST_OMERS=eu-west-1_A\nPRETOKEN_CLIENT_CUST_OMERS_WEB_1=c1\n"
        );
    }

    #[test]
    fn never_more_than_gitlab_takes() {
        let clients: serde_json::Map<_, _> =
            (0..400).map(|n| (format!("client-{n:030}"), json!({"id": "x".repeat(26)}))).collect();
        let pools = json!({"p": {"id": "eu-west-1_A", "clients": clients}});
        let document =
            json!({"schema": "pretoken/up/v1", "outputs": {"version": "1", "pools": pools}});
        let text = text(&document);
        assert!(text.len() <= LIMIT && text.lines().count() <= VARIABLES, "{}", text.len());
        assert!(text.contains("PRETOKEN_VERSION=1\n") && text.ends_with('\n'));
    }
}
