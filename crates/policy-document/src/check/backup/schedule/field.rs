//! The fields of a schedule.

use std::ops::RangeInclusive;

/// A field: what its numbers may be, and their names.
pub struct Field {
    /// As a finding names it.
    pub name: &'static str,
    /// What it may hold, in words.
    pub allowed: &'static str,
    numbers: RangeInclusive<u32>,
    /// The names of the numbers from 1 on.
    names: &'static [&'static str],
}

pub static MINUTES: Field =
    Field { name: "the minutes", allowed: "a number from 0 to 59", numbers: 0..=59, names: &[] };
pub static HOURS: Field = Field {
    name: "the hours",
    allowed: "0 to 23, lists (5,17), ranges (8-17), steps (0/6), or *",
    numbers: 0..=23,
    names: &[],
};
pub static DAY_OF_MONTH: Field = Field {
    name: "the day of the month",
    allowed: "1 to 31, lists (1,15), ranges, steps, *, ?, L (the last), L-3 (three before it), 15W (the nearest \
              working day), LW",
    numbers: 1..=31,
    names: &[],
};
pub static MONTH: Field = Field {
    name: "the month",
    allowed: "1 to 12 or JAN to DEC, lists, ranges (NOV-FEB), steps, or *",
    numbers: 1..=12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
};
pub static DAY_OF_WEEK: Field = Field {
    name: "the day of the week",
    allowed: "1 to 7 or SUN to SAT, lists, ranges (MON-FRI), steps, *, ?, L (Saturday), 6L (the last Friday of the \
              month), 2#1 (the first Monday)",
    numbers: 1..=7,
    names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
};
pub static YEAR: Field = Field {
    name: "the year",
    allowed: "1970 to 2199, lists, ranges that run forwards (2030-2035), steps, or *",
    numbers: 1970..=2199,
    names: &[],
};

/// Values of a field, below 64.
#[derive(Clone, Copy)]
pub struct Values(u64);

impl Values {
    /// From the smallest on.
    pub fn iter(self) -> impl Iterator<Item = u32> {
        (0..64).filter(move |value| self.contains(*value))
    }

    pub fn contains(self, value: u32) -> bool {
        1u64.checked_shl(value).is_some_and(|bit| self.0 & bit != 0)
    }

    pub fn count(self) -> usize {
        self.0.count_ones() as usize
    }

    pub fn first(self) -> Option<u32> {
        self.iter().next()
    }
}

impl Field {
    /// The values of a field, which is a list of numbers, ranges and steps; none if it is none.
    pub fn values(&self, text: &str) -> Option<Values> {
        let mut bits = 0;
        let (first, last) = (*self.numbers.start(), *self.numbers.end());
        for span in text.split(',') {
            let Span { from, to, step } = self.span(span)?;
            // A range that runs over the end goes on at the beginning.
            let to = if to < from { to + (last - first + 1) } else { to };
            for value in (from..=to).step_by(step) {
                let value = if value > last { value - (last - first + 1) } else { value };
                bits |= 1u64.checked_shl(value)?;
            }
        }
        Some(Values(bits))
    }

    /// One part of a list: `*`, `5`, `8-17`, `0/6`, `*/6`, `8-17/2`.
    pub fn span(&self, text: &str) -> Option<Span> {
        let (base, step) = match text.split_once('/') {
            // A step of 0 selects the beginning only, as one does that leads over the end.
            Some((base, step)) => {
                let step = number(step, 0..=*self.numbers.end())?;
                (base, Some(if step == 0 { u32::MAX } else { step }))
            }
            None => (text, None),
        };
        let (from, to) = match base.split_once('-') {
            Some((from, to)) => (self.single(from)?, self.single(to)?),
            None if base == "*" || base.is_empty() && step.is_some() => {
                (*self.numbers.start(), *self.numbers.end())
            }
            None if step.is_some() => (self.single(base)?, *self.numbers.end()),
            None => (self.single(base)?, self.single(base)?),
        };
        Some(Span { from, to, step: step.unwrap_or(1) as usize })
    }

    /// A number or a name.
    pub fn single(&self, text: &str) -> Option<u32> {
        let named = self.names.iter().zip(1..).find(|(name, _)| name.eq_ignore_ascii_case(text));
        match named {
            Some((_, number)) => Some(number),
            None => number(text, self.numbers.clone()),
        }
    }
}

/// A range of values, or a single one, with the step from one to the next.
pub struct Span {
    pub from: u32,
    pub to: u32,
    pub step: usize,
}

/// A number of digits only, if it is one of these.
pub fn number(text: &str, allowed: RangeInclusive<u32>) -> Option<u32> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = is_number.then(|| text.parse().ok()).flatten()?;
    allowed.contains(&number).then_some(number)
}
