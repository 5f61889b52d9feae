//! What is wrong with an effective policy as a whole.

use policy_document::effective::{Assumptions, findings, of_account, rules};

use crate::organizations::{BACKUP, Order, name, three_levels};

/// `code pointer: found: allowed <- policies`, with a question mark if it hangs on the order.
fn found(order: Order, levels: [&[&str]; 3]) -> Vec<String> {
    let (organization, account) = three_levels(BACKUP, order, levels);
    let effective = of_account(&organization, account, BACKUP, Assumptions::default());
    findings(&effective, BACKUP)
        .iter()
        .map(|finding| {
            let policies: Vec<&str> =
                finding.policies.iter().map(|policy| name(&organization, *policy)).collect();
            format!(
                "{}{} {}: {}: {} <- {}",
                finding.rule.code,
                if finding.certain { "" } else { "?" },
                finding.pointer,
                finding.found,
                finding.allowed,
                policies.join(" "),
            )
        })
        .collect()
}

/// Each rule's example has exactly this finding, and its better half has none.
#[test]
fn the_examples_of_the_rules() {
    for rule in rules() {
        let codes: Vec<String> = found(Order::Known, [&[rule.wrong], &[], &[]])
            .iter()
            .map(|line| line.split(' ').next().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(codes, [rule.code], "{}", rule.wrong);
        assert_eq!(
            found(Order::Known, [&[rule.right], &[], &[]]),
            Vec::<String>::new(),
            "{}",
            rule.code
        );
    }
}

#[test]
fn every_code_is_there_once() {
    let mut codes: Vec<&str> = rules().map(|rule| rule.code).collect();
    codes.sort_unstable();
    let all = codes.len();
    codes.dedup();
    assert_eq!(codes.len(), all);
    assert!(codes.iter().all(|code| code.starts_with("effective-")));
}

const SELECTION: &str = r#""selections": {"tags": {"s": {"iam_role_arn": {"@@assign": "arn"},
    "tag_key": {"@@assign": "k"}, "tag_value": {"@@assign": ["v"]}}}}"#;

fn plan(members: &str) -> String {
    format!(r#"{{"plans": {{"p": {{{members}}}}}}}"#)
}

#[test]
fn a_plan_in_pieces_is_whole_in_the_end() {
    let regions = plan(r#""regions": {"@@assign": ["eu-west-1"]}"#);
    let rules = plan(r#""rules": {"r": {"target_backup_vault_name": {"@@assign": "v"}}}"#);
    let selections = plan(SELECTION);
    let none = Vec::<String>::new();
    assert_eq!(found(Order::Unknown, [&[&regions], &[&rules], &[&selections]]), none);
    assert_eq!(found(Order::Unknown, [&[&regions, &rules, &selections], &[], &[]]), none);
    assert_eq!(
        found(Order::Unknown, [&[&regions], &[&rules], &[]]),
        [
            "effective-key-missing /plans/p: no selections: a plan with regions, rules and selections <- r1 o1"
        ]
    );
}

#[test]
fn no_plan_is_no_fault() {
    assert_eq!(found(Order::Known, [&[], &[], &[]]), Vec::<String>::new());
    assert_eq!(found(Order::Known, [&[r#"{"plans": {"p": {}}}"#], &[], &[]]), Vec::<String>::new());
}

#[test]
fn what_a_rule_and_a_selection_need() {
    let policy = plan(
        r#""regions": {"@@assign": ["eu-west-1"]}, "rules": {"r": {"schedule_expression": {"@@assign": "x"}}},
        "selections": {"tags": {"s": {"tag_key": {"@@assign": "k"}}}}"#,
    );
    assert_eq!(
        found(Order::Known, [&[&policy], &[], &[]]),
        [
            "effective-key-missing /plans/p/rules/r: no target_backup_vault_name: a rule with \
             target_backup_vault_name <- r1",
            "effective-key-missing /plans/p/selections/tags/s: no iam_role_arn: a selection with \
             iam_role_arn, tag_key and tag_value <- r1",
            "effective-key-missing /plans/p/selections/tags/s: no tag_value: a selection with \
             iam_role_arn, tag_key and tag_value <- r1",
        ]
    );
}

#[test]
fn a_selection_by_resources_needs_types_or_conditions() {
    let with = |selection: &str| {
        let policy = plan(&format!(
            r#""regions": {{"@@assign": ["eu-west-1"]}},
            "rules": {{"r": {{"target_backup_vault_name": {{"@@assign": "v"}}}}}},
            "selections": {{"resources": {{"s": {{"iam_role_arn": {{"@@assign": "arn"}}{selection}}}}}}}"#
        ));
        found(Order::Known, [&[&policy], &[], &[]]).len()
    };
    assert_eq!(with(""), 1);
    assert_eq!(with(r#", "resource_types": {"@@assign": ["*"]}"#), 0);
    assert_eq!(with(r#", "resource_types": {"@@assign": []}"#), 1);
    assert_eq!(
        with(r#", "conditions": {"string_equals": {"c": {"condition_key": {"@@assign": "k"}}}}"#),
        0
    );
}

/// Who empties a list contributes to what is wrong with it.
#[test]
fn an_emptied_list_names_who_emptied_it() {
    let root = plan(&format!(
        r#""regions": {{"@@assign": ["eu-west-1"]}}, {SELECTION},
        "rules": {{"r": {{"target_backup_vault_name": {{"@@assign": "v"}}}}}}"#
    ));
    let account = plan(r#""regions": {"@@remove": ["eu-west-1"]}"#);
    assert_eq!(
        found(Order::Known, [&[&root], &[], &[&account]]),
        ["effective-list-empty /plans/p/regions: nothing: at least one <- r1 a1"]
    );
}

/// Eleven rules come together from two places.
#[test]
fn rules_add_up() {
    let rules = |numbers: std::ops::Range<usize>| {
        let rules: Vec<String> = numbers
            .map(|n| format!(r#""r{n}": {{"target_backup_vault_name": {{"@@assign": "v"}}}}"#))
            .collect();
        format!(r#""rules": {{{}}}"#, rules.join(", "))
    };
    let base = format!(r#""regions": {{"@@assign": ["eu-west-1"]}}, {SELECTION}"#);
    let root = plan(&format!("{base}, {}", rules(0..6)));
    assert_eq!(found(Order::Known, [&[&root], &[&plan(&rules(6..10))], &[]]), Vec::<String>::new());
    assert_eq!(
        found(Order::Known, [&[&root], &[&plan(&rules(6..11))], &[]]),
        ["effective-too-many-rules /plans/p/rules: 11 rules: at most 10 in a plan <- r1 o1"]
    );
}

/// Continuous backup from one policy, the retention from another; and cold storage is no fault there,
/// though one document with both is refused.
#[test]
fn continuous_backup_and_retention_come_together() {
    let base = format!(r#""regions": {{"@@assign": ["eu-west-1"]}}, {SELECTION}"#);
    let root = plan(&format!(
        r#"{base}, "rules": {{"r": {{"target_backup_vault_name": {{"@@assign": "v"}},
        "enable_continuous_backup": {{"@@assign": "true"}},
        "lifecycle": {{"delete_after_days": {{"@@assign": "35"}}}}}}}}"#
    ));
    let lifecycle =
        |lifecycle: &str| plan(&format!(r#""rules": {{"r": {{"lifecycle": {{{lifecycle}}}}}}}"#));
    let longer = lifecycle(r#""delete_after_days": {"@@assign": "45"}"#);
    assert_eq!(
        found(Order::Known, [&[&root], &[], &[&longer]]),
        [
            "effective-continuous-retention /plans/p/rules/r: continuous backup, and backups kept for 45 \
          days: at most 35 days with continuous backup <- r1 a1"
        ]
    );
    let cold = lifecycle(r#""move_to_cold_storage_after_days": {"@@assign": "1"}"#);
    assert_eq!(found(Order::Known, [&[&root], &[], &[&cold]]), Vec::<String>::new());
}

#[test]
fn the_archive_of_a_copy_counts_too() {
    let policy = plan(&format!(
        r#""regions": {{"@@assign": ["eu-west-1"]}}, {SELECTION}, "rules": {{"r": {{
        "target_backup_vault_name": {{"@@assign": "v"}}, "copy_actions": {{"arn": {{"lifecycle": {{
            "opt_in_to_archive_for_supported_resources": {{"@@assign": true}},
            "move_to_cold_storage_after_days": {{"@@assign": 10}},
            "delete_after_days": {{"@@assign": 99}}}}}}}}}}}}"#
    ));
    assert_eq!(
        found(Order::Known, [&[&policy], &[], &[]]),
        [
            "effective-archive-retention /plans/p/rules/r/copy_actions/arn/lifecycle: to the archive after \
          10 days, deleted after 99: at least 90 days in the archive <- r1"
        ]
    );
}

/// The archive is opted in to by one policy, and another runs the rule every day.
#[test]
fn an_archive_and_a_schedule_come_together() {
    let rule = |members: &str| plan(&format!(r#""rules": {{"r": {{{members}}}}}"#));
    let root = plan(&format!(
        r#""regions": {{"@@assign": ["eu-west-1"]}}, {SELECTION}, "rules": {{"r": {{
        "target_backup_vault_name": {{"@@assign": "v"}}, "copy_actions": {{"arn": {{"lifecycle": {{
            "opt_in_to_archive_for_supported_resources": {{"@@assign": true}}}}}}}}}}}}"#
    ));
    let scheduled = |schedule: &str| {
        let schedule = rule(&format!(r#""schedule_expression": {{"@@assign": "{schedule}"}}"#));
        found(Order::Known, [&[&root], &[], &[&schedule]])
    };
    assert_eq!(scheduled("cron(0 5 1 * ? *)"), Vec::<String>::new());
    // Whether AWS reports it depends on the day, and what is no schedule is no matter of this rule.
    assert_eq!(scheduled("cron(0 5 1,29 * ? *)"), Vec::<String>::new());
    assert_eq!(scheduled("daily"), Vec::<String>::new());
    assert_eq!(
        scheduled("cron(0 5 ? * * *)"),
        [
            "effective-archive-schedule /plans/p/rules/r: cron(0 5 ? * * *) with the archive: at least 28 \
          days between two runs <- r1 a1"
        ]
    );
}

#[test]
fn quotas() {
    let many = |count: usize, member: &dyn Fn(usize) -> String| {
        (0..count).map(member).collect::<Vec<_>>().join(", ")
    };
    let selection = |n: usize| {
        format!(
            r#""s{n}": {{"iam_role_arn": {{"@@assign": "arn"}}, "tag_key": {{"@@assign": "k"}},
            "tag_value": {{"@@assign": ["v"]}}}}"#
        )
    };
    let base = r#""regions": {"@@assign": ["eu-west-1"]},
        "rules": {"r": {"target_backup_vault_name": {"@@assign": "v"}}}"#;
    let selections = |count| {
        let policy =
            plan(&format!(r#"{base}, "selections": {{"tags": {{{}}}}}"#, many(count, &selection)));
        found(Order::Known, [&[&policy], &[], &[]])
    };
    assert_eq!(selections(10), Vec::<String>::new());
    assert_eq!(
        selections(11),
        ["effective-over-quota /plans/p/selections/tags: 11 selections by tags: at most 10 <- r1"]
    );
    let resources = |n: usize| {
        format!(
            r#""s{n}": {{"iam_role_arn": {{"@@assign": "arn"}}, "resource_types": {{"@@assign": ["*"]}}}}"#
        )
    };
    let selections = |count| {
        let selections = many(count, &resources);
        let policy = plan(&format!(r#"{base}, "selections": {{"resources": {{{selections}}}}}"#));
        found(Order::Known, [&[&policy], &[], &[]]).len()
    };
    assert_eq!((selections(100), selections(101)), (0, 1));
    let values = |count| {
        let values = many(count, &|n| format!(r#""v{n}""#));
        let policy = plan(&format!(
            r#"{base}, "selections": {{"tags": {{"s": {{"iam_role_arn": {{"@@assign": "arn"}},
            "tag_key": {{"@@assign": "k"}}, "tag_value": {{"@@assign": [{values}]}}}}}}}}"#
        ));
        found(Order::Known, [&[&policy], &[], &[]]).len()
    };
    assert_eq!((values(30), values(31)), (0, 1));
    let conditions = |count| {
        let conditions = many(count, &|n| {
            format!(
                r#""c{n}": {{"condition_key": {{"@@assign": "k"}}, "condition_value": {{"@@assign": "v"}}}}"#
            )
        });
        let policy = plan(&format!(
            r#"{base}, "selections": {{"resources": {{"s": {{"iam_role_arn": {{"@@assign": "arn"}},
            "conditions": {{"string_equals": {{{conditions}}}}}}}}}}}"#
        ));
        found(Order::Known, [&[&policy], &[], &[]]).len()
    };
    assert_eq!((conditions(30), conditions(31)), (0, 1));
    let tags = |count| {
        let tags = many(count, &|n| {
            format!(
                r#""t{n}": {{"tag_key": {{"@@assign": "t{n}"}}, "tag_value": {{"@@assign": "v"}}}}"#
            )
        });
        let policy = plan(&format!(
            r#""regions": {{"@@assign": ["eu-west-1"]}}, {SELECTION}, "rules": {{"r": {{
            "target_backup_vault_name": {{"@@assign": "v"}}, "recovery_point_tags": {{{tags}}}}}}}"#
        ));
        found(Order::Known, [&[&policy], &[], &[]]).len()
    };
    assert_eq!((tags(10), tags(11)), (0, 1));
}

/// A finding that only one order of attachment leads to is no certain one.
#[test]
fn what_hangs_on_the_order_is_not_certain() {
    let base = format!(r#""regions": {{"@@assign": ["eu-west-1"]}}, {SELECTION}"#);
    let rule = |days| {
        plan(&format!(
            r#"{base}, "rules": {{"r": {{"target_backup_vault_name": {{"@@assign": "v"}},
            "enable_continuous_backup": {{"@@assign": true}},
            "lifecycle": {{"delete_after_days": {{"@@assign": {days}}}}}}}}}"#
        ))
    };
    let (short, long) = (rule(7), rule(70));
    let expected = "/plans/p/rules/r: continuous backup, and backups kept for 70 days: at most 35 days \
                    with continuous backup";
    assert_eq!(
        found(Order::Unknown, [&[&short, &long], &[], &[]]),
        [format!("effective-continuous-retention? {expected} <- r1 r2")]
    );
    assert_eq!(
        found(Order::Known, [&[&long, &short], &[], &[]]),
        [format!("effective-continuous-retention {expected} <- r1")]
    );
    assert_eq!(found(Order::Known, [&[&short, &long], &[], &[]]), Vec::<String>::new());
}

/// What only a deployment can know is no fault.
#[test]
fn what_is_not_known_is_no_fault() {
    use policy_document::effective::{Organization, Policy, PolicySource};
    use policy_document::tree::{Member, Node, Span, Value};
    let member = |key: &str, node| Member { key: key.to_owned(), key_span: Span::default(), node };
    let object = |members: Vec<Member>| Node::new(Value::Object(members));
    let plan = Node::new(Value::Unknown("a parameter".to_owned()));
    let document = object(vec![member("plans", object(vec![member("p", plan)]))]);
    let mut organization = Organization::new("", "root");
    let account = organization.add_account(organization.root(), "111122223333", "");
    let policy = organization.add_policy(Policy {
        id: String::new(),
        name: "p".to_owned(),
        policy_type: BACKUP.to_owned(),
        source: PolicySource::None,
        document,
    });
    organization.attach(organization.root(), &[policy]);
    let effective = of_account(&organization, account, BACKUP, Assumptions::default());
    assert_eq!(effective.document().to_string(), r#"{"plans":{"p":"(unknown: a parameter)"}}"#);
    assert!(findings(&effective, BACKUP).is_empty());
}
