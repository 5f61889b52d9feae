//! A second look, before anything is concluded from what a read does not show.
//!
//! Changes are not always visible at once (Organizations user guide, troubleshooting, eventual
//! consistency). Lists lag, and nobody documents that reads of a single policy and its tags do not.

use std::time::Duration;

use tokio::time::sleep;
use tracing::info;

use crate::aws::retry::CallContext;
use crate::error::Error;

/// How long lists, reads of a policy and its tags may show what was before.
pub const READ_LAG: Duration = Duration::from_secs(10);

/// Looks, and if that leaves a doubt looks again [`READ_LAG`] later, or after half of the time left
/// if that is less. `is_in_doubt` tells what may be due to a read that lags.
///
/// # Errors
/// Those of the second look; [`Error::TooLittleTime`] if it came too early to settle the doubt.
pub async fn look_twice<T, F>(
    calls: &CallContext,
    operation: &str,
    look: impl Fn() -> F,
    is_in_doubt: impl Fn(&Result<T, Error>) -> bool,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let first = look().await;
    if !is_in_doubt(&first) {
        return first;
    }
    info!("{operation}: looking again, as AWS may show what was before");
    let settled = wait_for_reads(calls).await;
    let second = look().await;
    if second.is_ok() && is_in_doubt(&second) && !settled {
        return Err(too_little_time(operation));
    }
    second
}

/// Looks once, but not at once: looks are expensive when a hundred Deletes take them together, and an
/// early one can miss a policy that was created just before, or is being created just now.
///
/// # Errors
/// Those of the look; [`Error::TooLittleTime`] if it found nothing and came too early to be sure.
pub async fn look_late<T>(
    calls: &CallContext,
    operation: &str,
    look: impl Future<Output = Result<Option<T>, Error>>,
) -> Result<Option<T>, Error> {
    let settled = wait_for_reads(calls).await;
    let found = look.await?;
    if found.is_none() && !settled {
        return Err(too_little_time(operation));
    }
    Ok(found)
}

/// Waits until reads show what was done before, or for half of the time left if that is less; says
/// whether the wait was long enough.
pub async fn wait_for_reads(calls: &CallContext) -> bool {
    let pause = READ_LAG.min(calls.time_left() / 2);
    sleep(pause).await;
    pause == READ_LAG
}

/// The error of whoever had to look too early.
pub fn too_little_time(operation: &str) -> Error {
    Error::TooLittleTime { operation: operation.to_owned(), seconds: READ_LAG.as_secs() }
}
