//! Why CloudFormation does not take a change set, or does not end it well: its words, and what helps.

use cfn_org_policy::error::{CallError, Kind};

use crate::aws::Problem;

/// What is recognized in CloudFormation's words, each with what helps.
const REMEDIES: [(&[&str], &str); 12] = [
    (
        &["contain changes", "No updates are to be performed"],
        "CloudFormation sees no difference, so Revision reaches no resource: see whether a condition switches them off",
    ),
    (
        &["denied by stack policy"],
        "the stack policy forbids it: allow Update:Modify of these resources (aws cloudformation set-stack-policy), then run heal again",
    ),
    (
        &["InsufficientCapabilities", "Requires capabilities"],
        "a template needs capabilities that the last deployment did not give, so it is not what was deployed: look at it, and deploy it with them",
    ),
    (
        &["AlreadyExists"],
        "a change set of this name is there already: run heal again, or delete it (aws cloudformation delete-change-set)",
    ),
    (
        &["LimitExceeded"],
        "the stack has as many change sets as it may: delete some (aws cloudformation list-change-sets)",
    ),
    (
        &["OBSOLETE", "InvalidChangeSetStatus"],
        "the stack has been changed meanwhile: run heal again",
    ),
    (&["_IN_PROGRESS state"], "somebody is deploying it: run heal again when that has ended"),
    (
        &["TemplateURL", "S3 error", "S3 Access", "NoSuchKey", "NoSuchBucket", "specified key"],
        "a template that it nests is gone from its bucket, or may not be read with these credentials (s3:GetObject): package and deploy it again, with another Revision",
    ),
    (
        &["ssm:GetParameters", "AWS::SSM::Parameter", "[SSM"],
        "an SSM parameter that the stack uses is gone, or may not be read with these credentials (ssm:GetParameters)",
    ),
    (
        &["not authorized", "AccessDenied", "Access Denied"],
        "these credentials, or the stack's own role, lack a permission: docs/HEALING.md has what heal takes",
    ),
    (
        &["No export named"],
        "another stack does not export any more what this one imports: deploy that one first",
    ),
    (
        &["failed to satisfy constraint", "must match pattern", "AllowedValues"],
        "the parameter Revision does not take this value: name another one with --revision",
    ),
];

/// CloudFormation's words, with what helps.
pub fn explained(reason: &str) -> String {
    let remedy = REMEDIES.iter().find(|(marks, _)| marks.iter().any(|mark| reason.contains(mark)));
    let words = reason.trim().trim_end_matches('.');
    let words = if words.is_empty() { "CloudFormation does not say why" } else { words };
    match remedy {
        Some((_, remedy)) => format!("{words}; {remedy}"),
        None => format!("{words}; see its events and change sets in CloudFormation"),
    }
}

/// Whether CloudFormation has certainly made no change set.
pub fn is_refusal(error: &CallError) -> bool {
    let codes = ["AlreadyExists", "InsufficientCapabilities", "LimitExceeded"];
    matches!(error.kind, Kind::AccessDenied | Kind::BadRequest)
        || codes.iter().any(|code| error.message.contains(code))
}

/// A call about a change set that failed.
pub fn of_call(operation: &str, action: &str, error: &CallError) -> String {
    let problem = Problem::of_call(operation, &format!("cloudformation:{action}"), error);
    let is_known = matches!(error.kind, Kind::BadRequest | Kind::Other)
        && problem.has_no_remedy()
        && REMEDIES.iter().any(|(marks, _)| marks.iter().any(|mark| error.message.contains(mark)));
    if is_known {
        return format!("{operation}: {}", explained(&error.message));
    }
    problem.to_string()
}
