//! One account.

use policy_document::check::{Severity, check};
use policy_document::effective::{
    Assumptions, Candidate, Decision, Differing, Effective, Finding, Ignored, List, PlaceId,
    PolicyId, Reason, Setting, Value, differing, findings, of_account,
};

use super::lines::Lines;
use super::live::{self, Asked};
use super::load::Loaded;
use super::{Answer, is_wrong, json, names};
use crate::terminal::one_line;

/// So many outcomes of a decision are listed.
const MOST_OUTCOMES: usize = 8;

/// Everything that is said of an account.
pub struct Report<'a> {
    pub loaded: &'a Loaded,
    pub place: PlaceId,
    pub policy_type: &'a str,
    pub effective: Effective,
    pub findings: Vec<Finding>,
    pub differing: Vec<Differing>,
    /// What AWS says, if it was asked.
    pub asked: Option<&'a Asked>,
}

/// What an account ends up with.
pub fn answer(
    loaded: &Loaded,
    place: PlaceId,
    policy_type: &str,
    asked: Option<&Asked>,
    is_json: bool,
) -> Answer {
    let organization = &loaded.organization;
    let assumptions = Assumptions::default();
    let effective = of_account(organization, place, policy_type, assumptions);
    let findings = findings(&effective, policy_type);
    let differing = differing(organization, place, policy_type, assumptions, &effective);
    let report = Report { loaded, place, policy_type, effective, findings, differing, asked };
    let text = if is_json { json::account(&report) } else { report.text() };
    Answer {
        text,
        is_wrong: is_wrong(&report.findings) || asked.is_some_and(Asked::is_wrong),
        problem: None,
    }
}

impl Report<'_> {
    fn text(&self) -> String {
        let organization = &self.loaded.organization;
        let mut text = format!(
            "{}: {}\n{}\n\n",
            names::account(organization, self.place),
            names::path(organization, self.place),
            self.title()
        );
        if !self.effective.is_empty() {
            text.push_str(&self.settings());
            text.push('\n');
        }
        for part in [
            self.found(),
            undecided(self.loaded, &self.effective),
            self.without_effect(),
            self.otherwise(),
            self.refused(),
        ] {
            if !part.is_empty() {
                text.push_str(&part);
                text.push('\n');
            }
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
        text.extend(self.asked.map(|asked| live::text(self.loaded, asked)));
        text
    }

    /// The policies of this type on the way, each once for each place.
    pub fn attached(&self) -> Vec<(PlaceId, PolicyId)> {
        let organization = &self.loaded.organization;
        let at = |place| {
            let attached = organization.attached(place, self.policy_type).into_iter();
            attached.map(move |attachment| (place, attachment.policy))
        };
        organization.path(self.place).into_iter().flat_map(at).collect()
    }

    fn title(&self) -> String {
        let organization = &self.loaded.organization;
        let of_type = self.policy_type;
        if !organization.is_enabled(of_type) {
            return format!("no effective {of_type}: this type is not enabled in the organization");
        }
        let attached = self.attached_lines();
        if attached.is_empty() {
            return format!(
                "no effective {of_type}: no policy of this type is attached on the way from the root"
            );
        }
        let begin = if self.effective.is_empty() {
            format!("no effective {of_type}: nothing comes of")
        } else {
            format!("effective {of_type}, merged from")
        };
        format!("{begin}\n{}", attached.trim_end())
    }

    /// A line for each place with policies.
    fn attached_lines(&self) -> String {
        let organization = &self.loaded.organization;
        let mut lines = Lines::default();
        for place in organization.path(self.place) {
            let attached = organization.attached(place, self.policy_type);
            if attached.is_empty() {
                continue;
            }
            let policies: Vec<String> =
                attached.iter().map(|one| names::policy(organization, one.policy)).collect();
            let is_known = attached.is_sorted_by(|one, next| one.rank < next.rank);
            let order = if is_known { "" } else { " (in an order that is not known)" };
            let place = names::place(organization, place);
            lines.line(1, &format!("{place}: {}{order}", policies.join(", ")));
        }
        lines.written()
    }

    /// The settings as a tree.
    fn settings(&self) -> String {
        let mut lines = Lines::default();
        let mut open: &[std::sync::Arc<str>] = &[];
        for setting in &self.effective.settings {
            let keys = setting.path.0.as_slice();
            let Some((last, above)) = keys.split_last() else { continue };
            let same = open.iter().zip(above).take_while(|(one, other)| one == other).count();
            for (depth, key) in above.iter().enumerate().skip(same) {
                lines.line(depth, &one_line(key));
            }
            self.setting(setting, last, above.len(), &mut lines);
            open = above;
        }
        lines.written()
    }

    fn setting(&self, setting: &Setting, key: &str, depth: usize, lines: &mut Lines) {
        let key = one_line(key);
        match setting.candidates.as_slice() {
            [only] => self.value(&key, only, depth, lines),
            several => {
                lines.line(depth, &key);
                for (number, candidate) in several.iter().enumerate() {
                    let word = if number == 0 { "either" } else { "or" };
                    self.value(word, candidate, depth + 1, lines);
                }
            }
        }
    }

    fn value(&self, before: &str, candidate: &Candidate, depth: usize, lines: &mut Lines) {
        let organization = &self.loaded.organization;
        match &candidate.value {
            Value::One(value, from) => {
                let left = format!("{before}: {}", one_line(&value.to_string()));
                lines.pair(depth, &left, self.by(from));
            }
            Value::List(list) if list.items.is_empty() => {
                lines.pair(depth, &format!("{before}: []"), emptied(organization, list));
            }
            Value::List(list) => {
                lines.line(depth, before);
                for item in &list.items {
                    let left = format!("- {}", one_line(&item.value.to_string()));
                    lines.pair(depth + 1, &left, self.by(&item.from));
                }
            }
        }
    }

    fn by(&self, sources: &[policy_document::effective::Source]) -> String {
        if sources.is_empty() {
            return "added by AWS".to_owned();
        }
        names::sources(&self.loaded.organization, sources)
    }

    /// What is wrong.
    fn found(&self) -> String {
        found(self.loaded, &self.findings)
    }

    /// What policies say without any effect.
    fn without_effect(&self) -> String {
        let mut lines = Lines::default();
        if !self.effective.ignored.is_empty() {
            lines.line(0, "Without effect:");
        }
        for ignored in &self.effective.ignored {
            let source = &ignored.source;
            let organization = &self.loaded.organization;
            let attached = names::attached(organization, source.policy, source.place);
            let pointer = one_line(&source.pointer);
            lines.line(1, &format!("{attached} {pointer}"));
            lines.line(2, &self.why(ignored));
        }
        lines.written()
    }

    fn why(&self, ignored: &Ignored) -> String {
        let organization = &self.loaded.organization;
        match &ignored.reason {
            Reason::NotAllowed(by) => {
                format!("not allowed by {}", names::sources(organization, by))
            }
            Reason::AttachedLater(than) => {
                format!("{} was attached earlier", names::policies(organization, than))
            }
            Reason::OtherForm => "what is set there has another form".to_owned(),
            Reason::Unknown(why) => format!("not known before the deployment: {}", one_line(why)),
        }
    }

    /// What other assumptions would change.
    fn otherwise(&self) -> String {
        let mut lines = Lines::default();
        for differing in &self.differing {
            lines.line(0, &format!("Otherwise, if {}:", differing.assumption.sentence()));
            for change in &differing.changes {
                let pointer = one_line(&change.path.pointer());
                let values = |setting: &Option<Setting>| {
                    setting.as_ref().map_or("nothing".to_owned(), values)
                };
                let (new, old) = (values(&change.new), values(&change.old));
                lines.line(1, &format!("{pointer}: {new} instead of {old}"));
            }
        }
        lines.written()
    }

    /// Policies that AWS would not have taken.
    fn refused(&self) -> String {
        let mut lines = Lines::default();
        for (policy, errors) in refused(self.loaded, self.policy_type, self.attached()) {
            let name = names::policy(&self.loaded.organization, policy);
            let errors = names::count(errors, "error");
            lines.line(
                0,
                &format!(
                    "{name} has {errors} by org-policy check: AWS refuses it as it stands here"
                ),
            );
        }
        lines.written()
    }
}

/// The policies that the checker finds errors in, and how many.
pub fn refused(
    loaded: &Loaded,
    policy_type: &str,
    attached: Vec<(PlaceId, PolicyId)>,
) -> Vec<(PolicyId, usize)> {
    let mut policies: Vec<PolicyId> = attached.into_iter().map(|(_, policy)| policy).collect();
    policies.sort_unstable();
    policies.dedup();
    let errors = |policy: PolicyId| {
        let document = &loaded.organization.policy(policy)?.document;
        let found = check(document, policy_type);
        let errors =
            found.iter().filter(|finding| finding.rule.severity == Severity::Error).count();
        (errors > 0).then_some((policy, errors))
    };
    policies.into_iter().filter_map(errors).collect()
}

fn emptied(organization: &policy_document::effective::Organization, list: &List) -> String {
    let removed: Vec<_> = list.removed.iter().flat_map(|item| &item.from).collect();
    if removed.is_empty() {
        names::sources(organization, &list.assigned)
    } else {
        format!("emptied by {}", names::sources(organization, removed))
    }
}

/// What is wrong with an effective policy, and what follows.
pub fn found(loaded: &Loaded, findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let severity = finding.rule.severity.word();
        let policies = names::policies(&loaded.organization, &finding.policies);
        let doubt = if finding.certain { "" } else { " (in some orders of attachment)" };
        text.push_str(&format!(
            "{severity}[{}]: {}: {}{doubt}\n  at {}, from {policies}\n",
            finding.rule.code,
            one_line(&finding.found),
            finding.allowed,
            one_line(&finding.pointer),
        ));
    }
    let errors = || findings.iter().filter(|finding| finding.rule.severity == Severity::Error);
    if errors().any(|finding| finding.certain) {
        text.push_str("AWS withholds this effective policy; the account keeps its last valid one, if it had any.\n");
    } else if errors().next().is_some() {
        text.push_str("AWS withholds this effective policy in some orders of attachment.\n");
    }
    text
}

/// What hangs on an order of attachment that is not known.
pub fn undecided(loaded: &Loaded, effective: &Effective) -> String {
    let mut lines = Lines::default();
    for decision in effective.decisions() {
        let organization = &loaded.organization;
        let policies = names::policies(organization, &decision.policies);
        let place = names::place(organization, decision.place);
        lines.line(
            0,
            &format!("Undecided: which of {policies} was attached first to {place}, no API tells"),
        );
        for outcome in decision.outcomes.iter().take(MOST_OUTCOMES) {
            let first: Vec<String> =
                outcome.first.iter().map(|policy| names::policy(organization, *policy)).collect();
            lines.line(1, &format!("{} first:", first.join(", then ")));
            for (setting, value) in chosen(effective, &decision, &outcome.candidates) {
                lines.line(2, &format!("{}: {value}", one_line(&setting.path.pointer())));
            }
        }
        let more = decision.outcomes.len().saturating_sub(MOST_OUTCOMES);
        if more > 0 || !decision.complete {
            let least = if decision.complete { "" } else { "at least " };
            lines.line(1, &format!("and {least}{more} more; --format json has them"));
        }
    }
    lines.written()
}

/// The settings of a decision, each with the value that an outcome gives it.
fn chosen<'a>(
    effective: &'a Effective,
    decision: &'a Decision,
    candidates: &'a [usize],
) -> impl Iterator<Item = (&'a Setting, String)> {
    decision.settings.iter().zip(candidates).filter_map(|(setting, candidate)| {
        let setting = effective.settings.get(*setting)?;
        let value = &setting.candidates.get(*candidate)?.value;
        Some((setting, shown(value)))
    })
}

/// All values that a setting may have: `35 or 90`.
pub fn values(setting: &Setting) -> String {
    let values: Vec<String> =
        setting.candidates.iter().map(|candidate| shown(&candidate.value)).collect();
    values.join(" or ")
}

/// A value in one line.
pub fn shown(value: &Value) -> String {
    match value {
        Value::One(value, _) => one_line(&value.to_string()),
        Value::List(list) => {
            let items: Vec<String> =
                list.items.iter().map(|item| one_line(&item.value.to_string())).collect();
            format!("[{}]", items.join(", "))
        }
    }
}
