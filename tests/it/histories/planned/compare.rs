//! One plan beside the events that followed it.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::Value;
use tokio::time::Instant;

use test_world::engine::SentEvent;
use test_world::fixtures::normal;
use test_world::world::Write;

use super::log::Line;
use super::tally::{Outcome, TALLY};
use super::{Plan, untold};

/// Failures that say nothing of what is declared or there.
const TRANSIENT: [&str; 1] = ["CloudFormation has gone on without this event"];

/// What CloudFormation holds for another resource.
const HOLDS: &str = "CloudFormation says of resource ";

/// A plan, and what followed.
pub(super) struct Comparison<'a> {
    pub(super) plan: &'a Plan,
    pub(super) stack_id: String,
    /// The events of the deployment, and others'.
    pub(super) sent: &'a [SentEvent],
    pub(super) lines: Vec<Line>,
    pub(super) writes: Vec<Write>,
    /// Reads may show what was so long ago.
    pub(super) lag: Duration,
    /// CloudFormation says nothing to the function, or what was true before.
    pub(super) is_vague: bool,
}

/// What the function has made of an event first.
#[derive(Debug)]
enum Made {
    /// These lines, then.
    Planned(Instant, Vec<String>),
    /// It has failed before it had a plan.
    Failed(Instant, String),
}

impl Comparison<'_> {
    pub(super) fn all(&self) -> Result<(), TestCaseError> {
        let planned = self.plan.said["resources"].as_array().expect("a list");
        for planned in planned {
            self.check_unknown(planned)?;
            let outcome = match planned["event"].as_str().expect("a text") {
                "no event" => self.without_event(planned)?,
                event @ ("Create" | "Update") => self.changed(planned, event)?,
                _ => self.removed(planned)?,
            };
            outcome.into_iter().for_each(|outcome| TALLY.count(outcome));
        }
        self.check_nothing_else(planned)
    }

    /// The values that are unknown are those that no template tells.
    fn check_unknown(&self, planned: &Value) -> Result<(), TestCaseError> {
        let unknown = planned["unknown"].as_array().expect("a list").iter();
        let unknown: BTreeSet<String> =
            unknown.map(|one| one["path"].as_str().expect("a text").to_owned()).collect();
        let id = text(planned, "logical_id");
        let expected = match planned["event"].as_str() {
            Some("Create" | "Update") => self.plan.after[id].untold.clone(),
            _ => BTreeSet::new(),
        };
        prop_assert_eq!(unknown, expected, "what is unknown of {}", planned);
        Ok(())
    }

    /// Each event that was sent is in the plan.
    fn check_nothing_else(&self, planned: &[Value]) -> Result<(), TestCaseError> {
        for id in self.plan.after.keys() {
            let Some(sent) = self.first(id) else { continue };
            let found = planned.iter().any(|planned| {
                text(planned, "logical_id") == id && text(planned, "event") == sent.request_type
            });
            prop_assert!(found || self.is_untold(id), "{sent:?} is not in {}", self.plan.said);
        }
        Ok(())
    }

    fn without_event(&self, planned: &Value) -> Result<Option<Outcome>, TestCaseError> {
        let id = text(planned, "logical_id");
        let sent = match self.plan.after.contains_key(id) {
            true => self.first(id),
            // What is retained leaves without an event.
            false => self.events(id).find(|sent| sent.request_type == "Delete"),
        };
        if sent.is_none() {
            return Ok(Some(Outcome::NoEvent));
        }
        prop_assert!(self.is_untold(id), "{sent:?}, and {planned}");
        Ok(Some(Outcome::Untold))
    }

    fn changed(&self, planned: &Value, event: &str) -> Result<Option<Outcome>, TestCaseError> {
        let id = text(planned, "logical_id");
        let Some(sent) = self.first(id) else {
            prop_assert!(self.is_untold(id), "there was no event of {planned}");
            return Ok(Some(Outcome::Untold));
        };
        prop_assert_eq!(&sent.request_type, event, "{}", planned);
        if self.is_untold(id) {
            self.check_targets(planned, sent)?;
            return Ok(Some(Outcome::Untold));
        }
        self.check_values(planned)?;
        self.event(planned, sent).map(Some)
    }

    /// The new values are those of the properties: the lines show the size of a document only.
    fn check_values(&self, planned: &Value) -> Result<(), TestCaseError> {
        let truth = &self.plan.after[text(planned, "logical_id")].truth;
        for change in planned["changes"].as_array().expect("a list") {
            let declared = match text(change, "path") {
                "Name" => &truth["Name"],
                "Description" => continue,
                "Tags.tag" => &truth["Tags"][0]["Value"],
                path => {
                    path.strip_prefix("Content.").map_or(&Value::Null, |key| &truth["Content"][key])
                }
            };
            prop_assert_eq!(&change["new"], declared, "{}", change);
        }
        Ok(())
    }

    /// A value of a tag or of the document that no template tells hides no change of the targets.
    fn check_targets(&self, planned: &Value, sent: &SentEvent) -> Result<(), TestCaseError> {
        let id = text(planned, "logical_id");
        let both = [&self.plan.before, &self.plan.after];
        let mut untold = both.iter().filter_map(|one| one.get(id)).flat_map(|one| &one.untold);
        if untold.any(|path| !path.starts_with("Tags") && !path.starts_with("Content")) {
            return Ok(());
        }
        let Some(made) = self.made(sent) else { return Ok(()) };
        let is_open = self.is_unfinished(sent, &made) || !planned["error"].is_null();
        let Made::Planned(at, lines) = made else { return Ok(()) };
        if is_open {
            return Ok(());
        }
        let attaches = |line: &&str| line.starts_with("attach ") || line.starts_with("detach ");
        let lines: Vec<&str> = lines.iter().map(String::as_str).filter(attaches).collect();
        let said = planned["lines"].as_array().expect("a list").iter();
        let said: Vec<&str> = said.filter_map(Value::as_str).filter(attaches).collect();
        prop_assert!(
            said == lines || self.hand(planned, Some(sent), at),
            "{:?} made {:?}, and the plan was {:#}",
            sent,
            lines,
            planned
        );
        Ok(())
    }

    /// A Delete is sent when all else has succeeded.
    fn removed(&self, planned: &Value) -> Result<Option<Outcome>, TestCaseError> {
        if !self.plan.deployed {
            return Ok(None);
        }
        let id = text(planned, "logical_id");
        let held = planned["policy"]["id"].as_str();
        let deletes = |sent: &&SentEvent| {
            sent.request_type == "Delete" && held.is_none_or(|held| sent.physical_id == held)
        };
        let sent = self.events(id).find(deletes);
        if self.is_untold(id) {
            return Ok(Some(Outcome::Untold));
        }
        match sent {
            Some(sent) => self.event(planned, sent).map(Some),
            // The Update was to replace the policy, and has not.
            None if self.plan.after.contains_key(id) => {
                prop_assert!(self.hand(planned, None, Instant::now()), "there was no {planned}");
                Ok(Some(Outcome::AnothersHand))
            }
            None => Err(TestCaseError::fail(format!("there was no {planned}"))),
        }
    }

    /// One event beside its plan.
    fn event(&self, planned: &Value, sent: &SentEvent) -> Result<Outcome, TestCaseError> {
        let Some(made) = self.made(sent) else { return Ok(Outcome::NotReached) };
        let error = planned["error"].as_str().map(normal);
        let (at, equal) = match &made {
            Made::Planned(at, lines) => {
                let planned = planned["lines"].as_array().expect("a list").iter();
                let planned: Vec<String> =
                    planned.map(|line| normal(line.as_str().expect("a text"))).collect();
                (*at, error.is_none() && planned == *lines)
            }
            Made::Failed(at, reason) => {
                (*at, error == Some(format!("the deployment would fail: {reason}")))
            }
        };
        if equal {
            return Ok(Outcome::Equal);
        }
        if self.is_unfinished(sent, &made) {
            return Ok(Outcome::NotReached);
        }
        let mut asked = self.lines.iter().filter(|line| line.event == sent.request_id);
        if self.is_vague && asked.any(|line| line.text.starts_with(HOLDS)) {
            return Ok(Outcome::Silence);
        }
        prop_assert!(
            self.hand(planned, Some(sent), at),
            "{sent:?} made {made:?}, and the plan was {planned:#}\nsince then there were {:#?}",
            self.writes
                .iter()
                .filter(|write| write.at + self.lag >= self.plan.at)
                .map(|write| format!("{write:?}"))
                .collect::<Vec<_>>()
        );
        Ok(Outcome::AnothersHand)
    }

    /// What the function has made of an event first. A Create plans once more when CreatePolicy has said that there is
    /// a policy of the name.
    fn made(&self, sent: &SentEvent) -> Option<Made> {
        let own = self.lines.iter().filter(|line| line.event == sent.request_id);
        let mut plans: Vec<(Instant, Vec<String>)> = Vec::new();
        for line in own {
            let Some(planned) = line.text.strip_prefix("plan: ") else {
                if line.text.starts_with(HOLDS) {
                    continue;
                }
                // What follows is the removal of something else.
                if !line.text.starts_with("FAILED ") {
                    break;
                }
                let (_, reason) = line.text.split_once(": ").expect("FAILED id: reason");
                if TRANSIENT.iter().any(|transient| reason.contains(transient)) {
                    break;
                }
                if plans.is_empty() || self.looks_again(sent, &plans[0]) && plans.len() == 1 {
                    return Some(Made::Failed(line.at, normal(reason)));
                }
                break;
            };
            match plans.last_mut().filter(|(at, _)| *at == line.at) {
                Some((_, lines)) => lines.push(normal(planned)),
                None => plans.push((line.at, vec![normal(planned)])),
            }
        }
        let again = plans.len() > 1 && self.looks_again(sent, &plans[0]);
        let (at, lines) = plans.into_iter().nth(usize::from(again))?;
        // Whether there is a policy of the name is found then.
        let created = self.created(sent).map(|created| created.at);
        Some(Made::Planned(created.unwrap_or(at).max(at), lines))
    }

    /// Whether the event was to create a policy, and has neither done so nor looked again.
    fn is_unfinished(&self, sent: &SentEvent, made: &Made) -> bool {
        matches!(made, Made::Planned(at, lines) if self.looks_again(sent, &(*at, lines.clone())))
    }

    /// Whether the first plan was to create a policy, and none was created.
    fn looks_again(&self, sent: &SentEvent, (_, lines): &(Instant, Vec<String>)) -> bool {
        self.created(sent).is_none() && lines.iter().any(|line| line.starts_with("create policy"))
    }

    fn created(&self, sent: &SentEvent) -> Option<&Write> {
        let mut own =
            self.writes.iter().filter(|write| write.by.as_ref() == Some(&sent.request_id));
        own.find(|write| write.operation == "CreatePolicy")
    }

    /// Whether, between the plan and the function's own, another event has changed the policy, or one of its name.
    fn hand(&self, planned: &Value, sent: Option<&SentEvent>, until: Instant) -> bool {
        let id = text(planned, "logical_id");
        let mut names: BTreeSet<(String, String)> = BTreeSet::new();
        for resources in [&self.plan.before, &self.plan.after] {
            let truth = resources.get(id).map(|resource| &resource.truth);
            names.extend(
                truth.map(|truth| (text(truth, "Name").to_owned(), text(truth, "Type").to_owned())),
            );
        }
        let mut policies: BTreeSet<&str> = planned["policy"]["id"].as_str().into_iter().collect();
        policies.extend(sent.map(|sent| sent.physical_id.as_str()));
        let adopted = self.plan.after.get(id).and_then(|one| one.truth["AdoptExisting"].as_str());
        policies.extend(adopted);
        let since = self.plan.at.checked_sub(self.lag).unwrap_or(self.plan.at);
        self.writes.iter().any(|write| {
            (since..=until).contains(&write.at)
                && sent.is_none_or(|sent| write.by.as_ref() != Some(&sent.request_id))
                && (policies.contains(write.policy.as_str())
                    || write.names.iter().any(|name| names.contains(name)))
        })
    }

    fn is_untold(&self, id: &str) -> bool {
        untold(&self.plan.before, id) || untold(&self.plan.after, id)
    }

    fn events(&self, id: &str) -> impl Iterator<Item = &SentEvent> {
        let own = self.sent.iter().filter(|sent| sent.stack_id == self.stack_id);
        own.filter(move |sent| sent.logical_id == id)
    }

    /// The first event of a resource that stays or comes: what follows is its rollback.
    fn first(&self, id: &str) -> Option<&SentEvent> {
        self.events(id).find(|sent| sent.request_type != "Delete")
    }
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}
