//! `org-policy effective ACCOUNT`.

mod account;
mod accounts;
mod control;
mod json;
mod lines;
mod live;
mod load;
mod names;
mod with;

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use policy_document::check::{Severity, policy_types};
use policy_document::effective::{PlaceId, merges};

use self::live::{Asked, Live};
use self::load::Loaded;
use self::with::After;
use super::{Exit, print};
use crate::aws::Types;
use crate::input::{Deployment, Problem};
use crate::terminal;

/// Says what an account ends up with, and which policy each value comes from
///
/// A backup policy, or another management policy, is written in pieces: at the root, at OUs and at the account. What the
/// account gets is their merge. Service control policies and resource control policies do not merge: of them, it says
/// which apply, and with --action what denies an action.
///
/// FILE describes the organization: the root, its OUs and accounts, the policies, and which are attached where. With
/// --live they are read from AWS, and what is computed is compared with what AWS shows.
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
    #[arg(long, short, value_name = "FILE", required_unless_present = "live")]
    organization: Option<PathBuf>,

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

    #[command(flatten)]
    aws: live::FromAws,
}

const USAGE: &str = "\
org-policy effective [OPTIONS] --organization <FILE> <ACCOUNT>
       org-policy effective [OPTIONS] --organization <FILE> --all
       org-policy effective [OPTIONS] --live <ACCOUNT>
       org-policy effective [OPTIONS] --live --all";

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
  1  AWS withholds an effective policy, or may do so, or shows something else
  2  something could not be read, or there is no such account

Examples:
  org-policy effective -o organization.yaml 111122223333
  org-policy effective -o organization.yaml --all
  org-policy effective -o organization.yaml --all --with backup-policies.yaml --parameters Vault=backups
  org-policy effective -o organization.yaml 111122223333 --action backup:DeleteRecoveryPoint
  org-policy effective --live --all --save organization.json";

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
    /// What keeps a part of it from being there.
    problem: Option<String>,
}

impl Arguments {
    /// Reads the organization, and answers.
    pub fn run(self) -> Exit {
        match self.answer() {
            Ok(answer) => {
                let exit = match answer {
                    Answer { problem: Some(_), .. } => Exit::Unusable,
                    Answer { is_wrong: true, .. } => Exit::Found,
                    _ => Exit::Clean,
                };
                let exit = print(&answer.text, exit);
                answer.problem.iter().for_each(|problem| terminal::complain(problem));
                exit
            }
            Err(messages) => {
                messages.iter().for_each(|message| terminal::complain(message));
                Exit::Unusable
            }
        }
    }

    fn answer(&self) -> Result<Answer, Vec<String>> {
        let (loaded, live) = self.load()?;
        let one = |message: String| vec![message];
        let places = self.places(&loaded).map_err(one)?;
        let types = self.control_types().map_err(one)?;
        let policy_type = self.policy_type();
        let after = self.after(&loaded)?;
        let is_json = self.format == Format::Json;
        if self.action.is_some() || !merges(policy_type) {
            let loaded = after.as_ref().map_or(&loaded, |after| &after.loaded);
            let text = self.of_control(loaded, &places, &types, policy_type);
            return Ok(Answer { text, is_wrong: false, problem: None });
        }
        let place = places.first().copied().filter(|_| !self.all);
        if let Some(after) = &after {
            return Ok(with::answer(&loaded, after, place, policy_type, is_json));
        }
        let (asked, problem) = match live.map(|live| self.ask(&live, &loaded, place)) {
            None => (None, None),
            Some(Ok(asked)) => (Some(asked), None),
            Some(Err(problem)) => (None, Some(problem)),
        };
        let answer = match place {
            Some(place) => account::answer(&loaded, place, policy_type, asked.as_ref(), is_json),
            None => accounts::answer(&loaded, policy_type, asked.as_ref(), is_json),
        };
        Ok(Answer { problem, ..answer })
    }

    fn policy_type(&self) -> &str {
        self.policy_type.as_deref().unwrap_or("BACKUP_POLICY")
    }

    /// The organization; if it is read from AWS, with the way to ask more.
    fn load(&self) -> Result<(Loaded, Option<Live>), Vec<String>> {
        if let Some(file) = &self.organization {
            let loaded = load::load(file).map_err(|problems| texts(&problems))?;
            return Ok((loaded, None));
        }
        let read = self.aws.read(self.deployment.region(), self.types());
        let (organization, live) = read.map_err(|problem| vec![problem])?;
        Ok((Loaded::live(organization), Some(live)))
    }

    /// The types whose policies the question is about. A template may declare policies of every type.
    fn types(&self) -> Types {
        let of_control = || policy_types().filter(|policy_type| !merges(policy_type));
        match (&self.with, &self.action, self.policy_type.as_deref()) {
            (Some(_), _, _) => Types::Enabled,
            (None, Some(_), None) => Types::Only(of_control().map(str::to_owned).collect()),
            _ => Types::Only(vec![self.policy_type().to_owned()]),
        }
    }

    /// What AWS makes of it.
    fn ask(&self, live: &Live, loaded: &Loaded, of: Option<PlaceId>) -> Result<Asked, String> {
        let organization = &loaded.organization;
        let asked = live::ask(live, organization, of, self.policy_type(), self.aws.sample);
        asked.map_err(|problem| problem.to_string())
    }

    /// The organization after the deployment that is asked for, if one is.
    fn after(&self, loaded: &Loaded) -> Result<Option<After>, Vec<String>> {
        let Some(template) = &self.with else { return Ok(None) };
        let after = with::deployed(loaded.clone(), template, &self.deployment);
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

    /// Where the organization was read.
    fn organized_in(&self) -> String {
        let file = self.organization.as_ref().map(|file| file.display().to_string());
        file.unwrap_or_else(|| "the organization".to_owned())
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
                self.organized_in()
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
