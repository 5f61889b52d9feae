//! `org-policy manual FOLDER`: for whoever packages the tool.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::{Generator as _, Shell};

use super::completions::script;
use super::{Cli, Exit, written};

/// Writes the man pages and the completions of all shells into a folder
#[derive(Debug, Args)]
#[command(hide = true)]
pub struct Arguments {
    /// The folder; it is made if it is not there
    folder: PathBuf,
}

impl Arguments {
    /// Writes `man/` and `completions/`.
    pub fn run(self) -> Exit {
        let what = format!("write into {}", self.folder.display());
        written(write(&self.folder), &what, Exit::Clean)
    }
}

fn write(folder: &Path) -> io::Result<()> {
    let (man, completions) = (folder.join("man"), folder.join("completions"));
    fs::create_dir_all(&man)?;
    fs::create_dir_all(&completions)?;
    clap_mangen::generate_to(Cli::command().disable_help_subcommand(true), &man)?;
    for shell in Shell::value_variants() {
        fs::write(completions.join(shell.file_name("org-policy")), script(*shell))?;
    }
    Ok(())
}
