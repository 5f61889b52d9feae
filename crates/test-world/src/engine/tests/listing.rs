//! ListStackResources.

use super::*;

#[test]
fn a_stack_that_never_existed_is_an_error() {
    in_virtual_time(async {
        let (_, engine) = engine(Behaviour::default());
        let id = engine.stack_id(STACK);
        let client = Client::new(&engine.sdk_config());
        let answer = client.list_stack_resources().stack_name(&id).send().await;
        let error = answer.expect_err("there is no stack");
        assert_eq!(error.raw_response().map(|raw| raw.status().as_u16()), Some(400));
        assert_eq!(error.code(), Some("ValidationError"));
        assert_eq!(error.message(), Some(&*format!("Stack with id {id} does not exist")));
        engine.delete(STACK).await.expect("nothing to delete");
        assert!(client.list_stack_resources().stack_name(&id).send().await.is_err());
    });
}

#[test]
fn a_deleted_stack_lists_what_it_had() {
    in_virtual_time(async {
        let (_, engine) = engine(Behaviour::default());
        let id = engine.stack_id(STACK);
        let both = policies([("A", json!({})), ("B", json!({}))]);
        engine.deploy(STACK, &both).await.expect("a stack");
        assert_eq!(listed(&engine, &id).await, ["A CREATE_COMPLETE", "B CREATE_COMPLETE"]);
        engine.delete(STACK).await.expect("a deletion");
        assert_eq!(listed(&engine, &id).await, ["A DELETE_COMPLETE", "B DELETE_COMPLETE"]);

        // Made again, it has the same ARN here.
        engine.deploy(STACK, &policies([("A", json!({}))])).await.expect("a stack");
        assert_eq!(engine.stack_id(STACK), id);
        assert_eq!(listed(&engine, &id).await, ["A CREATE_COMPLETE"]);
    });
}

#[test]
fn a_stack_made_again_can_have_another_arn() {
    in_virtual_time(async {
        let (_, engine) = engine(Behaviour { new_stack_ids: true, ..Behaviour::default() });
        let first = engine.stack_id(STACK);
        let template = policies([("A", json!({}))]);
        engine.deploy(STACK, &template).await.expect("a stack");
        engine.deploy(STACK, &template).await.expect("an update");
        assert_eq!(engine.stack_id(STACK), first);
        engine.delete(STACK).await.expect("a deletion");
        assert_eq!(engine.stack_id(STACK), first);
        engine.deploy(STACK, &template).await.expect("a stack");
        let second = engine.stack_id(STACK);
        assert_ne!(second, first);
        assert_eq!(listed(&engine, &first).await, ["A DELETE_COMPLETE"]);
        assert_eq!(listed(&engine, &second).await, ["A CREATE_COMPLETE"]);
    });
}

#[test]
fn the_list_lags_behind() {
    in_virtual_time(async {
        let (world, engine) = engine(Behaviour { list_lag: 10 * SECOND, ..Behaviour::default() });
        world.set_latency(SECOND);
        let id = engine.stack_id(STACK);
        let template = policies([("A", json!({}))]);
        let began = Instant::now();
        // What the list shows from when on, in whole seconds.
        let watch = async {
            let mut seen = vec![(0, listed(&engine, &id).await)];
            while began.elapsed() < 40 * SECOND {
                let now = listed(&engine, &id).await;
                if seen.last().is_some_and(|(_, last)| *last != now) {
                    seen.push((began.elapsed().as_secs(), now));
                }
                sleep(SECOND / 10).await;
            }
            seen
        };
        let work = async {
            engine.deploy(STACK, &template).await.expect("a stack");
            let created = began.elapsed().as_secs();
            sleep(5 * SECOND).await;
            engine.delete(STACK).await.expect("a deletion");
            (created, began.elapsed().as_secs())
        };
        let ((created, deleted), seen) = tokio::join!(work, watch);
        assert!(seen[0].1[0].contains("does not exist"), "{seen:?}");
        let shown = |seconds, status: &str| (seconds, vec![format!("A {status}")]);
        let later = [
            shown(10, "CREATE_IN_PROGRESS"),
            shown(created + 10, "CREATE_COMPLETE"),
            shown(created + 15, "DELETE_IN_PROGRESS"),
            shown(deleted + 10, "DELETE_COMPLETE"),
        ];
        assert_eq!(seen[1..], later);
    });
}
