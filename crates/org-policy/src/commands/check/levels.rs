//! --allow and --deny.

use policy_document::check::{Rule, Severity};

/// What the command line says of codes.
#[derive(Debug, Default)]
pub struct Levels {
    allowed: Vec<&'static str>,
    denied: Vec<&'static str>,
}

impl Levels {
    /// What --allow and --deny list.
    ///
    /// # Errors
    /// The code that stands in both.
    pub fn new(allowed: &[&'static Rule], denied: &[&'static Rule]) -> Result<Self, String> {
        let codes = |rules: &[&'static Rule]| rules.iter().map(|rule| rule.code).collect();
        let (allowed, denied): (Vec<_>, Vec<_>) = (codes(allowed), codes(denied));
        match allowed.iter().find(|code| denied.contains(code)) {
            Some(code) => {
                Err(format!("{code} is both allowed and denied; take it out of one of them"))
            }
            None => Ok(Self { allowed, denied }),
        }
    }

    /// How bad a finding of this rule is; none if it is allowed.
    pub fn severity(&self, rule: &Rule) -> Option<Severity> {
        if self.allowed.contains(&rule.code) {
            None
        } else if self.denied.contains(&rule.code) {
            Some(Severity::Error)
        } else {
            Some(rule.severity)
        }
    }
}
