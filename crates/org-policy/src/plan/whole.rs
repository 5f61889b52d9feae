//! The whole plan: reads the stack, evaluates the template, and plans several events at once.

use std::collections::BTreeMap;
use std::path::Path;

use futures_util::{StreamExt, stream};
use policy_document::template::{Inputs, Template, each_template};
use policy_document::tree::{Node, Value};

use super::deployed::{Deployed, as_nodes, imports, inputs_of, refuse_status};
use super::events::{Event, Kind, events, events_again};
use super::observe::{Asking, Moved};
use super::places::name_targets;
use super::{Plan, ResourcePlan, Unknown};
use crate::aws::{Problem, Progress, Session, Stack, Stacks};
use crate::input::{self, Evaluated, Parameters};

/// How many events are planned at once. One that leaves a doubt looks again ten seconds later, and thirty policies that are
/// to be adopted all do; the throttles of AWS let few more read at a time.
const AT_ONCE: usize = 8;

/// What is to be planned.
#[derive(Debug)]
pub struct Request<'a> {
    /// The file of the template.
    pub template: &'a Path,
    /// The stack's name.
    pub stack: &'a str,
    /// The parameters that are given.
    pub parameters: &'a Parameters,
}

/// Plans for a deployment of the template.
///
/// # Errors
/// What cannot be read, in one line.
pub async fn plan(
    session: &Session,
    request: &Request<'_>,
    progress: &Progress,
) -> Result<Plan, String> {
    let given = request.parameters.give(Inputs::default()).map_err(|p| p.to_string())?;
    let stacks = Stacks::new(session);
    let said = |problem: Problem| problem.to_string();
    let mut deployed = Deployed::read(&stacks, request.stack).await.map_err(said)?;
    if let Some(deployed) = &deployed {
        let ready = |stack: &Stack| {
            refuse_status(&format!("plan for stack {}", stack.name), &stack.status, &[])
        };
        deployed.check_each(&ready).map_err(said)?;
    }
    let stack_id = match &deployed {
        Some(deployed) => deployed.stack.id.clone(),
        None => new_stack_id(session, request.stack).await.map_err(said)?,
    };
    let inputs = |root: &Node, deployed: Option<&Deployed>, exports: &BTreeMap<String, Node>| {
        let mut inputs = inputs_of(&stack_id, request.stack);
        if deployed.is_none() {
            inputs.pseudo.remove("AWS::StackId");
        }
        inputs.exports.clone_from(exports);
        with_previous(inputs, &given, root, deployed)
    };
    let evaluate = |deployed: Option<&Deployed>, exports: &BTreeMap<String, Node>| {
        input::evaluate(request.template, |root| inputs(root, deployed, exports))
    };
    let mut new =
        evaluate(deployed.as_ref(), &BTreeMap::new()).map_err(|problem| problem.to_string())?;
    let mut exports = BTreeMap::new();
    if new_imports(&new) || deployed.as_ref().is_some_and(Deployed::imports) {
        exports = as_nodes(stacks.exports().await.map_err(said)?);
        new = evaluate(deployed.as_ref(), &exports).map_err(|problem| problem.to_string())?;
    }
    if let Some(fault) = new.faults.first() {
        return Err(format!("{fault}; CloudFormation would refuse the template"));
    }
    if let Some(deployed) = &mut deployed {
        deployed.evaluate(&exports).map_err(said)?;
    }
    let events = events(&new.template, deployed.as_ref(), &stack_id);
    let mut resources = carry_out(session, &events, progress).await;
    name_targets(session, &mut resources, progress).await.map_err(said)?;
    Ok(Plan {
        stack: request.stack.to_owned(),
        status: deployed.map(|deployed| deployed.stack.status),
        template: request.template.display().to_string(),
        resources,
        unresolved: unresolved(&new.template),
    })
}

/// Plans for the deployed templates, evaluated, to be applied again: what would be put back.
///
/// # Errors
/// A call that failed.
pub async fn plan_again(
    session: &Session,
    deployed: &Deployed,
    progress: &Progress,
) -> Result<Plan, Problem> {
    let mut resources = carry_out(session, &events_again(deployed), progress).await;
    name_targets(session, &mut resources, progress).await?;
    Ok(Plan {
        stack: deployed.stack.name.clone(),
        status: Some(deployed.stack.status.clone()),
        template: "the deployed template".to_owned(),
        resources,
        unresolved: unresolved(&deployed.template),
    })
}

/// Where the stack will be that is not there yet.
async fn new_stack_id(session: &Session, name: &str) -> Result<String, Problem> {
    let region = session.region().ok_or_else(|| Problem {
        operation: format!("plan for stack {name}"),
        cause: "no Region is set; name it with --region or AWS_REGION".to_owned(),
    })?;
    let account = session.reader().identity.account().await;
    let account = account.map_err(|error| {
        Problem::of_call("read the caller's account", "sts:GetCallerIdentity", &error)
    })?;
    let partition = match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    Ok(format!("arn:{partition}:cloudformation:{region}:{account}:stack/{name}/new"))
}

/// The parameters that are given; else the values that the stack has, as `aws cloudformation deploy`
/// keeps them; else the defaults of the template.
fn with_previous(
    mut inputs: Inputs,
    given: &Inputs,
    root: &Node,
    deployed: Option<&Deployed>,
) -> Inputs {
    inputs.parameters.clone_from(&given.parameters);
    inputs.resolved.clone_from(&given.resolved);
    let declared = root.get("Parameters").map(Node::members).unwrap_or_default();
    let declares = |name: &str| declared.iter().any(|member| member.key == name);
    let previous = deployed.map(|deployed| deployed.stack.parameters.as_slice());
    for parameter in previous.unwrap_or_default().iter().filter(|p| declares(&p.name)) {
        let now = inputs.parameters.get(&parameter.name);
        let keeps = now.is_none_or(|node| matches!(node.value, Value::Unknown(_)));
        let same = now.and_then(Node::scalar).is_some_and(|value| value == parameter.value);
        if keeps {
            inputs.set(&parameter.name, &parameter.value);
        }
        if (keeps || same)
            && let Some(resolved) = &parameter.resolved
        {
            inputs.resolved.insert(parameter.name.clone(), resolved.clone());
        }
    }
    inputs
}

fn new_imports(new: &Evaluated) -> bool {
    let mut found = imports(&new.source.text);
    each_template(&new.template, &mut |_, nested| {
        found |= nested.is_some_and(|nested| imports(&nested.source.text));
    });
    found
}

/// What may hold more resources.
pub fn unresolved(template: &Template) -> Vec<Unknown> {
    let mut found = Vec::new();
    each_template(template, &mut |template, _| {
        found.extend(template.unresolved.iter().map(|unresolved| Unknown {
            path: "Resources".to_owned(),
            reason: unresolved.reason.clone(),
        }));
    });
    found
}

/// First what is created and updated, then what goes: a Create may have moved its policy here.
async fn carry_out(
    session: &Session,
    events: &[Event<'_>],
    progress: &Progress,
) -> Vec<ResourcePlan> {
    progress.expect(events.len());
    let goes = |event: &&Event| matches!(event.kind, Kind::Delete { .. } | Kind::Retain { .. });
    let (removals, others): (Vec<_>, Vec<_>) = events.iter().partition(goes);
    let plans = others.into_iter().map(|event| async move {
        let planned = Asking { session, event }.plan().await;
        progress.one();
        planned
    });
    let planned: Vec<_> = stream::iter(plans).buffered(AT_ONCE).collect().await;
    let (mut resources, mut moved) = (Vec::new(), Moved::new());
    for (plans, moves) in planned {
        resources.extend(plans);
        moved.extend(moves);
    }
    for event in removals {
        resources.push(Asking { session, event }.plan_removal(&moved).await);
        progress.one();
    }
    resources
}
