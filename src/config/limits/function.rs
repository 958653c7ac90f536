//! What Lambda takes of a function's surroundings.

use schemars::{Schema, SchemaGenerator};

use super::{Text, whole_number};

/// `SubnetId` and `SubnetIds` of Lambda.
pub(in crate::config) fn subnet_ids(_: &mut SchemaGenerator) -> Schema {
    const SUBNET: Text = Text {
        pattern: "^subnet-[0-9a-z]+$",
        max: 64,
        must_be: "the id of a subnet, such as `subnet-0a1b2c3d`",
    };
    SUBNET.list(16)
}

/// `SecurityGroupId` and `SecurityGroupIds` of Lambda.
pub(in crate::config) fn security_group_ids(_: &mut SchemaGenerator) -> Schema {
    const SECURITY_GROUP: Text = Text {
        pattern: "^sg-[0-9a-zA-Z]+$",
        max: 64,
        must_be: "the id of a security group, such as `sg-0a1b2c3d`",
    };
    SECURITY_GROUP.list(5)
}

/// `LayerVersionArn`; "Lambda quotas": five layers.
pub(in crate::config) fn layers(_: &mut SchemaGenerator) -> Schema {
    const LAYER: Text = Text {
        pattern: "^arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:layer:[A-Za-z0-9_-]+:[0-9]+$",
        max: 140,
        must_be: "the ARN of a layer with its version, such as `arn:aws:lambda:eu-west-1:123456789012:layer:tools:1`",
    };
    LAYER.list(5)
}

/// The key itself: an alias comes back under another name.
pub(in crate::config) fn kms_key_arn(_: &mut SchemaGenerator) -> Schema {
    const KEY: Text = Text {
        pattern: "^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$",
        max: 256,
        must_be: "the ARN of a key, such as `arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab`",
    };
    KEY.schema()
}

/// `ReservedConcurrentExecutions`, without the zero.
pub(in crate::config) fn reserved_concurrency(_: &mut SchemaGenerator) -> Schema {
    whole_number(1, 1_000_000, "zero turns the function off, and every sign-in with it")
}
