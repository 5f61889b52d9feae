//! What AWS has and adds to: the resource types that a selection may name.

/// The resource types that `resource_types` and `not_resource_types` take, in the partition `aws`;
/// other partitions put their own name in. `*` is every type.
///
/// Source: "Backup policy syntax and examples" of the AWS Organizations user guide, 2026-09.
pub const RESOURCE_TYPES: &[&str] = &[
    "arn:aws:backup-gateway:*:*:vm/*",
    "arn:aws:cloudformation:*:*:stack/*",
    "arn:aws:dsql:*:*:cluster/*",
    "arn:aws:dynamodb:*:*:table/*",
    "arn:aws:ec2:*:*:instance/*",
    "arn:aws:ec2:*:*:volume/*",
    "arn:aws:eks:*:*:cluster/*",
    "arn:aws:elasticfilesystem:*:*:file-system/*",
    "arn:aws:fsx:*:*:file-system/*",
    "arn:aws:fsx:*:*:volume/*",
    "arn:aws:rds:*:*:cluster:*",
    "arn:aws:rds:*:*:db:*",
    "arn:aws:redshift-serverless:*:*:namespace/*",
    "arn:aws:redshift:*:*:cluster:*",
    "arn:aws:s3:::*",
    "arn:aws:ssm-sap:*:*:HANA/*",
    "arn:aws:storagegateway:*:*:gateway/*",
    "arn:aws:timestream:*:*:database/*",
];
