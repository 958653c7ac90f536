//! The files that runs are given.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use pretoken::config::{self, Loaded};

/// A `deploy.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum File {
    /// A pool of the stack's own, with users and a machine.
    Own,
    /// The same with one promise: what is wrong is asked for again and again, so one user has to do.
    Promised,
    /// The same with somebody who is turned away.
    Refusing,
    /// The same, and its client lets nobody in by a password.
    Unverifiable,
    /// The same, and one old version is enough.
    FewVersions,
    /// A pool that somebody else made.
    Adopted,
    /// That pool beside one of the stack's own.
    Both,
    /// One of the stack's own, whose tokens say by which client they came, …
    Named,
    /// … and the pool that somebody else made beside it.
    NamedBoth,
    /// Three environments of the stack.
    Review(&'static str),
}

const STACK: &str = r#"
name = "orders"
region = "eu-west-1"

[trigger]
event_version = "V3_0"
keep_versions = 5
"#;

const OWN: &str = r#"
[pools.customers]
tier = "ESSENTIALS"
domain = "orders"
deletion_protection = false

[pools.customers.clients.web]
auth_flows = ["user-password", "refresh-token"]

[pools.customers.clients.billing]
auth_flows = ["client-credentials"]
generate_secret = true

[pools.customers.resource_servers.orders]
scopes = { read = "Read orders", write = "Change orders" }

[pools.customers.groups]
staff = "Order desk"
"#;

const ADOPTED: &str = r#"
[pools.company]
id = "eu-west-1_Company"

[pools.company.clients.web]
auth_flows = ["admin-user-password"]

[pools.company.resource_servers.orders]
scopes = { read = "Read orders", write = "Change orders" }
"#;

const RULES: &str = r#"
[[rules]]
name = "everyone reads"
add_scopes = ["orders/read"]

[[rules]]
name = "staff write"
groups = ["staff"]
add_scopes = ["orders/write"]
access_claims = { desk = "orders" }
"#;

const NAMED: &str = r#"
[[rules]]
name = "everyone reads"
add_scopes = ["orders/read"]
access_claims = { app = "{client}" }
"#;

const PROMISE: &str = r#"
[[expect]]
name = "staff can write"
client = "web"
groups = ["staff"]
scopes = ["orders/read", "orders/write"]
"#;

const REFUSING: &str = r#"
[[rules]]
name = "blocked"
groups = ["blocked"]
refuse = "Call the help desk."

[[expect]]
name = "who is blocked stays out"
client = "web"
groups = ["blocked"]
refused = "Call the help desk."
"#;

const REVIEW: &str = "\n[env.\"pr-*\"]\ntrigger.memory_mb = 256\n";

impl File {
    fn text(self) -> String {
        match self {
            Self::Own => [STACK, OWN, RULES].concat(),
            Self::Promised => [STACK, OWN, RULES, PROMISE].concat(),
            Self::Refusing => [STACK, OWN, "blocked = \"Blocked\"\n", RULES, PROMISE, REFUSING].concat(),
            Self::Unverifiable => {
                [STACK, OWN, RULES].concat().replace("user-password", "user-srp")
                    .replace("[pools.customers.clients.billing]\nauth_flows = [\"client-credentials\"]\ngenerate_secret = true\n", "")
            }
            Self::FewVersions => [STACK, OWN, RULES].concat().replace("keep_versions = 5", "keep_versions = 1"),
            Self::Adopted => [STACK, ADOPTED, RULES].concat(),
            Self::Both => [STACK, OWN, ADOPTED, RULES].concat(),
            Self::Named => [STACK, OWN, NAMED].concat(),
            Self::NamedBoth => [STACK, OWN, ADOPTED, NAMED].concat(),
            Self::Review(_) => [STACK, OWN, RULES, REVIEW].concat().replace("domain = \"orders\"\n", ""),
        }
    }

    /// The environment that it is used in, if it is meant for one.
    pub fn environment(self) -> Option<&'static str> {
        if let Self::Review(env) = self { Some(env) } else { None }
    }

    /// As the environment has it that it is meant for. It is read once: thousands of runs are given the same.
    pub fn loaded(self) -> Rc<Loaded> {
        thread_local! {
            static READ: RefCell<BTreeMap<File, Rc<Loaded>>> = RefCell::default();
        }
        let read = || {
            let loaded = config::parse(&self.text(), "deploy.toml", self.environment());
            Rc::new(loaded.expect("a valid file"))
        };
        READ.with_borrow_mut(|all| Rc::clone(all.entry(self).or_insert_with(read)))
    }
}
