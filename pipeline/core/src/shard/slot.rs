//! A course's place in its shard: the course, and what was last published, told and saved of it.

use crate::course::Course;
use crate::evidence::CourseEvidence;
use crate::seal::{SealedTable, seal};
use crate::table::Rows;
use crate::time::EventTime;
use std::sync::Arc;

/// A course and what was last done with it since its last event.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) course: Course,
    /// Where the state image holds it as it is; `None` when it has changed since.
    saved: Option<Saved>,
    /// The course time at which it was last sealed, and the rows.
    sealed: Option<(EventTime, Vec<Arc<Rows>>)>,
    /// The course time at which evidence was last told.
    told: Option<EventTime>,
}

/// Where a course lies in the state image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saved {
    /// The segment, as the engine numbers it.
    pub segment: u64,
    /// Its length there.
    pub bytes: u64,
}

impl Slot {
    pub(super) fn new(course: Course) -> Self {
        Self { course, saved: None, sealed: None, told: None }
    }

    /// A course as a state image holds it; `told` as in [`Slot`].
    pub(super) fn restored(course: Course, saved: Saved, told: Option<EventTime>) -> Self {
        Self { course, saved: Some(saved), sealed: None, told }
    }

    /// Notes that the course has an event more: nothing that was done with it holds any longer.
    pub(super) fn note_event(&mut self) {
        self.saved = None;
        self.sealed = None;
        self.told = None;
    }

    /// Where the state image holds the course as it is.
    pub(super) fn saved(&self) -> Option<Saved> {
        self.saved
    }

    /// Notes where the state image holds the course from now on.
    pub(super) fn note_saved(&mut self, saved: Saved) {
        self.saved = Some(saved);
    }

    /// Whether evidence was told since the last event.
    pub(super) fn was_told(&self) -> bool {
        self.told.is_some()
    }

    /// Adds the course's rows to tables in the order of [`crate::seal::SEALED_TABLES`]. Where nothing has changed since the last
    /// seal they are the same, and the course is not walked again.
    pub(super) fn seal_into(&mut self, tables: &mut [SealedTable], live_tick: Option<EventTime>, horizon: i64) {
        let Some(time) = self.course.time(live_tick, horizon) else { return };
        if self.sealed.as_ref().is_none_or(|(sealed, _)| *sealed != time) {
            self.sealed = Some((time, seal(&self.course, live_tick, horizon).into_iter().map(Arc::new).collect()));
        }
        if let Some((_, rows)) = &self.sealed {
            tables.iter_mut().zip(rows).for_each(|(table, rows)| table.parts.push(rows.clone()));
        }
    }

    /// Tells the course's days that have closed.
    pub(super) fn tell(&mut self, live_tick: Option<EventTime>, horizon: i64) -> Option<CourseEvidence> {
        let time = self.course.time(live_tick, horizon)?;
        if self.told == Some(time) {
            return None;
        }
        // Where only time has passed since it was told, a restored course tells it again: it need not be saved for that.
        self.saved = self.saved.filter(|_| self.told.is_some());
        self.told = Some(time);
        self.course.tell_evidence(live_tick, horizon)
    }
}
