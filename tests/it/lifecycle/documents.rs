//! Documents that AWS refuses, and documents that only our own rules call wrong.

use std::io::Write;
use std::sync::{Arc, Mutex};

use policy_document::quotas::Quotas;
use serde_json::{Value, json};
use test_world::fixtures::{POLICY, policy_properties, setup, with};
use test_world::stack::{failure, succeeded};
use test_world::world::Fault;
use tracing_subscriber::fmt::MakeWriter;

use super::{created, exists};

const MALFORMED: Fault = Fault::Error("MalformedPolicyDocumentException");

/// A backup policy with these windows in minutes.
fn with_windows(start: &str, complete: &str) -> Value {
    let content = json!({"plans": {"${plan}": {"rules": {"nightly": {
        "start_backup_window_minutes": {"@@assign": start},
        "complete_backup_window_minutes": {"@@assign": complete},
    }}}}});
    with(&policy_properties(), json!({"Content": content, "Variables": {"plan": "daily"}}))
}

fn content(world: &test_world::World) -> String {
    world.change(|state| state.policy(POLICY).content.clone())
}

/// With all that the checker finds, and with variables filled in.
#[tokio::test(start_paused = true)]
async fn a_refused_document_is_explained() {
    let (world, stack) = setup();
    world.fail_always("CreatePolicy", MALFORMED);
    let (_, response) = stack.create("Daily", with_windows("30", "soon")).await;
    insta::assert_snapshot!(failure(&response), @r#"create policy "daily" of type BACKUP_POLICY: MalformedPolicyDocumentException on demand (MalformedPolicyDocumentException); found in it: Content.plans.daily.rules.nightly.start_backup_window_minutes.@@assign: 30 is too short: at least 60 minutes; Content.plans.daily.rules.nightly.complete_backup_window_minutes.@@assign: "soon" is no whole number that AWS reads: digits only, and at most sixteen of them"#);
}

#[tokio::test(start_paused = true)]
async fn an_update_that_aws_refuses_is_explained_and_rolled_back() {
    let (world, stack) = setup();
    let mut daily = created(&stack, with_windows("60", "120")).await;
    let before = content(&world);
    world.fail_first("UpdatePolicy", 1, MALFORMED);
    let response = stack.update(&mut daily, with_windows("30", "120")).await;
    insta::assert_snapshot!(failure(&response), @r#"update policy "daily" (p-0000000001): MalformedPolicyDocumentException on demand (MalformedPolicyDocumentException); found in it: Content.plans.daily.rules.nightly.start_backup_window_minutes.@@assign: 30 is too short: at least 60 minutes"#);
    succeeded(&stack.update(&mut daily, with_windows("60", "120")).await);
    assert_eq!(content(&world), before);
}

/// AWS may take less than its pages say.
#[tokio::test(start_paused = true)]
async fn a_refusal_that_nothing_explains_says_where_to_look() {
    let (world, stack) = setup();
    world.fail_always("CreatePolicy", MALFORMED);
    let (_, response) = stack.create("Daily", with_windows("60", "120")).await;
    insta::assert_snapshot!(failure(&response), @r#"create policy "daily" of type BACKUP_POLICY: MalformedPolicyDocumentException on demand (MalformedPolicyDocumentException); compare Content with the syntax of this policy type"#);
    assert!(!exists(&world, POLICY));
}

/// A rule of ours may be wrong, or older than AWS: it warns, and stands in the way of nothing.
#[tokio::test(start_paused = true)]
async fn what_our_rules_call_wrong_and_aws_takes_is_applied_and_rolls_back() {
    let log = Log::default();
    let _guard = log.clone().collect();
    let (world, stack) = setup();
    let mut daily = created(&stack, with_windows("30", "120")).await;
    let warning = "Content.plans.daily.rules.nightly.start_backup_window_minutes.@@assign: ";
    assert_eq!(log.warnings(warning), 1, "{}", log.text());
    let before = content(&world);

    // What writes no document warns of none.
    succeeded(&stack.update(&mut daily, with_windows("30", "120")).await);
    assert_eq!(log.warnings(warning), 1, "{}", log.text());

    succeeded(&stack.update(&mut daily, with_windows("60", "120")).await);
    assert_eq!(log.warnings(warning), 1, "{}", log.text());
    assert_ne!(content(&world), before);

    // The rollback.
    succeeded(&stack.update(&mut daily, with_windows("30", "120")).await);
    assert_eq!(content(&world), before);
    assert_eq!(log.warnings(warning), 2, "{}", log.text());
}

/// The quotas of an organization may be others than those that are known here.
#[tokio::test(start_paused = true)]
async fn sizes_are_held_against_the_quotas_that_the_function_was_given() {
    for (quotas, warning) in [
        ("BACKUP_POLICY=20000", None),
        ("BACKUP_POLICY=12500", Some("are 94 % of what is allowed: 12500 characters")),
    ] {
        let log = Log::default();
        let _guard = log.clone().collect();
        let (world, mut stack) = setup();
        world.change(|state| state.quotas.get_mut("BACKUP_POLICY").unwrap().content = 20_000);
        stack.handler.quotas = Quotas::with_overrides(quotas).unwrap();
        let plans = (0..240).map(|i| (format!("plan-{i:0>38}"), json!({}))).collect();
        let content = json!({"plans": Value::Object(plans)});
        let properties = with(&policy_properties(), json!({"Content": content, "Variables": {}}));
        succeeded(&stack.create("Daily", properties).await.1);
        let sizes = log.warnings("characters without white space");
        assert_eq!(sizes, usize::from(warning.is_some()), "{}", log.text());
        assert_eq!(log.warnings(warning.unwrap_or("of what is allowed")), sizes, "{}", log.text());
    }
}

/// What is logged while a test runs.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn collect(self) -> tracing::subscriber::DefaultGuard {
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(self).finish();
        tracing::subscriber::set_default(subscriber)
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn warnings(&self, beginning: &str) -> usize {
        let text = self.text();
        text.lines().filter(|line| line.contains("WARN") && line.contains(beginning)).count()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
