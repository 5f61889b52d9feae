//! The operators of conditions: `ForAnyValue:StringNotLikeIfExists`.

/// An operator, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operator {
    /// The operator without what stands before and after it, as the guide spells it.
    pub base: &'static str,
    pub kind: Kind,
    /// Whether it is true where the values differ.
    pub is_negated: bool,
    /// Whether `*` and `?` are wildcards in its values.
    pub takes_wildcards: bool,
    pub set: Option<Set>,
    pub if_exists: bool,
}

/// What an operator compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Date,
    Bool,
    Binary,
    Address,
    Arn,
    Null,
}

/// How an operator treats a key that has several values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Set {
    AnyValue,
    AllValues,
}

struct Base {
    name: &'static str,
    kind: Kind,
    is_negated: bool,
    takes_wildcards: bool,
}

const fn base(name: &'static str, kind: Kind) -> Base {
    let takes_wildcards = matches!(kind, Kind::Arn);
    Base { name, kind, is_negated: false, takes_wildcards }
}

const fn not(base: Base) -> Base {
    Base { is_negated: true, ..base }
}

const fn like(base: Base) -> Base {
    Base { takes_wildcards: true, ..base }
}

/// "IAM JSON policy elements: Condition operators" of the IAM user guide.
static BASES: [Base; 27] = [
    base("StringEquals", Kind::Text),
    not(base("StringNotEquals", Kind::Text)),
    base("StringEqualsIgnoreCase", Kind::Text),
    not(base("StringNotEqualsIgnoreCase", Kind::Text)),
    like(base("StringLike", Kind::Text)),
    like(not(base("StringNotLike", Kind::Text))),
    base("NumericEquals", Kind::Number),
    not(base("NumericNotEquals", Kind::Number)),
    base("NumericLessThan", Kind::Number),
    base("NumericLessThanEquals", Kind::Number),
    base("NumericGreaterThan", Kind::Number),
    base("NumericGreaterThanEquals", Kind::Number),
    base("DateEquals", Kind::Date),
    not(base("DateNotEquals", Kind::Date)),
    base("DateLessThan", Kind::Date),
    base("DateLessThanEquals", Kind::Date),
    base("DateGreaterThan", Kind::Date),
    base("DateGreaterThanEquals", Kind::Date),
    base("Bool", Kind::Bool),
    base("BinaryEquals", Kind::Binary),
    base("IpAddress", Kind::Address),
    not(base("NotIpAddress", Kind::Address)),
    base("ArnEquals", Kind::Arn),
    not(base("ArnNotEquals", Kind::Arn)),
    base("ArnLike", Kind::Arn),
    not(base("ArnNotLike", Kind::Arn)),
    base("Null", Kind::Null),
];

impl Operator {
    /// The operator of this name, whose upper and lower case mean nothing.
    pub fn read(name: &str) -> Option<Self> {
        let (set, _, rest) = parts(name);
        let (stem, if_exists) = match strip_suffix(rest, "IfExists") {
            Some(stem) => (stem, true),
            None => (rest, false),
        };
        let found = BASES.iter().find(|base| base.name.eq_ignore_ascii_case(stem))?;
        let Base { name: base, kind, is_negated, takes_wildcards } = *found;
        if if_exists && kind == Kind::Null {
            return None;
        }
        Some(Self { base, kind, is_negated, takes_wildcards, set, if_exists })
    }

    /// Whether it can be true only where the request has the key.
    pub fn needs_key(&self) -> bool {
        let is_true_without = self.is_negated || self.if_exists || self.set == Some(Set::AllValues);
        self.kind != Kind::Null && !is_true_without
    }
}

/// What was probably meant by a name that is no operator.
pub(super) fn nearest(name: &str) -> Option<String> {
    let (_, prefix, rest) = parts(name);
    let (stem, suffix) = match strip_suffix(rest, "IfExists") {
        Some(stem) => (stem, "IfExists"),
        None => (rest, ""),
    };
    if stem.eq_ignore_ascii_case("Null") {
        return Some(format!("{prefix}Null"));
    }
    let base = super::super::near::nearest(stem, BASES.iter().map(|base| base.name))?;
    Some(format!("{prefix}{base}{suffix}"))
}

/// What the operator does with several values, the text that says so, and the rest.
fn parts(name: &str) -> (Option<Set>, &'static str, &str) {
    let sets = [(Set::AnyValue, "ForAnyValue:"), (Set::AllValues, "ForAllValues:")];
    for (set, prefix) in sets {
        if let Some((start, rest)) = name.split_at_checked(prefix.len())
            && start.eq_ignore_ascii_case(prefix)
        {
            return (Some(set), prefix, rest);
        }
    }
    (None, "", name)
}

fn strip_suffix<'a>(name: &'a str, suffix: &str) -> Option<&'a str> {
    let (stem, end) = name.split_at_checked(name.len().checked_sub(suffix.len())?)?;
    end.eq_ignore_ascii_case(suffix).then_some(stem)
}
