//! Schedules, in the dialect of cron that AWS Backup reads.
//!
//! The fields and wildcards are those of the EventBridge user guide ("Cron expressions reference").
//! What others saw CreatePolicy take and refuse goes beyond it: an omitted year is taken, fields
//! past the sixth are ignored, ranges may run over the end (`NOV-FEB`, `20-2`), but not those of
//! years; a schedule has to run at least twice from now on, at least an hour apart.

mod calendar;
mod field;

use self::calendar::Years;
use self::field::{Field, Values};
use super::rules::schedule as rules;
use crate::check::place::{Checked, Problem};

pub use self::calendar::DayGaps;

/// What is wrong with a schedule by itself, if anything is. Warnings come only if nothing is an error.
pub fn check(text: &str) -> Checked {
    let schedule = Schedule::of(text)?;
    if schedule.has_more_fields {
        let found =
            format!("{text:?} has more than six fields, and AWS ignores those after the sixth");
        return Err(Problem::new(&rules::EXTRA_FIELDS, found, EXAMPLE));
    }
    Ok(())
}

/// How many days lie between two runs of a schedule, if it is right by itself.
pub fn day_gaps(text: &str) -> Option<DayGaps> {
    Schedule::of(text).ok().map(|schedule| schedule.day_gaps())
}

const EXAMPLE: &str = "six fields such as cron(0 5 ? * * *): minutes, hours, day of the month, month, day of the week, year";

/// When something runs, in UTC.
struct Schedule {
    minutes: Values,
    hours: Values,
    months: Values,
    days: Days,
    years: Years,
    has_more_fields: bool,
}

/// On which days of a month something runs.
enum Days {
    OfMonth(Values),
    /// So many days before the last of the month, or on the working day nearest to it.
    BeforeLast {
        days: u32,
        is_working_day: bool,
    },
    /// On the working day nearest to this one.
    Nearest(u32),
    OfWeek(Values),
    /// The last such day of the week in the month.
    LastOfWeek(u32),
    /// The first, second, … such day of the week in the month.
    NthOfWeek {
        day: u32,
        n: u32,
    },
}

impl Schedule {
    /// A schedule that AWS takes, or why it does not.
    fn of(text: &str) -> Result<Self, Problem> {
        let schedule = Self::parse(text)?;
        schedule.runs_often_enough(text)?;
        schedule.is_an_hour_apart(text)?;
        Ok(schedule)
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let fields = text.strip_prefix("cron(").and_then(|rest| rest.strip_suffix(')'));
        let Some(fields) = fields else { return Err(no_cron(text)) };
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let (minutes, hours, day, month, weekday, rest) = match fields.as_slice() {
            [minutes, hours, day, month, weekday, rest @ ..] => {
                (*minutes, *hours, *day, *month, *weekday, rest)
            }
            _ => {
                let found = format!("{text:?} has {} of at least five fields", fields.len());
                return Err(Problem::new(&rules::SYNTAX, found, EXAMPLE));
            }
        };
        if (day == "?") == (weekday == "?") {
            return Err(question_mark(text, &fields, day, weekday));
        }
        let of = |field: &'static Field, value: &str| {
            field.values(value).ok_or_else(|| no_value(text, field, value))
        };
        Ok(Self {
            minutes: of(&field::MINUTES, minutes)?,
            hours: of(&field::HOURS, hours)?,
            months: of(&field::MONTH, month)?,
            days: if day == "?" { days_of_week(text, weekday)? } else { days_of_month(text, day)? },
            years: match rest.first() {
                Some(year) => {
                    Years::parse(year).ok_or_else(|| no_value(text, &field::YEAR, year))?
                }
                None => Years::all(),
            },
            has_more_fields: rest.len() > 1,
        })
    }

    fn runs_often_enough(&self, text: &str) -> Checked {
        let times_a_day = self.minutes.count() * self.hours.count();
        let days = self.days_from_now().take(2).count();
        if days * times_a_day >= 2 {
            return Ok(());
        }
        let found = match days * times_a_day {
            0 => format!("{text:?} never runs from {} on", calendar::FIRST_YEAR),
            _ => format!("{text:?} runs only once"),
        };
        Err(Problem::new(&rules::NEVER, found, "a schedule with at least two runs to come"))
    }

    fn is_an_hour_apart(&self, text: &str) -> Checked {
        let times: Vec<u32> = self
            .hours
            .iter()
            .flat_map(|hour| self.minutes.iter().map(move |minute| hour * 60 + minute))
            .collect();
        let gaps =
            times.iter().zip(times.iter().skip(1)).map(|(one, next)| (next - one, *one, *next));
        match gaps.min() {
            Some((gap, one, next)) if gap < 60 => {
                let time = |minutes: u32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
                let minutes = if gap == 1 { "minute" } else { "minutes" };
                let found = format!(
                    "{text:?} runs at {} and {}, {gap} {minutes} apart",
                    time(one),
                    time(next)
                );
                Err(Problem::new(&rules::TOO_OFTEN, found, "at least 60 minutes between two runs"))
            }
            _ => Ok(()),
        }
    }
}

fn no_cron(text: &str) -> Problem {
    let trimmed = text.trim();
    let is_only_untrimmed = trimmed != text && Schedule::parse(trimmed).is_ok();
    let found = format!("{text:?} is no cron expression");
    let allowed = "cron(…) with fields such as in cron(0 5 ? * * *), in UTC";
    let problem = Problem::new(&rules::SYNTAX, found, allowed);
    problem.suggesting(is_only_untrimmed.then_some(trimmed))
}

fn question_mark(text: &str, fields: &[&str], day: &str, weekday: &str) -> Problem {
    let found = if day == "?" {
        format!("{text:?} has ? as the day of the month and as the day of the week")
    } else {
        format!("{text:?} has ? neither as the day of the month nor as the day of the week")
    };
    let replaced = if day == "*" {
        Some(2)
    } else if weekday == "*" {
        Some(4)
    } else {
        None
    };
    let suggestion = replaced.map(|replaced| {
        let fields = fields.iter().enumerate();
        let fields: Vec<&str> =
            fields.map(|(i, field)| if i == replaced { "?" } else { *field }).collect();
        format!("cron({})", fields.join(" "))
    });
    let problem =
        Problem::new(&rules::QUESTION_MARK, found, "? in one of the two, and days in the other");
    problem.suggesting(suggestion.as_deref())
}

fn no_value(text: &str, field: &Field, value: &str) -> Problem {
    let found = format!("{text:?} has {value:?} as {}", field.name);
    Problem::new(&rules::FIELD, found, field.allowed)
}

fn days_of_month(text: &str, field: &str) -> Result<Days, Problem> {
    let days = of_month(&field.to_ascii_uppercase());
    days.ok_or_else(|| no_value(text, &field::DAY_OF_MONTH, field))
}

fn of_month(field: &str) -> Option<Days> {
    if let Some(days) = field.strip_prefix('L') {
        let (days, is_working_day) = match days.strip_suffix('W') {
            Some(days) => (days, true),
            None => (days, false),
        };
        let days =
            if days.is_empty() { 0 } else { field::number(days.strip_prefix('-')?, 0..=30)? };
        return Some(Days::BeforeLast { days, is_working_day });
    }
    match field.split_once('W') {
        None => Some(Days::OfMonth(field::DAY_OF_MONTH.values(field)?)),
        // Behind a range, AWS ignores the W.
        Some((range, _)) if range.contains('-') => {
            Some(Days::OfMonth(field::DAY_OF_MONTH.values(range)?))
        }
        // Of several days, AWS takes the first.
        Some((day, _)) => Some(Days::Nearest(field::DAY_OF_MONTH.values(day)?.first()?)),
    }
}

fn days_of_week(text: &str, field: &str) -> Result<Days, Problem> {
    let days = of_week(&field.to_ascii_uppercase());
    days.ok_or_else(|| no_value(text, &field::DAY_OF_WEEK, field))
}

fn of_week(field: &str) -> Option<Days> {
    let days = &field::DAY_OF_WEEK;
    if field == "L" {
        return Some(Days::OfWeek(days.values("SAT")?));
    }
    if let Some(day) = field.strip_suffix('L') {
        return Some(Days::LastOfWeek(days.single(day)?));
    }
    let Some((before, after)) = field.split_once('#') else {
        return Some(Days::OfWeek(days.values(field)?));
    };
    // AWS takes further days behind the ordinal, and counts the first day of all.
    let (n, more) = match after.split_once(',') {
        Some((n, more)) => (n, format!("{before},{more}")),
        None => (after, before.to_owned()),
    };
    Some(Days::NthOfWeek { day: days.values(&more)?.first()?, n: field::number(n, 1..=5)? })
}
