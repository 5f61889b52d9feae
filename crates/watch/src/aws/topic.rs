//! The SNS topic.

use org_policy::aws::{Problem, Session, publish};

use crate::mail::Mail;
use crate::watch::Topic;

/// A topic of Amazon SNS.
#[derive(Clone, Copy, Debug)]
pub struct SnsTopic<'a> {
    /// With whose credentials.
    pub session: &'a Session,
    /// Its ARN.
    pub arn: &'a str,
}

impl Topic for SnsTopic<'_> {
    async fn tell(&self, mail: &Mail) -> Result<(), Problem> {
        publish(self.session, self.arn, &mail.subject, &mail.body).await
    }
}
