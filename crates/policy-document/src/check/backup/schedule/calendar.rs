//! The days on which a schedule runs.

use super::field::{Span, YEAR};
use super::{Days, Schedule};

/// Where the calendar begins: the year in which these rules were written, so that what is past for
/// them is past for everybody. The checker knows no clock.
pub const FIRST_YEAR: u32 = 2026;
/// The last year that a schedule may name.
const LAST_YEAR: u32 = 2199;

/// How many runs are looked at to see how far they lie apart: those of 28 years, in which every day
/// of the year has been every day of the week, if there is one in a month.
const RUNS: usize = 12 * 28;

/// The days between one run and the next.
pub struct DayGaps {
    pub smallest: u32,
    pub largest: u32,
}

/// The years of a schedule.
pub struct Years(Vec<Span>);

impl Years {
    pub fn all() -> Self {
        Self(vec![Span { from: FIRST_YEAR, to: LAST_YEAR, step: 1 }])
    }

    /// Years in a list; a range has to run forwards.
    pub fn parse(text: &str) -> Option<Self> {
        let spans: Option<Vec<Span>> = text.split(',').map(|span| YEAR.span(span)).collect();
        spans.filter(|spans| spans.iter().all(|span| span.from <= span.to)).map(Self)
    }

    fn contains(&self, year: u32) -> bool {
        let is_in = |span: &Span| {
            (span.from..=span.to).contains(&year)
                && ((year - span.from) as usize).is_multiple_of(span.step)
        };
        self.0.iter().any(is_in)
    }
}

impl Schedule {
    /// The days on which it runs, counted from some day long ago.
    pub fn days_from_now(&self) -> impl Iterator<Item = u32> {
        let years = (FIRST_YEAR..=LAST_YEAR).filter(|year| self.years.contains(*year));
        let months =
            years.flat_map(move |year| self.months.iter().map(move |month| Month { year, month }));
        months.flat_map(move |month| {
            let first = month.first_day();
            let days = 1..=month.length();
            days.filter(move |day| self.days.contain(*day, month)).map(move |day| first + day - 1)
        })
    }

    pub fn day_gaps(&self) -> DayGaps {
        let mut gaps = DayGaps { smallest: u32::MAX, largest: 0 };
        let mut former = None;
        for day in self.days_from_now().take(RUNS) {
            if let Some(former) = former.replace(day) {
                gaps.smallest = gaps.smallest.min(day - former);
                gaps.largest = gaps.largest.max(day - former);
            }
        }
        if self.minutes.count() * self.hours.count() > 1 {
            gaps.smallest = 0;
        }
        gaps
    }
}

#[derive(Clone, Copy)]
struct Month {
    year: u32,
    /// From 1 on.
    month: u32,
}

impl Month {
    fn is_in_leap_year(self) -> bool {
        let of = |years| self.year.is_multiple_of(years);
        of(4) && (!of(100) || of(400))
    }

    fn length(self) -> u32 {
        match self.month {
            2 => 28 + u32::from(self.is_in_leap_year()),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    /// Its first day, counted from the beginning of the year 0.
    fn first_day(self) -> u32 {
        let years = self.year - 1;
        let days = 365 * self.year + years / 4 - years / 100 + years / 400;
        (1..self.month).fold(days, |days, month| days + Self { month, ..self }.length())
    }

    /// The day of the week of one of its days: 1 is Sunday, as day 0 would have been.
    fn weekday(self, day: u32) -> u32 {
        (self.first_day() + day - 1) % 7 + 1
    }

    /// The working day that is nearest to a day, in the same month.
    fn nearest_working_day(self, day: u32) -> u32 {
        let last = self.length();
        match self.weekday(day) {
            1 if day == last => day - 2,
            1 => day + 1,
            7 if day == 1 => 3,
            7 => day - 1,
            _ => day,
        }
    }
}

impl Days {
    fn contain(&self, day: u32, month: Month) -> bool {
        match *self {
            Self::OfMonth(days) => days.contains(day),
            Self::BeforeLast { days, is_working_day } => {
                let wanted = month.length().checked_sub(days).filter(|wanted| *wanted > 0);
                let wanted = wanted.map(|wanted| {
                    if is_working_day { month.nearest_working_day(wanted) } else { wanted }
                });
                wanted == Some(day)
            }
            Self::Nearest(wanted) => {
                wanted <= month.length() && month.nearest_working_day(wanted) == day
            }
            Self::OfWeek(days) => days.contains(month.weekday(day)),
            Self::LastOfWeek(wanted) => month.weekday(day) == wanted && day + 7 > month.length(),
            Self::NthOfWeek { day: wanted, n } => {
                month.weekday(day) == wanted && (day - 1) / 7 + 1 == n
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FIRST_YEAR, LAST_YEAR, Month, Schedule};

    /// The days, month and day, on which a schedule with these days, months and years runs.
    fn days_of(fields: &str) -> String {
        let text = format!("cron(0 5 {fields})");
        let schedule = Schedule::parse(&text).unwrap_or_else(|problem| panic!("{problem:?}"));
        schedule.days_from_now().map(written).collect::<Vec<_>>().join(" ")
    }

    fn written(day: u32) -> String {
        let years = FIRST_YEAR..=LAST_YEAR;
        let mut months = years.flat_map(|year| (1..=12).map(move |month| Month { year, month }));
        let its = months.find(|month| day < month.first_day() + month.length()).unwrap();
        format!("{}-{}", its.month, day - its.first_day() + 1)
    }

    /// What `cal 2027`, and for the leap years `cal 2028` and `cal 2100`, show.
    #[test]
    fn a_schedule_runs_on_the_days_of_the_calendar() {
        let cases = [
            ("1/28 1-3 ? 2027", "1-1 1-29 2-1 3-1 3-29"),
            ("31 * ? 2027", "1-31 3-31 5-31 7-31 8-31 10-31 12-31"),
            ("L * ? 2027", "1-31 2-28 3-31 4-30 5-31 6-30 7-31 8-31 9-30 10-31 11-30 12-31"),
            ("L-3 1-3 ? 2027", "1-28 2-25 3-28"),
            ("L-30 * ? 2027", "1-1 3-1 5-1 7-1 8-1 10-1 12-1"),
            // The nearest working day never leaves the month.
            ("1W * ? 2027", "1-1 2-1 3-1 4-1 5-3 6-1 7-1 8-2 9-1 10-1 11-1 12-1"),
            ("15W * ? 2027", "1-15 2-15 3-15 4-15 5-14 6-15 7-15 8-16 9-15 10-15 11-15 12-15"),
            ("31W * ? 2027", "1-29 3-31 5-31 7-30 8-31 10-29 12-31"),
            ("LW * ? 2027", "1-29 2-26 3-31 4-30 5-31 6-30 7-30 8-31 9-30 10-29 11-30 12-31"),
            ("L-3W * ? 2027", "1-28 2-25 3-29 4-27 5-28 6-28 7-28 8-27 9-27 10-28 11-26 12-28"),
            ("? 2 L 2027", "2-6 2-13 2-20 2-27"),
            ("? 2 7-1 2027", "2-6 2-7 2-13 2-14 2-20 2-21 2-27 2-28"),
            ("? 2 mon-FRI/2 2027", "2-1 2-3 2-5 2-8 2-10 2-12 2-15 2-17 2-19 2-22 2-24 2-26"),
            ("? * 6L 2027", "1-29 2-26 3-26 4-30 5-28 6-25 7-30 8-27 9-24 10-29 11-26 12-31"),
            ("? * 2#1 2027", "1-4 2-1 3-1 4-5 5-3 6-7 7-5 8-2 9-6 10-4 11-1 12-6"),
            ("? * 1#5 2027", "1-31 5-30 8-29 10-31"),
            ("1 nov-FEB ? 2027", "1-1 2-1 11-1 12-1"),
            ("29 2 ? 2027-2029", "2-29"),
            ("29 2 ? 2100", ""),
            ("? 3 2#1 2100", "3-1"),
            ("1 1 ? 2025-2030/2", "1-1 1-1"),
            ("1 1 ? 2026/0", "1-1"),
        ];
        for (fields, days) in cases {
            assert_eq!(days_of(fields), days, "{fields}");
        }
    }
}
