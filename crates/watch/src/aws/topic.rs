//! The SNS topic.

use aws_config::SdkConfig;
use aws_sdk_sns::Client;
use aws_sdk_sns::error::DisplayErrorContext;
use org_policy::aws::Problem;

use crate::mail::Mail;
use crate::watch::Topic;

/// A topic of Amazon SNS.
#[derive(Clone, Debug)]
pub struct SnsTopic {
    client: Client,
    arn: String,
}

impl SnsTopic {
    /// The topic with this ARN.
    pub fn new(config: &SdkConfig, arn: String) -> Self {
        Self { client: Client::new(config), arn }
    }
}

impl Topic for SnsTopic {
    async fn tell(&self, mail: &Mail) -> Result<(), Problem> {
        let call = self.client.publish().topic_arn(&self.arn);
        let sent = call.subject(&mail.subject).message(&mail.body).send().await;
        sent.map(drop).map_err(|error| Problem {
            operation: format!("publish to {}", self.arn),
            cause: DisplayErrorContext(error).to_string(),
        })
    }
}
