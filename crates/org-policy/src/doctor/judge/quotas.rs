//! How much of AWS's quotas is in use.

use std::collections::BTreeMap;

use policy_document::quotas::{most_attached, most_policies};

use super::check::{Check, Question, Reading, Unread, listed};

/// With so many attachments left, somebody should know.
const FEW_LEFT: usize = 1;

/// A policy, with what it is attached to.
#[derive(Clone, Debug)]
pub struct Held {
    /// Whether it is AWS's own, which does not count among the policies of the organization.
    pub aws_managed: bool,
    /// The names and ids of what it is attached to.
    pub targets: Reading<Vec<(String, String)>>,
}

/// By type: its policies.
pub type Policies = BTreeMap<&'static str, Reading<Vec<Held>>>;

/// Judges the numbers.
pub fn quotas(policies: &Policies) -> Vec<Check> {
    let mut checks = vec![number(policies)];
    for (policy_type, policies) in policies {
        if let Ok(policies) = policies
            && !policies.is_empty()
        {
            checks.push(attachments(policy_type, policies));
        }
    }
    checks
}

fn number(policies: &Policies) -> Check {
    let question = Question::new("policies", "ListPolicies");
    let (mut used, mut nearly_full) = (Vec::new(), Vec::new());
    for (policy_type, policies) in policies {
        let policies = match policies {
            Ok(policies) => policies,
            Err(unread) => return question.unknown(unread),
        };
        let number = policies.iter().filter(|policy| !policy.aws_managed).count();
        let most = most_policies(policy_type);
        let text = match most {
            Some(most) => format!("{policy_type} {number} of {most}"),
            None => format!("{policy_type} {number}"),
        };
        if most.is_some_and(|most| number * 10 >= most * 9) {
            nearly_full.push(text);
        } else if number > 0 {
            used.push(text);
        }
    }
    if nearly_full.is_empty() {
        return question.good(listed(used));
    }
    question.warning(
        format!("nearly used up: {}", listed(nearly_full)),
        "delete policies that are attached to nothing, or ask AWS for more (Service Quotas, us-east-1)",
    )
}

/// How many policies of this type each target carries.
fn attachments(policy_type: &str, policies: &[Held]) -> Check {
    let question = Question::new("attachments", "ListTargetsForPolicy").about(policy_type);
    let mut carried: BTreeMap<&(String, String), usize> = BTreeMap::new();
    for policy in policies {
        let targets: Result<_, &Unread> = policy.targets.as_ref();
        match targets {
            Ok(targets) => targets.iter().for_each(|one| *carried.entry(one).or_default() += 1),
            Err(unread) => return question.unknown(unread),
        }
    }
    let text = |((name, id), number): (&(String, String), usize), most: usize| {
        format!("{name} ({id}) {number} of {most}")
    };
    let fullest = carried.iter().max_by_key(|(_, number)| **number);
    let Some((fullest, number)) = fullest else {
        return question.good("none of them is attached to anything");
    };
    let Some(most) = most_attached(policy_type) else {
        return question
            .good(format!("at most {number}, at {}; no quota of it is known", fullest.0));
    };
    let full = carried.iter().filter(|(_, number)| **number + FEW_LEFT >= most);
    let full: Vec<String> = full.map(|(target, number)| text((target, *number), most)).collect();
    if full.is_empty() {
        return question.good(format!("at most {}", text((fullest, *number), most)));
    }
    question.warning(
        format!("room for one more or for none: {}", listed(full)),
        "put several policies into one document, or attach some of them to the OU above",
    )
}
