//! The backup settings: what is off that should be on.

use cfn_org_policy::error::Error;
use cfn_org_policy::progress::Progress;
use cfn_org_policy::protocol::request::Action;
use cfn_org_policy::settings::desired::Desired;
use cfn_org_policy::settings::pipeline::observe_and_plan;

use super::ResourceReport;
use super::judge::{explain, report};
use crate::aws::Session;
use crate::plan::events::{Declaration, Event};
use crate::plan::properties::{properties, unknown};

/// Compares the declared settings with those that are on, by the function's own planning.
pub async fn judge(
    session: &Session,
    event: &Event<'_>,
    declaration: Declaration<'_>,
) -> ResourceReport {
    let mut report = report(event);
    report.hidden = unknown(declaration);
    match off(session, event, declaration).await {
        Ok(off) => report.off = off,
        Err(error) => report.error = Some(explain(&error)),
    }
    report
}

async fn off(
    session: &Session,
    event: &Event<'_>,
    declaration: Declaration<'_>,
) -> Result<Vec<String>, Error> {
    let request = event.request(Action::Create, properties(declaration, None));
    let Desired::On(declared) = Desired::parse(&request)? else { return Ok(Vec::new()) };
    let plan = observe_and_plan(&session.reader(), &declared, &Progress::default()).await?;
    Ok(plan.steps.iter().map(|step| format!("it is off: the function would {step}")).collect())
}
