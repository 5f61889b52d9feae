//! Statements that do nothing, or too much; documents that are not known yet; the type of a document.

use super::*;

#[test]
fn statements_about_nothing_or_everything() {
    let everything = |at: &str| format!("{at} iam-deny-everything everything is denied to everybody: a Condition, or fewer actions");
    let excepted = |element: &str| format!("/Statement/{element} iam-excepts-everything {element} * leaves nothing over: what is to be excepted");
    for (document, policy_type, expected) in [
        (scp(json!({"Action": null, "NotAction": "*"})), SCP, excepted("NotAction")),
        (scp(json!({"Action": null, "NotAction": ["s3:*", "*:*"]})), SCP, excepted("NotAction")),
        (scp(json!({"Resource": null, "NotResource": ["*"]})), SCP, excepted("NotResource")),
        (scp(json!({"Action": "*"})), SCP, everything("/Statement/Action")),
        (scp(json!({"Action": ["s3:*", "*"], "Condition": {}})), SCP, everything("/Statement/Action")),
        (scp(json!({"Action": null, "NotAction": []})), SCP, everything("/Statement/NotAction")),
        (rcp(json!({"Action": "s3:*"})), RCP, everything("/Statement/Action")),
    ] {
        assert_eq!(found(&document, policy_type), [expected]);
    }
    for (document, policy_type) in [
        (scp(json!({"Action": "*", "Effect": "Allow"})), SCP),
        (scp(json!({"Action": "*", "Condition": {"Null": {"aws:key": "true"}}})), SCP),
        (scp(json!({"Action": "*", "Resource": "arn:aws:s3:::ledger"})), SCP),
        (scp(json!({"Action": null, "NotAction": "iam:*"})), SCP),
        (scp(json!({"Action": "s3:*"})), SCP),
        (rcp(json!({"Action": "s3:Put*"})), RCP),
    ] {
        assert_eq!(found(&document, policy_type), Vec::<String>::new(), "{document}");
    }
}

#[test]
fn allows_without_effect() {
    let statement = |effect: &str, action: Value, resource: &str| json!({"Effect": effect, "Action": action, "Resource": resource});
    let policy = |statements: Value| json!({"Version": "2012-10-17", "Statement": statements});
    let line = |index: usize, why: &str| {
        format!("/Statement/{index}/Effect scp-allow-gives-nothing this Allow has no effect, since another statement {why} all of it: an Allow of something more, or none")
    };
    let conditional = json!({"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"Null": {"aws:key": "true"}}});
    let all = statement("Allow", json!("*"), "*");
    let read = statement("Allow", json!(["s3:GetObject", "s3:List*"]), "arn:aws:s3:::ledger*");
    for (statements, expected) in [
        (json!([all, read]), vec![line(1, "permits")]),
        (json!([read, all]), vec![line(0, "permits")]),
        (json!([all, all]), vec![line(1, "permits")]),
        (json!([read, statement("Deny", json!("s3:*"), "*")]), vec![line(0, "denies")]),
        (json!([read, statement("Deny", json!(["S3:Get*", "s3:List*"]), "arn:*")]), vec![line(0, "denies")]),
        (json!([read, statement("Deny", json!("s3:Get*"), "*")]), vec![]),
        (json!([read, statement("Deny", json!("s3:*"), "arn:aws:s3:::ledger-*")]), vec![]),
        (json!([read, conditional]), vec![]),
        (json!([statement("Allow", json!("s3:*"), "*"), statement("Deny", json!("s3:Delete*"), "*")]), vec![]),
        (json!([statement("Allow", json!("s3:*"), "*"), statement("Allow", json!("s3:?et*"), "*")]), vec![line(1, "permits")]),
        (json!([statement("Allow", json!("s3:?"), "*"), statement("Allow", json!("s3:*"), "*")]), vec![line(0, "permits")]),
    ] {
        assert_eq!(found(&policy(statements.clone()), SCP), expected, "{statements}");
    }
}

#[test]
fn what_only_a_deployment_knows_is_no_fault() {
    use policy_document::tree::{Member, Span, Value};
    let unknown = || Node::new(Value::Unknown("the attribute Arn of Vault".to_owned()));
    let object = |members: Vec<(&str, Node)>| {
        let members = members.into_iter().map(|(key, node)| Member { key: key.to_owned(), key_span: Span::default(), node });
        Node::new(Value::Object(members.collect()))
    };
    let codes = |node: &Node, policy_type: &str| -> Vec<&str> { check(node, policy_type).iter().map(|finding| finding.rule.code).collect() };
    let elements = ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"];
    for policy_type in [SCP, RCP] {
        assert_eq!(codes(&unknown(), policy_type), Vec::<&str>::new());
        let statement = || object(elements.iter().filter(|e| policy_type == RCP || **e != "Principal").map(|e| (*e, unknown())).collect());
        for statements in [unknown(), statement(), Node::new(Value::Array(vec![statement(), unknown()]))] {
            assert_eq!(codes(&object(vec![("Version", unknown()), ("Statement", statements)]), policy_type), Vec::<&str>::new());
        }
        let condition = object(vec![("StringEquals", object(vec![("aws:PrincipalArn", unknown())])), ("Bool", unknown())]);
        let mut statement =
            vec![("Effect", Node::from(&json!("Deny"))), ("Action", Node::from(&json!(["s3:PutObject"]))), ("Resource", Node::new(Value::Array(vec![unknown()]))), ("Condition", condition)];
        if policy_type == RCP {
            statement.push(("Principal", object(vec![("AWS", unknown())])));
        }
        let document = object(vec![("Version", Node::from(&json!("2012-10-17"))), ("Statement", object(statement))]);
        assert_eq!(codes(&document, policy_type), Vec::<&str>::new());
    }
}

#[test]
fn the_type_of_a_document_by_its_content() {
    for (document, expected) in [
        (scp(json!({})), Some(SCP)),
        (rcp(json!({})), Some(RCP)),
        (json!({"Statement": []}), Some(SCP)),
        // The policy of a bucket, and that of a role.
        (rcp(json!({"Effect": "Allow"})), None),
        (json!({"Statement": {"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}}), None),
        (json!({"Resources": {}}), None),
        (json!([]), None),
    ] {
        assert_eq!(policy_type_of(&node(&document)), expected, "{document}");
    }
}

/// Each of these took minutes if every pair were compared.
#[test]
fn large_documents_take_no_longer_than_small_ones() {
    let statement = |i: usize| json!({"Effect": "Allow", "Action": ["s3:Get*", "ec2:CreateTags"], "Resource": format!("arn:aws:sqs:*:*:x{i}"), "Condition": {"StringEquals": {format!("aws:PrincipalTag/{i}"): "x"}}});
    let far_too_many = json!({"Version": "2012-10-17", "Statement": (0..50_000).map(statement).collect::<Vec<_>>()});
    assert_eq!(found(&far_too_many, SCP).len(), 1);
    let actions: Vec<&str> = std::iter::repeat_n("ec2:CreateTags", 300).collect();
    let resources: Vec<String> = (0..300).map(|i| format!("arn:aws:ec2:*:*:x{i}")).collect();
    let keys: Vec<String> = (0..300).map(|i| format!("ec2:ResourceTag/{i}")).collect();
    let condition: Value = keys.into_iter().map(|key| (key, json!("x"))).collect::<serde_json::Map<_, _>>().into();
    let as_many_as_fit = scp(json!({"Action": actions, "Resource": resources, "Condition": {"StringEquals": condition}}));
    assert_eq!(found(&as_many_as_fit, SCP).len(), 1);
}

/// Two long patterns take as long as many short ones, so it is characters that count. Beyond twice the largest document,
/// its size is all that is said of it.
#[test]
fn patterns_are_compared_up_to_twice_the_largest_document() {
    let pattern = |length: usize, end: &str| "a?".repeat(length / 2) + end;
    let contradicting = |length: usize| {
        let condition = json!({"StringLike": {"aws:key": pattern(length, "b")}, "StringEquals": {"aws:key": "c".repeat(length)}});
        lines(&scp(json!({"Condition": condition})), SCP, |code| code == "iam-contradicting-conditions").len()
    };
    for (length, expected) in [(100, 1), (5_000, 1), (10_000, 1), (10_200, 0), (20_000, 0)] {
        assert_eq!(contradicting(length), expected, "{length}");
    }
}
