//! What the command line names: files, directories, standard input.

use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use super::Problem;

/// What policies and templates are called.
const EXTENSIONS: [&str; 3] = ["json", "yaml", "yml"];

/// Something to read.
#[derive(Debug, PartialEq, Eq)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file that the command line names: it has to be a policy.
    Named(PathBuf),
    /// A file of a directory: it may be something else.
    Found(PathBuf),
}

/// Everything to read, in the order of the command line; the files of a directory by their paths.
pub fn inputs(arguments: &[PathBuf]) -> (Vec<Input>, Vec<Problem>) {
    let (mut inputs, mut problems) = (Vec::new(), Vec::new());
    for argument in arguments {
        if argument == Path::new("-") {
            inputs.push(Input::Stdin);
        } else if argument.is_dir() {
            walk(argument, &mut inputs, &mut problems);
        } else {
            inputs.push(Input::Named(argument.clone()));
        }
    }
    (inputs, problems)
}

/// The files of a directory and of those below it, without hidden ones and without what .gitignore names.
fn walk(directory: &Path, inputs: &mut Vec<Input>, problems: &mut Vec<Problem>) {
    for entry in WalkBuilder::new(directory).sort_by_file_name(Ord::cmp).build() {
        match entry {
            Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => {
                if is_candidate(entry.path()) {
                    // `check .` is no reason to write ./ before every file.
                    let path = entry.path();
                    let path = path.strip_prefix("./").unwrap_or(path);
                    inputs.push(Input::Found(path.to_owned()));
                }
            }
            Ok(_) => {}
            Err(error) => problems.push(Problem {
                path: directory.display().to_string(),
                position: None,
                message: format!("read the directory: {error}; name its files one by one"),
            }),
        }
    }
}

fn is_candidate(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_ascii_lowercase());
    extension.is_some_and(|extension| EXTENSIONS.iter().any(|known| extension == *known))
}
