//! Where everything happens: account and region, the ARNs there, and what a region's name says about its partition.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::region::is_region;

/// The alias that serves.
pub const ALIAS: &str = "live";

/// Where everything happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    #[serde(skip)]
    pub partition: String,
    /// Twelve digits.
    pub account: String,
    /// For example `eu-west-1`.
    pub region: String,
    /// The environment, when one was chosen.
    pub env: Option<String>,
    /// Whether this is the embedded emulator.
    pub local: bool,
}

impl Target {
    /// The ARN of a user pool.
    #[must_use]
    pub fn pool_arn(&self, id: &str) -> String {
        format!("arn:{}:cognito-idp:{}:{}:userpool/{id}", self.partition, self.region, self.account)
    }

    /// The ARN of an IAM role of this account.
    #[must_use]
    pub fn role_arn(&self, name: &str) -> String {
        format!("arn:{}:iam::{}:role/{name}", self.partition, self.account)
    }

    /// The ARN of a managed policy of this account.
    #[must_use]
    pub fn policy_arn(&self, name: &str) -> String {
        format!("arn:{}:iam::{}:policy/{name}", self.partition, self.account)
    }

    /// The ARN of a function, without a version or an alias.
    #[must_use]
    pub fn function_arn(&self, name: &str) -> String {
        format!("arn:{}:lambda:{}:{}:function:{name}", self.partition, self.region, self.account)
    }

    /// The ARN that the pool's trigger and its permission name: the function by its alias.
    #[must_use]
    pub fn alias_arn(&self, function: &str) -> String {
        format!("{}:{ALIAS}", self.function_arn(function))
    }

    /// The ARN of a table of DynamoDB.
    #[must_use]
    pub fn table_arn(&self, name: &str) -> String {
        format!("arn:{}:dynamodb:{}:{}:table/{name}", self.partition, self.region, self.account)
    }

    /// The ARN of a log group, without the `:*` of its streams.
    #[must_use]
    pub fn log_group_arn(&self, name: &str) -> String {
        format!("arn:{}:logs:{}:{}:log-group:{name}", self.partition, self.region, self.account)
    }
}

/// A partition: regions that share accounts, and the domain of their endpoints.
struct Partition {
    /// How the names of its regions begin.
    prefix: &'static str,
    name: &'static str,
    dns_suffix: &'static str,
}

/// What the names of regions say; any other is one of `aws`.
///
/// From `botocore/data/partitions.json` of the AWS SDK for Python.
const PARTITIONS: [Partition; 8] = [
    Partition { prefix: "cn-", name: "aws-cn", dns_suffix: "amazonaws.com.cn" },
    Partition { prefix: "us-gov-", name: "aws-us-gov", dns_suffix: "amazonaws.com" },
    Partition { prefix: "eusc-", name: "aws-eusc", dns_suffix: "amazonaws.eu" },
    Partition { prefix: "us-iso-", name: "aws-iso", dns_suffix: "c2s.ic.gov" },
    Partition { prefix: "us-isob-", name: "aws-iso-b", dns_suffix: "sc2s.sgov.gov" },
    Partition { prefix: "eu-isoe-", name: "aws-iso-e", dns_suffix: "cloud.adc-e.uk" },
    Partition { prefix: "us-isof-", name: "aws-iso-f", dns_suffix: "csp.hci.ic.gov" },
    AWS,
];
const AWS: Partition = Partition { prefix: "", name: "aws", dns_suffix: "amazonaws.com" };

fn partition_of(region: &str) -> &'static Partition {
    PARTITIONS.iter().find(|partition| region.starts_with(partition.prefix)).unwrap_or(&AWS)
}

/// The partition of a region: `aws`, `aws-cn`, …
#[must_use]
pub fn partition(region: &str) -> &'static str {
    partition_of(region).name
}

/// The domain of a region's endpoints: `amazonaws.com`, or that of its partition.
#[must_use]
pub fn dns_suffix(region: &str) -> &'static str {
    partition_of(region).dns_suffix
}

/// The id of a pool in what people copy: the id itself, an ARN, the address of a page of the console.
#[must_use]
pub fn pool_id_in(text: &str) -> Option<&str> {
    let mut words =
        text.split(|letter: char| !(letter.is_ascii_alphanumeric() || "_-".contains(letter)));
    words.find(|word| region_of_pool(word).is_some_and(is_region))
}

/// The region that the id of a pool begins with.
#[must_use]
pub fn region_of_pool(id: &str) -> Option<&str> {
    id.split_once('_').map(|(region, _)| region)
}
