//! Service control policies and resource control policies.

use policy_document::effective::control::{Answer, Only, Verdict, applied, ask};
use policy_document::effective::{Organization, PlaceId, read};
use policy_document::tree::Node;
use serde_json::{Value as Json, json};

const SCP: &str = "SERVICE_CONTROL_POLICY";
const RCP: &str = "RESOURCE_CONTROL_POLICY";
const ACTION: &str = "backup:DeleteRecoveryPoint";

/// The root and one account, with FullAWSAccess at both, and these statements at the root.
fn organization(policy_type: &str, statements: &Json) -> (Organization, PlaceId) {
    let full = if policy_type == SCP { "FullAWSAccess" } else { "RCPFullAWSAccess" };
    let file = json!({
        "management_account": "999999999999",
        "policies": [{"name": "guard", "type": policy_type, "content": {"Statement": statements}}],
        "root": {
            "policies": [full, "guard"],
            "accounts": [{"id": "111122223333", "policies": [full]}, {"id": "999999999999"}],
        },
    });
    let organization = read(&Node::from(&file), &mut |_| Err(String::new())).unwrap();
    let account = organization.find("111122223333")[0];
    (organization, account)
}

fn answer(statements: &Json) -> Answer {
    let (organization, account) = organization(SCP, statements);
    ask(&organization, account, SCP, ACTION)
}

#[test]
fn which_statements_deny_an_action() {
    use Verdict::{Denied, DeniedForSome, NotDenied};
    for (statement, verdict) in [
        (json!({"Effect": "Deny", "Action": ACTION, "Resource": "*"}), Denied),
        (
            json!({"Effect": "Deny", "Action": ["s3:*", "BACKUP:deleterecoverypoint"], "Resource": ["*"]}),
            Denied,
        ),
        (json!({"Effect": "Deny", "Action": "backup:*", "Resource": "*"}), Denied),
        (json!({"Effect": "Deny", "Action": "*", "Resource": "*"}), Denied),
        (json!({"Effect": "Deny", "Action": "backup:Delete*Point", "Resource": "*"}), Denied),
        (
            json!({"Effect": "Deny", "Action": "backup:DeleteRecoveryPoin?", "Resource": "*"}),
            Denied,
        ),
        (json!({"Effect": "Deny", "Action": "backup:Delete", "Resource": "*"}), NotDenied),
        (
            json!({"Effect": "Deny", "Action": "backup:DeleteRecoveryPoint?", "Resource": "*"}),
            NotDenied,
        ),
        (json!({"Effect": "Deny", "Action": "s3:*", "Resource": "*"}), NotDenied),
        (json!({"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}), Denied),
        (json!({"Effect": "Deny", "NotAction": ["s3:*", "backup:D*"], "Resource": "*"}), NotDenied),
        (
            json!({"Effect": "Deny", "Action": ACTION, "Resource": "arn:aws:backup:*"}),
            DeniedForSome,
        ),
        (
            json!({"Effect": "Deny", "Action": ACTION, "NotResource": "arn:aws:backup:*"}),
            DeniedForSome,
        ),
        (
            json!({"Effect": "Deny", "Action": ACTION, "Resource": "*", "Condition": {"Bool": {"k": "v"}}}),
            DeniedForSome,
        ),
        (json!({"Effect": "Deny", "Action": ACTION, "Resource": "*", "Condition": {}}), Denied),
        (json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}), NotDenied),
        (json!({"Effect": "Perhaps", "Action": "*", "Resource": "*"}), NotDenied),
        (json!({"Effect": "Deny"}), NotDenied),
    ] {
        for statements in
            [statement.clone(), json!([{"Effect": "Allow", "Action": "x:Y"}, statement])]
        {
            let answer = answer(&statements);
            assert_eq!(answer.verdict, verdict, "{statements}");
            assert_eq!(answer.denying.is_empty(), verdict == NotDenied, "{statements}");
        }
    }
}

#[test]
fn the_statement_is_named_with_its_place_and_what_limits_it() {
    let statements = json!([
        {"Sid": "Other", "Effect": "Deny", "Action": "s3:*", "Resource": "*"},
        {"Sid": "Guard", "Effect": "Deny", "Action": "backup:*", "Resource": "arn:x",
            "Condition": {"StringNotLike": {"k": "v"}, "Null": {"k": "true"}}},
    ]);
    let (organization, account) = organization(SCP, &statements);
    let denying = ask(&organization, account, SCP, ACTION).denying;
    assert_eq!(denying.len(), 1);
    assert_eq!(denying[0].sid.as_deref(), Some("Guard"));
    assert_eq!(denying[0].source.pointer.as_ref(), "/Statement/1");
    assert_eq!(denying[0].source.place, organization.root());
    let conditions = vec!["StringNotLike".to_owned(), "Null".to_owned()];
    assert_eq!(denying[0].only, [Only::Conditions(conditions), Only::Resources("Resource")]);
}

/// What no policy of a place allows is denied, whatever other places allow.
#[test]
fn every_place_has_to_allow_an_action() {
    let file = |ou: &Json| {
        json!({
            "policies": [
                {"name": "some", "type": SCP, "content": {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}},
                {"name": "if", "type": SCP, "content": {"Statement":
                    {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"k": "v"}}}}},
            ],
            "root": {"policies": ["FullAWSAccess"], "ous": [{"name": "ou", "policies": ou,
                "accounts": [{"id": "111122223333", "policies": ["FullAWSAccess"]}]}]},
        })
    };
    for (ou, verdict, not_allowed_at) in [
        (json!(["FullAWSAccess"]), Verdict::NotDenied, 0),
        (json!(["some"]), Verdict::Denied, 1),
        (json!(["some", "FullAWSAccess"]), Verdict::NotDenied, 0),
        (json!(["if"]), Verdict::DeniedForSome, 0),
        (json!(["if", "FullAWSAccess"]), Verdict::NotDenied, 0),
        // Nobody listed the policies of this place: AWS's own is always there.
        (json!([]), Verdict::NotDenied, 0),
    ] {
        let organization = read(&Node::from(&file(&ou)), &mut |_| Err(String::new())).unwrap();
        let account = organization.find("111122223333")[0];
        let answer = ask(&organization, account, SCP, ACTION);
        assert_eq!(
            (answer.verdict, answer.not_allowed_at.len()),
            (verdict, not_allowed_at),
            "{ou}"
        );
    }
}

#[test]
fn resource_control_policies() {
    let statement = |principal: Json| json!({"Effect": "Deny", "Principal": principal, "Action": "backup:*", "Resource": "*"});
    for (principal, verdict) in [
        (json!("*"), Verdict::Denied),
        (json!({"AWS": "*"}), Verdict::Denied),
        (json!({"AWS": "arn:aws:iam::111122223333:root"}), Verdict::DeniedForSome),
    ] {
        let (organization, account) = organization(RCP, &statement(principal.clone()));
        assert_eq!(ask(&organization, account, RCP, ACTION).verdict, verdict, "{principal}");
    }
    // AWS's own cannot be detached, so a file that leaves it out denies nothing by that.
    let file = json!({
        "policies": [{"name": "guard", "type": RCP, "content": {"Statement": []}}],
        "root": {"policies": ["guard"], "accounts": [{"id": "111122223333"}]},
    });
    let organization = read(&Node::from(&file), &mut |_| Err(String::new())).unwrap();
    let account = organization.find("111122223333")[0];
    assert_eq!(ask(&organization, account, RCP, ACTION).verdict, Verdict::NotDenied);
}

#[test]
fn where_they_do_not_apply() {
    let (mut organization, account) =
        organization(SCP, &json!({"Effect": "Deny", "Action": "*", "Resource": "*"}));
    let management = organization.find("999999999999")[0];
    assert_eq!(ask(&organization, management, SCP, ACTION).verdict, Verdict::DoesNotApply);
    assert_eq!(ask(&organization, account, SCP, ACTION).verdict, Verdict::Denied);
    organization.policy_types = Some(vec![RCP.to_owned()]);
    assert_eq!(ask(&organization, account, SCP, ACTION).verdict, Verdict::DoesNotApply);
    assert_eq!(applied(&organization, account, SCP), []);
}

#[test]
fn what_applies_on_the_way() {
    let (organization, account) = organization(SCP, &json!([]));
    let applied: Vec<String> = applied(&organization, account, SCP)
        .iter()
        .map(|applied| {
            let place = organization.place(applied.place).unwrap();
            format!("{:?} {}", place.kind, organization.policy(applied.policy).unwrap().name)
        })
        .collect();
    assert_eq!(applied, ["Root guard", "Root FullAWSAccess", "Account FullAWSAccess"]);
}
