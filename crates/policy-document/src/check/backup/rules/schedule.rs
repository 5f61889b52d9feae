//! The rules about schedules.

use super::in_rule;
use crate::check::backup::POLICY_TYPE as TYPE;
use crate::check::rules::{Rule, Severity, source};

const CRON: &str = "EventBridge user guide, \"Cron expressions reference\"; captured";
const DATE: &str = "2026-09";

pub static SYNTAX: Rule = Rule {
    code: "backup-schedule-syntax",
    severity: Severity::Error,
    summary: "A schedule is cron(…) with at least five fields.",
    explanation: "AWS Organizations takes cron expressions in AWS's own dialect, in UTC, and no rate(…). There are six \
        fields, with white space between them: minutes, hours, day of the month, month, day of the week, year. The year \
        may be left out. No white space stands before or after cron(…).",
    policy_type: TYPE,
    wrong: in_rule!(r#""schedule_expression": {"@@assign": "rate(1 day)"}"#),
    right: in_rule!(r#""schedule_expression": {"@@assign": "cron(0 5 ? * * *)"}"#),
    source: CRON,
    date: DATE,
};

pub static FIELD: Rule = Rule {
    code: "backup-schedule-field",
    severity: Severity::Error,
    summary: "Every field of a schedule holds values that it knows.",
    explanation: "A field holds numbers, or names of months or days, in lists (1,15), ranges (MON-FRI) and steps (0/6). \
        The day of the month knows L, L-3, LW and 15W besides, the day of the week L, 6L and 2#1; Sunday is 1. Ranges may \
        run over the end, those of years may not. L and # stand once in a field.",
    policy_type: TYPE,
    wrong: in_rule!(r#""schedule_expression": {"@@assign": "cron(0 25 ? * * *)"}"#),
    right: in_rule!(r#""schedule_expression": {"@@assign": "cron(0 23 ? * * *)"}"#),
    source: CRON,
    date: DATE,
};

pub static QUESTION_MARK: Rule = Rule {
    code: "backup-schedule-question-mark",
    severity: Severity::Error,
    summary: "Either the day of the month or the day of the week is `?`, and not both.",
    explanation: "A schedule names its days in one of the two ways, and has ? in the other field. Two * are not every day.",
    policy_type: TYPE,
    wrong: in_rule!(r#""schedule_expression": {"@@assign": "cron(0 5 * * * *)"}"#),
    right: in_rule!(r#""schedule_expression": {"@@assign": "cron(0 5 ? * * *)"}"#),
    source: CRON,
    date: DATE,
};

pub static TOO_OFTEN: Rule = Rule {
    code: "backup-schedule-too-often",
    severity: Severity::Error,
    summary: "At least an hour lies between two runs of a schedule.",
    explanation: "AWS Organizations looks at the next two runs and refuses less than 60 minutes. So a schedule such as \
        cron(0,59 7 ? * * *) is taken at half past seven, and refused at eight, also when only the policy's description \
        changes. A schedule with a single minute is always right.",
    policy_type: TYPE,
    wrong: in_rule!(r#""schedule_expression": {"@@assign": "cron(0/30 5 ? * * *)"}"#),
    right: in_rule!(r#""schedule_expression": {"@@assign": "cron(30 5 ? * * *)"}"#),
    source: source::CAPTURED,
    date: DATE,
};

pub static NEVER: Rule = Rule {
    code: "backup-schedule-never",
    severity: Severity::Error,
    summary: "A schedule has at least two runs to come.",
    explanation: "AWS Organizations refuses a schedule that never runs, such as one on 31 February, one whose last year is \
        over, and one that runs a single time. This check knows no clock: what lies before 2026 is over for it.",
    policy_type: TYPE,
    wrong: in_rule!(r#""schedule_expression": {"@@assign": "cron(0 5 31 FEB ? *)"}"#),
    right: in_rule!(r#""schedule_expression": {"@@assign": "cron(0 5 L FEB ? *)"}"#),
    source: source::CAPTURED,
    date: DATE,
};

pub static EXTRA_FIELDS: Rule = Rule {
    code: "backup-schedule-extra-fields",
    severity: Severity::Warning,
    summary: "A schedule has no more than six fields.",
    explanation: "AWS Organizations takes more and ignores what stands after the sixth, whatever it is. Who writes seven \
        fields often begins with seconds, which AWS does not know, and then all fields mean something else.",
    policy_type: TYPE,
    wrong: in_rule!(r#""schedule_expression": {"@@assign": "cron(0 5 1 * ? * *)"}"#),
    right: in_rule!(r#""schedule_expression": {"@@assign": "cron(0 5 1 * ? *)"}"#),
    source: source::CAPTURED,
    date: DATE,
};
