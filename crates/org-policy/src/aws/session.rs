//! The caller's credentials, and the clients on them.

use std::io;
use std::ops::Deref;
use std::sync::Arc;
use std::time::SystemTime;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::ProvideCredentials;
use cfn_org_policy::aws::retry::CallContext;
use cfn_org_policy::aws::still_wanted::PendingEvent;
use cfn_org_policy::aws::{Clients, Reader, config};
use cfn_org_policy::error::chain;
use clap::Args;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::time::Instant;

use super::{Organizations, Problem, Progress};

/// Where AWS Organizations is called if nobody says a Region: it is the same organization from every one.
const REGION: Region = Region::from_static("us-east-1");

/// Which credentials, and which Region.
#[derive(Clone, Debug, Default, Args)]
pub struct Options {
    #[command(flatten)]
    profile: Profile,

    /// The Region; without it, that of the environment or the profile
    #[arg(long, value_name = "REGION", help_heading = "AWS")]
    region: Option<String>,
}

/// Which credentials, for a command that has a Region already: that of a deployment.
#[derive(Clone, Debug, Default, Args)]
pub struct Profile {
    /// The profile in the AWS configuration files; without it, what the environment says
    #[arg(long, value_name = "NAME", help_heading = "AWS")]
    profile: Option<String>,
}

impl Profile {
    /// In this Region, if one is given.
    pub fn in_region(&self, region: Option<&str>) -> Options {
        Options { profile: self.clone(), region: region.map(str::to_owned) }
    }
}

/// AWS, for one command.
#[derive(Debug)]
pub struct Session {
    runtime: Handle,
    config: SdkConfig,
    region: Option<String>,
    clients: Clients,
    calls: Arc<CallContext>,
    /// When it began, by the calendar and by the runtime.
    begun: (SystemTime, Instant),
}

/// A session with the runtime that its calls run in.
#[derive(Debug)]
pub struct Connection {
    session: Session,
    runtime: Runtime,
}

impl Deref for Connection {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl Connection {
    /// Runs what asks AWS, to its end.
    pub fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}

impl Session {
    /// Finds credentials, Region and endpoint as every AWS tool does. Credentials that cannot be loaded are said at once.
    ///
    /// # Errors
    /// There are no credentials.
    pub fn connect(options: &Options) -> Result<Connection, Problem> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| no_session("start", &error))?;
        let session = runtime.block_on(async {
            let config = load(options).await;
            credentials(&config).await.map(|()| Self::on(config))
        })?;
        Ok(Connection { session, runtime })
    }

    /// On this configuration. To be called in the runtime that the calls run in: the time-outs begin with it.
    pub fn on(config: SdkConfig) -> Self {
        Self::at(config, SystemTime::now())
    }

    /// The same, at this time by the calendar.
    pub fn at(config: SdkConfig, now: SystemTime) -> Self {
        let region = config.region().map(ToString::to_string);
        let with_region = config.to_builder().region(config.region().cloned().unwrap_or(REGION));
        let config = with_region.build();
        let calls = Arc::new(CallContext::for_somebody_who_waits());
        let runtime = Handle::current();
        let begun = (now, Instant::now());
        Self { runtime, clients: Clients::new(&config), config, region, calls, begun }
    }

    /// The operations that read, one after another.
    pub fn reader(&self) -> Reader {
        self.clients.reader(&self.calls)
    }

    /// The operations that read, beside those of [`Session::reader`], at most so many attempts a second.
    pub fn reader_at_pace(&self, attempts_a_second: u32) -> Reader {
        self.clients.reader(&self.calls_at_pace(attempts_a_second))
    }

    /// The operations of AWS Organizations that the function has no use for.
    pub fn organizations(&self) -> Organizations {
        Organizations::new(&self.config, self.calls())
    }

    /// The same, at most so many attempts a second.
    pub fn organizations_at_pace(&self, attempts_a_second: u32) -> Organizations {
        Organizations::new(&self.config, self.calls_at_pace(attempts_a_second))
    }

    fn calls_at_pace(&self, attempts_a_second: u32) -> Arc<CallContext> {
        let _in_runtime = self.runtime.enter();
        Arc::new(CallContext::for_somebody_who_waits().at_pace(attempts_a_second))
    }

    /// The operations that read, for an event that a deployment would bring.
    pub fn reader_for(&self, event: PendingEvent) -> Reader {
        self.clients.reader(&Arc::new(CallContext::for_planned(event)))
    }

    /// The context of the calls, for clients of services that the function does not call.
    pub fn calls(&self) -> Arc<CallContext> {
        self.calls.clone()
    }

    /// The configuration, for clients of services that the function does not call.
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// The Region, if one is set: by option, environment or profile.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// The time by the calendar, as far as it went on in the runtime since the session began.
    pub fn now(&self) -> SystemTime {
        self.begun.0 + self.begun.1.elapsed()
    }

    /// The same, in seconds since 1970.
    pub fn seconds(&self) -> i64 {
        let since = self.now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    }

    /// A line that shows how far a long reading has come, where somebody looks.
    pub fn progress(&self, what: &str) -> Progress {
        let _in_runtime = self.runtime.enter();
        Progress::begin(what)
    }
}

async fn load(options: &Options) -> SdkConfig {
    let mut loader =
        aws_config::defaults(BehaviorVersion::latest()).http_client(config::http_client());
    if let Some(profile) = &options.profile.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &options.region {
        loader = loader.region(Region::new(region.clone()));
    }
    loader.load().await
}

/// The SDK would look for them before every call, and the retries would wait for what a person has to do.
async fn credentials(config: &SdkConfig) -> Result<(), Problem> {
    let Some(provider) = config.credentials_provider() else {
        return Err(no_session("load credentials", &io::Error::other("none are configured")));
    };
    match provider.provide_credentials().await {
        Ok(_) => Ok(()),
        Err(error) => Err(no_session("load credentials", &error)),
    }
}

fn no_session(operation: &str, error: &(dyn std::error::Error + 'static)) -> Problem {
    Problem {
        operation: operation.to_owned(),
        cause: format!(
            "{}; sign in, or name a profile with --profile or AWS_PROFILE",
            chain(error)
        ),
    }
}
