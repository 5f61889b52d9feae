//! Backup policies that AWS takes, by the grammar of its guide. Nothing here knows the checker's
//! tables.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

type Made = BoxedStrategy<Value>;
/// A member of an object, or none.
type Member = BoxedStrategy<Option<(String, Value)>>;

const CONTROL: &str = "@@operators_allowed_for_child_policies";
const REGIONS: &[&str] =
    &["eu-west-1", "us-east-1", "ap-southeast-7", "us-gov-west-1", "cn-north-1"];

/// A document of this type.
pub fn policy() -> Made {
    let plans = named("[a-zA-Z0-9._-]{1,20}", plan(), 0..3);
    plans.prop_map(|plans| json!({"plans": plans})).boxed()
}

/// Any JSON document.
pub fn anything() -> Made {
    let keys = || {
        select(vec![
            "plans",
            "rules",
            "regions",
            "selections",
            "tags",
            "@@assign",
            "@@append",
            CONTROL,
            "x",
        ])
    };
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "cron\\([ 0-9*?/,#LW-]{0,16}\\)".prop_map(Value::from),
        "arn:[a-z:$*/]{0,24}".prop_map(Value::from),
    ];
    leaf.prop_recursive(8, 64, 5, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((keys(), inner), 0..5).prop_map(|members| {
                members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            }),
        ]
    })
    .boxed()
}

/// An object of these members, in any order, perhaps with what child policies may use.
fn group(members: Vec<Member>) -> Made {
    let members = members.prop_map(|members| members.into_iter().flatten().collect::<Vec<_>>());
    let control = option::weighted(0.2, control());
    (members.prop_shuffle(), control)
        .prop_map(|(members, control)| {
            let control = control.map(|control| (CONTROL.to_owned(), control));
            Value::Object(members.into_iter().chain(control).collect())
        })
        .boxed()
}

/// An object whose keys are names.
fn named(name: &'static str, of: Made, number: std::ops::Range<usize>) -> Made {
    // Names that differ in their case only would be one.
    btree_map(name.prop_map(|name| name.to_lowercase()), of, number)
        .prop_map(|entries| Value::Object(entries.into_iter().collect()))
        .boxed()
}

fn control() -> Made {
    let lists: &[&[&str]] = &[
        &["@@all"],
        &["@@none"],
        &["@@assign"],
        &["@@append", "@@remove"],
        &["@@all", "@@assign"],
    ];
    select(lists).prop_map(|list| json!(list)).boxed()
}

fn maybe(key: &'static str, of: Made) -> Member {
    option::of(of).prop_map(move |value| value.map(|value| (key.to_owned(), value))).boxed()
}

fn always(key: &'static str, of: Made) -> Member {
    of.prop_map(move |value| Some((key.to_owned(), value))).boxed()
}

/// A setting that is assigned one of these values.
fn single(value: impl Strategy<Value = Value> + 'static) -> Made {
    (value, option::weighted(0.2, control()))
        .prop_map(|(value, control)| {
            let mut setting = Map::new();
            setting.insert("@@assign".to_owned(), value);
            setting.extend(control.map(|control| (CONTROL.to_owned(), control)));
            Value::Object(setting)
        })
        .boxed()
}

/// A setting that holds a list, with one operator or several.
fn list(item: impl Strategy<Value = Value> + Clone + 'static) -> Made {
    let operators = select(vec![
        vec!["@@assign"],
        vec!["@@append"],
        vec!["@@remove"],
        vec!["@@assign", "@@append"],
        vec!["@@append", "@@remove"],
    ]);
    let lists = vec(vec(item, 1..4), 3);
    (operators, lists, option::weighted(0.2, control()))
        .prop_map(|(operators, lists, control)| {
            let lists = lists.into_iter().map(Value::from);
            let mut setting: Map<String, Value> =
                operators.into_iter().map(str::to_owned).zip(lists).collect();
            setting.extend(control.map(|control| (CONTROL.to_owned(), control)));
            Value::Object(setting)
        })
        .boxed()
}

fn text(pattern: &'static str) -> BoxedStrategy<Value> {
    pattern.prop_map(Value::from).boxed()
}

fn word(words: &'static [&'static str]) -> BoxedStrategy<Value> {
    select(words).prop_map(Value::from).boxed()
}

/// A number, or the text of one.
fn number(numbers: std::ops::RangeInclusive<u64>) -> BoxedStrategy<Value> {
    (numbers, any::<bool>())
        .prop_map(
            |(number, is_text)| if is_text { json!(number.to_string()) } else { json!(number) },
        )
        .boxed()
}

fn boolean() -> BoxedStrategy<Value> {
    select(vec![json!(true), json!(false), json!("true"), json!("false")]).boxed()
}

fn plan() -> Made {
    group(vec![
        maybe("regions", list(select(REGIONS).prop_map(Value::from))),
        maybe("rules", named("[a-zA-Z0-9._-]{1,50}", rule(), 0..4)),
        maybe("selections", selections()),
        maybe("advanced_backup_settings", advanced()),
        maybe("backup_plan_tags", tags()),
        maybe("scan_settings", scan_settings()),
    ])
}

/// What a rule may do with time: each has a schedule and lifecycle that go together.
fn rule() -> Made {
    prop_oneof![
        rule_of(
            maybe("schedule_expression", single(schedule())),
            maybe("lifecycle", lifecycle()),
            false
        ),
        rule_of(
            maybe("schedule_expression", single(schedule())),
            always("lifecycle", kept_for(1..=35)),
            true
        ),
        rule_of(
            always("schedule_expression", single(monthly())),
            always("lifecycle", archived()),
            false
        ),
    ]
    .boxed()
}

fn rule_of(schedule: Member, lifecycle: Member, is_continuous: bool) -> Made {
    let continuous = if is_continuous {
        always("enable_continuous_backup", single(select(vec![json!(true), json!("true")])))
    } else {
        maybe("enable_continuous_backup", single(select(vec![json!(false), json!("false")])))
    };
    group(vec![
        schedule,
        lifecycle,
        continuous,
        maybe("target_backup_vault_name", single(text("[a-zA-Z0-9_-]{1,50}"))),
        maybe(
            "target_logically_air_gapped_backup_vault_arn",
            single(text(
                "arn:(aws|aws-cn|aws-us-gov):backup:\\$region:\\$account:backup-vault:[a-zA-Z0-9_-]{1,20}",
            )),
        ),
        maybe("start_backup_window_minutes", single(number(60..=52_560_000))),
        maybe("complete_backup_window_minutes", single(number(60..=52_560_000))),
        maybe("copy_actions", copies()),
        maybe("recovery_point_tags", tags()),
        maybe("index_actions", group(vec![maybe("resource_types", list(word(&["EBS", "S3"])))])),
        maybe(
            "scan_actions",
            group(vec![maybe(
                "GUARDDUTY",
                group(vec![maybe("scan_mode", single(word(&["INCREMENTAL_SCAN", "FULL_SCAN"])))]),
            )]),
        ),
    ])
}

/// A single minute, so that two runs lie an hour apart.
fn schedule() -> BoxedStrategy<Value> {
    let minutes = "[0-5]?[0-9]";
    let hours = select(vec!["*", "5", "0/6", "*/2", "8-17", "20-2", "5,17", "8-17/3,22"]);
    let days = select(vec![
        "? * *",
        "* * ?",
        "? * MON-FRI",
        "1 * ?",
        "1,15 * ?",
        "L * ?",
        "L-3 * ?",
        "LW * ?",
        "15W * ?",
        "? NOV-FEB SUN",
        "? JAN,mar 6L",
        "? * 2#1",
        "1/7 1/3 ?",
        "? * 7-1",
    ]);
    let year = select(vec![" *", "", " 2030-2035", " 2030/2", " 2031,2033"]);
    (minutes, hours, days, year)
        .prop_map(|(minute, hours, days, year)| {
            json!(format!("cron({minute} {hours} {days}{year})"))
        })
        .boxed()
}

/// Once a month or less, as the archive tier wants it.
fn monthly() -> BoxedStrategy<Value> {
    let days = select(vec![
        "1 * ?",
        "L * ?",
        "15W * ?",
        "? * MON#1",
        "1 1/3 ?",
        "29 FEB ?",
        "? JAN,JUL SUN#2",
    ]);
    ("[0-5]?[0-9]", "[0-9]|1[0-9]|2[0-3]", days)
        .prop_map(|(minute, hour, days)| json!(format!("cron({minute} {hour} {days} *)")))
        .boxed()
}

fn lifecycle() -> Made {
    prop_oneof![
        kept_for(1..=36_500),
        group(vec![maybe("move_to_cold_storage_after_days", single(number(1..=36_500)))]),
        moved(maybe(
            "opt_in_to_archive_for_supported_resources",
            single(select(vec![json!(false), json!("false")]))
        )),
    ]
    .boxed()
}

fn kept_for(days: std::ops::RangeInclusive<u64>) -> Made {
    group(vec![always("delete_after_days", single(number(days)))])
}

fn archived() -> Made {
    moved(always(
        "opt_in_to_archive_for_supported_resources",
        single(select(vec![json!(true), json!("true")])),
    ))
}

/// A lifecycle with a move to cold storage, and its deletion 90 days later or more.
fn moved(archive: Member) -> Made {
    (1..=365u64, 90..=1_000u64)
        .prop_flat_map(move |(cold, more)| {
            group(vec![
                always("move_to_cold_storage_after_days", single(number(cold..=cold))),
                always("delete_after_days", single(number(cold + more..=cold + more))),
                archive.clone(),
            ])
        })
        .boxed()
}

fn copies() -> Made {
    let vault = "arn:aws:backup:(eu-west-1|us-east-2):(\\$account|111122223333):backup-vault:[a-z0-9_-]{1,20}";
    let copy = (vault, option::of(lifecycle())).prop_map(|(vault, lifecycle)| {
        let mut copy = json!({"target_backup_vault_arn": {"@@assign": vault}});
        if let (Some(lifecycle), Some(copy)) = (lifecycle, copy.as_object_mut()) {
            copy.insert("lifecycle".to_owned(), lifecycle);
        }
        (vault, copy)
    });
    vec(copy, 0..4).prop_map(|copies| Value::Object(copies.into_iter().collect())).boxed()
}

/// Tags in blocks that are named after them, in another case.
fn tags() -> Made {
    let tag = ("[A-Za-z][A-Za-z0-9:/_-]{0,20}", single(text("[ -~]{0,30}")), any::<bool>());
    let tag = tag.prop_map(|(key, value, is_lower)| {
        let block = if is_lower { key.to_lowercase() } else { key.clone() };
        (block, json!({"tag_key": {"@@assign": key}, "tag_value": value}))
    });
    let differ = |tags: &Vec<(String, Value)>| {
        let mut keys: Vec<String> = tags.iter().map(|(key, _)| key.to_lowercase()).collect();
        keys.sort();
        keys.windows(2).all(|pair| pair[0] != pair[1])
    };
    let tags = vec(tag, 0..4).prop_filter("tags of one name", differ);
    tags.prop_map(|tags| Value::Object(tags.into_iter().collect())).boxed()
}

fn advanced() -> Made {
    let switch = || single(word(&["enabled", "disabled"]));
    group(vec![
        maybe("ec2", group(vec![maybe("windows_vss", switch())])),
        maybe(
            "s3",
            group(vec![maybe("backup_acls", switch()), maybe("backup_object_tags", switch())]),
        ),
    ])
}

fn role() -> Made {
    single(text("arn:(aws|aws-us-gov):iam::\\$account:role/[a-zA-Z0-9+=,.@_/-]{1,20}"))
}

fn scan_settings() -> Made {
    let scanner = group(vec![
        maybe("resource_types", list(word(&["EBS", "EC2", "S3", "ALL"]))),
        maybe("scanner_role_arn", role()),
    ]);
    group(vec![maybe("GUARDDUTY", scanner)])
}

/// By tags or by resources.
fn selections() -> Made {
    let by_tags = group(vec![
        maybe("iam_role_arn", role()),
        always("tag_key", single(text("[A-Za-z0-9:_-]{1,128}"))),
        always("tag_value", list(text("[ -~]{0,40}"))),
        maybe("conditions", conditions()),
    ]);
    let types = || {
        list(word(&[
            "*",
            "arn:aws:ec2:*:*:volume/*",
            "arn:aws:rds:*:*:db:*",
            "arn:aws:s3:::*",
            "arn:aws-us-gov:dynamodb:*:*:table/*",
            "arn:aws-cn:eks:*:*:cluster/*",
        ]))
    };
    let by_resources = |required: Vec<Member>| {
        let optional = vec![maybe("iam_role_arn", role()), maybe("not_resource_types", types())];
        group(required.into_iter().chain(optional).collect())
    };
    let by_resources = prop_oneof![
        by_resources(vec![always("resource_types", types()), maybe("conditions", conditions())]),
        by_resources(vec![always("conditions", conditions())]),
    ];
    let names = "[a-zA-Z0-9._-]{1,50}";
    prop_oneof![
        group(vec![maybe("tags", named(names, by_tags, 0..4))]),
        group(vec![maybe("resources", named(names, by_resources.boxed(), 0..4))]),
    ]
    .boxed()
}

fn conditions() -> Made {
    let condition = group(vec![
        always("condition_key", single(text("aws:ResourceTag/[A-Za-z0-9:_-]{1,40}"))),
        always("condition_value", single(prop_oneof![text("[ -~]{0,40}"), boolean()])),
    ]);
    let block = || named("[a-z0-9_]{1,10}", condition.clone(), 0..4);
    group(vec![
        maybe("string_equals", block()),
        maybe("string_not_equals", block()),
        maybe("string_like", block()),
        maybe("string_not_like", block()),
    ])
}
