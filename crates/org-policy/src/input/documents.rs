//! From a file to the policy documents in it.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use policy_document::check::policy_type_of;
use policy_document::tree::{self, Node, SyntaxError};

use super::{Input, Problem, Source};

/// No policy has more than some thousand characters, and no template more than a megabyte.
const MOST_BYTES: u64 = 16 << 20;
const STDIN: &str = "<stdin>";

/// A text, and the policy documents in it.
#[derive(Debug)]
pub struct File {
    /// The text.
    pub source: Source,
    /// The documents, whose spans are places of the text.
    pub documents: Vec<Document>,
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
}

/// What became of an input.
#[derive(Debug)]
pub enum Read {
    /// It holds policy documents.
    File(File),
    /// Nobody said that it is a policy, and it is none.
    Other(String),
    /// It cannot be used.
    Problem(Problem),
}

/// Reads an input, whose documents are of this type, if one is given.
pub fn read(input: &Input, policy_type: Option<&str>) -> Read {
    let path = match input {
        Input::Stdin => STDIN.to_owned(),
        Input::Named(path) | Input::Found(path) => path.display().to_string(),
    };
    match file(input, path.clone(), policy_type) {
        Ok(file) => Read::File(file),
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

fn file(input: &Input, path: String, policy_type: Option<&str>) -> Result<File, Failure> {
    let problem = |message: String| Problem { path: path.clone(), position: None, message };
    let text = text(input).map_err(|message| Failure::Broken(problem(message)))?;
    let source = Source::new(path.clone(), text);
    let root = parse(input, &source.text).map_err(|error| {
        let position = Some(source.position(error.span.start));
        Failure::Broken(Problem { position, ..problem(error.message) })
    })?;
    let none = |message: &str| Failure::None(problem(message.to_owned()));
    if root.get("Resources").is_some() {
        return Err(none(
            "find policies: this is a CloudFormation template, and templates are not evaluated yet; \
             check the policy documents themselves, each as JSON or YAML",
        ));
    }
    let found = policy_type.or_else(|| policy_type_of(&root)).ok_or_else(|| {
        none("find the policy type: the content is that of no known type; name it with --type")
    })?;
    let document = Document { name: None, policy_type: found.to_owned(), root };
    Ok(File { source, documents: vec![document] })
}

/// A file whose name says JSON is JSON; any other text is what it looks like.
fn parse(input: &Input, text: &str) -> Result<Node, SyntaxError> {
    match input {
        Input::Named(path) | Input::Found(path) if is_json(path) => tree::json::parse(text),
        _ => tree::parse(text),
    }
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

fn text(input: &Input) -> Result<String, String> {
    let bytes = match input {
        Input::Stdin => limited(io::stdin().lock()),
        Input::Named(path) | Input::Found(path) => fs::File::open(path).and_then(limited),
    };
    let bytes = bytes.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            "read the file: there is none; see whether its name is right".to_owned()
        }
        _ => format!("read the file: {error}; see whether it may be read"),
    })?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err("read the file: it is larger than 16 MiB; no policy is, so name another file"
            .to_owned());
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
