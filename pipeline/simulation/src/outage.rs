//! A source that falls silent: what happened meanwhile is lost.

use crate::course::Course;
use crate::random::{Random, Stream};
use crate::{Kind, World};
use teachback_core::time::{DAY, EventTime, HOUR};

/// Shortest and longest silence, hours.
const HOURS: (f64, f64) = (18.0, 30.0);
/// Learners of a course from which on its silence can be told from a quiet day.
pub(crate) const SEEN_LEARNERS_MIN: u32 = 100;

/// A stretch of true time in which nothing of a source is kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outage {
    pub(crate) source: String,
    pub(crate) from: EventTime,
    pub(crate) to: EventTime,
}

impl Outage {
    /// The outage of this world, in its middle third; only of a source whose silence can be seen.
    pub(crate) fn of(world: &World, courses: &[Course]) -> Option<Self> {
        if world.kind == Kind::Clean {
            return None;
        }
        let mut random = Random::of(world.seed, Stream::Outage);
        let large: Vec<&Course> = courses.iter().filter(|course| course.size >= SEEN_LEARNERS_MIN).collect();
        let source = large.get(random.below(large.len()))?.source.clone();
        let third = f64::from(world.days) / 3.0;
        let from = world.start.plus((random.between(third, 2.0 * third) * DAY as f64) as i64);
        let to = from.plus((random.between(HOURS.0, HOURS.1) * HOUR as f64) as i64);
        Some(Self { source, from, to })
    }

    /// Whether something of this course that happened at this moment is lost.
    pub(crate) fn swallows(&self, source: &str, time: EventTime) -> bool {
        self.source == source && self.from <= time && time < self.to
    }

    /// Its length.
    pub(crate) fn hours(&self) -> f64 {
        (self.to.0 - self.from.0) as f64 / HOUR as f64
    }
}
