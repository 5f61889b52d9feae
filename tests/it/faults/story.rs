//! The stories: what is there before an event, and the event. Undisturbed, each of them ends in SUCCESS.

use serde_json::{Value, json};

use super::cloudformation::Listed;
use test_world::fixtures::{
    SETTINGS_TYPE, guard_properties, policy_properties, settings_properties, setup, with,
};
use test_world::stack::{failure, succeeded};
use test_world::world::{BACKUP_POLICY, Fault, PRODUCTION, SANDBOX, SCP, SECURITY};
use test_world::{Resource, Stack, World};

/// What happens in an event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Story {
    Create,
    CreateAfterAllWasDone,
    CreateGuard,
    /// The Create after one that has failed half-way, and whose clean-up has not come.
    SecondTry,
    AdoptByName,
    AdoptById,
    /// The Create of a resource that gets the policy of another one of its stack, or of another stack.
    Move,
    MoveBetweenStacks,
    Update,
    UpdateOfNothing,
    UpdateOfTags,
    UpdateToDeclaredAttachments,
    /// A new target has room for one more policy, and AWS looks at that before it looks for a duplicate.
    UpdateOntoFullTarget,
    UpdateOfGuard,
    Rename,
    EnableAgain,
    Replacement,
    RollbackOfReplacement,
    Vanished,
    VanishedAndAdopted,
    /// The policy was moved to a resource that is gone, or from one that is gone.
    UpdateOfFormerOwner,
    UpdateOfNewOwner,
    /// An Update to another type succeeded, but CloudFormation, without rollback, did not take the new policy.
    UpdateBackFromRefusedReplacement,
    DeleteOfRefusedReplacement,
    /// The policy was moved from a resource that holds it, of the same stack or of another.
    DeleteOfNewOwner,
    DeleteOfNewOwnerInOtherStack,
    /// The policy was moved to a resource that holds it.
    DeleteOfFormerOwner,
    /// The policy was moved to a resource that is gone.
    DeleteOfLastOwner,
    Delete,
    DeleteOfGuard,
    DeleteOfAdopted,
    DeleteOfVanished,
    DeleteOfUnknown,
    DeleteOfInvented,
    /// By the id that a Create has answered which failed half-way.
    DeleteOfFailedCreate,
    /// The Create of a `Custom::OrgBackupSettings`.
    Settings,
}

/// The resource's name in its template. The policies of other stacks carry it too.
pub const LOGICAL_ID: &str = "Daily";

impl Story {
    /// Whether CloudFormation can roll the event back. It does not roll back a Delete, nor a rollback.
    pub fn can_be_rolled_back(self) -> bool {
        use Story::*;
        match self {
            RollbackOfReplacement | UpdateBackFromRefusedReplacement | Settings => false,
            _ => !self.deletes(),
        }
    }

    fn deletes(self) -> bool {
        use Story::*;
        matches!(
            self,
            Delete
                | DeleteOfGuard
                | DeleteOfAdopted
                | DeleteOfVanished
                | DeleteOfUnknown
                | DeleteOfInvented
                | DeleteOfFailedCreate
                | DeleteOfRefusedReplacement
                | DeleteOfNewOwner
                | DeleteOfNewOwnerInOtherStack
                | DeleteOfFormerOwner
                | DeleteOfLastOwner
        )
    }

    /// Whether a policy only changes its owner: it is never attached or detached.
    pub fn changes_owner_only(self) -> bool {
        use Story::*;
        matches!(
            self,
            Move | MoveBetweenStacks
                | DeleteOfNewOwner
                | DeleteOfNewOwnerInOtherStack
                | DeleteOfFormerOwner
        )
    }

    /// Whether it is about settings. They are never switched off, so nothing is rolled back.
    pub fn is_of_settings(self) -> bool {
        self == Story::Settings
    }

    /// Whether it adopts a policy. The rollback gives that back without restoring it.
    pub fn adopts(self) -> bool {
        matches!(self, Story::AdoptByName | Story::AdoptById | Story::VanishedAndAdopted)
    }
}

/// An organization with policies of other owners, none of which may ever change.
pub fn setup_with_others() -> (World, Stack) {
    let (world, stack) = setup();
    world.change(|state| {
        for (policy_type, name) in [(BACKUP_POLICY, "theirs"), (SCP, "daily"), (SCP, "lookalike")] {
            let id = state.add_policy(policy_type, name, "{\"plans\":{}}");
            state.attach(&id, PRODUCTION);
            state.tag(&id, "cfn-org-policy:stack-id", "another stack");
            state.tag(&id, "cfn-org-policy:logical-id", LOGICAL_ID);
        }
    });
    (world, stack)
}

fn before() -> Value {
    let changes = json!({
        "Targets": ["/Production", SANDBOX],
        "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "1"}],
        "EnablePolicyType": "true",
    });
    with(&policy_properties(), changes)
}

fn changed() -> Value {
    with(
        &before(),
        json!({
            "Name": "weekly",
            "Content": {"plans": {"weekly": {}}},
            "Targets": [SANDBOX, "/Security", "Root"],
            "Tags": [{"Key": "b", "Value": "2"}, {"Key": "c", "Value": "3"}],
        }),
    )
}

fn of_another_type() -> Value {
    with(&changed(), json!({"Name": "guard", "Type": SCP, "Content": {"Statement": []}}))
}

/// An SCP that is on the Sandbox before and after its change.
fn guard(action: &str, targets: Value) -> Value {
    let deny = json!({"Effect": "Deny", "Action": action, "Resource": "*"});
    with(&guard_properties(), json!({"Content": {"Statement": [deny]}, "Targets": targets}))
}

/// A policy that no stack owns.
fn add_unowned(world: &World, name: &str) -> String {
    world.change(|state| {
        let id = state.add_policy(BACKUP_POLICY, name, "{}");
        state.attach(&id, SECURITY);
        state.tag(&id, "a", "0");
        id
    })
}

/// What comes before the event, and the event.
pub struct Beginning {
    pub event: Value,
    /// The resource; none before its Create has been answered.
    pub resource: Option<Resource>,
    /// What CloudFormation lists beside the event's resource; none if it says nothing.
    pub listed: Option<Vec<Listed>>,
    /// What an earlier Create of the resource has answered, which failed.
    pub earlier: Option<String>,
    /// A policy that CloudFormation did not take, so that it is nobody's guard.
    pub refused: Option<String>,
}

impl Beginning {
    fn create(event: Value) -> Beginning {
        Beginning { event, resource: None, listed: None, earlier: None, refused: None }
    }

    fn delete(stack: &Stack, resource: Resource) -> Beginning {
        let create = Beginning::create(stack.delete_event(&resource));
        Beginning { resource: Some(resource), ..create }
    }

    fn update(stack: &Stack, resource: Resource, properties: &Value) -> Beginning {
        let create = Beginning::create(stack.update_event(&resource, properties));
        Beginning { resource: Some(resource), ..create }
    }

    /// CloudFormation answers, and lists this beside the event's resource.
    fn listed(self, listed: Vec<Listed>) -> Beginning {
        Beginning { listed: Some(listed), ..self }
    }
}

/// Does what comes before the event.
pub async fn begin(story: Story, world: &World, stack: &Stack) -> Beginning {
    use Story::*;
    match story {
        Create | CreateAfterAllWasDone | CreateGuard | AdoptByName | AdoptById | Settings => {
            Beginning::create(begin_create(story, world, stack).await)
        }
        SecondTry => {
            let failed = failed_create(world, stack).await;
            let event = stack.create_event(LOGICAL_ID, &before());
            Beginning { earlier: Some(failed.physical_id), ..Beginning::create(event) }
                .listed(Vec::new())
        }
        DeleteOfFailedCreate => Beginning::delete(stack, failed_create(world, stack).await),
        Move
        | MoveBetweenStacks
        | UpdateOfFormerOwner
        | UpdateOfNewOwner
        | DeleteOfNewOwner
        | DeleteOfNewOwnerInOtherStack
        | DeleteOfFormerOwner
        | DeleteOfLastOwner => begin_move(story, world, stack).await,
        UpdateBackFromRefusedReplacement | DeleteOfRefusedReplacement => {
            begin_refused(story, stack).await
        }
        _ if story.deletes() => Beginning::delete(stack, begin_delete(story, world, stack).await),
        _ => {
            let (resource, properties) = begin_update(story, world, stack).await;
            Beginning::update(stack, resource, &properties)
        }
    }
}

async fn created(stack: &Stack, properties: Value) -> Resource {
    created_as(stack, LOGICAL_ID, properties).await
}

async fn created_as(stack: &Stack, logical_id: &str, properties: Value) -> Resource {
    let (resource, response) = stack.create(logical_id, properties).await;
    succeeded(&response);
    resource
}

/// A Create that has failed after CreatePolicy.
async fn failed_create(world: &World, stack: &Stack) -> Resource {
    world.fail_first("AttachPolicy", 1, Fault::Error("AccessDeniedException"));
    let (resource, response) = stack.create(LOGICAL_ID, before()).await;
    failure(&response);
    resource
}

/// The policy of one resource goes to another one.
async fn begin_move(story: Story, world: &World, stack: &Stack) -> Beginning {
    use Story::*;
    let other_stack = Stack::new(&world.sdk_config(), "other");
    let between_stacks = matches!(story, MoveBetweenStacks | DeleteOfNewOwnerInOtherStack);
    let former_stack = if between_stacks { &other_stack } else { stack };
    let of_former = matches!(story, UpdateOfFormerOwner | DeleteOfFormerOwner | DeleteOfLastOwner);
    let (former, new) = if of_former { (LOGICAL_ID, "Other") } else { ("Other", LOGICAL_ID) };
    let former = created_as(former_stack, former, before()).await;
    let adopting = with(&before(), json!({"AdoptExisting": former.physical_id}));
    let listed = |stack: &Stack| Listed {
        stack_id: stack.id.clone(),
        logical_id: "Other".to_owned(),
        status: "UPDATE_COMPLETE",
        physical_id: former.physical_id.clone(),
    };
    if matches!(story, Move | MoveBetweenStacks) {
        let event = stack.create_event(new, &adopting);
        return Beginning::create(event).listed(vec![listed(former_stack)]);
    }
    let new = created_as(stack, new, adopting.clone()).await;
    match story {
        UpdateOfFormerOwner => {
            let properties = with(&changed(), json!({"Name": "daily"}));
            Beginning::update(stack, former, &properties).listed(Vec::new())
        }
        UpdateOfNewOwner => {
            let properties = with(&adopting, json!({"Revision": "2"}));
            Beginning::update(stack, new, &properties).listed(Vec::new())
        }
        DeleteOfFormerOwner => {
            let holds = listed(stack);
            Beginning::delete(stack, former).listed(vec![holds])
        }
        DeleteOfLastOwner => Beginning::delete(stack, former).listed(Vec::new()),
        _ => Beginning::delete(stack, new).listed(vec![listed(former_stack)]),
    }
}

/// An Update to another type was done, but CloudFormation holds the policy that there was before.
async fn begin_refused(story: Story, stack: &Stack) -> Beginning {
    let mut resource = created(stack, before()).await;
    let held = resource.physical_id.clone();
    succeeded(&stack.update(&mut resource, of_another_type()).await);
    let refused = std::mem::replace(&mut resource.physical_id, held);
    let beginning = match story {
        Story::DeleteOfRefusedReplacement => Beginning::delete(stack, resource),
        _ => Beginning::update(stack, resource, &before()),
    };
    Beginning { refused: Some(refused), ..beginning.listed(Vec::new()) }
}

async fn begin_create(story: Story, world: &World, stack: &Stack) -> Value {
    let create = |changes| stack.create_event(LOGICAL_ID, &with(&before(), changes));
    match story {
        Story::CreateAfterAllWasDone => {
            let event = create(json!({}));
            succeeded(&stack.send(&event).await);
            event
        }
        Story::CreateGuard => {
            stack.create_event(LOGICAL_ID, &guard("a:B", json!([PRODUCTION, SANDBOX])))
        }
        Story::Settings => {
            world.change(|state| {
                state.disable_type(BACKUP_POLICY);
                state.disable_type(SCP);
            });
            let mut event = stack.create_event(LOGICAL_ID, &settings_properties());
            event["ResourceType"] = json!(SETTINGS_TYPE);
            event
        }
        Story::AdoptByName => {
            add_unowned(world, "daily");
            create(json!({"AdoptExisting": "true"}))
        }
        Story::AdoptById => {
            let id = add_unowned(world, "daily");
            create(json!({"AdoptExisting": id}))
        }
        _ => {
            world.change(|state| state.disable_type(BACKUP_POLICY));
            create(json!({}))
        }
    }
}

/// The resource, and its new properties.
async fn begin_update(story: Story, world: &World, stack: &Stack) -> (Resource, Value) {
    if story == Story::UpdateOfGuard {
        let resource = created(stack, guard("a:B", json!([PRODUCTION, SANDBOX]))).await;
        return (resource, guard("a:C", json!([SANDBOX, SECURITY])));
    }
    let mut resource = created(stack, before()).await;
    let id = resource.physical_id.clone();
    let changed = match story {
        Story::UpdateOfNothing => with(&before(), json!({"Revision": "2"})),
        Story::UpdateOfTags => with(&before(), json!({"Tags": changed()["Tags"]})),
        Story::UpdateToDeclaredAttachments => {
            world.change(|state| state.attach(&id, SECURITY));
            let changes = json!({"ManageAttachments": "Declared", "Targets": ["/Sandbox"]});
            with(&before(), changes)
        }
        Story::UpdateOntoFullTarget => {
            world.change(|state| {
                state.limit_before_duplicate = true;
                for n in 1..10 {
                    let other = state.add_policy(BACKUP_POLICY, &format!("other-{n}"), "{}");
                    state.attach(&other, SECURITY);
                }
            });
            with(&before(), json!({"Targets": ["/Production", SANDBOX, SECURITY]}))
        }
        Story::Rename => with(&before(), json!({"Name": "nightly"})),
        Story::EnableAgain => {
            world.change(|state| state.disable_type(BACKUP_POLICY));
            changed()
        }
        Story::Replacement => of_another_type(),
        Story::RollbackOfReplacement => {
            succeeded(&stack.update(&mut resource, of_another_type()).await);
            before()
        }
        Story::Vanished => {
            world.change(|state| state.remove_policy(&id));
            changed()
        }
        Story::VanishedAndAdopted => {
            world.change(|state| state.remove_policy(&id));
            add_unowned(world, "weekly");
            with(&changed(), json!({"AdoptExisting": "true"}))
        }
        _ => changed(),
    };
    (resource, changed)
}

async fn begin_delete(story: Story, world: &World, stack: &Stack) -> Resource {
    let mut resource = match story {
        Story::DeleteOfGuard => created(stack, guard("a:B", json!([PRODUCTION, SANDBOX]))).await,
        Story::DeleteOfAdopted => {
            add_unowned(world, "daily");
            created(stack, with(&before(), json!({"AdoptExisting": "true"}))).await
        }
        _ => created(stack, before()).await,
    };
    match story {
        Story::DeleteOfVanished => world.change(|state| state.remove_policy(&resource.physical_id)),
        Story::DeleteOfUnknown => {
            "cfn-org-policy:unknown:request-1".clone_into(&mut resource.physical_id);
        }
        Story::DeleteOfInvented => "backup-Daily-1ABC".clone_into(&mut resource.physical_id),
        _ => {}
    }
    resource
}
