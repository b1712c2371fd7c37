//! `content_quality` and `content_segments`.
//!
//! Segments are counted as edX Insights counts them; per-second totals as Open edX Aspects does. Both come from the same
//! viewings ([`crate::course::playback`]).

use super::{CONTENT_IDLE, View, rate, text_or_null};
use crate::course::learner::ContentState;
use crate::course::playback::Viewing;
use crate::table::{Cell, Rows, contracts};
use crate::time::EventTime;
use hashbrown::HashMap;

/// Seconds in a segment, as in Insights.
pub(crate) const SEGMENT_S: u32 = 5;

/// Counts of one segment.
#[derive(Debug, Clone, Copy, Default)]
struct Segment {
    views: i64,
    viewers: i64,
    entered: i64,
    dropped: i64,
    seconds: i64,
    seconds_distinct: i64,
}

/// Totals of one content over its learners.
///
/// Stretches of a recording are added as steps (+1 where one begins, -1 behind its end), so a viewing costs the same
/// however long it is; [`Totals::segments`] sums the steps up.
#[derive(Debug, Clone, Default)]
struct Totals {
    views: u64,
    plays: u64,
    started: u64,
    completed: u64,
    idle_unfinished: u64,
    learners_failed: u64,
    segment_steps: Vec<Segment>,
    second_steps: Vec<(i64, i64)>,
}

/// Whether any viewing reaches the segment where Insights puts the end.
fn reaches_end(viewings: &[Viewing], length_ms: u32) -> bool {
    let Some(end) = complete_end_s(length_ms).map(|second| second / SEGMENT_S) else { return false };
    viewings.iter().any(|viewing| segment(viewing.start_ms) <= end && end <= segment(viewing.end_ms))
}

/// The second at which a recording counts as seen to the end: max(length - 30, 0.95 * length), as in Insights.
pub(crate) fn complete_end_s(length_ms: u32) -> Option<u32> {
    (length_ms > 0).then(|| (length_ms.saturating_sub(30_000)).max((f64::from(length_ms) * 0.95) as u32) / 1000)
}

/// The rows of both tables, and how many contents each learner of the view completed.
pub(super) fn rows(view: &View<'_>) -> (Rows, Rows, Vec<u32>) {
    let course = view.course;
    let lengths = &view.lengths_ms;
    let mut totals: Vec<Totals> = vec![Totals::default(); lengths.len()];
    let mut viewings = Vec::new();
    let completed = view.learners.iter().map(|learner| {
        let mut add = |(content, state): &(u32, ContentState)| totals[*content as usize].add(state, lengths[*content as usize], view.time, &mut viewings);
        learner.contents.iter().map(|content| u32::from(add(content))).sum()
    });
    let completed = completed.collect();
    let mut order: Vec<(&str, usize)> = course.names.contents.iter().map(|(content, name)| (&**name, content as usize)).collect();
    order.sort_unstable();
    let mut quality = Rows::with_room(&contracts::CONTENT_QUALITY, order.len());
    let mut segments = Rows::with_room(&contracts::CONTENT_SEGMENTS, totals.iter().map(|totals| totals.segment_steps.len()).sum());
    let mut rates = Rates::new();
    for (name, content) in order {
        let counts = totals[content].segments();
        quality_row(view, name, content, lengths[content], &totals[content], &counts, &mut quality);
        segment_rows(view, name, &counts, &mut rates, &mut segments);
    }
    (quality, segments, completed)
}

impl Totals {
    /// Adds what a learner did with the content; gives whether he completed it. `viewings` is room to work in.
    fn add(&mut self, state: &ContentState, length_ms: u32, time: EventTime, viewings: &mut Vec<Viewing>) -> bool {
        self.views += state.views;
        self.plays += u64::from(state.plays);
        self.learners_failed += u64::from(state.failures > 0);
        viewings.clear();
        if let Some(playback) = &state.playback {
            playback.viewings(length_ms, |viewing| viewings.push(viewing));
        }
        let completed = state.completed.is_some() || reaches_end(viewings, length_ms);
        if let Some(last) = state.last {
            let idle = last.plus(CONTENT_IDLE) <= time;
            self.started += 1;
            self.completed += u64::from(completed);
            self.idle_unfinished += u64::from(idle && !completed);
            self.add_viewings(viewings, idle, completed);
        }
        completed
    }

    fn add_viewings(&mut self, viewings: &mut [Viewing], idle: bool, completed: bool) {
        let Some(furthest) = viewings.iter().map(|viewing| viewing.end_ms).max() else { return };
        let last_segment = segment(furthest) as usize;
        if self.segment_steps.len() < last_segment + 2 {
            self.segment_steps.resize(last_segment + 2, Segment::default());
            self.second_steps.resize((last_segment + 2) * SEGMENT_S as usize, (0, 0));
        }
        viewings.sort_unstable_by_key(|viewing| viewing.start_ms);
        for viewing in viewings.iter() {
            self.segment_steps[segment(viewing.start_ms) as usize].views += 1;
            self.segment_steps[segment(viewing.end_ms) as usize + 1].views -= 1;
            self.second_steps[second(viewing.start_ms)].0 += 1;
            self.second_steps[second(viewing.end_ms) + 1].0 -= 1;
        }
        stretches(
            viewings,
            |ms| segment(ms) as usize,
            |from, to| {
                self.segment_steps[from].viewers += 1;
                self.segment_steps[to + 1].viewers -= 1;
                // Whoever is still watching has not shown yet whether he leaves in the furthest segment.
                let known = if idle || completed || to < last_segment { to + 1 } else { to };
                self.segment_steps[from].entered += 1;
                self.segment_steps[known].entered -= 1;
            },
        );
        stretches(viewings, second, |from, to| {
            self.second_steps[from].1 += 1;
            self.second_steps[to + 1].1 -= 1;
        });
        self.segment_steps[last_segment].dropped += i64::from(idle && !completed);
    }

    /// The counts of every segment that anybody played.
    fn segments(&self) -> Vec<(u32, Segment)> {
        let mut sum = Segment::default();
        let mut seconds = (0, 0);
        let mut segments = Vec::new();
        for (number, step) in self.segment_steps.iter().enumerate() {
            sum.views += step.views;
            sum.viewers += step.viewers;
            sum.entered += step.entered;
            let mut counts = Segment { dropped: step.dropped, seconds: 0, seconds_distinct: 0, ..sum };
            for step in &self.second_steps[number * SEGMENT_S as usize..(number + 1) * SEGMENT_S as usize] {
                seconds = (seconds.0 + step.0, seconds.1 + step.1);
                counts.seconds += seconds.0;
                counts.seconds_distinct += seconds.1;
            }
            if counts.views > 0 {
                segments.push((number as u32, counts));
            }
        }
        segments
    }
}

fn segment(ms: u32) -> u32 {
    ms / 1000 / SEGMENT_S
}

fn second(ms: u32) -> usize {
    (ms / 1000) as usize
}

/// The stretches that viewings sorted by start cover, overlapping ones joined, in the given unit; both ends belong to them.
fn stretches(viewings: &[Viewing], unit: impl Fn(u32) -> usize, mut each: impl FnMut(usize, usize)) {
    let mut open: Option<(usize, usize)> = None;
    for viewing in viewings {
        let (start, end) = (unit(viewing.start_ms), unit(viewing.end_ms));
        open = match open {
            Some((from, to)) if start <= to => Some((from, to.max(end))),
            Some((from, to)) => {
                each(from, to);
                Some((start, end))
            }
            None => Some((start, end)),
        };
    }
    if let Some((from, to)) = open {
        each(from, to);
    }
}

fn quality_row(view: &View<'_>, name: &str, content: usize, length_ms: u32, totals: &Totals, segments: &[(u32, Segment)], rows: &mut Rows) {
    let course = view.course;
    let words = &course.names.words;
    let outlined = view.places.content(name);
    let facts = course.contents.get(content);
    let content_type =
        outlined.and_then(|entry| entry.content_type.as_deref()).or_else(|| facts.and_then(|facts| facts.content_type.get()).map(|number| words.text(*number)));
    let version =
        facts.and_then(|facts| facts.version.get()).map(|number| words.text(*number)).or_else(|| outlined.and_then(|entry| entry.content_version.as_deref()));
    let can_complete = facts.is_some_and(|facts| facts.completed_by_event) || (length_ms > 0 && !segments.is_empty());
    let completion = if can_complete { rate(totals.completed, totals.started) } else { [Cell::Null; 3] };
    let (seconds, distinct) = segments.iter().fold((0, 0), |(seconds, distinct), (_, counts)| (seconds + counts.seconds, distinct + counts.seconds_distinct));
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

/// Rates by their counts. Segments of a course are many and their counts small, so the same rates come again and again.
type Rates = HashMap<(i64, i64), [Cell<'static>; 3]>;

fn segment_rows(view: &View<'_>, name: &str, segments: &[(u32, Segment)], rates: &mut Rates, rows: &mut Rows) {
    for (number, counts) in segments {
        let [drop, lo, hi] = *rates.entry((counts.dropped, counts.entered)).or_insert_with(|| rate(counts.dropped as u64, counts.entered as u64));
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
