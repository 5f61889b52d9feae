//! The answers for programs. docs/EFFECTIVE.md describes them: what stands there changes only with `version`.

use std::collections::BTreeSet;

use policy_document::effective::control::{Only, Statement, applied as applied_to, ask};
use policy_document::effective::{
    Candidate, Change, Effective, Finding, Ignored, Item, PlaceId, PolicyId, Reason, Setting,
    Source, Value, When,
};
use serde_json::{Map, Value as Json, json};

use super::live::{self, Asked};
use super::load::Loaded;
use super::{account, accounts, control, with};

/// Raised when a field goes away or changes its meaning; new fields may come at any time.
const VERSION: u32 = 1;

/// One account.
pub fn account(report: &account::Report) -> String {
    let loaded = report.loaded;
    let mut object = begun(Some(report.policy_type));
    object.insert("account".to_owned(), place(loaded, report.place));
    let path = loaded.organization.path(report.place);
    object.insert("path".to_owned(), path.iter().map(|at| place(loaded, *at)).collect());
    let attached = report.attached();
    let policies = attached
        .iter()
        .map(|(at, one)| json!({"policy": policy(loaded, *one), "place": place(loaded, *at)}));
    object.insert("policies".to_owned(), policies.collect());
    object.extend(effective(loaded, &report.effective, &report.findings));
    let otherwise = report.differing.iter().map(|differing| {
        let changes: Vec<Json> = differing.changes.iter().map(|one| change(loaded, one)).collect();
        json!({"if": differing.assumption.sentence(), "changes": changes})
    });
    object.insert("otherwise".to_owned(), otherwise.collect());
    let refused = account::refused(loaded, report.policy_type, attached).into_iter();
    let refused =
        refused.map(|(one, errors)| json!({"policy": policy(loaded, one), "errors": errors}));
    object.insert("refused".to_owned(), refused.collect());
    object.extend(aws(loaded, report.policy_type, report.asked));
    written(object)
}

/// All accounts.
pub fn accounts(report: &accounts::Report) -> String {
    let loaded = report.loaded;
    let mut object = begun(Some(report.policy_type));
    let groups = &report.summary.groups;
    let count: usize = groups.iter().map(|group| group.accounts.len()).sum();
    object.insert("accounts".to_owned(), json!(count));
    object.insert("without".to_owned(), json!(report.summary.without().count()));
    object.insert("undecided".to_owned(), json!(report.summary.undecided));
    let otherwise = report.otherwise.iter();
    let otherwise = otherwise.map(|(one, count)| json!({"if": one.sentence(), "accounts": count}));
    object.insert("otherwise".to_owned(), otherwise.collect());
    let groups = groups.iter().map(|group| {
        let mut object = Map::new();
        let accounts = group.accounts.iter().map(|account| place(loaded, *account));
        object.insert("accounts".to_owned(), accounts.collect());
        let policies = policies(loaded, &accounts::policies(&group.effective));
        object.insert("policies".to_owned(), policies);
        object.extend(effective(loaded, &group.effective, &group.findings));
        Json::Object(object)
    });
    object.insert("groups".to_owned(), groups.collect());
    object.extend(aws(loaded, report.policy_type, report.asked));
    written(object)
}

/// What AWS says, if it was asked.
fn aws(loaded: &Loaded, policy_type: &str, asked: Option<&Asked>) -> Option<(String, Json)> {
    asked.map(|asked| ("aws".to_owned(), live::fields(loaded, policy_type, asked)))
}

/// What a deployment changes.
pub fn changes(after: &with::After, policy_type: &str, groups: &[with::Changed]) -> String {
    let loaded = &after.loaded;
    let mut object = begun(Some(policy_type));
    object.insert("template".to_owned(), json!(after.template));
    let declared = after.deployed.policies.iter();
    let declared =
        declared.map(|one| json!({"policy": policy(loaded, one.policy), "new": one.is_new}));
    object.insert("declared".to_owned(), declared.collect());
    let left_out = after.deployed.left_out.iter();
    let left_out = left_out.map(|one| json!({"resource": one.logical_id, "why": one.why}));
    object.insert("left_out".to_owned(), left_out.collect());
    let groups = groups.iter().map(|group| {
        let mut object = Map::new();
        let accounts = group.accounts.iter().map(|account| place(loaded, *account));
        object.insert("accounts".to_owned(), accounts.collect());
        let changes = group.changes.iter().map(|one| {
            let new = one.new.as_ref().map(|new| setting(loaded, new));
            let old = one.old.as_ref().map(|old| {
                old.candidates.iter().map(|candidate| candidate.value.to_json()).collect::<Vec<_>>()
            });
            json!({"pointer": one.path.pointer(), "old": old, "new": new})
        });
        object.insert("changes".to_owned(), changes.collect());
        object.insert("was_withheld".to_owned(), json!(group.was_wrong));
        object.extend(effective(loaded, group.effective, &group.findings));
        Json::Object(object)
    });
    object.insert("groups".to_owned(), groups.collect());
    written(object)
}

/// Which control policies apply to each account.
pub fn applied(loaded: &Loaded, places: &[PlaceId], policy_type: &str) -> String {
    let mut object = begun(Some(policy_type));
    let accounts = places.iter().map(|account| {
        let policies: Vec<Json> = applied_to(&loaded.organization, *account, policy_type)
            .into_iter()
            .map(|one| json!({"policy": policy(loaded, one.policy), "place": place(loaded, one.place)}))
            .collect();
        json!({"account": place(loaded, *account), "policies": policies})
    });
    object.insert("accounts".to_owned(), accounts.collect());
    written(object)
}

/// What control policies say to an action in each account.
pub fn question(loaded: &Loaded, places: &[PlaceId], types: &[&str], action: &str) -> String {
    let mut object = begun(None);
    object.insert("action".to_owned(), json!(action));
    let of_type = |account: PlaceId, policy_type: &str| {
        let answer = ask(&loaded.organization, account, policy_type, action);
        let statements = |all: &[Statement]| -> Vec<Json> {
            all.iter().map(|one| statement(loaded, one)).collect()
        };
        let not_allowed_at: Vec<Json> =
            answer.not_allowed_at.iter().map(|at| place(loaded, *at)).collect();
        json!({
            "type": policy_type,
            "verdict": control::word(answer.verdict),
            "denied_by": statements(&answer.denying),
            "allowed_by": statements(&answer.allowing),
            "not_allowed_at": not_allowed_at,
        })
    };
    let accounts = places.iter().map(|account| {
        let answers: Vec<Json> =
            types.iter().map(|policy_type| of_type(*account, policy_type)).collect();
        json!({"account": place(loaded, *account), "answers": answers})
    });
    object.insert("accounts".to_owned(), accounts.collect());
    written(object)
}

fn begun(policy_type: Option<&str>) -> Map<String, Json> {
    let tool = concat!("org-policy ", env!("ORG_POLICY_VERSION"));
    let policy_type = policy_type.map(|policy_type| ("type", json!(policy_type)));
    let fields =
        [("version", json!(VERSION)), ("tool", json!(tool))].into_iter().chain(policy_type);
    fields.map(|(key, value)| (key.to_owned(), value)).collect()
}

fn written(object: Map<String, Json>) -> String {
    format!("{:#}\n", Json::Object(object))
}

fn effective(loaded: &Loaded, effective: &Effective, findings: &[Finding]) -> Map<String, Json> {
    let settings: Vec<Json> = effective.settings.iter().map(|one| setting(loaded, one)).collect();
    let decisions: Vec<Json> = effective
        .decisions()
        .iter()
        .map(|decision| {
            let pointers: Vec<String> = decision
                .settings
                .iter()
                .filter_map(|index| effective.settings.get(*index))
                .map(|setting| setting.path.pointer())
                .collect();
            let outcomes: Vec<Json> = decision
                .outcomes
                .iter()
                .map(|outcome| {
                    let first: Vec<Json> =
                        outcome.first.iter().map(|one| policy(loaded, *one)).collect();
                    json!({"first": first, "values": outcome.candidates})
                })
                .collect();
            json!({
                "place": place(loaded, decision.place),
                "policies": policies(loaded, &decision.policies),
                "settings": pointers,
                "outcomes": outcomes,
                "complete": decision.complete,
            })
        })
        .collect();
    let findings: Vec<Json> = findings.iter().map(|one| finding(loaded, one)).collect();
    let ignored: Vec<Json> =
        effective.ignored.iter().map(|one| without_effect(loaded, one)).collect();
    let fields = [
        ("effective", effective.document()),
        ("settings", json!(settings)),
        ("undecided_by_order", json!(decisions)),
        ("findings", json!(findings)),
        ("without_effect", json!(ignored)),
    ];
    fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// A setting with its values.
pub fn setting(loaded: &Loaded, setting: &Setting) -> Json {
    let values: Vec<Json> =
        setting.candidates.iter().map(|candidate| candidate_of(loaded, candidate)).collect();
    json!({"pointer": setting.path.pointer(), "values": values})
}

fn candidate_of(loaded: &Loaded, candidate: &Candidate) -> Json {
    let mut object = Map::new();
    object.insert("value".to_owned(), candidate.value.to_json());
    match &candidate.value {
        Value::One(_, from) => {
            object.insert("from".to_owned(), sources(loaded, from));
        }
        Value::List(list) => {
            let items = |items: &[Item]| -> Json {
                let item = |item: &Item| json!({"value": item.value.to_json(), "from": sources(loaded, &item.from)});
                items.iter().map(item).collect()
            };
            object.insert("from".to_owned(), sources(loaded, &list.assigned));
            object.insert("items".to_owned(), items(&list.items));
            object.insert("removed".to_owned(), items(&list.removed));
        }
    }
    if let Some(When { place: at, among, first }) = &candidate.when {
        let when = json!({
            "place": place(loaded, *at),
            "among": policies(loaded, among),
            "first": policies(loaded, first),
        });
        object.insert("when".to_owned(), when);
    }
    Json::Object(object)
}

fn sources(loaded: &Loaded, sources: &[Source]) -> Json {
    sources.iter().map(|one| source(loaded, one)).collect()
}

fn source(loaded: &Loaded, source: &Source) -> Json {
    let mut object = Map::new();
    object.insert("policy".to_owned(), policy(loaded, source.policy));
    object.insert("place".to_owned(), place(loaded, source.place));
    object.insert("pointer".to_owned(), json!(source.pointer.as_ref()));
    if let Some((file, position)) = loaded.position(source.policy, source.span) {
        object.insert("file".to_owned(), json!(file));
        object.insert("line".to_owned(), json!(position.line));
        object.insert("column".to_owned(), json!(position.column));
    }
    Json::Object(object)
}

fn finding(loaded: &Loaded, finding: &Finding) -> Json {
    json!({
        "code": finding.rule.code,
        "severity": finding.rule.severity.word(),
        "aws_code": finding.aws_code,
        "pointer": finding.pointer,
        "found": finding.found,
        "allowed": finding.allowed,
        "policies": policies(loaded, &finding.policies),
        "certain": finding.certain,
    })
}

fn without_effect(loaded: &Loaded, ignored: &Ignored) -> Json {
    let (reason, by) = match &ignored.reason {
        Reason::NotAllowed(by) => ("not allowed", sources(loaded, by)),
        Reason::AttachedLater(than) => ("attached later", policies(loaded, than)),
        Reason::OtherForm => ("other form", Json::Null),
        Reason::Unknown(why) => ("unknown", json!(why)),
    };
    json!({
        "source": source(loaded, &ignored.source),
        "operator": ignored.operator,
        "reason": reason,
        "by": by,
    })
}

fn change(loaded: &Loaded, change: &Change) -> Json {
    let of = |one: &Option<Setting>| one.as_ref().map(|one| setting(loaded, one));
    json!({"pointer": change.path.pointer(), "assumed": of(&change.old), "otherwise": of(&change.new)})
}

fn statement(loaded: &Loaded, statement: &Statement) -> Json {
    let only: Vec<Json> = statement
        .only
        .iter()
        .map(|only| match only {
            Only::Conditions(operators) => json!({"conditions": operators}),
            Only::Resources(element) => json!({"resources": element}),
            Only::Principals(element) => json!({"principals": element}),
            Only::Unknown(why) => json!({"unknown": why}),
        })
        .collect();
    json!({"source": source(loaded, &statement.source), "sid": statement.sid, "only": only})
}

/// A place by its id and name.
pub fn place(loaded: &Loaded, place: PlaceId) -> Json {
    let place = loaded.organization.place(place);
    place.map_or(Json::Null, |place| json!({"id": place.id, "name": place.name}))
}

/// A policy by its id and name.
pub fn policy(loaded: &Loaded, policy: PolicyId) -> Json {
    let policy = loaded.organization.policy(policy);
    policy.map_or(Json::Null, |policy| json!({"id": policy.id, "name": policy.name}))
}

/// Policies by their ids and names.
pub fn policies(loaded: &Loaded, policies: &BTreeSet<PolicyId>) -> Json {
    policies.iter().map(|one| policy(loaded, *one)).collect()
}

/// The document of a policy.
pub fn document(loaded: &Loaded, policy: PolicyId) -> Json {
    let policy = loaded.organization.policy(policy);
    policy.and_then(|policy| policy.document.to_json()).unwrap_or_default()
}
