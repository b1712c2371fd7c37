//! The way from the learner to the log: short delays for most, long ones for some, and repeats.
//!
//! Invariants: an event arrives after it happened and less than [`DELAY_SECONDS_MAX`] later, repeats included, so none is late
//! under the default horizon; events leave in order of (arrival, order of happening). What happens after the end of the world is
//! left out.

use crate::happening::Happening;
use crate::random::Random;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::io;
use teachback_core::time::{EventTime, SECOND};

/// Share of events that come late.
const LATE_SHARE: f64 = 0.10;
/// Share of events that come twice.
const REPEATED_SHARE: f64 = 0.02;
/// Mean delay of the others, seconds: enough to put neighbours out of order.
const USUAL_DELAY_SECONDS: f64 = 3.0;
/// Median delay of late events, seconds.
const LATE_DELAY_SECONDS: f64 = 900.0;
/// Standard deviation of the logarithm of the delay of late events.
const LATE_DELAY_SPREAD: f64 = 1.2;
/// Mean time from an event to its repeat, seconds.
const REPEAT_AFTER_SECONDS: f64 = 600.0;
/// Longest delay, seconds: half an hour less than a day.
const DELAY_SECONDS_MAX: f64 = 84_600.0;

/// Events under way.
#[derive(Debug)]
pub(crate) struct Delivery {
    random: Random,
    end: EventTime,
    taken: u64,
    under_way: BinaryHeap<Reverse<Parcel>>,
}

#[derive(Debug)]
struct Parcel {
    arrival: EventTime,
    /// Number in the order in which events were taken.
    number: u64,
    happening: Happening,
}

impl Delivery {
    pub(crate) fn new(random: Random, end: EventTime) -> Self {
        Self { random, end, taken: 0, under_way: BinaryHeap::new() }
    }

    /// Takes what happened in one session.
    pub(crate) fn take(&mut self, session: impl Iterator<Item = Happening>) {
        let end = self.end;
        for happening in session.filter(|happening| happening.time < end) {
            let delay = if self.random.chance(LATE_SHARE) {
                self.random.log_normal(LATE_DELAY_SECONDS, LATE_DELAY_SPREAD)
            } else {
                self.random.exponential(USUAL_DELAY_SECONDS)
            };
            self.send(happening, delay);
            if self.random.chance(REPEATED_SHARE) {
                let repeated = delay + self.random.exponential(REPEAT_AFTER_SECONDS);
                self.send(happening, repeated);
            }
        }
    }

    /// Hands out what arrives until this moment. Nothing that is taken later may have happened before it.
    pub(crate) fn hand_out(&mut self, until: EventTime, each: &mut dyn FnMut(EventTime, &Happening) -> io::Result<()>) -> io::Result<()> {
        while self.under_way.peek().is_some_and(|Reverse(parcel)| parcel.arrival <= until) {
            if let Some(Reverse(parcel)) = self.under_way.pop() {
                each(parcel.arrival, &parcel.happening)?;
            }
        }
        Ok(())
    }

    fn send(&mut self, happening: Happening, delay_seconds: f64) {
        let arrival = happening.time.plus((delay_seconds.min(DELAY_SECONDS_MAX) * SECOND as f64) as i64);
        self.under_way.push(Reverse(Parcel { arrival, number: self.taken, happening }));
        self.taken += 1;
    }
}

impl Ord for Parcel {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.arrival, self.number).cmp(&(other.arrival, other.number))
    }
}
impl PartialOrd for Parcel {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Parcel {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Parcel {}
