//! The presigned URL to which the response goes.

use std::fmt;
use std::time::SystemTime;

use time::{Date, Month, OffsetDateTime, Time};

/// The presigned URL to which the response goes. Whoever holds it can respond for the stack, so it
/// prints as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct ResponseUrl(String);

impl ResponseUrl {
    /// Wraps the URL of the event.
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The URL itself. For the PUT only: never log it, never put it into an error.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// When the URL was signed, to the second, which is when CloudFormation sent the event. A
    /// redelivery carries the same. None where the URL is not one of S3's.
    ///
    /// Source: the S3 API reference, authenticating requests with query parameters, X-Amz-Date.
    pub fn signed_at(&self) -> Option<SystemTime> {
        let (_, rest) = self.0.split_once("X-Amz-Date=")?;
        let (date, time) = rest.get(..16)?.strip_suffix('Z')?.split_once('T')?;
        if !(date.bytes().chain(time.bytes())).all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let year = date.get(..4)?.parse().ok()?;
        let month = Month::try_from(two_digits(date, 4)?).ok()?;
        let date = Date::from_calendar_date(year, month, two_digits(date, 6)?).ok()?;
        let (hour, minute, second) =
            (two_digits(time, 0)?, two_digits(time, 2)?, two_digits(time, 4)?);
        let time = Time::from_hms(hour, minute, second).ok()?;
        Some(OffsetDateTime::new_utc(date, time).into())
    }
}

/// The number whose two digits begin there.
fn two_digits(text: &str, start: usize) -> Option<u8> {
    text.get(start..start + 2)?.parse().ok()
}

impl fmt::Debug for ResponseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for ResponseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
