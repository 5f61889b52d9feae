//! How long a whole organization takes to read under AWS's throttles, in virtual time.

#![cfg(test)]

// What the tool shows of itself are whole commands, so what it reads with is compiled here once more.
#[path = "../src/aws/mod.rs"]
#[allow(dead_code, unused_imports)]
mod aws;

use std::time::Duration;

use aws::{Progress, Types, survey};
use test_world::World;
use test_world::world::{BACKUP_POLICY, ROOT, SCP};
use tokio::time::Instant;

/// A thousand policies, each on one of fifty OUs, with a thousand accounts in them; every call takes 0.1 s.
fn organization() -> World {
    let world = World::new();
    world.throttle();
    world.set_latency(Duration::from_millis(100));
    world.change(|state| {
        let units: Vec<String> =
            (0..50).map(|number| state.add_unit(ROOT, &format!("unit-{number}"))).collect();
        for number in 0..1000 {
            let unit = &units[number % units.len()];
            state.add_account(unit, &format!("account-{number}"));
            let content = format!(r#"{{"plans": {{"p{number}": {{}}}}}}"#);
            let policy = state.add_policy(BACKUP_POLICY, &format!("policy-{number}"), &content);
            state.attach(&policy, unit);
        }
    });
    world
}

#[tokio::test(start_paused = true)]
async fn a_thousand_policies_take_what_describe_policy_takes() {
    let world = organization();
    let begin = Instant::now();
    let types = Types::Only(vec![BACKUP_POLICY.to_owned()]);
    let read = survey(&world.sdk_config(), &types, &Progress::begin("reading")).await;
    let read = read.expect("an organization");
    let (seconds, attempts) = (begin.elapsed().as_secs(), world.attempts(|_| true));
    println!("1,000 policies and accounts: {seconds} s, {attempts:?}");
    assert_eq!(read.organization.policies().count(), 1000);
    assert_eq!(read.organization.accounts().count(), 1003);
    let attached = read.organization.places().map(|(_, place)| place.attached.len());
    assert_eq!(attached.sum::<usize>(), 1000);
    // Two a second, and the list before.
    assert!((500..=520).contains(&seconds), "{seconds}");
    assert_eq!(world.throttled(), 0);
}

/// FullAWSAccess is on every account: its targets are many pages.
#[tokio::test(start_paused = true)]
async fn a_policy_on_all_accounts_meets_no_throttle() {
    let world = organization();
    let begin = Instant::now();
    let types = Types::Only(vec![SCP.to_owned()]);
    let read = survey(&world.sdk_config(), &types, &Progress::begin("reading")).await;
    let root = read.expect("an organization").organization;
    assert_eq!(root.places().filter(|(_, place)| place.attached.len() == 1).count(), 1058);
    assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
    assert_eq!(world.throttled(), 0);
}
