//! AWS's services, actions, resource types and condition keys, searched where they lie.
//!
//! `data/iam-catalogue.txt` is written by `make iam-catalogue`. Its first line begins with the date of the data. Then each
//! prefix has a section, sorted by prefix. The head of a section is `=prefix flags keys arns actions`: `s` if the prefix
//! is that of a service (other prefixes have keys only), `r` if resource control policies reach it, and how many bytes
//! each of the three blocks below has. A line of the blocks is
//! - a condition key and its type: `S`tring, `A`RN, `B`ool, `N`umber, `D`ate, `I`P address, and `*` if it has several
//!   values; what stands for a name of the user's is `*`,
//! - the ARN of a resource type, as a pattern,
//! - an action, sorted without regard to case: `name|arns|keys`, where `3 5-7` are numbers of lines of the blocks above.
//!   An action without ARNs is about no resource in particular.
//!
//! The section `aws` has the keys that every service knows.

use std::cmp::Ordering;
use std::sync::OnceLock;

use super::super::glob;
use super::super::operator::Kind;

static TEXT: &str = include_str!("../../../../data/iam-catalogue.txt");

/// The section of one prefix.
#[derive(Debug)]
pub(super) struct Section {
    pub prefix: &'static str,
    pub is_service: bool,
    pub has_rcps: bool,
    keys: &'static str,
    arns: &'static str,
    actions: &'static str,
}

/// A condition key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    /// Its name, with `*` for what the user names.
    pub name: &'static str,
    pub kind: Kind,
    pub has_several_values: bool,
    number: usize,
}

/// An action of a service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub name: &'static str,
    arns: &'static str,
    keys: &'static str,
}

/// The day of the data.
pub(super) fn date() -> &'static str {
    TEXT.get(..10).unwrap_or_default()
}

/// All sections, found at the first question.
pub(super) fn sections() -> &'static [Section] {
    static SECTIONS: OnceLock<Vec<Section>> = OnceLock::new();
    SECTIONS.get_or_init(|| {
        let mut rest = TEXT.split_once('\n').map_or("", |(_, rest)| rest);
        std::iter::from_fn(move || {
            let (section, after) = read(rest)?;
            rest = after;
            Some(section)
        })
        .collect()
    })
}

fn read(text: &'static str) -> Option<(Section, &'static str)> {
    let (head, rest) = text.strip_prefix('=')?.split_once('\n')?;
    let mut words = head.split(' ');
    let (prefix, flags) = (words.next()?, words.next()?);
    let mut block = |rest: &'static str| rest.split_at_checked(words.next()?.parse().ok()?);
    let (keys, rest) = block(rest)?;
    let (arns, rest) = block(rest)?;
    let (actions, rest) = block(rest)?;
    let section = Section {
        prefix,
        is_service: flags.contains('s'),
        has_rcps: flags.contains('r'),
        keys,
        arns,
        actions,
    };
    Some((section, rest))
}

/// The section of a prefix, whose upper and lower case mean nothing.
pub(super) fn section(prefix: &str) -> Option<&'static Section> {
    let sections = sections();
    let at = sections.binary_search_by(|section| compare(section.prefix, prefix)).ok()?;
    sections.get(at)
}

/// A condition key that every service knows.
pub(super) fn global_key(name: &str) -> Option<Key> {
    section("aws")?.key(name)
}

/// Compares without regard to case.
fn compare(a: &str, b: &str) -> Ordering {
    let lower = |byte: u8| byte.to_ascii_lowercase();
    a.bytes().map(lower).cmp(b.bytes().map(lower))
}

impl Section {
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        self.keys.lines().enumerate().filter_map(|(number, line)| {
            let (name, letters) = line.split_once(' ')?;
            let kind = match letters.as_bytes().first()? {
                b'A' => Kind::Arn,
                b'B' => Kind::Bool,
                b'N' => Kind::Number,
                b'D' => Kind::Date,
                b'I' => Kind::Address,
                _ => Kind::Text,
            };
            Some(Key { name, kind, has_several_values: letters.ends_with('*'), number })
        })
    }

    pub fn key(&self, name: &str) -> Option<Key> {
        self.keys().find(|key| glob::matches(key.name, name))
    }

    /// All actions, sorted.
    pub fn actions(&self) -> impl Iterator<Item = Entry> + use<> {
        entries(self.actions)
    }

    /// The actions that a pattern matches.
    pub fn matching<'p>(&self, pattern: &'p str) -> impl Iterator<Item = Entry> + use<'p> {
        let literal = pattern.split(['*', '?']).next().unwrap_or_default();
        let from = entries(self.actions.get(self.first_from(literal)..).unwrap_or_default());
        from.take_while(|entry| starts_with(entry.name, literal))
            .filter(|entry| glob::matches(pattern, entry.name))
    }

    /// Where the first action stands that does not sort before `name`.
    fn first_from(&self, name: &str) -> usize {
        let (mut low, mut high) = (0, self.actions.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let before = self.actions.get(..middle).unwrap_or_default();
            let start = before.rfind('\n').map_or(0, |end| end + 1);
            let line =
                self.actions.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
            let action = line.split('|').next().unwrap_or_default();
            if compare(action, name) == Ordering::Less {
                low = start + line.len() + 1;
            } else {
                high = start;
            }
        }
        low
    }

    /// The patterns of the resources that an action of this service can be about.
    pub fn arns(&self, entry: Entry) -> impl Iterator<Item = &'static str> {
        let lines = self.arns.lines().enumerate();
        lines.filter(move |(number, _)| has(entry.arns, *number)).map(|(_, arn)| arn)
    }
}

impl Entry {
    /// Whether the action is always about no resource in particular.
    pub fn needs_no_resource(&self) -> bool {
        self.arns.is_empty()
    }

    /// Whether requests of this action have the key, which is one of the same section's.
    pub fn has_key(&self, key: Key) -> bool {
        has(self.keys, key.number)
    }
}

fn entries(block: &'static str) -> impl Iterator<Item = Entry> {
    block.lines().filter_map(|line| {
        let mut parts = line.split('|');
        Some(Entry { name: parts.next()?, arns: parts.next()?, keys: parts.next()? })
    })
}

/// Whether a number is in a list such as `3 5-7`.
fn has(list: &str, number: usize) -> bool {
    list.split(' ').any(|range| {
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        let bounds = from.parse::<usize>().ok().zip(to.parse::<usize>().ok());
        bounds.is_some_and(|(from, to)| (from..=to).contains(&number))
    })
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}
