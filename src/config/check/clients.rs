//! App clients: what of their settings belongs together, and what excludes each other (`CreateUserPoolClient` in the API
//! reference).

use serde_json::Value;

use crate::codes::Code;
use crate::config::place::Placed;
use crate::config::problem::{Problem, Span};
use crate::config::{AuthFlow, Client, Config, Pool, UserAttribute};
use crate::model::{STANDARD_SCOPES, is_standard, nearest};

/// Attributes that AWS sets by itself: clients may read them, and no more (aws-cdk, `ClientAttributes`).
const READ_ONLY: [&str; 3] = ["email_verified", "phone_number_verified", "sub"];
/// Where HTTP will do.
const LOOPBACK: [&str; 3] = ["http://localhost", "http://127.0.0.1", "http://[::1]"];

pub(super) fn check(config: &Config, place: &Placed) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (key, pool) in &config.pools {
        let at = place.at("pools").at(key).at("clients");
        for (client_key, client) in pool.clients.iter().filter(|(_, client)| client.id.is_none()) {
            let one = One { key, pool, client, at: at.at(client_key) };
            problems.extend(one.browser());
            problems.extend(one.scopes());
            problems.extend(one.urls());
            problems.extend(one.tokens());
            problems.extend(one.secret());
            problems.extend(one.attributes("read_attributes"));
            problems.extend(one.attributes("write_attributes"));
        }
    }
    problems
}

/// A client under examination.
struct One<'a> {
    key: &'a str,
    pool: &'a Pool,
    client: &'a Client,
    at: &'a Placed,
}

impl One<'_> {
    /// What the flows of browsers need.
    fn browser(&self) -> Vec<Problem> {
        let flows = self.at.at("oauth_flows");
        let mut problems = Vec::new();
        if !self.client.is_for_browsers() {
            return problems;
        }
        if let Some(index) = self.words("oauth_flows").position(|flow| flow == "client_credentials")
        {
            let problem = Problem::error(
                Code::MachinesAndPeople,
                flows.item(index).value(),
                "machines are declared by `auth_flows`, and share no client with people",
            );
            return vec![problem.help("write `auth_flows = [\"client-credentials\"]` instead")];
        }
        if self.client.is_machine_to_machine() {
            let problem = Problem::error(
                Code::MachinesAndPeople,
                flows.key(),
                "AWS lets no client have the flow of machines and one of people",
            );
            let problem = problem.also(self.flow(AuthFlow::ClientCredentials), "of machines");
            return vec![problem.help("make it two clients")];
        }
        if self.words("callback_urls").next().is_none() {
            let problem = Problem::error(
                Code::BrowserClient,
                flows.value(),
                "a browser needs a URL to come back to",
            );
            problems.push(problem.help("add `callback_urls = [\"https://…\"]`"));
        }
        if self.words("oauth_scopes").next().is_none() {
            let problem = Problem::error(
                Code::BrowserClient,
                flows.value(),
                "a browser needs a scope to ask for",
            );
            problems.push(problem.help("add `oauth_scopes = [\"openid\"]`"));
        }
        if self.pool.id.is_none() && self.pool.domain.is_none() {
            let message =
                format!("pool `{}` has no domain, and so no page to sign in at", self.key);
            let problem = Problem::hint(Code::NoDomain, flows.value(), message);
            problems.push(problem.help(format!("add `domain = \"…\"` to `[pools.{}]`", self.key)));
        }
        problems
    }

    /// Scopes need a flow; in a pool of ours all of them are known. Those of machines are looked at elsewhere.
    fn scopes(&self) -> Vec<Problem> {
        if !self.at.has("oauth_scopes") || self.client.is_machine_to_machine() {
            return Vec::new();
        }
        let at = self.at.at("oauth_scopes");
        if !self.client.is_for_browsers() {
            let problem = Problem::error(
                Code::ScopesWithoutFlow,
                at.key(),
                "`oauth_scopes` need a flow, and this client has none",
            );
            return vec![problem.help(
                "add `oauth_flows = [\"code\"]` for people, or \"client-credentials\" to `auth_flows` for machines",
            )];
        }
        let declared: Vec<String> = self.pool.scopes().collect();
        let all = || STANDARD_SCOPES.into_iter().chain(declared.iter().map(String::as_str));
        let scopes = self.words("oauth_scopes").enumerate();
        let unknown = scopes
            .filter(|(_, scope)| self.pool.id.is_none() && !all().any(|known| known == *scope));
        let problem = |(index, scope): (usize, &str)| {
            let message =
                format!("no resource server of pool `{}` has the scope `{scope}`", self.key);
            Problem::error(Code::UnknownScope, at.item(index).value(), message)
                .meant(nearest(scope, all()))
        };
        unknown.map(problem).collect()
    }

    fn urls(&self) -> Vec<Problem> {
        let each = ["callback_urls", "logout_urls"].into_iter().flat_map(|key| {
            let urls = self.words(key).enumerate();
            urls.filter_map(move |(index, url)| {
                let at = self.at.at(key).item(index).value();
                Some(Problem::error(Code::BadUrl, at, format!("`{url}` {}", wrong_url(url)?)))
            })
        });
        let default = self.client.settings.0.get("default_redirect_uri");
        let default = default
            .and_then(Value::as_str)
            .filter(|url| self.words("callback_urls").all(|known| known != *url));
        let stranger = default.map(|url| {
            let at = self.at.at("default_redirect_uri").value();
            let problem = Problem::error(
                Code::RedirectNotListed,
                at,
                format!("`{url}` is none of the `callback_urls`"),
            );
            problem.meant(nearest(url, self.words("callback_urls")))
        });
        each.chain(stranger).collect()
    }

    /// Refresh tokens: one lifetime, and one way to use them.
    fn tokens(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.client.refresh_token_days.is_some() && self.client.refresh_token_minutes.is_some() {
            let problem = Problem::error(
                Code::RefreshTokens,
                self.at.at("refresh_token_minutes").key(),
                "a refresh token has one lifetime",
            );
            problems.push(problem.also(self.at.at("refresh_token_days").key(), "the other one"));
        }
        let rotation = self.client.settings.0.get("refresh_token_rotation");
        let rotates = rotation.is_some_and(|rotation| rotation["feature"] == "ENABLED");
        let at = self.at.at("refresh_token_rotation").at("feature").value();
        if rotates && !self.client.is_for_users() {
            problems.push(Problem::error(
                Code::RefreshTokens,
                at,
                "a machine gets no refresh token",
            ));
        } else if rotates && self.client.auth_flows.contains(&AuthFlow::RefreshToken) {
            let problem = Problem::error(
                Code::RefreshTokens,
                at,
                "AWS rotates no refresh tokens where \"refresh-token\" is allowed, which keeps them",
            );
            let problem = if self.at.has("auth_flows") {
                problem.also(self.flow(AuthFlow::RefreshToken), "allowed here")
            } else {
                problem
            };
            let others = self.client.auth_flows.iter().filter(|it| **it != AuthFlow::RefreshToken);
            let others: Vec<_> = others.map(|flow| format!("\"{}\"", flow.key())).collect();
            problems.push(problem.help(format!("write `auth_flows = [{}]`", others.join(", "))));
        }
        problems
    }

    /// What only a client with a secret can have.
    fn secret(&self) -> Vec<Problem> {
        const NEED_ONE: [&str; 2] = [
            "enable_propagate_additional_user_context_data",
            "publish_secrets_in_aws_secrets_manager",
        ];
        let on = |key: &&str| self.client.settings.0.get(*key) == Some(&true.into());
        let wrong = NEED_ONE.into_iter().filter(|_| !self.client.generate_secret).filter(on);
        let problem = |key| {
            let problem = Problem::error(
                Code::SecretNeeded,
                self.at.at(key).key(),
                format!("`{key}` needs a client with a secret"),
            );
            problem.help("add `generate_secret = true`; it is decided when the client is created")
        };
        wrong.map(problem).collect()
    }

    /// Attributes that users of the client may read or write: AWS refuses names that the pool does not have.
    fn attributes(&self, key: &str) -> Vec<Problem> {
        let at = self.at.at(key);
        if self.at.has(key) && self.words(key).next().is_none() {
            let message =
                "AWS takes an empty list for none, and then it is every standard attribute";
            let problem = Problem::error(Code::ClientAttributes, at.value(), message);
            return vec![problem.help("name one that does no harm, or leave the key out")];
        }
        if self.pool.id.is_some() {
            return Vec::new();
        }
        let declared = self.pool.attributes.keys().map(|name| UserAttribute::api_name(name));
        let declared: Vec<_> = declared.collect();
        let wrong = |name: &str| {
            if READ_ONLY.contains(&name) {
                let message = format!("only AWS writes `{name}`");
                return (key == "write_attributes").then_some((message, None));
            }
            let known = is_standard(name) || declared.iter().any(|known| known == name);
            let message = format!("users of pool `{}` have no attribute `{name}`", self.key);
            let meant = nearest(name, declared.iter().map(String::as_str));
            (!known).then_some((message, meant))
        };
        let problem = |(index, name): (usize, &str)| {
            let (message, meant) = wrong(name)?;
            Some(
                Problem::error(Code::ClientAttributes, at.item(index).value(), message)
                    .meant(meant),
            )
        };
        let named = self.words(key).enumerate().filter_map(problem);
        let unwritable = (key == "write_attributes" && self.at.has(key)).then(|| self.unwritable());
        named.chain(unwritable.flatten()).collect()
    }

    /// A required attribute that users may not write (aws-cdk #2608).
    fn unwritable(&self) -> Option<Problem> {
        let at = self.at.at("write_attributes");
        let required = self.pool.attributes.iter().filter(|(_, attribute)| attribute.required);
        let mut names = required.map(|(name, _)| UserAttribute::api_name(name));
        let name = names.find(|name| self.words("write_attributes").all(|it| it != name))?;
        let message = format!("`{name}` is required of users, and so they have to write it");
        Some(
            Problem::error(Code::ClientAttributes, at.value(), message)
                .help(format!("add \"{name}\"")),
        )
    }

    fn words(&self, key: &str) -> impl Iterator<Item = &str> {
        self.client.settings.words(key)
    }

    /// Where this flow stands.
    fn flow(&self, wanted: AuthFlow) -> Span {
        let index = self.client.auth_flows.iter().position(|flow| *flow == wanted);
        self.at.at("auth_flows").item(index.unwrap_or_default()).value()
    }
}

/// What AWS has against a URL to come back to (`CallbackURLs`): absolute, encrypted but for this machine, no fragment.
fn wrong_url(url: &str) -> Option<&'static str> {
    let is_local = |url: &str| {
        let rest = LOOPBACK.iter().find_map(|local| url.strip_prefix(local));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/', '?']))
    };
    if !url.contains(':') {
        return Some("is not absolute: it begins with `https://`, or with the scheme of an app");
    }
    if url.contains('#') {
        return Some("has a fragment (`#`), which AWS does not take");
    }
    let plain = url.starts_with("http://") && !is_local(url);
    plain.then_some(
        "is not encrypted: AWS takes `http` for `localhost`, `127.0.0.1` and `[::1]` alone",
    )
}
