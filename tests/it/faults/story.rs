//! The stories: what is there before an event, and the event. Undisturbed, each of them ends in SUCCESS.

use serde_json::{Value, json};

use test_world::fixtures::{
    SETTINGS_TYPE, guard_properties, policy_properties, settings_properties, setup, with,
};
use test_world::stack::succeeded;
use test_world::world::{BACKUP_POLICY, PRODUCTION, SANDBOX, SCP, SECURITY};
use test_world::{Resource, Stack, World};

/// What happens in an event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Story {
    Create,
    CreateAfterAllWasDone,
    CreateGuard,
    AdoptByName,
    AdoptById,
    Update,
    UpdateOfNothing,
    UpdateOfTags,
    UpdateToDeclaredAttachments,
    UpdateOfGuard,
    Rename,
    EnableAgain,
    Replacement,
    RollbackOfReplacement,
    Vanished,
    VanishedAndAdopted,
    Delete,
    DeleteOfGuard,
    DeleteOfAdopted,
    DeleteOfVanished,
    DeleteOfUnknown,
    DeleteOfInvented,
    /// The Create of a `Custom::OrgBackupSettings`.
    Settings,
}

/// The resource's name in its template. The policies of other stacks carry it too.
pub const LOGICAL_ID: &str = "Daily";

impl Story {
    /// Whether CloudFormation can roll the event back. It does not roll back a Delete, nor a rollback.
    pub fn can_be_rolled_back(self) -> bool {
        use Story::*;
        !matches!(
            self,
            RollbackOfReplacement
                | Delete
                | DeleteOfGuard
                | DeleteOfAdopted
                | DeleteOfVanished
                | DeleteOfUnknown
                | DeleteOfInvented
                | Settings
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

/// Does what comes before the event, and returns the event and its resource.
pub async fn begin(story: Story, world: &World, stack: &Stack) -> (Value, Option<Resource>) {
    use Story::*;
    match story {
        Create | CreateAfterAllWasDone | CreateGuard | AdoptByName | AdoptById | Settings => {
            (begin_create(story, world, stack).await, None)
        }
        Delete | DeleteOfGuard | DeleteOfAdopted | DeleteOfVanished | DeleteOfUnknown
        | DeleteOfInvented => {
            let resource = begin_delete(story, world, stack).await;
            (stack.delete_event(&resource), Some(resource))
        }
        _ => {
            let (resource, properties) = begin_update(story, world, stack).await;
            (stack.update_event(&resource, &properties), Some(resource))
        }
    }
}

async fn created(stack: &Stack, properties: Value) -> Resource {
    let (resource, response) = stack.create(LOGICAL_ID, properties).await;
    succeeded(&response);
    resource
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
