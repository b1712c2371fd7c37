//! A source's clock: the latest event time it vouches for.
//!
//! Within the horizon every event moves it. Over a longer gap it moves only when events of three learners lie beyond, and
//! then to the third latest of them, so neither one bad date nor two shut anybody out. The clock after a set of events is
//! the least fixed point of these two rules, so within the horizon it does not depend on the order of arrival.

use crate::limits::{LEARNERS_TO_CROSS_GAP, PENDING_TIMES_PER_SOURCE_MAX};
use crate::time::EventTime;
use serde::{Deserialize, Serialize};

/// The clock of one source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceClock {
    now: Option<EventTime>,
    /// Times beyond the gap with the learner who was seen then, sorted; events about no learner are not among them.
    pending: Vec<(EventTime, u32)>,
}

impl SourceClock {
    /// The time; `None` before the first event.
    #[must_use]
    pub fn now(&self) -> Option<EventTime> {
        self.now
    }

    /// Takes note of an event; gives true when the clock moved.
    pub fn observe(&mut self, time: EventTime, learner: Option<u32>, horizon: i64) -> bool {
        let Some(now) = self.now else {
            self.now = Some(time);
            return true;
        };
        if time <= now {
            return false;
        }
        if time > now.plus(horizon) {
            let Some(learner) = learner else { return false };
            let Err(place) = self.pending.binary_search(&(time, learner)) else { return false };
            self.pending.insert(place, (time, learner));
            if self.pending.len() > PENDING_TIMES_PER_SOURCE_MAX {
                self.pending.remove(0);
            }
        } else {
            self.now = Some(time);
        }
        if !self.pending.is_empty() {
            self.settle(horizon);
        }
        self.now != Some(now)
    }

    /// Applies both rules until neither moves the clock.
    fn settle(&mut self, horizon: i64) {
        while let Some(now) = self.now {
            let reached = self.pending.partition_point(|(time, _)| *time <= now.plus(horizon));
            let within = self.pending[..reached].last().map(|(time, _)| *time);
            self.pending.drain(..reached);
            let next = self.third_latest().into_iter().chain(within).chain([now]).max();
            if next == self.now {
                return;
            }
            self.now = next;
        }
    }

    /// The third latest of the learners' latest times beyond the gap.
    fn third_latest(&self) -> Option<EventTime> {
        let mut learners = [0; LEARNERS_TO_CROSS_GAP];
        let mut count = 0;
        for (time, learner) in self.pending.iter().rev() {
            if !learners[..count].contains(learner) {
                learners[count] = *learner;
                count += 1;
                if count == LEARNERS_TO_CROSS_GAP {
                    return Some(*time);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{DAY, HOUR};
    use proptest::prelude::*;

    fn clock_of(events: &[(i64, u32)]) -> Option<EventTime> {
        let mut clock = SourceClock::default();
        for (time, learner) in events {
            clock.observe(EventTime(*time), Some(*learner), DAY);
        }
        clock.now()
    }

    #[test]
    fn one_bad_date_moves_nothing_and_three_learners_do() {
        assert_eq!(clock_of(&[(0, 1), (100 * DAY, 2)]), Some(EventTime(0)));
        assert_eq!(clock_of(&[(0, 1), (100 * DAY, 2), (5 * DAY, 3)]), Some(EventTime(0)));
        assert_eq!(clock_of(&[(0, 1), (100 * DAY, 2), (5 * DAY, 3), (6 * DAY, 4)]), Some(EventTime(6 * DAY)));
    }

    proptest! {
        #[test]
        fn order_within_the_horizon_does_not_matter(
            mut events in proptest::collection::vec((0_i64..600, 0_u32..6), 1..60),
            jitter in proptest::collection::vec(0_i64..24, 60),
        ) {
            events.sort_unstable();
            let sorted: Vec<(i64, u32)> = events.iter().map(|(hour, learner)| (hour * HOUR, *learner)).collect();
            let mut shuffled: Vec<(i64, (i64, u32))> = sorted.iter().zip(&jitter).map(|(event, jitter)| (event.0 + jitter * HOUR, *event)).collect();
            shuffled.sort();
            let shuffled: Vec<(i64, u32)> = shuffled.into_iter().map(|(_, event)| event).collect();
            prop_assert_eq!(clock_of(&shuffled), clock_of(&sorted));
        }
    }
}
