//! Evidence cells: what measure tells decide about a day, once, in integers.
//!
//! The unit is a learner's first exposure. Each has one *evidence day*, the UTC day on which the learner entered the
//! trial, and a day is told only when everything that could still arrive for it is late (course time minus the horizon
//! lies behind it). So cells are a function of the set of accepted events, are given once and never change.
//!
//! | family | enters the trial | tells |
//! |---|---|---|
//! | item | first attempt handed in, or 48 h after the last answer | response, right or wrong, rest-score bin |
//! | quiz | as item | sums of totals and marks; of each item attempts to right, omits, response times |
//! | span | first sitting at a recording over (30 min idle) | spans entered, the span of leaving, what else was done there |
//! | dwell | first sitting over; the first day with a content | how long learners stayed |
//! | place | first arrival at a module | whether the learner was gone within the window |
//! | account | enough timed answers to be judged by | whether it is likely a bot |
//! | opening | first opening of a content with a class of client | whether it failed (open days too: it must be quick) |
//! | flow | none: hours, not learners on trial | learners active in each hour that is over (open days too) |
//!
//! Items, quizzes, spans, stays and places are told by stratum ([`strata`]). Openings and flow are told whole each time, in place of what was
//! told before; a course of which nothing is new tells nothing.

mod account_cells;
mod attempts;
mod cells;
mod due;
mod dwell_cells;
mod item_cells;
mod opening_cells;
mod place_cells;
mod quiz_cells;
mod running;
mod span_cells;
pub mod strata;

use crate::course::Course;
pub use crate::course::time_bins::{STAY_MS_MAX, bin_start_ms};
use crate::seal::{Places, STOP_OUT_IDLE};
use crate::time::{DAY, EventTime};
pub use cells::{AccountCell, ContentVersion, CourseEvidence, DwellCell, FlowCell, ItemCell, OpeningCell, PlaceCell, QuizCell, QuizItem, SpanCell};
use due::Due;
pub use span_cells::spans;

/// Rest scores are told in bins 0 to 20 of the share of the other items' marks.
pub const REST_BINS: u32 = 20;
/// Attempts to right are told up to this number; it stands for all further ones.
pub const ATTEMPTS_MAX: u32 = 10;
/// A span is a tenth of a recording, but at least this long.
pub const SPAN_S_MIN: u32 = 15;
/// Spans of a recording at most.
pub const SPANS_MAX: u32 = 10;
/// Leaving a place must begin within this time of arrival.
pub const PLACE_LEAVE: i64 = 4 * DAY;
/// After arrival at a place the outcome is known this much later.
pub const PLACE_WINDOW: i64 = PLACE_LEAVE + STOP_OUT_IDLE;

impl Course {
    /// Tells the days that have closed since the last call, and settles what no longer can change.
    ///
    /// Gives `None` when there is nothing to tell. Changes the state, so replay must call it at the same cuts.
    pub fn tell_evidence(&mut self, live_tick: Option<EventTime>, horizon: i64) -> Option<CourseEvidence> {
        let time = self.time(live_tick, horizon)?;
        let closed = time.plus(-horizon);
        // Judged first: what is told of a day knows the bots that were found by its close.
        let accounts = self.close_accounts(closed);
        let due = Due::of(self, closed);
        let (spans, places) = {
            let placing = Places::new(self);
            (self.span_cells(&placing, &due.sittings), self.place_cells(&placing, closed))
        };
        let (items, quizzes) = self.attempt_cells(&due.attempts);
        let dwell = self.dwell_cells(&due);
        self.mark_told(&due, closed, horizon);
        // Whoever has a quiz cell has item cells.
        let days_closed = !(items.is_empty() && spans.is_empty() && dwell.is_empty() && places.is_empty() && accounts.is_empty());
        let openings_changed = std::mem::take(&mut self.evidence.openings_changed) && self.contents.iter().any(|facts| facts.failures > 0);
        let hours_passed = self.mark_flow_told(time);
        // A platform is no course that a team could improve: what happens there is settled, and nobody is told.
        let any = (days_closed || openings_changed || hours_passed) && !self.is_platform();
        let days = items.iter().map(|cell| cell.day).chain(spans.iter().map(|cell| cell.day)).chain(dwell.iter().map(|cell| cell.day));
        let first_closed = days.chain(places.iter().map(|cell| cell.day)).chain(accounts.iter().map(|cell| cell.day)).min();
        any.then(|| CourseEvidence {
            course: self.id.to_string(),
            provider: self.provider.get().map(|provider| provider.to_string()).unwrap_or_default(),
            title: self.title.get().map(|title| title.to_string()).unwrap_or_default(),
            outline: self.outline.get().cloned().unwrap_or_default(),
            began: self.learners.iter().filter_map(|learner| learner.first_activity).min().map(EventTime::day),
            versions: self.content_versions(closed),
            active_days: self.active_days(first_closed),
            items,
            quizzes,
            spans,
            dwell,
            places,
            openings: self.opening_cells(),
            accounts,
            flow: self.flow_cells(time),
        })
    }

    /// Marks as told what is due, and settles or forgets what has been told.
    fn mark_told(&mut self, due: &Due, closed: EventTime, horizon: i64) {
        for attempt in &due.attempts {
            self.learners[attempt.learner].assessment(attempt.assessment).evidence_given = true;
        }
        for sitting in &due.sittings {
            self.learners[sitting.learner].contents[sitting.place].1.evidence_given = true;
        }
        for stay in &due.stays {
            self.learners[stay.learner].contents[stay.place].1.stay_given = true;
        }
        let through = Self::places_through(closed);
        let through = self.evidence.places.map_or(through, |told| told.max(through));
        self.evidence.places = Some(through);
        let bounds: Vec<EventTime> = (0..self.source_count()).map(|source| self.bound_at(source, closed, horizon)).collect();
        for learner in &mut self.learners {
            for (_, state) in learner.contents.iter_mut().filter(|(_, state)| state.evidence_given) {
                if let Some(playback) = state.playback.as_mut().filter(|playback| !playback.is_settled()) {
                    playback.settle(|source| bounds.get(usize::from(source)).copied().unwrap_or(EventTime(i64::MIN)));
                }
            }
            // Of all that is still to be told, days of arrivals lie back furthest.
            learner.strata.forget_before(through.plus(1).end());
        }
    }
}
