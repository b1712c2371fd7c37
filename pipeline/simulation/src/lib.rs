//! A seeded world of learners, courses and what is wrong with them: learning events, and the answer book of what can rightly be
//! said of them.
//!
//! ```text
//! World ──course::make──▶ Courses ──plant, revision::plan, outage──▶ what is wrong, and what will be
//!                            │
//!             learner::Learner, one session at a time, in order of session start ──▶ met::Met
//!                            │ Happening                                              │
//!            delivery::Delivery: delays, repeats, losses ──▶ write(arrival, Event)    ▼
//!                                                      facts::truth ──▶ truth::Truth
//! ```
//!
//! Invariants:
//! - Same [`World`], same bytes, on every platform: one small generator, no clock, and `libm` for every transcendental function.
//! - Each course and each learner has a random stream of its own, so a change to one leaves the others as they were.
//! - Events are handed out in order of arrival; memory holds those under way (a few days), never the whole log.
//! - What is true is in the [`Truth`] alone; no event says it. It is computed from the laws by which learners live, with
//!   the probabilities of those who did, never from the outcome of a draw.
//!
//! The laws are those of the project's simulator specification. Not modelled: learning, item drift and leaks, differential item
//! functioning, overlong recordings, stale content, prerequisites, ratings, searches.

mod course;
mod delivery;
mod facts;
mod happening;
mod learner;
mod leaving;
pub mod measured;
mod met;
mod outage;
mod plant;
mod random;
mod revision;
pub mod score;
mod session;
mod true_items;
pub mod truth;

use course::Course;
use delivery::{Delivery, Parcel, SKEW_MAX};
use learner::Learner;
use met::Met;
use outage::Outage;
use random::{Random, Stream};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use teachback_core::event::Event;
use teachback_core::time::{DAY, EventTime};
use truth::Truth;

/// What a world is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Everything that can be wrong with a course, planted as often as the specification says.
    #[default]
    Base,
    /// Like base, but three in ten clean items barely discriminate: their item-rest correlation is 0.10 to 0.14.
    Stress,
    /// Nothing is wrong; items, spans and modules differ as they naturally do, but no item lies beyond a margin.
    Clean,
    /// Like base, but unlike what the rules assume: two abilities, learners who differ in frailty, heavier tails of items.
    Misspecified,
    /// Like base, but every course is of the same size and has a module that loses many learners and is then revised.
    Revised,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Base, Self::Stress, Self::Clean, Self::Misspecified, Self::Revised];

    /// Its name on the command line and in the truth.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Stress => "stress",
            Self::Clean => "clean",
            Self::Misspecified => "misspecified",
            Self::Revised => "revised",
        }
    }
}

/// The kind, the size and the seed of a simulated world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct World {
    /// What it is made for.
    pub kind: Kind,
    /// Course runs. Their sizes follow five classes, but in a revised world; nothing is planted in those of under 50 learners.
    pub courses: u32,
    /// Learners over all courses; each takes one course.
    pub learners: u32,
    /// Days simulated; nothing happens after the last.
    pub days: u32,
    /// Everything random follows from it.
    pub seed: u64,
    /// When the courses are published and enrolment opens.
    pub start: EventTime,
    /// Whether the share of learners who audit rises by 25 points from the first enrolments to the last.
    pub mix_shift: bool,
    /// Modules of every course; 6 to 10 when `None`.
    pub modules: Option<u32>,
}

impl Default for World {
    /// Six courses of 3000 learners over 60 days from 2 March 2026, a Monday.
    fn default() -> Self {
        let start = EventTime(1_772_409_600_000_000);
        Self { kind: Kind::Base, courses: 6, learners: 3000, days: 60, seed: 1, start, mix_shift: false, modules: None }
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
    let mut courses = course::make::courses(world);
    for (place, course) in courses.iter_mut().enumerate() {
        plant::plant(world, place, course);
        if world.kind == Kind::Clean {
            true_items::keep_within_margins(world, course);
        }
        if world.kind == Kind::Stress {
            true_items::bring_near_margins(world, course, &mut Random::of(world.seed, Stream::NearMargins(place as u32)));
        }
    }
    let mut revisions = revision::plan(world, &mut courses).into_iter().peekable();
    let outage = Outage::of(world, &courses);
    let mut learners = enrol(world, &courses);
    let mut met: Vec<Met> = courses.iter().map(Met::nothing).collect();

    for course in &courses {
        happening::publish(course, world.start, write)?;
    }
    let mut delivery = Delivery::new(Random::of(world.seed, Stream::Delivery));
    let mut waiting: BinaryHeap<Reverse<(EventTime, u32)>> = learners.iter().map(|learner| Reverse((learner.next, learner.number))).collect();
    let mut session = Vec::new();
    while let Some(Reverse((time, number))) = waiting.pop() {
        while let Some(plan) = revisions.next_if(|plan| plan.time <= time) {
            if plan.carry_out(&mut courses[plan.course], &met[plan.course]) {
                delivery.publish(plan.course, plan.time);
            }
        }
        delivery.hand_out(time.plus(-SKEW_MAX), &mut |arrival, parcel| deliver(arrival, parcel, &courses, &learners, write))?;
        let learner = &mut learners[number as usize];
        let (course, met) = (&courses[learner.course], &mut met[learner.course]);
        learner.act(world, course, met, &mut session);
        if learner.is_in_course && learner.next < world.end() {
            waiting.push(Reverse((learner.next, number)));
        }
        let is_lost = |time| outage.as_ref().is_some_and(|outage| outage.swallows(&course.source, time));
        if delivery.take(session.drain(..), learner.skew, is_lost) && !learner.is_silenced {
            learner.is_silenced = true;
            met.silenced += 1;
        }
    }
    delivery.hand_out(EventTime(i64::MAX), &mut |arrival, parcel| deliver(arrival, parcel, &courses, &learners, write))?;
    Ok(facts::truth(world, &courses, &met, outage.as_ref()))
}

fn enrol(world: &World, courses: &[Course]) -> Vec<Learner> {
    let mut learners = Vec::with_capacity(world.learners as usize);
    for (place, course) in courses.iter().enumerate() {
        for _ in 0..course.size {
            let number = learners.len() as u32;
            learners.push(Learner::new(number, place, course, world, Random::of(world.seed, Stream::Learner(number))));
        }
    }
    learners
}

fn deliver(
    arrival: EventTime,
    parcel: &Parcel,
    courses: &[Course],
    learners: &[Learner],
    write: &mut dyn FnMut(EventTime, &Event<'_>) -> io::Result<()>,
) -> io::Result<()> {
    match parcel {
        Parcel::Happening(happening) => {
            let learner = &learners[happening.learner as usize];
            write(arrival, &happening.event(&courses[learner.course], learner))
        }
        Parcel::Outline { course } => happening::publish(&courses[*course], arrival, write),
    }
}

#[cfg(test)]
mod tests;
