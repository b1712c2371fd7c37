//! `content_quality` and `content_segments`.
//!
//! Segments are counted as edX Insights counts them; per-second totals as Open edX Aspects does. Both come from the same
//! viewings ([`crate::course::playback`]).

use super::{CONTENT_IDLE, View, rate, text_or_null};
use crate::course::learner::ContentState;
use crate::course::playback::Viewing;
use crate::table::{Cell, Rows, contracts};
use crate::time::EventTime;
use std::collections::BTreeMap;

/// Seconds in a segment, as in Insights.
pub(crate) const SEGMENT_S: u32 = 5;

/// Counts of one segment.
#[derive(Debug, Clone, Default)]
struct Segment {
    views: u64,
    viewers: u64,
    entered: u64,
    dropped: u64,
    seconds: u64,
    seconds_distinct: u64,
}

/// Totals of one content over its learners.
#[derive(Debug, Clone, Default)]
struct Totals {
    views: u64,
    plays: u64,
    started: u64,
    completed: u64,
    idle_unfinished: u64,
    learners_failed: u64,
    segments: BTreeMap<u32, Segment>,
}

/// Whether a learner completed a content: by an event, or by playing the second where Insights puts the end.
pub(super) fn is_completed(state: &ContentState, length_ms: u32) -> bool {
    if state.completed.is_some() {
        return true;
    }
    let mut reached = false;
    if let (Some(playback), Some(end_s)) = (&state.playback, complete_end_s(length_ms)) {
        playback.viewings(length_ms, |viewing| {
            reached |= viewing.start_ms / 1000 / SEGMENT_S <= end_s / SEGMENT_S && end_s / SEGMENT_S <= viewing.end_ms / 1000 / SEGMENT_S
        });
    }
    reached
}

/// The second at which a recording counts as seen to the end: max(length - 30, 0.95 * length), as in Insights.
pub(crate) fn complete_end_s(length_ms: u32) -> Option<u32> {
    (length_ms > 0).then(|| (length_ms.saturating_sub(30_000)).max((f64::from(length_ms) * 0.95) as u32) / 1000)
}

pub(super) fn rows(view: &View<'_>) -> (Rows, Rows) {
    let course = view.course;
    let lengths: Vec<u32> = course.names.contents.iter().map(|(content, _)| view.places.length_ms(course, content)).collect();
    let mut totals: Vec<Totals> = vec![Totals::default(); lengths.len()];
    for learner in &view.learners {
        for (content, state) in &learner.contents {
            totals[*content as usize].add(state, lengths[*content as usize], view.time);
        }
    }
    let mut order: Vec<(&str, usize)> = course.names.contents.iter().map(|(content, name)| (&**name, content as usize)).collect();
    order.sort_unstable();
    let mut quality = Rows::new(&contracts::CONTENT_QUALITY);
    let mut segments = Rows::new(&contracts::CONTENT_SEGMENTS);
    for (name, content) in order {
        quality_row(view, name, content, lengths[content], &totals[content], &mut quality);
        segment_rows(view, name, &totals[content], &mut segments);
    }
    (quality, segments)
}

impl Totals {
    fn add(&mut self, state: &ContentState, length_ms: u32, time: EventTime) {
        self.views += state.views;
        self.plays += u64::from(state.plays);
        self.learners_failed += u64::from(state.failures > 0);
        let Some(last) = state.last else { return };
        let completed = is_completed(state, length_ms);
        let idle = last.plus(CONTENT_IDLE) <= time;
        self.started += 1;
        self.completed += u64::from(completed);
        self.idle_unfinished += u64::from(idle && !completed);
        if let Some(playback) = &state.playback {
            let mut viewings = Vec::new();
            playback.viewings(length_ms, |viewing| viewings.push(viewing));
            self.add_viewings(&viewings, idle, completed);
        }
    }

    fn add_viewings(&mut self, viewings: &[Viewing], idle: bool, completed: bool) {
        let segment = |ms: u32| ms / 1000 / SEGMENT_S;
        let Some(furthest) = viewings.iter().map(|viewing| segment(viewing.end_ms)).max() else { return };
        let mut passes: BTreeMap<u32, u64> = BTreeMap::new();
        let mut seconds: BTreeMap<u32, u64> = BTreeMap::new();
        for viewing in viewings {
            for number in segment(viewing.start_ms)..=segment(viewing.end_ms) {
                *passes.entry(number).or_default() += 1;
            }
            for second in viewing.start_ms / 1000..=viewing.end_ms / 1000 {
                *seconds.entry(second).or_default() += 1;
            }
        }
        for (number, views) in passes {
            let counts = self.segments.entry(number).or_default();
            counts.views += views;
            counts.viewers += 1;
            let left_here = number == furthest && !completed;
            counts.entered += u64::from(idle || number < furthest || completed);
            counts.dropped += u64::from(left_here && idle);
        }
        for (second, times) in seconds {
            let counts = self.segments.entry(second / SEGMENT_S).or_default();
            counts.seconds += times;
            counts.seconds_distinct += 1;
        }
    }
}

fn quality_row(view: &View<'_>, name: &str, content: usize, length_ms: u32, totals: &Totals, rows: &mut Rows) {
    let course = view.course;
    let words = &course.names.words;
    let outlined = view.places.content(name);
    let facts = course.contents.get(content);
    let content_type =
        outlined.and_then(|entry| entry.content_type.as_deref()).or_else(|| facts.and_then(|facts| facts.content_type.get()).map(|number| words.text(*number)));
    let version =
        facts.and_then(|facts| facts.version.get()).map(|number| words.text(*number)).or_else(|| outlined.and_then(|entry| entry.content_version.as_deref()));
    let can_complete = facts.is_some_and(|facts| facts.completed_by_event) || (length_ms > 0 && !totals.segments.is_empty());
    let completion = if can_complete { rate(totals.completed, totals.started) } else { [Cell::Null; 3] };
    let (seconds, distinct) =
        totals.segments.values().fold((0, 0), |(seconds, distinct), counts| (seconds + counts.seconds, distinct + counts.seconds_distinct));
    rows.push(&[
        Cell::Text(&course.id),
        Cell::Text(name),
        content_type.map_or(Cell::Null, text_or_null),
        view.places.module_of_content(content as u32).map(|place| view.places.module(place)).into(),
        if totals.views > 0 { totals.views } else { totals.plays }.into(),
        totals.started.into(),
        totals.completed.into(),
        if can_complete { totals.idle_unfinished } else { 0 }.into(),
        completion[0],
        completion[1],
        completion[2],
        facts.map_or(0, |facts| facts.failures).into(),
        totals.learners_failed.into(),
        (length_ms > 0).then_some(f64::from(length_ms) / 1000.0).into(),
        (seconds as f64).into(),
        (distinct as f64).into(),
        outlined.and_then(|entry| entry.title.as_deref()).into(),
        version.map_or(Cell::Null, text_or_null),
    ]);
}

fn segment_rows(view: &View<'_>, name: &str, totals: &Totals, rows: &mut Rows) {
    for (number, counts) in &totals.segments {
        let [drop, lo, hi] = rate(counts.dropped, counts.entered);
        rows.push(&[
            Cell::Text(&view.course.id),
            Cell::Text(name),
            (*number).into(),
            f64::from(number * SEGMENT_S).into(),
            f64::from((number + 1) * SEGMENT_S).into(),
            counts.views.into(),
            counts.viewers.into(),
            counts.entered.into(),
            counts.dropped.into(),
            drop,
            lo,
            hi,
            counts.seconds.into(),
            counts.seconds_distinct.into(),
        ]);
    }
}
