//! Values that several types have, and short forms for their tables.

use super::rules;
use crate::check::grammar::{Kind, List, Object, Open, Shape};
use crate::check::place::{Checked, Problem};
use crate::check::regions::{Region, nearest_region};

/// A setting that holds one of these words.
pub const fn one_of(words: &'static [&'static str]) -> Shape {
    Shape::Single(Kind::Word { rule: &rules::WORD, words })
}

/// A setting that holds some of these words.
pub const fn some_of(words: &'static [&'static str]) -> Shape {
    Shape::List(List { item: Kind::Word { rule: &rules::WORD, words }, may_be_empty: true })
}

/// A setting that holds a list of such texts.
pub const fn list_of(check: fn(&str) -> Checked) -> Shape {
    Shape::List(List { item: Kind::Text(check), may_be_empty: true })
}

/// A setting that holds such a text.
pub const fn text(check: fn(&str) -> Checked) -> Shape {
    Shape::Single(Kind::Text(check))
}

/// An object with these keys, to which AWS adds others.
pub const fn open(keys: &'static [(&'static str, Shape)]) -> Open {
    Open { known: Object { keys, required: &[], whole: &[] }, rule: &rules::UNKNOWN }
}

pub const SWITCH: Shape = one_of(&["enabled", "disabled"]);

const ALL_SUPPORTED: &str = "ALL_SUPPORTED";

/// A Region, or all that the service supports.
pub fn region_or_all(text: &str) -> Checked {
    if text == ALL_SUPPORTED { Ok(()) } else { region_among(text, Some(ALL_SUPPORTED)) }
}

/// A Region.
pub fn region(text: &str) -> Checked {
    region_among(text, None)
}

/// `default`, or a Region.
pub fn default_or_region(text: &str) -> Checked {
    if text == "default" { Ok(()) } else { region_among(text, Some("default")) }
}

fn region_among(text: &str, word: Option<&'static str>) -> Checked {
    let (rule, found) = match Region::of(text) {
        Region::Known => return Ok(()),
        Region::Unknown => {
            (&rules::REGION_UNKNOWN, format!("{text:?} is no Region that is known here"))
        }
        Region::None => (&rules::REGION, format!("{text:?} is no Region")),
    };
    let word_first = word.map(|word| format!("{word}, or ")).unwrap_or_default();
    let allowed = format!("{word_first}the code of a Region, such as eu-west-1");
    Err(Problem::new(rule, found, allowed).suggesting(nearest_region(text, word)))
}

/// A whole number in these bounds.
pub fn number(text: &str, least: i64, most: i64) -> Checked {
    let is_number = text.parse::<i64>().is_ok_and(|number| (least..=most).contains(&number));
    if is_number {
        return Ok(());
    }
    let found = format!("{text:?} is not in these bounds");
    Err(Problem::new(&rules::NUMBER, found, format!("a whole number from {least} to {most}")))
}
