//! A seeded world of learners, courses and planted defects: learning events whose right signals are known.
//!
//! ```text
//! World ──course::build──▶ Courses ──defect::plant──▶ Courses + Truth
//!                                         │
//!             learner::Learner, one session at a time, in order of session start
//!                                         │ Happening
//!                     delivery::Delivery: delay, late events, repeats ──▶ write(arrival, Event)
//! ```
//!
//! Invariants:
//! - Same [`World`], same bytes, on every platform: one small generator, no clock, and `libm` for every transcendental function.
//! - Each course and each learner has a random stream of its own, so a change to one leaves the others as they were.
//! - Events are handed out in order of arrival; memory holds those under way (a day or two), never the whole log.
//! - What is planted is in the [`Truth`], and nothing in it is read by the events' readers.
//!
//! The laws are those of the project's simulator specification. Not modelled yet: DIF, leaks, overlong videos, visual-cut peaks,
//! stale content, revisions, prerequisite gaps, ratings, searches, bots, flow outages, clock skew, lost heartbeats.

mod course;
mod defect;
mod delivery;
mod happening;
mod learner;
mod random;
mod session;
pub mod truth;

pub use defect::{Defect, Truth};

use course::Course;
use delivery::Delivery;
use happening::Happening;
use learner::Learner;
use random::{Random, Stream};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use teachback_core::event::Event;
use teachback_core::time::{DAY, EventTime};

/// The size and the seed of a simulated world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct World {
    /// Course runs. A third of them are small ones of under 50 learners, without defects.
    pub courses: u32,
    /// Learners over all courses; each takes one course.
    pub learners: u32,
    /// Days simulated; nothing happens after the last.
    pub days: u32,
    /// Everything random follows from it.
    pub seed: u64,
    /// When the courses are published and enrolment opens.
    pub start: EventTime,
}

impl Default for World {
    /// Six courses of 3000 learners over 60 days from 2 March 2026, a Monday.
    fn default() -> Self {
        Self { courses: 6, learners: 3000, days: 60, seed: 1, start: EventTime(1_772_409_600_000_000) }
    }
}

impl World {
    /// The first moment at which nothing happens any more.
    #[must_use]
    pub fn end(&self) -> EventTime {
        self.start.plus(i64::from(self.days) * DAY)
    }
}

/// Simulates the world; `write` gets every event with its time of arrival, in order of arrival.
///
/// # Errors
/// The first error of `write`.
pub fn simulate(world: &World, write: &mut dyn FnMut(EventTime, &Event<'_>) -> io::Result<()>) -> io::Result<Truth> {
    let mut courses = course::build(world);
    let planted = defect::plant(&mut courses, world.seed);
    let mut learners = Vec::with_capacity(world.learners as usize);
    for (place, course) in courses.iter().enumerate() {
        for _ in 0..course.size {
            let number = learners.len() as u32;
            learners.push(Learner::new(number, place, course, world, Random::of(world.seed, Stream::Learner(number))));
        }
    }

    let mut delivery = Delivery::new(Random::of(world.seed, Stream::Delivery), world.end());
    for course in &courses {
        happening::publish(course, world.start, write)?;
    }
    let mut waiting: BinaryHeap<Reverse<(EventTime, u32)>> = learners.iter().map(|learner| Reverse((learner.next, learner.number))).collect();
    let mut session = Vec::new();
    while let Some(Reverse((time, number))) = waiting.pop() {
        delivery.hand_out(time, &mut |arrival, happening| deliver(arrival, happening, &courses, &learners, write))?;
        let learner = &mut learners[number as usize];
        learner.act(&courses[learner.course], &mut session);
        if learner.is_in_course && learner.next < world.end() {
            waiting.push(Reverse((learner.next, number)));
        }
        delivery.take(session.drain(..));
    }
    delivery.hand_out(EventTime(i64::MAX), &mut |arrival, happening| deliver(arrival, happening, &courses, &learners, write))?;
    Ok(defect::truth(planted, &courses, &learners))
}

fn deliver(
    arrival: EventTime,
    happening: &Happening,
    courses: &[Course],
    learners: &[Learner],
    write: &mut dyn FnMut(EventTime, &Event<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let learner = &learners[happening.learner as usize];
    write(arrival, &happening.event(&courses[learner.course], learner))
}

#[cfg(test)]
mod tests;
