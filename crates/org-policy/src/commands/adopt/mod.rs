//! `org-policy adopt`.

mod template;
mod resource;
mod live;
mod paths;

use std::collections::BTreeMap;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use policy_document::check::policy_types;

use self::resource::resources;
use super::{Answer, Exit};
use crate::aws::{Options, Problem, Progress, Session};

/// The most resources that CloudFormation takes in one template (CloudFormation quotas).
const MOST_RESOURCES: usize = 500;

/// Writes a template that takes over policies as they are
///
/// Each policy that exists becomes a resource with its content, description, targets and tags of now. So the deployment of
/// the template changes nothing but the tags by which the function knows its own. A policy that AWS or Control Tower manages
/// is left out; so is one that a stack has already, unless it is named.
///
/// It only reads. What cannot be taken over without a change is said on standard error.
#[derive(Debug, Args)]
#[command(after_long_help = AFTER)]
pub struct Arguments {
    /// Only policies of this type; without it, of all types that are enabled
    #[arg(long = "type", value_name = "TYPE", ignore_case = true)]
    #[arg(value_parser = PossibleValuesParser::new(policy_types()))]
    policy_type: Option<String>,

    /// Only policies of this name; may be given several times
    #[arg(long = "name", value_name = "NAME")]
    names: Vec<String>,

    /// How the template names OUs and the root
    #[arg(long, value_enum, default_value_t)]
    targets: Targets,

    /// The stack that contains the function
    #[arg(long, value_name = "STACK", default_value = "cfn-org-policy")]
    function_stack: String,

    #[command(flatten)]
    options: Options,
}

/// How a template names what a policy is attached to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Targets {
    /// By their ids
    #[default]
    Ids,
    /// OUs by their paths (/Security/Backup) and the root as Root; where a path leads to several OUs, by its id
    Paths,
}

/// Policies, and what to call their targets other than by their ids.
struct Read {
    policies: Vec<live::Policy>,
    paths: BTreeMap<String, String>,
}

const AFTER: &str = "\
Exit status:
  0  every policy is in the template
  1  some are left out, or change by the deployment: standard error says which, and why
  2  something could not be read, or there is no such policy

Examples:
  org-policy adopt --type SERVICE_CONTROL_POLICY > adopted.yaml
  org-policy adopt --name deny-leaving --name trail-stays > adopted.yaml";

impl Arguments {
    /// Reads the policies, and prints the template.
    pub fn run(self) -> std::process::ExitCode {
        let unusable = Exit::Unusable as u8;
        let answer = match Session::connect(&self.options) {
            Ok(session) => {
                let progress = session.progress("reading policies");
                session.run(self.answer(&session, &progress))
            }
            Err(problem) => Answer::complaint(unusable, problem.to_string()),
        };
        answer.written(unusable)
    }

    /// The template, and what is to be said of it.
    pub async fn answer(&self, session: &Session, progress: &Progress) -> Answer {
        let unusable = |problem: String| Answer::complaint(Exit::Unusable as u8, problem);
        let Read { policies, paths } = match self.read(session, progress).await {
            Ok(read) => read,
            Err(problem) => return unusable(problem.to_string()),
        };
        if let Some(name) =
            self.names.iter().find(|name| !policies.iter().any(|policy| policy.name == **name))
        {
            return unusable(format!(
                "find policy {name:?}: there is none of this name that is not AWS's own; correct the name, or name its --type"
            ));
        }
        let (resources, mut notes) = resources(policies, &self.names, &paths);
        if resources.len() > MOST_RESOURCES {
            notes.push(format!(
                "write the template: it has {} resources, and CloudFormation takes {MOST_RESOURCES}; take the policies over in parts, by --type or --name",
                resources.len()
            ));
        }
        let exit = if notes.is_empty() { Exit::Clean } else { Exit::Found };
        Answer {
            status: exit as u8,
            output: template::text(&resources, &self.function_stack),
            complaints: notes,
        }
    }

    async fn read(&self, session: &Session, progress: &Progress) -> Result<Read, Problem> {
        let policy_type = self.policy_type.as_deref();
        let policies = live::policies(session, policy_type, &self.names, progress).await?;
        let paths = match self.targets {
            Targets::Ids => BTreeMap::new(),
            Targets::Paths => paths::paths(session, progress).await?,
        };
        Ok(Read { policies, paths })
    }
}
