//! From a file to the policy documents in it.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use policy_document::check::{Finding, check, policy_type_of};
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
    /// All of the text, as a tree.
    pub root: Node,
    /// The documents.
    pub documents: Vec<Document>,
    /// What is wrong, each with the document that it is about; its pointer begins there.
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

    /// A text that is one policy document, checked.
    fn of_document(source: Source, root: Node, policy_type: &str) -> Self {
        let document =
            Document { name: None, policy_type: policy_type.to_owned(), pointer: String::new() };
        let found = check(&root, policy_type).into_iter().map(|found| (Some(0), found)).collect();
        Self { documents: vec![document], found, ..Self::new(source, root) }
    }

    /// Adds a document, unless the file has it, and says which it is.
    pub fn add_document(&mut self, document: Document) -> usize {
        let known = self.documents.iter().position(|known| known.name == document.name);
        known.unwrap_or_else(|| {
            self.documents.push(document);
            self.documents.len() - 1
        })
    }

    /// Adds a finding about one of the documents, or about none, unless it is known.
    pub fn add_finding(&mut self, document: Option<usize>, finding: Finding) {
        let is_known = |(_, known): &(Option<usize>, Finding)| {
            known.span == finding.span
                && known.rule.code == finding.rule.code
                && known.found == finding.found
        };
        if !self.found.iter().any(is_known) {
            self.found.push((document, finding));
        }
    }

    /// Adds a silence, unless it is known.
    pub fn add_silence(&mut self, silence: MetadataSilence) {
        if !self.metadata_silences.contains(&silence) {
            self.metadata_silences.push(silence);
        }
    }

    /// Adds what is not known before a deployment, unless that is known already.
    pub fn add_unknown(&mut self, unknown: Unknown) {
        if !self.unknown.contains(&unknown) {
            self.unknown.push(unknown);
        }
    }

    /// Adds what is new in the same text, read with other values of its parameters.
    fn merge(&mut self, other: Self) {
        let documents: Vec<usize> =
            other.documents.into_iter().map(|document| self.add_document(document)).collect();
        let here = |document: usize| documents.get(document).copied();
        for (document, finding) in other.found {
            self.add_finding(document.and_then(here), finding);
        }
        for silence in other.metadata_silences {
            if let Some(document) = here(silence.document) {
                self.add_silence(MetadataSilence { document, ..silence });
            }
        }
        other.unknown.into_iter().for_each(|unknown| self.add_unknown(unknown));
        self.undeclared_parameters =
            self.undeclared_parameters.take().or(other.undeclared_parameters);
    }
}

/// Adds a file. One that is there already, because a template nests it, gains what is new.
pub fn merge(files: &mut Vec<File>, file: File) {
    match files.iter_mut().find(|known| known.source.path == file.source.path) {
        Some(known) => known.merge(file),
        None => files.push(file),
    }
}

/// A policy document.
#[derive(Debug)]
pub struct Document {
    /// What it is called in its file, if the file can hold several.
    pub name: Option<String>,
    /// Its type, as Organizations names it.
    pub policy_type: String,
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

/// Reads and checks an input, whose documents are of this type, if one is given; a template is
/// deployed with these inputs.
pub fn read(input: &Input, policy_type: Option<&str>, inputs: &Inputs) -> Read {
    let (source, root) = match parsed(input) {
        Ok(parsed) => parsed,
        Err(problem) => return Read::Problem(problem),
    };
    let path = source.path.clone();
    let none = if root.get("Resources").is_some() {
        let files = template::files(source, root, inputs);
        if files.iter().any(|file| !file.documents.is_empty() || !file.found.is_empty()) {
            return Read::Files(files);
        }
        "find policies: this template declares none; name the templates that do"
    } else {
        if let Some(policy_type) = policy_type.or_else(|| policy_type_of(&root)) {
            return Read::Files(vec![File::of_document(source, root, policy_type)]);
        }
        "find the policy type: the content is that of no known type; name it with --type"
    };
    match input {
        Input::Found(_) => Read::Other(path),
        Input::Stdin | Input::Named(_) => Read::Problem(Problem::new(path, none)),
    }
}

/// Reads a file of any content as a tree.
///
/// # Errors
/// Why it cannot be read, or where it is broken.
pub fn tree(path: &Path) -> Result<(Source, Node), Problem> {
    parsed(&Input::Named(path.to_owned()))
}

fn parsed(input: &Input) -> Result<(Source, Node), Problem> {
    let path = match input {
        Input::Stdin => STDIN.to_owned(),
        Input::Named(path) | Input::Found(path) => path.display().to_string(),
    };
    let text = text(input).map_err(|message| Problem::new(&path, message))?;
    let source = Source::new(path, text);
    let root = parse(input, &source.text)
        .map_err(|error| Problem::at(&source, error.span, error.message))?;
    Ok((source, root))
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
