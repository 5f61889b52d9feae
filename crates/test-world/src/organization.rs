//! A whole organization as a value, read through the SDK: so it can be compared and printed, whichever neighbour it
//! was read from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::{PolicySummary, PolicyType};

/// Ids are left out of comparisons. `{}` prints the tree with what is attached and then the policies; `{:#}` prints the
/// ids, too.
#[derive(Debug, PartialEq)]
pub struct Organization {
    /// Types on the root with their statuses.
    pub policy_types: BTreeMap<String, String>,
    pub root: Node,
    pub policies: BTreeMap<PolicyKey, Policy>,
}

/// What identifies a policy: its type and its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyKey {
    pub policy_type: String,
    pub name: String,
}

#[derive(Debug)]
pub struct Policy {
    pub id: String,
    pub description: String,
    pub content: String,
    pub aws_managed: bool,
    pub tags: BTreeMap<String, String>,
}

impl PartialEq for Policy {
    fn eq(&self, other: &Policy) -> bool {
        let values = |policy: &Policy| {
            (policy.description.clone(), policy.content.clone(), policy.tags.clone())
        };
        values(self) == values(other) && self.aws_managed == other.aws_managed
    }
}

/// The root, an OU or an account, with what is attached to it.
#[derive(Debug)]
pub struct Node {
    pub id: String,
    pub name: String,
    pub attached: BTreeSet<PolicyKey>,
    /// Sorted by name, as the units are.
    pub accounts: Vec<Node>,
    pub units: Vec<Node>,
}

impl PartialEq for Node {
    fn eq(&self, other: &Node) -> bool {
        self.name == other.name
            && self.attached == other.attached
            && self.accounts == other.accounts
            && self.units == other.units
    }
}

impl Organization {
    pub async fn read(client: &Client) -> Organization {
        let pages = client.list_roots().into_paginator().send();
        let pages: Vec<_> = pages.collect::<Result<_, _>>().await.expect("list the roots");
        let root =
            pages.iter().flat_map(|page| page.roots()).next().expect("an organization has a root");
        let policy_types = root
            .policy_types()
            .iter()
            .map(|summary| {
                (
                    text(summary.r#type().map(PolicyType::as_str)),
                    text(summary.status().map(|s| s.as_str())),
                )
            })
            .collect();
        let mut root = read_unit(client, text(root.id()), text(root.name())).await;

        let mut policies = BTreeMap::new();
        for policy_type in PolicyType::values() {
            for summary in list_policies(client, policy_type).await {
                let key = PolicyKey {
                    policy_type: (*policy_type).to_owned(),
                    name: text(summary.name()),
                };
                let policy = read_policy(client, &summary).await;
                for target in list_targets(client, &policy.id).await {
                    let node = root.find_mut(&target).expect("a target stands in the tree");
                    node.attached.insert(key.clone());
                }
                policies.insert(key, policy);
            }
        }
        Organization { policy_types, root, policies }
    }

    /// The id of the root (`/`), of an OU (`/Security/Backup`) or of an account (`/Production/Web Shop`). Of several
    /// the first.
    pub fn id(&self, path: &str) -> &str {
        let mut node = &self.root;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let mut children = node.units.iter().chain(&node.accounts);
            node = children
                .find(|child| child.name == name)
                .unwrap_or_else(|| panic!("no {name} of {path} in\n{self}"));
        }
        &node.id
    }

    pub fn policy(&self, policy_type: &str, name: &str) -> Option<&Policy> {
        self.policies.get(&PolicyKey { policy_type: policy_type.to_owned(), name: name.to_owned() })
    }

    /// An AWS-managed policy that is attached everywhere says nothing.
    fn is_everywhere(&self, key: &PolicyKey) -> bool {
        self.policies.get(key).is_some_and(|policy| policy.aws_managed) && self.root.all_carry(key)
    }

    fn write_node(
        &self,
        f: &mut fmt::Formatter,
        node: &Node,
        depth: usize,
        suffix: &str,
    ) -> fmt::Result {
        write!(f, "{:1$}{name}{suffix}", "", depth * 2, name = node.name)?;
        if f.alternate() {
            write!(f, " ({})", node.id)?;
        }
        let shown = node.attached.iter().filter(|key| !self.is_everywhere(key));
        let shown: Vec<String> = shown.map(PolicyKey::to_string).collect();
        if !shown.is_empty() {
            write!(f, ": {}", shown.join(", "))?;
        }
        writeln!(f)?;
        for account in &node.accounts {
            self.write_node(f, account, depth + 1, " (account)")?;
        }
        for unit in &node.units {
            self.write_node(f, unit, depth + 1, "/")?;
        }
        Ok(())
    }
}

impl Node {
    fn find_mut(&mut self, id: &str) -> Option<&mut Node> {
        if self.id == id {
            return Some(self);
        }
        self.accounts.iter_mut().chain(&mut self.units).find_map(|child| child.find_mut(id))
    }

    fn all_carry(&self, key: &PolicyKey) -> bool {
        self.attached.contains(key)
            && self.accounts.iter().chain(&self.units).all(|child| child.all_carry(key))
    }
}

impl fmt::Display for PolicyKey {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} {}", self.policy_type, self.name)
    }
}

impl fmt::Display for Organization {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.write_node(f, &self.root, 0, "/")?;
        for (policy_type, status) in &self.policy_types {
            writeln!(f, "{policy_type} {status}")?;
        }
        for (key, policy) in self.policies.iter().filter(|(_, policy)| !policy.aws_managed) {
            write!(f, "{key}")?;
            if f.alternate() {
                write!(f, " ({})", policy.id)?;
            }
            writeln!(f, " {:?} {}", policy.description, policy.content)?;
            for (key, value) in &policy.tags {
                // A tag may name a policy by its id, which differs from run to run.
                let named = self.policies.iter().find(|(_, policy)| policy.id == *value);
                let value = named.map_or(value, |(key, _)| &key.name);
                writeln!(f, "  {key} = {value}")?;
            }
        }
        Ok(())
    }
}

async fn read_unit(client: &Client, id: String, name: String) -> Node {
    let pages = client.list_accounts_for_parent().parent_id(&id).into_paginator().send();
    let pages: Vec<_> =
        pages.collect::<Result<_, _>>().await.expect("list the accounts of a parent");
    let mut accounts: Vec<Node> = pages
        .iter()
        .flat_map(|page| page.accounts())
        .map(|account| Node {
            id: text(account.id()),
            name: text(account.name()),
            attached: BTreeSet::new(),
            accounts: Vec::new(),
            units: Vec::new(),
        })
        .collect();
    let pages =
        client.list_organizational_units_for_parent().parent_id(&id).into_paginator().send();
    let pages: Vec<_> = pages.collect::<Result<_, _>>().await.expect("list the OUs of a parent");
    let mut units = Vec::new();
    for unit in pages.iter().flat_map(|page| page.organizational_units()) {
        units.push(Box::pin(read_unit(client, text(unit.id()), text(unit.name()))).await);
    }
    // Stable: siblings of one name keep the service's order.
    accounts.sort_by(|a, b| a.name.cmp(&b.name));
    units.sort_by(|a, b| a.name.cmp(&b.name));
    Node { id, name, attached: BTreeSet::new(), accounts, units }
}

/// A type that the service does not know has no policies: the SDK knows newer ones than some neighbours.
async fn list_policies(client: &Client, policy_type: &str) -> Vec<PolicySummary> {
    let pages = client.list_policies().filter(policy_type.into()).into_paginator().send();
    let pages: Vec<_> = match pages.collect::<Result<_, _>>().await {
        Ok(pages) => pages,
        Err(error)
            if error.as_service_error().is_some_and(|error| error.is_invalid_input_exception()) =>
        {
            Vec::new()
        }
        Err(error) => panic!("list policies: {error:?}"),
    };
    pages.into_iter().flat_map(|page| page.policies.unwrap_or_default()).collect()
}

async fn list_targets(client: &Client, policy: &str) -> Vec<String> {
    let pages = client.list_targets_for_policy().policy_id(policy).into_paginator().send();
    let pages: Vec<_> =
        pages.collect::<Result<_, _>>().await.expect("list the targets of a policy");
    pages.iter().flat_map(|page| page.targets()).map(|target| text(target.target_id())).collect()
}

async fn read_policy(client: &Client, summary: &PolicySummary) -> Policy {
    let id = text(summary.id());
    let described =
        client.describe_policy().policy_id(&id).send().await.expect("describe a policy");
    let content = text(described.policy().and_then(|policy| policy.content()));
    let listing = client.list_tags_for_resource().resource_id(&id).into_paginator().items().send();
    let tags: Vec<_> = listing.collect::<Result<_, _>>().await.expect("list the tags of a policy");
    let tags = tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
    Policy {
        id,
        description: text(summary.description()),
        content,
        aws_managed: summary.aws_managed(),
        tags,
    }
}

fn text(value: Option<&str>) -> String {
    value.unwrap_or_default().to_owned()
}
