//! From the file that describes an organization to the organization.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use policy_document::effective::{self, Organization, PolicyId, PolicySource};
use policy_document::tree::Span;

use crate::input::{self, Position, Problem, Source};

/// An organization, and the texts that it was read from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The organization.
    pub organization: Organization,
    file: Source,
    files: BTreeMap<String, Source>,
}

/// Reads an organization; the paths of policies in it are relative to its own.
///
/// # Errors
/// Everything that cannot be used.
pub fn load(path: &Path) -> Result<Loaded, Vec<Problem>> {
    let (file, root) = input::tree(path).map_err(|problem| vec![problem])?;
    let mut files = BTreeMap::new();
    let folder = path.parent().map(PathBuf::from).unwrap_or_default();
    let organization = effective::read(&root, &mut |path| {
        let (source, root) =
            input::tree(&folder.join(path)).map_err(|problem| problem.to_string())?;
        files.insert(path.to_owned(), source);
        Ok(root)
    });
    let organization = organization.map_err(|problems| {
        let problem = |problem: effective::Problem| Problem {
            path: file.path.clone(),
            position: Some(file.position(problem.span.start)),
            message: problem.to_string(),
        };
        problems.into_iter().map(problem).collect::<Vec<_>>()
    })?;
    Ok(Loaded { organization, file, files })
}

impl Loaded {
    /// An organization that no text describes.
    pub fn live(organization: Organization) -> Self {
        let file = Source::new(String::new(), String::new());
        Self { organization, file, files: BTreeMap::new() }
    }

    /// Adds a text that policies come from.
    pub fn add(&mut self, source: Source) {
        self.files.insert(source.path.clone(), source);
    }

    /// Where a part of a policy's document stands: the file, line and column.
    pub fn position(&self, policy: PolicyId, span: Span) -> Option<(&str, Position)> {
        let source = match &self.organization.policy(policy)?.source {
            PolicySource::None => return None,
            PolicySource::Organization => &self.file,
            PolicySource::File(path) => self.files.get(path)?,
        };
        Some((&source.path, source.position(span.start)))
    }
}
