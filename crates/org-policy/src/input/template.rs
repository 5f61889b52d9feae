//! The policies that a template declares, and those of the templates that it nests.

use std::path::{Path, PathBuf};

use clap::Args;
use policy_document::check::Finding;
use policy_document::template::{
    self, Files, Inputs, PlacedFinding, Resource, SourceFile, Template, declared_policies,
    each_template,
};
use policy_document::tree::{Node, Value};

use super::documents::{self, Document, File, Unknown};
use super::{Problem, Source};

/// What stands for the account that a template is deployed in, if nobody names one.
const ACCOUNT: &str = "111122223333";
/// What stands for the Region.
const REGION: &str = "us-east-1";
/// The key of a resource's Metadata that is addressed to this tool.
const METADATA: &str = "org-policy";

/// What a template is deployed with.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Templates")]
pub struct Deployment {
    /// Parameters of a template, beside its defaults
    #[arg(long, value_name = "NAME=VALUE", num_args = 1.., value_parser = parameter)]
    parameters: Vec<(String, String)>,

    /// A file with parameters, as the AWS CLI or CodePipeline takes it
    #[arg(long, value_name = "FILE")]
    parameters_file: Vec<PathBuf>,

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

    /// The inputs of a template. What the command line gives wins over files, and later files over
    /// earlier ones.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn inputs(&self) -> Result<Inputs, Problem> {
        let region = self.region().unwrap_or(REGION);
        let mut inputs = Inputs::default().deployed_in(&self.account, region, "stack");
        for path in &self.parameters_file {
            let problem = |message: String| Problem {
                path: path.display().to_string(),
                position: None,
                message: format!("read the parameters: {message}"),
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

/// The files beside a template.
#[derive(Debug)]
pub struct Folder;

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
#[derive(Debug)]
pub struct MetadataSilence {
    /// The document whose findings it silences, by its position in the file.
    pub document: usize,
    /// The code.
    pub code: String,
    /// The reason; empty if there is none.
    pub reason: String,
    /// Where it stands.
    pub span: policy_document::tree::Span,
}

/// The files of a template and of all that it nests, with the policies in them.
pub fn files(source: Source, root: Node, inputs: &Inputs) -> Vec<File> {
    let template = template::evaluate(&source.path, &root, inputs, &Folder);
    let mut files = vec![(File::new(source, root), &template)];
    each_template(&template, None, &mut |nested, source| {
        if let Some(SourceFile { name, text }) = source
            && let Ok(root) = policy_document::tree::parse(text)
        {
            files.push((File::new(Source::new(name.clone(), text.clone()), root), nested));
        }
    });
    for (file, template) in &mut files {
        read_policies(file, template);
    }
    let mut files: Vec<File> = files.into_iter().map(|(file, _)| file).collect();
    if let Some(outermost) = files.first_mut() {
        outermost.undeclared_parameters = Some(template.undeclared_parameters.clone());
    }
    for placed in template::findings(&template) {
        let path = placed.source.map(|source| source.name.as_str());
        let file = match path {
            None => files.first_mut(),
            Some(path) => files.iter_mut().skip(1).find(|file| file.source.path == path),
        };
        if let Some(file) = file {
            let found = in_document(file, placed);
            file.found.push(found);
        }
    }
    files
}

/// The finding with its document, and with its pointer from there.
fn in_document(file: &File, placed: PlacedFinding<'_>) -> (Option<usize>, Finding) {
    let PlacedFinding { logical_id, mut finding, .. } = placed;
    let is_it = |document: &Document| document.name.as_deref() == logical_id;
    let document = logical_id.and_then(|_| file.documents.iter().position(is_it));
    if let Some(document) = document.and_then(|index| file.documents.get(index)) {
        let pointer = finding.pointer.strip_prefix(&document.pointer);
        finding.pointer = pointer.unwrap_or(&finding.pointer).to_owned();
    }
    (document, finding)
}

fn read_policies(file: &mut File, template: &Template) {
    let mut unknown = |name: &str, reason: &str| {
        let unknown = Unknown { name: name.to_owned(), reason: reason.to_owned() };
        if !file.unknown.contains(&unknown) {
            file.unknown.push(unknown);
        }
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
        let resource = policy.resource;
        each_unknown(&policy.document, &mut |reason| unknown(&resource.logical_id, reason));
        let policy_type = match policy.policy_type {
            Ok(policy_type) => policy_type,
            Err(reason) => {
                unknown(&resource.logical_id, &reason);
                "unknown".to_owned()
            }
        };
        let index = file.documents.len();
        file.documents.push(Document {
            name: Some(resource.logical_id.clone()),
            policy_type,
            root: policy.document,
            pointer: policy.pointer,
        });
        file.metadata_silences.extend(silences(resource, index));
    }
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
