//! What is on in the organization beside its policies: trusted access (Organizations' half and StackSets' own), and AWS
//! Backup's settings, global and of each Region.
//!
//! Sources: the API references of AWS Organizations, CloudFormation and AWS Backup. That AWS Backup's updates leave alone
//! what they do not name is how its users see them work (`update-region-settings --resource-type-opt-in-preference
//! S3=true`); `replaces` is the other reading.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::accounts::SESSION_KEY;
use super::input::Input;
use super::operations::{Answer, Refusal, invalid, refuse};
use super::reads;
use super::state::{MANAGEMENT_ACCOUNT, State};

pub const BACKUP_SERVICE: &str = "backup.amazonaws.com";
pub const STACKSETS_SERVICE: &str = "stacksets.cloudformation.amazonaws.com";
/// The one principal of StackSets that Organizations itself recognizes.
const STACKSETS_MEMBER: &str = "member.org.stacksets.cloudformation.amazonaws.com";

pub const EU: &str = "eu-west-1";
pub const US: &str = "us-east-1";

/// The public fields are the test's to set.
#[derive(Clone)]
pub struct Settings {
    /// False: the account is not the organization's management account.
    pub in_management_account: bool,
    /// An update of AWS Backup's settings replaces all of them.
    pub replaces: bool,
    /// How long StackSets do not count as trusted after they have been made so.
    pub stacksets_lag: Duration,
    /// The service principals that Organizations trusts.
    pub trusted: BTreeSet<String>,
    /// Since when StackSets work in the organization.
    pub stacksets: Option<Instant>,
    pub global: BTreeMap<String, bool>,
    /// By Region: the types that it knows, and whether they are opted in to. Other Regions are off.
    pub regions: BTreeMap<String, BTreeMap<String, bool>>,
    /// By Region: the types that can be fully managed, and whether they are.
    pub full_management: BTreeMap<String, BTreeMap<String, bool>>,
}

impl Settings {
    /// Nothing is on but what AWS Backup opts in to by itself.
    pub(super) fn new() -> Settings {
        let off = |names: &[&str]| -> BTreeMap<String, bool> {
            names.iter().map(|name| ((*name).to_owned(), false)).collect()
        };
        let mut types =
            off(&["Aurora", "DynamoDB", "EBS", "EC2", "EFS", "RDS", "S3", "Storage Gateway"]);
        types.insert("EFS".to_owned(), true);
        let mut more = types.clone();
        more.insert("Timestream".to_owned(), false);
        // As AWS's page on advanced DynamoDB backup shows an account from before them.
        let mut managed = off(&["DynamoDB"]);
        managed.insert("EFS".to_owned(), true);
        Settings {
            in_management_account: true,
            replaces: false,
            stacksets_lag: Duration::ZERO,
            trusted: BTreeSet::new(),
            stacksets: None,
            global: off(&[
                "isCrossAccountBackupEnabled",
                "isDelegatedAdministratorEnabled",
                "isMpaEnabled",
            ]),
            regions: BTreeMap::from([(EU.to_owned(), types), (US.to_owned(), more)]),
            full_management: [EU, US].map(|name| (name.to_owned(), managed.clone())).into(),
        }
    }

    /// All that is on, by its name.
    pub fn on(&self) -> BTreeSet<String> {
        let on = |settings: &BTreeMap<String, bool>| -> Vec<String> {
            settings.iter().filter(|(_, on)| **on).map(|(name, _)| name.clone()).collect()
        };
        let mut names = self.trusted.clone();
        names.extend(self.stacksets.map(|_| STACKSETS_SERVICE.to_owned()));
        names.extend(on(&self.global));
        for (region, types) in &self.regions {
            names.extend(on(types).iter().map(|name| format!("{region}/{name}")));
        }
        for (region, types) in &self.full_management {
            names.extend(on(types).iter().map(|name| format!("{region}/{name} fully managed")));
        }
        names
    }

    pub(super) fn snapshot(&self) -> BTreeMap<String, String> {
        self.on().into_iter().map(|name| (name, "on".to_owned())).collect()
    }

    fn set(settings: &mut BTreeMap<String, bool>, sent: BTreeMap<String, bool>, replaces: bool) {
        if replaces {
            settings.values_mut().for_each(|on| *on = false);
        }
        settings.extend(sent);
    }
}

/// The operations of AWS Backup, StackSets and STS; none for one of Organizations.
pub(super) fn execute(state: &mut State, operation: &str, input: &Input) -> Option<Answer> {
    let settings = &mut state.settings;
    Some(match operation {
        "DescribeOrganizationsAccess" => {
            let lag = settings.stacksets_lag;
            let on = settings.stacksets.is_some_and(|since| since + lag <= Instant::now());
            Ok(json!({"Status": if on { "ENABLED" } else { "DISABLED" }}))
        }
        "ActivateOrganizationsAccess" => activate(settings),
        "GetCallerIdentity" => {
            let other = "999988887777";
            let account = if settings.in_management_account { MANAGEMENT_ACCOUNT } else { other };
            let arn = format!("arn:aws:sts::{account}:assumed-role/Admin/anna");
            Ok(json!({"Account": account, "Arn": arn}))
        }
        "AssumeRole" => Ok(json!({"Credentials": {
            "AccessKeyId": session_key(input),
            "SecretAccessKey": "secret",
            "SessionToken": "token",
            "Expiration": "2999-01-01T00:00:00Z",
        }})),
        "DescribeGlobalSettings" => {
            let texts = settings.global.iter().map(|(key, on)| (key, on.to_string()));
            Ok(json!({"GlobalSettings": texts.collect::<BTreeMap<_, _>>()}))
        }
        "UpdateGlobalSettings" => update_global(settings, input),
        "DescribeRegionSettings" => region(settings, input).map(|region| {
            json!({
                "ResourceTypeOptInPreference": settings.regions[&region],
                "ResourceTypeManagementPreference": settings.full_management[&region],
            })
        }),
        "UpdateRegionSettings" => update_region(settings, input),
        _ => return None,
    })
}

/// The key names the account of the role.
fn session_key(input: &Input) -> String {
    let account = input.optional("RoleArn").and_then(|arn| arn.split(':').nth(4));
    format!("{SESSION_KEY}{}", account.unwrap_or("EXAMPLE"))
}

fn activate(settings: &mut Settings) -> Answer {
    if !settings.in_management_account {
        let message = "You must be the management account";
        return Err(refuse("ValidationError", message));
    }
    settings.trusted.insert(STACKSETS_MEMBER.to_owned());
    settings.stacksets.get_or_insert_with(Instant::now);
    Ok(json!({}))
}

fn update_global(settings: &mut Settings, input: &Input) -> Answer {
    if !settings.in_management_account {
        return Err(refuse("InvalidRequestException", "the account is no management account"));
    }
    let sent = sent(input, "GlobalSettings", &settings.global)?;
    Settings::set(&mut settings.global, sent, settings.replaces);
    Ok(json!({}))
}

/// Either of its maps may be left out, and stays as it is then.
fn update_region(settings: &mut Settings, input: &Input) -> Answer {
    let region = region(settings, input)?;
    let maps = [
        ("ResourceTypeOptInPreference", &mut settings.regions),
        ("ResourceTypeManagementPreference", &mut settings.full_management),
    ];
    if maps.iter().all(|(field, _)| !input.has(field)) {
        return Err(refuse("MissingParameterValueException", "nothing is sent"));
    }
    for (field, regions) in maps {
        if input.has(field) {
            let types = regions.get_mut(&region).expect("the Region is on");
            let sent = sent(input, field, types)?;
            Settings::set(types, sent, settings.replaces);
        }
    }
    Ok(json!({}))
}

/// The Region of a call, if the account has enabled it.
fn region(settings: &Settings, input: &Input) -> Result<String, Refusal> {
    let name = input.optional("Region").expect("an address has a Region");
    if !settings.regions.contains_key(name) {
        return Err(refuse("UnrecognizedClientException", "The security token is invalid"));
    }
    Ok(name.to_owned())
}

/// The settings sent, all of which have to be known.
fn sent(
    input: &Input,
    field: &str,
    known: &BTreeMap<String, bool>,
) -> Result<BTreeMap<String, bool>, Refusal> {
    let Some(sent) = input.fields.get(field).and_then(Value::as_object) else {
        return Err(refuse("MissingParameterValueException", "nothing is sent"));
    };
    if sent.keys().any(|key| !known.contains_key(key)) {
        return Err(refuse("InvalidParameterValueException", "an element has an invalid value"));
    }
    let on = |value: &Value| value == &json!(true) || value == "true";
    Ok(sent.iter().map(|(key, value)| (key.clone(), on(value))).collect())
}

/// EnableAWSServiceAccess, which is no error for a service that is trusted already.
pub(super) fn trust(state: &mut State, input: &Input) -> Answer {
    let principal = input.text("ServicePrincipal")?;
    if !state.settings.in_management_account {
        return Err(refuse("AccessDeniedException", "You don't have permissions"));
    }
    if ![BACKUP_SERVICE, STACKSETS_MEMBER].contains(&principal) {
        return Err(invalid("UNRECOGNIZED_SERVICE_PRINCIPAL"));
    }
    state.settings.trusted.insert(principal.to_owned());
    Ok(json!({}))
}

pub(super) fn list_trusted(state: &State, input: &Input) -> Answer {
    let services = state.settings.trusted.iter();
    let services = services.map(|name| json!({"ServicePrincipal": name})).collect();
    reads::page(state, input, "EnabledServicePrincipals", services)
}
