//! One check: what was read, what it means, and what helps.

use std::fmt;

use serde_json::Value;

/// What a check has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As it should be.
    Good,
    /// It works, and somebody should know.
    Warning,
    /// Not as it should be.
    Wrong,
    /// Nobody asked for it: what it takes was not given.
    NotAsked,
    /// It could not be read.
    Unknown,
}

impl Verdict {
    /// As programs read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Wrong => "wrong",
            Self::NotAsked => "not_asked",
            Self::Unknown => "unknown",
        }
    }

    /// As people read it.
    pub fn sign(self) -> char {
        match self {
            Self::Good => '\u{2714}',
            Self::Warning => '!',
            Self::Wrong => '\u{2718}',
            Self::NotAsked | Self::Unknown => '?',
        }
    }
}

/// What was not read, why, and what helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The operation, its object, and the cause.
    pub why: String,
    /// What helps: the action to allow, if that is missing.
    pub remedy: String,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.why, self.remedy)
    }
}

/// What was read, or why it was not.
pub type Reading<T> = Result<T, Unread>;

/// A check, done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its short name.
    pub id: &'static str,
    /// The account, the Region or the vault that it is about, if there are several.
    pub about: String,
    /// The operations that were asked.
    pub read: &'static str,
    /// What it has come to.
    pub verdict: Verdict,
    /// What was found, or why it was not read.
    pub finding: String,
    /// What helps, where something has to be done.
    pub remedy: Option<String>,
}

/// A check that is still to be judged.
#[derive(Clone, Debug)]
pub struct Question {
    id: &'static str,
    about: String,
    read: &'static str,
}

impl Question {
    /// The check of this name, by the answers of these operations.
    pub fn new(id: &'static str, read: &'static str) -> Self {
        Self { id, about: String::new(), read }
    }

    /// The same, about one of several.
    pub fn about(self, about: impl Into<String>) -> Self {
        Self { about: about.into(), ..self }
    }

    /// It is as it should be.
    pub fn good(self, finding: impl Into<String>) -> Check {
        self.judged(Verdict::Good, finding.into(), None)
    }

    /// It works, and somebody should know.
    pub fn warning(self, finding: impl Into<String>, remedy: impl Into<String>) -> Check {
        self.judged(Verdict::Warning, finding.into(), Some(remedy.into()))
    }

    /// It is not as it should be.
    pub fn wrong(self, finding: impl Into<String>, remedy: impl Into<String>) -> Check {
        self.judged(Verdict::Wrong, finding.into(), Some(remedy.into()))
    }

    /// It could not be read.
    pub fn unknown(self, unread: &Unread) -> Check {
        self.judged(Verdict::Unknown, unread.why.clone(), Some(unread.remedy.clone()))
    }

    /// What it takes was not given.
    pub fn not_asked(self, why: impl Into<String>, remedy: impl Into<String>) -> Check {
        self.judged(Verdict::NotAsked, why.into(), Some(remedy.into()))
    }

    /// What this makes of what was read; unknown if it was not.
    pub fn judge<T>(self, reading: &Reading<T>, judged: impl FnOnce(Self, &T) -> Check) -> Check {
        match reading {
            Ok(read) => judged(self, read),
            Err(unread) => self.unknown(unread),
        }
    }

    fn judged(self, verdict: Verdict, finding: String, remedy: Option<String>) -> Check {
        let Self { id, about, read } = self;
        Check { id, about, read, verdict, finding, remedy }
    }
}

/// Names, one after another; `none` of none.
pub fn listed<T: fmt::Display>(names: impl IntoIterator<Item = T>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| name.to_string()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// A list, or what stands in the place of a list of one.
pub fn items(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Array(list)) => list.iter().collect(),
        one => one.into_iter().collect(),
    }
}
