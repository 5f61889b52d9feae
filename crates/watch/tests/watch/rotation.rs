//! A look that has no time for everything goes on where it was.

use std::collections::BTreeSet;
use std::time::Duration;

use cfn_org_policy::aws::types::PolicyId;
use org_policy::aws::{Progress, Session};
use org_policy::drift::{Lag, Paces, Request, Rotation, look};
use serde_json::json;
use test_world::deployed::Deployed;
use test_world::fixtures::{guard_properties, with};
use test_world::simulation::in_virtual_time;
use test_world::world::PRODUCTION;
use tokio::time::Instant;

fn id(number: u32) -> PolicyId {
    PolicyId::parse(&format!("p-{number:08}")).expect("an id")
}

#[test]
fn those_that_are_first_and_then_on_from_there() {
    let ids: BTreeSet<PolicyId> = (1..=6).map(id).collect();
    let mut rotation = Rotation { first: [id(5)].into(), ..Rotation::default() };
    let order = rotation.policies_in_order(&ids);
    assert_eq!(order, [5, 1, 2, 3, 4, 6].map(id));
    rotation.go_on_behind(&order, |read| [5, 1, 2].map(id).contains(read));
    rotation.first.clear();
    assert_eq!(rotation.policies_in_order(&ids), [3, 4, 5, 6].map(id));
    // Not even one was read: it begins there once more.
    rotation.go_on_behind(&[3, 4, 5, 6].map(id), |_| false);
    assert_eq!(rotation.after, Some(id(2)));
    rotation.go_on_behind(&[3, 4, 5, 6].map(id), |_| true);
    assert_eq!(rotation.policies_in_order(&ids).len(), 6);
}

/// Thirty policies of which every third is detached, and ten seconds for each look: all are found, none wrongly.
#[test]
fn looks_that_are_too_short_get_round() {
    let deployed = Deployed::new();
    let names: Vec<String> = (0..30).map(|number| format!("Guard{number:02}")).collect();
    let policy = |name: &String| with(&guard_properties(), json!({"Name": name}));
    let stack: Vec<_> = names.iter().map(|name| (name.as_str(), policy(name))).collect();
    let ids = deployed.deploy("guards", &stack);
    let detached: BTreeSet<String> = names.iter().step_by(3).cloned().collect();
    deployed
        .world
        .change(|state| detached.iter().for_each(|name| state.detach(&ids[name], PRODUCTION)));
    let looks = in_virtual_time(async {
        let session = Session::on(deployed.world.sdk_config());
        let paces = Paces { documents: 1, listings: 2 };
        let request = Request { lag: Lag::WaitedFor, paces, ..Request::default() };
        let (mut rotation, mut found) = (Rotation::default(), BTreeSet::new());
        for number in 1..30 {
            // Until the stacks have been at rest for ten seconds, nothing is read.
            rotation.until = Some(Instant::now() + Duration::from_secs(20));
            let report =
                look(&session, &request, &mut rotation, &Progress::hidden()).await.expect("a look");
            let resources = report.stacks.iter().flat_map(|stack| &stack.resources);
            found.extend(resources.filter(|r| r.has_drifted()).map(|r| r.logical_id.clone()));
            assert!(found.is_subset(&detached), "{found:?}");
            assert!(number > 1 || !report.unread.is_empty(), "one look has no time for all");
            if rotation.after.is_none() && rotation.unknown == 0 && found == detached {
                return number;
            }
        }
        panic!("it does not get round: {found:?}");
    });
    assert!((2..=6).contains(&looks), "{looks}");
}
