//! The way from the learner to the log: short delays for most, long ones for some, repeats, losses, and clocks that are wrong.
//!
//! Invariants: what a learner's clock says is at most [`SKEW_MAX`] ahead of arrival; a repeat says the same as the first;
//! things leave in order of (arrival, order of happening).

use crate::happening::{Happening, What};
use crate::random::Random;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::io;
use teachback_core::time::{EventTime, SECOND};

/// How far a learner's clock is ahead of true time, or behind, at most.
pub(crate) const SKEW_MAX: i64 = 180 * SECOND;
/// Standard deviation of that, seconds.
const SKEW_SECONDS: f64 = 30.0;
/// Share of events that come late.
const LATE_SHARE: f64 = 0.10;
/// Share of events that come twice.
const REPEATED_SHARE: f64 = 0.02;
/// Mean delay of the others, seconds, and the longest: enough to put neighbours out of order.
const USUAL_DELAY_SECONDS: (f64, f64) = (15.0, 300.0);
/// Median delay of late events, seconds.
const LATE_DELAY_SECONDS: f64 = 900.0;
/// Spread of its logarithm: one in a hundred late events, one in a thousand of all, takes more than a day.
const LATE_DELAY_SPREAD: f64 = 1.96;
/// Longest delay, seconds: four days.
const LATE_DELAY_SECONDS_MAX: f64 = 345_600.0;
/// Mean time from an event to its repeat, seconds.
const REPEAT_AFTER_SECONDS: f64 = 600.0;
/// Share of heartbeats that get lost.
const LOST_HEARTBEATS: f64 = 0.01;

/// What is on its way to the log.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Parcel {
    /// Something that a learner did.
    Happening(Happening),
    /// A new outline of the course at this place.
    Outline { course: usize },
}

/// Everything under way.
#[derive(Debug)]
pub(crate) struct Delivery {
    random: Random,
    taken: u64,
    under_way: BinaryHeap<Reverse<Dispatched>>,
}

#[derive(Debug)]
struct Dispatched {
    arrival: EventTime,
    /// Number in the order in which parcels were taken.
    number: u64,
    parcel: Parcel,
}

impl Delivery {
    pub(crate) fn new(random: Random) -> Self {
        Self { random, taken: 0, under_way: BinaryHeap::new() }
    }

    /// Takes what happened to one learner, whose clock is ahead by `skew`; `is_lost` says what gets lost, by true time. Gives
    /// whether anything did.
    pub(crate) fn take(&mut self, session: impl Iterator<Item = Happening>, skew: i64, is_lost: impl Fn(EventTime) -> bool) -> bool {
        let mut any_lost = false;
        for happening in session {
            let truly = happening.time.plus(-skew);
            if is_lost(truly) {
                any_lost = true;
                continue;
            }
            if matches!(happening.what, What::Progressed { .. }) && self.random.chance(LOST_HEARTBEATS) {
                continue;
            }
            let delay = if self.random.chance(LATE_SHARE) {
                self.random.log_normal(LATE_DELAY_SECONDS, LATE_DELAY_SPREAD).min(LATE_DELAY_SECONDS_MAX)
            } else {
                self.random.exponential(USUAL_DELAY_SECONDS.0).min(USUAL_DELAY_SECONDS.1)
            };
            self.send(truly, delay, happening);
            if self.random.chance(REPEATED_SHARE) {
                let repeated = delay + self.random.exponential(REPEAT_AFTER_SECONDS);
                self.send(truly, repeated, happening);
            }
        }
        any_lost
    }

    /// Takes a new outline, which arrives at once.
    pub(crate) fn publish(&mut self, course: usize, time: EventTime) {
        self.dispatch(time, Parcel::Outline { course });
    }

    /// Hands out what arrives until this moment. Nothing that is taken later may arrive before it.
    pub(crate) fn hand_out(&mut self, until: EventTime, each: &mut dyn FnMut(EventTime, &Parcel) -> io::Result<()>) -> io::Result<()> {
        while self.under_way.peek().is_some_and(|Reverse(next)| next.arrival <= until) {
            if let Some(Reverse(next)) = self.under_way.pop() {
                each(next.arrival, &next.parcel)?;
            }
        }
        Ok(())
    }

    fn send(&mut self, truly: EventTime, delay_seconds: f64, happening: Happening) {
        self.dispatch(truly.plus((delay_seconds * SECOND as f64) as i64), Parcel::Happening(happening));
    }

    fn dispatch(&mut self, arrival: EventTime, parcel: Parcel) {
        self.under_way.push(Reverse(Dispatched { arrival, number: self.taken, parcel }));
        self.taken += 1;
    }
}

/// How far the clock of a learner's device is ahead.
pub(crate) fn skew(random: &mut Random) -> i64 {
    ((random.normal(0.0, SKEW_SECONDS) * SECOND as f64) as i64).clamp(-SKEW_MAX, SKEW_MAX)
}

impl Ord for Dispatched {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.arrival, self.number).cmp(&(other.arrival, other.number))
    }
}
impl PartialOrd for Dispatched {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Dispatched {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Dispatched {}
