//! What is wrong in a template and in all that it nests.

use super::locks::retentions_outside_locks;
use super::rules::{CONTENT, REFUSED};
use super::{NestedTemplate, SourceFile, Template, declared_policies};
use crate::check::{self, Finding, Rule};
use crate::tree::Span;

/// A finding, and where it belongs.
#[derive(Clone, Debug)]
pub struct PlacedFinding<'a> {
    /// The file of a nested template; none for the outermost template.
    pub source: Option<&'a SourceFile>,
    /// The resource that it is about, if it is about one.
    pub logical_id: Option<&'a str>,
    /// What was found. Its pointer begins at the root of that template, with keys as the function
    /// gets them.
    pub finding: Finding,
}

/// Everything that is wrong in a template and in those that it nests: what CloudFormation and the
/// function refuse, what the checker finds in the policies that they declare, and retentions outside
/// the locks of vaults. What is known only to a deployment is no fault.
pub fn findings(template: &Template) -> Vec<PlacedFinding<'_>> {
    let mut findings = Vec::new();
    each_template(template, &mut |template, nested| {
        let source = nested.map(|nested| &nested.source);
        for fault in &template.faults {
            let finding = finding(&REFUSED, String::new(), fault.span, &fault.problem);
            findings.push(PlacedFinding { source, logical_id: None, finding });
        }
        for policy in declared_policies(template) {
            let logical_id = Some(policy.resource.logical_id.as_str());
            let mut push = |finding| findings.push(PlacedFinding { source, logical_id, finding });
            for fault in &policy.faults {
                let (pointer, span) = (policy.pointer.clone(), policy.document.span);
                push(finding(&CONTENT, pointer, span, &fault.to_string()));
            }
            let Ok(policy_type) = &policy.policy_type else { continue };
            for found in check::check(&policy.document, policy_type) {
                push(Finding { pointer: format!("{}{}", policy.pointer, found.pointer), ..found });
            }
        }
    });
    findings.extend(retentions_outside_locks(template));
    findings
}

fn finding(rule: &'static Rule, pointer: String, span: Span, problem: &str) -> Finding {
    let (found, allowed) = problem.split_once(": ").unwrap_or((problem, "correct the template"));
    Finding {
        rule,
        pointer,
        span,
        found: found.to_owned(),
        allowed: allowed.to_owned(),
        suggestion: None,
    }
}

/// Calls `visit` with a template and all that it nests, each of these with where it comes from.
pub fn each_template<'a>(
    template: &'a Template,
    visit: &mut dyn FnMut(&'a Template, Option<&'a NestedTemplate>),
) {
    visit(template, None);
    each_nested(template, &mut |nested| visit(&nested.template, Some(nested)));
}

fn each_nested<'a>(template: &'a Template, visit: &mut dyn FnMut(&'a NestedTemplate)) {
    for resource in &template.resources {
        if let Some(Ok(nested)) = &resource.nested {
            visit(nested);
            each_nested(&nested.template, visit);
        }
    }
}
