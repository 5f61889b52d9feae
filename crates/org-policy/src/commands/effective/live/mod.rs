//! `--live`: the organization as it is, and what AWS makes of it.

mod json;
mod text;
mod ask;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use policy_document::effective::{self, Organization, PlaceId};

use crate::aws::{Connection, Profile, Session, Survey, Types, survey};

pub use ask::{Asked, ask};
pub use json::fields;
pub use text::text;

/// Reading the organization from AWS.
#[derive(Debug, Args)]
#[command(next_help_heading = "AWS")]
pub struct FromAws {
    /// Read the organization from AWS, with your credentials, and compare with what AWS shows
    #[arg(long, conflicts_with = "organization")]
    pub live: bool,

    #[command(flatten)]
    profile: Profile,

    /// Keep what was read: --organization takes it the next time
    #[arg(long, value_name = "FILE", requires = "live")]
    save: Option<PathBuf>,

    /// Compare so many accounts only, of each group of accounts alike one after the other
    #[arg(long, value_name = "N", requires_all = ["live", "all"])]
    pub sample: Option<usize>,
}

/// An organization that was read from AWS, and the way to ask more.
#[derive(Debug)]
pub struct Live {
    session: Connection,
    inactive: BTreeSet<PlaceId>,
}

impl FromAws {
    /// Reads the organization, with the policies of these types; to be kept, with all.
    ///
    /// # Errors
    /// What AWS does not answer, or a file that cannot be written.
    pub fn read(&self, region: Option<&str>, types: Types) -> Result<(Organization, Live), String> {
        let types = if self.save.is_some() { Types::Enabled } else { types };
        let session = Session::connect(&self.profile.in_region(region));
        let session = session.map_err(|problem| problem.to_string())?;
        let progress = session.progress("reading the organization");
        let read = session.run(survey(session.config(), &types, &progress));
        drop(progress);
        let Survey { organization, inactive } = read.map_err(|problem| problem.to_string())?;
        if let Some(path) = &self.save {
            save(path, &organization)?;
        }
        Ok((organization, Live { session, inactive }))
    }
}

/// Keeps an organization in a file.
fn save(path: &Path, organization: &Organization) -> Result<(), String> {
    let text = format!("{:#}\n", effective::write(organization));
    fs::write(path, text).map_err(|error| {
        format!(
            "{}: write the organization: {error}; name a file that can be written",
            path.display()
        )
    })
}
