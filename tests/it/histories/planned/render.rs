//! Properties rendered as a template declares them: some as they are, a third through parameters, Sub, exports of other
//! stacks, and a few through what no template tells: attributes and parameters that are NoEcho.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use serde_json::{Map, Value, json};

use test_world::engine::DeletionPolicy;

/// A resource, rendered.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// What its properties are.
    pub truth: Value,
    /// What the template has in their place.
    properties: Value,
    /// By name: the declaration and the value.
    pub parameters: BTreeMap<String, (Value, String)>,
    pub exports: BTreeMap<String, String>,
    /// Where no template tells the value: `Tags[0].Value`.
    pub untold: BTreeSet<String>,
}

/// A template's resources, by their logical ids.
pub type Resources = BTreeMap<String, Rendered>;

/// What stands in the place of a value.
#[derive(Clone, Copy)]
enum Form {
    AsItIs,
    Parameter,
    Sub,
    SubWithList,
    Export,
    Attribute,
    NoEcho,
}

/// Renders one resource.
pub fn rendered(rng: &mut Rng, stack: &str, logical_id: &str, truth: &Value) -> Rendered {
    let mut renderer =
        Renderer { rng, prefix: format!("{stack}{logical_id}"), made: Rendered::default() };
    let mut properties = Map::new();
    for (name, value) in truth.as_object().expect("properties") {
        properties.insert(name.clone(), renderer.property(name, value));
    }
    Rendered { truth: truth.clone(), properties: properties.into(), ..renderer.made }
}

struct Renderer<'a> {
    rng: &'a mut Rng,
    prefix: String,
    made: Rendered,
}

impl Renderer<'_> {
    fn property(&mut self, path: &str, value: &Value) -> Value {
        match value {
            Value::String(text) => {
                let form = self.form();
                self.text(path, text, form)
            }
            Value::Array(items)
                if path == "Targets" && !items.is_empty() && self.rng.u8(..6) == 0 =>
            {
                let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                self.parameter("CommaDelimitedList", &texts.join(","), false)
            }
            Value::Array(items) => {
                let items = items.iter().enumerate();
                items.map(|(n, item)| self.property(&format!("{path}[{n}]"), item)).collect()
            }
            // The key of a tag stays.
            Value::Object(tag) if tag.contains_key("Key") => {
                let value = self.property(&format!("{path}.Value"), &tag["Value"]);
                json!({"Key": tag["Key"], "Value": value})
            }
            Value::Object(members) => {
                let members = members.iter();
                let members = members.map(|(key, value)| {
                    (key.clone(), self.property(&format!("{path}.{key}"), value))
                });
                Value::Object(members.collect::<Vec<_>>().into_iter().collect())
            }
            other => other.clone(),
        }
    }

    /// A third of the values are not as they are.
    fn form(&mut self) -> Form {
        match self.rng.u8(..84) {
            0..8 => Form::Parameter,
            8..13 => Form::Sub,
            13..18 => Form::SubWithList,
            18..26 => Form::Export,
            26 => Form::Attribute,
            27 => Form::NoEcho,
            _ => Form::AsItIs,
        }
    }

    fn text(&mut self, path: &str, text: &str, form: Form) -> Value {
        match form {
            Form::AsItIs => json!(text),
            Form::Parameter => self.parameter("String", text, false),
            Form::Sub => {
                let (before, inner, after) = self.parts(text);
                let parameter = self.parameter("String", inner, false);
                json!({"Fn::Sub": format!("{before}${{{}}}{after}", parameter["Ref"].as_str().expect("a name"))})
            }
            Form::SubWithList => {
                let (before, inner, after) = self.parts(text);
                let parameter = self.parameter("String", inner, false);
                json!({"Fn::Sub": [format!("{before}${{inner}}{after}"), {"inner": parameter}]})
            }
            Form::Export => {
                let name = self.name();
                self.made.exports.insert(name.clone(), text.to_owned());
                json!({"Fn::ImportValue": name})
            }
            Form::Attribute => {
                self.made.untold.insert(path.to_owned());
                json!({"Fn::GetAtt": ["Vault", "BackupVaultArn"]})
            }
            Form::NoEcho => {
                self.made.untold.insert(path.to_owned());
                self.parameter("String", text, true)
            }
        }
    }

    fn parts<'a>(&mut self, text: &'a str) -> (&'a str, &'a str, &'a str) {
        let (first, second) = (self.rng.usize(..=text.len()), self.rng.usize(..=text.len()));
        let (first, second) = (first.min(second), first.max(second));
        (&text[..first], &text[first..second], &text[second..])
    }

    fn parameter(&mut self, kind: &str, value: &str, no_echo: bool) -> Value {
        let name = self.name();
        let mut declaration = json!({"Type": kind});
        if no_echo {
            declaration["NoEcho"] = json!("true");
        }
        self.made.parameters.insert(name.clone(), (declaration, value.to_owned()));
        json!({"Ref": name})
    }

    fn name(&mut self) -> String {
        format!("{}{:08x}", self.prefix, self.rng.u32(..))
    }
}

/// The whole template.
pub fn template(resources: &Resources, deletion_policy: impl Fn(&str) -> DeletionPolicy) -> Value {
    let mut declared = Map::new();
    for (id, resource) in resources {
        let mut one = json!({"Type": "Custom::OrgPolicy", "Properties": resource.properties});
        match deletion_policy(id) {
            DeletionPolicy::Delete => {}
            DeletionPolicy::Retain => one["DeletionPolicy"] = json!("Retain"),
            DeletionPolicy::RetainExceptOnCreate => {
                one["DeletionPolicy"] = json!("RetainExceptOnCreate");
            }
        }
        declared.insert(id.clone(), one);
    }
    declared.insert(
        "Vault".to_owned(),
        json!({"Type": "AWS::Backup::BackupVault", "Properties": {"BackupVaultName": "v"}}),
    );
    let parameters = resources.values().flat_map(|resource| &resource.parameters);
    let parameters: Map<String, Value> =
        parameters.map(|(name, (declaration, _))| (name.clone(), declaration.clone())).collect();
    let mut template = json!({"Resources": declared});
    if !parameters.is_empty() {
        template["Parameters"] = parameters.into();
    }
    template
}
