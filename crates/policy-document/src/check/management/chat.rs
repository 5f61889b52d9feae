//! CHATBOT_POLICY.

use super::rules;
use super::values::{SWITCH, list_of, some_of};
use crate::check::grammar::{Map, Object, Shape};
use crate::check::place::{Checked, Problem};

pub const TYPE: &str = "CHATBOT_POLICY";

pub static POLICY: Object =
    Object { keys: &[("chatbot", Shape::Object(&CHATBOT))], required: &[&["chatbot"]], whole: &[] };

static CHATBOT: Object = Object {
    keys: &[("platforms", Shape::Object(&PLATFORMS)), ("default", Shape::Object(&CLIENT))],
    required: &[],
    whole: &[],
};

static PLATFORMS: Object = Object {
    keys: &[
        ("slack", Shape::Object(&SLACK)),
        ("microsoft_teams", Shape::Object(&TEAMS)),
        ("chime", Shape::Object(&CLIENT)),
    ],
    required: &[],
    whole: &[],
};

static CLIENT: Object = Object { keys: &[("client", SWITCH)], required: &[], whole: &[] };

const ROLES: Shape = some_of(&["user_role", "channel_role"]);

static SLACK: Object = Object {
    keys: &[
        ("client", SWITCH),
        ("workspaces", list_of(workspace_or_pattern)),
        ("default", Shape::Object(&SLACK_SETTINGS)),
        ("overrides", Shape::Map(&SLACK_OVERRIDES)),
    ],
    required: &[],
    whole: &[],
};

static SLACK_SETTINGS: Object = Object {
    keys: &[
        ("supported_channel_types", some_of(&["public", "private"])),
        ("supported_role_settings", ROLES),
    ],
    required: &[],
    whole: &[],
};

static SLACK_OVERRIDES: Map =
    Map { name: workspace, of: Shape::Object(&SLACK_SETTINGS), whole: &[] };

static TEAMS: Object = Object {
    keys: &[
        ("client", SWITCH),
        ("tenants", Shape::Map(&TENANTS)),
        ("default", Shape::Object(&TEAMS_SETTINGS)),
        ("overrides", Shape::Map(&TENANT_OVERRIDES)),
    ],
    required: &[],
    whole: &[],
};

static TENANTS: Map = Map { name: team_or_pattern, of: list_of(team_or_pattern), whole: &[] };

static TEAMS_SETTINGS: Object =
    Object { keys: &[("supported_role_settings", ROLES)], required: &[], whole: &[] };

static TENANT_OVERRIDES: Map = Map { name: team, of: Shape::Map(&TEAM_OVERRIDES), whole: &[] };

static TEAM_OVERRIDES: Map = Map { name: team, of: Shape::Object(&TEAMS_SETTINGS), whole: &[] };

/// The longest id of a Slack workspace, in characters.
const LONGEST_WORKSPACE: usize = 255;

fn workspace(text: &str) -> Checked {
    let is_right = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    slack(text, is_right, "the id of a workspace: capital letters and digits")
}

fn workspace_or_pattern(text: &str) -> Checked {
    let is_right = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || "*?".contains(c);
    slack(text, is_right, "* or the id of a workspace: capital letters and digits")
}

fn slack(text: &str, is_right: impl Fn(char) -> bool, allowed: &str) -> Checked {
    if (1..=LONGEST_WORKSPACE).contains(&text.chars().count()) && text.chars().all(is_right) {
        return Ok(());
    }
    Err(Problem::new(&rules::SLACK_ID, format!("{text:?} is no workspace of Slack"), allowed))
}

fn team(text: &str) -> Checked {
    teams(text, "an id in small letters, such as 0a1b2c3d-0000-4000-8000-000000000000")
}

fn team_or_pattern(text: &str) -> Checked {
    if text.contains(['*', '?']) {
        return Ok(());
    }
    teams(text, "* or an id in small letters, such as 0a1b2c3d-0000-4000-8000-000000000000")
}

fn teams(text: &str, allowed: &str) -> Checked {
    const LENGTHS: [usize; 5] = [8, 4, 4, 4, 12];
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let parts: Vec<&str> = text.split('-').collect();
    let is_right = parts.len() == LENGTHS.len()
        && parts
            .iter()
            .zip(LENGTHS)
            .all(|(part, length)| part.len() == length && part.chars().all(is_hex));
    if is_right {
        return Ok(());
    }
    let lower = Some(text.to_ascii_lowercase())
        .filter(|lower| lower != text && teams(lower, allowed).is_ok());
    let found = format!("{text:?} is no tenant or team of Microsoft Teams");
    Err(Problem::new(&rules::TEAMS_ID, found, allowed).suggesting(lower.as_deref()))
}
