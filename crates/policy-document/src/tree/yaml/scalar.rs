//! What an unquoted word of YAML is to CloudFormation.
//!
//! The user guide (template formats) says: YAML 1.1, without the tags binary, omap, pairs, set and timestamp. So `yes` and
//! `on` are booleans, and `0644`, `0x1f`, `0b11`, `1_000` and `1:30` are numbers. Beyond the guide:
//!
//! - `y` and `n` are texts, as in what AWS publishes (PyYAML under AWS CLI, SAM and cfn-lint; cloudformation-validate).
//! - Dates are texts: AWS's own templates write `Version: 2012-10-17` without quotes.
//! - `012345678901` is no octal number, and to YAML 1.1 a text. CloudFormation was seen to make the number
//!   1.2345678901E10 of it (aws-cli issue 6908), so it is a number here: the zero is lost either way.
//! - An exponent needs a point before it and a sign (`1.5e+3`), as YAML 1.1 and AWS's tools have it; what CloudFormation
//!   makes of `1e3` is not known, and it is a text here.
//! - What becomes of `.inf` and `.nan`, which JSON does not have, only a deployment can tell.

use crate::tree::Value;

/// The value of an unquoted, untagged word. A number is one of JSON then.
pub(super) fn resolve(word: &str) -> Value {
    match word {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Value::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            Value::Bool(false)
        }
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF"
        | ".nan" | ".NaN" | ".NAN" => {
            Value::Unknown(format!("what CloudFormation makes of {word}"))
        }
        _ => number(word).map_or_else(|| Value::String(word.to_owned()), Value::Number),
    }
}

/// The value of a word with one of YAML's own tags (`!!str`): none if the word is none of that type.
pub(super) fn tagged(kind: &str, word: &str) -> Option<Value> {
    match (kind, resolve(word)) {
        ("str", _) => Some(Value::String(word.to_owned())),
        ("null", value @ Value::Null) | ("bool", value @ Value::Bool(_)) => Some(value),
        ("int", Value::Number(number))
            if number.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit()) =>
        {
            Some(Value::Number(number))
        }
        ("float", value @ (Value::Number(_) | Value::Unknown(_))) => Some(value),
        _ => None,
    }
}

fn number(word: &str) -> Option<String> {
    let (sign, digits) = match word.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", word.strip_prefix('+').unwrap_or(word)),
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if let Some(whole) = integer(digits) {
        return Some(if whole == "0" { whole } else { format!("{sign}{whole}") });
    }
    // A sign before a point makes it a text, in YAML 1.1 as AWS's tools read it.
    if digits.starts_with('.') && digits.len() < word.len() {
        return None;
    }
    Some(format!("{sign}{}", float(digits)?))
}

fn integer(digits: &str) -> Option<String> {
    let radix = |digits: &str, radix| {
        let digits = plain(digits)?;
        u128::from_str_radix(&digits, radix).ok().map(|value| value.to_string())
    };
    if let Some(binary) = digits.strip_prefix("0b") {
        return radix(binary, 2);
    }
    if let Some(hexadecimal) = digits.strip_prefix("0x") {
        return radix(hexadecimal, 16);
    }
    if digits.contains(':') {
        return sexagesimal(digits).filter(|_| !digits.starts_with('0'));
    }
    let decimal = decimal(digits)?;
    let octal = digits.starts_with('0') && decimal.bytes().all(|byte| byte < b'8');
    if octal { radix(digits, 8) } else { Some(decimal) }
}

/// Digits without their separators and leading zeros.
fn decimal(digits: &str) -> Option<String> {
    let digits = plain(digits)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let significant = digits.trim_start_matches('0');
    Some(if significant.is_empty() { "0".to_owned() } else { significant.to_owned() })
}

/// Digits without their separators; none if there are no others, or if a sign or the like stands among them.
fn plain(digits: &str) -> Option<String> {
    let plain: String = digits.chars().filter(|c| *c != '_').collect();
    Some(plain)
        .filter(|plain| !plain.is_empty() && plain.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// `1:30`, to the base of 60.
fn sexagesimal(digits: &str) -> Option<String> {
    let mut parts = digits.split(':');
    let mut value: u128 = decimal(parts.next()?)?.parse().ok()?;
    for part in parts {
        let digit: u128 = match part.as_bytes() {
            [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9'] => part.parse().ok()?,
            _ => return None,
        };
        value = value.checked_mul(60)?.checked_add(digit)?;
    }
    Some(value.to_string())
}

fn float(digits: &str) -> Option<String> {
    let (mantissa, exponent) = match digits.find(['e', 'E']) {
        Some(at) => digits.split_at_checked(at)?,
        None => (digits, ""),
    };
    let (whole, fraction) = mantissa.split_once('.')?;
    let whole = match whole {
        "" if fraction.starts_with(|c: char| c.is_ascii_digit()) => "0".to_owned(),
        whole if whole.contains(':') && exponent.is_empty() => sexagesimal(whole)?,
        whole => decimal(whole)?,
    };
    let fraction: String = fraction.chars().filter(|c| *c != '_').collect();
    let signed = exponent.get(1..).is_none_or(|power| {
        let power = power.strip_prefix(['+', '-']).unwrap_or_default();
        !power.is_empty() && power.bytes().all(|byte| byte.is_ascii_digit())
    });
    if !signed || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction = if fraction.is_empty() { "0" } else { &fraction };
    Some(format!("{whole}.{fraction}{exponent}"))
}
