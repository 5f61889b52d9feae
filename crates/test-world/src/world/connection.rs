//! The way of a call: from the SDK client of one of six services through the connector into the organization and back.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body::{Body, Frame};
use serde_json::{Map, Value, json};

use super::World;
use super::accounts::SESSION_KEY;
use super::faults::{ConnectionError, Fault, PANIC_TEXT};
use super::input::Input;
use super::operations::{Answer, Refusal};
use crate::connector;

/// One end of a client in the world: of the code under test, or of the test that only inspects.
pub(super) fn connect(world: &World, inspecting: bool) -> SdkConfig {
    let credentials = WorldCredentials { world: world.clone(), inspecting };
    let world = world.clone();
    connector::sdk_config_with(credentials, move |request| {
        let world = world.clone();
        async move { answer(&world, &request, inspecting).await }
    })
}

/// Answers a request, on whichever way it came.
pub(super) async fn answer(
    world: &World,
    request: &HttpRequest,
    inspecting: bool,
) -> Result<HttpResponse, ConnectorError> {
    let Request { protocol, operation, input } = parse(request, inspecting);
    if inspecting {
        return Ok(executed(world, protocol, &operation, &input));
    }
    serve(world, protocol, &operation, &input).await
}

/// Credentials that fail when a fault says so. They have expired already, so the client asks for
/// them before each call; nobody checks them.
struct WorldCredentials {
    world: World,
    inspecting: bool,
}

impl fmt::Debug for WorldCredentials {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("WorldCredentials")
    }
}

impl ProvideCredentials for WorldCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let fails = !self.inspecting && self.world.take_credentials_fault();
        let expired = Some(SystemTime::UNIX_EPOCH);
        let credentials = Credentials::new("AKIAEXAMPLE", "secret", None, expired, "tests");
        future::ProvideCredentials::ready(if fails {
            Err(CredentialsError::provider_error(sts_outage()))
        } else {
            Ok(credentials)
        })
    }
}

/// What the provider of an assumed role wraps if it cannot reach STS.
fn sts_outage() -> SdkError<AssumeRoleError, HttpResponse> {
    SdkError::dispatch_failure(ConnectorError::io("nobody listens".into()))
}

/// One call from its arrival to its answer.
async fn serve(
    world: &World,
    protocol: Protocol,
    operation: &str,
    input: &Input,
) -> Result<HttpResponse, ConnectorError> {
    let arrival = world.record(operation, input);
    pause(arrival.half_way).await;
    let answer = match arrival.change {
        Err(code) => Ok(protocol.planned(code, None)),
        Ok(_) if !world.is_permitted(&format!("{}:{operation}", protocol.service(operation))) => {
            Ok(protocol.planned("AccessDeniedException", None))
        }
        Ok(_) => {
            world.run_hook(arrival.number);
            take_effect(world, protocol, operation, input, arrival.fault).await
        }
    };
    pause(arrival.half_way).await;
    answer
}

/// What happens half-way: the call takes effect, unless a fault is in its way.
async fn take_effect(
    world: &World,
    protocol: Protocol,
    operation: &str,
    input: &Input,
    fault: Option<Fault>,
) -> Result<HttpResponse, ConnectorError> {
    let execute = || executed(world, protocol, operation, input);
    match fault {
        None => Ok(execute()),
        Some(Fault::Error(code)) => Ok(protocol.planned(code, None)),
        Some(Fault::ErrorWithReason(code, reason)) => Ok(protocol.planned(code, Some(reason))),
        Some(Fault::Status(status)) => Ok(respond(status, String::new())),
        Some(Fault::LostAnswer) => {
            execute();
            Err(ConnectionError::Io.report())
        }
        Some(Fault::Broken { error, takes_effect }) => {
            if takes_effect {
                execute();
            }
            Err(error.report())
        }
        Some(Fault::Hang { takes_effect }) => {
            if takes_effect {
                execute();
            }
            std::future::pending().await
        }
        Some(Fault::CutShort(share)) => Ok(cut_short(&execute(), share)),
        // It is taken before the call is sent, by the next number. Of several calls under way, another has got that number.
        Some(Fault::Credentials) => Ok(execute()),
        Some(Fault::Panic) => panic!("{PANIC_TEXT}"),
    }
}

/// What the service in charge answers.
fn executed(world: &World, protocol: Protocol, operation: &str, input: &Input) -> HttpResponse {
    match world.ask_others(operation, input) {
        Some((status, body)) => respond(status, body),
        None => protocol.answered(world.execute(operation, input)),
    }
}

/// The answer with this share of its body, after which the connection ends: hyper sees that there should be more.
fn cut_short(answer: &HttpResponse, share: f64) -> HttpResponse {
    let body = answer.body().bytes().unwrap_or_default();
    let length = (body.len() as f64 * share) as usize;
    let part = Some(Bytes::copy_from_slice(&body[..length]));
    HttpResponse::new(answer.status(), SdkBody::from_body_1_x(CutShort { part }))
}

/// A body that breaks off.
struct CutShort {
    part: Option<Bytes>,
}

impl Body for CutShort {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(Some(match self.part.take() {
            Some(part) => Ok(Frame::data(part)),
            None => Err(std::io::ErrorKind::UnexpectedEof.into()),
        }))
    }
}

/// Sleeps; not even a yield for no time at all, so that a world without latency needs no timer.
async fn pause(duration: Duration) {
    if !duration.is_zero() {
        tokio::time::sleep(duration).await;
    }
}

/// A call as it came in.
struct Request {
    protocol: Protocol,
    operation: String,
    input: Input,
}

/// How a service says things.
#[derive(Clone, Copy)]
enum Protocol {
    /// Organizations and KMS: everything in a JSON body, the operation in a header.
    AwsJson,
    /// AWS Backup: a resource and a JSON body, the error code in a header.
    RestJson,
    /// CloudFormation, STS and IAM: a form, answered in XML.
    AwsQuery,
}

fn parse(request: &HttpRequest, inspecting: bool) -> Request {
    let body = request.body().bytes().expect("bodies are in memory");
    let json = || serde_json::from_slice::<Map<String, Value>>(body).unwrap_or_default();
    let Scope { account, region, service } = Scope::of(request);
    let (protocol, operation, mut fields) =
        if let Some(target) = request.headers().get("x-amz-target") {
            let (_, operation) = target.split_once('.').expect("a service and its operation");
            (Protocol::AwsJson, operation.to_owned(), json())
        } else if service == "backup" {
            let (operation, mut fields) = backup_operation(request, json());
            // Those of the organization belong to no Region.
            if !operation.ends_with("GlobalSettings") {
                fields.insert("Region".to_owned(), region.into());
            }
            (Protocol::RestJson, operation, fields)
        } else {
            let text = std::str::from_utf8(body).expect("awsQuery bodies are text");
            let mut fields = form(text);
            let action = fields.remove("Action").expect("it names its action");
            (Protocol::AwsQuery, action.as_str().expect("a text").to_owned(), fields)
        };
    fields.extend(account.map(|account| ("CallerAccount".to_owned(), account.into())));
    Request { protocol, operation, input: Input { fields, inspecting } }
}

/// What a request's signature is for: `Credential=KEY/20261122/eu-west-1/backup/aws4_request`.
#[derive(Default)]
struct Scope {
    /// The account, if the key is one that AssumeRole has given.
    account: Option<String>,
    region: String,
    service: String,
}

impl Scope {
    fn of(request: &HttpRequest) -> Scope {
        let signature = request.headers().get("authorization").unwrap_or_default();
        let credential = signature.split("Credential=").nth(1).unwrap_or_default();
        let mut parts = credential.split('/');
        let key = parts.next().unwrap_or_default();
        let mut rest = parts.skip(1).map(str::to_owned);
        let account = key.strip_prefix(SESSION_KEY).filter(|rest| rest.len() == 12);
        Scope {
            account: account.map(str::to_owned),
            region: rest.next().unwrap_or_default(),
            service: rest.next().unwrap_or_default(),
        }
    }
}

/// An operation of AWS Backup, by its method and path.
fn backup_operation(
    request: &HttpRequest,
    mut fields: Map<String, Value>,
) -> (String, Map<String, Value>) {
    let verb = if request.method() == "PUT" { "Update" } else { "Describe" };
    let path = request.uri().split('?').next().unwrap_or_default();
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    let path: Vec<&str> = path.split('/').skip(1).filter(|part| !part.is_empty()).collect();
    let operation = match path.as_slice() {
        ["global-settings"] => format!("{verb}GlobalSettings"),
        ["account-settings"] => format!("{verb}RegionSettings"),
        ["backup-vaults"] => "ListBackupVaults".to_owned(),
        ["backup-vaults", name, object] => {
            fields.insert("BackupVaultName".to_owned(), (*name).into());
            match *object {
                "access-policy" => "GetBackupVaultAccessPolicy".to_owned(),
                "recovery-points" => "ListRecoveryPointsByBackupVault".to_owned(),
                other => panic!("the world does not know {other} of a vault"),
            }
        }
        other => panic!("the world does not know {other:?} of AWS Backup"),
    };
    (operation, fields)
}

/// The fields of a form.
fn form(text: &str) -> Map<String, Value> {
    let fields = text.split('&').filter_map(|field| field.split_once('='));
    fields.map(|(name, value)| (decoded(name), Value::String(decoded(value)))).collect()
}

fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().replace('+', " ").into_bytes();
    for part in parts {
        let (code, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(code, 16).expect("two digits"));
        bytes.extend(rest.replace('+', " ").into_bytes());
    }
    String::from_utf8(bytes).expect("UTF-8")
}

impl Protocol {
    /// The service of an operation, as IAM calls it.
    fn service(self, operation: &str) -> &'static str {
        match self {
            Self::AwsJson if ["Query", "PutItem", "DeleteItem"].contains(&operation) => "dynamodb",
            Self::AwsJson => "organizations",
            Self::RestJson => "backup",
            Self::AwsQuery if ["AssumeRole", "GetCallerIdentity"].contains(&operation) => "sts",
            Self::AwsQuery if operation == "Publish" => "sns",
            Self::AwsQuery => "cloudformation",
        }
    }

    fn planned(self, code: &'static str, reason: Option<&str>) -> HttpResponse {
        self.answered(Err(Refusal::planned(code, reason)))
    }

    fn answered(self, answer: Answer) -> HttpResponse {
        match answer {
            Ok(body) => respond(200, self.body(&body)),
            Err(refusal) => self.refused(&refusal),
        }
    }

    fn body(self, body: &Value) -> String {
        match self {
            Self::AwsJson | Self::RestJson => body.to_string(),
            // The answers that are read have one field each, which tells them apart.
            Self::AwsQuery => {
                let operation = if body.get("Account").is_some() {
                    "GetCallerIdentity"
                } else if body.get("Credentials").is_some() {
                    "AssumeRole"
                } else if body.get("Role").is_some() {
                    "GetRole"
                } else {
                    "DescribeOrganizationsAccess"
                };
                let result = xml(body);
                format!(
                    "<{operation}Response><{operation}Result>{result}</{operation}Result></{operation}Response>"
                )
            }
        }
    }

    fn refused(self, refusal: &Refusal) -> HttpResponse {
        let Refusal { code, message, reason } = refusal;
        // The service models mark these alone as faults of the server.
        let server = ["ServiceException", "ServiceUnavailableException"].contains(code);
        let status = if server { 500 } else { 400 };
        match self {
            Self::AwsJson => {
                let mut body = json!({"__type": code, "Message": message});
                if let Some(reason) = reason {
                    body["Reason"] = json!(reason);
                }
                respond(status, body.to_string())
            }
            Self::RestJson => {
                let mut answer = respond(status, json!({"Message": message}).to_string());
                answer.headers_mut().insert("x-amzn-errortype", format!("{code}:"));
                answer
            }
            Self::AwsQuery => respond(
                status,
                format!(
                    "<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
                ),
            ),
        }
    }
}

/// Texts, and objects of them.
fn xml(value: &Value) -> String {
    let Some(fields) = value.as_object() else {
        return value.as_str().unwrap_or_default().to_owned();
    };
    fields.iter().map(|(name, value)| format!("<{name}>{}</{name}>", xml(value))).collect()
}

fn respond(status: u16, body: String) -> HttpResponse {
    HttpResponse::new(status.try_into().expect("a status code"), SdkBody::from(body))
}
