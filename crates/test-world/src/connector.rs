//! An SDK client that reaches nobody: a function of ours answers its requests, in memory.

use std::fmt;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_organizations::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;

/// The configuration of a client, of whichever service, whose requests are answered like this.
pub fn sdk_config<F, A>(answer: F) -> SdkConfig
where
    F: Fn(HttpRequest) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Result<HttpResponse, ConnectorError>> + Send + 'static,
{
    let credentials = Credentials::new("AKIAEXAMPLE", "secret", None, None, "tests");
    sdk_config_with(credentials, answer)
}

/// As [`sdk_config`], with credentials of this provider.
pub fn sdk_config_with<F, A>(credentials: impl ProvideCredentials + 'static, answer: F) -> SdkConfig
where
    F: Fn(HttpRequest) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Result<HttpResponse, ConnectorError>> + Send + 'static,
{
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .time_source(SharedTimeSource::new(SystemTimeSource::new()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client_fn(move |_, _| {
            SharedHttpConnector::new(Connector(answer.clone()))
        }))
        .build()
}

struct Connector<F>(F);

impl<F> fmt::Debug for Connector<F> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("Connector")
    }
}

impl<F, A> HttpConnector for Connector<F>
where
    F: Fn(HttpRequest) -> A + Send + Sync,
    A: Future<Output = Result<HttpResponse, ConnectorError>> + Send + 'static,
{
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new((self.0)(request))
    }
}
