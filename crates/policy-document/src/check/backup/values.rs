//! The values of a backup policy's settings: names, numbers, booleans, Regions, tags.

use super::catalogue::RESOURCE_TYPES;
use super::rules::values as rules;
use crate::arn::is_partition;
use crate::check::place::{Checked, Problem};
use crate::check::regions::{Region, nearest_region};

pub fn plan_name(text: &str) -> Checked {
    name(text, "plan")
}

pub fn rule_name(text: &str) -> Checked {
    name(text, "rule")
}

pub fn selection_name(text: &str) -> Checked {
    name(text, "selection")
}

fn name(text: &str, of: &str) -> Checked {
    if has_form(text, |c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
        return Ok(());
    }
    let found = format!("{} is no name of a {of}", shortened(text));
    Err(Problem::new(&rules::NAME, found, "1 to 50 of the characters A-Z a-z 0-9 - _ ."))
}

pub fn vault_name(text: &str) -> Checked {
    if is_vault_name(text) {
        return Ok(());
    }
    let found = format!("{} is no name of a backup vault", shortened(text));
    Err(Problem::new(&rules::VAULT_NAME, found, "1 to 50 of the characters A-Z a-z 0-9 - _"))
}

pub fn is_vault_name(text: &str) -> bool {
    has_form(text, |c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

fn has_form(text: &str, fits: impl Fn(char) -> bool) -> bool {
    (1..=50).contains(&text.len()) && text.chars().all(fits)
}

/// A text in quotes, without the middle if it is long.
pub fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    let characters = text.chars().count();
    if characters <= MOST {
        return format!("{text:?}");
    }
    let beginning: String = text.chars().take(MOST / 2).collect();
    format!("{:?} with {characters} characters", format!("{beginning}…"))
}

/// AWS reads up to sixteen digits.
const MOST_DIGITS: u64 = 9_999_999_999_999_999;

fn whole_number(text: &str) -> Result<u64, Problem> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|number| is_number && *number <= MOST_DIGITS);
    number.ok_or_else(|| {
        let found = format!("{} is no whole number that AWS reads", shortened(text));
        Problem::new(&rules::NOT_A_NUMBER, found, "digits only, and at most sixteen of them")
    })
}

pub fn window(text: &str) -> Checked {
    const HUNDRED_YEARS: u64 = 52_560_000;
    match whole_number(text)? {
        0..60 => {
            let found = format!("{text} is too short");
            Err(Problem::new(&rules::WINDOW_TOO_SHORT, found, "at least 60 minutes"))
        }
        60..=HUNDRED_YEARS => Ok(()),
        _ => {
            let found = format!("{text} is too long for AWS Backup");
            Err(Problem::new(&rules::WINDOW_TOO_LONG, found, "at most 52560000 minutes, 100 years"))
        }
    }
}

pub fn days(text: &str) -> Checked {
    const HUNDRED_YEARS: u64 = 36_500;
    match whole_number(text)? {
        0 => {
            Err(Problem::new(&rules::DAYS_TOO_FEW, format!("{text} is too few"), "at least 1 day"))
        }
        1..=HUNDRED_YEARS => Ok(()),
        _ => {
            let found = format!("{text} is too many for AWS Backup");
            Err(Problem::new(&rules::DAYS_TOO_MANY, found, "at most 36500 days, 100 years"))
        }
    }
}

pub fn boolean(text: &str) -> Checked {
    if text == "true" || text == "false" {
        return Ok(());
    }
    let meant = match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "enabled" | "1" => Some("true"),
        "false" | "no" | "off" | "disabled" | "0" => Some("false"),
        _ => None,
    };
    let found = format!("{} is no boolean", shortened(text));
    let problem = Problem::new(&rules::NOT_A_BOOLEAN, found, "true or false, in lower case");
    Err(problem.suggesting_json(meant.map(str::to_owned)))
}

pub fn region(text: &str) -> Checked {
    let near = nearest_region(text, None);
    let problem = match Region::of(text) {
        Region::Known => return Ok(()),
        Region::Unknown => unknown_region(text, near),
        Region::None => {
            let found = format!("{} is no Region", shortened(text));
            Problem::new(&rules::REGION, found, "the code of one Region, such as eu-west-1")
        }
    };
    Err(problem.suggesting(near))
}

/// A Region that is not known here, and the one that was probably meant.
pub fn unknown_region(region: &str, near: Option<&str>) -> Problem {
    let found = format!("{region:?} is no Region that is known here");
    let allowed = match near {
        Some(near) => format!("a Region that AWS has, such as {near}"),
        None => "a Region that AWS has".to_owned(),
    };
    Problem::new(&rules::REGION_UNKNOWN, found, allowed)
}

pub fn resource_type(text: &str) -> Checked {
    // Another partition's name stands where `aws` stands in the list.
    let own = text.strip_prefix("arn:").and_then(|rest| rest.split_once(':'));
    let (partition, rest) = own.filter(|(own, _)| is_partition(own)).unwrap_or(("aws", text));
    let is_known = |known: &&str| known.strip_prefix("arn:aws:") == Some(rest);
    if text == "*" || RESOURCE_TYPES.iter().any(is_known) {
        return Ok(());
    }
    let found = format!("{} is no resource type that a backup policy can select", shortened(text));
    let allowed = "* or a type with wildcards such as arn:aws:ec2:*:*:volume/*";
    let near = type_of_resource(rest).map(|near| near.replacen("aws", partition, 1));
    Err(Problem::new(&rules::RESOURCE_TYPE, found, allowed).suggesting(near.as_deref()))
}

/// The type that the rest of an ARN, after its partition, is of: of the same service, and the same kind if it has several.
fn type_of_resource(rest: &str) -> Option<&'static str> {
    let (service, _) = rest.split_once(':')?;
    let of_service = || {
        let prefix = format!("arn:aws:{service}:");
        RESOURCE_TYPES.iter().copied().filter(move |known| known.starts_with(&prefix))
    };
    let mut all = of_service();
    match (all.next(), all.next()) {
        (only, None) => only,
        _ => of_service().find(|known| {
            let kind = known.trim_end_matches(['*', '/', ':']).rsplit(':').next();
            kind.is_some_and(|kind| rest.contains(&format!(":{kind}")))
        }),
    }
}

pub fn tag_key(text: &str) -> Checked {
    length(text, 1..=128, "key")
}

pub fn tag_value(text: &str) -> Checked {
    length(text, 0..=256, "value")
}

fn length(text: &str, allowed: std::ops::RangeInclusive<usize>, of: &str) -> Checked {
    let characters = text.chars().count();
    if allowed.contains(&characters) {
        return Ok(());
    }
    let found = format!("{characters} characters are no length of a tag's {of}");
    let allowed = format!("{} to {} characters", allowed.start(), allowed.end());
    Err(Problem::new(&rules::TAG_LENGTH, found, allowed))
}

pub fn condition_key(text: &str) -> Checked {
    const PREFIX: &str = "aws:ResourceTag/";
    if text.strip_prefix(PREFIX).is_some_and(|key| !key.is_empty()) {
        return Ok(());
    }
    let found = format!("{} names no tag of a resource", shortened(text));
    let problem = Problem::new(&rules::CONDITION_KEY, found, format!("{PREFIX} and the tag's key"));
    let meant = (!text.contains(':')).then(|| format!("{PREFIX}{text}"));
    Err(problem.suggesting(meant.as_deref()))
}
