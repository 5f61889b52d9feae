//! Waiting for what will be there in a moment. What AWS refuses for now is repeated by
//! [`super::retry`].

use std::time::Duration;

use tokio::time::{Instant, sleep};

const FIRST_INTERVAL: Duration = Duration::from_secs(1);
const LONGEST_INTERVAL: Duration = Duration::from_secs(8);

/// Calls `step` again and again, at growing intervals, until it finds something or `timeout` has
/// passed.
///
/// # Errors
/// The first error of `step`.
pub async fn poll_until<T, E, F>(timeout: Duration, step: impl Fn() -> F) -> Result<Option<T>, E>
where
    F: Future<Output = Result<Option<T>, E>>,
{
    let end = Instant::now() + timeout;
    let mut interval = FIRST_INTERVAL;
    loop {
        if let Some(found) = step().await? {
            return Ok(Some(found));
        }
        if Instant::now() + interval > end {
            return Ok(None);
        }
        sleep(interval).await;
        interval = (interval * 2).min(LONGEST_INTERVAL);
    }
}
