//! A change set, judged: whether it changes `Revision` and nothing else. What else it would change is said in words.

use std::collections::BTreeMap;

use super::revision::{Part, REVISION};
use crate::aws::{Change, ChangeSet, Detail};
use crate::plan::events::is_type_of_ours;
use crate::plan::joined;

const NESTED_STACK: &str = "AWS::CloudFormation::Stack";
const STACK_SET: &str = "AWS::CloudFormation::StackSet";

/// A change set with those of the nested stacks, by logical id.
#[derive(Debug, Default)]
pub struct Tree {
    /// The change set itself.
    pub set: ChangeSet,
    /// Those of nested stacks.
    pub nested: BTreeMap<String, Tree>,
}

/// What a change set comes to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// How many resources of ours get an update.
    pub updates: usize,
    /// The StackSets that run again.
    pub stack_sets: Vec<String>,
    /// What it would change besides.
    pub others: Vec<String>,
}

impl Judged {
    /// Judges the change sets of a stack and all that it nests.
    pub fn of(part: &Part, tree: &Tree) -> Self {
        let mut judged = Self::default();
        judged.judge(part, tree, "");
        judged
    }

    fn judge(&mut self, part: &Part, tree: &Tree, nested_in: &str) {
        for change in &tree.set.changes {
            let of = Judge { part, tree, change };
            let name = joined(nested_in, &change.logical_id);
            match of.fault() {
                Some(fault) => {
                    self.others.push(format!("{name} ({}): {fault}", change.resource_type));
                }
                None if part.ours.contains(&change.logical_id) => self.updates += 1,
                None if change.resource_type == STACK_SET && !of.only_metadata() => {
                    self.stack_sets.push(name.clone());
                }
                None => {}
            }
            let nested = part.nested.get(&change.logical_id);
            if let (Some(part), Some(tree)) = (nested, tree.nested.get(&change.logical_id)) {
                self.judge(part, tree, &name);
            }
        }
        self.left_out(part, tree, nested_in);
    }

    /// Resources of ours that the change set does not reach.
    fn left_out(&mut self, part: &Part, tree: &Tree, nested_in: &str) {
        let reached = |logical_id: &String| {
            tree.set.changes.iter().any(|change| change.logical_id == *logical_id)
        };
        let mut missing: Vec<&String> = part.ours.iter().filter(|one| !reached(one)).collect();
        let stacks = part.nested.iter().filter(|(_, nested)| nested.has_ours());
        missing.extend(stacks.map(|(id, _)| id).filter(|id| !reached(id)));
        for logical_id in missing {
            let name = joined(nested_in, logical_id);
            self.others.push(format!("{name}: it would get no update, so it would stay as it is"));
        }
    }
}

/// One change, judged.
struct Judge<'a> {
    part: &'a Part,
    tree: &'a Tree,
    change: &'a Change,
}

impl Judge<'_> {
    /// What is wrong with it.
    fn fault(&self) -> Option<String> {
        let Change { action, logical_id, resource_type, replacement, details, .. } = self.change;
        match action.as_str() {
            "Modify" => {}
            "Add" => return Some("it would be created".to_owned()),
            "Remove" => return Some("it would be deleted".to_owned()),
            "Import" => return Some("it would be imported".to_owned()),
            "Dynamic" => return Some("CloudFormation does not know what would happen".to_owned()),
            other => return Some(format!("CloudFormation would {other} it")),
        }
        let is_ours = self.is_ours();
        if let Some(other) = details.iter().find(|detail| !self.is_accepted(detail)) {
            return Some(self.words(other) + replaced(replacement));
        }
        let shown = |scope: &&String| details.iter().any(|detail| detail.attribute == **scope);
        if let Some(hidden) = self.change.scope.iter().find(|scope| !shown(scope)) {
            return Some(format!("its {hidden} would change, and CloudFormation does not say how"));
        }
        match replacement.as_str() {
            // Whether a custom resource keeps its id is its own matter, so CloudFormation cannot know. An update never
            // replaces a nested stack (CloudFormation template reference, AWS::CloudFormation::Stack).
            "Conditional" if is_ours || resource_type == NESTED_STACK => {}
            "" | "False" => {}
            _ => return Some(replaced(replacement).trim_start_matches(", ").to_owned()),
        }
        if details.is_empty() {
            return Some("CloudFormation does not say what would change".to_owned());
        }
        let is_shown =
            self.tree.nested.contains_key(logical_id) && self.part.nested.contains_key(logical_id);
        if resource_type == NESTED_STACK && !is_shown {
            return Some("CloudFormation does not show what would change in it".to_owned());
        }
        None
    }

    /// Whether it is a resource of ours, or would be one if its condition held: a local CloudFormation lists those as well.
    fn is_ours(&self) -> bool {
        let Change { logical_id, resource_type, physical_id, .. } = self.change;
        self.part.ours.contains(logical_id)
            || physical_id.is_empty() && is_type_of_ours(resource_type)
    }

    /// Whether nothing but the metadata changes.
    fn only_metadata(&self) -> bool {
        self.change.details.iter().all(|detail| detail.attribute == "Metadata")
    }

    fn is_accepted(&self, detail: &Detail) -> bool {
        if self.is_metadata(detail) {
            return true;
        }
        if self.change.resource_type == NESTED_STACK && detail.source == "Automatic" {
            return detail.attribute == "Properties" && detail.name.is_empty();
        }
        self.is_where_revision_goes(detail)
            && (self.is_by_revision(detail) || self.is_double(detail))
    }

    /// Metadata that refers to what changes anyway, which no resource hears of.
    fn is_metadata(&self, detail: &Detail) -> bool {
        let changes =
            |id: &String| self.tree.set.changes.iter().any(|change| change.logical_id == *id);
        let refers = ["ResourceReference", "ResourceAttribute"].contains(&detail.source.as_str());
        let entity = detail.entity.split('.').next().unwrap_or_default().to_owned();
        detail.attribute == "Metadata"
            && (refers && changes(&entity) || self.is_by_revision(detail))
    }

    fn is_where_revision_goes(&self, detail: &Detail) -> bool {
        let Change { logical_id, resource_type, .. } = self.change;
        let (name, below) = if self.is_ours() {
            (REVISION, None)
        } else if resource_type == NESTED_STACK {
            ("Parameters", self.part.nested.get(logical_id).map(|nested| &nested.carriers))
        } else if resource_type == STACK_SET {
            ("Description", None)
        } else {
            return false;
        };
        if detail.attribute != "Properties" || detail.name != name {
            return false;
        }
        let whole = format!("/Properties/{name}");
        match detail.path.strip_prefix(&whole) {
            Some("") => true,
            Some(rest) => {
                below.is_some_and(|carriers| carriers.contains(rest.trim_start_matches('/')))
            }
            None => detail.path.is_empty(),
        }
    }

    fn is_by_revision(&self, detail: &Detail) -> bool {
        detail.source == "ParameterReference" && self.part.carriers.contains(&detail.entity)
    }

    /// What a parameter changes CloudFormation lists twice: once with the parameter, once as a modification whose
    /// outcome it does not know yet.
    fn is_double(&self, detail: &Detail) -> bool {
        let place = |one: &Detail| (one.attribute.clone(), one.name.clone(), one.path.clone());
        let mut others = self.change.details.iter();
        detail.source == "DirectModification"
            && detail.evaluation == "Dynamic"
            && detail.entity.is_empty()
            && others.any(|other| self.is_by_revision(other) && place(other) == place(detail))
    }

    /// `its property BackupVaultName would change, because parameter Name has another value`.
    fn words(&self, detail: &Detail) -> String {
        let Detail { attribute, name, path, source, entity, .. } = detail;
        let place = path.strip_prefix("/Properties/").filter(|place| !place.is_empty());
        let what = match (attribute.as_str(), name.as_str()) {
            ("Properties", "") => "its properties".to_owned(),
            ("Properties", name) => format!("its property {}", place.unwrap_or(name)),
            (other, _) => format!("its {other}"),
        };
        let why = match source.as_str() {
            "ParameterReference" if self.part.carriers.contains(entity) => format!(
                ", because it uses parameter {entity} too: let it go to the property Revision only"
            ),
            "ParameterReference" => format!(
                ", because parameter {entity} has another value: CloudFormation reads SSM parameters and defaults anew"
            ),
            "ResourceReference" | "ResourceAttribute" => {
                format!(", because it refers to {entity}, which changes")
            }
            "DirectModification" => {
                ", because its template says so: CloudFormation reads nested templates, Includes and macros anew".to_owned()
            }
            "Automatic" => ", because the template of a nested stack may be another one".to_owned(),
            _ => String::new(),
        };
        format!("{what} would change{why}")
    }
}

fn replaced(replacement: &str) -> &'static str {
    match replacement {
        "True" => ", it would be replaced",
        "Conditional" => ", it might be replaced",
        _ => "",
    }
}
