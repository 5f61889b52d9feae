//! Stacks as they are deployed: which of them are ours, what they declare, and which are in trouble.

use std::collections::{BTreeMap, BTreeSet};

use super::check::{Check, Question, Reading};
use crate::terminal::count;

/// The outputs by which the function's stack is known (template.yaml).
const OUTPUTS: [&str; 3] = ["ServiceToken", "RoleArn", "LogGroup"];
/// The parameter that every template of ours has which uses the function.
const FUNCTION_STACK: &str = "FunctionStack";
/// The custom resources of the function.
const RESOURCES: [&str; 2] = ["Custom::OrgPolicy", "Custom::OrgBackupSettings"];
/// An operation of a stack that takes longer is stuck: a custom resource is given up after an hour.
const LONGEST_OPERATION: i64 = 2 * 3600;
/// Where statuses are explained.
const STATUSES: &str = "docs/TROUBLESHOOTING.md (What the status allows)";

/// A stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stack {
    /// Its ARN.
    pub id: String,
    /// Its name.
    pub name: String,
    /// UPDATE_COMPLETE, say.
    pub status: String,
    /// When it was last created or updated, in seconds since 1970.
    pub since: Option<i64>,
    /// Its parameters.
    pub parameters: BTreeMap<String, String>,
    /// Its outputs.
    pub outputs: BTreeMap<String, String>,
    /// The types of its resources; they are read only of a stack in trouble.
    pub resource_types: Option<Reading<BTreeSet<String>>>,
}

/// What is wrong with a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// Its last operation was undone, and it can be updated.
    RolledBack,
    /// It needs somebody.
    Failed,
    /// Its operation takes too long.
    Stuck,
}

impl Stack {
    /// Whether it is a stack of the function.
    pub fn is_function(&self) -> bool {
        OUTPUTS.iter().all(|output| self.outputs.contains_key(*output))
    }

    /// Whether it is known to be ours without a look at its resources.
    pub fn is_known(&self) -> bool {
        self.is_function() || self.parameters.contains_key(FUNCTION_STACK)
    }

    /// Whether something is wrong with it.
    pub fn is_in_trouble(&self, now: i64) -> bool {
        self.trouble(now).is_some()
    }

    fn trouble(&self, now: i64) -> Option<Trouble> {
        let status = self.status.as_str();
        if status.ends_with("_FAILED") || status == "ROLLBACK_COMPLETE" {
            return Some(Trouble::Failed);
        }
        if status.ends_with("ROLLBACK_COMPLETE") {
            return Some(Trouble::RolledBack);
        }
        let is_long = |since: i64| now.saturating_sub(since) > LONGEST_OPERATION;
        let stuck = status.ends_with("_IN_PROGRESS")
            && status != "REVIEW_IN_PROGRESS"
            && self.since.is_some_and(is_long);
        stuck.then_some(Trouble::Stuck)
    }

    /// Whether it is ours; unknown if its resources could not be read.
    fn is_ours(&self) -> Reading<bool> {
        match &self.resource_types {
            _ if self.is_known() => Ok(true),
            None => Ok(false),
            Some(Ok(types)) => Ok(RESOURCES.iter().any(|one| types.contains(*one))),
            Some(Err(unread)) => Err(unread.clone()),
        }
    }

    /// Whether its parameters are in effect: not where its creation has failed or never began, nor while it goes away.
    fn is_deployed(&self) -> bool {
        let not = ["CREATE_FAILED", "REVIEW_IN_PROGRESS"].contains(&self.status.as_str());
        !not && !["ROLLBACK_", "DELETE_"].iter().any(|start| self.status.starts_with(start))
    }

    fn has_parameters(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.parameters.contains_key(*name))
    }

    /// A parameter that is a list, or is none.
    fn list(&self, parameter: &str) -> BTreeSet<String> {
        let value = self.parameters.get(parameter).map(String::as_str).unwrap_or_default();
        let items = value.split(',').map(str::trim).filter(|item| !item.is_empty());
        items.map(str::to_owned).collect()
    }
}

/// The settings of AWS Backup that a stack declares (stacks/backup-settings.yaml).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeclaredSettings {
    /// CrossAccountBackup, say.
    pub global: BTreeSet<String>,
    /// The resource types to opt in to; `All` alone stands for every one.
    pub resource_types: BTreeSet<String>,
    /// The resource types to manage fully.
    pub full_management: BTreeSet<String>,
    /// The Regions of both.
    pub regions: BTreeSet<String>,
}

/// What the solution's stack declares (solution.yaml).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Solution {
    /// The account that holds the central vault.
    pub backup_account: String,
    /// The Region of that vault.
    pub region: String,
    /// Its name.
    pub vault: String,
    /// governance or compliance.
    pub lock_mode: String,
    /// The shortest and the longest retention, in days.
    pub retention: (Option<i64>, Option<i64>),
}

/// The settings that are declared, of each stack that declares some.
pub fn declared_settings(stacks: &[Stack]) -> Vec<DeclaredSettings> {
    let names = ["GlobalSettings", "ResourceTypes", "FullManagement", "Regions", FUNCTION_STACK];
    let declaring = stacks.iter().filter(|one| one.is_deployed() && one.has_parameters(&names));
    declaring
        .map(|stack| DeclaredSettings {
            global: stack.list("GlobalSettings"),
            resource_types: stack.list("ResourceTypes"),
            full_management: stack.list("FullManagement"),
            regions: stack.list("Regions"),
        })
        .collect()
}

/// The solution, if it is deployed here.
pub fn solution(stacks: &[Stack]) -> Option<Solution> {
    let names = ["CentralAccountId", "CentralRegion", "CentralVaultName", "LockMode"];
    let stack = stacks.iter().find(|one| one.is_deployed() && one.has_parameters(&names))?;
    let text = |name: &str| stack.parameters.get(name).cloned().unwrap_or_default();
    let days = |name: &str| text(name).parse().ok();
    Some(Solution {
        backup_account: text("CentralAccountId"),
        region: text("CentralRegion"),
        vault: text("CentralVaultName"),
        lock_mode: text("LockMode"),
        retention: (days("MinRetentionDays"), days("MaxRetentionDays")),
    })
}

/// Judges the function's stack, and those that use it. `version` is the tool's own.
pub fn function(stacks: &Reading<Vec<Stack>>, now: i64, version: &str) -> Vec<Check> {
    let read = "DescribeStacks";
    let stacks = match stacks {
        Ok(stacks) => stacks,
        Err(unread) => {
            let names = ["function", "function-version", "stacks"];
            return names.map(|id| Question::new(id, read).unknown(unread)).into();
        }
    };
    let functions: Vec<&Stack> = stacks.iter().filter(|stack| stack.is_function()).collect();
    let mut checks = Vec::new();
    if functions.is_empty() {
        checks.push(Question::new("function", read).wrong(
            "no stack of the function is in this account and Region",
            "deploy template.yaml (README.md, Install), or name the Region of its stack with --region",
        ));
    }
    for stack in functions {
        checks.push(function_status(stack, now));
        checks.push(function_version(stack, version));
    }
    checks.extend(in_trouble(stacks, now));
    checks
}

fn function_status(stack: &Stack, now: i64) -> Check {
    let Stack { name, status, .. } = stack;
    let question = Question::new("function", "DescribeStacks").about(name);
    let is = format!("its stack is {status}");
    let see = format!("see {STATUSES}");
    match stack.trouble(now) {
        Some(Trouble::Stuck) => {
            question.wrong(format!("its stack has been {status} for more than two hours"), see)
        }
        None if status.ends_with("_IN_PROGRESS") && status != "DELETE_IN_PROGRESS" => {
            question.warning(is, "wait until this deployment is over, and look again")
        }
        None | Some(Trouble::RolledBack) if status.ends_with("_COMPLETE") => question.good(is),
        _ => question.wrong(is, see),
    }
}

fn function_version(stack: &Stack, version: &str) -> Check {
    let question = Question::new("function-version", "DescribeStacks").about(&stack.name);
    match stack.outputs.get("Version") {
        Some(deployed) if deployed == version => question.good(format!("{deployed}, as this tool")),
        Some(deployed) => question.warning(
            format!(
                "{deployed}, and this tool is {version}: what it says of plans is its own version's"
            ),
            format!(
                "deploy the function's version {version}, or use the tool's version {deployed}"
            ),
        ),
        None => question.warning(
            "its stack does not say which version it is",
            format!("deploy the function's version {version}"),
        ),
    }
}

/// The stacks of ours that need somebody.
fn in_trouble(stacks: &[Stack], now: i64) -> Vec<Check> {
    let question = || Question::new("stacks", "DescribeStacks, ListStackResources");
    let mut checks = Vec::new();
    for stack in stacks {
        let Some(trouble) = stack.trouble(now) else { continue };
        let Stack { name, status, .. } = stack;
        let question = question().about(name);
        checks.push(match (stack.is_ours(), trouble) {
            (Err(unread), _) => question.unknown(&unread),
            (Ok(false), _) => continue,
            (Ok(true), Trouble::RolledBack) => question.warning(
                format!("its last change was rolled back ({status})"),
                "find the cause in the stack's events, and deploy again",
            ),
            (Ok(true), Trouble::Failed) => question.wrong(status, remedy(status)),
            (Ok(true), Trouble::Stuck) => question.wrong(
                format!("{status} for more than two hours"),
                "look at the function's log; then cancel the update, or wait for ServiceTimeout",
            ),
        });
    }
    if checks.is_empty() {
        let ours = stacks.iter().filter(|stack| stack.is_known()).count();
        checks.push(question().good(format!(
            "none has failed or is stuck; {} of the project's templates",
            count(ours, "stack")
        )));
    }
    checks
}

fn remedy(status: &str) -> String {
    match status {
        "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" => {
            "its creation has failed: delete it, correct the cause, and deploy it again".to_owned()
        }
        "DELETE_FAILED" => {
            "read the reason, remove what is in the way, and delete it again".to_owned()
        }
        "UPDATE_ROLLBACK_FAILED" => {
            "continue the rollback: aws cloudformation continue-update-rollback".to_owned()
        }
        _ => format!("correct the cause, and deploy again; see {STATUSES}"),
    }
}
