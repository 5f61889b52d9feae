//! The organization itself: what exists, the behaviour that a test may choose, and changes made by others. The rules of the API are in `operations.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::accounts::Account;
use super::attachments::{AttachmentChange, Unsettled};
use super::effective::EffectivePolicies;
use super::point_reads::PastVersion;
use super::settings::Settings;
use super::writes::Write;

pub const ROOT: &str = "r-ab12";
pub const SECURITY: &str = "ou-ab12-11111111";
pub const BACKUP: &str = "ou-ab12-22222222";
pub const PRODUCTION: &str = "ou-ab12-33333333";
pub const SANDBOX: &str = "ou-ab12-44444444";
/// An id that no OU has.
pub const NO_SUCH_UNIT: &str = "ou-ab12-99999999";
pub const MANAGEMENT_ACCOUNT: &str = "111111111111";
pub const BACKUP_ACCOUNT: &str = "222222222222";
pub const PRODUCTION_ACCOUNT: &str = "333333333333";

pub const SCP: &str = "SERVICE_CONTROL_POLICY";
pub const RCP: &str = "RESOURCE_CONTROL_POLICY";
pub const BACKUP_POLICY: &str = "BACKUP_POLICY";
pub const FULL_AWS_ACCESS: &str = "p-FullAWSAccess";
pub const RCP_FULL_AWS_ACCESS: &str = "p-RCPFullAWSAccess";

/// The quotas of one policy type (AWS Organizations quotas page, as of 2026-05-15).
#[derive(Clone, Copy, Debug)]
pub struct Quota {
    /// Characters of a document, as sent.
    pub content: usize,
    /// Policies of the type attached directly to one target.
    pub attached: usize,
    /// Policies of the type in the organization.
    pub policies: usize,
}

/// How long `ListPolicies` leaves out a policy that was just created.
#[derive(Clone, Copy, Debug)]
pub enum ListLag {
    /// For so many listings. The pages of one listing count once.
    Listings(usize),
    For(Duration),
}

#[derive(Clone, Debug)]
pub struct Policy {
    pub name: String,
    pub policy_type: String,
    pub description: String,
    pub content: String,
    pub aws_managed: bool,
    pub targets: BTreeSet<String>,
    pub(super) lag: Option<Lag>,
    /// When CreatePolicy made it; none if others did.
    pub(super) created: Option<Instant>,
    pub(super) last_changed: Option<Instant>,
    pub(super) last_detached: Option<Instant>,
    pub(super) unsettled: Vec<Unsettled>,
}

/// A policy that is gone, as it was when it went.
#[derive(Clone)]
pub(super) struct Deleted {
    pub(super) policy: Policy,
    pub(super) at: Instant,
}

#[derive(Clone, Debug)]
pub(super) enum Lag {
    ListingsLeft(usize),
    Until(Instant),
}

/// A root, an OU or an account.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) kind: Kind,
    pub(super) name: String,
    /// None for the root only.
    pub(super) parent: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Root,
    Unit,
    Account,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Root => "ROOT",
            Kind::Unit => "ORGANIZATIONAL_UNIT",
            Kind::Account => "ACCOUNT",
        }
    }
}

/// What exists, and how the service behaves. The public fields are the test's to set.
#[derive(Clone)]
pub struct State {
    /// At most so many entries in a page, whatever MaxResults asks for.
    pub page_size: usize,
    /// Every listing starts with an empty page that carries a NextToken.
    pub empty_pages: bool,
    pub list_lag: Option<ListLag>,
    /// How long the lists still show a policy that DeletePolicy has deleted.
    pub deletion_lag: Duration,
    /// How long the lists leave out a fresh attachment, and still show one that is gone.
    pub attachment_lag: Duration,
    /// DescribePolicy and ListTagsForResource answer as things were so long ago: content, name, description, tags, and
    /// whether there is the policy at all. Changes that calls make while this is zero show at once.
    pub point_lag: Duration,
    /// How long ListTagsForResource shows no tags of a policy that CreatePolicy has made with some.
    pub tag_lag: Duration,
    /// How long calls that change a policy do not find one that CreatePolicy has made; its name is taken at once.
    pub fresh_policy_lag: Duration,
    /// How long after a change of a policy, or after EnablePolicyType for its type, it cannot be
    /// changed (PolicyChangesInProgressException).
    pub changes_in_progress: Duration,
    /// How long a type stays PENDING_ENABLE.
    pub enable_lag: Duration,
    /// How long a policy stays in use after its last detach.
    pub in_use_lag: Duration,
    /// AttachPolicy checks the target's limit before it checks whether the policy is attached there already. Which of
    /// the two AWS checks first, nobody documents.
    pub limit_before_duplicate: bool,
    /// A service control policy without a Version is stored with one, as resource control policies are. Whether AWS
    /// does so is not known.
    pub scp_version_added: bool,
    pub quotas: BTreeMap<&'static str, Quota>,
    /// False: the account is not in an organization.
    pub in_use: bool,
    /// False: the organization has consolidated billing only, so there are no policy types.
    pub all_features: bool,
    /// The resource policy that lets accounts manage policies.
    pub resource_policy: Option<String>,
    /// By service principal: its delegated administrators.
    pub administrators: BTreeMap<String, BTreeSet<String>>,
    /// What is on beside the policies.
    pub settings: Settings,
    /// What single accounts hold, by id.
    pub(super) accounts: BTreeMap<String, Account>,
    pub policies: BTreeMap<String, Policy>,
    /// Accounts that are closed, for 90 days still in the organization.
    pub closed: BTreeSet<String>,
    /// Tags by the id of what they are on.
    pub tags: BTreeMap<String, BTreeMap<String, String>>,
    pub(super) targets: BTreeMap<String, Target>,
    /// Types on the root, each with the moment of EnablePolicyType (None: enabled ever since).
    pub(super) enabled: BTreeMap<String, Option<Instant>>,
    pub(super) deleted: BTreeMap<String, Deleted>,
    pub(super) effective: EffectivePolicies,
    /// What was true of each policy before, oldest first.
    pub(super) past_versions: BTreeMap<String, Vec<PastVersion>>,
    pub(super) history: Vec<AttachmentChange>,
    pub(super) writes: Vec<Write>,
    made: usize,
}

impl State {
    /// The standard tree, with SCPs and backup policies enabled.
    pub(super) fn new() -> State {
        let mut state = State {
            page_size: 20,
            empty_pages: false,
            list_lag: None,
            deletion_lag: Duration::ZERO,
            attachment_lag: Duration::ZERO,
            point_lag: Duration::ZERO,
            tag_lag: Duration::ZERO,
            fresh_policy_lag: Duration::ZERO,
            changes_in_progress: Duration::ZERO,
            enable_lag: Duration::ZERO,
            in_use_lag: Duration::ZERO,
            limit_before_duplicate: false,
            scp_version_added: false,
            quotas: BTreeMap::from([
                (SCP, Quota { content: 10_240, attached: 10, policies: 10_000 }),
                (RCP, Quota { content: 5_120, attached: 5, policies: 1_000 }),
                (BACKUP_POLICY, Quota { content: 10_000, attached: 10, policies: 1_000 }),
            ]),
            in_use: true,
            all_features: true,
            resource_policy: None,
            administrators: BTreeMap::new(),
            settings: Settings::new(),
            accounts: BTreeMap::new(),
            policies: BTreeMap::new(),
            closed: BTreeSet::new(),
            tags: BTreeMap::new(),
            targets: BTreeMap::new(),
            enabled: BTreeMap::new(),
            deleted: BTreeMap::new(),
            effective: EffectivePolicies::default(),
            past_versions: BTreeMap::new(),
            history: Vec::new(),
            writes: Vec::new(),
            made: 0,
        };
        state.put_target(ROOT, Kind::Root, None, "Root");
        state.put_target(SECURITY, Kind::Unit, Some(ROOT), "Security");
        state.put_target(BACKUP, Kind::Unit, Some(SECURITY), "Backup");
        state.put_target(PRODUCTION, Kind::Unit, Some(ROOT), "Production");
        state.put_target(SANDBOX, Kind::Unit, Some(ROOT), "Sandbox");
        state.put_target(MANAGEMENT_ACCOUNT, Kind::Account, Some(ROOT), "Master Account");
        state.put_target(BACKUP_ACCOUNT, Kind::Account, Some(BACKUP), "Central Backup");
        state.put_target(PRODUCTION_ACCOUNT, Kind::Account, Some(PRODUCTION), "Web Shop");
        state.enable_type(SCP);
        state.enable_type(BACKUP_POLICY);
        state
    }

    /// Everything that can change, in a form to compare: policies by type and name, their ids left out.
    pub fn snapshot(&self) -> BTreeMap<String, String> {
        self.snapshot_without("")
    }

    /// The snapshot that is the same whichever event has made a policy.
    pub fn snapshot_of_any_event(&self) -> BTreeMap<String, String> {
        self.snapshot_without("cfn-org-policy:request-id")
    }

    fn snapshot_without(&self, tag: &str) -> BTreeMap<String, String> {
        let policies = self.policies.iter().map(|(id, policy)| {
            let Policy { name, policy_type, description, content, targets, .. } = policy;
            let tags = self.tags.get(id).into_iter().flatten().filter(|(key, _)| *key != tag);
            // A tag may name a policy by its id.
            let named = |value| self.policies.get(value).map_or(value, |policy| &policy.name);
            let tags: BTreeMap<&String, &String> =
                tags.map(|(key, value)| (key, named(value))).collect();
            let key = format!("{policy_type} {name}");
            (key, format!("{description:?} {content} on {targets:?} with {tags:?}"))
        });
        let types = self.enabled.keys().map(|name| (name.clone(), "enabled".to_owned()));
        policies.chain(types).chain(self.settings.snapshot()).collect()
    }

    // Changes by others: they obey no rule and leave no trace among the recorded calls.

    /// A new OU. Siblings may have the same name, which the API itself does not allow.
    pub fn add_unit(&mut self, parent: &str, name: &str) -> String {
        self.made += 1;
        let id = format!("ou-ab12-{:08}", self.made);
        self.put_target(&id, Kind::Unit, Some(parent), name);
        self.guard_new_target(&id);
        id
    }

    pub fn rename_unit(&mut self, id: &str, name: &str) {
        self.targets.get_mut(id).expect("the OU exists").name = name.to_owned();
    }

    pub fn add_account(&mut self, parent: &str, name: &str) -> String {
        self.made += 1;
        let id = format!("{:012}", 900_000_000_000 + self.made);
        self.put_target(&id, Kind::Account, Some(parent), name);
        self.guard_new_target(&id);
        id
    }

    /// A new policy, listed at once; changes to the rest of it through [`State::policy`].
    pub fn add_policy(&mut self, policy_type: &str, name: &str, content: &str) -> String {
        self.made += 1;
        let id = format!("p-{:010}", self.made);
        self.put_policy(&id, policy_type, name, content);
        id
    }

    pub fn policy(&mut self, id: &str) -> &mut Policy {
        self.policies.get_mut(id).expect("the policy exists")
    }

    pub fn remove_policy(&mut self, id: &str) {
        self.take_policy(id);
        self.past_versions.remove(id);
    }

    pub fn tag(&mut self, resource: &str, key: &str, value: &str) {
        let tags = self.tags.entry(resource.to_owned()).or_default();
        tags.insert(key.to_owned(), value.to_owned());
    }

    pub fn attach(&mut self, policy: &str, target: &str) {
        let policy = self.policy(policy);
        policy.targets.insert(target.to_owned());
        policy.settle(target);
    }

    pub fn detach(&mut self, policy: &str, target: &str) {
        let policy = self.policy(policy);
        policy.targets.remove(target);
        policy.settle(target);
    }

    /// Enables a type at once. The guard rails that belong to it get attached everywhere (Organizations user guide,
    /// enabling a policy type).
    pub fn enable_type(&mut self, policy_type: &str) {
        self.enabled.insert(policy_type.to_owned(), None);
        self.guard_everything(policy_type);
    }

    /// Disabling a type drops every attachment of it.
    pub fn disable_type(&mut self, policy_type: &str) {
        self.enabled.remove(policy_type);
        for policy in self.policies.values_mut().filter(|policy| policy.policy_type == policy_type)
        {
            policy.targets.clear();
            policy.unsettled.clear();
        }
    }

    // What the operations are made of.

    pub(super) fn put_policy(&mut self, id: &str, policy_type: &str, name: &str, content: &str) {
        let policy = Policy {
            name: name.to_owned(),
            policy_type: policy_type.to_owned(),
            description: String::new(),
            content: content.to_owned(),
            aws_managed: false,
            targets: BTreeSet::new(),
            lag: None,
            created: None,
            last_changed: None,
            last_detached: None,
            unsettled: Vec::new(),
        };
        self.policies.insert(id.to_owned(), policy);
    }

    /// What DeletePolicy does: the lists may still show the policy.
    pub(super) fn delete_policy(&mut self, id: &str) {
        let policy = self.take_policy(id);
        self.deleted.insert(id.to_owned(), Deleted { policy, at: Instant::now() });
    }

    fn take_policy(&mut self, id: &str) -> Policy {
        self.tags.remove(id);
        self.policies.remove(id).expect("the policy exists")
    }

    /// The deleted policies that the lists still show.
    pub(super) fn lingering(&self) -> impl Iterator<Item = (&String, &Policy)> {
        let now = Instant::now();
        let lingering =
            self.deleted.iter().filter(move |(_, gone)| gone.at + self.deletion_lag > now);
        lingering.map(|(id, gone)| (id, &gone.policy))
    }

    /// Whether the policy, or its whole type, was changed so recently that it cannot be changed.
    pub(super) fn is_changing(&self, policy: &Policy) -> bool {
        let enabled = self.enabled.get(&policy.policy_type).copied().flatten();
        let changes = policy.last_changed.into_iter().chain(enabled);
        changes.max().is_some_and(|last| Instant::now() < last + self.changes_in_progress)
    }

    /// Whether the policy was created so recently that calls which change one do not find it.
    pub(super) fn is_fresh(&self, policy: &Policy) -> bool {
        policy.created.is_some_and(|at| Instant::now() < at + self.fresh_policy_lag)
    }

    /// The lag of a policy that is created now.
    pub(super) fn new_lag(&self) -> Option<Lag> {
        self.list_lag.map(|lag| match lag {
            ListLag::Listings(count) => Lag::ListingsLeft(count),
            ListLag::For(duration) => Lag::Until(Instant::now() + duration),
        })
    }

    /// Attaches FullAWSAccess or RCPFullAWSAccess to all there is.
    pub(super) fn guard_everything(&mut self, policy_type: &str) {
        let Some((id, name)) = guard(policy_type) else {
            return;
        };
        if !self.policies.contains_key(id) {
            self.put_policy(id, policy_type, name, FULL_ACCESS);
            let policy = self.policy(id);
            policy.aws_managed = true;
            policy.description = "Allows access to every operation".to_owned();
        }
        let everything = self.targets.keys().cloned().collect();
        let policy = self.policy(id);
        policy.targets = everything;
        policy.unsettled.clear();
    }

    /// New OUs and accounts get the guards of the enabled types.
    pub(super) fn guard_new_target(&mut self, target: &str) {
        let types: Vec<String> = self.enabled.keys().cloned().collect();
        for (id, _) in types.iter().filter_map(|policy_type| guard(policy_type)) {
            self.attach(id, target);
        }
    }

    pub(super) fn put_target(&mut self, id: &str, kind: Kind, parent: Option<&str>, name: &str) {
        let target = Target { kind, name: name.to_owned(), parent: parent.map(str::to_owned) };
        self.targets.insert(id.to_owned(), target);
    }

    /// ENABLED, PENDING_ENABLE, or None for a type that is not enabled.
    pub(super) fn type_status(&self, policy_type: &str) -> Option<&'static str> {
        let since = self.enabled.get(policy_type)?;
        match since {
            Some(since) if Instant::now() < *since + self.enable_lag => Some("PENDING_ENABLE"),
            _ => Some("ENABLED"),
        }
    }

    pub(super) fn children(&self, parent: &str, kind: Kind) -> Vec<Value> {
        self.targets
            .iter()
            .filter(|(_, target)| target.kind == kind && target.parent.as_deref() == Some(parent))
            .map(|(id, _)| self.target_json(id))
            .collect()
    }
}

/// The policy of AWS that every target carries while its type is enabled.
fn guard(policy_type: &str) -> Option<(&'static str, &'static str)> {
    match policy_type {
        SCP => Some((FULL_AWS_ACCESS, "FullAWSAccess")),
        RCP => Some((RCP_FULL_AWS_ACCESS, "RCPFullAWSAccess")),
        _ => None,
    }
}

const FULL_ACCESS: &str = concat!(
    r#"{"Version": "2012-10-17", "#,
    r#""Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#
);
