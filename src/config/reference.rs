//! Values that the file does not hold, but says where they are: `{ env = "…" }`, `{ ssm = "…" }`,
//! `{ secrets_manager = "…", key = "…" }`, `{ cloudformation = "STACK.Output" }`, wherever a text is expected.

use std::collections::BTreeMap;
use std::fmt;

use toml::de::{DeTable, DeValue};

/// Where a value is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference {
    /// In a variable of this process.
    Env {
        /// Its name.
        name: String,
    },
    /// In a parameter of AWS Systems Manager.
    Ssm {
        /// Its name, with its path, or its ARN.
        name: String,
    },
    /// In a secret of AWS Secrets Manager.
    SecretsManager {
        /// Its name or ARN.
        id: String,
        /// A member of the JSON object that it is; without one, all of it.
        key: Option<String>,
    },
    /// An output of a stack of AWS CloudFormation.
    CloudFormation {
        /// The stack.
        stack: String,
        /// The output's name.
        output: String,
    },
}

/// The keys of the forms: no other table stands for a text.
pub(super) const FORMS: [&str; 4] = ["env", "ssm", "secrets_manager", "cloudformation"];

/// The words of whoever meant one.
pub(super) const HELP: &str = "a value from elsewhere is `{ env = \"NAME\" }`, `{ ssm = \"/path\" }`, `{ secrets_manager = \"arn\", key = \"name\" }` or `{ cloudformation = \"STACK.Output\" }`";

impl Reference {
    /// What a table says, if it has exactly the keys of one of the forms, each with a text that is not empty.
    pub(super) fn of(value: &DeValue<'_>) -> Option<Self> {
        let table = value.as_table()?;
        let name = text(table, FORMS.into_iter().find(|form| table.contains_key(*form))?)?;
        let key = text(table, "key");
        let keys = 1 + usize::from(key.is_some());
        if table.len() != keys || key.is_some() && !table.contains_key("secrets_manager") {
            return None;
        }
        Some(if table.contains_key("env") {
            Self::Env { name }
        } else if table.contains_key("ssm") {
            Self::Ssm { name }
        } else if table.contains_key("secrets_manager") {
            Self::SecretsManager { id: name, key }
        } else {
            let (stack, output) = name.rsplit_once('.')?;
            let is_whole = !stack.is_empty() && !output.is_empty();
            is_whole.then(|| Self::CloudFormation {
                stack: stack.to_owned(),
                output: output.to_owned(),
            })?
        })
    }

    /// Whether AWS has it: it is read by the commands that connect.
    #[must_use]
    pub fn is_in_aws(&self) -> bool {
        !matches!(self, Self::Env { .. })
    }

    /// A name for it that a variable can have, where an engine or a message asks for one.
    pub(super) fn variable(&self) -> String {
        let text = match self {
            Self::Env { name } => return name.clone(),
            Self::Ssm { name } => name.clone(),
            Self::SecretsManager { id, key } => {
                format!("{id}_{}", key.as_deref().unwrap_or_default())
            }
            Self::CloudFormation { stack, output } => format!("{stack}_{output}"),
        };
        let letter = |letter: char| {
            if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' }
        };
        text.chars().map(letter).collect::<String>().trim_matches('_').to_owned()
    }
}

fn text(table: &DeTable<'_>, key: &str) -> Option<String> {
    let text = table.get(key)?.get_ref().as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env { name } => write!(f, "the variable {name}"),
            Self::Ssm { name } => write!(f, "the parameter {name} of SSM"),
            Self::SecretsManager { id, key: None } => write!(f, "the secret {id}"),
            Self::SecretsManager { id, key: Some(key) } => write!(f, "`{key}` of the secret {id}"),
            Self::CloudFormation { stack, output } => {
                write!(f, "the output {output} of the stack {stack}")
            }
        }
    }
}

/// A value that was read from where it is.
#[derive(Clone, PartialEq, Eq)]
pub struct FoundValue {
    /// The value.
    pub text: String,
    /// Whether no output may show it.
    pub is_secret: bool,
}

impl fmt::Debug for FoundValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FoundValue(hidden)")
    }
}

/// What is known of values from elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values {
    /// What was looked for in AWS: the value, or why there is none.
    pub looked_up: BTreeMap<Reference, Result<FoundValue, String>>,
    /// Whether a variable that is not set is only said: nothing is done with the value.
    pub may_be_unset: bool,
}

/// What a reference comes to.
pub(super) enum Lookup {
    Found(FoundValue),
    /// It was looked for in vain; why.
    Missing(String),
    /// It was not looked for, or may be missing.
    Unknown,
}

impl Values {
    /// Variables are those of this process, unless somebody looked them up already.
    pub(super) fn of(&self, reference: &Reference) -> Lookup {
        match (self.looked_up.get(reference), reference) {
            (Some(Ok(found)), _) => Lookup::Found(found.clone()),
            (Some(Err(why)), _) => Lookup::Missing(why.clone()),
            (None, Reference::Env { name }) => match std::env::var(name) {
                Ok(text) if !text.is_empty() => Lookup::Found(FoundValue { text, is_secret: true }),
                _ if self.may_be_unset => Lookup::Unknown,
                _ => Lookup::Missing("it is not set".to_owned()),
            },
            (None, _) => Lookup::Unknown,
        }
    }
}
