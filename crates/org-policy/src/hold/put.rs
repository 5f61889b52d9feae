//! Holding, and releasing: from a policy to the item of its stack, and to the topic.

use cfn_org_policy::aws::types::PolicyId;
use cfn_org_policy::policy::ownership;

use super::watch::{Watch, the_one, watches};
use super::{Hold, KIND};
use crate::aws::{Problem, Session, Stack, Stacks, WatchTable, failed, publish};
use crate::heal::outermost;
use crate::terminal::one_line;

/// What is wanted of a policy.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Its id or name.
    pub policy: &'a str,
    /// For how many hours, and why; none to release it.
    pub hold: Option<(i64, &'a str)>,
    /// The name of the watch's table, if there are several.
    pub table: Option<&'a str>,
}

/// What was done.
#[derive(Debug)]
pub struct Done {
    /// The stack whose policy it is.
    pub stack: String,
    /// The hold; none, if it was released.
    pub hold: Option<Hold>,
    /// Whether the watch heals at all.
    pub heals: bool,
    /// Why nobody could be told.
    pub not_told: Option<String>,
}

/// Holds the stack of a policy, or releases it, and tells the topic.
///
/// # Errors
/// Nothing was done: why, and what helps, in one line.
pub async fn put(session: &Session, wanted: &Wanted<'_>) -> Result<Done, String> {
    let said = |problem: Problem| problem.to_string();
    let stacks = Stacks::new(session);
    let watch = find(&stacks, wanted.table).await?;
    let stack = stack_of(session, &stacks, wanted.policy).await?;
    let by = session.reader().identity.caller().await.map_err(|error| {
        Problem::of_call("read who calls", "sts:GetCallerIdentity", &error).to_string()
    })?;
    let table = WatchTable::new(session, &watch.table);
    let hold = wanted.hold.map(|(hours, reason)| Hold {
        until: session.seconds().saturating_add(hours.saturating_mul(3600)),
        reason: one_line(reason),
        by: by.clone(),
    });
    match &hold {
        Some(hold) => table.put(KIND, &stack.id, &hold.stored()).await.map_err(said)?,
        None => table.remove(KIND, &stack.id).await.map_err(said)?,
    }
    let (subject, text) = (subject(&stack, &hold), text(&stack, &hold, &by));
    let told = publish(session, &watch.topic, &subject, &text).await;
    let not_told = told.err().map(|problem| problem.to_string());
    Ok(Done { stack: stack.name, hold, heals: watch.heals, not_told })
}

async fn find(stacks: &Stacks, table: Option<&str>) -> Result<Watch, String> {
    let all = stacks.all().await.map_err(|problem| problem.to_string())?;
    the_one(watches(&all), table).map_err(|why| format!("find the table of the watch: {why}"))
}

/// The outermost stack that owns the policy by its tags.
async fn stack_of(session: &Session, stacks: &Stacks, policy: &str) -> Result<Stack, String> {
    let said = |problem: Problem| problem.to_string();
    let id = match PolicyId::parse(policy) {
        Some(id) => id,
        None => by_name(session, policy).await?,
    };
    let tags = session.reader().organizations.tags_of(&id).await;
    let what = format!("read the tags of policy {id}");
    let tags = tags.map_err(failed(&what, "ListTagsForResource")).map_err(said)?;
    let owner = ownership::owner_of(&tags).ok_or_else(|| {
        format!("hold policy {id}: its tags name no stack, so nothing heals it; look at it: org-policy drift")
    })?;
    let stack = outermost(stacks, &owner.stack_id).await;
    stack.map_err(|problem| {
        one_line(&format!("hold policy {id}: its tags name stack {}; {problem}", owner.stack_id))
    })
}

async fn by_name(session: &Session, name: &str) -> Result<PolicyId, String> {
    let said = |problem: Problem| problem.to_string();
    let types = session.reader().organizations.policy_types().await;
    let types = types.map_err(failed("read the organization's root", "ListRoots")).map_err(said)?;
    let organizations = session.organizations();
    let mut found = Vec::new();
    for policy_type in &types.enabled {
        let listed = organizations.policies(policy_type).await;
        let what = format!("list the policies of type {policy_type}");
        let listed = listed.map_err(failed(&what, "ListPolicies")).map_err(said)?;
        found.extend(listed.into_iter().filter(|policy| policy.name == name).map(|one| one.id));
    }
    let ids: Vec<String> = found.iter().map(ToString::to_string).collect();
    match found.pop() {
        Some(id) if found.is_empty() => Ok(id),
        Some(_) => Err(format!(
            "hold policy {name:?}: several have this name: {}; name the id",
            ids.join(", ")
        )),
        None => Err(format!(
            "hold policy {name:?}: there is none of this id or name; org-policy drift names those that have drifted"
        )),
    }
}

/// A subject has less than 100 characters, ASCII only (SNS API reference, Publish).
fn subject(stack: &Stack, hold: &Option<Hold>) -> String {
    let what = if hold.is_some() { "is held: drift stays" } else { "is released" };
    let name: String = stack.name.chars().take(60).collect();
    format!("Organization drift: {name} {what}")
}

fn text(stack: &Stack, hold: &Option<Hold>, by: &str) -> String {
    let name = &stack.name;
    one_line(&match hold {
        Some(hold) => {
            format!(
                "Stack {name} is {}. Until then the watch does not put back its drift.",
                hold.line()
            )
        }
        None => format!("Stack {name} was released by {by}: the watch puts back its drift again."),
    })
}
