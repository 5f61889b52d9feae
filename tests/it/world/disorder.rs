//! The model's disorder: what goes wrong by chance, how often, and the same again for a seed.

use std::collections::BTreeMap;

use tokio::time::{Instant, sleep, timeout};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// How forty calls end in a world with this disorder: by turns a DescribePolicy and a CreatePolicy.
/// The policies made are counted.
async fn forty_calls(disorder: Disorder) -> (Vec<String>, usize) {
    let world = World::new();
    world.disorder(disorder);
    let client = plain(&world);
    let mut outcomes = Vec::new();
    for n in 0..20 {
        let describe = client.describe_policy().policy_id(FULL_AWS_ACCESS).send();
        let describe = timeout(60 * SECOND, describe).await;
        outcomes.push(describe.map_or("no answer".to_owned(), ending));
        let create = timeout(60 * SECOND, create(&client, &format!("{n}")).send()).await;
        outcomes.push(create.map_or("no answer".to_owned(), ending));
    }
    (outcomes, world.change(|state| state.policies.len() - 1))
}

fn ending<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug>(
    result: Result<T, SdkError<E>>,
) -> String {
    match result {
        Err(SdkError::DispatchFailure(failure)) if failure.is_io() => "broken".to_owned(),
        other => outcome(other),
    }
}

#[tokio::test(start_paused = true)]
async fn each_kind_of_disorder_does_its_own() {
    let calm = Disorder::default();
    let (outcomes, made) = forty_calls(Disorder { conflict: 1.0, ..calm.clone() }).await;
    assert_eq!(outcomes, ["done", "ConcurrentModificationException"].repeat(20));
    assert_eq!(made, 0);
    let (outcomes, made) = forty_calls(Disorder { lost_answer: 1.0, ..calm.clone() }).await;
    assert_eq!(outcomes, ["broken"; 40]);
    assert_eq!(made, 20);
    let (outcomes, made) = forty_calls(Disorder { server_error: 1.0, ..calm.clone() }).await;
    assert_eq!(outcomes, ["ServiceException"; 40]);
    assert_eq!(made, 0);
    let (outcomes, made) = forty_calls(Disorder { time_out: 1.0, ..calm.clone() }).await;
    assert_eq!(outcomes, ["no answer"; 40]);
    assert!((1..20).contains(&made), "some take effect, some do not: {made}");
    let (outcomes, made) = forty_calls(calm).await;
    assert_eq!(outcomes, ["done"; 40]);
    assert_eq!(made, 20);
}

#[tokio::test(start_paused = true)]
async fn disorder_is_as_likely_as_asked_and_the_same_for_a_seed() {
    let disorder = |seed| Disorder {
        seed,
        conflict: 0.3,
        lost_answer: 0.2,
        server_error: 0.2,
        time_out: 0.1,
        ..Disorder::default()
    };
    let (outcomes, made) = forty_calls(disorder(1)).await;
    assert_eq!(forty_calls(disorder(1)).await, (outcomes.clone(), made));
    assert_ne!(forty_calls(disorder(2)).await.0, outcomes);

    let mut counts = BTreeMap::<String, usize>::new();
    for seed in 0..10 {
        for outcome in forty_calls(disorder(seed)).await.0 {
            *counts.entry(outcome).or_default() += 1;
        }
    }
    // Of four hundred calls; half of them are changes, which alone can conflict.
    let near = |expected: usize, outcome: &str| counts[outcome].abs_diff(expected) < 20;
    assert!(near(80, "broken") && near(80, "ServiceException"), "{counts:?}");
    assert!(near(40, "no answer"), "{counts:?}");
    assert!(near(60, "ConcurrentModificationException"), "{counts:?}");
}

/// Chance spares the calls that a throttle refuses, and gives way to what is planned.
#[tokio::test(start_paused = true)]
async fn disorder_leaves_throttles_and_plans_alone() {
    let world = World::new();
    world.throttle();
    world.disorder(Disorder { server_error: 1.0, ..Disorder::default() });
    world.fail_call(0, Fault::Error("AccessDeniedException"));
    let client = plain(&world);
    let list = || client.list_roots();
    refused!(list(), "AccessDeniedException");
    refused!(list(), "ServiceException");
    refused!(list(), "TooManyRequestsException");
    sleep(SECOND).await;
    world.client().list_roots().send().await.expect("the test's own client is spared");
    world.clear_faults();
    list().send().await.expect("all is well");
}

#[tokio::test(start_paused = true)]
async fn latency_can_be_left_to_chance() {
    async fn times(seed: u64) -> Vec<Duration> {
        let world = World::new();
        world.set_latency(SECOND);
        let latency = 2 * SECOND..4 * SECOND;
        world.disorder(Disorder { seed, latency, ..Disorder::default() });
        let mut times = Vec::new();
        for _ in 0..20 {
            let start = Instant::now();
            plain(&world).list_roots().send().await.expect("listed");
            times.push(start.elapsed());
        }
        times
    }
    let drawn = times(1).await;
    // The clock has whole milliseconds.
    let millisecond = Duration::from_millis(1);
    let (shortest, longest) = (*drawn.iter().min().expect("20"), *drawn.iter().max().expect("20"));
    assert!(2 * SECOND <= shortest && longest <= 4 * SECOND + 2 * millisecond);
    assert!(longest - shortest > SECOND, "from {shortest:?} to {longest:?}");
    assert_eq!(times(1).await, drawn);
    assert_ne!(times(2).await, drawn);
}
