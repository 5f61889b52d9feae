//! Whole runs: what is put back, what is left, and what people are told of it.

use serde_json::json;
use test_world::cloudformation::change_sets::{ROOT, available, by_parameter, modify, revised};
use test_world::world::SANDBOX;
use watch::heal::memory::{BORN, TO_HEAL, UNTOLD, WATCH};
use watch::news::DAY;

use super::scene::{EVERY, Ending, NOW, STACK, Scene};

#[test]
fn drift_is_put_back_and_told_once() {
    let scene = Scene::drifted();
    let run = scene.runs(NOW);
    assert_eq!(run.healed, [STACK]);
    assert!(scene.is_attached());
    let mails = scene.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].subject, "Organization drift: stack backup was put back (1 of 3)");
    let body = &mails[0].body;
    for part in [
        "Stack backup: heal 1 of 3 within a day, begun at 1970-04-11T00:",
        "Put back:\n\n    Guard (Custom::OrgPolicy): policy \"guard\" (p-0000000002)",
        "    - detached from /Production",
        "It ended well: UPDATE_COMPLETE.",
    ] {
        assert!(body.contains(part), "{part}\n{body}");
    }
    // The hint is still there: a look finds nothing to do.
    assert_eq!(scene.runs(NOW + EVERY), Default::default());
    assert_eq!((scene.executed(), scene.mails().len()), (1, 0));
    assert_eq!(scene.counted().len(), 1);
}

/// The hint only says where to look.
#[test]
fn without_drift_nothing_happens() {
    let scene = Scene::new();
    assert_eq!(scene.runs(NOW), Default::default());
    scene.assert_untouched();
    assert_eq!(scene.mails(), []);
}

#[test]
fn what_is_not_hinted_at_is_left_alone() {
    let scene = Scene::drifted();
    scene.kept.items.borrow_mut().remove(&(TO_HEAL.to_owned(), STACK.to_owned()));
    assert_eq!(scene.runs(NOW), Default::default());
    scene.assert_untouched();
}

/// What a look or a change set finds, each told once with its reason, and nothing is touched.
#[test]
fn what_needs_a_person_is_left_and_told() {
    type Change = fn(&Scene);
    let cases: [(&str, Change); 13] = [
        ("Guard: its policy was deleted", |scene| {
            let guard = scene.id("Guard");
            scene.world.change(|state| state.remove_policy(&guard));
        }),
        ("Daily: the tags of its policy name resource Other of stack", |scene| {
            let daily = scene.id("Daily");
            scene.world.change(|state| state.tag(&daily, "cfn-org-policy:logical-id", "Other"));
        }),
        (
            "Guard: the tags of its policy name resource Guard of stack arn:aws:cloudformation:us-east-1:111111111111:stack/other/1",
            |scene| {
                let guard = scene.id("Guard");
                let other = "arn:aws:cloudformation:us-east-1:111111111111:stack/other/1";
                scene.world.change(|state| state.tag(&guard, "cfn-org-policy:stack-id", other));
            },
        ),
        ("Daily: the tags that name its stack were taken off", |scene| {
            let daily = scene.id("Daily");
            scene.world.change(|state| {
                let tags = state.tags.get_mut(&daily).expect("tags");
                tags.retain(|key, _| !key.starts_with("cfn-org-policy:"));
            });
        }),
        ("Guard: tags of its policy were changed (Tags.team)", |scene| {
            let guard = scene.id("Guard");
            scene.world.change(|state| state.tag(&guard, "team", "x"));
        }),
        ("Daily: its ServiceToken is arn:other", |scene| {
            scene.template(|template| {
                template["Resources"]["Daily"]["Properties"]["ServiceToken"] = json!("arn:other");
            });
        }),
        ("Daily: its template does not say which function it has", |scene| {
            scene.template(|template| {
                template["Resources"]["Daily"]["Properties"]["ServiceToken"] =
                    json!({"Fn::GetAtt": ["Other", "Arn"]});
            });
        }),
        ("policies of type SERVICE_CONTROL_POLICY are not enabled", |scene| {
            scene.world.change(|state| state.disable_type("SERVICE_CONTROL_POLICY"));
        }),
        (
            "its last deployment has failed (UPDATE_ROLLBACK_FAILED); continue the rollback",
            |scene| {
                scene.stack(|stack| stack.status = "UPDATE_ROLLBACK_FAILED".to_owned());
            },
        ),
        ("its template does not hand a parameter Revision", |scene| {
            scene.template(|template| {
                let guard = &mut template["Resources"]["Guard"]["Properties"];
                guard.as_object_mut().expect("an object").remove("Revision");
            });
        }),
        ("dynamic references without a version", |scene| {
            scene.template(|template| {
                template["Resources"]["Daily"]["Properties"]["Tags"] =
                    json!([{"Key": "a", "Value": "{{resolve:ssm:/a}}"}]);
            });
        }),
        ("Bucket (AWS::S3::Bucket): its property BucketName would change", |scene| {
            let bucket = modify(
                "Bucket",
                "AWS::S3::Bucket",
                "False",
                &by_parameter("BucketName", "Other", "Never"),
            );
            let changes = [revised("Daily"), revised("Guard"), bucket];
            scene.cloudformation.change(|state| state.change_sets.show(&changes));
        }),
        ("StackSet Members would run again and read its template anew", |scene| {
            let stack_set = modify(
                "Members",
                "AWS::CloudFormation::StackSet",
                "False",
                &by_parameter("Description", "Revision", "Never"),
            );
            let changes = [revised("Daily"), revised("Guard"), stack_set];
            let answer = vec![available(&changes)];
            scene.cloudformation.change(|state| {
                state.change_sets.answers.insert(ROOT.to_owned(), answer);
            });
        }),
    ];
    for (says, change) in cases {
        let scene = Scene::drifted();
        change(&scene);
        scene.world.change(|state| state.show_all());
        let run = scene.runs(NOW);
        assert_eq!(run.left.len(), 1, "{says}: {run:?}");
        scene.assert_untouched();
        let mails = scene.mails();
        assert_eq!(mails.len(), 1, "{says}: {run:?}");
        assert_eq!(mails[0].subject, "Organization drift: 1 stack is not put back");
        assert!(mails[0].body.contains(says), "{says}\n{}", mails[0].body);
        let look = "Look at it: org-policy drift --stack backup --region us-east-1";
        assert!(mails[0].body.contains(look), "{}", mails[0].body);
        for later in 1..5 {
            scene.runs(NOW + later * EVERY);
        }
        assert_eq!(scene.mails(), [], "{says}: told once");
        scene.assert_untouched();
    }
}

/// What passes by itself is not told, and the next run heals.
#[test]
fn a_stack_in_progress_is_left_for_later() {
    let scene = Scene::drifted();
    scene.stack(|stack| stack.status = "UPDATE_IN_PROGRESS".to_owned());
    let run = scene.runs(NOW);
    assert_eq!(run.left[0].1.to_string(), "a deployment is under way (UPDATE_IN_PROGRESS)");
    scene.assert_untouched();
    assert_eq!(scene.mails(), []);
    scene.stack(|stack| stack.status = "UPDATE_COMPLETE".to_owned());
    assert_eq!(scene.runs(NOW + EVERY).healed, [STACK]);
    assert!(!scene.is_refused());
}

#[test]
fn a_memory_that_is_younger_than_a_day_heals_nothing() {
    let scene = Scene::drifted();
    scene.kept.set(WATCH, BORN, &(NOW - DAY + 2 * EVERY).to_string());
    scene.runs(NOW);
    scene.runs(NOW + EVERY);
    scene.assert_untouched();
    let mails = scene.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].body.contains("nothing is healed before 1970-04-11T00:10:00Z"), "{mails:?}");
    assert!(mails[0].body.contains("Put it back by hand: org-policy heal backup"), "{mails:?}");
    assert_eq!(scene.runs(NOW + 2 * EVERY).healed, [STACK]);
    let scene = Scene::drifted();
    scene.kept.items.borrow_mut().remove(&(WATCH.to_owned(), BORN.to_owned()));
    scene.runs(NOW);
    scene.assert_untouched();
    assert!(scene.mails()[0].body.contains("the watch has no memory yet"));
}

#[test]
fn a_hold_stops_it_until_it_ends_or_is_released() {
    let scene = Scene::drifted();
    scene.kept.hold(NOW + 2 * EVERY);
    scene.runs(NOW);
    scene.runs(NOW + EVERY);
    scene.assert_untouched();
    let mails = scene.mails();
    assert_eq!(mails.len(), 1);
    let says = "it is held until 1970-04-11T00:10:00Z by arn:aws:x: recovery";
    assert!(mails[0].body.contains(says), "{mails:?}");
    assert_eq!(scene.runs(NOW + 2 * EVERY).healed, [STACK], "it has ended");
    let scene = Scene::drifted();
    scene.kept.hold(NOW + DAY);
    scene.runs(NOW);
    scene.kept.items.borrow_mut().remove(&(org_policy::hold::KIND.to_owned(), STACK.to_owned()));
    assert_eq!(scene.runs(NOW + EVERY).healed, [STACK], "it was released");
}

/// A hold without drift is no news.
/// At whatever call of the table somebody puts it: as long as nothing is counted, nothing is executed.
#[test]
fn a_hold_that_is_put_during_a_run_stops_it_too() {
    for call in 0.. {
        let scene = Scene::drifted();
        scene.kept.held_before.set(Some(call));
        let run = scene.runs(NOW);
        if !run.healed.is_empty() {
            assert_eq!(call, 8, "just before it is counted: begin, six kinds, the holds once more");
            return;
        }
        scene.assert_untouched();
        assert_eq!(run.left.len(), 1, "{call}");
    }
}

#[test]
fn a_hold_without_drift_is_not_told() {
    let scene = Scene::new();
    scene.kept.hold(NOW + DAY);
    assert_eq!(scene.runs(NOW), Default::default());
    assert_eq!(scene.mails(), []);
}

#[test]
fn a_stack_is_put_back_three_times_a_day() {
    let scene = Scene::drifted();
    for number in 1..=3 {
        assert_eq!(scene.runs(NOW + number * EVERY).healed, [STACK]);
        let mails = scene.mails();
        assert_eq!(mails.len(), 1);
        assert!(mails[0].body.contains(&format!("heal {number} of 3 within a day")), "{mails:?}");
        // As long as it has not drifted again, there is nothing to tell.
        scene.runs(NOW + number * EVERY + 60);
        assert_eq!(scene.mails(), []);
        scene.detach();
    }
    for later in 4..10 {
        scene.runs(NOW + later * EVERY);
    }
    assert_eq!(scene.executed(), 3);
    let mails = scene.mails();
    assert_eq!(mails.len(), 1);
    let says = "it was put back three times today and has drifted again: a person is needed";
    assert!(mails[0].body.contains(says), "{mails:?}");
    assert_eq!(scene.runs(NOW + EVERY + DAY), Default::default(), "the first was later");
    assert_eq!(scene.runs(NOW + 2 * EVERY + DAY).healed, [STACK], "a day after the first");
}

#[test]
fn an_update_that_fails_is_told_with_what_to_type() {
    let scene = Scene::drifted();
    scene.ending.set(Ending::RolledBack);
    scene.runs(NOW);
    let mails = scene.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(
        mails[0].subject,
        "Organization drift: stack backup is perhaps NOT put back (1 of 3)"
    );
    for part in [
        "It did not end well: heal stack backup: the update ended with UPDATE_ROLLBACK_COMPLETE",
        "Look at it: org-policy drift --stack backup --region us-east-1\n",
        "Then put it back: org-policy heal backup --region us-east-1\n",
    ] {
        assert!(mails[0].body.contains(part), "{part}\n{}", mails[0].body);
    }
}

/// An update may take longer than a run: the next one tells.
#[test]
fn an_update_that_takes_longer_than_a_run_is_told_by_the_next() {
    let scene = Scene::drifted();
    scene.ending.set(Ending::After(2000));
    let run = scene.runs(NOW);
    assert_eq!(run.healed, [STACK]);
    assert_eq!(scene.mails(), []);
    assert_eq!(scene.kept.of(UNTOLD).len(), 1);
    scene.runs(NOW + 2000);
    let mails = scene.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].body.contains("UPDATE_COMPLETE, as a later run has seen"), "{mails:?}");
    assert_eq!(scene.kept.of(UNTOLD).len(), 0);
    assert_eq!(scene.executed(), 1);
}

/// Without the topic it heals all the same, and tells when there is one again.
#[test]
fn without_a_topic_it_heals_and_tells_later() {
    let scene = Scene::drifted();
    scene.kept.topic_is_gone.set(true);
    let error = scene.run(NOW).expect("it ends").expect_err("it says so");
    assert!(error.to_string().ends_with("; the next run tells it"), "{error}");
    assert!(scene.is_attached());
    scene.kept.topic_is_gone.set(false);
    scene.runs(NOW + EVERY);
    let mails = scene.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].body.contains("It ended well: UPDATE_COMPLETE.\n"), "{mails:?}");
}

#[test]
fn a_second_run_at_the_same_time_does_nothing() {
    use watch::heal::memory::Items;
    let scene = Scene::drifted();
    let begun = test_world::simulation::in_virtual_time(scene.kept.begin("heal", NOW, NOW + 900));
    assert!(begun.expect("it answers"));
    assert!(scene.runs(NOW + EVERY).is_second);
    scene.assert_untouched();
    assert_eq!(scene.runs(NOW + 900).healed, [STACK], "the other one was ended");
}

/// Several kinds of drift in one stack are put back by one update.
#[test]
fn all_of_a_stack_is_put_back_at_once() {
    let scene = Scene::drifted();
    let daily = scene.id("Daily");
    scene.world.change(|state| {
        state.policy(&daily).description = "by hand".to_owned();
        state.detach(&daily, SANDBOX);
        state.show_all();
    });
    assert_eq!(scene.runs(NOW).healed, [STACK]);
    let mails = scene.mails();
    assert!(mails[0].body.contains("Daily (Custom::OrgPolicy)"), "{mails:?}");
    assert!(mails[0].body.contains("Guard (Custom::OrgPolicy)"), "{mails:?}");
    scene.world.change(|state| {
        assert!(state.policy(&daily).targets.contains(SANDBOX));
        assert_ne!(state.policy(&daily).description, "by hand");
    });
}
