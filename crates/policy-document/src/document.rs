//! Policy documents: reading JSON text, variables in keys and values, equality by meaning, size.
//!
//! All of it is pure. A document is a `serde_json::Value` whose objects keep the order of their
//! keys, because what is sent should read as it was written.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::fault::{Fault, path};

/// Reads JSON text. Unlike `serde_json` alone it refuses an object that names a key twice: AWS
/// refuses it too, and which of the two was meant nobody can know.
///
/// # Errors
/// Every duplicate key with its path below `root`, or the one place where the text is no JSON.
pub fn parse(text: &str, root: &str) -> Result<Value, Vec<Fault>> {
    let duplicates = RefCell::new(Vec::new());
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let node = Node { path: root.to_owned(), duplicates: &duplicates };
    let value = node
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| vec![Fault::unreadable(root, &error)])?;
    let duplicates = duplicates.into_inner();
    if duplicates.is_empty() { Ok(value) } else { Err(duplicates) }
}

/// One value while it is being read, at a known path.
struct Node<'a> {
    path: String,
    duplicates: &'a RefCell<Vec<Fault>>,
}

impl Node<'_> {
    fn child(&self, path: String) -> Node<'_> {
        Node { path, duplicates: self.duplicates }
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        serde_json::Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) =
            items.next_element_seed(self.child(format!("{}[{}]", self.path, list.len())))?
        {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let path = path(&self.path, &key);
            if object.contains_key(&key) {
                let fault = Fault::new(&path, "this key stands here twice");
                self.duplicates.borrow_mut().push(fault);
            }
            let value = entries.next_value_seed(self.child(path)).map_err(A::Error::custom)?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

/// Whether `name` can be a variable's: letters, digits, `_`, `-` and `.`, beginning with a letter
/// or digit. What else stands between `${` and `}` is IAM's own (`${aws:PrincipalTag/x}`, `${*}`).
pub fn is_variable_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
}

/// Puts the variables into the keys and values of a document.
pub struct Substitution<'a> {
    variables: &'a BTreeMap<String, String>,
    used: BTreeSet<&'a str>,
    /// The variables that occur and are not declared.
    pub undeclared: BTreeSet<String>,
    /// Undeclared variables, and keys that became one.
    pub faults: Vec<Fault>,
}

impl<'a> Substitution<'a> {
    /// A substitution of these names by these values.
    pub fn new(variables: &'a BTreeMap<String, String>) -> Self {
        Self { variables, used: BTreeSet::new(), undeclared: BTreeSet::new(), faults: Vec::new() }
    }

    /// The document with every `${Name}` replaced, in the parsed text, so that no value can break
    /// the JSON. What a value brings in is not looked at again.
    pub fn apply(&mut self, value: &Value, at: &str) -> Value {
        match value {
            Value::String(text) => Value::String(self.expand(text, at)),
            Value::Array(list) => list
                .iter()
                .enumerate()
                .map(|(i, item)| self.apply(item, &format!("{at}[{i}]")))
                .collect(),
            Value::Object(object) => Value::Object(self.apply_to_object(object, at)),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    fn apply_to_object(&mut self, object: &Map<String, Value>, at: &str) -> Map<String, Value> {
        let mut result = Map::new();
        for (key, value) in object {
            let here = path(at, key);
            let expanded = self.expand(key, &here);
            let value = self.apply(value, &here);
            if result.contains_key(&expanded) {
                let problem = format!("another key here becomes {expanded:?} too");
                self.faults.push(Fault::new(&here, problem));
            }
            result.insert(expanded, value);
        }
        result
    }

    /// The text with every `${Name}` replaced; `at` is its path, for faults.
    pub(crate) fn expand(&mut self, text: &str, at: &str) -> String {
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            result.push_str(before);
            let name = after.split_once('}').map(|(name, _)| name);
            match name.filter(|name| is_variable_name(name)) {
                Some(name) => {
                    result.push_str(self.value_of(name, at));
                    rest = after.get(name.len() + 1..).unwrap_or_default();
                }
                None => {
                    result.push_str("${");
                    rest = after;
                }
            }
        }
        result + rest
    }

    fn value_of(&mut self, name: &str, at: &str) -> &'a str {
        match self.variables.get_key_value(name) {
            Some((name, value)) => {
                self.used.insert(name);
                value
            }
            None => {
                self.undeclared.insert(name.to_owned());
                let problem = format!("variable ${{{name}}} is not declared in Variables");
                self.faults.push(Fault::new(at, problem));
                ""
            }
        }
    }

    /// The declared variables that occurred nowhere.
    pub fn unused(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str).filter(|name| !self.used.contains(name))
    }
}

/// The document as it is sent: no white space outside strings, keys in their order.
pub fn minify(document: &Value) -> String {
    document.to_string()
}

/// Whether two documents of a type mean the same: whether they have the same [`normal_form`].
///
/// Where this says "different" of documents that mean the same, one needless write follows; the
/// other mistake would leave a guard unwritten, so only what is certain counts as equal.
pub fn same_meaning(policy_type: &str, a: &Value, b: &Value) -> bool {
    normal_form(policy_type, a) == normal_form(policy_type, b)
}

/// The one text that all documents of the same meaning share, and no other document has.
///
/// For most types the JSON, with the keys in the order of their texts. SCPs and RCPs are IAM documents,
/// where a single value equals a list of that one value, the order of such a list means nothing, and
/// a missing Version is "2008-10-17". The equivalences break backup policies, which get plain JSON
/// equality (terraform-provider-aws, pull request 22260).
pub fn normal_form(policy_type: &str, document: &Value) -> String {
    minify(&normalized(policy_type, document))
}

/// [`normal_form`] before it is a text.
pub(crate) fn normalized(policy_type: &str, document: &Value) -> Value {
    let mut document = document.clone();
    if is_iam(policy_type)
        && let Some(elements) = document.as_object_mut()
    {
        elements.entry("Version").or_insert_with(|| DEFAULT_VERSION.into());
    }
    document.sort_all_objects();
    normalize_zeros(&mut document);
    if is_iam(policy_type) {
        normalize_statements(&mut document);
    }
    document
}

/// Whether documents of a type are IAM's.
pub(crate) fn is_iam(policy_type: &str) -> bool {
    ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"].contains(&policy_type)
}

/// The Version of an IAM document that names none (IAM user guide, "IAM JSON policy elements:
/// Version"). AWS stores an RCP without Version with it; whether an SCP too is not known.
const DEFAULT_VERSION: &str = "2008-10-17";

/// `-0.0` equals `0.0`.
fn normalize_zeros(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() && number.as_f64() == Some(0.0) => {
            *value = 0.0.into();
        }
        Value::Array(list) => list.iter_mut().for_each(normalize_zeros),
        Value::Object(object) => object.values_mut().for_each(normalize_zeros),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn normalize_statements(document: &mut Value) {
    if let Some(statements) = document.get_mut("Statement") {
        if statements.is_object() {
            *statements = Value::Array(vec![statements.take()]);
        }
        for statement in statements.as_array_mut().into_iter().flatten() {
            normalize_statement(statement);
        }
    }
}

fn normalize_statement(statement: &mut Value) {
    for element in ["Action", "NotAction", "Resource", "NotResource"] {
        if let Some(values) = statement.get_mut(element) {
            normalize_values(values);
        }
    }
    for element in ["Principal", "NotPrincipal"] {
        normalize_members(statement.get_mut(element));
    }
    let conditions = statement.get_mut("Condition").and_then(Value::as_object_mut);
    for (_, operator) in conditions.into_iter().flatten() {
        normalize_members(Some(operator));
    }
}

fn normalize_members(element: Option<&mut Value>) {
    let members = element.and_then(Value::as_object_mut);
    for (_, values) in members.into_iter().flatten() {
        normalize_values(values);
    }
}

fn normalize_values(values: &mut Value) {
    match values {
        Value::Array(list) => list.sort_by_key(Value::to_string),
        single => *single = Value::Array(vec![single.take()]),
    }
}
