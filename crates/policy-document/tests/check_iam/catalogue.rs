//! Whether the actions, resources and condition keys exist, and go together.

use super::*;

const DATA: &str = include_str!("../../data/iam-catalogue.txt");

fn found(document: &Value, policy_type: &str) -> Vec<String> {
    lines(document, policy_type, |code| OF_THE_CATALOGUE.contains(&code))
}

fn had(what: &str) -> String {
    format!("{what} that AWS had on {}", &DATA[..10])
}

/// The actions of the data: service, name.
fn actions() -> Vec<(&'static str, &'static str)> {
    let mut service = "";
    let mut actions = Vec::new();
    for line in DATA.lines().skip(1) {
        match (line.strip_prefix('='), line.split_once('|')) {
            (Some(head), _) => service = head.split(' ').next().unwrap(),
            (_, Some((name, _))) => actions.push((service, name)),
            _ => {}
        }
    }
    actions
}

#[test]
fn every_action_of_the_data_is_found() {
    let actions = actions();
    assert!(actions.len() > 20_000, "{}", actions.len());
    for spell in [|service: &str, name: &str| format!("{service}:{name}"), |service: &str, name: &str| format!("{service}:{name}").to_uppercase(), |service: &str, name: &str| format!("{service}:{}*", &name[..name.len() - 1])] {
        let list: Vec<String> = actions.iter().map(|(service, name)| spell(service, name)).collect();
        assert_eq!(found(&scp(json!({"Action": list})), SCP), Vec::<String>::new());
    }
}

#[test]
fn actions_that_are_not_there() {
    let service = |found: &str| format!("/Statement/Action iam-unknown-service no service has the prefix {found}: {}", had("a service"));
    let action = |found: &str| format!("/Statement/Action iam-unknown-action {found}: {}", had("an action"));
    for (text, expected) in [
        // What a sample of AWS's for the lock on a vault had for years: it guards nothing.
        ("backup:DeleteVaultAccessPolicy", action("backup has no action \"DeleteVaultAccessPolicy\"") + " -> \"backup:DeleteBackupVaultAccessPolicy\""),
        ("backup:DeleteBackupVaul", action("backup has no action \"DeleteBackupVaul\"") + " -> \"backup:DeleteBackupVault\""),
        ("s3:ListObjectsV2", action("s3 has no action \"ListObjectsV2\"")),
        ("iam:AssumeRole", action("iam has no action \"AssumeRole\"") + " -> \"sts:AssumeRole\""),
        ("kms:Remove*", action("no action of kms matches \"Remove*\"")),
        ("ec2:Descirbe*", action("no action of ec2 matches \"Descirbe*\"") + " -> \"ec2:Describe*\""),
        ("ec2:*Instanze?", action("no action of ec2 matches \"*Instanze?\"")),
        // What IAM knows as s3:PutBucketTagging; to suggest another verb would be worse than nothing.
        ("s3:DeleteBucketTagging", action("s3 has no action \"DeleteBucketTagging\"")),
        ("s3:?", action("no action of s3 matches \"?\"")),
        ("backups:*", service("\"backups\"") + " -> \"backup:*\""),
        ("dynamoddb:DeleteTable", service("\"dynamoddb\"") + " -> \"dynamodb:DeleteTable\""),
        ("nothing-like-it:Get*", service("\"nothing-like-it\"")),
        ("nothing*:Get*", service("\"nothing*\"")),
        ("saml:Get*", service("\"saml\"")),
        ("aws:GetObject", service("\"aws\"")),
    ] {
        assert_eq!(found(&scp(json!({"Action": text})), SCP), [expected], "{text}");
    }
    for text in ["*", "s3:*", "S3:getobject", "s3:Get*", "s3:*Bucket*Polic?", "s?:*", "e*2:RunInstances", "${Action}"] {
        assert_eq!(found(&scp(json!({"Action": text})), SCP), Vec::<String>::new(), "{text}");
    }
    let line = action("iam has no action \"DeleteRolle\"").replace("Action", "NotAction/1").replace("-unknown-NotAction/1", "-unknown-action");
    let not_action = scp(json!({"Action": null, "NotAction": ["iam:*", "iam:DeleteRolle"], "Resource": "arn:aws:s3:::ledger"}));
    assert_eq!(found(&not_action, SCP), [line + " -> \"iam:DeleteRole\""]);
}

#[test]
fn services_that_resource_control_policies_reach() {
    let line = |service: &str| format!("/Statement/Action rcp-unsupported-service resource control policies do not reach {service}: a service that supported them on {}", &DATA[..10]);
    for action in ["s3:PutObject", "SQS:SendMessage", "kms:*", "dynamodb:PutItem"] {
        assert_eq!(found(&rcp(json!({"Action": action})), RCP), Vec::<String>::new(), "{action}");
    }
    for (action, service) in [("iam:CreateUser", "iam"), ("EC2:RunInstances", "ec2")] {
        assert_eq!(found(&rcp(json!({"Action": action})), RCP), [line(service)]);
    }
    let unknown = found(&rcp(json!({"Action": "nothing-like-it:Get"})), RCP);
    assert_eq!(unknown, [format!("/Statement/Action iam-unknown-service no service has the prefix \"nothing-like-it\": {}", had("a service"))]);
}

#[test]
fn actions_that_are_never_about_the_resources() {
    let on = |action: Value, resource: Value| scp(json!({"Action": action, "Resource": resource}));
    let none = |at: &str, action: &str| format!("/Statement/Action{at} iam-never-matches {action} is about no resource in particular, so this never matches: \"Resource\": \"*\" in a statement of its own");
    let other = |at: &str, action: &str, such_as: &str| format!("/Statement/Action{at} iam-never-matches {action} is never about these resources: such as {such_as}");
    let vault = "arn:aws:backup:*:*:backup-vault:central";
    for (action, resource, expected) in [
        (json!("s3:ListAllMyBuckets"), json!("arn:aws:s3:::*"), vec![none("", "s3:ListAllMyBuckets")]),
        (json!("s3:PutObject"), json!("arn:aws:s3:::ledger"), vec![other("", "s3:PutObject", "arn:*:s3:::*/*")]),
        (json!(["s3:GetBucketAcl", "s3:GetObject"]), json!("arn:aws:s3:::ledger"), vec![other("/1", "s3:GetObject", "arn:*:s3:::*/*")]),
        (json!(["iam:DeleteRole", "iam:ListRoles"]), json!("arn:aws:iam::*:role/admin"), vec![none("/1", "iam:ListRoles")]),
        (json!("kms:ScheduleKeyDeletion"), json!(["arn:aws:kms:*:*:alias/central"]), vec![other("", "kms:ScheduleKeyDeletion", "arn:*:kms:*:*:key/*")]),
        (json!("iam:List*Policies"), json!("arn:aws:s3:::ledger"), vec![other("", "iam:List*Policies", "arn:*:iam::*:role/*")]),
    ] {
        assert_eq!(found(&on(action.clone(), resource), SCP), expected, "{action}");
    }
    for (action, resource) in [
        ("s3:ListAllMyBuckets", "*"),
        ("s3:*", "arn:aws:s3:::ledger"),
        ("s3:GetObject", "arn:aws:s3:::ledger/*"),
        ("s3:GetObject", "arn:aws:s3:::ledger*"),
        ("s3:GetObject", "arn:aws:s3:::${aws:PrincipalAccount}/x"),
        ("s3:GetObject", "${Objects}"),
        ("backup:PutBackupVaultAccessPolicy", vault),
        ("ec2:RunInstances", "arn:aws:ec2:*:*:instance/*"),
        ("kms:Decrypt", "arn:aws:kms:eu-west-1:111111111111:key/1234"),
        ("sts:AssumeRole", "arn:aws:iam::*:role/x"),
        // The root user makes access keys of its own.
        ("iam:CreateAccessKey", "arn:aws:iam::*:root"),
        ("*", "arn:aws:s3:::ledger"),
    ] {
        assert_eq!(found(&on(json!(action), json!(resource)), SCP), Vec::<String>::new(), "{action} {resource}");
    }
    let excepted = scp(json!({"Action": "s3:PutObject", "Resource": null, "NotResource": "arn:aws:s3:::ledger"}));
    assert_eq!(found(&excepted, SCP), Vec::<String>::new());
}

#[test]
fn condition_keys_that_are_not_there() {
    let with = |key: &str| when("StringEquals", key, json!("x"));
    let line = |key: &str, allowed: &str| format!("/Statement/Condition/StringEquals/{} iam-unknown-condition-key there is no condition key {key:?}: {allowed}", key.replace('/', "~1"));
    for key in ["aws:PrincipalTag/team", "AWS:principaltag/Team", "aws:RequestedRegion", "s3:prefix", "s3:BucketTag/x", "accounts.google.com:aud", "oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub", "${Key}", "aws:${Key}"] {
        assert_eq!(found(&with(key), SCP).into_iter().filter(|line| line.contains("unknown")).collect::<Vec<_>>(), Vec::<String>::new(), "{key}");
    }
    for (key, allowed, meant) in [
        ("aws:RequestRegion", had("a key"), Some("aws:RequestedRegion")),
        ("aws:PrincipleTag/team", had("a key"), Some("aws:PrincipalTag/team")),
        ("aws:PrincipalTag", "aws:PrincipalTag/ and the key of a tag".to_owned(), None),
        ("s3:ExistingObjectTags/x", had("a key"), Some("s3:ExistingObjectTag/x")),
        ("aw:PrincipalArn", had("a key"), Some("aws:PrincipalArn")),
        ("nothing-like-it:Key", had("a key"), None),
    ] {
        let meant = meant.map(|meant| format!(" -> {meant:?}")).unwrap_or_default();
        assert_eq!(found(&with(key), SCP), [line(key, &allowed) + &meant]);
    }
}

#[test]
fn condition_keys_of_other_actions() {
    let case = |actions: Value, key: &str| found(&scp(json!({"Action": actions, "Condition": {"StringEquals": {key: "x"}}})), SCP);
    let line = |key: &str| format!("/Statement/Condition/StringEquals/{key} iam-key-not-of-action no request of these actions has {key}: a key of the actions, or a global one");
    for (actions, key) in [(json!("ec2:CreateVpc"), "ec2:InstanceType"), (json!(["rds:*", "s3:*"]), "ec2:InstanceType"), (json!("s3:DeleteBucket"), "s3:prefix")] {
        assert_eq!(case(actions, key), [line(key)]);
    }
    for (actions, key) in [
        (json!("ec2:RunInstances"), "ec2:InstanceType"),
        (json!(["ec2:CreateVpc", "ec2:Run*"]), "ec2:InstanceType"),
        (json!("*"), "ec2:InstanceType"),
        (json!("e*:*"), "ec2:InstanceType"),
        (json!("iam:PassRole"), "iam:PassedToService"),
        (json!("s3:DeleteBucket"), "aws:PrincipalAccount"),
        (json!("s3:ListBucket"), "s3:prefix"),
        // The catalogue knows no action with this key, so it is the catalogue that lacks something.
        (json!("states:InvokeHTTPEndpoint"), "states:HTTPEndpoint"),
        // Of what is not known nothing is said twice.
        (json!("${Action}"), "ec2:InstanceType"),
    ] {
        assert_eq!(case(actions.clone(), key), Vec::<String>::new(), "{actions} {key}");
    }
}

#[test]
fn operators_that_do_not_suit_their_keys() {
    let case = |operator: &str, key: &str, value: &str| found(&when(operator, key, json!(value)), SCP);
    let kind = |operator: &str, key: &str, found: &str, allowed: &str| format!("/Statement/Condition/{operator}/{key} iam-operator-type {operator} does not compare {found}: {allowed} for {key}");
    let set = |operator: &str, key: &str, found: &str, allowed: &str| format!("/Statement/Condition/{operator}/{key} iam-set-operator {found}: {allowed}");
    let several = "this key has several values";
    let one = "this key has one value, and ForAllValues is also true without it";
    for (operator, key, value, expected) in [
        ("NumericEquals", "aws:PrincipalAccount", "1", kind("NumericEquals", "aws:PrincipalAccount", "texts", "a string operator")),
        ("Bool", "aws:SourceIp", "true", kind("Bool", "aws:SourceIp", "addresses", "IpAddress or NotIpAddress")),
        ("IpAddress", "aws:SourceVpc", "10.0.0.0/8", kind("IpAddress", "aws:SourceVpc", "texts", "a string operator")),
        ("ArnLike", "aws:SecureTransport", "arn:aws:iam::*:role/x", kind("ArnLike", "aws:SecureTransport", "true and false", "Bool")),
        ("DateLessThan", "aws:MultiFactorAuthAge", "2026-11-01", kind("DateLessThan", "aws:MultiFactorAuthAge", "numbers", "a numeric operator")),
        ("StringEquals", "aws:TagKeys", "x", set("StringEquals", "aws:TagKeys", several, "ForAnyValue:StringEquals or ForAllValues:StringEquals")),
        ("ForAllValues:StringLike", "aws:PrincipalOrgID", "x", set("ForAllValues:StringLike", "aws:PrincipalOrgID", one, "StringLike")),
    ] {
        assert_eq!(case(operator, key, value), [expected]);
    }
    for (operator, key, value) in [
        ("StringEquals", "aws:SecureTransport", "false"),
        ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:role/x"),
        ("StringLike", "aws:PrincipalArn", "arn:aws:iam::*:role/x"),
        ("NumericLessThan", "aws:EpochTime", "1793491200"),
        ("Null", "aws:TagKeys", "true"),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-1/*"),
        ("ForAnyValue:StringEquals", "aws:PrincipalOrgID", "x"),
    ] {
        assert_eq!(case(operator, key, value), Vec::<String>::new(), "{operator} {key}");
    }
}
