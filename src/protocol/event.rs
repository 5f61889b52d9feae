//! The event as Lambda hands it over: bytes, of which each field is read by itself. So whatever one
//! holds (nesting without end, bytes that are no UTF-8), the others are read, the envelope above all.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::error::Fault;

/// An event, as far as it can be read.
#[derive(Clone, Debug, Default)]
pub struct Event {
    /// What can be read.
    pub(super) fields: Map<String, Value>,
    /// What cannot, by the name of its field.
    pub(super) unreadable: BTreeMap<String, Vec<Fault>>,
}

impl Event {
    /// Reads each field of the event, and each property in those that hold properties. Nothing here
    /// goes deeper than `serde_json` does, so no nesting exhausts the stack.
    pub fn read(payload: &[u8]) -> Self {
        let mut event = Self::default();
        for (name, text) in fields(payload).unwrap_or_default() {
            let holds_properties = name == "ResourceProperties" || name == "OldResourceProperties";
            let properties = if holds_properties { fields(text) } else { None };
            let (value, faults) = match properties {
                Some(properties) => read_each(properties),
                None => match serde_json::from_slice(text) {
                    Ok(value) => (value, Vec::new()),
                    Err(error) => (Value::Null, vec![Fault::unreadable(&name, &error)]),
                },
            };
            if !faults.is_empty() {
                event.unreadable.insert(name.clone(), faults);
            }
            event.fields.insert(name, value);
        }
        event
    }

    /// A field, as far as it can be read.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
    }
}

/// An event that has been read already.
impl From<Value> for Event {
    fn from(event: Value) -> Self {
        match event {
            Value::Object(fields) => Self { fields, unreadable: BTreeMap::new() },
            _ => Self::default(),
        }
    }
}

/// The properties that can be read, and a fault for each other one.
fn read_each(properties: BTreeMap<String, &[u8]>) -> (Value, Vec<Fault>) {
    let (mut read, mut faults) = (Map::new(), Vec::new());
    for (name, text) in properties {
        match serde_json::from_slice(text) {
            Ok(value) => drop(read.insert(name, value)),
            Err(error) => faults.push(Fault::unreadable(name, &error)),
        }
    }
    (Value::Object(read), faults)
}

/// The fields of a JSON object, each with its text, as far as the object can be followed; none if it
/// is no object. Of a field that stands twice the last counts, as it does to most readers of JSON.
fn fields(object: &[u8]) -> Option<BTreeMap<String, &[u8]>> {
    let mut rest = object.trim_ascii_start().strip_prefix(b"{")?;
    let mut fields = BTreeMap::new();
    loop {
        let (name, after) = split_before(rest, b':');
        let Some(after) = after.strip_prefix(b":") else { return Some(fields) };
        let (text, after) = split_before(after, b',');
        let unquoted = serde_json::from_slice(name);
        let name = unquoted.unwrap_or_else(|_| String::from_utf8_lossy(name).into_owned());
        fields.insert(name, text);
        rest = after.strip_prefix(b",").unwrap_or_default();
    }
}

/// Splits the text before the next separator of this level, or before the end of the level. It only
/// counts brackets, so that depth costs nothing; what stands between them is for `serde_json`.
fn split_before(text: &[u8], separator: u8) -> (&[u8], &[u8]) {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    let ends = |byte: &u8| {
        match *byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth > 0 => depth -= 1,
            byte => return depth == 0 && (byte == separator || byte == b'}' || byte == b']'),
        }
        false
    };
    let end = text.iter().position(ends).unwrap_or(text.len());
    text.split_at(end)
}
