//! The system's clock: the only place where the product asks what time it is.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use teachback_core::time::EventTime;
use teachback_engine::port::Clock;

/// Wall clock and monotonic clock of the operating system.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    began: Instant,
}

impl SystemClock {
    /// A clock whose elapsed time begins now.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "the one adapter of the Clock port to the operating system")]
    pub fn new() -> Self {
        Self { began: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the one adapter of the Clock port to the operating system")]
    fn now(&self) -> EventTime {
        let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => EventTime(micros(since)),
            Err(before) => EventTime(-micros(before.duration())),
        }
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_is_in_this_century_and_does_not_go_back() {
        let clock = SystemClock::new();
        assert!(clock.now() > EventTime::YEAR_2000);
        let first = clock.elapsed();
        assert!(clock.elapsed() >= first);
    }
}
