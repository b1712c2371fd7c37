//! The two clocks of the bench: the only places in it that look at one.

use std::time::{Instant, SystemTime};

/// A stopwatch that runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts one.
    #[expect(clippy::disallowed_methods, reason = "a bench measures time; nothing of it enters the product")]
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    /// Seconds since its start.
    pub(super) fn seconds(self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// Today (UTC) as YYYY-MM-DD.
#[expect(clippy::disallowed_methods, reason = "the date of a measurement is the wall clock's")]
pub(crate) fn today() -> String {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds).map_or_else(|_| "unknown".to_owned(), |now| now.strftime("%Y-%m-%d").to_string())
}
