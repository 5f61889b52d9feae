//! The pipeline of the backup settings: observe, plan, apply.

use tracing::info;

use super::apply::apply;
use super::desired::{Declared, Desired};
use super::observed::observe;
use super::plan::{Plan, plan};
use crate::aws::{Reader, Writer};
use crate::error::Error;
use crate::progress::Progress;
use crate::protocol::response::{Attribute, Outcome};

/// The physical id of every such resource: nothing is behind it that a Delete could remove.
const PHYSICAL_ID: &str = "cfn-org-policy:backup-settings";

/// The physical id of every response: what CloudFormation holds, and else always the same. So no
/// Update replaces anything, and the Delete of a rollback means nothing.
pub fn physical_id(held: Option<&str>) -> String {
    held.unwrap_or(PHYSICAL_ID).to_owned()
}

/// Switches on what is declared. There is nothing to clean up after a failure: what is on stays on.
///
/// # Errors
/// What failed first.
pub async fn reconcile(
    writer: &Writer,
    desired: &Desired,
    held: Option<&str>,
    progress: &Progress,
) -> Result<Outcome, Error> {
    let attributes = match desired {
        Desired::On(declared) => {
            let plan = observe_and_plan(&writer.reader, declared, progress).await?;
            apply(writer, &plan, progress).await?;
            attributes(declared, &plan)
        }
        Desired::Unchanged => {
            info!("plan: nothing is ever switched off: all settings stay as they are");
            Vec::new()
        }
    };
    Ok(Outcome { physical_id: physical_id(held), attributes })
}

/// Reads what is on, and plans for what is declared to be on. Nothing is written.
///
/// # Errors
/// What cannot be read, or what cannot be switched on from here.
pub async fn observe_and_plan(
    reader: &Reader,
    declared: &Declared,
    progress: &Progress,
) -> Result<Plan, Error> {
    let observed = observe(reader, declared, progress).await?;
    plan(declared, &observed)
}

/// What Fn::GetAtt can get.
fn attributes(declared: &Declared, plan: &Plan) -> Vec<(&'static str, Attribute)> {
    let regions = declared.regions.iter().cloned().collect();
    vec![("SwitchedOn", Attribute::List(plan.switched_on())), ("Regions", Attribute::List(regions))]
}
