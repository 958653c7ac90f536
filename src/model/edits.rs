//! Changes to resources, as a plan decides them and a write carries them out.

use serde_json::Value;

use super::attributes::Attributes;
use super::aws_api::{self, DeclaredSettings};
use super::resources::Pool;
use super::tags::Tags;

/// A change to the settings of a pool that a stack owns; what is `None` stays as it is. The slot is written by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PoolEdit {
    /// A new name.
    pub name: Option<String>,
    /// `ESSENTIALS` or `PLUS`.
    pub tier: Option<String>,
    /// Deletion protection on or off.
    pub deletion_protection: Option<bool>,
    /// Settings to set, under the names of AWS's API; others stay.
    pub settings: DeclaredSettings,
    /// Attributes to add; none can be changed or removed.
    pub attributes: Attributes,
    /// Tags to set; others stay.
    pub tags: Option<Tags>,
}

impl PoolEdit {
    /// What is set once a pool is made, by calls of its own.
    #[must_use]
    pub fn after_creation(pool: &Pool) -> Option<Self> {
        let first = aws_api::parted(&pool.settings).pool;
        let later = pool.settings.iter().filter(|(key, _)| !first.contains_key(*key));
        let settings: DeclaredSettings =
            later.map(|(key, value)| (key.clone(), value.clone())).collect();
        (!settings.is_empty()).then(|| Self { settings, ..Self::default() })
    }
}

/// A change to a role.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RoleEdit {
    /// A new trust policy.
    pub trust: Option<Value>,
    /// Inline policies to set.
    pub put: Vec<(String, Value)>,
    /// Inline policies to remove.
    pub remove: Vec<String>,
    /// Managed policies to attach.
    pub attach: Vec<String>,
    /// Managed policies to detach.
    pub detach: Vec<String>,
    /// A new permissions boundary; one is never taken away.
    pub permissions_boundary: Option<String>,
    /// Tags to set; others stay.
    pub tags: Option<Tags>,
}

/// What a function needs: any of code, settings, tags.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each says whether one call is made")]
pub struct FunctionEdit {
    /// Upload the package (its architecture goes with it).
    pub code: bool,
    /// Set memory, timeout, role, variables, runtime.
    pub settings: bool,
    /// Reserve invocations for it.
    pub concurrency: bool,
    /// Set our tags.
    pub tags: bool,
}
