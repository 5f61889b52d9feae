//! One event: what the function would do with it, by its own reading and planning.

use std::collections::BTreeMap;
use std::time::SystemTime;

use cfn_org_policy::aws::Reader;
use cfn_org_policy::aws::still_wanted::{CloudFormation, EventKind, PendingEvent};
use cfn_org_policy::aws::types::{Holding, PolicyId, Tags};
use cfn_org_policy::error::{CallError, Error, Kind as CallKind};
use cfn_org_policy::policy::desired::{Declared, Desired, Removal};
use cfn_org_policy::policy::observed::FoundBy;
use cfn_org_policy::policy::observed_removal::ObservedRemoval;
use cfn_org_policy::policy::ownership::Ownership;
use cfn_org_policy::policy::physical_id::PhysicalId;
use cfn_org_policy::policy::pipeline::{
    NameLookup, Planned, observe_and_plan, observe_and_plan_removal,
};
use cfn_org_policy::policy::removal::{RemovalPlan, plan_removal};
use cfn_org_policy::policy::step::Step;
use cfn_org_policy::progress::Progress;
use cfn_org_policy::protocol::request::{Action, Request};
use cfn_org_policy::settings::desired::Desired as DesiredSettings;
use cfn_org_policy::settings::pipeline as settings;
use policy_document::quotas::Quotas;
use serde_json::{Map, Value as Json};

use super::events::{Declaration, Event, Kind, SETTINGS, is_kept};
use super::properties::{Live, Unknown, former_properties, hides_the_policy, properties, unknown};
use super::tell::{explain, owner, target, tell};
use super::{EventName, PolicyName, ResourcePlan};
use crate::aws::Session;

/// The policies that Creates of this deployment move here from other resources, with the tags that they have then.
pub type Moved = BTreeMap<PolicyId, Tags>;

/// AWS, as one event asks it.
pub struct Asking<'a> {
    pub session: &'a Session,
    pub event: &'a Event<'a>,
}

impl Asking<'_> {
    /// What becomes of a resource that does not go, and of the policy that an update replaces; and what it moves here.
    pub async fn plan(&self) -> (Vec<ResourcePlan>, Moved) {
        let mut moved = Moved::new();
        (self.plan_noting(&mut moved).await, moved)
    }

    async fn plan_noting(&self, moved: &mut Moved) -> Vec<ResourcePlan> {
        let (declaration, former) = match &self.event.kind {
            Kind::Create(new) => (*new, None),
            Kind::Update { physical_id, old, new } => (*new, Some((physical_id.as_str(), *old))),
            _ => return vec![self.without_event()],
        };
        let mut plan = self.named(match former {
            None => EventName::Create,
            Some(_) => EventName::Update,
        });
        plan.unknown = unknown(declaration);
        if self.event.resource_type == SETTINGS {
            let request = self.request(declaration, former, None);
            let planned = self.settings(&request, &mut plan).await;
            plan.error = planned.err().map(|error| explain(&error));
            return vec![plan];
        }
        match self.policy(declaration, former, &mut plan, moved).await {
            Ok(clean_up) => [plan].into_iter().chain(clean_up).collect(),
            Err(error) => {
                plan.error = Some(explain(&error));
                vec![plan]
            }
        }
    }

    /// What becomes of a resource that goes.
    pub async fn plan_removal(&self, moved: &Moved) -> ResourcePlan {
        let Kind::Delete { physical_id, old } = &self.event.kind else {
            return self.without_event();
        };
        let mut plan = self.named(EventName::Delete);
        if self.event.resource_type == SETTINGS {
            plan.lines =
                vec!["nothing is ever switched off: all settings stay as they are".to_owned()];
            return plan;
        }
        let removed = self.remove(physical_id, properties(*old, None), moved, &mut plan).await;
        plan.error = removed.err().map(|error| explain(&error));
        plan
    }

    fn named(&self, event: EventName) -> ResourcePlan {
        ResourcePlan {
            nested_in: self.event.nested_in.clone(),
            logical_id: self.event.logical_id.to_owned(),
            resource_type: self.event.resource_type.to_owned(),
            event,
            ..ResourcePlan::default()
        }
    }

    fn without_event(&self) -> ResourcePlan {
        let mut plan = self.named(EventName::None);
        match &self.event.kind {
            Kind::Retain { physical_id } => {
                let line = format!("its DeletionPolicy keeps {physical_id}: it stays as it is");
                plan.lines.push(line);
            }
            Kind::NotOurs => {
                plan.lines.push("CloudFormation's own resource: not planned here".to_owned());
            }
            Kind::Unknown(reason) => {
                plan.event = EventName::Unknown;
                plan.unknown.push(Unknown { path: String::new(), reason: reason.clone() });
            }
            Kind::Refused(why) => plan.error = Some(format!("the deployment would fail: {why}")),
            _ => plan.lines.push("its properties do not change".to_owned()),
        }
        plan
    }

    /// What CloudFormation would send.
    fn request(
        &self,
        new: Declaration,
        former: Option<(&str, Option<Declaration>)>,
        live: Option<&Live>,
    ) -> Request {
        let properties = properties(new, live);
        let action = match former {
            None => Action::Create,
            Some((physical_id, old)) => Action::Update {
                physical_id: physical_id.to_owned(),
                old_properties: old.map(|old| former_properties(old, new, &properties)),
            },
        };
        self.event.request(action, properties)
    }

    fn reader(&self, kind: EventKind) -> Reader {
        self.session.reader_for(PendingEvent {
            kind,
            stack_id: self.event.stack_id.clone(),
            logical_id: self.event.logical_id.to_owned(),
            resource_type: self.event.resource_type.to_owned(),
            sent: None,
            arrived: SystemTime::now(),
            cloudformation: CloudFormation::new(self.session.config()),
        })
    }

    async fn settings(&self, request: &Request, plan: &mut ResourcePlan) -> Result<(), Error> {
        let DesiredSettings::On(declared) = DesiredSettings::parse(request)? else { return Ok(()) };
        let reader = self.reader(EventKind::Create);
        let planned = settings::observe_and_plan(&reader, &declared, &Progress::default()).await?;
        plan.steps = planned.steps.len();
        plan.lines = planned.lines();
        Ok(())
    }

    /// Plans for a policy to be as declared; returns the clean-up of the one that it replaces.
    async fn policy(
        &self,
        new: Declaration<'_>,
        former: Option<(&str, Option<Declaration<'_>>)>,
        plan: &mut ResourcePlan,
        moved: &mut Moved,
    ) -> Result<Option<ResourcePlan>, Error> {
        let kind = if former.is_some() { EventKind::Update } else { EventKind::Create };
        let reader = self.reader(kind);
        let held = former.and_then(|(id, _)| PolicyId::parse(id));
        let live = match &held {
            Some(id) if !plan.unknown.is_empty() => read_live(&reader, id).await?,
            _ => None,
        };
        if live.is_none() && hides_the_policy(&plan.unknown) {
            return Ok(None);
        }
        let request = self.request(new, former, live.as_ref());
        let Desired::Present(declared) = Desired::parse(&request, &Quotas::default())? else {
            return Ok(None);
        };
        plan.warnings.clone_from(&declared.warnings);
        let planned = observe_and_plan(&reader, &declared, NameLookup::BeforeCreate).await;
        if planned.is_err() {
            plan.policy = Some(PolicyName {
                id: held.map(|id| id.to_string()),
                name: declared.name.clone(),
                policy_type: declared.policy_type.clone(),
            });
        }
        let planned = planned?;
        note_move(&declared, &planned, moved);
        tell(&declared, &planned, plan);
        let replaced =
            planned.observed.policy.as_ref().filter(|live| {
                !planned.plan.keeps_policy() && live.found_by == FoundBy::PhysicalId
            });
        let (Some(replaced), Some((physical_id, Some(old)))) = (replaced, former) else {
            return Ok(None);
        };
        plan.owner = Some(owner(&declared, replaced));
        let mut clean_up = self.named(EventName::CleanUp);
        if is_kept(new.resource.update_replace_policy.as_ref()) {
            clean_up.lines = vec![format!(
                "its UpdateReplacePolicy keeps policy {physical_id}: it stays as it is"
            )];
            return Ok(Some(clean_up));
        }
        let old = properties(old, live.as_ref());
        let removed = self.remove(physical_id, old, &Moved::new(), &mut clean_up).await;
        clean_up.error = removed.err().map(|error| explain(&error));
        Ok(Some(clean_up))
    }

    async fn remove(
        &self,
        physical_id: &str,
        properties: Map<String, Json>,
        moved: &Moved,
        plan: &mut ResourcePlan,
    ) -> Result<(), Error> {
        let action = Action::Delete { physical_id: physical_id.to_owned() };
        let request = self.event.request(action, properties);
        let Desired::Absent(removal) = Desired::parse(&request, &Quotas::default())? else {
            return Ok(());
        };
        plan.policy = Some(PolicyName {
            id: removal.physical_id.named_policy().map(ToString::to_string),
            name: removal.name.clone().unwrap_or_default(),
            policy_type: removal.policy_type.clone().unwrap_or_default(),
        });
        let kind = EventKind::Delete { physical_id: physical_id.to_owned() };
        let removed = match moved_away(&removal, moved) {
            Some(observed) => plan_removal(&removal, Some(&observed))?,
            None => observe_and_plan_removal(&self.reader(kind), &removal).await?.1,
        };
        plan.steps = removed.step_count();
        plan.lines = removed.lines();
        if let RemovalPlan::Delete { targets, .. } = &removed {
            plan.targets = targets.iter().map(|id| target(id, false)).collect();
        }
        Ok(())
    }
}

/// A policy that a Create of this deployment has taken over by the time of the Delete.
fn moved_away(removal: &Removal, moved: &Moved) -> Option<ObservedRemoval> {
    let PhysicalId::Policy(id) = &removal.physical_id else { return None };
    Some(ObservedRemoval {
        id: id.clone(),
        tags: moved.get(id)?.clone(),
        other: Holding::Holds,
        attachments: Default::default(),
        detachable: None,
        lost_paths: Vec::new(),
    })
}

/// Notes the policy that a Create moves here.
fn note_move(declared: &Declared, planned: &Planned, moved: &mut Moved) {
    let Some(live) = &planned.observed.policy else { return };
    if live.found_by == FoundBy::PhysicalId || !planned.plan.keeps_policy() {
        return;
    }
    if matches!(declared.owner.judge(&live.tags), Ownership::Another { .. }) {
        let mut tags = live.tags.clone();
        for step in &planned.plan.steps {
            if let Step::TakeOver { tags: set, .. } = step {
                tags.extend(set.clone());
            }
        }
        moved.insert(live.id.clone(), tags);
    }
}

async fn read_live(reader: &Reader, id: &PolicyId) -> Result<Option<Live>, Error> {
    let read = async {
        let description = reader.organizations.describe_policy(id).await?;
        let tags = reader.organizations.tags_of(id).await?;
        let attachments = reader.organizations.targets_of(id).await?;
        Ok::<_, CallError>(Live::of(&description, &tags, &attachments))
    };
    match read.await {
        Ok(live) => Ok(Some(live)),
        Err(CallError { kind: CallKind::PolicyNotFound, .. }) => Ok(None),
        Err(cause) => Err(Error::Call { operation: format!("read policy {id}"), cause }),
    }
}
