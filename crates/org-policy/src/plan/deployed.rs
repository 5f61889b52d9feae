//! A stack as it is deployed: its template evaluated, and the ids that CloudFormation holds.

use std::collections::{BTreeMap, BTreeSet};

use policy_document::template::{Inputs, NoFiles, Template, evaluate};
use policy_document::tree::{self, Node, Value};

use crate::aws::{Problem, Stack, Stacks};

/// Statuses in which CloudFormation takes no update, each with what helps.
pub const STUCK: [(&str, &str); 5] = [
    ("ROLLBACK_COMPLETE", "its creation has failed: delete the stack, then deploy it"),
    ("ROLLBACK_FAILED", "its creation has failed: delete the stack, then deploy it"),
    ("DELETE_FAILED", "its deletion has failed: delete it again"),
    (
        "UPDATE_ROLLBACK_FAILED",
        "continue the rollback (aws cloudformation continue-update-rollback)",
    ),
    ("IMPORT_ROLLBACK_FAILED", "end the import first"),
];

/// A stack as it is deployed.
#[derive(Debug)]
pub struct Deployed {
    /// Its ARN, status and parameters.
    pub stack: Stack,
    /// The text of its template, after transforms.
    pub text: String,
    /// The template, evaluated.
    pub template: Template,
    /// The ids that CloudFormation holds, by logical id; without those of resources that are gone or
    /// were never made.
    pub physical_ids: BTreeMap<String, String>,
    /// The stacks that it nests, by logical id.
    pub nested: BTreeMap<String, Deployed>,
    /// The logical ids of those that it lists and that are gone.
    pub vanished: BTreeSet<String>,
}

impl Deployed {
    /// Reads the stack and all that it nests. None if there is no such stack.
    ///
    /// # Errors
    /// A call that failed.
    pub async fn read(stacks: &Stacks, name: &str) -> Result<Option<Self>, Problem> {
        let Some(stack) = stacks.describe(name).await? else { return Ok(None) };
        if stack.status == "REVIEW_IN_PROGRESS" {
            return Ok(Some(Self::empty(stack)));
        }
        let text = stacks.template(&stack.id).await?;
        let mut physical_ids = BTreeMap::new();
        let (mut nested, mut vanished) = (BTreeMap::new(), BTreeSet::new());
        for resource in stacks.resources(&stack.id).await? {
            let gone = ["DELETE_COMPLETE", "DELETE_SKIPPED", "CREATE_FAILED"];
            if resource.physical_id.is_empty() || gone.contains(&resource.status.as_str()) {
                continue;
            }
            if resource.resource_type == "AWS::CloudFormation::Stack" {
                match Box::pin(Self::read(stacks, &resource.physical_id)).await? {
                    Some(read) => drop(nested.insert(resource.logical_id.clone(), read)),
                    None => drop(vanished.insert(resource.logical_id.clone())),
                }
            }
            physical_ids.insert(resource.logical_id, resource.physical_id);
        }
        Ok(Some(Self { text, physical_ids, nested, vanished, ..Self::empty(stack) }))
    }

    fn empty(stack: Stack) -> Self {
        Self {
            stack,
            text: String::new(),
            template: Template::default(),
            physical_ids: BTreeMap::new(),
            nested: BTreeMap::new(),
            vanished: BTreeSet::new(),
        }
    }

    /// Has the stack and all that it nests checked.
    ///
    /// # Errors
    /// The first that is found.
    pub fn check_each(
        &self,
        check: &impl Fn(&Stack) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        check(&self.stack)?;
        self.nested.values().try_for_each(|nested| nested.check_each(check))
    }

    /// Whether a template here imports what other stacks export.
    pub fn imports(&self) -> bool {
        imports(&self.text) || self.nested.values().any(Self::imports)
    }

    /// Evaluates the templates, with the parameters of their stacks.
    ///
    /// # Errors
    /// A template that cannot be read.
    pub fn evaluate(&mut self, exports: &BTreeMap<String, Node>) -> Result<(), Problem> {
        let name = &self.stack.name;
        let mut inputs = inputs_of(&self.stack.id, name);
        inputs.exports.clone_from(exports);
        for parameter in &self.stack.parameters {
            inputs.set(&parameter.name, &parameter.value);
            let resolved = parameter.resolved.clone();
            inputs.resolved.extend(resolved.map(|value| (parameter.name.clone(), value)));
        }
        if !self.text.trim().is_empty() {
            let root = tree::parse(&self.text).map_err(|error| Problem {
                operation: format!("read the template of stack {name}"),
                cause: format!("{}; deploy it anew without plan", error.message),
            })?;
            self.template = evaluate(name, &root, &inputs, &NoFiles);
        }
        self.nested.values_mut().try_for_each(|nested| nested.evaluate(exports))
    }
}

/// Whether the text of a template imports what other stacks export.
pub fn imports(text: &str) -> bool {
    text.contains("ImportValue")
}

/// Exports, as the evaluation takes them.
pub fn as_nodes(exports: BTreeMap<String, String>) -> BTreeMap<String, Node> {
    let node = |value| Node::new(Value::String(value));
    exports.into_iter().map(|(name, value)| (name, node(value))).collect()
}

/// The pseudo parameters of the stack with this ARN.
pub fn inputs_of(stack_id: &str, name: &str) -> Inputs {
    let mut parts = stack_id.split(':').skip(3);
    let (region, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let mut inputs = Inputs::default().deployed_in(account, region, name);
    inputs.pseudo.insert("AWS::StackId".to_owned(), stack_id.to_owned());
    inputs
}

/// Refuses to begin this operation on a stack in a status from which CloudFormation takes no update: one that is stuck, one
/// of `more`, each with what helps, or one in progress.
///
/// # Errors
/// The status, and what helps.
pub fn refuse_status(operation: &str, status: &str, more: &[(&str, &str)]) -> Result<(), Problem> {
    let cause = match STUCK.iter().chain(more).find(|(stuck, _)| *stuck == status) {
        Some((_, remedy)) => format!("it cannot be updated ({status}); {remedy}"),
        None if status.ends_with("_IN_PROGRESS") => {
            format!("it is in progress ({status}); try again when it has ended")
        }
        None => return Ok(()),
    };
    Err(Problem { operation: operation.to_owned(), cause })
}

/// What the templates of these stacks may import: nothing is asked where none does.
///
/// # Errors
/// A call that failed.
pub async fn exports_for(
    stacks: &Stacks,
    deployed: &[Deployed],
) -> Result<BTreeMap<String, Node>, Problem> {
    match deployed.iter().any(Deployed::imports) {
        true => Ok(as_nodes(stacks.exports().await?)),
        false => Ok(BTreeMap::new()),
    }
}
