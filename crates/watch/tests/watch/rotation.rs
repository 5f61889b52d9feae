//! A look that has no time for everything goes on where it was.

use std::collections::BTreeSet;
use std::time::Duration;

use cfn_org_policy::aws::types::PolicyId;
use org_policy::aws::{Progress, Session};
use org_policy::drift::{Lag, Paces, Request, Rotation, look};
use test_world::deployed::Deployed;
use test_world::simulation::in_virtual_time;
use tokio::time::Instant;

use crate::harness::guards;

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
    let ids = guards(&deployed, 30);
    let detached: BTreeSet<String> = ids.iter().step_by(3).map(|(id, _)| id.clone()).collect();
    deployed
        .world
        .change(|state| ids.iter().step_by(3).for_each(|(id, unit)| state.detach(id, unit)));
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
            let drifted = resources.filter(|resource| resource.has_drifted());
            found.extend(drifted.filter_map(|resource| resource.policy.as_ref()?.id.clone()));
            assert!(found.is_subset(&detached), "{found:?}");
            assert!(number > 1 || !report.unread.is_empty(), "one look has no time for all");
            if rotation.after.is_none() && found == detached {
                return number;
            }
        }
        panic!("it does not get round: {found:?}");
    });
    assert!((2..=12).contains(&looks), "{looks}");
}

/// A document of an earlier look shows what was put back since.
#[test]
fn what_an_old_document_shows_is_read_again_or_not_said() {
    let deployed = Deployed::new();
    let ids = guards(&deployed, 3);
    deployed.world.change(|state| state.page_size = 100);
    let id = PolicyId::parse(&ids[0].0).expect("an id");
    in_virtual_time(async {
        let session = Session::on(deployed.world.sdk_config());
        let paces = Paces { documents: 1, listings: 2 };
        let request = Request { lag: Lag::WaitedFor, paces, ..Request::default() };
        let mut rotation = Rotation::default();
        look(&session, &request, &mut rotation, &Progress::hidden()).await.expect("a look");
        let old = rotation.documents.get_mut(&id).expect("its document");
        old.description.description = "by hand".to_owned();
        old.read += Duration::from_secs(1);
        // Time for the documents of the others, which are older; then for all.
        for (milliseconds, is_read) in [(10_700, false), (20_000, true)] {
            rotation.until = Some(Instant::now() + Duration::from_millis(milliseconds));
            let mut rotation = rotation.clone();
            let report = look(&session, &request, &mut rotation, &Progress::hidden()).await;
            let report = report.expect("a look");
            assert_eq!(report.summary().drifted, 0, "{milliseconds}");
            assert_eq!(report.unread.contains(id.as_str()), !is_read, "{milliseconds}");
        }
    });
}
