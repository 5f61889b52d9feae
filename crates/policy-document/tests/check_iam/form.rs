//! Elements, their types, and what SCPs and RCPs forbid.

use super::*;

#[test]
fn what_is_right_gives_nothing() {
    let deny = json!({"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"});
    expect(&[
        ("one statement without a list", scp(json!({})), SCP, &[]),
        ("a list of statements", json!({"Version": "2012-10-17", "Statement": [deny, deny]}), SCP, &[]),
        ("an empty Sid", scp(json!({"Sid": ""})), SCP, &[]),
        // The full language of IAM, since 2025-09-19.
        ("an Allow with a condition", scp(json!({"Effect": "Allow", "Condition": {"StringEquals": {"aws:PrincipalAccount": "111111111111"}}})), SCP, &[]),
        ("an Allow of some resources", scp(json!({"Effect": "Allow", "Resource": "arn:aws:s3:::ledger"})), SCP, &[]),
        ("NotResource", scp(json!({"Resource": null, "NotResource": "arn:aws:s3:::ledger"})), SCP, &[]),
        ("NotAction with Allow", scp(json!({"Effect": "Allow", "Action": null, "NotAction": "iam:*"})), SCP, &[]),
        ("wildcards at the beginning and in the middle", scp(json!({"Action": ["s3:*Bucket", "s3:Put*Acl", "s?:Get*", "*:Delete*"]})), SCP, &[]),
        ("nothing excepted from what a condition restricts", scp(json!({"Action": null, "NotAction": [], "Condition": {"Null": {"aws:PrincipalTag/team": "true"}}})), SCP, &[]),
        ("a resource control policy", rcp(json!({})), RCP, &[]),
        ("its principal in more words", rcp(json!({"Principal": {"AWS": "*"}})), RCP, &[]),
        ("a principal that a variable holds", rcp(json!({"Principal": "${Who}"})), RCP, &[]),
        ("one in more words", rcp(json!({"Principal": {"AWS": "${Who}"}})), RCP, &[]),
        ("one whose kind a variable holds", rcp(json!({"Principal": {"${Kind}": "*"}})), RCP, &[]),
        ("its NotResource", rcp(json!({"Resource": null, "NotResource": "arn:aws:s3:::ledger/*"})), RCP, &[]),
        ("its service in capitals", rcp(json!({"Action": "SQS:SendMessage"})), RCP, &[]),
    ]);
}

#[test]
fn the_form_of_a_policy() {
    let statement = json!({"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"});
    expect(&[
        ("a list of policies", json!([]), SCP, &[" iam-wrong-type this is a list: a policy is an object"]),
        ("no statement", json!({"Version": "2012-10-17"}), SCP, &[" iam-missing-element an element is missing: Statement"]),
        ("an empty list of statements", json!({"Version": "2012-10-17", "Statement": []}), SCP, &["/Statement iam-empty-list no statement: at least one statement"]),
        ("a text as statement", json!({"Version": "2012-10-17", "Statement": "Deny"}), SCP, &["/Statement iam-wrong-type this is a text: a statement is an object"]),
        ("a text among statements", json!({"Version": "2012-10-17", "Statement": [statement, "Deny"]}), SCP, &["/Statement/1 iam-wrong-type this is a text: a statement is an object"]),
        (
            "another element",
            json!({"Version": "2012-10-17", "Statement": statement, "Comment": "why"}),
            SCP,
            &["/Comment iam-unknown-element there is no element \"Comment\": Version, Statement, Id"],
        ),
        (
            "a misspelt element",
            json!({"version": "2012-10-17", "Statements": statement}),
            SCP,
            &[
                "/version iam-unknown-element there is no element \"version\": Version, Statement, Id -> \"Version\"",
                "/Statements iam-unknown-element there is no element \"Statements\": Version, Statement, Id -> \"Statement\"",
                " iam-missing-element an element is missing: Statement",
                " iam-old-version no Version: \"Version\": \"2012-10-17\"",
            ],
        ),
        ("an Id", json!({"Version": "2012-10-17", "Id": "x", "Statement": statement}), SCP, &["/Id iam-id no policy of an organization has an Id: Version and Statement"]),
        ("no version", json!({"Statement": statement}), SCP, &[" iam-old-version no Version: \"Version\": \"2012-10-17\""]),
        (
            "the old version",
            json!({"Version": "2008-10-17", "Statement": statement}),
            SCP,
            &["/Version iam-old-version the language of 2008-10-17 has no variables: 2012-10-17 -> \"2012-10-17\""],
        ),
        ("no such version", json!({"Version": "2012-10-18", "Statement": statement}), SCP, &["/Version iam-version there is no version \"2012-10-18\": 2012-10-17 -> \"2012-10-17\""]),
        ("a version that is no text", json!({"Version": 2012, "Statement": statement}), SCP, &["/Version iam-wrong-type this is a number: a text"]),
    ]);
}

#[test]
fn the_form_of_a_statement() {
    expect(&[
        ("no effect", scp(json!({"Effect": null})), SCP, &["/Statement iam-missing-element an element is missing: Effect"]),
        ("no action", scp(json!({"Action": null})), SCP, &["/Statement iam-missing-element an element is missing: Action or NotAction"]),
        ("no resource", scp(json!({"Resource": null})), SCP, &["/Statement iam-missing-element an element is missing: Resource or NotResource"]),
        ("both kinds of actions", scp(json!({"NotAction": "s3:GetObject"})), SCP, &["/Statement/NotAction iam-conflicting-elements Action stands here too: one of the two"]),
        ("both kinds of resources", scp(json!({"NotResource": "arn:aws:s3:::ledger"})), SCP, &["/Statement/NotResource iam-conflicting-elements Resource stands here too: one of the two"]),
        ("an effect in small letters", scp(json!({"Effect": "deny"})), SCP, &["/Statement/Effect iam-effect \"deny\" is no effect: Allow or Deny -> \"Deny\""]),
        ("an effect in another word", scp(json!({"Effect": "Forbid"})), SCP, &["/Statement/Effect iam-effect \"Forbid\" is no effect: Allow or Deny"]),
        ("an effect that is no text", scp(json!({"Effect": true})), SCP, &["/Statement/Effect iam-wrong-type this is true or false: a text"]),
        (
            "a misspelt element",
            scp(json!({"Action": null, "Actions": "s3:DeleteBucket"})),
            SCP,
            &[
                "/Statement/Actions iam-unknown-element there is no element \"Actions\": Sid, Effect, Action, NotAction, Resource, NotResource, Condition -> \"Action\"",
                "/Statement iam-missing-element an element is missing: Action or NotAction",
            ],
        ),
        ("no actions", scp(json!({"Action": []})), SCP, &["/Statement/Action iam-empty-list no action: at least one action"]),
        ("no resources", scp(json!({"Resource": []})), SCP, &["/Statement/Resource iam-empty-list no resource: at least one resource"]),
        ("an action that is no text", scp(json!({"Action": ["s3:DeleteBucket", 5]})), SCP, &["/Statement/Action/1 iam-wrong-type this is a number: a text or a list of texts"]),
        ("a resource that is no text", scp(json!({"Resource": {"arn": "*"}})), SCP, &["/Statement/Resource iam-wrong-type this is an object: a text or a list of texts"]),
        (
            "a Sid with a hyphen",
            scp(json!({"Sid": "deny-leaving"})),
            SCP,
            &["/Statement/Sid scp-sid-characters \"deny-leaving\" has other characters: letters and digits -> \"DenyLeaving\""],
        ),
        ("a Sid with an underscore", scp(json!({"Sid": "Deny_1"})), SCP, &["/Statement/Sid scp-sid-characters \"Deny_1\" has other characters: letters and digits -> \"Deny1\""]),
        ("a Sid of an RCP", rcp(json!({"Sid": "tls only"})), RCP, &["/Statement/Sid rcp-sid-characters \"tls only\" has other characters: letters and digits -> \"TlsOnly\""]),
    ]);
}

#[test]
fn two_statements_with_one_sid() {
    let statement = |sid: &str| json!({"Sid": sid, "Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"});
    let policy = |sids: &[&str]| json!({"Version": "2012-10-17", "Statement": sids.iter().map(|sid| statement(sid)).collect::<Vec<_>>()});
    expect(&[
        ("two names", policy(&["One", "one"]), SCP, &[]),
        ("none", policy(&["", ""]), SCP, &[]),
        ("the same", policy(&["One", "Two", "One"]), SCP, &["/Statement/2/Sid iam-duplicate-sid another statement has the Sid \"One\" too: a Sid of its own"]),
    ]);
}

#[test]
fn what_a_service_control_policy_forbids() {
    expect(&[
        ("a principal", scp(json!({"Principal": "*"})), SCP, &["/Statement/Principal scp-principal a service control policy has no Principal: a Condition on aws:PrincipalArn"]),
        (
            "excepted principals",
            scp(json!({"NotPrincipal": {"AWS": "*"}})),
            SCP,
            &["/Statement/NotPrincipal scp-principal a service control policy has no NotPrincipal: a Condition on aws:PrincipalArn"],
        ),
    ]);
}

#[test]
fn what_a_resource_control_policy_forbids() {
    let principal = "/Statement/Principal rcp-principal this is not everybody: \"*\", and a Condition for whom it is about";
    expect(&[
        ("an Allow", rcp(json!({"Effect": "Allow"})), RCP, &["/Statement/Effect rcp-allow a resource control policy allows nothing: Deny"]),
        ("no principal", rcp(json!({"Principal": null})), RCP, &["/Statement iam-missing-element an element is missing: Principal"]),
        ("a list of principals", rcp(json!({"Principal": ["*"]})), RCP, &[principal]),
        ("an account", rcp(json!({"Principal": {"AWS": "arn:aws:iam::111111111111:root"}})), RCP, &[principal]),
        ("a service", rcp(json!({"Principal": {"Service": "*"}})), RCP, &[principal]),
        ("an account that a variable holds", rcp(json!({"Principal": {"AWS": "arn:aws:iam::${Account}:root"}})), RCP, &[principal]),
        ("a service that a variable holds", rcp(json!({"Principal": {"Service": "${Who}"}})), RCP, &[principal]),
        ("a variable of IAM", rcp(json!({"Principal": {"AWS": "${aws:username}"}})), RCP, &[principal]),
        (
            "a misspelt principal",
            rcp(json!({"Principal": null, "Principals": "*"})),
            RCP,
            &[
                "/Statement/Principals iam-unknown-element there is no element \"Principals\": Sid, Effect, Principal, Action, Resource, NotResource, Condition -> \"Principal\"",
                "/Statement iam-missing-element an element is missing: Principal",
            ],
        ),
        (
            "excepted principals",
            rcp(json!({"Principal": null, "NotPrincipal": "*"})),
            RCP,
            &["/Statement/NotPrincipal rcp-not-principal a resource control policy has no NotPrincipal: Principal * and a Condition on aws:PrincipalArn"],
        ),
        ("excepted actions", rcp(json!({"Action": null, "NotAction": "s3:GetObject"})), RCP, &["/Statement/NotAction rcp-not-action a resource control policy has no NotAction: Action"]),
        (
            "every action",
            rcp(json!({"Action": "*", "Resource": "arn:aws:s3:::ledger"})),
            RCP,
            &["/Statement/Action rcp-action-without-service \"*\" names no service: the prefix of a service, such as s3:*"],
        ),
        (
            "a pattern of services",
            rcp(json!({"Action": ["s3:GetObject", "s*:Get*"]})),
            RCP,
            &["/Statement/Action/1 rcp-action-without-service \"s*:Get*\" names no service: the prefix of a service, such as s3:*"],
        ),
    ]);
}

#[test]
fn the_syntax_of_actions() {
    let action = |text: &str| scp(json!({"Action": text, "Resource": "arn:aws:s3:::ledger"}));
    let problem = |text: &str| format!("/Statement/Action iam-action-syntax {text}: service:action, such as s3:GetObject");
    for right in ["*", "**", "*:*", "s3:*", "S3:getobject", "s3:?etObject", "bedrock-agentcore:*", "${Actions}"] {
        assert_eq!(found(&action(right), SCP), Vec::<String>::new(), "{right}");
    }
    for (wrong, expected) in [
        ("GetObject", problem("\"GetObject\" names no service")),
        ("s3:", problem("\"s3:\" is no action")),
        (":GetObject", problem("\":GetObject\" is no action")),
        ("s3:Get Object", problem("\"s3:Get Object\" contains a space")),
        ("s3:GetObject ", problem("\"s3:GetObject \" contains a space") + " -> \"s3:GetObject\""),
        ("s3:Get:Object", problem("\"s3:Get:Object\" has more than one colon")),
        ("s3.amazonaws.com:GetObject", problem("\"s3.amazonaws.com:GetObject\" is no action")),
        ("", problem("\"\" names no service")),
    ] {
        assert_eq!(found(&action(wrong), SCP), [expected]);
    }
}

#[test]
fn the_form_of_resources() {
    let resource = |text: &str| scp(json!({"Resource": text}));
    let arn = |text: &str| format!("/Statement/Resource iam-resource-not-an-arn {text} is no ARN: * or an ARN, such as arn:aws:s3:::ledger/*");
    let parts = |text: &str| format!("/Statement/Resource iam-arn-parts {text}");
    let right = [
        "*",
        "arn:aws:s3:::ledger/*",
        "arn:*:iam::*:role/admin",
        "arn:aws:iam::aws:policy/AdministratorAccess",
        "arn:aws-us-gov:backup:us-gov-west-1:111111111111:backup-vault:central",
        "arn:aws:iam::*",
        "arn:aws:s3:::${aws:PrincipalAccount}-*",
        "arn:${aws:Partition}:iam::*:role/x",
        "${Vaults}",
        "*:role/admin",
    ];
    for right in right {
        assert_eq!(found(&resource(right), SCP), Vec::<String>::new(), "{right}");
    }
    for (wrong, expected) in [
        ("ledger", arn("\"ledger\"")),
        ("ARN:aws:s3:::ledger", arn("\"ARN:aws:s3:::ledger\"")),
        (" arn:aws:s3:::ledger", arn("\" arn:aws:s3:::ledger\"") + " -> \"arn:aws:s3:::ledger\""),
        ("", arn("\"\"")),
        ("arn:aws:s3:ledger", parts("this ARN has only 4 of the six parts: arn:partition:service:region:account:resource")),
        ("arn:amazon:s3:::ledger", parts("\"amazon\" is no partition of AWS: aws, aws-cn, aws-us-gov or another partition")),
        ("arn:aws:iam:111111111111::role/x", parts("111111111111 stands where the Region belongs: a Region, or nothing")),
        ("arn:aws:iam::11111111111:role/x", parts("account 11111111111 has 11 digits: twelve digits")),
    ] {
        assert_eq!(found(&resource(wrong), SCP), [expected]);
    }
}
