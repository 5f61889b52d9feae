//! `org-policy effective ACCOUNT`.

mod account;
mod accounts;
mod control;
mod json;
mod lines;
mod load;
mod names;
mod with;

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use policy_document::check::{Severity, policy_types};
use policy_document::effective::{PlaceId, merges};

use self::load::Loaded;
use self::with::After;
use super::{Exit, print};
use crate::input::{Deployment, Problem};
use crate::terminal;

/// Says what an account ends up with, and which policy each value comes from
///
/// A backup policy, or another management policy, is written in pieces: at the root, at OUs and at the account. What the
/// account gets is their merge. Service control policies and resource control policies do not merge: of them, it says
/// which apply, and with --action what denies an action.
///
/// FILE describes the organization: the root, its OUs and accounts, the policies, and which are attached where.
#[derive(Debug, Args)]
#[command(override_usage = USAGE, after_long_help = AFTER)]
pub struct Arguments {
    /// The account: its id or its name. Of an OU or the root, it says what an account in it inherits
    #[arg(value_name = "ACCOUNT", required_unless_present = "all")]
    of: Option<String>,

    /// Every account: groups of those alike, those without any policy, and what is wrong
    #[arg(long, conflicts_with = "of")]
    all: bool,

    /// The file that describes the organization, in YAML or JSON
    #[arg(long, short, value_name = "FILE")]
    organization: PathBuf,

    /// The type of the policies; with --action, both types of control policies if it is left out
    #[arg(long = "type", value_name = "TYPE", ignore_case = true)]
    #[arg(value_parser = PossibleValuesParser::new(policy_types()))]
    policy_type: Option<String>,

    /// Ask what control policies say to an action, such as backup:DeleteRecoveryPoint
    #[arg(long, value_name = "ACTION", value_parser = action)]
    action: Option<String>,

    /// How the answer is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: Format,

    /// What would be after a deployment of this template, as a difference
    #[arg(long, value_name = "TEMPLATE")]
    with: Option<PathBuf>,

    #[command(flatten)]
    deployment: Deployment,
}

const USAGE: &str = "\
org-policy effective [OPTIONS] --organization <FILE> <ACCOUNT>
       org-policy effective [OPTIONS] --organization <FILE> --all";

const AFTER: &str = "\
The file, in short; docs/EFFECTIVE.md has all of it:

    policies:
      - name: daily
        type: BACKUP_POLICY
        file: daily.json
    root:
      policies: [daily]
      accounts:
        - id: \"111122223333\"

Exit status:
  0  the question is answered, and nothing is wrong
  1  AWS withholds an effective policy, or may do so
  2  something could not be read, or there is no such account

Examples:
  org-policy effective -o organization.yaml 111122223333
  org-policy effective -o organization.yaml --all
  org-policy effective -o organization.yaml --all --with backup-policies.yaml --parameters Vault=backups
  org-policy effective -o organization.yaml 111122223333 --action backup:DeleteRecoveryPoint";

/// How the answer is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: each value with the policies it comes from
    #[default]
    Text,
    /// For programs: one object, described in docs/EFFECTIVE.md
    Json,
}

/// An answer, and whether something is wrong.
struct Answer {
    text: String,
    is_wrong: bool,
}

impl Arguments {
    /// Reads the organization, and answers.
    pub fn run(self) -> Exit {
        match self.answer() {
            Ok(answer) => {
                let exit = if answer.is_wrong { Exit::Found } else { Exit::Clean };
                print(&answer.text, exit)
            }
            Err(messages) => {
                messages.iter().for_each(|message| terminal::complain(message));
                Exit::Unusable
            }
        }
    }

    fn answer(&self) -> Result<Answer, Vec<String>> {
        let loaded = self.load()?;
        let one = |message: String| vec![message];
        let places = self.places(&loaded).map_err(one)?;
        let types = self.control_types().map_err(one)?;
        let policy_type = self.policy_type.as_deref().unwrap_or("BACKUP_POLICY");
        let after = self.after()?;
        let is_json = self.format == Format::Json;
        if self.action.is_some() || !merges(policy_type) {
            let loaded = after.as_ref().map_or(&loaded, |after| &after.loaded);
            let text = self.of_control(loaded, &places, &types, policy_type);
            return Ok(Answer { text, is_wrong: false });
        }
        let place = places.first().copied().filter(|_| !self.all);
        Ok(match (&after, place) {
            (Some(after), _) => with::answer(&loaded, after, place, policy_type, is_json),
            (None, Some(place)) => account::answer(&loaded, place, policy_type, is_json),
            (None, None) => accounts::answer(&loaded, policy_type, is_json),
        })
    }

    fn load(&self) -> Result<Loaded, Vec<String>> {
        load::load(&self.organization).map_err(|problems| texts(&problems))
    }

    /// The organization after the deployment that is asked for, if one is.
    fn after(&self) -> Result<Option<After>, Vec<String>> {
        let Some(template) = &self.with else { return Ok(None) };
        let after = with::deployed(self.load()?, template, &self.deployment);
        after.map(Some).map_err(|problems| texts(&problems))
    }

    fn of_control(
        &self,
        loaded: &Loaded,
        places: &[PlaceId],
        types: &[&str],
        policy_type: &str,
    ) -> String {
        let is_json = self.format == Format::Json;
        match &self.action {
            Some(action) if is_json => json::question(loaded, places, types, action),
            Some(action) if self.all => control::question_of_all(loaded, places, types, action),
            Some(action) => control::question(loaded, places, types, action),
            None if is_json => json::applied(loaded, places, policy_type),
            None => control::applied(loaded, places, policy_type),
        }
    }

    /// The types that a question about an action is put to.
    fn control_types(&self) -> Result<Vec<&str>, String> {
        match self.policy_type.as_deref() {
            _ if self.action.is_none() => Ok(Vec::new()),
            None => Ok(policy_types().filter(|policy_type| !merges(policy_type)).collect()),
            Some(policy_type) if !merges(policy_type) => Ok(vec![policy_type]),
            Some(policy_type) => Err(format!(
                "{policy_type} says nothing to actions; leave --type out, or name a type of control policies"
            )),
        }
    }

    fn places(&self, loaded: &Loaded) -> Result<Vec<PlaceId>, String> {
        let organization = &loaded.organization;
        let Some(account) = &self.of else {
            return Ok(organization.accounts().map(|(id, _)| id).collect());
        };
        let found = organization.find(account);
        match found.len() {
            1 => Ok(found),
            0 => Err(format!(
                "{account}: {} has no account of this id or name; --all lists those that it has",
                self.organization.display()
            )),
            several => Err(format!("{account}: {several} places have this name; use the id")),
        }
    }
}

fn texts(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(Problem::to_string).collect()
}

/// An action: a service and a name, without wildcards.
fn action(text: &str) -> Result<String, String> {
    let is_word = |word: &str| {
        !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    match text.split_once(':') {
        Some((service, name)) if is_word(service) && is_word(name) => Ok(text.to_owned()),
        _ => Err("one action of a service, such as backup:DeleteRecoveryPoint".to_owned()),
    }
}

/// Whether one of these is an error.
fn is_wrong<'a>(
    findings: impl IntoIterator<Item = &'a policy_document::effective::Finding>,
) -> bool {
    findings.into_iter().any(|finding| finding.rule.severity == Severity::Error)
}
