//! What went wrong, as a user reads it in the stack's events.
//!
//! The `Display` of an [`Error`] **is** the Reason that CloudFormation shows: operation, object,
//! cause, remedy, in one line and in lower case. No presigned URL and no credential can be part
//! of one.

use std::fmt;
use std::iter::successors;

pub use policy_document::fault::{Fault, path};

/// Another library's error and what caused it, outermost first.
pub fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    successors(Some(error), |&cause| cause.source())
}

/// Another library's error with all that caused it, in one line.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let texts: Vec<String> = causes(error).map(ToString::to_string).collect();
    texts.join(": ")
}

/// The class of an answer of AWS, as far as we act on it.
///
/// Source: the errors of each operation in the API references of AWS Organizations, AWS Backup and
/// CloudFormation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The role may not call this.
    AccessDenied,
    /// A policy of this name and type exists.
    DuplicatePolicy,
    /// The policy is attached there already.
    AlreadyAttached,
    /// The policy is not attached there.
    NotAttached,
    /// The policy is still attached somewhere.
    PolicyInUse,
    /// There is no such policy.
    PolicyNotFound,
    /// There is no such root, OU, account, or tagged resource.
    TargetNotFound,
    /// The type is not enabled on the root.
    TypeNotEnabled,
    /// The type is enabled already.
    TypeAlreadyEnabled,
    /// The target holds as many policies of this type as it may.
    AttachmentLimit,
    /// The target must keep at least one policy of this type.
    LastAttachment,
    /// The organization holds as many policies of this type as it may.
    PolicyLimit,
    /// The document is longer than the type allows.
    ContentLimit,
    /// The policy has more tags than it may.
    TagLimit,
    /// The organization does not have this type of policy at all.
    TypeNotAvailable,
    /// AWS Organizations does not know the policy type's name.
    UnknownType,
    /// A text, such as a name, holds what AWS Organizations does not take.
    UnsuitableText,
    /// The document is not what the type asks for.
    MalformedDocument,
    /// The account is in no organization, or the organization is not active.
    NoOrganization,
    /// The input is wrong for the service, or the account is the wrong one for it.
    BadRequest,
    /// Only the organization's management account may call this.
    NotManagementAccount,
    /// The service does not know the caller's credentials.
    UnknownCredentials,
    /// The account has not enabled the Region.
    RegionDisabled,
    /// Nobody answers under the Region's address.
    Unreachable,
    /// There are no credentials to call with: a role that cannot be assumed, above all.
    NoCredentials,
    /// Not sent any more: CloudFormation has gone on to a later event.
    Overtaken,
    /// Anything else.
    Other,
}

/// A call that AWS refused, or that never got an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallError {
    /// What we make of it.
    pub kind: Kind,
    /// AWS's own message and error code, or what kept the call from being answered.
    pub message: String,
}

impl CallError {
    /// A refusal of what only the management account may call: its cause may be the role or the
    /// account, and AWS does not always say which.
    pub fn of_the_management_account(self) -> Self {
        match self.kind {
            Kind::AccessDenied | Kind::BadRequest => {
                Self { kind: Kind::NotManagementAccount, ..self }
            }
            _ => self,
        }
    }

    /// A refusal in a Region, be it the function's own. One that is off knows no credentials of the
    /// account.
    pub fn of_a_region(self) -> Self {
        match self.kind {
            Kind::UnknownCredentials => Self { kind: Kind::RegionDisabled, ..self },
            _ => self,
        }
    }

    fn remedy(&self) -> &'static str {
        match self.kind {
            Kind::AccessDenied => {
                "; grant this action to the function's role, and run it in the management account, \
                 as a delegated administrator, or with ManagementRoleArn"
            }
            Kind::PolicyNotFound => "; update the stack to create the policy again",
            Kind::TargetNotFound => {
                "; no such root, organizational unit or account in this organization: correct Targets"
            }
            Kind::TypeNotEnabled => {
                "; this policy type is not enabled on the root: set EnablePolicyType to true, or enable it"
            }
            Kind::LastAttachment => {
                "; the last policy of this type cannot be detached: attach another one first, for example \
                 FullAWSAccess, then try again"
            }
            Kind::PolicyLimit => {
                "; the organization has its maximum number of policies of this type: delete one that is not needed"
            }
            Kind::DuplicatePolicy => {
                "; another policy of this type has that name: rename or delete it first (to swap \
                 two names, use a third one in between)"
            }
            Kind::PolicyInUse => "; somebody has attached it again: detach it, then delete again",
            Kind::NoOrganization => {
                "; deploy the function in the management account, or give it a ManagementRoleArn there"
            }
            Kind::NotManagementAccount => {
                "; only the organization's management account may do this: run the function there, or with \
                 ManagementRoleArn, and grant its role this action"
            }
            Kind::Unreachable => {
                "; AWS Backup has no endpoint in this Region, or cannot be reached: correct Regions, or \
                 try again"
            }
            Kind::RegionDisabled => {
                "; the account has not enabled this Region: enable it, or remove it from Regions"
            }
            Kind::AttachmentLimit => {
                "; the target has its maximum number of policies: detach one first"
            }
            Kind::ContentLimit => "; the document is too long: split the policy in two",
            Kind::TagLimit => "; the policy has too many tags: declare fewer",
            Kind::TypeNotAvailable => {
                "; this organization cannot have policies of this type: enable all features, or correct Type"
            }
            Kind::UnknownType => {
                "; AWS Organizations does not know this policy type: correct its name"
            }
            Kind::UnsuitableText => {
                "; AWS Organizations does not take a text of this form: correct Name, Description or Tags"
            }
            Kind::NoCredentials => {
                "; check ManagementRoleArn, and that this role trusts the function's role"
            }
            Kind::Overtaken => {
                "; CloudFormation has gone on without this event: look at the later events of the stack"
            }
            Kind::MalformedDocument
            | Kind::AlreadyAttached
            | Kind::NotAttached
            | Kind::TypeAlreadyEnabled
            | Kind::UnknownCredentials
            | Kind::BadRequest
            | Kind::Other => "",
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.message, self.remedy())
    }
}

/// How the owner of a policy is related to the resource that meets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// It is in the same stack.
    SameStack,
    /// Its stack has the same name: that one was deleted, or the tags are of another account.
    EarlierStack,
    /// It is in another stack.
    AnotherStack,
}

impl Relation {
    /// Deleting a policy where it belongs would take off a guard that is to stay.
    fn remedy(self, id: &str) -> String {
        match self {
            Self::SameStack => format!(
                "; to move it here, set AdoptExisting to {id} and remove the other resource in the same deployment, or choose another Name"
            ),
            Self::EarlierStack => format!(
                "; that is another stack of the same name, perhaps one that was deleted: set AdoptExisting to {id} to take the policy over"
            ),
            Self::AnotherStack => format!(
                "; to move it here, set AdoptExisting to {id}, then remove it there, or choose another Name"
            ),
        }
    }
}

/// Everything that makes an event end in FAILED, or leaves it without an answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The event is not a custom-resource event.
    #[error(
        "read event: {0}; invoke this function as the ServiceToken of a CloudFormation custom resource"
    )]
    Event(String),

    /// The properties hold faults; nothing was called.
    #[error("read properties: {}", faults(.0))]
    Properties(Vec<Fault>),

    /// A call to AWS failed.
    #[error("{operation}: {cause}")]
    Call {
        /// The operation and its object.
        operation: String,
        /// AWS's answer and the remedy.
        cause: CallError,
    },

    /// AWS has refused the document, and says neither what is wrong with it nor where.
    #[error("{operation}: {message}; {}", in_document(faults))]
    MalformedDocument {
        /// The operation and its object.
        operation: String,
        /// AWS's own message and error code.
        message: String,
        /// What the checker finds, the likeliest causes first.
        faults: Vec<Fault>,
    },

    /// CreatePolicy met a policy of the same name and type: look at it, and plan once more.
    #[error(
        "create policy {name:?}: a {policy_type} of this name exists, but ListPolicies does not show it yet; try again"
    )]
    NameTaken {
        /// The policy's name.
        name: String,
        /// The policy's type.
        policy_type: String,
    },

    /// The policy carries the tags of another resource.
    #[error("{operation}: it belongs to resource {logical_id} of stack {stack_id}{}", relation.remedy(id))]
    OwnedByAnother {
        /// The operation and its object.
        operation: String,
        /// The policy's id, to adopt it by.
        id: String,
        /// How the two resources are related.
        relation: Relation,
        /// The stack named in its tags.
        stack_id: String,
        /// The resource named in its tags.
        logical_id: String,
    },

    /// The policy was moved to another resource, and CloudFormation holds it for both.
    #[error(
        "{operation}: it was moved to {other}, which holds it now: two resources declare it; remove one of them from its template"
    )]
    DeclaredTwice {
        /// The operation and its object.
        operation: String,
        /// The resource that it was moved to.
        other: String,
    },

    /// The policy was moved to another resource, and CloudFormation does not say what has become of that.
    #[error(
        "{operation}: it was moved to {other}, and CloudFormation does not say whether that one holds it; try again, and let the function's role call cloudformation:ListStackResources there"
    )]
    OwnerUnknown {
        /// The operation and its object.
        operation: String,
        /// The resource that it was moved to.
        other: String,
    },

    /// A move would change the policy, too; nothing was written.
    #[error(
        "{operation}: a move from {from} changes the owner and nothing else, but the policy is not as declared ({}); declare it as it is now, and change it in the next deployment",
        difference.join("; ")
    )]
    ChangeInMove {
        /// The operation and its object.
        operation: String,
        /// The resource that it is moved from.
        from: String,
        /// What would have to be done besides.
        difference: Vec<String>,
    },

    /// The tags of a move do not fit; nothing was written.
    #[error(
        "{operation}: with the tags of the move it would have {tags} tags, but {allowed} are allowed; remove some of the Tags, move the policy, and declare them again"
    )]
    NoRoomForMove {
        /// The operation and its object.
        operation: String,
        /// All tags that it would have.
        tags: usize,
        /// All tags that it may have.
        allowed: usize,
    },

    /// The tags that this event has set are not there any more.
    #[error(
        "{operation}: {other} has taken it over meanwhile; decide which of the two is to have it, and remove the other"
    )]
    TakenOver {
        /// The operation and its object.
        operation: String,
        /// Who, as far as the tags say.
        other: String,
    },

    /// What AWS shows may be out of date, and there is no time to wait until it is not.
    #[error(
        "{operation}: AWS may show for {seconds} s what was before, and less time is left; set ServiceTimeout to 120 or more, or try again"
    )]
    TooLittleTime {
        /// The operation and its object.
        operation: String,
        /// How long reads may lag behind.
        seconds: u64,
    },

    /// `AdoptExisting` names a policy that is not there.
    #[error(
        "adopt policy {id}: there is no such policy; correct AdoptExisting, or remove it to create a new policy"
    )]
    NothingToAdopt {
        /// The id in AdoptExisting.
        id: String,
    },

    /// A policy of this name exists that no stack owns.
    #[error(
        "{operation}: it exists and no stack owns it; set AdoptExisting to true to adopt it, or choose another Name"
    )]
    Unowned {
        /// The operation and its object.
        operation: String,
    },

    /// The policy is AWS's or Control Tower's own.
    #[error(
        "{operation}: AWS or Control Tower manages this policy, and this function never changes it; choose another Name, or do not adopt it"
    )]
    Protected {
        /// The operation and its object.
        operation: String,
    },

    /// `AdoptExisting` names a policy that this resource cannot have.
    #[error(
        "adopt policy {id}: {cause}; correct AdoptExisting, or remove it to create a new policy"
    )]
    CannotAdopt {
        /// The id in AdoptExisting.
        id: String,
        /// Why not.
        cause: String,
    },

    /// A step of an OU path does not exist, or exists twice.
    #[error("find target {path}: {cause}")]
    OuPath {
        /// The path as declared.
        path: String,
        /// Which step, and the names beside it.
        cause: String,
    },

    /// The target holds as many policies of the type as it may.
    #[error("{operation}: {} policies of type {policy_type} are already attached to the target ({}); detach one first", holders.len(), holders.join(", "))]
    TargetFull {
        /// The operation and its object.
        operation: String,
        /// The policy's type.
        policy_type: String,
        /// The names of the policies that hold the places.
        holders: Vec<String>,
    },

    /// With `ManageAttachments: Declared`, a Delete met attachments of others.
    #[error("{operation}: it is also attached, by others, to {}{}; detach it there, or set ManageAttachments to All", targets.join(", "), lost(lost_paths))]
    ForeignAttachments {
        /// The operation and its object.
        operation: String,
        /// Where others attached it.
        targets: Vec<String>,
        /// Declared OU paths that lead nowhere: one of those attachments may be theirs.
        lost_paths: Vec<String>,
    },

    /// The opt-in of another account than the function's counts; nothing was changed.
    #[error(
        "switch on in Regions: the function works in account {account}, but only the opt-in of the \
         management account {management} counts; deploy it there, or give it a ManagementRoleArn there"
    )]
    OptInElsewhere {
        /// The account the function works in.
        account: String,
        /// The organization's management account.
        management: String,
    },

    /// AWS Backup does not know declared resource types in declared Regions; nothing was changed.
    #[error(
        "opt in to resource types: not supported in {}; correct ResourceTypes, or declare that Region in a \
         resource of its own",
        .0.join("; in ")
    )]
    UnknownResourceTypes(Vec<String>),

    /// AWS Backup does not manage declared resource types fully in declared Regions; nothing was
    /// changed.
    #[error(
        "switch on full management: not supported in {}; correct FullManagement, or declare that Region \
         in a resource of its own",
        .0.join("; in ")
    )]
    UnknownFullManagement(Vec<String>),

    /// Something we wait for did not come in time.
    #[error("{operation}: not finished after {seconds} s; try again")]
    TimedOut {
        /// The operation and its object.
        operation: String,
        /// How long we waited.
        seconds: u64,
    },

    /// The time for the work ran out.
    #[error("{operation}: time ran out after {done} of {planned} steps{}; try again: the next event continues from there", last_answer.as_ref().map(|a| format!(" (AWS last answered: {a})")).unwrap_or_default())]
    Deadline {
        /// What was being done.
        operation: String,
        /// Steps done.
        done: usize,
        /// Steps planned.
        planned: usize,
        /// The last answer that made us wait, if any, with its remedy.
        last_answer: Option<CallError>,
    },

    /// A fault of this program.
    #[error(
        "{operation}: the function has a bug; its log says where: report it, then update the stack again"
    )]
    Internal {
        /// What was being done.
        operation: String,
    },

    /// Another error, after which what had been created could not be cleaned up either.
    #[error("{error}; cleaning up failed as well: {cleanup}")]
    CleanupFailed {
        /// What failed first.
        error: Box<Error>,
        /// What failed while cleaning up.
        cleanup: Box<Error>,
    },

    /// The answer did not reach CloudFormation.
    #[error("send the response to CloudFormation: {0}")]
    Undelivered(String),
}

impl Error {
    /// A call that failed while this was being done.
    pub fn call(operation: impl Into<String>, cause: CallError) -> Self {
        Self::Call { operation: operation.into(), cause }
    }

    /// Whether a read that shows what was before may be the reason.
    pub fn may_be_due_to_lag(&self) -> bool {
        matches!(
            self,
            Self::OwnedByAnother { .. }
                | Self::DeclaredTwice { .. }
                | Self::ChangeInMove { .. }
                | Self::Unowned { .. }
                | Self::NothingToAdopt { .. }
                | Self::CannotAdopt { .. }
        )
    }

    /// Whether the work ended because CloudFormation has gone on to a later event.
    pub fn is_overtaken(&self) -> bool {
        matches!(self, Self::Call { cause: CallError { kind: Kind::Overtaken, .. }, .. })
    }
}

fn lost(paths: &[String]) -> String {
    if paths.is_empty() {
        return String::new();
    }
    format!(" (or declared as {}, which no longer exists)", paths.join(", "))
}

/// What is wrong with a document that AWS has refused, as far as the checker knows.
fn in_document(found: &[Fault]) -> String {
    if found.is_empty() {
        return "compare Content with the syntax of this policy type".to_owned();
    }
    format!("found in it: {}", faults(found))
}

fn faults(faults: &[Fault]) -> String {
    let list: Vec<String> = faults.iter().map(Fault::to_string).collect();
    list.join("; ")
}
