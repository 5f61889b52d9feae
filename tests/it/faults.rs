//! Every call of every story is disturbed once; then the event comes again, or is rolled back, and
//! the whole organization is compared with what an undisturbed run leaves.

use std::collections::BTreeMap;
use std::time::Duration;

use cfn_org_policy::response::{Response, Status};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::stack::{succeeded, with};
use crate::support::world::{BACKUP_POLICY, Fault, PRODUCTION, SANDBOX, SCP, SECURITY};
use crate::support::{Resource, Stack, World};

/// What happens to a call.
#[derive(Clone, Copy, Debug)]
enum Disturbance {
    /// It is refused, without effect.
    Refused,
    /// It takes effect, and its answer is lost.
    LostAnswer,
    /// The invocation dies just before it takes effect.
    KilledBefore,
    /// The invocation dies just after it took effect.
    KilledAfter,
}

impl Disturbance {
    const ALL: [Self; 4] = [Self::Refused, Self::LostAnswer, Self::KilledBefore, Self::KilledAfter];

    fn fault(self) -> Fault {
        match self {
            Self::Refused => Fault::Error("AccessDeniedException"),
            Self::LostAnswer => Fault::LostAnswer,
            Self::KilledBefore => Fault::Hang { takes_effect: false },
            Self::KilledAfter => Fault::Hang { takes_effect: true },
        }
    }
}

/// What happens in an event. All of them end in SUCCESS if nothing disturbs them.
#[derive(Clone, Copy, Debug)]
enum Story {
    Create,
    AdoptByName,
    AdoptById,
    Update,
    UpdateToDeclaredAttachments,
    Replacement,
    RollbackOfReplacement,
    Vanished,
    Delete,
    DeleteOfAdopted,
}

/// A world with others' belongings in it: none of them is ever to change.
fn stage() -> (World, Stack) {
    let world = World::new();
    world.change(|state| {
        for (policy_type, name) in [(BACKUP_POLICY, "theirs"), (SCP, "daily"), (SCP, "lookalike")] {
            let id = state.add_policy(policy_type, name, "{\"plans\":{}}");
            state.attach(&id, PRODUCTION);
            state.tag(&id, "cfn-org-policy:stack-id", "another stack");
            state.tag(&id, "cfn-org-policy:logical-id", "Daily");
        }
    });
    let stack = Stack::new(&world.sdk_config(), "backup");
    (world, stack)
}

fn properties() -> Value {
    json!({
        "Name": "daily",
        "Type": BACKUP_POLICY,
        "Content": {"plans": {"daily": {}}},
        "Targets": ["/Production", SANDBOX],
        "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "1"}],
        "EnablePolicyType": "true",
    })
}

fn changed() -> Value {
    with(
        &properties(),
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

/// Brings the world to where the story begins, and gives its event.
async fn begin(story: Story, world: &World, stack: &Stack) -> (Value, Option<Resource>) {
    let foreign = || {
        world.change(|state| {
            let id = state.add_policy(BACKUP_POLICY, "daily", "{}");
            state.attach(&id, SECURITY);
            state.tag(&id, "a", "0");
            id
        })
    };
    let created = async |properties: Value| {
        let (resource, response) = stack.create("Daily", properties).await;
        succeeded(&response);
        resource
    };
    match story {
        Story::Create => {
            world.change(|state| state.disable_type(BACKUP_POLICY));
            (stack.create_event("Daily", &properties()), None)
        }
        Story::AdoptByName => {
            foreign();
            let adopt = with(&properties(), json!({"AdoptExisting": "true"}));
            (stack.create_event("Daily", &adopt), None)
        }
        Story::AdoptById => {
            let id = foreign();
            world.change(|state| {
                state.tag(&id, "cfn-org-policy:stack-id", "a former stack");
                state.tag(&id, "cfn-org-policy:logical-id", "Former");
            });
            let adopt = with(&properties(), json!({"AdoptExisting": id}));
            (stack.create_event("Daily", &adopt), None)
        }
        Story::Update => {
            let resource = created(properties()).await;
            (stack.update_event(&resource, &changed()), Some(resource))
        }
        Story::UpdateToDeclaredAttachments => {
            let resource = created(properties()).await;
            world.change(|state| state.attach(&resource.physical_id, SECURITY));
            let changes = json!({"ManageAttachments": "Declared", "Targets": ["/Sandbox"]});
            (stack.update_event(&resource, &with(&properties(), changes)), Some(resource))
        }
        Story::Replacement => {
            let resource = created(properties()).await;
            (stack.update_event(&resource, &of_another_type()), Some(resource))
        }
        Story::RollbackOfReplacement => {
            let mut resource = created(properties()).await;
            succeeded(&stack.update(&mut resource, of_another_type()).await);
            (stack.update_event(&resource, &properties()), Some(resource))
        }
        Story::Vanished => {
            let resource = created(properties()).await;
            world.change(|state| state.remove_policy(&resource.physical_id));
            (stack.update_event(&resource, &changed()), Some(resource))
        }
        Story::Delete => {
            let resource = created(properties()).await;
            (stack.delete_event(&resource), Some(resource))
        }
        Story::DeleteOfAdopted => {
            foreign();
            let adopt = with(&properties(), json!({"AdoptExisting": "true"}));
            let resource = created(adopt).await;
            (stack.delete_event(&resource), Some(resource))
        }
    }
}

/// The whole organization, ids left out.
fn picture(world: &World) -> BTreeMap<String, String> {
    world.change(|state| state.picture())
}

/// A run of the story: what it began with, what is left, and the answer; if call `n` is disturbed,
/// of the last delivery.
struct Run {
    world: World,
    stack: Stack,
    event: Value,
    resource: Option<Resource>,
    before: BTreeMap<String, String>,
    answer: Option<Response>,
}

impl Run {
    async fn of(story: Story, disturbed: Option<(usize, Disturbance)>) -> Run {
        let (world, mut stack) = stage();
        let (event, resource) = begin(story, &world, &stack).await;
        let before = picture(&world);
        world.reset_calls();
        // A process of its own: what the earlier events have cached is not known to this one.
        stack.handler = Stack::new(&world.sdk_config(), "backup").handler;
        let mut kill = false;
        if let Some((call, disturbance)) = disturbed {
            world.fail_call(call, disturbance.fault());
            kill = matches!(disturbance, Disturbance::KilledBefore | Disturbance::KilledAfter);
        }
        // Less than the time after which an attempt is given up.
        let patience = Duration::from_secs(if kill { 20 } else { 1_000 });
        let answer = timeout(patience, stack.send(&event)).await.ok();
        assert_eq!(answer.is_none(), kill);
        Run { world, stack, event, resource, before, answer }
    }

    /// Lambda's second delivery of the event, by another process.
    async fn again(&mut self) {
        let stack = Stack::new(&self.world.sdk_config(), "backup");
        self.answer = Some(stack.send(&self.event).await);
    }

    /// What CloudFormation does after FAILED: the Delete of a Create, the Update of an Update with
    /// the properties as they were, and a Delete for an id that is no longer the resource's.
    async fn roll_back(&mut self) {
        let answer = self.answer.clone().expect("the event was answered");
        match &self.resource {
            None => {
                let resource = Resource {
                    logical_id: "Daily".to_owned(),
                    physical_id: answer.physical_resource_id,
                    properties: self.event["ResourceProperties"].clone(),
                };
                succeeded(&self.stack.delete(&resource).await);
            }
            Some(resource) => {
                let former = resource.properties.clone();
                let mut failed = resource.clone();
                failed.properties = self.event["ResourceProperties"].clone();
                succeeded(&self.stack.update(&mut failed, former).await);
                assert_eq!(failed.physical_id, resource.physical_id);
            }
        }
    }
}

async fn disturb_every_call(story: Story) {
    let undisturbed = Run::of(story, None).await;
    let calls = undisturbed.world.calls();
    let answer = undisturbed.answer.expect("nothing kills it");
    succeeded(&answer);
    let after = picture(&undisturbed.world);

    for (n, call) in calls.iter().enumerate() {
        for disturbance in Disturbance::ALL {
            let case = format!("{story:?}, call {n} ({call}), {disturbance:?}");
            let mut run = Run::of(story, Some((n, disturbance))).await;
            run.again().await;
            let again = run.answer.as_ref().expect("nothing disturbs it any more");
            match disturbance {
                // The first delivery has failed and tidied up: a policy may have been made anew.
                Disturbance::Refused => succeeded(again),
                _ => assert_eq!(again, &answer, "{case}"),
            }
            assert_eq!(picture(&run.world), after, "{case}, delivered again");
        }
    }
}

/// The stories after whose failure all is to be as it was before.
async fn roll_back_after_every_call(story: Story) {
    let undisturbed = Run::of(story, None).await;
    let calls = undisturbed.world.calls();
    for (n, call) in calls.iter().enumerate() {
        let case = format!("{story:?}, call {n} ({call}), refused and rolled back");
        let mut run = Run::of(story, Some((n, Disturbance::Refused))).await;
        assert_eq!(run.answer.as_ref().map(|a| a.status), Some(Status::Failed), "{case}");
        run.roll_back().await;
        assert_eq!(picture(&run.world), run.before, "{case}");
    }
}

macro_rules! disturbed {
    ($($name:ident: $story:ident,)*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $name() {
            disturb_every_call(Story::$story).await;
        }
    )*};
}

disturbed! {
    a_create_delivered_again_ends_alike: Create,
    an_adoption_by_name_delivered_again_ends_alike: AdoptByName,
    an_adoption_by_id_delivered_again_ends_alike: AdoptById,
    an_update_delivered_again_ends_alike: Update,
    an_update_of_declared_attachments_delivered_again_ends_alike: UpdateToDeclaredAttachments,
    a_replacement_delivered_again_ends_alike: Replacement,
    a_rolled_back_replacement_delivered_again_ends_alike: RollbackOfReplacement,
    a_vanished_policys_update_delivered_again_ends_alike: Vanished,
    a_delete_delivered_again_ends_alike: Delete,
    an_adopted_policys_delete_delivered_again_ends_alike: DeleteOfAdopted,
}

#[tokio::test(start_paused = true)]
async fn a_create_rolled_back_leaves_what_was_before() {
    let calls = Run::of(Story::Create, None).await.world.calls();
    for (n, call) in calls.iter().enumerate() {
        let mut run = Run::of(Story::Create, Some((n, Disturbance::Refused))).await;
        run.roll_back().await;
        // Once enabled, the type stays so: disabling it would drop every attachment of it.
        let mut left = picture(&run.world);
        left.remove(BACKUP_POLICY);
        assert_eq!(left, run.before, "call {n} ({call})");
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_rolled_back_leaves_what_was_before() {
    roll_back_after_every_call(Story::Update).await;
}

#[tokio::test(start_paused = true)]
async fn a_replacement_rolled_back_leaves_what_was_before() {
    roll_back_after_every_call(Story::Replacement).await;
}
