//! The new value of `Revision`: another one than now, that a person understands and the template takes.

use policy_document::tree::Node;
use regex_lite::Regex;

/// A value that the parameter takes: what is asked for, or a form of this time (`2026-11-28T09:15:00Z`).
///
/// # Errors
/// Why there is none, and what helps.
pub fn new_value(
    declaration: Option<&Node>,
    present: &str,
    asked: Option<&str>,
    time: &str,
) -> Result<String, String> {
    let text = |name: &str| declaration.and_then(|node| node.get(name)).and_then(Node::scalar);
    if let Some(asked) = asked {
        if asked == present {
            return Err(format!(
                "Revision is {asked:?} already; name another value with --revision"
            ));
        }
        return match refusal(declaration, asked) {
            Some(why) => Err(format!("{asked:?} {why}; name another value with --revision")),
            None => Ok(asked.to_owned()),
        };
    }
    let digits: String = time.chars().filter(char::is_ascii_digit).collect();
    let date = time.get(..10).unwrap_or(time).to_owned();
    let short: String = time.chars().filter(|c| !"-:".contains(*c)).collect();
    let next = present.parse::<u64>().ok().map(|number| number.saturating_add(1).to_string());
    let allowed = declaration.and_then(|node| node.get("AllowedValues"));
    let allowed = allowed.map(Node::items).unwrap_or_default().iter();
    let mut candidates = vec![time.to_owned(), short, digits, date];
    candidates.extend(next);
    candidates.extend(["1", "2", "a", "b"].map(str::to_owned));
    candidates.extend(allowed.filter_map(Node::scalar).map(|value| value.into_owned()));
    let fits = |value: &String| value != present && refusal(declaration, value).is_none();
    candidates.into_iter().find(fits).ok_or_else(|| {
        let has_list = declaration.is_some_and(|node| node.get("AllowedValues").is_some());
        let rule = ["AllowedPattern", "Type"].into_iter();
        let mut rule = rule.filter_map(|name| Some(format!("{name} {}", text(name)?)));
        let rule = if has_list { None } else { rule.next() };
        format!(
            "no time fits its parameter Revision ({}); name a value with --revision",
            rule.unwrap_or_else(|| "AllowedValues".to_owned())
        )
    })
}

/// Why the parameter does not take this value.
fn refusal(declaration: Option<&Node>, value: &str) -> Option<String> {
    let declaration = declaration?;
    let text = |name: &str| declaration.get(name).and_then(Node::scalar);
    let number = |name: &str| text(name).and_then(|text| text.parse::<f64>().ok());
    if let Some(allowed) = declaration.get("AllowedValues") {
        let mut values = allowed.items().iter().filter_map(Node::scalar);
        if !values.any(|one| one == value) {
            return Some("is none of its AllowedValues".to_owned());
        }
    }
    if let Some(pattern) = text("AllowedPattern")
        // A pattern that only Java knows is left to CloudFormation.
        && let Ok(whole) = Regex::new(&format!("^(?:{pattern})$"))
        && !whole.is_match(value)
    {
        return Some(format!("does not fit its AllowedPattern {pattern}"));
    }
    match text("Type").as_deref() {
        Some("Number") => {
            let Ok(value) = value.parse::<f64>() else { return Some("is no number".to_owned()) };
            let is_out = number("MinValue").is_some_and(|least| value < least)
                || number("MaxValue").is_some_and(|most| value > most);
            is_out.then(|| "is not between its MinValue and its MaxValue".to_owned())
        }
        Some("String") | None => {
            #[allow(clippy::cast_precision_loss)]
            let length = value.chars().count() as f64;
            let is_out = number("MinLength").is_some_and(|least| length < least)
                || number("MaxLength").is_some_and(|most| length > most);
            is_out.then(|| "does not fit its MinLength and MaxLength".to_owned())
        }
        Some(other) => Some(format!("is no {other}: make its Type String")),
    }
}
