//! Change sets that would change more than Revision, in AWS's shape: each is refused, and said in words.
//!
//! That a custom resource is `Conditional`, that a parameter's change is listed twice, and that nested stacks are
//! `Automatic`, is AWS's own: API reference of ResourceChange and ResourceChangeDetail, user guide, "Change sets for nested
//! stacks", and change sets of real accounts that others have published.

use serde_json::{Value, json};

use super::{carry_out, drifted, refused_for};
use test_world::cloudformation::change_sets::ROOT;
use test_world::cloudformation::change_sets::{available, by_parameter, change, modify, revised};

fn detail(target: Value, evaluation: &str, source: &str, entity: Option<&str>) -> Value {
    json!({"Target": target, "Evaluation": evaluation, "ChangeSource": source, "CausingEntity": entity})
}

fn property(name: &str) -> Value {
    json!({"Attribute": "Properties", "Name": name, "RequiresRecreation": "Never"})
}

#[test]
fn whatever_is_no_change_of_revision_is_refused() {
    let bucket = "AWS::S3::Bucket";
    let action = |action: &str, resource_type: &str| {
        change(
            json!({"Action": action, "LogicalResourceId": "Bucket", "ResourceType": resource_type}),
        )
    };
    let one = |target: Value, source: &str, entity: Option<&str>| {
        modify("Bucket", bucket, "False", &[detail(target, "Static", source, entity)])
    };
    for (change, says) in [
        (action("Add", bucket), "Bucket (AWS::S3::Bucket): it would be created"),
        (action("Remove", bucket), "Bucket (AWS::S3::Bucket): it would be deleted"),
        (action("Import", bucket), "it would be imported"),
        (
            action("Dynamic", "AWS::CloudFormation::Stack"),
            "CloudFormation does not know what would happen",
        ),
        (action("SyncWithActual", bucket), "CloudFormation would SyncWithActual it"),
        (
            one(property("BucketName"), "ParameterReference", Some("Other")),
            "Bucket (AWS::S3::Bucket): its property BucketName would change, because parameter Other has another value: CloudFormation reads SSM parameters and defaults anew",
        ),
        (
            one(property("BucketName"), "DirectModification", None),
            "because its template says so: CloudFormation reads nested templates, Includes and macros anew",
        ),
        (
            one(property("BucketName"), "ResourceReference", Some("Guard")),
            "because it refers to Guard, which changes",
        ),
        (
            one(property("BucketName"), "ParameterReference", Some("Revision")),
            "because it uses parameter Revision too: let it go to the property Revision only",
        ),
        (one(json!({"Attribute": "Tags"}), "DirectModification", None), "its Tags would change"),
        (
            one(json!({"Attribute": "Metadata"}), "DirectModification", None),
            "its Metadata would change, because its template says so",
        ),
        (
            modify(
                "Bucket",
                bucket,
                "True",
                &[detail(property("BucketName"), "Static", "ParameterReference", Some("Other"))],
            ),
            ", it would be replaced",
        ),
        (modify("Bucket", bucket, "False", &[]), "CloudFormation does not say what would change"),
    ] {
        refused_for(&[revised("Daily"), revised("Guard"), change], says);
    }
}

/// Of a policy of ours, nothing but Revision may change.
#[test]
fn of_our_own_resources_only_revision_may_change() {
    let ours = |replacement: &str, more: &[Value]| {
        let details =
            [by_parameter("Revision", "Revision", "Conditionally"), more.to_vec()].concat();
        modify("Guard", "Custom::OrgPolicy", replacement, &details)
    };
    let content = detail(property("Content"), "Static", "DirectModification", None);
    let mut path = property("Content");
    path["Path"] = json!("/Properties/Content/Statement/0/Action");
    for (change, says) in [
        (
            ours("Conditional", &[content]),
            "Guard (Custom::OrgPolicy): its property Content would change, because its template says so",
        ),
        (
            ours("Conditional", &[detail(path, "Static", "DirectModification", None)]),
            "its property Content/Statement/0/Action would change",
        ),
        (
            ours("Conditional", &by_parameter("Description", "Revision", "Conditionally")),
            "because it uses parameter Revision too",
        ),
        (
            ours("Conditional", &by_parameter("Revision", "Other", "Conditionally")),
            "its property Revision would change, because parameter Other has another value",
        ),
        // The second half of such a pair is no change of the template only as long as the first half is there.
        (
            modify(
                "Guard",
                "Custom::OrgPolicy",
                "Conditional",
                &[detail(property("Revision"), "Dynamic", "DirectModification", None)],
            ),
            "its property Revision would change, because its template says so",
        ),
        (
            ours(
                "Conditional",
                &[detail(property("Revision"), "Static", "DirectModification", None)],
            ),
            "its property Revision would change, because its template says so",
        ),
        (ours("True", &[]), "it would be replaced"),
    ] {
        refused_for(&[revised("Daily"), change], says);
    }
    refused_for(&[revised("Daily")], "Guard: it would get no update, so it would stay as it is");
    let mut hidden = revised("Guard");
    hidden["ResourceChange"]["Scope"] = json!(["Properties", "Tags"]);
    refused_for(
        &[revised("Daily"), hidden],
        "its Tags would change, and CloudFormation does not say how",
    );
}

#[track_caller]
fn healed_with(pages: Vec<Value>) -> String {
    healed_as(&[], pages)
}

#[track_caller]
fn healed_as(more: &[&str], pages: Vec<Value>) -> String {
    let account = drifted();
    account.cloudformation.change(|state| {
        state.change_sets.pending = 2;
        state.change_sets.answers.insert(ROOT.to_owned(), pages);
    });
    let run = account.heal(&[&["backup", "--yes"], more].concat(), carry_out);
    assert_eq!(run.exit, 0, "{run:?}");
    run.stdout
}

/// Pages, property values, and metadata that refers to what changes.
#[test]
fn what_is_nothing_but_revision_is_executed() {
    let mut with_values = revised("Guard");
    for detail in with_values["ResourceChange"]["Details"].as_array_mut().expect("a list") {
        let more = json!({"Path": "/Properties/Revision", "BeforeValue": "", "AfterValue": "2026",
                          "AttributeChangeType": "Modify"});
        for (name, value) in more.as_object().expect("an object") {
            detail["Target"][name] = value.clone();
        }
    }
    let metadata = modify(
        "Bucket",
        "AWS::S3::Bucket",
        "False",
        &[
            detail(json!({"Attribute": "Metadata"}), "Dynamic", "ResourceReference", Some("Guard")),
            detail(
                json!({"Attribute": "Metadata"}),
                "Dynamic",
                "ResourceAttribute",
                Some("Guard.PolicyId"),
            ),
        ],
    );
    let shown =
        healed_with(vec![available(&[revised("Daily"), metadata]), available(&[with_values])]);
    assert!(
        shown.contains("which sends an Update to 2 resources, and change nothing else."),
        "{shown}"
    );
    // What is on the last page counts as much.
    let add = change(
        json!({"Action": "Add", "LogicalResourceId": "Late", "ResourceType": "AWS::S3::Bucket"}),
    );
    let account = drifted();
    account.cloudformation.change(|state| {
        let pages = vec![available(&[revised("Daily"), revised("Guard")]), available(&[add])];
        state.change_sets.answers.insert(ROOT.to_owned(), pages);
    });
    account.world.reset_calls();
    let run = account.heal(&["backup", "--yes"], super::never);
    super::assert_refused(&account, &run, "Late (AWS::S3::Bucket): it would be created");
}

/// MiniStack lists a policy whose condition does not hold, as if it were there. It has no physical id.
#[test]
fn a_policy_that_the_stack_does_not_have_may_change_by_revision_only() {
    let absent = |property: &str| {
        let mut change = modify(
            "AirGapped",
            "Custom::OrgPolicy",
            "Conditional",
            &by_parameter(property, "Revision", "Conditionally"),
        );
        change["ResourceChange"].as_object_mut().expect("an object").remove("PhysicalResourceId");
        change
    };
    let shown =
        healed_with(vec![available(&[revised("Daily"), revised("Guard"), absent("Revision")])]);
    assert!(shown.contains("which sends an Update to 2 resources"), "{shown}");
    refused_for(
        &[revised("Daily"), revised("Guard"), absent("Name")],
        "AirGapped (Custom::OrgPolicy): its property Name would change, because it uses parameter Revision too",
    );
    refused_for(
        &[revised("Daily"), revised("Guard"), revised("Unknown")],
        "Unknown (Custom::OrgPolicy): its property Revision would change",
    );
}

/// The StackSets of the solution run again through their descriptions, and read their templates anew. So somebody has to
/// say so, and nothing else of them may change.
#[test]
fn a_stack_set_whose_description_changes_runs_again() {
    let stack_set = |details: &[Value]| {
        modify("MemberAccounts", "AWS::CloudFormation::StackSet", "False", details)
    };
    let by_revision = by_parameter("Description", "Revision", "Never");
    let changes = [revised("Daily"), revised("Guard"), stack_set(&by_revision)];
    for mode in ["--yes", "--dry-run"] {
        let account = drifted();
        account.cloudformation.change(|state| state.change_sets.show(&changes));
        account.world.reset_calls();
        let run = account.heal(&["backup", mode], super::never);
        let says = "heal stack backup: StackSet MemberAccounts would run again and read its template anew, which no change set shows, so nothing is applied; look at the template that it would read, then say --stack-sets\n";
        super::assert_refused(&account, &run, says);
        assert!(run.stdout.contains("! StackSet MemberAccounts would run again"), "{run:?}");
    }
    let shown = healed_as(&["--stack-sets"], vec![available(&changes)]);
    assert!(
        shown.contains("! StackSet MemberAccounts would run again in all of its accounts and Regions, and read its template anew: its Description has Revision in it\n"),
        "{shown}"
    );
    let template = by_parameter("TemplateURL", "Revision", "Never");
    for (details, says) in [
        (template, "its property TemplateURL would change"),
        (
            vec![detail(property("Description"), "Static", "DirectModification", None)],
            "its property Description would change, because its template says so",
        ),
    ] {
        refused_for(&[revised("Daily"), revised("Guard"), stack_set(&details)], says);
    }
}
