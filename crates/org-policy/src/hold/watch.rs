//! The watch's stack, found by its outputs.

use crate::aws::Stack;
use crate::terminal::one_line;

/// The outputs of stacks/watch.yaml that tell it from other stacks.
const TABLE: &str = "TableName";
const TOPIC: &str = "TopicArn";
const LOOKS: &str = "WatchFunctionName";
/// The output that it has only where healing is switched on.
const HEALS: &str = "HealerFunctionName";

/// A watch, as far as a hold concerns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// The stack's name.
    pub stack: String,
    /// The name of its table.
    pub table: String,
    /// The ARN of its topic.
    pub topic: String,
    /// Whether it heals.
    pub heals: bool,
}

/// The watches among these stacks.
pub fn watches(stacks: &[Stack]) -> Vec<Watch> {
    let watch = |stack: &Stack| {
        stack.outputs.get(LOOKS)?;
        Some(Watch {
            stack: stack.name.clone(),
            table: stack.outputs.get(TABLE)?.clone(),
            topic: stack.outputs.get(TOPIC)?.clone(),
            heals: stack.outputs.contains_key(HEALS),
        })
    };
    stacks.iter().filter_map(watch).collect()
}

/// The one that is meant.
///
/// # Errors
/// There is none, or it is not clear which; and what helps.
pub fn the_one(mut watches: Vec<Watch>, table: Option<&str>) -> Result<Watch, String> {
    let names = |watches: &[Watch]| {
        let names = watches.iter().map(|watch| format!("{} (stack {})", watch.table, watch.stack));
        one_line(&names.collect::<Vec<_>>().join(", "))
    };
    let all = names(&watches);
    if let Some(table) = table {
        watches.retain(|watch| watch.table == table);
    }
    match (watches.pop(), table) {
        (Some(watch), _) if watches.is_empty() => Ok(watch),
        (Some(_), _) => {
            Err(format!("there are several watches: {all}; say which with --table NAME"))
        }
        (None, Some(table)) if all.is_empty() => Err(format!(
            "no stack of this account and Region has an output {TABLE} with the value {table:?} beside {TOPIC} and {LOOKS}; correct --profile or --region"
        )),
        (None, Some(table)) => {
            Err(format!("no watch has the table {table:?}; these are there: {all}"))
        }
        (None, None) => Err(format!(
            "no stack of this account and Region is a watch (outputs {TABLE}, {TOPIC} and {LOOKS}); deploy stacks/watch.yaml, or correct --profile or --region"
        )),
    }
}
