//! Region, credentials, endpoint, HTTP and time-outs of every client.

use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

/// AWS answers in well under a second; past this an attempt is taken for lost.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longer than an attempt: the time-out of the attempt says that nothing was sent, while that of the
/// identity cache cannot be told from an address that is none (its error is of a private type).
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(60);

/// The configuration of the process, found as every AWS tool finds it. For the function this is the
/// account and the Region of the stacks it serves.
pub async fn load() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest()).http_client(http_client()).load().await
}

/// The HTTP client of every client. It keeps connections alive from one event to the next.
pub fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
        .build_https()
}

/// The same configuration, with the credentials of a role that it may assume.
pub async fn in_role(config: &SdkConfig, role_arn: String) -> SdkConfig {
    let session = AssumeRoleProvider::builder(role_arn).session_name("cfn-org-policy");
    let credentials = session.configure(config).build().await;
    let credentials = SharedCredentialsProvider::new(credentials);
    config.to_builder().credentials_provider(credentials).build()
}

/// The configuration with our time-outs, and without the SDK's retries: [`super::retry`] repeats.
pub fn without_sdk_retries(config: &SdkConfig) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .build();
    config
        .to_builder()
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts)
        .identity_cache(IdentityCache::lazy().load_timeout(CREDENTIALS_TIMEOUT).build())
        .build()
}
