//! The file that describes an organization, read and written.
//!
//! ```yaml
//! policy_types: [BACKUP_POLICY]      # those enabled; leave it out if you do not know
//! management_account: "111111111111" # control policies do not apply to it; may be left out
//! attachment_order: known            # the lists below are in the order of attachment; else unknown
//! policies:
//!   - name: daily
//!     id: p-daily00001               # may be left out
//!     type: BACKUP_POLICY
//!     file: daily.json               # or content: with the document itself
//! root:
//!   id: r-ab12                       # may be left out, as every name may
//!   policies: [daily]                # ids or names
//!   accounts:
//!     - id: "111111111111"
//!   ous:
//!     - name: Production
//!       policies: []
//!       accounts:
//!         - id: "222222222222"
//!           name: shop
//! ```
//!
//! `policies`, `accounts` and `ous` may be left out where there are none. A place may have an
//! `attachment_order` of its own.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value as Json, json};

use crate::arn::is_account;
use crate::check::policy_types;
use crate::tree::pointer::join;
use crate::tree::{Node, Span, Value};

use super::fragment;
use super::organization::{Kind, Organization, PlaceId, Policy, PolicyId, PolicySource};
use super::policy_types::CONTROL;

/// What is wrong with the file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, as a JSON pointer.
    pub pointer: String,
    /// Where in the text.
    pub span: Span,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pointer, message, .. } = self;
        if pointer.is_empty() { f.write_str(message) } else { write!(f, "{pointer}: {message}") }
    }
}

/// Reads an organization. `load` gets the path of a policy's file as it is written, and gives its
/// document or says why it cannot.
///
/// # Errors
/// Everything that is wrong.
pub fn read(
    file: &Node,
    load: &mut dyn FnMut(&str) -> Result<Node, String>,
) -> Result<Organization, Vec<Problem>> {
    let mut reader =
        Reader { load, problems: Vec::new(), policies: BTreeMap::new(), ranked: false };
    let organization = reader.organization(At { node: file, pointer: String::new() });
    if reader.problems.is_empty() { Ok(organization) } else { Err(reader.problems) }
}

/// A node, and where it stands.
#[derive(Clone)]
struct At<'a> {
    node: &'a Node,
    pointer: String,
}

impl<'a> At<'a> {
    fn get(&self, key: &str) -> Option<At<'a>> {
        let node = self.node.get(key)?;
        Some(At { node, pointer: join(&self.pointer, key) })
    }
}

struct Reader<'l> {
    load: &'l mut dyn FnMut(&str) -> Result<Node, String>,
    problems: Vec<Problem>,
    /// Policies by id and by name.
    policies: BTreeMap<String, Vec<PolicyId>>,
    /// Whether the lists are in the order of attachment, unless a place says otherwise.
    ranked: bool,
}

impl Reader<'_> {
    fn organization(&mut self, file: At) -> Organization {
        let keys = ["policy_types", "management_account", "attachment_order", "policies", "root"];
        self.keys(&file, &keys);
        self.ranked = self.order(&file).unwrap_or(false);
        let root = file.get("root");
        if root.is_none()
            && file.node.members().iter().any(|member| keys.contains(&member.key.as_str()))
        {
            self.problem(&file, "has no root: the place that all OUs and accounts hang under");
        }
        let root = root.unwrap_or_else(|| At { node: file.node, pointer: String::new() });
        let mut organization = Organization::new(
            self.text(&root, "id"),
            self.name(&root).unwrap_or("Root".to_owned()),
        );
        organization.policy_types = file.get("policy_types").map(|types| self.policy_types(&types));
        let management = self.text(&file, "management_account");
        organization.management_account = Some(management).filter(|id| !id.is_empty());
        for policy in self.list(&file, "policies") {
            self.policy(&policy, &mut organization);
        }
        self.add_managed(&mut organization);
        let id = organization.root();
        if file.get("root").is_some() {
            self.keys(&root, &["id", "name", "attachment_order", "policies", "accounts", "ous"]);
            self.place(&root, id, &mut organization);
        }
        organization
    }

    fn policy_types(&mut self, types: &At) -> Vec<String> {
        let items = self.items(types);
        items.iter().filter_map(|item| self.policy_type(item)).collect()
    }

    fn policy_type(&mut self, at: &At) -> Option<String> {
        match at.node.as_str() {
            Some(text) if policy_types().any(|known| known == text) => Some(text.to_owned()),
            _ => {
                let known: Vec<&str> = policy_types().collect();
                self.problem(at, &format!("is no policy type: one of {}", known.join(", ")));
                None
            }
        }
    }

    fn policy(&mut self, at: &At, organization: &mut Organization) {
        self.keys(at, &["id", "name", "type", "content", "file"]);
        let id = self.text(at, "id");
        let name = self.name(at).unwrap_or_default();
        if id.is_empty() && name.is_empty() {
            return self.problem(at, "has neither a name nor an id");
        }
        let Some(policy_type) = at.get("type") else {
            return self.problem(at, "has no type, such as BACKUP_POLICY");
        };
        let Some(policy_type) = self.policy_type(&policy_type) else { return };
        let Some((document, source)) = self.document(at) else { return };
        if !matches!(document.value, Value::Object(_) | Value::Unknown(_)) {
            return self.problem(at, "its document is no object");
        }
        let names = [id.clone(), name.clone()];
        let policy = organization.add_policy(Policy { id, name, policy_type, source, document });
        for name in names.into_iter().filter(|name| !name.is_empty()) {
            let known = self.policies.entry(name).or_default();
            if !known.contains(&policy) {
                known.push(policy);
            }
        }
    }

    fn document(&mut self, at: &At) -> Option<(Node, PolicySource)> {
        match (at.get("content"), at.get("file")) {
            (Some(content), None) => Some((content.node.clone(), PolicySource::Organization)),
            (None, Some(file)) => {
                let path = self.string(&file)?;
                match (self.load)(&path) {
                    Ok(document) => Some((document, PolicySource::File(path))),
                    Err(why) => {
                        self.problem(&file, &why);
                        None
                    }
                }
            }
            _ => {
                self.problem(at, "needs either content, the document, or file, the path of one");
                None
            }
        }
    }

    /// The policies of AWS that allow everything: they may be named without being listed.
    fn add_managed(&mut self, organization: &mut Organization) {
        for (policy_type, name) in CONTROL.iter().zip(["FullAWSAccess", "RCPFullAWSAccess"]) {
            if self.policies.contains_key(name) {
                continue;
            }
            let statement =
                json!({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"});
            let policy = organization.add_policy(Policy {
                id: format!("p-{name}"),
                name: name.to_owned(),
                policy_type: (*policy_type).to_owned(),
                source: PolicySource::None,
                document: Node::from(&json!({"Version": "2012-10-17", "Statement": [statement]})),
            });
            for name in [name.to_owned(), format!("p-{name}")] {
                self.policies.entry(name).or_default().push(policy);
            }
        }
    }

    fn place(&mut self, at: &At, place: PlaceId, organization: &mut Organization) {
        let ranked = self.order(at).unwrap_or(self.ranked);
        let mut attached = Vec::new();
        for policy in self.list(at, "policies") {
            attached.extend(self.attached(&policy, organization));
        }
        if ranked {
            attached.iter().for_each(|policy| organization.attach(place, &[*policy]));
        } else {
            organization.attach(place, &attached);
        }
        for account in self.list(at, "accounts") {
            self.keys(&account, &["id", "name", "attachment_order", "policies"]);
            let id = self.text(&account, "id");
            if !is_account(&id) {
                self.problem(&account, "needs an id of twelve digits, in quotation marks");
            }
            let name = self.name(&account).unwrap_or_default();
            let id = organization.add_account(place, id, name);
            self.place(&account, id, organization);
        }
        for ou in self.list(at, "ous") {
            self.keys(&ou, &["id", "name", "attachment_order", "policies", "accounts", "ous"]);
            let (id, name) = (self.text(&ou, "id"), self.name(&ou).unwrap_or_default());
            if id.is_empty() && name.is_empty() {
                self.problem(&ou, "has neither a name nor an id");
            }
            let id = organization.add_ou(place, id, name);
            self.place(&ou, id, organization);
        }
    }

    fn attached(&mut self, at: &At, organization: &Organization) -> Option<PolicyId> {
        let name = self.string(at)?;
        match self.policies.get(&name).map(Vec::as_slice) {
            Some([policy]) => Some(*policy),
            Some(several) => {
                let several = several.iter().filter_map(|policy| organization.policy(*policy));
                let ids: Vec<String> = several
                    .map(|policy| format!("{} {:?}", policy.policy_type, policy.id))
                    .collect();
                let message = format!("names several policies: use the id ({})", ids.join(", "));
                self.problem(at, &message);
                None
            }
            None => {
                self.problem(at, &format!("{name:?} is the id or the name of no policy above"));
                None
            }
        }
    }

    fn order(&mut self, at: &At) -> Option<bool> {
        let order = at.get("attachment_order")?;
        match order.node.as_str() {
            Some("known") => Some(true),
            Some("unknown") => Some(false),
            _ => {
                self.problem(&order, "must be known or unknown");
                None
            }
        }
    }

    fn keys(&mut self, at: &At, allowed: &[&str]) {
        if !matches!(at.node.value, Value::Object(_)) {
            return self.problem(at, &format!("must be an object with {}", allowed.join(", ")));
        }
        for member in at.node.members() {
            if !allowed.contains(&member.key.as_str()) {
                self.problems.push(Problem {
                    pointer: join(&at.pointer, &member.key),
                    span: member.key_span,
                    message: format!("is not known here: {} are", allowed.join(", ")),
                });
            }
        }
    }

    fn list<'a>(&mut self, at: &At<'a>, key: &str) -> Vec<At<'a>> {
        at.get(key).map(|list| self.items(&list)).unwrap_or_default()
    }

    fn items<'a>(&mut self, list: &At<'a>) -> Vec<At<'a>> {
        if !matches!(list.node.value, Value::Array(_) | Value::Null) {
            self.problem(list, "must be a list");
        }
        let pointer = |index: usize| join(&list.pointer, index);
        let items = list.node.items().iter().enumerate();
        items.map(|(index, node)| At { node, pointer: pointer(index) }).collect()
    }

    fn name(&mut self, at: &At) -> Option<String> {
        Some(self.text(at, "name")).filter(|name| !name.is_empty())
    }

    /// The text of a member; empty if there is none.
    fn text(&mut self, at: &At, key: &str) -> String {
        at.get(key).and_then(|text| self.string(&text)).unwrap_or_default()
    }

    /// A text, or a number as it is written: an account's id is easily left without quotation marks.
    fn string(&mut self, at: &At) -> Option<String> {
        match &at.node.value {
            Value::String(text) | Value::Number(text) => Some(text.clone()),
            _ => {
                self.problem(at, "must be a text");
                None
            }
        }
    }

    fn problem(&mut self, at: &At, message: &str) {
        let (pointer, span) = (at.pointer.clone(), at.node.span);
        self.problems.push(Problem { pointer, span, message: message.to_owned() });
    }
}

/// An organization in the form of the file, with all documents in it.
pub fn write(organization: &Organization) -> Json {
    let mut file = Map::new();
    if let Some(types) = &organization.policy_types {
        file.insert("policy_types".to_owned(), json!(types));
    }
    if let Some(account) = &organization.management_account {
        file.insert("management_account".to_owned(), json!(account));
    }
    let policies: Vec<Json> = organization
        .policies()
        .map(|(_, policy)| {
            let mut written = identified(&policy.id, &policy.name);
            written.insert("type".to_owned(), json!(policy.policy_type));
            written.insert("content".to_owned(), fragment::json(&policy.document));
            Json::Object(written)
        })
        .collect();
    file.insert("policies".to_owned(), json!(policies));
    file.insert("root".to_owned(), written(organization, organization.root()));
    Json::Object(file)
}

fn written(organization: &Organization, id: PlaceId) -> Json {
    let Some(place) = organization.place(id) else { return Json::Null };
    let mut here = identified(&place.id, &place.name);
    let mut attached = place.attached.clone();
    attached.sort_by_key(|attachment| attachment.rank);
    let ranks: Vec<usize> = attached.iter().map(|attachment| attachment.rank).collect();
    // Nothing in the file says that some were attached before others whose order is not known.
    let order = if ranks.is_sorted_by(|one, next| one < next) { "known" } else { "unknown" };
    here.insert("attachment_order".to_owned(), json!(order));
    let names: Vec<&str> = attached
        .iter()
        .filter_map(|attachment| organization.policy(attachment.policy))
        .map(|policy| if policy.id.is_empty() { &policy.name } else { &policy.id })
        .map(String::as_str)
        .collect();
    here.insert("policies".to_owned(), json!(names));
    for (key, kind) in [("accounts", Kind::Account), ("ous", Kind::Ou)] {
        let children: Vec<Json> = organization
            .places()
            .filter(|(_, child)| child.parent == Some(id) && child.kind == kind)
            .map(|(child, _)| written(organization, child))
            .collect();
        if !children.is_empty() {
            here.insert(key.to_owned(), Json::Array(children));
        }
    }
    Json::Object(here)
}

fn identified(id: &str, name: &str) -> Map<String, Json> {
    let pairs = [("id", id), ("name", name)].into_iter().filter(|(_, text)| !text.is_empty());
    pairs.map(|(key, text)| (key.to_owned(), json!(text))).collect()
}
