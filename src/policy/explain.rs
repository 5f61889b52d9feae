//! What the checker finds in a document, told after AWS has decided: it explains a refusal, and
//! warns of what was taken. It refuses nothing itself, since a rule of ours may be wrong, or older
//! than AWS, and must not stop a rollback.

use policy_document::check::{Finding, Severity, check_within};
use policy_document::fault::path;
use policy_document::tree::{Node, Value, pointer};
use tracing::warn;

use super::desired::Declared;
use super::plan::Plan;
use crate::error::{CallError, Error, Fault, Kind};

/// The error of a call, with what the checker finds if AWS has refused the document.
pub fn explain(error: Error, declared: &Declared) -> Error {
    match error {
        Error::Call { operation, cause: CallError { kind: Kind::MalformedDocument, message } } => {
            Error::MalformedDocument { operation, message, faults: faults(declared) }
        }
        other => other,
    }
}

/// Warns of what the checker finds in a document that the plan has written, and AWS has taken.
pub fn warn_of_findings(plan: &Plan, declared: &Declared) {
    if plan.writes_content() {
        for fault in faults(declared) {
            warn!("{fault}");
        }
    }
}

/// What the checker finds in the document: what AWS refuses first, each in the order of the
/// document.
fn faults(declared: &Declared) -> Vec<Fault> {
    let document = Node::from(&declared.content);
    let mut findings = check_within(&document, &declared.policy_type, declared.largest_content);
    findings.sort_by_key(|finding| finding.rule.severity != Severity::Error);
    findings.iter().map(|finding| fault(&document, finding)).collect()
}

fn fault(document: &Node, finding: &Finding) -> Fault {
    let meant = finding.suggestion.as_ref().map(|text| format!(" (did you mean {text}?)"));
    let problem = format!("{}: {}{}", finding.found, finding.allowed, meant.unwrap_or_default());
    Fault::new(in_content(document, &finding.pointer), problem)
}

/// A JSON pointer into the document as a path of the property: `Content.plans.daily.regions[0]`.
fn in_content(document: &Node, place: &str) -> String {
    let mut at = "Content".to_owned();
    let mut node = Some(document);
    for part in place.split('/').skip(1) {
        at = match node.map(|node| &node.value) {
            Some(Value::Array(_)) => format!("{at}[{part}]"),
            _ => path(&at, &pointer::unescape(part)),
        };
        node = node.and_then(|node| pointer::child(node, part));
    }
    at
}
