//! Credentials that cannot be loaded. For as long as STS fails, a call waits; what waiting cannot help is told at once.
//! In neither case anything was sent.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use cfn_org_policy::aws::config::in_role;
use tokio::time::Instant;

use test_world::fixtures::{
    POLICY, SETTINGS_TYPE, guard_properties, policy_properties, settings_properties,
};
use test_world::stack::{failure, succeeded};
use test_world::world::{ConnectionError, Fault};
use test_world::{Stack, World};

const ROLE: &str = "arn:aws:iam::111111111111:role/management";
const NOTHING_CREATED: &str = "cfn-org-policy:nothing-created";

/// STS's client makes three attempts of its own.
const ATTEMPTS_OF_STS: usize = 3;

/// A stack whose function assumes a role, with the SDK's own provider.
async fn stack_in_role(world: &World) -> Stack {
    Stack::new(&in_role(&world.sdk_config(), ROLE.to_owned()).await, "backup")
}

fn calls_but_assume_role(world: &World) -> usize {
    world.attempts(|operation| operation != "AssumeRole").sent
}

#[tokio::test(start_paused = true)]
async fn a_role_is_assumed_once() {
    let world = World::new();
    let stack = stack_in_role(&world).await;
    succeeded(&stack.create("Daily", policy_properties()).await.1);
    succeeded(&stack.create("Other", guard_properties()).await.1);
    assert_eq!(world.attempts(|operation| operation == "AssumeRole").sent, 1);
}

/// Every way in which STS fails for a while.
fn outages() -> Vec<Fault> {
    let mut faults = vec![
        Fault::Error("Throttling"),
        Fault::Error("ServiceUnavailableException"),
        Fault::Status(503),
        Fault::Status(500),
        Fault::Hang { takes_effect: false },
    ];
    let broken = |error| Fault::Broken { error, takes_effect: false };
    faults.extend(ConnectionError::ALL.map(broken));
    faults
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_while_sts_fails() {
    for fault in outages() {
        let world = World::new();
        let stack = stack_in_role(&world).await;
        world.fail_first("AssumeRole", 2 * ATTEMPTS_OF_STS, fault);
        let (resource, response) = stack.create("Daily", policy_properties()).await;
        succeeded(&response);
        assert_eq!(resource.physical_id, POLICY, "{fault:?}");
        assert_eq!(calls_but_assume_role(&world), 3, "{fault:?}");
    }
}

/// The Delete of the rollback makes no call, which would only fail again.
#[tokio::test(start_paused = true)]
async fn an_outage_of_sts_is_told_at_the_deadline_with_its_remedy() {
    for fault in outages() {
        let world = World::new();
        let stack = stack_in_role(&world).await;
        world.fail_always("AssumeRole", fault);
        let (resource, response) = stack.create("Daily", policy_properties()).await;
        let reason = failure(&response);
        assert!(
            reason.contains("time ran out after 0 of 3 steps (AWS last answered: "),
            "{reason}"
        );
        let remedy =
            "; check ManagementRoleArn, and that this role trusts the function's role); try";
        assert!(reason.contains(remedy), "{fault:?}: {reason}");
        assert_eq!(calls_but_assume_role(&world), 0, "{fault:?}");
        // Where STS hangs, the deadline ends an attempt that is under way, and cannot know how far it is.
        if fault != (Fault::Hang { takes_effect: false }) {
            assert_eq!(resource.physical_id, NOTHING_CREATED, "{fault:?}");
            succeeded(&stack.delete(&resource).await);
        }
    }
}

/// The Region of AWS Backup is not to blame.
#[tokio::test(start_paused = true)]
async fn an_outage_of_sts_does_not_make_a_region_unreachable() {
    let world = World::new();
    let mut stack = stack_in_role(&world).await;
    stack.resource_type = SETTINGS_TYPE;
    let error = ConnectionError::Io;
    world.fail_first("AssumeRole", 40, Fault::Broken { error, takes_effect: false });
    succeeded(&stack.create("Settings", settings_properties()).await.1);
}

/// The response, which has to come at once, of a stack that cannot get credentials.
async fn told_at_once(stack: &Stack, world: &World) -> String {
    let begin = Instant::now();
    let (resource, response) = stack.create("Daily", policy_properties()).await;
    let reason = failure(&response).to_owned();
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}: {reason}", begin.elapsed());
    assert_eq!(resource.physical_id, NOTHING_CREATED, "{reason}");
    assert_eq!(calls_but_assume_role(world), 0, "{reason}");
    succeeded(&stack.delete(&resource).await);
    reason
}

#[tokio::test(start_paused = true)]
async fn a_role_that_must_not_be_assumed_is_told_at_once() {
    let world = World::new();
    world.fail_always("AssumeRole", Fault::Error("AccessDenied"));
    let reason = told_at_once(&stack_in_role(&world).await, &world).await;
    insta::assert_snapshot!(reason, @r#"create policy "daily" of type BACKUP_POLICY: dispatch failure: other: not sent: an error occurred while loading credentials: service error: unhandled error (AccessDenied): Error { code: "AccessDenied", message: "AccessDenied on demand" }; check ManagementRoleArn, and that this role trusts the function's role"#);
}

#[tokio::test(start_paused = true)]
async fn a_region_in_which_sts_is_off_is_told_at_once() {
    let world = World::new();
    world.fail_always("AssumeRole", Fault::Error("RegionDisabledException"));
    told_at_once(&stack_in_role(&world).await, &world).await;
}

/// A provider of the function's own credentials that fails like this.
#[derive(Debug)]
struct Failing(fn() -> CredentialsError);

impl ProvideCredentials for Failing {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err((self.0)()))
    }
}

fn without_own_credentials(world: &World, error: fn() -> CredentialsError) -> SdkConfig {
    let credentials = SharedCredentialsProvider::new(Failing(error));
    world.sdk_config().into_builder().credentials_provider(credentials).build()
}

const PERMANENT: [fn() -> CredentialsError; 3] = [
    || CredentialsError::not_loaded("environment variable not set"),
    || CredentialsError::invalid_configuration("no such profile"),
    || CredentialsError::unhandled("not UTF-8"),
];

#[tokio::test(start_paused = true)]
async fn a_function_without_credentials_says_so_at_once() {
    for error in PERMANENT {
        let world = World::new();
        let own = without_own_credentials(&world, error);
        told_at_once(&Stack::new(&own, "backup"), &world).await;
        let role = in_role(&own, ROLE.to_owned()).await;
        told_at_once(&Stack::new(&role, "backup"), &world).await;
    }
}

const PASSING: [fn() -> CredentialsError; 2] = [
    || CredentialsError::provider_timed_out(Duration::from_secs(5)),
    || CredentialsError::provider_error("the endpoint of the container answers 503"),
];

#[tokio::test(start_paused = true)]
async fn a_provider_that_fails_for_now_is_asked_until_the_deadline() {
    for error in PASSING {
        let world = World::new();
        let own = without_own_credentials(&world, error);
        for config in [own.clone(), in_role(&own, ROLE.to_owned()).await] {
            let stack = Stack::new(&config, "backup");
            let (resource, response) = stack.create("Daily", policy_properties()).await;
            assert!(failure(&response).contains("time ran out"), "{}", response.reason);
            assert_eq!(resource.physical_id, NOTHING_CREATED);
        }
    }
}

/// A single attempt without credentials, in the middle of an event.
#[tokio::test(start_paused = true)]
async fn credentials_that_fail_once_are_loaded_again() {
    let world = World::new();
    let stack = Stack::new(&world.sdk_config(), "backup");
    world.fail_call(1, Fault::Credentials);
    succeeded(&stack.create("Daily", policy_properties()).await.1);
    assert_eq!(world.calls(), ["CreatePolicy", "AttachPolicy", "AttachPolicy"]);
}
