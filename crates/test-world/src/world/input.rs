//! The body of a request: its fields, and what is wrong with them before the organization is looked at (lengths and
//! patterns from the service model).

use std::collections::BTreeSet;
use std::fmt;

use aws_sdk_organizations::types::PolicyType;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::operations::{Refusal, invalid};

pub(super) struct Input {
    pub(super) fields: Map<String, Value>,
    /// From the test's own client, which sees fresh policies at once.
    pub(super) inspecting: bool,
}

impl Input {
    pub(super) fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }

    pub(super) fn optional(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Value::as_str)
    }

    pub(super) fn number(&self, field: &str) -> Option<i64> {
        self.fields.get(field).and_then(Value::as_i64)
    }

    pub(super) fn text(&self, field: &str) -> Result<&str, Refusal> {
        self.optional(field).ok_or_else(|| invalid("INPUT_REQUIRED"))
    }

    pub(super) fn list(&self, field: &str) -> Result<&[Value], Refusal> {
        let list = self.fields.get(field).and_then(Value::as_array);
        list.map(Vec::as_slice).ok_or_else(|| invalid("INPUT_REQUIRED"))
    }

    /// A text of so many characters that does not look like markup. Content may look like anything.
    pub(super) fn bounded(&self, field: &str, min: usize, max: usize) -> Result<&str, Refusal> {
        let text = self.text(field)?;
        check_length(field, text, min, max)?;
        if field != "Content" {
            check_markup(text)?;
        }
        Ok(text)
    }

    /// As `bounded`, for a field that may be left out.
    pub(super) fn bounded_if_sent(
        &self,
        field: &str,
        min: usize,
        max: usize,
    ) -> Result<Option<&str>, Refusal> {
        if !self.has(field) {
            return Ok(None);
        }
        self.bounded(field, min, max).map(Some)
    }

    pub(super) fn policy_type(&self, field: &str) -> Result<&str, Refusal> {
        let text = self.text(field)?;
        if !PolicyType::values().contains(&text) {
            return Err(invalid("INVALID_ENUM_POLICY_TYPE"));
        }
        Ok(text)
    }

    pub(super) fn policy_id(&self) -> Result<&str, Refusal> {
        let id = self.text("PolicyId")?;
        if !is_policy_id(id) {
            return Err(invalid("INVALID_PATTERN"));
        }
        Ok(id)
    }

    pub(super) fn target_id(&self) -> Result<&str, Refusal> {
        let id = self.text("TargetId")?;
        if !is_target_id(id) {
            return Err(invalid("INVALID_PATTERN_TARGET_ID"));
        }
        Ok(id)
    }

    pub(super) fn resource_id(&self) -> Result<&str, Refusal> {
        let id = self.text("ResourceId")?;
        if !is_policy_id(id) && !is_target_id(id) {
            return Err(invalid("INVALID_PATTERN"));
        }
        Ok(id)
    }

    /// The tags, in order. None at all is no error.
    pub(super) fn tags(&self) -> Result<Vec<(&str, &str)>, Refusal> {
        let mut tags = Vec::new();
        let mut keys = BTreeSet::new();
        for tag in self.fields.get("Tags").and_then(Value::as_array).into_iter().flatten() {
            let (Some(key), Some(value)) = (tag["Key"].as_str(), tag["Value"].as_str()) else {
                return Err(invalid("INPUT_REQUIRED"));
            };
            check_length("TAG_KEY", key, 1, 128)?;
            check_length("TAG_VALUE", value, 0, 256)?;
            check_markup(key)?;
            check_markup(value)?;
            if key.starts_with("aws:") {
                return Err(invalid("INVALID_SYSTEM_TAGS_PARAMETER"));
            }
            if !keys.insert(key) {
                return Err(invalid("DUPLICATE_TAG_KEY"));
            }
            tags.push((key, value));
        }
        Ok(tags)
    }
}

/// The reason carries the field as a suffix, as the service's reasons may.
fn check_length(field: &str, text: &str, min: usize, max: usize) -> Result<(), Refusal> {
    let length = text.chars().count();
    let field = field.to_uppercase();
    if length < min {
        return Err(invalid(&format!("MIN_LENGTH_EXCEEDED:{field}")));
    }
    if length > max {
        return Err(invalid(&format!("MAX_LENGTH_EXCEEDED:{field}")));
    }
    Ok(())
}

/// The service refuses names and descriptions with tags in them, as in `<b>`.
fn check_markup(text: &str) -> Result<(), Refusal> {
    match text.split_once('<') {
        Some((_, rest)) if rest.contains('>') => Err(invalid("INVALID_PATTERN")),
        _ => Ok(()),
    }
}

/// `^p-[0-9a-zA-Z_]{8,128}$`
fn is_policy_id(text: &str) -> bool {
    text.strip_prefix("p-").is_some_and(|rest| {
        (8..=128).contains(&rest.len())
            && rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// `r-[0-9a-z]{4,32}`, `\d{12}` or `ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}`
fn is_target_id(text: &str) -> bool {
    let word = |text: &str, min: usize| {
        (min..=32).contains(&text.len())
            && text.chars().all(|c| c.is_ascii_digit() || c.is_ascii_lowercase())
    };
    if let Some(root) = text.strip_prefix("r-") {
        return word(root, 4);
    }
    if let Some(unit) = text.strip_prefix("ou-") {
        return unit.split_once('-').is_some_and(|(root, unit)| word(root, 4) && word(unit, 8));
    }
    text.len() == 12 && text.chars().all(|c| c.is_ascii_digit())
}

/// How many keys the outermost object of a document has; None for what is no JSON object, or has a key twice anywhere.
pub(super) fn count_keys(content: &str) -> Option<usize> {
    serde_json::from_str::<UniqueKeys>(content).ok()?.0
}

/// Reads any JSON and fails on a key that occurs twice in one object.
struct UniqueKeys(Option<usize>);

impl<'de> Deserialize<'de> for UniqueKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<UniqueKeys, D::Error> {
        struct Anything;

        impl<'de> Visitor<'de> for Anything {
            type Value = UniqueKeys;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<UniqueKeys, A::Error> {
                let mut keys = BTreeSet::new();
                while let Some((key, UniqueKeys(_))) = map.next_entry::<String, UniqueKeys>()? {
                    if !keys.insert(key) {
                        return Err(A::Error::custom("a key occurs twice"));
                    }
                }
                Ok(UniqueKeys(Some(keys.len())))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<UniqueKeys, A::Error> {
                while list.next_element::<UniqueKeys>()?.is_some() {}
                Ok(UniqueKeys(None))
            }

            fn visit_str<E: Error>(self, _: &str) -> Result<UniqueKeys, E> {
                Ok(UniqueKeys(None))
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<UniqueKeys, E> {
                Ok(UniqueKeys(None))
            }

            fn visit_i64<E: Error>(self, _: i64) -> Result<UniqueKeys, E> {
                Ok(UniqueKeys(None))
            }

            fn visit_u64<E: Error>(self, _: u64) -> Result<UniqueKeys, E> {
                Ok(UniqueKeys(None))
            }

            fn visit_f64<E: Error>(self, _: f64) -> Result<UniqueKeys, E> {
                Ok(UniqueKeys(None))
            }

            fn visit_unit<E: Error>(self) -> Result<UniqueKeys, E> {
                Ok(UniqueKeys(None))
            }
        }

        deserializer.deserialize_any(Anything)
    }
}
