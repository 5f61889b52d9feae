//! `org-policy evaluate TEMPLATE`.

use std::path::PathBuf;

use clap::Args;
use policy_document::template::{Resource, Template};
use policy_document::tree::Node;
use serde_json::{Map, Value as Json, json};

use super::{Exit, print};
use crate::input::{Deployment, Evaluated};
use crate::terminal;

/// Prints what a template would hand to its resources
///
/// Parameters, conditions, functions, loops and includes are carried out, as CloudFormation would do it. What only a
/// deployment can know stands there as {"Unknown": reason}. The output is JSON.
#[derive(Debug, Args)]
#[command(after_long_help = AFTER)]
pub struct Arguments {
    /// The template
    #[arg(value_name = "TEMPLATE")]
    template: PathBuf,

    /// Only resources of this type
    #[arg(long = "type", value_name = "TYPE")]
    resource_type: Option<String>,

    #[command(flatten)]
    deployment: Deployment,
}

const AFTER: &str = "\
Exit status:
  0  evaluated
  1  CloudFormation would refuse the template; what could be evaluated is printed all the same
  2  something could not be read

Examples:
  org-policy evaluate stacks/vault-guard.yaml --parameters CentralAccountId=111122223333
  org-policy evaluate template.yaml --type Custom::OrgPolicy --parameters-file parameters.json";

impl Arguments {
    /// Prints what the template comes to.
    pub fn run(self) -> Exit {
        let Evaluated { template, faults, .. } = match self.deployment.evaluate(&self.template) {
            Ok(evaluated) => evaluated,
            Err(problem) => {
                terminal::complain(&problem.to_string());
                return Exit::Unusable;
            }
        };
        faults.iter().for_each(|fault| terminal::complain(&fault.to_string()));
        let whole = whole(&template, self.resource_type.as_deref());
        let text = serde_json::to_string_pretty(&whole).unwrap_or_default();
        let exit = if faults.is_empty() { Exit::Clean } else { Exit::Found };
        print(format!("{text}\n"), exit)
    }
}

fn whole(template: &Template, resource_type: Option<&str>) -> Json {
    let wanted =
        |resource: &&Resource| resource_type.is_none_or(|wanted| resource.resource_type == wanted);
    let resources: Map<String, Json> = template
        .resources
        .iter()
        .filter(wanted)
        .map(|resource| (resource.logical_id.clone(), shown(resource, resource_type)))
        .collect();
    let outputs: Map<String, Json> =
        template.outputs.iter().map(|(name, value)| (name.clone(), value_of(value))).collect();
    json!({"Resources": resources, "Outputs": outputs})
}

fn shown(resource: &Resource, resource_type: Option<&str>) -> Json {
    let mut members = Map::new();
    members.insert("Type".to_owned(), json!(resource.resource_type));
    if let Err(reason) = &resource.condition {
        members.insert("Condition".to_owned(), json!({"Unknown": reason}));
    }
    members.insert("Properties".to_owned(), value_of(&resource.properties));
    match &resource.nested {
        Some(Ok(nested)) => {
            members.insert("Template".to_owned(), whole(&nested.template, resource_type));
        }
        Some(Err(reason)) => {
            members.insert("Template".to_owned(), json!({"Unknown": reason}));
        }
        None => {}
    }
    Json::Object(members)
}

/// The value as JSON, with `{"Unknown": reason}` for what only a deployment knows.
fn value_of(node: &Node) -> Json {
    node.to_json_with(&|reason| Some(json!({"Unknown": reason}))).unwrap_or_default()
}
