//! What CloudFormation says while an event is worked on: the list of the stack's resources.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cfn_org_policy::aws::still_wanted::CloudFormation;
use serde_json::Value;
use test_world::engine::{Summary, sdk_config};

/// The moment at which every event of these stories was sent, and a moment before that.
pub const RESPONSE_URL: &str =
    "https://example.com/answer?X-Amz-Date=20261122T100000Z&X-Amz-Signature=secret";
const BEFORE: &str = "2026-11-22T09:00:00Z";

/// A resource as its stack lists it.
#[derive(Clone, Debug)]
pub struct Listed {
    pub stack_id: String,
    pub logical_id: String,
    pub status: &'static str,
    pub physical_id: String,
}

impl Listed {
    /// The resource of an event that is being worked on, since before the event was sent.
    pub fn of(event: &Value) -> Listed {
        let text = |field: &str| event[field].as_str().unwrap_or_default().to_owned();
        let status = match text("RequestType").as_str() {
            "Create" => "CREATE_IN_PROGRESS",
            "Update" => "UPDATE_IN_PROGRESS",
            _ => "DELETE_IN_PROGRESS",
        };
        Listed {
            stack_id: text("StackId"),
            logical_id: text("LogicalResourceId"),
            status,
            physical_id: text("PhysicalResourceId"),
        }
    }
}

/// How often CloudFormation was asked in a run, and which question it does not answer, or with an empty list.
#[derive(Default)]
pub struct Questions {
    asked: Arc<AtomicUsize>,
    unanswered: Arc<AtomicUsize>,
    unlisted: Arc<AtomicUsize>,
}

impl Questions {
    /// How many questions there were.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// The question of this number (from 0) is refused.
    pub fn refuse(&self, question: usize) {
        self.unanswered.store(question + 1, Ordering::Relaxed);
    }

    /// The list that answers the question of this number lags behind, and lacks every resource.
    pub fn list_nothing(&self, question: usize) {
        self.unlisted.store(question + 1, Ordering::Relaxed);
    }

    /// A CloudFormation that lists these resources; none: it never says anything.
    pub fn answered(&self, listed: Option<Vec<Listed>>) -> CloudFormation {
        let (asked, unanswered) = (self.asked.clone(), self.unanswered.clone());
        let unlisted = self.unlisted.clone();
        let answers = move |stack_id: &str| {
            let number = asked.fetch_add(1, Ordering::Relaxed) + 1;
            let listed = listed.as_ref().filter(|_| number != unanswered.load(Ordering::Relaxed));
            let lacks_all = number == unlisted.load(Ordering::Relaxed);
            let of_stack = listed?.iter().filter(|resource| resource.stack_id == stack_id);
            let of_stack = of_stack.filter(|_| !lacks_all);
            let summary = |resource: &Listed| Summary {
                logical_id: resource.logical_id.clone(),
                physical_id: resource.physical_id.clone(),
                status: resource.status,
                since: BEFORE.to_owned(),
            };
            Some(of_stack.map(summary).collect())
        };
        CloudFormation::new(&sdk_config(Duration::ZERO, Arc::new(answers)))
    }
}
