//! From a file to the policy documents in it.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use policy_document::check::{Finding, policy_type_of};
use policy_document::template::Inputs;
use policy_document::tree::{self, Node, SyntaxError};

use super::template::{self, MetadataSilence};
use super::{Input, Problem, Source};

/// More than the parsers take, so that a device without an end has one.
const MOST_BYTES: u64 = tree::MAX_LENGTH as u64;
const STDIN: &str = "<stdin>";

/// A text, and the policy documents in it.
#[derive(Debug)]
pub struct File {
    /// The text.
    pub source: Source,
    /// All of the text.
    pub root: Node,
    /// The documents, whose spans are places of the text.
    pub documents: Vec<Document>,
    /// What is wrong in a template, each with the document that it is about; the documents of other
    /// files are still to be checked.
    pub found: Vec<(Option<usize>, Finding)>,
    /// The silences in the Metadata of a template.
    pub metadata_silences: Vec<MetadataSilence>,
    /// Parameters that the command line gives, and that the template does not declare; none of a
    /// nested template, which gets its parameters from another.
    pub undeclared_parameters: Option<Vec<String>>,
    /// What only a deployment knows, so that it is not checked.
    pub unknown: Vec<Unknown>,
}

impl File {
    /// A text without documents.
    pub fn new(source: Source, root: Node) -> Self {
        Self {
            source,
            root,
            documents: Vec::new(),
            found: Vec::new(),
            metadata_silences: Vec::new(),
            undeclared_parameters: None,
            unknown: Vec::new(),
        }
    }

    /// Whether it is a template.
    pub fn is_template(&self) -> bool {
        is_template(&self.root)
    }
}

fn is_template(root: &Node) -> bool {
    root.get("Resources").is_some()
}

/// A policy document.
#[derive(Debug)]
pub struct Document {
    /// What it is called in its file, if the file can hold several.
    pub name: Option<String>,
    /// Its type, as Organizations names it.
    pub policy_type: String,
    /// What it says.
    pub root: Node,
    /// Where it stands in its file, as a JSON pointer.
    pub pointer: String,
}

/// A value that only a deployment knows.
#[derive(Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The resource that has it.
    pub name: String,
    /// What it is: `the attribute Arn of Vault`.
    pub reason: String,
}

/// What became of an input.
#[derive(Debug)]
pub enum Read {
    /// It holds policy documents, or other files do that it nests.
    Files(Vec<File>),
    /// Nobody said that it is a policy, and it is none.
    Other(String),
    /// It cannot be used.
    Problem(Problem),
}

/// Reads an input, whose documents are of this type, if one is given; a template is deployed with
/// these inputs.
pub fn read(input: &Input, policy_type: Option<&str>, inputs: &Inputs) -> Read {
    let path = match input {
        Input::Stdin => STDIN.to_owned(),
        Input::Named(path) | Input::Found(path) => path.display().to_string(),
    };
    match files(input, path.clone(), policy_type, inputs) {
        Ok(files) => Read::Files(files),
        Err(Failure::None(_)) if matches!(input, Input::Found(_)) => Read::Other(path),
        Err(Failure::None(problem) | Failure::Broken(problem)) => Read::Problem(problem),
    }
}

/// Reads a file of any content as a tree.
///
/// # Errors
/// Why it cannot be read, or where it is broken.
pub fn tree(path: &Path) -> Result<(Source, Node), Problem> {
    let input = Input::Named(path.to_owned());
    let path = path.display().to_string();
    let text =
        text(&input).map_err(|message| Problem { path: path.clone(), position: None, message })?;
    let source = Source::new(path.clone(), text);
    let root = parse(&input, &source.text).map_err(|error| {
        let position = Some(source.position(error.span.start));
        Problem { path, position, message: error.message }
    })?;
    Ok((source, root))
}

/// Why there is no document.
enum Failure {
    /// It is a well-formed text, and no policy.
    None(Problem),
    /// It cannot be read.
    Broken(Problem),
}

fn files(
    input: &Input,
    path: String,
    policy_type: Option<&str>,
    inputs: &Inputs,
) -> Result<Vec<File>, Failure> {
    let problem = |message: String| Problem { path: path.clone(), position: None, message };
    let text = text(input).map_err(|message| Failure::Broken(problem(message)))?;
    let source = Source::new(path.clone(), text);
    let root = parse(input, &source.text).map_err(|error| {
        let position = Some(source.position(error.span.start));
        Failure::Broken(Problem { position, ..problem(error.message) })
    })?;
    let none = |message: &str| Failure::None(problem(message.to_owned()));
    if is_template(&root) {
        let files = template::files(source, root, inputs);
        if files.iter().all(|file| file.documents.is_empty() && file.found.is_empty()) {
            return Err(none(
                "find policies: this template declares none; name the templates that do",
            ));
        }
        return Ok(files);
    }
    let found = policy_type.or_else(|| policy_type_of(&root)).ok_or_else(|| {
        none("find the policy type: the content is that of no known type; name it with --type")
    })?;
    let document = Document {
        name: None,
        policy_type: found.to_owned(),
        root: root.clone(),
        pointer: String::new(),
    };
    Ok(vec![File { documents: vec![document], ..File::new(source, root) }])
}

/// A file is what its name says; any other text is what it looks like.
fn parse(input: &Input, text: &str) -> Result<Node, SyntaxError> {
    match extension(input).as_deref() {
        Some("json") => tree::json::parse(text),
        // JSON is YAML, but for some escapes that only its own parser takes.
        Some("yaml" | "yml") => tree::json::parse(text).or_else(|_| tree::yaml::parse(text)),
        _ => tree::parse(text),
    }
}

fn extension(input: &Input) -> Option<String> {
    let path: &Path = match input {
        Input::Stdin => return None,
        Input::Named(path) | Input::Found(path) => path,
    };
    Some(path.extension()?.to_str()?.to_ascii_lowercase())
}

fn text(input: &Input) -> Result<String, String> {
    match input {
        Input::Stdin => read_text(limited(io::stdin().lock())),
        Input::Named(path) | Input::Found(path) => text_of(path),
    }
}

/// The text of a file.
///
/// # Errors
/// Why it cannot be read, and what helps.
pub fn text_of(path: &Path) -> Result<String, String> {
    read_text(fs::File::open(path).and_then(limited))
}

fn read_text(bytes: io::Result<Vec<u8>>) -> Result<String, String> {
    let bytes = bytes.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            "read the file: there is none; see whether its name is right".to_owned()
        }
        _ => format!("read the file: {error}; see whether it may be read"),
    })?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(
            "read the file: it is larger than 8 MiB; no policy is, so name another file".to_owned()
        );
    }
    String::from_utf8(bytes)
        .map_err(|_| "read the file: it is not UTF-8 text; save it as UTF-8".to_owned())
}

/// What there is, up to one byte more than is allowed.
fn limited(from: impl io::Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
