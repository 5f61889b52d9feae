//! A CloudFormation template, evaluated: what a deployment would hand to its resources.
//!
//! ```text
//! template + inputs → parameters → conditions → resources → policies
//! ```
//!
//! Pure: other files come through [`Files`]. What only a deployment can know becomes
//! [`Value::Unknown`](crate::tree::Value::Unknown) with its reason; it is never guessed. A template
//! that CloudFormation would refuse is evaluated as far as it goes, and its faults are listed.
//!
//! Source: the CloudFormation template reference (intrinsic functions, pseudo parameters,
//! AWS::LanguageExtensions, AWS::Include), read in 2026-11.

mod conditions;
mod evaluator;
mod findings;
mod foreach;
mod functions;
mod inputs;
mod locks;
mod nested;
mod parameters;
mod policies;
mod rules;
mod text;

pub use findings::{PlacedFinding, each_template, findings};
pub use inputs::{Inputs, ParameterFileError};
pub use policies::{DeclaredPolicy, declared_policies};
pub use rules::RULES;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::tree::{Node, Span};
use evaluator::Evaluator;

/// Other files that a template names: nested templates and includes.
pub trait Files {
    /// The text at `location`, as the template names it: a path relative to the template `from`, or
    /// a URL. With it the name that its own relative paths begin from.
    ///
    /// # Errors
    /// Why it cannot be read, as the reason of an Unknown.
    fn read(&self, from: &str, location: &str) -> Result<SourceFile, String>;
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path, as messages name it.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// No other files: every location is Unknown.
#[derive(Clone, Copy, Debug)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str, location: &str) -> Result<SourceFile, String> {
        Err(format!("the file {location}"))
    }
}

/// A value, or why it is not known: `the attribute Arn of Vault`.
type Known<T> = Result<T, String>;

/// A loop or an include that cannot be written out, so that nobody knows what it would add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// Where in the source.
    pub span: Span,
    /// Why it is not known.
    pub reason: String,
}

/// What a template comes to.
#[derive(Clone, Debug, Default)]
pub struct Template {
    /// Its resources, in the order of the source, those of loops written out. One whose condition is
    /// false is not among them.
    pub resources: Vec<Resource>,
    /// The values of its outputs whose condition is not false.
    pub outputs: BTreeMap<String, Node>,
    /// The names of its exports, and their values, as far as both are known.
    pub exports: BTreeMap<String, Node>,
    /// Parameters that are given and that it does not declare. CloudFormation refuses them.
    pub undeclared_parameters: Vec<String>,
    /// Loops and includes that may hold more of these.
    pub unresolved: Vec<Unresolved>,
    /// What CloudFormation would refuse.
    pub faults: Vec<TemplateFault>,
}

/// Something that CloudFormation refuses in a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateFault {
    /// Where in the source.
    pub span: Span,
    /// What is wrong, and what would be right.
    pub problem: String,
}

/// One resource of a template.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its name in the template.
    pub logical_id: String,
    /// Its type, such as `Custom::OrgPolicy`.
    pub resource_type: String,
    /// Whether its condition is known to be true; else why it is not known.
    pub condition: Result<(), String>,
    /// Its properties as CloudFormation hands them over: to a custom resource, numbers and booleans
    /// as texts.
    pub properties: Node,
    /// Its Metadata, evaluated in the same way.
    pub metadata: Option<Node>,
    /// Its DeletionPolicy: what becomes of it when it leaves the template, or its stack is deleted.
    pub deletion_policy: Option<Node>,
    /// Its UpdateReplacePolicy: what becomes of it when an update replaces it.
    pub update_replace_policy: Option<Node>,
    /// Where its name stands.
    pub span: Span,
    /// Where in the template, as a JSON pointer: `/Resources/Guard`.
    pub pointer: String,
    /// The template that it deploys, if it is a nested stack or a StackSet; or why that is not
    /// known.
    pub nested: Option<Result<Arc<NestedTemplate>, String>>,
}

/// The template of a nested stack or a StackSet.
#[derive(Clone, Debug)]
pub struct NestedTemplate {
    /// The file that it stands in, and its text, which the spans are about.
    pub source: SourceFile,
    /// The tree of that text.
    pub root: Node,
    /// What it comes to, with the parameters that the resource hands over.
    pub template: Template,
}

/// What `template` comes to with these inputs. `name` is its file, for messages and relative paths.
pub fn evaluate(name: &str, template: &Node, inputs: &Inputs, files: &dyn Files) -> Template {
    Evaluator::new(name, template, inputs, files, &nested::Budget::default()).evaluate()
}
