//! `org-policy evaluate TEMPLATE`.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use policy_document::template::{self, Resource, Template};
use policy_document::tree::{self, Node, Value};
use serde_json::{Map, Value as Json, json};

use super::{Exit, written};
use crate::input::{Deployment, Folder, Problem, Source, text_of};
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
        let template = match self.evaluated() {
            Ok(template) => template,
            Err(problem) => {
                terminal::complain(&problem.to_string());
                return Exit::Unusable;
            }
        };
        let whole = whole(&template, self.resource_type.as_deref());
        let text = serde_json::to_string_pretty(&whole).unwrap_or_default();
        let exit = if template.faults.is_empty() { Exit::Clean } else { Exit::Found };
        let result = anstream::stdout()
            .write_all(format!("{text}\n").as_bytes())
            .and_then(|()| io::stdout().flush());
        written(result, "write to standard output", exit)
    }

    fn evaluated(&self) -> Result<Template, Problem> {
        let path = self.template.display().to_string();
        let problem = |message: String| Problem { path: path.clone(), position: None, message };
        let source = Source::new(path.clone(), text_of(&self.template).map_err(&problem)?);
        let root = tree::parse(&source.text).map_err(|error| Problem {
            position: Some(source.position(error.span.start)),
            ..problem(error.message)
        })?;
        let template = template::evaluate(&path, &root, &self.deployment.inputs()?, &Folder);
        if let Some(name) = template.undeclared_parameters.first() {
            return Err(problem(format!(
                "set the parameters: the template does not declare {name}; correct the name"
            )));
        }
        for fault in &template.faults {
            let position = Some(source.position(fault.span.start));
            let message = fault.problem.clone();
            terminal::complain(&Problem { path: path.clone(), position, message }.to_string());
        }
        Ok(template)
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
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Number(text) => text.parse().map_or_else(|_| json!(text), Json::Number),
        Value::String(text) => json!(text),
        Value::Array(items) => items.iter().map(value_of).collect(),
        Value::Object(members) => Json::Object(
            members.iter().map(|member| (member.key.clone(), value_of(&member.node))).collect(),
        ),
        Value::Unknown(reason) => json!({"Unknown": reason}),
    }
}
