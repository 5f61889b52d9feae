//! The whole examination: what is read, in which order, and what is made of it.

use super::judge;
use super::reading;
use super::{Report, Section};
use crate::aws::{Progress, Session};

/// What is to be examined.
#[derive(Clone, Debug, Default)]
pub struct Request {}

/// Reads all there is to read, and judges it.
pub async fn examine(session: &Session, _request: &Request, progress: &Progress) -> Report {
    let policies = reading::policies(session, progress).await;
    let organization = reading::organization(session, &policies).await;
    Report {
        account: organization.caller.as_ref().ok().cloned(),
        region: session.region().unwrap_or_default().to_owned(),
        sections: vec![section("Organization", judge::organization(&organization))],
    }
}

fn section(title: &str, checks: Vec<judge::Check>) -> Section {
    Section { title: title.to_owned(), checks }
}
