//! The whole look.

use std::collections::{BTreeMap, BTreeSet};

use cfn_org_policy::aws::types::PolicyId;
use cfn_org_policy::policy::observed::LivePolicy;
use cfn_org_policy::policy::second_look::READ_LAG;
use cfn_org_policy::policy::tree::Tree;
use tokio::time::{Instant, sleep, sleep_until};

use super::live::{Paces, Policies, Reading};
use super::rotation::Rotation;
use super::stacks::{all, evaluate, of_ours, one, state};
use super::strays::{Known, is_settled, strays};
use super::{Report, ResourceReport, StackReport, State, Stray, judge, settings, withheld};
use crate::aws::{LISTINGS, Listed, Problem, Progress, Session, Stack, Stacks, failed};
use crate::plan::deployed::Deployed;
use crate::plan::events::{Declaration, Event, Kind, SETTINGS, events_again};
use crate::plan::places::name_each;
use crate::plan::{Unknown, unresolved};

/// What is to be looked at.
#[derive(Debug, Default)]
pub struct Request<'a> {
    /// These stacks; all, and the policies that no stack has, if none is named.
    pub stacks: &'a [String],
    /// What is done about reads that show what was before a deployment.
    pub lag: Lag,
    /// How fast policies are read.
    pub paces: Paces,
    /// Only the stacks matter, not from which accounts AWS withholds an effective policy.
    pub stacks_only: bool,
}

/// Reads may show for ten seconds what was before a change, and a deployment may have ended just before the look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lag {
    /// What has drifted is read once more ten seconds later.
    #[default]
    LookedAtAgain,
    /// Nothing is read of policies before the stacks have been at rest for ten seconds: for who reads too much to read it
    /// twice.
    WaitedFor,
    /// No deployment has ended just now.
    Ignored,
}

/// Looks. `rotation` is what was kept of the look before, and afterwards what is to be kept for the next.
///
/// # Errors
/// What cannot be read and leaves nothing to say.
pub async fn look(
    session: &Session,
    request: &Request<'_>,
    rotation: &mut Rotation,
    progress: &Progress,
) -> Result<Report, Problem> {
    let stacks = Stacks::new(session);
    let mut look = Look { session, request, stacks: &stacks, progress, before: BTreeMap::new() };
    let deployed = look.deployed().await?;
    let listed_at = Instant::now();
    let (mut deployed, mut problems) = evaluate(&stacks, deployed).await?;
    if request.stacks.is_empty() {
        // Any custom resource may look like ours in a list.
        deployed.retain(|deployed| !events_again(deployed).is_empty());
    }
    if request.lag == Lag::WaitedFor {
        sleep_until(listed_at + READ_LAG).await;
    }
    let organization = session.reader_at_pace(LISTINGS).organizations;
    let root = organization.policy_types().await;
    let root = root.map_err(failed("read the organization's root", "ListRoots"))?;
    let mut policies = look.policies(&deployed, &root.enabled, rotation).await?;
    let mut tree = Tree::new(&organization);
    let mut resources = look.resources(&deployed, &policies, &root.enabled, &mut tree).await;
    if request.lag == Lag::LookedAtAgain
        && resources.iter().flatten().any(ResourceReport::has_drifted)
    {
        look.look_again(&resources, &mut policies).await?;
        resources = look.resources(&deployed, &policies, &root.enabled, &mut tree).await;
    }
    problems.extend(std::mem::take(&mut policies.problems));
    let doubtful = drifted(&resources).intersection(&policies.outdated).cloned().collect();
    if !BTreeSet::is_empty(&doubtful) {
        look.reading().documents(&doubtful, &mut policies, rotation).await?;
        resources = look.resources(&deployed, &policies, &root.enabled, &mut tree).await;
    }
    let unread = policies.unlooked();
    let mut report = Report { problems, unread, ..Report::default() };
    for (deployed, resources) in deployed.iter().zip(resources) {
        let stack = look.stack(deployed, resources).await?;
        if stack.state != State::Quiet {
            // What was read may be what the deployment changes just now.
            let held = held(std::slice::from_ref(deployed));
            rotation.keep(|id, _| !held.contains(id));
        }
        report.stacks.push(stack);
    }
    if request.stacks.is_empty() {
        match look.strays(&deployed, &policies).await {
            Ok(strays) => report.strays = strays,
            Err(problem) => report.problems.push(problem.to_string()),
        }
    }
    if !request.stacks_only {
        look.withheld(&root.enabled, &mut report).await;
    }
    let resources = report.stacks.iter_mut().flat_map(|stack| &mut stack.resources);
    let targets: Vec<_> = resources.flat_map(|resource| &mut resource.targets).collect();
    if !targets.is_empty()
        && let Err(problem) = name_each(session, targets, progress).await
    {
        report.problems.push(problem.to_string());
    }
    Ok(report)
}

struct Look<'a> {
    session: &'a Session,
    request: &'a Request<'a>,
    stacks: &'a Stacks,
    progress: &'a Progress,
    /// All stacks as they were before anything else was read, by their ARN.
    before: BTreeMap<String, Stack>,
}

impl Look<'_> {
    async fn deployed(&mut self) -> Result<Vec<Deployed>, Problem> {
        if self.request.stacks.is_empty() {
            self.before = all(self.stacks).await?;
            return of_ours(self.stacks, &self.before, self.progress).await;
        }
        let mut found = Vec::new();
        for name in self.request.stacks {
            found.push(one(self.stacks, name).await?);
        }
        Ok(found)
    }

    /// All policies that are not AWS's own, where all are looked at; and those that resources hold, as they are.
    async fn policies(
        &self,
        deployed: &[Deployed],
        types: &BTreeSet<String>,
        rotation: &mut Rotation,
    ) -> Result<Policies, Problem> {
        let reading = self.reading();
        let (listed, problems) = match self.request.stacks {
            [] => reading.list(types).await,
            _ => Default::default(),
        };
        forget_outdated(rotation, deployed, &listed);
        let others = listed.iter().map(|(_, policy)| policy.id.clone()).collect();
        let policies = reading.policies(&held(deployed), &others, rotation).await?;
        Ok(Policies { listed, problems, ..policies })
    }

    /// Reads what has drifted once more: a deployment may have ended just before, and reads may show what was before it.
    async fn look_again(
        &self,
        resources: &[Vec<ResourceReport>],
        policies: &mut Policies,
    ) -> Result<(), Problem> {
        let ids = drifted(resources);
        sleep(READ_LAG).await;
        let again =
            self.reading().policies(&ids, &BTreeSet::new(), &mut Rotation::default()).await?;
        policies.live.retain(|id, _| !ids.contains(id));
        policies.live.extend(again.live);
        Ok(())
    }

    fn reading(&self) -> Reading<'_> {
        Reading::new(self.session, self.request.paces, self.progress)
    }

    /// The resources of each stack.
    async fn resources(
        &self,
        deployed: &[Deployed],
        policies: &Policies,
        types: &BTreeSet<String>,
        tree: &mut Tree<'_>,
    ) -> Vec<Vec<ResourceReport>> {
        let mut found = Vec::new();
        for deployed in deployed {
            found.push(self.resources_of(deployed, policies, types, tree).await);
        }
        found
    }

    async fn resources_of(
        &self,
        deployed: &Deployed,
        policies: &Policies,
        types: &BTreeSet<String>,
        tree: &mut Tree<'_>,
    ) -> Vec<ResourceReport> {
        let mut found = Vec::new();
        for event in &events_again(deployed) {
            found.push(match &event.kind {
                Kind::Update { new, .. } if event.resource_type == SETTINGS => {
                    settings::judge(self.session, event, *new).await
                }
                Kind::Update { physical_id, new, .. } if policies.is_unread(physical_id) => {
                    unread(event, *new, physical_id)
                }
                Kind::Update { physical_id, new, .. } => {
                    let live = PolicyId::parse(physical_id).and_then(|id| policies.live.get(&id));
                    self.resource(event, *new, physical_id, live, types, tree).await
                }
                kind => without_policy(event, kind),
            });
        }
        found
    }

    async fn resource(
        &self,
        event: &Event<'_>,
        declaration: Declaration<'_>,
        physical_id: &str,
        live: Option<&LivePolicy>,
        types: &BTreeSet<String>,
        tree: &mut Tree<'_>,
    ) -> ResourceReport {
        if PolicyId::parse(physical_id).is_none() {
            let mut report = judge::report(event);
            report.off.push(format!(
                "CloudFormation holds {physical_id:?}, which names no policy: deploy the stack"
            ));
            return report;
        }
        let mut report = judge::judge(event, declaration, physical_id, live, tree).await;
        if let Some(policy) = &report.policy
            && !policy.policy_type.is_empty()
            && !types.contains(&policy.policy_type)
        {
            report.off.push(format!(
                "policies of type {} are not enabled in the organization: it has no effect",
                policy.policy_type
            ));
        }
        report
    }

    /// The report of a stack: nothing of one that has been deployed meanwhile.
    async fn stack(
        &self,
        deployed: &Deployed,
        mut resources: Vec<ResourceReport>,
    ) -> Result<StackReport, Problem> {
        let stack = &deployed.stack;
        let now = self.stacks.describe(&stack.id).await?;
        let state = match &now {
            Some(now) if is_settled(stack, now) => state(stack, self.session.now()),
            Some(now) => match state(now, self.session.now()) {
                stuck @ State::Stuck { .. } => stuck,
                _ => State::InProgress,
            },
            None => State::InProgress,
        };
        if matches!(state, State::Failed { .. }) {
            resources.retain(|resource| !resource.is_absent);
            resources.iter_mut().for_each(ResourceReport::doubt_declaration);
        }
        let is_looked_at = matches!(state, State::Quiet | State::Failed { .. });
        Ok(StackReport {
            name: stack.name.clone(),
            id: stack.id.clone(),
            status: now.map_or_else(|| "DELETE_COMPLETE".to_owned(), |now| now.status),
            since: stack.since,
            held: None,
            resources: if is_looked_at { resources } else { Vec::new() },
            unresolved: if is_looked_at { unresolved(&deployed.template) } else { Vec::new() },
            state,
        })
    }

    async fn strays(
        &self,
        deployed: &[Deployed],
        policies: &Policies,
    ) -> Result<Vec<Stray>, Problem> {
        let account = self.session.reader().identity.account().await.map_err(|error| {
            Problem::of_call("read the caller's account", "sts:GetCallerIdentity", &error)
        })?;
        let region = self.session.region().unwrap_or_default().to_owned();
        let held = held(deployed);
        let known = Known { here: (account, region), stacks: &self.before, held: &held };
        strays(self.stacks, &known, &policies.listed, &policies.tags).await
    }

    /// Where stacks are named, what their policies cause.
    async fn withheld(&self, types: &BTreeSet<String>, report: &mut Report) {
        match withheld::withheld(self.session, types).await {
            Ok(Some(found)) => report.withheld = found,
            Ok(None) => report.notes.push(
                "AWS Organizations does not say here from which accounts it withholds an effective policy".to_owned(),
            ),
            Err(problem) => report.problems.push(problem.to_string()),
        }
        if self.request.stacks.is_empty() {
            return;
        }
        let resources = report.stacks.iter().flat_map(|stack| &stack.resources);
        let ids: BTreeSet<String> =
            resources.filter_map(|resource| resource.policy.as_ref()?.id.clone()).collect();
        report.withheld.retain(|withheld| {
            withheld.errors.iter().flat_map(|error| &error.policies).any(|id| ids.contains(id))
        });
    }
}

/// A document that was read before the last deployment of its stack says nothing, nor does one whose policy has another
/// name now, nor one that no resource holds.
fn forget_outdated(rotation: &mut Rotation, deployed: &[Deployed], listed: &[(String, Listed)]) {
    let mut since = BTreeMap::new();
    for deployed in deployed {
        let held = held(std::slice::from_ref(deployed));
        since.extend(held.into_iter().map(|id| (id, deployed.stack.since)));
    }
    let names: BTreeMap<&PolicyId, &str> =
        listed.iter().map(|(_, policy)| (&policy.id, policy.name.as_str())).collect();
    rotation.keep(|id, document| {
        since.get(id).is_some_and(|since| since.is_none_or(|since| since < document.read))
            && names.get(id).is_none_or(|name| *name == document.description.name)
    });
}

/// The policies that have drifted.
fn drifted(resources: &[Vec<ResourceReport>]) -> BTreeSet<PolicyId> {
    let drifted = resources.iter().flatten().filter(|resource| resource.has_drifted());
    let ids = drifted.filter_map(|resource| resource.policy.as_ref()?.id.as_deref());
    ids.filter_map(PolicyId::parse).collect()
}

/// The policies that resources hold.
fn held(deployed: &[Deployed]) -> BTreeSet<PolicyId> {
    let ids = deployed.iter().flat_map(|deployed| {
        events_again(deployed).into_iter().filter_map(|event| match event.kind {
            Kind::Update { physical_id, .. } => PolicyId::parse(&physical_id),
            _ => None,
        })
    });
    ids.collect()
}

/// A resource whose policy is there, and whose document nobody has read yet.
fn unread(event: &Event<'_>, declaration: Declaration<'_>, physical_id: &str) -> ResourceReport {
    let mut report = judge::report(event);
    report.policy = Some(judge::name(declaration, physical_id, None));
    report.hidden.push(Unknown {
        path: String::new(),
        reason: "there was no time to read it: the next look does".to_owned(),
    });
    report
}

/// A resource for which CloudFormation holds no policy, or that cannot be judged.
fn without_policy(event: &Event<'_>, kind: &Kind<'_>) -> ResourceReport {
    let mut report = judge::report(event);
    match kind {
        Kind::Unknown(reason) => {
            report.hidden.push(Unknown { path: String::new(), reason: reason.clone() })
        }
        Kind::Refused(why) => report.off.push(why.clone()),
        _ => {
            report.off.push("CloudFormation holds no policy for it: deploy the stack".to_owned());
            report.is_absent = true;
        }
    }
    report
}
