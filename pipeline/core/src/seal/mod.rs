//! Seals: what is published about a course at one moment, as table rows.
//!
//! A seal is a pure function of the course's state and time. It walks the learners in the order of their pseudonyms, so
//! sums of floats do not depend on the order in which learners arrived. One file a table.

mod activity;
mod assessments;
mod contents;
mod courses;
mod dropout;
mod items;
mod learners;
mod places;

use crate::course::Course;
use crate::course::learner::{Enrollment, Learner};
use crate::statistics::interval::{Interval, proportion_confidence_sequence};
use crate::table::contracts::COURSE_ACTIVITY;
use crate::table::{Cell, Rows, TableContract};
use crate::time::{DAY, EventTime, HOUR, MINUTE};
pub(crate) use contents::{SEGMENT_S, complete_end_s};
pub use places::Places;
use std::sync::Arc;

/// A learner is gone from a content after this much silence.
pub const CONTENT_IDLE: i64 = 30 * MINUTE;
/// A learner has stopped out of a course after this much silence.
pub const STOP_OUT_IDLE: i64 = 10 * DAY;
/// An assessment that is not handed in counts as finished this long after its last answer.
pub const ASSESSMENT_IDLE: i64 = 48 * HOUR;
/// Error rate of every published interval.
pub const INTERVAL_ALPHA: f64 = 0.05;

/// The tables that a seal fills, in the order of [`seal`]'s result.
pub const SEALED_TABLES: &[&TableContract] = &[
    &crate::table::contracts::COURSE_QUALITY,
    &crate::table::contracts::CONTENT_QUALITY,
    &crate::table::contracts::CONTENT_SEGMENTS,
    &crate::table::contracts::ITEM_QUALITY,
    &crate::table::contracts::ITEM_OPTIONS,
    &crate::table::contracts::ASSESSMENT_QUALITY,
    &crate::table::contracts::DROPOUT,
    &COURSE_ACTIVITY,
    &crate::table::contracts::LEARNER_COURSE,
];

/// One table of a snapshot: the rows of each course, in the order of the courses' ids. Courses that did not change share
/// their rows with the snapshot before.
#[derive(Debug, Clone)]
pub struct SealedTable {
    /// The table.
    pub contract: &'static TableContract,
    /// Its rows; each part is sorted by key, and so are all of them together.
    pub parts: Vec<Arc<Rows>>,
}

/// A course prepared for sealing: learners in order, contents and items placed by the outline in force.
#[derive(Debug)]
pub struct View<'a> {
    /// The course.
    pub course: &'a Course,
    /// Its time.
    pub time: EventTime,
    /// Its learners by pseudonym.
    pub learners: Vec<&'a Learner>,
    /// Where things stand in the outline.
    pub places: Places<'a>,
    /// Length of each content in milliseconds, by the course's number for it; 0 when unknown.
    pub lengths_ms: Vec<u32>,
    /// [`Places::arrivals`] of all learners, one after another.
    arrivals: Vec<(u32, EventTime)>,
    /// Where the arrivals of each learner end.
    arrivals_end: Vec<usize>,
}

impl<'a> View<'a> {
    /// Prepares a course.
    #[must_use]
    pub fn new(course: &'a Course, time: EventTime) -> Self {
        let mut learners: Vec<&Learner> = course.learners.iter().collect();
        learners.sort_unstable_by_key(|learner| learner.pseudonym);
        let places = Places::new(course);
        let (mut arrivals, mut arrivals_end) = (Vec::new(), Vec::with_capacity(learners.len()));
        for learner in &learners {
            places.arrivals(learner, &mut arrivals);
            arrivals_end.push(arrivals.len());
        }
        let lengths_ms = places.lengths_ms(course);
        Self { course, time, learners, places, lengths_ms, arrivals, arrivals_end }
    }

    /// The learners, each with when he first came to each place.
    fn walks(&self) -> impl Iterator<Item = (&'a Learner, &[(u32, EventTime)])> {
        let starts = std::iter::once(0).chain(self.arrivals_end.iter().copied());
        self.learners.iter().zip(starts.zip(&self.arrivals_end)).map(|(learner, (start, end))| (*learner, &self.arrivals[start..*end]))
    }

    /// Where a learner stands at the course's time.
    #[must_use]
    pub fn standing(&self, learner: &Learner) -> Standing {
        match learner.enrollment.get() {
            Some(Enrollment::Withdrawn) => Standing::Withdrawn,
            Some(Enrollment::Completed) => Standing::Completed,
            Some(Enrollment::Enrolled) | None => match learner.last_activity {
                Some(last) if last.plus(STOP_OUT_IDLE) <= self.time => Standing::StoppedOut,
                Some(_) => Standing::Active,
                None => Standing::Enrolled,
            },
        }
    }
}

/// Where a learner stands in a course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Enrolled, nothing done yet.
    Enrolled,
    /// At work within the last 10 days.
    Active,
    /// Silent for 10 days.
    StoppedOut,
    /// Left by an event.
    Withdrawn,
    /// Finished by an event.
    Completed,
}

/// The rows of one course for each of [`SEALED_TABLES`], sorted by key. A course without a clock has none, a platform only
/// those of `course_activity`.
#[must_use]
pub fn seal(course: &Course, live_tick: Option<EventTime>, horizon: i64) -> Vec<Rows> {
    let Some(time) = course.time(live_tick, horizon) else {
        return SEALED_TABLES.iter().map(|table| Rows::new(table)).collect();
    };
    let view = View::new(course, time);
    if course.is_platform() {
        // Its events name no course: their contents, items and learners have no outline, provider or enrolment to be judged by.
        let rows = |table: &'static TableContract| if table.name == COURSE_ACTIVITY.name { activity::rows(&view) } else { Rows::new(table) };
        return SEALED_TABLES.iter().map(|table| rows(table)).collect();
    }
    let (contents, segments, completed) = contents::rows(&view);
    let (items, options) = items::rows(&view);
    vec![
        courses::rows(&view),
        contents,
        segments,
        items,
        options,
        assessments::rows(&view),
        dropout::rows(&view),
        activity::rows(&view),
        learners::rows(&view, &completed),
    ]
}

/// A rate with its interval, as three cells; no value where nothing was seen.
fn rate(successes: u64, n: u64) -> [Cell<'static>; 3] {
    if n == 0 {
        return [Cell::Null; 3];
    }
    let Interval { lo, hi } = proportion_confidence_sequence(successes, n, INTERVAL_ALPHA);
    [Cell::Number(successes as f64 / n as f64), Cell::Number(lo), Cell::Number(hi)]
}

/// An optional interval as two cells.
fn bounds(interval: Option<Interval>) -> [Cell<'static>; 2] {
    interval.map_or([Cell::Null; 2], |interval| [Cell::Number(interval.lo), Cell::Number(interval.hi)])
}

/// Text, or no value when empty.
fn text_or_null(text: &str) -> Cell<'_> {
    if text.is_empty() { Cell::Null } else { Cell::Text(text) }
}
