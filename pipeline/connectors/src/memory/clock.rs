//! A clock that stands still until it is moved.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use teachback_core::time::EventTime;
use teachback_engine::port::Clock;

/// A clock for tests; clones are the same clock.
#[derive(Debug, Clone)]
pub struct ManualClock {
    began: EventTime,
    now: Arc<AtomicI64>,
}

impl ManualClock {
    /// A clock that shows a time.
    #[must_use]
    pub fn at(now: EventTime) -> Self {
        Self { began: now, now: Arc::new(AtomicI64::new(now.0)) }
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.now.fetch_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> EventTime {
        EventTime(self.now.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.now().0 - self.began.0).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes_only_when_told() {
        let clock = ManualClock::at(EventTime::YEAR_2000);
        assert_eq!((clock.now(), clock.elapsed()), (EventTime::YEAR_2000, Duration::ZERO));
        clock.clone().advance(Duration::from_secs(2));
        assert_eq!((clock.now(), clock.elapsed()), (EventTime::YEAR_2000.plus(2_000_000), Duration::from_secs(2)));
    }
}
