//! What has to hold of every organization and its policies. make fuzz invents texts;
//! crates/policy-document/tests/effective replays those that are kept.

use std::collections::BTreeSet;

use policy_document::effective::{
    Assumptions, Effective, Organization, differing, findings, of_account, of_all, read, summary,
    write,
};
use policy_document::tree::{Node, parse, pointer};

/// An organization is read, or every problem has a place; every source of a value is there; and what is written is read as
/// the same organization.
pub fn effective(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(file) = parse(text) else { return };
    let organization = match read(&file, &mut |_| Err("is not there".to_owned())) {
        Ok(organization) => organization,
        Err(problems) => {
            assert!(!problems.is_empty());
            for problem in problems {
                assert!(text.get(problem.span.start..problem.span.end).is_some(), "{problem:?}");
            }
            return;
        }
    };
    let is_plain = !has_twice(&file);
    let types: BTreeSet<&str> =
        organization.policies().map(|(_, policy)| policy.policy_type.as_str()).collect();
    let again = read(&Node::from(&write(&organization)), &mut |_| Err(String::new()))
        .expect("what was written");
    for policy_type in types {
        let accounts = of_all(&organization, policy_type, Assumptions::default());
        for (account, effective) in accounts.iter() {
            let alone = of_account(&organization, account, policy_type, Assumptions::default());
            assert_eq!(alone.settings, effective.settings);
            holds(&organization, effective, is_plain);
            findings(effective, policy_type);
            differing(&organization, account, policy_type, Assumptions::default(), effective);
            if is_plain {
                let again = of_account(&again, account, policy_type, Assumptions::default());
                assert_eq!(meaning(&again), meaning(effective));
            }
        }
        summary(&accounts, policy_type);
    }
}

fn holds(organization: &Organization, effective: &Effective, is_plain: bool) {
    let (combinations, _) = effective.combinations(8);
    combinations.iter().for_each(|one| _ = effective.document_of(one));
    for decision in effective.decisions() {
        assert!(decision.outcomes.len() > 1 || !decision.complete, "{decision:?}");
    }
    let sources = effective.settings.iter().flat_map(|setting| &setting.candidates);
    let sources = sources.flat_map(|candidate| candidate.value.sources());
    let ignored = effective.ignored.iter().map(|ignored| &ignored.source);
    for source in sources.chain(ignored).filter(|_| is_plain) {
        let policy = organization.policy(source.policy).expect("a policy");
        assert!(pointer::find(&policy.document, &source.pointer).is_some(), "{source:?}");
    }
}

/// The values of every setting, whoever set them.
fn meaning(effective: &Effective) -> Vec<String> {
    let settings = effective.settings.iter();
    settings.map(|setting| format!("{} {:?}", setting.path.pointer(), setting.meanings())).collect()
}

/// Whether a key stands somewhere twice: AWS refuses that, and a pointer means the first.
fn has_twice(node: &Node) -> bool {
    let mut keys = BTreeSet::new();
    node.members().iter().any(|member| !keys.insert(&member.key) || has_twice(&member.node))
        || node.items().iter().any(has_twice)
}
