//! DescribePolicy and ListTagsForResource that answer as things were.

use super::*;

/// What the client reads of the policy: its description, content and tags; or the codes of the two errors.
async fn read(client: &Client, id: &str) -> String {
    let described = match client.describe_policy().policy_id(id).send().await {
        Ok(answer) => {
            let policy = answer.policy().expect("a policy");
            let summary = policy.policy_summary().expect("a summary");
            format!("{:?} {:?}", summary.description(), policy.content())
        }
        Err(error) => error.code().expect("a code").to_owned(),
    };
    let tags = match client.list_tags_for_resource().resource_id(id).send().await {
        Ok(answer) => {
            answer.tags().iter().map(|tag| format!("{}={}", tag.key(), tag.value())).collect()
        }
        Err(error) => vec![error.code().expect("a code").to_owned()],
    };
    format!("{described} {}", tags.join(" "))
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().expect("a tag")
}

const ABSENT: &str = "PolicyNotFoundException TargetNotFoundException";

#[test]
fn point_reads_show_a_policy_as_it_was() {
    in_virtual_time(async {
        let (world, client, ..) = setup();
        world.change(|state| state.point_lag = 5 * SECOND);
        let truth = world.client();

        let create = client.create_policy().name("c").description("old").content(DOCUMENT);
        let create = create.r#type(PolicyType::BackupPolicy).tags(tag("owner", "a"));
        let created = create.send().await.expect("a policy").policy.expect("a policy");
        let id = created.policy_summary.and_then(|summary| summary.id).expect("an id");
        let old = format!("Some(\"old\") Some({DOCUMENT:?}) owner=a");
        assert_eq!(read(&client, &id).await, ABSENT);
        assert_eq!(read(&truth, &id).await, old);
        sleep(5 * SECOND).await;
        assert_eq!(read(&client, &id).await, old);

        // Each change shows when its own time has come.
        let update = client.update_policy().policy_id(&id).description("new");
        assert_eq!(outcome(update.send().await), "done");
        sleep(2 * SECOND).await;
        let add = client.tag_resource().resource_id(&id).tags(tag("owner", "b"));
        assert_eq!(outcome(add.send().await), "done");
        let untag = client.untag_resource().resource_id(&id).tag_keys("owner");
        sleep(2 * SECOND).await;
        assert_eq!(read(&client, &id).await, old);
        sleep(SECOND).await;
        let updated = format!("Some(\"new\") Some({DOCUMENT:?}) owner=a");
        assert_eq!(read(&client, &id).await, updated);
        sleep(2 * SECOND).await;
        let tagged = format!("Some(\"new\") Some({DOCUMENT:?}) owner=b");
        assert_eq!(read(&client, &id).await, tagged);
        assert_eq!(outcome(untag.send().await), "done");
        assert_eq!(read(&client, &id).await, tagged);
        sleep(5 * SECOND).await;
        let untagged = format!("Some(\"new\") Some({DOCUMENT:?}) ");
        assert_eq!(read(&client, &id).await, untagged);

        let delete = client.delete_policy().policy_id(&id);
        assert_eq!(outcome(delete.send().await), "done");
        assert_eq!(read(&client, &id).await, untagged);
        assert_eq!(read(&truth, &id).await, ABSENT);
        sleep(5 * SECOND).await;
        assert_eq!(read(&client, &id).await, ABSENT);
    });
}

#[test]
fn a_fork_lags_as_the_world_does() {
    in_virtual_time(async {
        let (world, client, a, _) = setup();
        world.change(|state| state.point_lag = 5 * SECOND);
        let update = client.update_policy().policy_id(&a).description("new");
        assert_eq!(outcome(update.send().await), "done");
        let fork = world.fork();
        let forked = Client::new(&fork.sdk_config());
        let old = read(&client, &a).await;
        assert!(!old.contains("new"), "{old}");
        assert_eq!(read(&forked, &a).await, old);
        assert_eq!(world.change(|s| s.snapshot()), fork.change(|s| s.snapshot()));
        sleep(5 * SECOND).await;
        assert!(read(&forked, &a).await.starts_with("Some(\"new\")"));
    });
}

#[test]
fn changes_by_others_show_at_once() {
    in_virtual_time(async {
        let (world, client, a, b) = setup();
        world.change(|state| state.point_lag = 5 * SECOND);
        let update = client.update_policy().policy_id(&b).description("new");
        assert_eq!(outcome(update.send().await), "done");
        world.change(|state| {
            state.tag(&a, "owner", "others");
            state.policy(&a).description = "others".to_owned();
            state.remove_policy(&b);
        });
        let shown = format!("Some(\"others\") Some({DOCUMENT:?}) owner=others");
        assert_eq!(read(&client, &a).await, shown);
        assert_eq!(read(&client, &b).await, ABSENT);
        assert_eq!(
            outcome(client.list_tags_for_resource().resource_id(SANDBOX).send().await),
            "done"
        );
    });
}
