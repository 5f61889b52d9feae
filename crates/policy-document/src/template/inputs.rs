//! What a deployment hands to a template: parameters, pseudo parameters, exports.

use std::collections::BTreeMap;
use std::fmt;

use crate::tree::{Node, Value};

/// The value of a parameter that CloudFormation hides.
const HIDDEN: &str = "****";

/// What a deployment hands to a template.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// The parameters that are given. All others have their defaults.
    pub parameters: BTreeMap<String, Node>,
    /// What parameters of the types `AWS::SSM::Parameter::Value<…>` stand for.
    pub resolved: BTreeMap<String, String>,
    /// Pseudo parameters, such as `AWS::Region`, as far as they are known.
    pub pseudo: BTreeMap<String, String>,
    /// What other stacks export, as far as it is known.
    pub exports: BTreeMap<String, Node>,
}

/// A file of parameters that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterFileError(String);

impl fmt::Display for ParameterFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: write [{{\"ParameterKey\": …, \"ParameterValue\": …}}], as the AWS CLI has it, or \
             {{\"Parameters\": {{…}}}}, as CodePipeline has it",
            self.0
        )
    }
}

impl std::error::Error for ParameterFileError {}

impl Inputs {
    /// The inputs with the pseudo parameters of a deployment there.
    #[must_use]
    pub fn deployed_in(mut self, account: &str, region: &str, stack_name: &str) -> Self {
        let partition = match region {
            _ if region.starts_with("cn-") => "aws-cn",
            _ if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        let suffix = if partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
        let pseudo = [
            ("AWS::AccountId", account),
            ("AWS::Region", region),
            ("AWS::StackName", stack_name),
            ("AWS::Partition", partition),
            ("AWS::URLSuffix", suffix),
        ];
        self.pseudo.extend(pseudo.map(|(name, value)| (name.to_owned(), value.to_owned())));
        self
    }

    /// Gives a parameter its value. One that CloudFormation hides stays unknown.
    pub fn set(&mut self, name: &str, value: &str) {
        let value = if value == HIDDEN {
            Value::Unknown(format!("the value of parameter {name}, which is hidden"))
        } else {
            Value::String(value.to_owned())
        };
        self.parameters.insert(name.to_owned(), Node::new(value));
    }

    /// Gives the parameters of a file their values: of the AWS CLI's form (`[{"ParameterKey": …,
    /// "ParameterValue": …}]`, also as DescribeStacks answers it, with `ResolvedValue`), or of
    /// CodePipeline's (`{"Parameters": {"Name": "value"}}`).
    ///
    /// # Errors
    /// It has neither form.
    pub fn set_all(&mut self, file: &Node) -> Result<(), ParameterFileError> {
        match &file.value {
            Value::Array(items) => items.iter().try_for_each(|item| self.set_one(item)),
            Value::Object(_) => match file.get("Parameters") {
                Some(parameters) if matches!(parameters.value, Value::Object(_)) => {
                    parameters.members().iter().try_for_each(|member| {
                        let value = member.node.scalar().ok_or_else(|| not_text(&member.key))?;
                        self.set(&member.key, &value);
                        Ok(())
                    })
                }
                _ => Err(ParameterFileError("it has no Parameters".to_owned())),
            },
            _ => Err(ParameterFileError("it is neither a list nor an object".to_owned())),
        }
    }

    fn set_one(&mut self, item: &Node) -> Result<(), ParameterFileError> {
        let Some(name) = item.get("ParameterKey").and_then(Node::as_str) else {
            return Err(ParameterFileError("an entry has no ParameterKey".to_owned()));
        };
        if let Some(resolved) = item.get("ResolvedValue").and_then(Node::as_str) {
            self.resolved.insert(name.to_owned(), resolved.to_owned());
        }
        match item.get("ParameterValue") {
            Some(value) => {
                let value = value.scalar().ok_or_else(|| not_text(name))?;
                self.set(name, &value);
            }
            // The stack keeps the value that it has.
            None => {
                let reason = format!("the value that parameter {name} has in the stack");
                self.parameters.insert(name.to_owned(), Node::new(Value::Unknown(reason)));
            }
        }
        Ok(())
    }
}

fn not_text(name: &str) -> ParameterFileError {
    ParameterFileError(format!("the value of {name} is no text"))
}
