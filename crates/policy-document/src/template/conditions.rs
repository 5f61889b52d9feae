//! Conditions, which may be true, false or unknown.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::Known;
use super::evaluator::Evaluator;
use crate::tree::{Node, Value};

/// The functions that come to true or false.
const FUNCTIONS: [&str; 5] = ["Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not", "Condition"];

/// The template's conditions that have been looked at; none for one that is being looked at.
#[derive(Default)]
pub(super) struct Seen(RefCell<BTreeMap<String, Option<Known<bool>>>>);

impl Evaluator<'_> {
    /// The condition of this name. `used_at` is where it is named, for faults.
    pub(super) fn condition(&self, name: &str, used_at: &Node) -> Known<bool> {
        if let Some(seen) = self.seen.0.borrow().get(name) {
            return seen.clone().unwrap_or_else(|| {
                Err(self.fault(used_at.span, format!("condition {name} depends on itself")))
            });
        }
        let declared = self.section("Conditions").and_then(|conditions| conditions.get(name));
        let Some(declared) = declared else {
            let problem = format!("there is no condition {name}: declare it under Conditions");
            return Err(self.fault(used_at.span, problem));
        };
        self.seen.0.borrow_mut().insert(name.to_owned(), None);
        let result = self.truth(declared);
        self.seen.0.borrow_mut().insert(name.to_owned(), Some(result.clone()));
        result
    }

    /// Whether what stands here is true: one of the functions of conditions, or what they compare.
    fn truth(&self, node: &Node) -> Known<bool> {
        let _level = self.budget.enter()?;
        let [member] = node.members() else {
            return self.literal_truth(node);
        };
        let operands = member.node.items();
        match member.key.as_str() {
            "Condition" => match member.node.as_str() {
                Some(name) => self.condition(name, &member.node),
                None => Err(self.fault(member.node.span, "Condition takes a name".to_owned())),
            },
            "Fn::Equals" => match operands {
                [left, right] => self.equal(left, right),
                _ => Err(self.fault(node.span, "Fn::Equals takes two values".to_owned())),
            },
            "Fn::Not" => match operands {
                [operand] => self.truth(operand).map(|truth| !truth),
                _ => Err(self.fault(node.span, "Fn::Not takes a list of one".to_owned())),
            },
            "Fn::And" => self.fold(operands, false),
            "Fn::Or" => self.fold(operands, true),
            _ => self.literal_truth(node),
        }
    }

    /// One operand that is `decides` decides, whatever the unknown ones are.
    fn fold(&self, operands: &[Node], decides: bool) -> Known<bool> {
        let mut unknown = None;
        for operand in operands {
            match self.truth(operand) {
                Ok(truth) if truth == decides => return Ok(decides),
                Ok(_) => {}
                Err(reason) => unknown = unknown.or(Some(reason)),
            }
        }
        unknown.map_or(Ok(!decides), Err)
    }

    fn literal_truth(&self, node: &Node) -> Known<bool> {
        let value = self.known(node)?;
        match value.scalar().as_deref() {
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            _ => Err(self
                .fault(node.span, format!("no condition: write one of {}", FUNCTIONS.join(", ")))),
        }
    }

    /// CloudFormation compares texts: `1` and `"1"` are equal, `true` and `"true"` as well.
    fn equal(&self, left: &Node, right: &Node) -> Known<bool> {
        let (left, right) = (self.known(left)?, self.known(right)?);
        Ok(same(&left, &right))
    }
}

fn same(left: &Node, right: &Node) -> bool {
    match (&left.value, &right.value) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(a, b)| same(a, b))
        }
        _ => left.scalar().is_some() && left.scalar() == right.scalar(),
    }
}
