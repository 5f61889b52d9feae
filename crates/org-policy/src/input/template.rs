//! The policies that a template declares, and those of the templates that it nests.

use std::path::{Path, PathBuf};

use clap::Args;
use policy_document::template::{
    self, DeclaredPolicy, Files, Inputs, NestedTemplate, PlacedFinding, Resource, SourceFile,
    Template, declared_policies, each_template,
};
use policy_document::tree::{Node, Span, Value};

use super::documents::{self, Document, File, Unknown};
use super::{Problem, Source};

/// What stands for the account that a template is deployed in, if nobody names one.
const ACCOUNT: &str = "111122223333";
/// What stands for the Region.
const REGION: &str = "us-east-1";
/// The key of a resource's Metadata that is addressed to this tool.
const METADATA: &str = "org-policy";

/// The parameters that a template is deployed with.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Templates")]
pub struct Parameters {
    /// Parameters of a template, beside its defaults
    #[arg(long, value_name = "NAME=VALUE", num_args = 1.., value_parser = parameter)]
    parameters: Vec<(String, String)>,

    /// A file with parameters, as the AWS CLI or CodePipeline takes it
    #[arg(long, value_name = "FILE")]
    parameters_file: Vec<PathBuf>,
}

/// What a template is deployed with.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Templates")]
pub struct Deployment {
    #[command(flatten)]
    parameters: Parameters,

    /// The Region of the deployment [default: us-east-1]
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    /// The account of the deployment
    #[arg(long, value_name = "ID", default_value = ACCOUNT)]
    account: String,
}

fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}

impl Deployment {
    /// The Region, if one is given.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// The inputs of a template.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn inputs(&self) -> Result<Inputs, Problem> {
        let region = self.region().unwrap_or(REGION);
        let inputs = Inputs::default().deployed_in(&self.account, region, "stack");
        self.parameters.give(inputs)
    }

    /// Reads a template and carries it out.
    ///
    /// # Errors
    /// A file that cannot be read, or parameters that the template does not declare.
    pub fn evaluate(&self, path: &Path) -> Result<Evaluated, Problem> {
        let inputs = self.inputs()?;
        evaluate(path, |_| inputs)
    }
}

impl Parameters {
    /// The inputs with these parameters. What the command line gives wins over files, and later files
    /// over earlier ones.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn give(&self, mut inputs: Inputs) -> Result<Inputs, Problem> {
        for path in &self.parameters_file {
            let problem = |message: String| {
                let message = format!("read the parameters: {message}");
                Problem::new(path.display().to_string(), message)
            };
            let text = documents::text_of(path).map_err(&problem)?;
            let file =
                policy_document::tree::parse(&text).map_err(|error| problem(error.message))?;
            inputs.set_all(&file).map_err(|error| problem(error.to_string()))?;
        }
        for (name, value) in &self.parameters {
            inputs.set(name, value);
        }
        Ok(inputs)
    }
}

/// Reads a template and carries it out with the inputs that this makes for it.
///
/// # Errors
/// A file that cannot be read, or parameters that the template does not declare.
pub fn evaluate(path: &Path, inputs: impl FnOnce(&Node) -> Inputs) -> Result<Evaluated, Problem> {
    let (source, root) = documents::tree(path)?;
    let template = template::evaluate(&source.path, &root, &inputs(&root), &Folder);
    if !template.undeclared_parameters.is_empty() {
        let names = template.undeclared_parameters.join(", ");
        let message =
            format!("set the parameters: the template does not declare {names}; correct the name");
        return Err(Problem::new(source.path, message));
    }
    let faults = template.faults.iter();
    let faults = faults.map(|fault| Problem::at(&source, fault.span, &fault.problem)).collect();
    Ok(Evaluated { source, template, faults })
}

/// A template, carried out.
#[derive(Debug)]
pub struct Evaluated {
    /// Its text.
    pub source: Source,
    /// What it comes to.
    pub template: Template,
    /// What CloudFormation would refuse.
    pub faults: Vec<Problem>,
}

/// The files beside a template.
#[derive(Debug)]
struct Folder;

impl Files for Folder {
    fn read(&self, from: &str, location: &str) -> Result<SourceFile, String> {
        if location.contains("://") {
            return Err(format!("the file at {location}, which is not read from here"));
        }
        let folder = Path::new(from).parent().unwrap_or_else(|| Path::new(""));
        let path = folder.join(location);
        let text = documents::text_of(&path).map_err(|_| format!("the file {}", path.display()))?;
        Ok(SourceFile { name: path.display().to_string(), text })
    }
}

/// A silence in the Metadata of a resource.
#[derive(Debug, PartialEq, Eq)]
pub struct MetadataSilence {
    /// The document whose findings it silences, by its position in the file.
    pub document: usize,
    /// The code.
    pub code: String,
    /// The reason; empty if there is none.
    pub reason: String,
    /// Where it stands.
    pub span: Span,
}

/// The files of a template and of all that it nests, with the policies in them, checked.
pub fn files(source: Source, root: Node, inputs: &Inputs) -> Vec<File> {
    let template = template::evaluate(&source.path, &root, inputs, &Folder);
    let undeclared_parameters = Some(template.undeclared_parameters.clone());
    let mut files = vec![File { undeclared_parameters, ..File::new(source, root) }];
    each_template(&template, &mut |template, nested| {
        let index = nested.map_or(0, |nested| file_of(&mut files, nested));
        if let Some(file) = files.get_mut(index) {
            read_policies(file, template);
        }
    });
    for placed in template::findings(&template) {
        let is_it = |file: &File| placed.source.is_none_or(|it| it.name == file.source.path);
        if let Some(file) = files.iter_mut().find(|file| is_it(file)) {
            add_finding(file, placed);
        }
    }
    files
}

/// Which of the files a nested template stands in; it is added if it is new.
fn file_of(files: &mut Vec<File>, nested: &NestedTemplate) -> usize {
    let SourceFile { name, text } = &nested.source;
    files.iter().position(|file| file.source.path == *name).unwrap_or_else(|| {
        files.push(File::new(Source::new(name.clone(), text.clone()), nested.root.clone()));
        files.len() - 1
    })
}

/// Adds a finding to its document, with its pointer from there.
fn add_finding(file: &mut File, placed: PlacedFinding<'_>) {
    let PlacedFinding { logical_id, mut finding, .. } = placed;
    let is_it = |document: &Document| document.name.as_deref() == logical_id;
    let document = logical_id.and_then(|_| file.documents.iter().position(is_it));
    if let Some(document) = document.and_then(|index| file.documents.get(index)) {
        let pointer = finding.pointer.strip_prefix(&document.pointer);
        finding.pointer = pointer.unwrap_or(&finding.pointer).to_owned();
    }
    file.add_finding(document, finding);
}

fn read_policies(file: &mut File, template: &Template) {
    let mut unknown = |name: &str, reason: &str| {
        file.add_unknown(Unknown { name: name.to_owned(), reason: reason.to_owned() });
    };
    for unresolved in &template.unresolved {
        unknown("Resources", &unresolved.reason);
    }
    for resource in &template.resources {
        if let Some(Err(reason)) = &resource.nested {
            unknown(&resource.logical_id, reason);
        }
    }
    for policy in declared_policies(template) {
        read_policy(file, policy);
    }
}

fn read_policy(file: &mut File, policy: DeclaredPolicy<'_>) {
    let resource = policy.resource;
    let name = &resource.logical_id;
    let mut unknown = |reason: &str| {
        file.add_unknown(Unknown { name: name.clone(), reason: reason.to_owned() });
    };
    each_unknown(&policy.document, &mut unknown);
    let policy_type = policy.policy_type.unwrap_or_else(|reason| {
        unknown(&reason);
        "unknown".to_owned()
    });
    let document = Document { name: Some(name.clone()), policy_type, pointer: policy.pointer };
    let document = file.add_document(document);
    silences(resource, document).for_each(|silence| file.add_silence(silence));
}

fn each_unknown(node: &Node, visit: &mut dyn FnMut(&str)) {
    match &node.value {
        Value::Unknown(reason) => visit(reason),
        Value::Array(items) => items.iter().for_each(|item| each_unknown(item, visit)),
        Value::Object(members) => {
            members.iter().for_each(|member| each_unknown(&member.node, visit));
        }
        _ => {}
    }
}

/// `Metadata: {org-policy: {allow: {CODE: reason}}}`.
fn silences(resource: &Resource, document: usize) -> impl Iterator<Item = MetadataSilence> + '_ {
    let allow =
        resource.metadata.as_ref().and_then(|metadata| metadata.get(METADATA)?.get("allow"));
    let members = allow.map(Node::members).unwrap_or_default();
    members.iter().map(move |member| MetadataSilence {
        document,
        code: member.key.clone(),
        reason: member.node.as_str().unwrap_or_default().trim().to_owned(),
        span: member.key_span,
    })
}
