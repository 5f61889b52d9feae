//! One resource: its declaration beside the policy as it is.

use std::collections::BTreeSet;

use cfn_org_policy::error::Error;
use cfn_org_policy::policy::desired::{Declared, Desired};
use cfn_org_policy::policy::drift::{self, Drift, Part, Verdict};
use cfn_org_policy::policy::observed::LivePolicy;
use cfn_org_policy::policy::tree::Tree;
use cfn_org_policy::protocol::request::Action;
use policy_document::difference::Difference;
use policy_document::quotas::Quotas;

use super::ResourceReport;
use crate::aws::Problem;
use crate::plan::events::{Declaration, Event};
use crate::plan::losses::losses;
use crate::plan::properties::{Live, NOT_KNOWN, properties, unknown};
use crate::plan::{PolicyName, TargetChange, Unknown};

/// Compares a resource with the policy that CloudFormation holds for it; none if that is gone.
pub async fn judge(
    event: &Event<'_>,
    declaration: Declaration<'_>,
    physical_id: &str,
    live: Option<&LivePolicy>,
    tree: &mut Tree<'_>,
) -> ResourceReport {
    let mut report = report(event);
    report.hidden = unknown(declaration);
    report.policy = Some(name(declaration, physical_id, live));
    let Some(live) = live else {
        report.verdict = Verdict { drift: vec![Drift::Deleted], ..Verdict::default() };
        return report;
    };
    if let Err(error) = compare(event, declaration, live, tree, &mut report).await {
        report.error = Some(explain(&error));
    }
    report
}

/// The report of a resource, without anything found yet.
pub fn report(event: &Event<'_>) -> ResourceReport {
    ResourceReport {
        nested_in: event.nested_in.clone(),
        logical_id: event.logical_id.to_owned(),
        resource_type: event.resource_type.to_owned(),
        service_token: event.service_token(),
        ..ResourceReport::default()
    }
}

/// What the policy is called, as far as anybody knows.
pub fn name(declaration: Declaration, physical_id: &str, live: Option<&LivePolicy>) -> PolicyName {
    let declared = |name| {
        let node = declaration.resource.properties.get(name)?;
        node.scalar().map(|text| text.into_owned())
    };
    let text = |live: Option<&String>, name| live.cloned().or_else(|| declared(name));
    let description = live.map(|live| &live.description);
    PolicyName {
        id: Some(physical_id.to_owned()),
        name: text(description.map(|policy| &policy.name), "Name").unwrap_or_default(),
        policy_type: text(description.map(|p| &p.policy_type), "Type").unwrap_or_default(),
    }
}

async fn compare(
    event: &Event<'_>,
    declaration: Declaration<'_>,
    live: &LivePolicy,
    tree: &mut Tree<'_>,
    report: &mut ResourceReport,
) -> Result<(), Error> {
    let Some(declared) = declared(event, declaration, live)? else { return Ok(()) };
    let mut targets = BTreeSet::new();
    for target in &declared.targets {
        match tree.resolve(target).await {
            Ok(id) => drop(targets.insert(id)),
            // The rest is compared all the same.
            Err(error @ Error::OuPath { .. }) => {
                report.off.push(format!("the next update would fail: {error}"));
                let reason = "a path that leads nowhere".to_owned();
                report.hidden.push(Unknown { path: "Targets".to_owned(), reason });
            }
            Err(error) => return Err(error),
        }
    }
    let hidden = report.hidden.iter().filter_map(|unknown| part(&unknown.path)).collect();
    let declaration = drift::Declaration { policy: &declared, targets: &targets, hidden: &hidden };
    let mut verdict = drift::drift(declaration, live);
    if !report.off.is_empty() {
        // It may be attached to what the path has led to.
        verdict.drift.retain(|drift| !matches!(drift, Drift::Attached(_)));
    }
    doubt_what_is_made_up(&mut verdict);
    report.losses = lost(&declared, live, &verdict);
    report.targets = verdict.drift.iter().filter_map(target).collect();
    report.verdict = verdict;
    Ok(())
}

/// What stands in for a value that is not known differs from whatever is there.
fn doubt_what_is_made_up(verdict: &mut Verdict) {
    let is_made_up = |difference: &Difference| {
        difference.old.as_ref().is_some_and(|old| old.to_string().contains(NOT_KNOWN))
    };
    let differences = verdict.drift.iter().filter_map(|drift| match drift {
        Drift::Changed(difference) => Some(difference),
        _ => None,
    });
    let made_up: BTreeSet<String> =
        differences.filter(|one| is_made_up(one)).map(|one| one.path.clone()).collect();
    let (doubted, drift): (Vec<Drift>, Vec<Drift>) = verdict.drift.drain(..).partition(
        |drift| matches!(drift, Drift::Changed(difference) if made_up.contains(&difference.path)),
    );
    verdict.drift = drift;
    verdict.unknown.extend(doubted.iter().filter_map(Drift::part));
}

/// Why a resource could not be judged.
pub fn explain(error: &Error) -> String {
    match error {
        Error::Call { operation, cause } => {
            Problem::of_call(operation, "the actions that docs/DRIFT.md lists", cause).to_string()
        }
        other => format!("the next update would fail: {other}"),
    }
}

/// What the deployed template declares, as the function would read it, with the policy as it is where the template does
/// not say.
fn declared(
    event: &Event<'_>,
    declaration: Declaration<'_>,
    live: &LivePolicy,
) -> Result<Option<Box<Declared>>, Error> {
    let stand_in = Live::of(&live.description, &live.tags, &live.attachments);
    let properties = properties(declaration, Some(&stand_in));
    let action = Action::Update {
        physical_id: live.id.to_string(),
        old_properties: Some(properties.clone()),
    };
    match Desired::parse(&event.request(action, properties), &Quotas::default())? {
        Desired::Present(declared) => Ok(Some(declared)),
        Desired::Absent(_) => Ok(None),
    }
}

/// The part of the declaration that a value belongs to.
fn part(path: &str) -> Option<Part> {
    let end = path.find(['.', '[']).unwrap_or(path.len());
    match path.get(..end)? {
        "Name" => Some(Part::Name),
        "Description" => Some(Part::Description),
        "Content" | "Variables" | "Type" => Some(Part::Content),
        "Targets" | "ManageAttachments" => Some(Part::Targets),
        "Tags" => Some(Part::Tags),
        _ => None,
    }
}

fn target(drift: &Drift) -> Option<TargetChange> {
    let (id, attached) = match drift {
        Drift::Detached(id) => (id, false),
        Drift::Attached(id) => (id, true),
        _ => return None,
    };
    Some(TargetChange { id: id.clone(), path: None, accounts: None, attached })
}

/// What a guard has lost, as far as the documents say.
fn lost(declared: &Declared, live: &LivePolicy, verdict: &Verdict) -> Vec<String> {
    let change = |drift: &Drift| match drift {
        Drift::Changed(difference) => Some(difference.clone()),
        _ => None,
    };
    let changes: Vec<Difference> = verdict.drift.iter().filter_map(change).collect();
    let now = serde_json::from_str(&live.description.content).unwrap_or_default();
    losses(&declared.policy_type, &declared.content, &now, &changes)
}
