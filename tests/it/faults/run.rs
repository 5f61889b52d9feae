//! The organization before the event of a story, and what CloudFormation and Lambda do from there.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cfn_org_policy::protocol::response::{Response, Status};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Disturbance;
use super::cloudformation::{Listed, Questions, RESPONSE_URL};
use super::guard::{Attachments, attachments};
use super::story::{Beginning, LOGICAL_ID, Story, begin, setup_with_others};
use test_world::fixtures::{DIGEST_TAG, digest, with};
use test_world::stack::{LAMBDA_TIMEOUT, succeeded};
use test_world::world::FULL_AWS_ACCESS;
use test_world::{Stack, World};

/// The physical id that CloudFormation makes up if it never gets a response to a Create.
const INVENTED: &str = "backup-Daily-1ABC";

/// Everything that can change, without ids.
pub type Snapshot = BTreeMap<String, String>;

/// The beginning of a story. Every run has its own copy of the world.
pub struct Setup {
    pub story: Story,
    pub world: World,
    pub event: Value,
    /// The event of the rollback, still without the physical id.
    rollback: Value,
    /// The id that CloudFormation holds; none before a Create has been answered.
    pub held: Option<String>,
    /// The policies and their attachments before the event.
    pub before: Attachments,
    /// The policies of other owners.
    others: BTreeSet<String>,
    /// What CloudFormation lists beside the event's resource; none if it says nothing.
    pub listed: Option<Vec<Listed>>,
    /// What an earlier Create of the resource has answered, which failed and has not been cleaned up.
    pub earlier: Option<String>,
}

impl Setup {
    pub async fn of(story: Story, behaviour: fn(&World)) -> Setup {
        let (world, stack) = setup_with_others();
        behaviour(&world);
        let others = attachments(&world).into_keys().collect();
        let beginning = begin(story, &world, &stack).await;
        let Beginning { mut event, resource, listed, earlier, refused } = beginning;
        if listed.is_some() {
            event["ResponseURL"] = json!(RESPONSE_URL);
        }
        // By now the lists show everything that was done so far.
        tokio::time::sleep(Duration::from_secs(60)).await;
        let rollback = match &resource {
            None => {
                let mut delete = stack.create_event(LOGICAL_ID, &event["ResourceProperties"]);
                delete["RequestType"] = json!("Delete");
                delete
            }
            Some(resource) => {
                let mut failed = resource.clone();
                failed.properties = event["ResourceProperties"].clone();
                stack.update_event(&failed, &resource.properties)
            }
        };
        let rollback = with(&rollback, json!({"ResponseURL": event["ResponseURL"]}));
        let held = resource.map(|resource| resource.physical_id);
        let mut before = attachments(&world);
        before.retain(|id, _| Some(id) != refused.as_ref());
        Setup { story, world, event, rollback, held, before, others, listed, earlier }
    }

    pub fn run(&self) -> Run<'_> {
        Run { setup: self, world: self.world.fork(), questions: Questions::default() }
    }

    /// Whether the event asks for a policy to be there.
    pub fn keeps(&self) -> bool {
        self.event["RequestType"] != "Delete" && !self.story.is_of_settings()
    }
}

/// One run of a story.
pub struct Run<'a> {
    pub setup: &'a Setup,
    pub world: World,
    /// What CloudFormation was asked.
    pub questions: Questions,
}

/// Which of two events comes first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CleanUp {
    /// The Delete of what an earlier Create has left.
    First,
    /// The other one.
    Last,
}

impl<'a> Run<'a> {
    /// Another run that has come as far as this one.
    pub fn fork(&self) -> Run<'a> {
        Run { setup: self.setup, world: self.world.fork(), questions: Questions::default() }
    }

    /// Delivers the event and disturbs this call, or this question to CloudFormation; there is no response if that kills
    /// the invocation.
    pub async fn disturbed(
        &self,
        call: usize,
        disturbance: Disturbance,
        operation: &str,
    ) -> Option<Response> {
        match disturbance {
            Disturbance::Silent => self.questions.refuse(call),
            Disturbance::Unlisted => self.questions.list_nothing(call),
            _ => return self.disturbed_in_world(call, disturbance, operation).await,
        }
        Some(self.delivered().await)
    }

    async fn disturbed_in_world(
        &self,
        call: usize,
        disturbance: Disturbance,
        operation: &str,
    ) -> Option<Response> {
        let (dying, death) = oneshot::channel();
        self.world.fail_call(call, disturbance.fault(operation));
        if disturbance.kills() {
            self.world.on_call(call, move |_| dying.send(()).expect("somebody is listening"));
        }
        tokio::select! {
            biased;
            answer = self.delivered() => Some(answer),
            Ok(()) = death => None,
        }
    }

    /// Lambda delivers the event, for the first time or again.
    pub async fn delivered(&self) -> Response {
        // Lambda waits a minute before a redelivery.
        let age = match self.setup.story {
            Story::CreateAfterAllWasDone => Duration::from_secs(60),
            _ => Duration::ZERO,
        };
        self.send(&self.setup.event, age).await
    }

    /// What CloudFormation does when the stack fails after this response, or because there was none: after a Create a
    /// Delete; after an Update an Update back, and a Delete of what that one has replaced. What an earlier Create has
    /// left goes before that, or afterwards.
    pub async fn rolled_back(&self, answer: Option<&Response>, earlier: CleanUp) {
        if earlier == CleanUp::First {
            self.clean_up_earlier(None).await;
        }
        let held = self.setup.held.as_deref().unwrap_or(INVENTED);
        let id = answer.map_or(held, |answer| &answer.physical_resource_id);
        let mut event = self.setup.rollback.clone();
        event["PhysicalResourceId"] = json!(id);
        let back = self.send(&event, Duration::ZERO).await;
        succeeded(&back);
        if back.physical_resource_id != id {
            event["RequestType"] = json!("Delete");
            event["ResourceProperties"] = event["OldResourceProperties"].take();
            succeeded(&self.send(&event, Duration::ZERO).await);
        }
        if earlier == CleanUp::Last {
            self.clean_up_earlier(None).await;
        }
    }

    /// The Delete of what an earlier Create has answered, where there was one; what CloudFormation holds by then is the
    /// id of this response.
    pub async fn clean_up_earlier(&self, now: Option<&Response>) {
        if let Some(id) = &self.setup.earlier {
            self.clean_up(id, now).await;
        }
    }

    /// The stack is deployed without rollback: after this response, or none, the Create is sent again, with another
    /// RequestId. What the first one has left goes before that, or afterwards. Returns the response to the second one.
    pub async fn tried_again(&self, first: Option<&Response>, clean_up: CleanUp) -> Response {
        let first = first.map_or(INVENTED, |answer| &answer.physical_resource_id);
        if clean_up == CleanUp::First {
            self.clean_up(first, None).await;
        }
        let event = with(&self.setup.event, json!({"RequestId": "request-again"}));
        let second = self.send(&event, Duration::ZERO).await;
        succeeded(&second);
        if clean_up == CleanUp::Last {
            self.clean_up(first, Some(&second)).await;
        }
        second
    }

    /// The Delete of a Create that has failed; another one may have succeeded since, with this response.
    async fn clean_up(&self, id: &str, now: Option<&Response>) {
        let mut event = self.setup.rollback.clone();
        event["PhysicalResourceId"] = json!(id);
        let mut own = Listed::of(&event);
        if let Some(now) = now {
            own.status = "CREATE_COMPLETE";
            own.physical_id.clone_from(&now.physical_resource_id);
        }
        succeeded(&self.send_while(&event, Duration::ZERO, own).await);
    }

    async fn send(&self, event: &Value, age: Duration) -> Response {
        self.send_while(event, age, Listed::of(event)).await
    }

    /// In a new process, so nothing is cached from earlier events, while CloudFormation lists this of the resource.
    async fn send_while(&self, event: &Value, age: Duration, own: Listed) -> Response {
        // The waits before retries are random; every run has the same ones.
        fastrand::seed(0);
        let mut stack = Stack::new(&self.world.sdk_config(), "backup");
        let listed = self.setup.listed.iter().flatten().cloned().chain([own]).collect();
        let listed = self.setup.listed.as_ref().and(Some(listed));
        stack.handler.cloudformation = self.questions.answered(listed);
        let answer = stack.deliver(event, Instant::now() - age, LAMBDA_TIMEOUT).await;
        if let (Some(id), Status::Failed) = (event["PhysicalResourceId"].as_str(), answer.status) {
            assert_eq!(answer.physical_resource_id, id, "FAILED echoes the id");
        }
        answer
    }

    /// The policies of other owners, with their tags.
    pub fn policies_of_others(&self) -> Vec<String> {
        self.world.change(|state| {
            let theirs =
                |id: &String| format!("{id}: {:?} {:?}", state.policies[id], state.tags.get(id));
            // AWS itself attaches FullAWSAccess everywhere when service control policies are enabled.
            let by_aws = |id: &String| self.setup.story.is_of_settings() && id == FULL_AWS_ACCESS;
            self.setup.others.iter().filter(|id| !by_aws(id)).map(theirs).collect()
        })
    }

    pub fn snapshot(&self) -> Snapshot {
        self.world.change(|state| state.snapshot())
    }

    /// The snapshot without request ids.
    pub fn snapshot_of_any_event(&self) -> Snapshot {
        self.world.change(|state| state.snapshot_of_any_event())
    }

    /// The snapshot without request ids, and without the enabled types: a rollback leaves a type enabled.
    pub fn snapshot_after_rollback(&self) -> Snapshot {
        let mut snapshot = self.snapshot_of_any_event();
        snapshot.retain(|key, _| key.contains(' '));
        snapshot
    }

    /// Whether the policy carries the digest of what is there.
    pub fn check_digest(&self, id: &str, declared: &BTreeSet<String>) {
        self.world.change(|state| {
            let digest = digest(&state.policies[id], declared);
            let tag = state.tags[id].get(DIGEST_TAG);
            assert_eq!(tag, Some(&digest), "{:?} {id}", self.setup.story);
        });
    }

    /// The resource's policies by their ids.
    pub fn own(&self) -> BTreeSet<String> {
        let stack = self.setup.event["StackId"].as_str();
        self.world.change(|state| {
            let own = |tags: &BTreeMap<String, String>| {
                tags.get("cfn-org-policy:stack-id").map(String::as_str) == stack
            };
            state.tags.iter().filter(|(_, tags)| own(tags)).map(|(id, _)| id.clone()).collect()
        })
    }
}
