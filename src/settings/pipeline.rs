//! The pipeline of the backup settings: observe, plan, apply.

use serde_json::{Map, Value};
use tracing::info;

use crate::error::Error;
use crate::function::{Outcome, Work, log};
use crate::protocol::request::Envelope;
use crate::settings::{Declared, Desired, PHYSICAL_ID, Plan, apply, observe, plan};

/// The physical id of every answer: what CloudFormation holds, and else always the same. So no
/// Update replaces anything, and the Delete of a rollback means nothing.
pub fn physical_id(envelope: &Envelope) -> String {
    envelope.physical_id.clone().unwrap_or_else(|| PHYSICAL_ID.to_owned())
}

impl Work<'_> {
    /// Switches on what is declared. There is nothing to tidy up after a failure: what is on stays.
    pub async fn settle(&self, envelope: &Envelope, desired: &Desired) -> Result<Outcome, Error> {
        let data = match desired {
            Desired::On(declared) => {
                self.guard(self.deadline.work, self.switch_on(declared)).await?
            }
            Desired::AsItIs => {
                info!("plan: nothing is ever switched off: all settings stay as they are");
                Map::new()
            }
        };
        Ok(Outcome { physical_id: physical_id(envelope), data })
    }

    async fn switch_on(&self, declared: &Declared) -> Result<Map<String, Value>, Error> {
        let observed = observe(&self.services, declared, self.progress).await?;
        let plan = plan(declared, &observed)?;
        log(&plan);
        apply(&self.services, &plan, self.progress).await?;
        Ok(attributes(declared, &plan))
    }
}

/// What Fn::GetAtt can get.
fn attributes(declared: &Declared, plan: &Plan) -> Map<String, Value> {
    let regions: Vec<&str> = declared.regions.iter().map(String::as_str).collect();
    let texts = [("SwitchedOn", plan.switched_on().join(",")), ("Regions", regions.join(","))];
    texts.into_iter().map(|(name, text)| (name.to_owned(), Value::from(text))).collect()
}
