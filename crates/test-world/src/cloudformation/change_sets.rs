//! Change sets that answer what a test has put there, in the shape that AWS documents.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{answered, error, xml};

/// The ARN of the change set of the outermost stack.
pub const ROOT: &str = "arn:aws:cloudformation:us-east-1:111111111111:changeSet/heal/1";

/// The change sets of a test.
#[derive(Clone, Debug, Default)]
pub struct ChangeSets {
    /// What DescribeChangeSet answers, by ARN: one object for each page.
    pub answers: BTreeMap<String, Vec<Value>>,
    /// So many times it is still being made.
    pub pending: usize,
    /// The forms of CreateChangeSet.
    pub made: Vec<BTreeMap<String, String>>,
    /// The names that were deleted.
    pub deleted: Vec<String>,
    /// The forms of ExecuteChangeSet.
    pub executed: Vec<BTreeMap<String, String>>,
    /// The change set is being executed by the time that it is described again.
    pub turns_to_executing: bool,
    /// So many deletions are refused, because it is still being made.
    pub undeletable: usize,
}

type Form = BTreeMap<String, String>;

impl ChangeSets {
    /// The change set of the outermost stack has these changes, on one page.
    pub fn show(&mut self, changes: &[Value]) {
        self.answers.insert(ROOT.to_owned(), vec![available(changes)]);
    }

    pub fn made(&mut self, stack: &str, form: &Form) -> (u16, String) {
        let name = &form["ChangeSetName"];
        assert!(name.starts_with("org-policy-heal-"), "{name}");
        self.made.push(form.clone());
        answered("CreateChangeSet", &xml(&json!({"Id": ROOT, "StackId": stack})))
    }

    pub fn description(&mut self, form: &Form) -> (u16, String) {
        assert_eq!(form["IncludePropertyValues"], "true");
        let asked = &form["ChangeSetName"];
        if self.pending > 0 {
            self.pending -= 1;
            let pending = json!({"ExecutionStatus": "UNAVAILABLE", "Status": "CREATE_IN_PROGRESS"});
            return answered("DescribeChangeSet", &xml(&pending));
        }
        let Some(pages) = self.answers.get(asked) else {
            return error("ChangeSetNotFound", &format!("ChangeSet [{asked}] does not exist"));
        };
        let number = form.get("NextToken").map_or(0, |token| token.parse::<usize>().expect("ours"));
        let begun = self.turns_to_executing && !self.executed.is_empty();
        let mut page: Map<String, Value> = pages[number].as_object().expect("an object").clone();
        if begun {
            page.insert("ExecutionStatus".to_owned(), json!("EXECUTE_IN_PROGRESS"));
        }
        if number + 1 < pages.len() {
            page.insert("NextToken".to_owned(), json!((number + 1).to_string()));
        }
        answered("DescribeChangeSet", &xml(&Value::Object(page)))
    }

    pub fn deleted(&mut self, form: &Form) -> (u16, String) {
        if self.undeletable > 0 {
            self.undeletable -= 1;
            return error(
                "InvalidChangeSetStatus",
                "cannot be deleted in status CREATE_IN_PROGRESS",
            );
        }
        self.deleted.push(form["ChangeSetName"].clone());
        answered("DeleteChangeSet", "")
    }

    /// Whether a call with this token has been answered.
    pub fn is_executed(&self, form: &Form) -> bool {
        let token = form.get("ClientRequestToken");
        token.is_some()
            && self.executed.iter().any(|other| other.get("ClientRequestToken") == token)
    }

    pub fn executed(&mut self, form: &Form) -> (u16, String) {
        assert_eq!(form["ChangeSetName"], ROOT);
        self.executed.push(form.clone());
        answered("ExecuteChangeSet", "")
    }
}

/// A change set that can be executed.
pub fn available(changes: &[Value]) -> Value {
    json!({"Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE", "Changes": changes})
}

/// One that belongs to a nested stack.
pub fn of_a_nested_stack(changes: &[Value]) -> Value {
    json!({
        "Status": "CREATE_COMPLETE",
        "ExecutionStatus": "UNAVAILABLE",
        "StatusReason": "Executable from root change set",
        "Changes": changes,
    })
}

/// One that has failed.
pub fn failed(reason: &str) -> Value {
    json!({"Status": "FAILED", "ExecutionStatus": "UNAVAILABLE", "StatusReason": reason})
}

/// A change of a resource.
pub fn modify(
    logical_id: &str,
    resource_type: &str,
    replacement: &str,
    details: &[Value],
) -> Value {
    let attribute = |detail: &Value| detail["Target"]["Attribute"].clone();
    let mut scope: Vec<Value> = details.iter().map(attribute).collect();
    scope.dedup();
    change(json!({
        "Action": "Modify",
        "LogicalResourceId": logical_id,
        "PhysicalResourceId": "p-1",
        "ResourceType": resource_type,
        "Replacement": replacement,
        "Scope": scope,
        "Details": details,
    }))
}

pub fn change(resource: Value) -> Value {
    json!({"Type": "Resource", "ResourceChange": resource})
}

/// What a parameter changes of a property: AWS lists it twice.
pub fn by_parameter(property: &str, parameter: &str, recreation: &str) -> Vec<Value> {
    let target =
        json!({"Attribute": "Properties", "Name": property, "RequiresRecreation": recreation});
    vec![
        json!({"Target": target, "Evaluation": "Static", "ChangeSource": "ParameterReference",
               "CausingEntity": parameter}),
        json!({"Target": target, "Evaluation": "Dynamic", "ChangeSource": "DirectModification"}),
    ]
}

/// A policy of ours that gets another Revision, as AWS shows custom resources.
pub fn revised(logical_id: &str) -> Value {
    let details = by_parameter("Revision", "Revision", "Conditionally");
    modify(logical_id, "Custom::OrgPolicy", "Conditional", &details)
}
