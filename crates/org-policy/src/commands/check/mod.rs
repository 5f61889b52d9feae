//! `org-policy check FILE…`.

mod codes;
mod explain;
mod judge;
mod levels;

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use policy_document::check::{Rule, policy_types};
use policy_document::template::Inputs;

use self::codes::Code;
use self::levels::Levels;
use super::{Exit, print, written};
use crate::input::{self, Deployment, Read};
use crate::report::{Format, Report};
use crate::terminal;

/// Says what is wrong with policy documents, and where
///
/// FILE is a policy document in JSON or YAML, of any type that AWS Organizations knows: a backup policy, a service control
/// policy, and so on. The type is found by the content. Or it is a CloudFormation template: the policies that it declares are
/// checked as they would be deployed, and those of the nested stacks and StackSets whose templates are files.
///
/// A finding is an error if AWS refuses the policy for it, or if it can never do anything; and a warning if it probably
/// does not do what was meant, or if it is not known whether AWS takes it.
#[derive(Debug, Args)]
#[command(override_usage = USAGE, after_long_help = AFTER)]
pub struct Arguments {
    /// Files, directories (all .json, .yaml and .yml files in them that hold a policy), or - for standard input
    #[arg(value_name = "FILE", required_unless_present = "explain")]
    files: Vec<PathBuf>,

    /// The type of all the documents, if the content does not tell
    #[arg(long = "type", value_name = "TYPE", ignore_case = true)]
    #[arg(value_parser = PossibleValuesParser::new(policy_types()))]
    policy_type: Option<String>,

    /// How the findings are written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: Format,

    /// Leave out findings with this code
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = Code, hide_possible_values = true)]
    allow: Vec<&'static Rule>,

    /// Take findings with this code for errors
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = Code, hide_possible_values = true)]
    deny: Vec<&'static Rule>,

    /// Exit with 1 for warnings too
    #[arg(long)]
    strict: bool,

    /// Explain what a code means, with an example, and check nothing
    #[arg(long, value_name = "CODE", value_parser = Code, hide_possible_values = true)]
    #[arg(conflicts_with = "files")]
    explain: Option<&'static Rule>,

    #[command(flatten)]
    deployment: Deployment,
}

const USAGE: &str = "\
org-policy check [OPTIONS] <FILE>...
       org-policy check --explain <CODE>";

const AFTER: &str = "\
Silence one finding by a comment in YAML, with the reason, at the end of its line or on the line above:

    delete_after_days: {\"@@assign\": 30}  # org-policy: allow(CODE) the auditors want it so

Exit status:
  0  no errors (with --strict: no warnings either)
  1  errors (with --strict: or warnings)
  2  something could not be read, or is no policy; the other files are checked all the same

Examples:
  org-policy check policies/
  org-policy check --strict --format github policies/
  org-policy check --type TAG_POLICY - < tags.json";

impl Arguments {
    /// Checks the files, writes the report, and says how it ended.
    pub fn run(self) -> Exit {
        if let Some(rule) = self.explain {
            return print(explain::explain(rule), Exit::Clean);
        }
        let levels = match Levels::new(&self.allow, &self.deny) {
            Ok(levels) => levels,
            Err(message) => {
                terminal::complain(&message);
                return Exit::Unusable;
            }
        };
        let inputs = match self.deployment.inputs() {
            Ok(inputs) => inputs,
            Err(problem) => {
                terminal::complain(&problem.to_string());
                return Exit::Unusable;
            }
        };
        let report = self.report(&levels, &inputs);
        // As workflow commands they are a part of the report.
        let told = matches!(self.format, Format::Github);
        for problem in report.problems.iter().filter(|_| !told) {
            terminal::complain(&problem.to_string());
        }
        let mut text = Vec::new();
        match self.format.write(&report, &mut text) {
            Ok(()) => print(&text, self.exit(&report)),
            Err(error) => written(Err(error), "write the report", Exit::Unusable),
        }
    }

    fn report(&self, levels: &Levels, of_templates: &Inputs) -> Report {
        let (inputs, problems) = input::inputs(&self.files);
        let mut report = Report { problems, ..Report::default() };
        let mut files = Vec::new();
        for input in inputs {
            match input::read(&input, self.policy_type.as_deref(), of_templates) {
                Read::Files(read) => {
                    read.into_iter().for_each(|file| input::merge(&mut files, file));
                }
                Read::Other(path) => report.others.push(path),
                Read::Problem(problem) => report.problems.push(problem),
            }
        }
        report.files = files.into_iter().map(|file| judge::judge(file, levels)).collect();
        report.problems.extend(undeclared(&report));
        if report.files.is_empty() && report.problems.is_empty() {
            let named: Vec<String> =
                self.files.iter().map(|file| file.display().to_string()).collect();
            let message = "find policies: there is no file with a policy that is recognized; \
                           name the files, with --type if need be";
            report.problems.push(input::Problem::new(named.join(" "), message));
        }
        report
    }

    fn exit(&self, report: &Report) -> Exit {
        let counts = report.counts();
        if !report.problems.is_empty() {
            Exit::Unusable
        } else if counts.errors > 0 || self.strict && counts.warnings > 0 {
            Exit::Found
        } else {
            Exit::Clean
        }
    }
}

/// Parameters that none of the templates declares: they are misspelt.
fn undeclared(report: &Report) -> Option<input::Problem> {
    let mut templates = report.files.iter().filter_map(|checked| {
        Some((&checked.file.source.path, checked.file.undeclared_parameters.as_ref()?))
    });
    let (path, first) = templates.next()?;
    let mut names = first.clone();
    templates.for_each(|(_, others)| names.retain(|name| others.contains(name)));
    if names.is_empty() {
        return None;
    }
    let message =
        format!("set the parameters: no template declares {}; correct the name", names.join(", "));
    Some(input::Problem::new(path, message))
}
