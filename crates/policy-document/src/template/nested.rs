//! Templates that a template deploys: nested stacks and StackSets.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use super::evaluator::Evaluator;
use super::{Inputs, Known, NestedTemplate, SourceFile};
use crate::tree::{Node, Value};

/// How deep functions, conditions and nested templates may go, all in all; a template itself has no
/// more than 127 levels.
const LEVELS: usize = 300;
/// How many values loops and includes may come to; the largest templates have some ten thousand.
const VALUES: usize = 1_000_000;
/// How many templates may be evaluated for one.
const TEMPLATES: usize = 200;

/// What the evaluation of a template and of all that it nests may use, so that none is endless.
#[derive(Debug, Default)]
pub(super) struct Budget {
    level: Cell<usize>,
    values: Cell<usize>,
    templates: Cell<usize>,
}

/// One level of nesting, until it is dropped.
pub(super) struct Level<'a>(&'a Cell<usize>);

impl Drop for Level<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

impl Budget {
    /// One level deeper.
    pub(super) fn enter(&self) -> Known<Level<'_>> {
        if self.level.get() >= LEVELS {
            return Err(format!("what stands more than {LEVELS} levels deep"));
        }
        self.level.set(self.level.get() + 1);
        Ok(Level(&self.level))
    }

    /// So many values more.
    pub(super) fn count(&self, values: usize) -> Known<()> {
        self.values.set(self.values.get().saturating_add(values));
        if self.values.get() > VALUES {
            return Err(format!("what loops and includes make beyond {VALUES} values"));
        }
        Ok(())
    }

    fn count_template(&self) -> Known<()> {
        self.templates.set(self.templates.get() + 1);
        if self.templates.get() > TEMPLATES {
            return Err(format!("a nested template beyond {TEMPLATES}"));
        }
        Ok(())
    }
}

type Nested = Known<Arc<NestedTemplate>>;

/// The nested templates that have been looked at; none for one that is being looked at.
#[derive(Default)]
pub(super) struct NestedTemplates(RefCell<BTreeMap<String, Option<Nested>>>);

impl Evaluator<'_> {
    /// The template that a resource deploys, if it is of a type that does.
    pub(super) fn nested_template(&self, logical_id: &str) -> Option<Nested> {
        let resource = self.section("Resources")?.get(logical_id)?;
        let kind = Kind::of(resource.get("Type")?.as_str()?)?;
        if let Some(seen) = self.nested.0.borrow().get(logical_id) {
            let itself =
                || Err(self.fault(resource.span, format!("{logical_id} depends on itself")));
            return Some(seen.clone().unwrap_or_else(itself));
        }
        self.nested.0.borrow_mut().insert(logical_id.to_owned(), None);
        let nested = self.evaluate_nested(kind, resource);
        self.nested.0.borrow_mut().insert(logical_id.to_owned(), Some(nested.clone()));
        Some(nested)
    }

    fn evaluate_nested(&self, kind: Kind, resource: &Node) -> Nested {
        let _level = self.budget.enter()?;
        self.budget.count_template()?;
        let none = || "a template that is not named".to_owned();
        let properties = resource.get("Properties").ok_or_else(none)?;
        let source = self.nested_source(kind, properties)?;
        let root = crate::tree::parse(&source.text)
            .map_err(|error| format!("{}, which cannot be read: {}", source.name, error.message))?;
        let inputs = self.nested_inputs(kind, properties);
        let nested = Evaluator::new(&source.name, &root, &inputs, self.files, self.budget);
        let template = nested.evaluate();
        for name in &template.undeclared_parameters {
            let problem = format!("{} has no parameter {name}: remove it", source.name);
            self.fault(properties.span, problem);
        }
        Ok(Arc::new(NestedTemplate { source, root, template }))
    }

    fn nested_source(&self, kind: Kind, properties: &Node) -> Known<SourceFile> {
        if let Some(body) = properties.get("TemplateBody") {
            let name = format!("TemplateBody in {}", self.name);
            return Ok(SourceFile { name, text: self.text(body)? });
        }
        let location = properties.get(kind.location());
        let location = location.ok_or_else(|| "a template that is not named".to_owned())?;
        // An application of the Serverless Application Repository.
        if location.get("ApplicationId").is_some() {
            return Err("an application of a repository".to_owned());
        }
        let location = self.text(location)?;
        self.files.read(self.name, &location)
    }

    fn nested_inputs(&self, kind: Kind, properties: &Node) -> Inputs {
        let given = properties.get("Parameters").and_then(|parameters| self.value(parameters));
        let given = given.unwrap_or_else(|| Node::new(Value::Object(Vec::new())));
        let mut inputs = Inputs { exports: self.inputs.exports.clone(), ..Inputs::default() };
        match kind {
            Kind::Stack | Kind::Application => {
                let members = given.members().iter();
                inputs.parameters =
                    members.map(|member| (member.key.clone(), member.node.clone())).collect();
                inputs.pseudo.clone_from(&self.inputs.pseudo);
                inputs.pseudo.remove("AWS::StackName");
                inputs.pseudo.remove("AWS::StackId");
            }
            // Its stacks stand in other accounts and Regions.
            Kind::StackSet => {
                for item in given.items() {
                    let key = item.get("ParameterKey").and_then(Node::as_str);
                    if let (Some(key), Some(value)) = (key, item.get("ParameterValue")) {
                        inputs.parameters.insert(key.to_owned(), value.clone());
                    }
                }
                for name in ["AWS::Partition", "AWS::URLSuffix"] {
                    if let Some(value) = self.inputs.pseudo.get(name) {
                        inputs.pseudo.insert(name.to_owned(), value.clone());
                    }
                }
            }
        }
        inputs
    }
}

/// What deploys another template.
#[derive(Clone, Copy)]
enum Kind {
    Stack,
    Application,
    StackSet,
}

impl Kind {
    fn of(resource_type: &str) -> Option<Self> {
        match resource_type {
            "AWS::CloudFormation::Stack" => Some(Self::Stack),
            "AWS::CloudFormation::StackSet" => Some(Self::StackSet),
            "AWS::Serverless::Application" => Some(Self::Application),
            _ => None,
        }
    }

    /// The property that names the template.
    fn location(self) -> &'static str {
        match self {
            Self::Stack | Self::StackSet => "TemplateURL",
            Self::Application => "Location",
        }
    }
}
