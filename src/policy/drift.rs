//! Drift: what differs between a policy as it is declared and as it is, though no deployment is under
//! way. A pure function, for whoever looks; the function itself never asks.
//!
//! Where a part of the declaration is not known, the [digest](super::digest) says whether the policy is
//! as the function has left it.

use std::collections::{BTreeMap, BTreeSet};

use policy_document::difference::{Difference, Part as DifferencePart, differences};
use serde_json::Value;

use super::desired::Declared;
use super::digest::{Digest, Hash};
use super::observed::LivePolicy;
use super::ownership::{self, Ownership, ResourceKey};
use super::properties::ManageAttachments;
use crate::aws::types::Tags;
use crate::error::path;

/// A part of a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// `Name`.
    Name,
    /// `Description`.
    Description,
    /// `Content`, with its variables.
    Content,
    /// `Targets`, and `ManageAttachments`.
    Targets,
    /// `Tags`.
    Tags,
}

impl Part {
    /// The property that it is.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Description => "Description",
            Self::Content => "Content",
            Self::Targets => "Targets",
            Self::Tags => "Tags",
        }
    }
}

/// One thing that is not as declared.
#[derive(Clone, Debug, PartialEq)]
pub enum Drift {
    /// The policy is gone.
    Deleted,
    /// It is nobody's: a tag that names the owner is gone.
    Unowned,
    /// Its tags name another resource.
    OwnedBy(ResourceKey),
    /// Name, description, content or a tag: as declared, and as it is.
    Changed(Difference),
    /// This part is not as the function has left it. What it was is not known.
    ChangedUnseen(Part),
    /// It is not attached to this target, by its id.
    Detached(String),
    /// It is attached to this target, by its id, and should not be.
    Attached(String),
}

/// What a look at one policy comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// What is not as declared.
    pub drift: Vec<Drift>,
    /// Parts of which nobody can say whether they are: the declaration is not known, and the digest
    /// does not tell.
    pub unknown: BTreeSet<Part>,
    /// Parts that differ from the declaration and are as the digest has them: either the declaration was
    /// not the one that was deployed, or somebody has changed policy and digest.
    pub as_applied: BTreeSet<Part>,
    /// What the digest tells of the declaration.
    pub digest: DigestStatus,
}

/// What the digest tells of the declaration, as far as that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DigestStatus {
    /// The policy has none, or one in a form that is not known.
    #[default]
    Missing,
    /// The declaration is what the function has applied.
    Agrees,
    /// The function has applied something else, or somebody has changed the tag.
    Differs,
}

/// A policy as declared.
#[derive(Clone, Copy, Debug)]
pub struct Declaration<'a> {
    /// What is declared. Where a part is not known, anything may stand in for it that adds no difference.
    pub policy: &'a Declared,
    /// The ids of its targets.
    pub targets: &'a BTreeSet<String>,
    /// The parts that are not wholly known.
    pub hidden: &'a BTreeSet<Part>,
}

/// Compares the declaration with the policy as it is.
pub fn drift(declaration: Declaration, live: &LivePolicy) -> Verdict {
    let mut verdict = Verdict::default();
    verdict.drift.extend(owner(declaration.policy, &live.tags));
    verdict.drift.extend(texts(declaration.policy, live));
    verdict.drift.extend(attachments(declaration, live));
    verdict.consult_digest(declaration, live);
    verdict
}

fn owner(declared: &Declared, tags: &Tags) -> Option<Drift> {
    match declared.owner.judge(tags) {
        Ownership::Ours { .. } => None,
        Ownership::Another { owner, .. } => Some(Drift::OwnedBy(owner)),
        Ownership::Nobody => Some(Drift::Unowned),
    }
}

/// What differs of name, description, content and tags.
fn texts(declared: &Declared, live: &LivePolicy) -> impl Iterator<Item = Drift> + use<> {
    let description = &live.description;
    let mut found = Vec::new();
    found.extend(value("Name", Some(&declared.name), Some(&description.name)));
    found.extend(value("Description", Some(&declared.description), Some(&description.description)));
    let content = content_of(live);
    found.extend(differences(&declared.policy_type, "Content", &declared.content, &content));
    let tags = ownership::user_tags(&live.tags);
    for key in declared.tags.keys().chain(tags.keys()).collect::<BTreeSet<_>>() {
        found.extend(value(&path("Tags", key), declared.tags.get(key), tags.get(key)));
    }
    found.into_iter().map(Drift::Changed)
}

fn value(path: &str, old: Option<&String>, new: Option<&String>) -> Option<Difference> {
    let json = |text: &String| Value::from(text.as_str());
    (old != new).then(|| Difference {
        path: path.to_owned(),
        part: DifferencePart::Value,
        old: old.map(json),
        new: new.map(json),
    })
}

fn content_of(live: &LivePolicy) -> Value {
    serde_json::from_str(&live.description.content).unwrap_or_default()
}

fn attachments(declaration: Declaration, live: &LivePolicy) -> Vec<Drift> {
    let Declaration { policy, targets, .. } = declaration;
    let detached = targets.difference(&live.attachments).cloned().map(Drift::Detached);
    let elsewhere = match policy.manage {
        ManageAttachments::All => &live.attachments - targets,
        ManageAttachments::Declared => BTreeSet::new(),
    };
    detached.chain(elsewhere.into_iter().map(Drift::Attached)).collect()
}

impl Drift {
    /// The part of the declaration that it is about, if it is about one.
    pub fn part(&self) -> Option<Part> {
        match self {
            Self::Deleted | Self::Unowned | Self::OwnedBy(_) => None,
            Self::Changed(difference) => Some(match difference.path.as_str() {
                "Name" => Part::Name,
                "Description" => Part::Description,
                path if path.starts_with("Content") => Part::Content,
                _ => Part::Tags,
            }),
            Self::ChangedUnseen(part) => Some(*part),
            Self::Detached(_) | Self::Attached(_) => Some(Part::Targets),
        }
    }
}

impl Verdict {
    /// Takes for unknown what differs from the declaration and is as the digest has it. For a stack whose
    /// last deployment has failed: nobody documents which declaration its template is.
    pub fn doubt_declaration(&mut self) {
        let as_applied = std::mem::take(&mut self.as_applied);
        self.drift.retain(|drift| !drift.part().is_some_and(|part| as_applied.contains(&part)));
        self.unknown.extend(as_applied);
    }

    fn consult_digest(&mut self, declaration: Declaration, live: &LivePolicy) {
        let digest = live.tags.get(ownership::DIGEST).and_then(|value| Digest::read(value));
        let hidden = declaration.hidden;
        let Some(digest) = digest else {
            self.unknown.clone_from(hidden);
            return;
        };
        // The digest says nothing of tags.
        self.unknown.extend(hidden.get(&Part::Tags));
        let declared = hashes_of_declared(declaration);
        let is_applied = |part: &Part, hash: &Hash| *hash == *digest.part(*part);
        let known = declared.iter().filter(|(part, _)| !hidden.contains(part));
        let agrees = known.clone().all(|(part, hash)| is_applied(part, hash));
        self.digest = if agrees { DigestStatus::Agrees } else { DigestStatus::Differs };
        let as_left: BTreeSet<Part> = hashes_of_live(live)
            .iter()
            .filter(|(part, hash)| is_applied(part, hash))
            .map(|(part, _)| *part)
            .collect();
        // Of a part that is not wholly known, what stands in may differ in form.
        let is_whole = |drift: &Drift| {
            drift.part().is_some_and(|part| hidden.contains(&part) && as_left.contains(&part))
        };
        self.drift.retain(|drift| !is_whole(drift));
        let drifted: BTreeSet<Part> = self.drift.iter().filter_map(Drift::part).collect();
        self.as_applied = &drifted & &as_left;
        for part in hidden.iter().filter(|part| **part != Part::Tags && !as_left.contains(part)) {
            // Others may attach it as well.
            let may_differ =
                *part == Part::Targets && declaration.policy.manage == ManageAttachments::Declared;
            if may_differ || drifted.contains(part) {
                self.unknown.insert(*part);
            } else {
                self.drift.push(Drift::ChangedUnseen(*part));
            }
        }
    }
}

fn hashes_of_declared(declaration: Declaration) -> BTreeMap<Part, Hash> {
    let Declaration { policy, targets, .. } = declaration;
    BTreeMap::from([
        (Part::Name, Hash::of_name(&policy.name)),
        (Part::Description, Hash::of_description(&policy.description)),
        (Part::Content, Hash::of_content(&policy.policy_type, &policy.content)),
        (Part::Targets, Hash::of_targets(targets)),
    ])
}

fn hashes_of_live(live: &LivePolicy) -> BTreeMap<Part, Hash> {
    let description = &live.description;
    BTreeMap::from([
        (Part::Name, Hash::of_name(&description.name)),
        (Part::Description, Hash::of_description(&description.description)),
        (Part::Content, Hash::of_content(&description.policy_type, &content_of(live))),
        (Part::Targets, Hash::of_targets(&live.attachments)),
    ])
}

impl Digest {
    fn part(&self, part: Part) -> &Hash {
        match part {
            Part::Name => &self.name,
            Part::Description => &self.description,
            Part::Content => &self.content,
            Part::Targets | Part::Tags => &self.targets,
        }
    }
}
