//! Who may take a role on from a pipeline: trust policies for the tokens of GitHub and GitLab. Text in, JSON out.
//!
//! A subject is always one subject: there are no wildcards, and what is not said is the branch `main`.

use std::str::FromStr;

use serde_json::{Map, Value, json};

use crate::model::Target;

use super::VERSION;

/// The issuer of github.com ("`OpenID` Connect reference", GitHub Docs).
const GITHUB: &str = "token.actions.githubusercontent.com";
/// GitLab's own installation; others are named by their address.
const GITLAB: &str = "gitlab.com";

/// A pipeline, as its provider names it in a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcSubject {
    provider: Provider,
    /// The issuer without `https://`, which is how IAM names a provider.
    issuer: String,
    /// The token's `sub`.
    sub: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Provider {
    GitHub,
    GitLab,
}

/// The trust policy of a role that these pipelines, and nobody else, may take on.
#[must_use]
pub fn trust(subjects: &[OidcSubject], target: &Target) -> Value {
    let statements: Vec<Value> = subjects.iter().map(|subject| subject.statement(target)).collect();
    json!({ "Version": VERSION, "Statement": statements })
}

impl OidcSubject {
    /// Whether GitHub may call this repository otherwise: repositories that were made, renamed or moved since 15 July 2026
    /// have numbers in their subjects ("Immutable subject claims", `OpenID` Connect reference, GitHub Docs).
    #[must_use]
    pub fn may_be_immutable(&self) -> bool {
        self.issuer.starts_with(GITHUB) && !self.sub.contains('@')
    }

    /// Whether anyone who can open a pull request takes the role on.
    #[must_use]
    pub fn is_pull_request(&self) -> bool {
        self.provider == Provider::GitHub && self.sub.ends_with(":pull_request")
    }

    fn statement(&self, target: &Target) -> Value {
        let Self { issuer, sub, .. } = self;
        let principal =
            format!("arn:{}:iam::{}:oidc-provider/{issuer}", target.partition, target.account);
        let mut equals = Map::new();
        equals.insert(format!("{issuer}:aud"), self.audience(&target.partition).into());
        equals.insert(format!("{issuer}:sub"), sub.as_str().into());
        json!({
            "Effect": "Allow",
            "Principal": { "Federated": principal },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": { "StringEquals": equals },
        })
    }

    /// What `aws-actions/configure-aws-credentials` asks for, and what GitLab's documentation says ("Configure `OpenID`
    /// Connect in AWS").
    fn audience(&self, partition: &str) -> String {
        match (self.provider, partition) {
            (Provider::GitHub, "aws-cn") => "sts.amazonaws.com.cn".to_owned(),
            (Provider::GitHub, _) => "sts.amazonaws.com".to_owned(),
            (Provider::GitLab, _) => format!("https://{}", self.issuer),
        }
    }
}

impl FromStr for OidcSubject {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains(['*', '?']) {
            return Err("a subject is one subject: no `*`, no `?`".to_owned());
        }
        // Environments alone have names with blanks.
        let (before, environment) = text.split_once(":environment:").unwrap_or((text, ""));
        let is_odd = environment.trim() != environment || environment.contains(char::is_control);
        if before.contains(char::is_whitespace) || is_odd {
            return Err("a subject has no blanks, but within an environment's name".to_owned());
        }
        match text.split_once('=') {
            Some(("github", subject)) => github(subject),
            Some(("gitlab", subject)) => gitlab(subject),
            _ => Err("write it as github=OWNER/REPO or gitlab=GROUP/PROJECT".to_owned()),
        }
    }
}

/// `OWNER/REPO`, each perhaps with `@` and its number, and one of the three contexts that GitHub's subjects have; perhaps
/// after `https://HOST/`.
fn github(text: &str) -> Result<OidcSubject, String> {
    let (issuer, text) = match text.strip_prefix("https://") {
        Some(rest) => enterprise(rest)?,
        None => (GITHUB.to_owned(), text),
    };
    let (repository, context) = text.split_once(':').unwrap_or((text, "ref:refs/heads/main"));
    let parts: Vec<&str> = repository.split('/').collect();
    if parts.len() != 2 || parts.iter().any(|part| part.is_empty()) {
        return Err(format!("`{repository}` is no repository: write OWNER/REPO"));
    }
    let numbered = parts.iter().filter(|part| part.contains('@')).count();
    if numbered == 1 {
        return Err("either both have a number, or none: OWNER@ID/REPO@ID".to_owned());
    }
    let context = match context.split_once(':') {
        None if context == "pull_request" => context.to_owned(),
        Some(("ref", name)) if name.starts_with("refs/") => context.to_owned(),
        // GitHub writes a colon in a value so.
        Some(("environment", name)) if !name.is_empty() => {
            format!("environment:{}", name.replace(':', "%3A"))
        }
        _ => {
            return Err(format!(
                "`{context}` is none of `environment:NAME`, `ref:refs/heads/BRANCH` and `pull_request`"
            ));
        }
    };
    let sub = format!("repo:{repository}:{context}");
    Ok(OidcSubject { provider: Provider::GitHub, issuer, sub })
}

/// The issuer of GitHub Enterprise, and the rest of the subject.
///
/// A server's is `https://HOST/_services/token`, that of a subdomain of ghe.com `https://token.actions.SUBDOMAIN.ghe.com`, and
/// an enterprise on github.com may have one that ends in its own name ("Configuring `OpenID` Connect in Amazon Web Services" for
/// Enterprise Server; "`OpenID` Connect reference", GitHub Docs).
fn enterprise(text: &str) -> Result<(String, &str), String> {
    let how = "after the address comes /OWNER/REPO";
    let (host, rest) = text.split_once('/').ok_or(how)?;
    if host == GITHUB {
        let (enterprise, rest) = rest.split_once('/').ok_or(how)?;
        return Ok((format!("{GITHUB}/{enterprise}"), rest));
    }
    let issuer = match host {
        "" => return Err(how.to_owned()),
        "github.com" => GITHUB.to_owned(),
        _ if host.ends_with(".ghe.com") => format!("token.actions.{host}"),
        _ => format!("{host}/_services/token"),
    };
    Ok((issuer, rest))
}

/// `GROUP/PROJECT`, with any number of subgroups, perhaps after `https://HOST/`, and a branch or tag.
fn gitlab(text: &str) -> Result<OidcSubject, String> {
    let (host, text) = match text.strip_prefix("https://") {
        Some(rest) => rest.split_once('/').ok_or("after the address comes /GROUP/PROJECT")?,
        None => (GITLAB, text),
    };
    let (project, context) = text.split_once(':').unwrap_or((text, "ref_type:branch:ref:main"));
    if !project.contains('/') || project.split('/').any(str::is_empty) {
        return Err(format!("`{project}` is no project: write GROUP/PROJECT"));
    }
    let name = ["ref_type:branch:ref:", "ref_type:tag:ref:"]
        .iter()
        .find_map(|prefix| context.strip_prefix(prefix));
    if name.is_none_or(str::is_empty) {
        return Err(format!(
            "`{context}` is neither `ref_type:branch:ref:BRANCH` nor `ref_type:tag:ref:TAG`"
        ));
    }
    let sub = format!("project_path:{project}:{context}");
    Ok(OidcSubject { provider: Provider::GitLab, issuer: host.to_owned(), sub })
}

#[cfg(test)]
mod tests {
    use super::{OidcSubject, trust};
    use crate::model::Target;

    fn subject(text: &str) -> Result<String, String> {
        text.parse::<OidcSubject>().map(|subject| subject.sub)
    }

    #[test]
    fn subjects_are_what_the_providers_write() {
        let cases = [
            ("github=o/r", "repo:o/r:ref:refs/heads/main"),
            ("github=o/r:environment:prod", "repo:o/r:environment:prod"),
            ("github=o/r:environment:Production:V1", "repo:o/r:environment:Production%3AV1"),
            ("github=o/r:ref:refs/tags/v1", "repo:o/r:ref:refs/tags/v1"),
            ("github=o/r:pull_request", "repo:o/r:pull_request"),
            ("github=o@123456/r@456789", "repo:o@123456/r@456789:ref:refs/heads/main"),
            ("github=o/r:environment:Production West", "repo:o/r:environment:Production West"),
            ("github=https://git.example.com/o/r", "repo:o/r:ref:refs/heads/main"),
            ("gitlab=g/s/p", "project_path:g/s/p:ref_type:branch:ref:main"),
            ("gitlab=g/p:ref_type:tag:ref:v1", "project_path:g/p:ref_type:tag:ref:v1"),
            ("gitlab=https://git.example.com/g/p", "project_path:g/p:ref_type:branch:ref:main"),
        ];
        for (text, sub) in cases {
            assert_eq!(subject(text).as_deref(), Ok(sub));
        }
    }

    #[test]
    fn what_would_trust_others_or_nobody_is_refused() {
        let cases = [
            "github=o/*",
            "github=o/r:ref:refs/heads/release-?",
            "github=o",
            "github=o/r/x",
            "github=/r",
            "github=o@1/r",
            "github=o/r:refs/heads/main",
            "github=o/r:environment:",
            "github=o/r:environment: prod",
            "github=o/r:environment:prod ",
            "github=o/r:ref:refs/heads/a b",
            "github=https://git.example.com",
            "github=https://git.example.com/o",
            "github=https://token.actions.githubusercontent.com/o/r",
            "gitlab=p",
            "gitlab=g/",
            "gitlab=g/p:ref:main",
            "gitlab=g/p:ref_type:branch:ref:",
            "gitlab=https://git.example.com",
            "bitbucket=o/r",
            "o/r",
        ];
        for text in cases {
            assert!(subject(text).is_err(), "{text}: {:?}", subject(text));
        }
    }

    #[test]
    fn numbers_are_asked_for_only_where_there_are_none() {
        let asked = |text: &str| text.parse::<OidcSubject>().is_ok_and(|it| it.may_be_immutable());
        assert!(asked("github=o/r"));
        assert!(!asked("github=o@1/r@2"));
        assert!(!asked("github=https://git.example.com/o/r"));
        assert!(!asked("gitlab=g/p"));
    }

    #[test]
    fn audiences_and_principals_follow_provider_and_partition() {
        let target = |partition: &str, region: &str| Target {
            partition: partition.to_owned(),
            account: "123456789012".to_owned(),
            region: region.to_owned(),
            env: None,
            local: false,
        };
        let policy = |text: &str, target: &Target| {
            let policy = trust(&[text.parse().expect("a subject")], target);
            policy["Statement"][0].clone()
        };
        let github = policy("github=o/r", &target("aws-cn", "cn-north-1"));
        let principal =
            "arn:aws-cn:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";
        assert_eq!(github["Principal"]["Federated"], principal);
        let equals = &github["Condition"]["StringEquals"];
        assert_eq!(equals["token.actions.githubusercontent.com:aud"], "sts.amazonaws.com.cn");
        let issuers = [
            ("github=https://git.example.com/o/r", "git.example.com/_services/token"),
            ("github=https://shop.ghe.com/o/r", "token.actions.shop.ghe.com"),
            ("github=https://github.com/o/r", "token.actions.githubusercontent.com"),
            (
                "github=https://token.actions.githubusercontent.com/shop/o/r",
                "token.actions.githubusercontent.com/shop",
            ),
        ];
        for (text, issuer) in issuers {
            let enterprise = policy(text, &target("aws", "eu-west-1"));
            let provider = format!("arn:aws:iam::123456789012:oidc-provider/{issuer}");
            assert_eq!(enterprise["Principal"]["Federated"], provider);
            let equals = &enterprise["Condition"]["StringEquals"];
            assert_eq!(equals[format!("{issuer}:aud")], "sts.amazonaws.com");
            assert_eq!(equals[format!("{issuer}:sub")], "repo:o/r:ref:refs/heads/main");
        }
        let gitlab = policy("gitlab=https://git.example.com/g/p", &target("aws", "eu-west-1"));
        let principal = "arn:aws:iam::123456789012:oidc-provider/git.example.com";
        assert_eq!(gitlab["Principal"]["Federated"], principal);
        let equals = &gitlab["Condition"]["StringEquals"];
        assert_eq!(equals["git.example.com:aud"], "https://git.example.com");
    }
}
