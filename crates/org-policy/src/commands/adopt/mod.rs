//! `org-policy adopt`.

mod template;
mod resource;
mod live;

use clap::Args;
use clap::builder::PossibleValuesParser;
use policy_document::check::policy_types;

use self::resource::resources;
use super::{Exit, print};
use crate::aws::{Options, Problem, Session};
use crate::terminal;

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

    /// The stack that contains the function
    #[arg(long, value_name = "STACK", default_value = "cfn-org-policy")]
    function_stack: String,

    #[command(flatten)]
    options: Options,
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
    pub fn run(self) -> Exit {
        let policies = match self.read() {
            Ok(policies) => policies,
            Err(problem) => {
                terminal::complain(&problem.to_string());
                return Exit::Unusable;
            }
        };
        if let Some(name) =
            self.names.iter().find(|name| !policies.iter().any(|policy| policy.name == **name))
        {
            terminal::complain(&format!(
                "find policy {name:?}: there is none of this name that is not AWS's own; correct the name, or name its --type"
            ));
            return Exit::Unusable;
        }
        let (resources, mut notes) = resources(policies, &self.names);
        if resources.len() > MOST_RESOURCES {
            notes.push(format!(
                "write the template: it has {} resources, and CloudFormation takes {MOST_RESOURCES}; take the policies over in parts, by --type or --name",
                resources.len()
            ));
        }
        notes.iter().for_each(|note| terminal::complain(note));
        let exit = if notes.is_empty() { Exit::Clean } else { Exit::Found };
        print(template::text(&resources, &self.function_stack), exit)
    }

    fn read(&self) -> Result<Vec<live::Policy>, Problem> {
        let session = Session::connect(&self.options)?;
        let progress = session.progress("reading policies");
        session.run(live::policies(&session, self.policy_type.as_deref(), &self.names, &progress))
    }
}
