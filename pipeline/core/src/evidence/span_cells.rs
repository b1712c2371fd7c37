//! Spans: what learners did in each part of a recording in their first sitting.
//!
//! Beside where they left stand the co-signals of why: played again, sought back, sought over, paused. They are read from the
//! points of the first sitting, which are settled only once they have been told.

use super::due::DueSitting;
use super::strata::{Stratum, StratumNames};
use super::{SPAN_S_MIN, SPANS_MAX, SpanCell};
use crate::course::Course;
use crate::course::learner::ContentState;
use crate::course::playback::{Action, Viewing};
use crate::seal::{Places, SEGMENT_S, complete_end_s};
use crate::time::{Day, EventTime};
use std::collections::BTreeMap;

/// Less than this played twice is the rounding of a player that goes on after a pause, and no replay.
const REPLAY_MS_MIN: u32 = 1000;

/// Spans of a recording; 0 when its length is unknown.
#[must_use]
pub fn spans(length_ms: u32) -> u32 {
    if length_ms == 0 { 0 } else { (length_ms / 1000 / SPAN_S_MIN).clamp(1, SPANS_MAX) }
}

/// How a recording is cut into spans.
#[derive(Debug, Clone, Copy)]
struct Cut {
    length_ms: u32,
    spans: u32,
}

impl Cut {
    /// The span of a position; the last one for whatever lies behind the end.
    fn span(self, ms: u32) -> u32 {
        (u64::from(ms) * u64::from(self.spans) / u64::from(self.length_ms)).min(u64::from(self.spans) - 1) as u32
    }

    /// All spans that a stretch touches, from its first to its last millisecond.
    fn touched(self, from_ms: u32, to_ms: u32) -> SpanSet {
        (self.span(from_ms)..=self.span(to_ms)).fold(SpanSet::default(), SpanSet::with)
    }

    /// All spans that lie within a stretch as a whole.
    fn within(self, from_ms: u32, to_ms: u32) -> SpanSet {
        let start = |span: u32| u64::from(span) * u64::from(self.length_ms);
        let reaches = |span: &u32| start(*span) >= u64::from(from_ms) * u64::from(self.spans) && start(*span + 1) <= u64::from(to_ms) * u64::from(self.spans);
        (0..self.spans).filter(reaches).fold(SpanSet::default(), SpanSet::with)
    }
}

/// Some of the spans of a recording, a bit each; there are at most [`SPANS_MAX`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct SpanSet(u16);

impl SpanSet {
    fn with(self, span: u32) -> Self {
        Self(self.0 | 1 << span)
    }

    fn and(&mut self, other: Self) {
        self.0 |= other.0;
    }

    fn has(self, span: u32) -> bool {
        self.0 >> span & 1 == 1
    }
}

/// What one learner did in a first sitting.
#[derive(Debug, Clone, Copy, Default)]
struct Sitting {
    entered: SpanSet,
    replayed: SpanSet,
    sought_back: SpanSet,
    skipped: SpanSet,
    paused: SpanSet,
    /// Where the learner left for good, milliseconds.
    left_at_ms: Option<u32>,
}

impl Sitting {
    /// Reads a first sitting that ended at `end`; `None` when nothing was played in it. `viewings` is room to work in.
    fn read(state: &ContentState, cut: Cut, end: EventTime, viewings: &mut Vec<Viewing>) -> Option<Self> {
        let playback = state.playback.as_ref()?;
        viewings.clear();
        playback.viewings(cut.length_ms, |viewing| viewings.extend((viewing.ended <= end).then_some(viewing)));
        viewings.sort_unstable_by_key(|viewing| (viewing.start_ms, viewing.end_ms));
        let mut sitting = Self::default();
        let mut furthest = None::<u32>;
        for viewing in viewings.iter() {
            sitting.entered.and(cut.touched(viewing.start_ms, viewing.end_ms));
            let again_to = furthest.map_or(0, |furthest| furthest.min(viewing.end_ms));
            if again_to >= viewing.start_ms.saturating_add(REPLAY_MS_MIN) {
                sitting.replayed.and(cut.touched(viewing.start_ms, again_to - 1));
            }
            furthest = furthest.max(Some(viewing.end_ms));
        }
        let furthest = furthest?;
        for point in playback.points_through(end) {
            match point.action {
                Action::Pause => sitting.paused = sitting.paused.with(cut.span(point.at_ms)),
                Action::Seek if point.to_ms < point.at_ms => sitting.sought_back = sitting.sought_back.with(cut.span(point.at_ms)),
                Action::Seek => sitting.skipped.and(cut.within(point.at_ms, point.to_ms)),
                Action::Play | Action::Progress | Action::End => {}
            }
        }
        let seen_to_end =
            state.completed.is_some_and(|completed| completed <= end) || complete_end_s(cut.length_ms).is_some_and(|complete| furthest / 1000 >= complete);
        sitting.left_at_ms = (!seen_to_end).then_some(furthest);
        Some(sitting)
    }
}

/// Counts of learners in one span.
#[derive(Debug, Clone, Default)]
struct Counts {
    entered: u32,
    dropped: u32,
    replayed: u32,
    sought_back: u32,
    skipped: u32,
    paused: u32,
    segments: BTreeMap<u32, u32>,
}

impl Counts {
    fn add(&mut self, sitting: &Sitting, span: u32, cut: Cut) {
        self.entered += u32::from(sitting.entered.has(span));
        self.replayed += u32::from(sitting.replayed.has(span));
        self.sought_back += u32::from(sitting.sought_back.has(span));
        self.skipped += u32::from(sitting.skipped.has(span));
        self.paused += u32::from(sitting.paused.has(span));
        if let Some(left_at) = sitting.left_at_ms.filter(|left_at| cut.span(*left_at) == span) {
            self.dropped += 1;
            *self.segments.entry(left_at / 1000 / SEGMENT_S).or_default() += 1;
        }
    }
}

impl Course {
    pub(super) fn span_cells(&self, placing: &Places<'_>, due: &[DueSitting]) -> Vec<SpanCell> {
        let lengths = placing.lengths_ms(self);
        let mut counted: BTreeMap<(Day, Stratum, u32, u32), Counts> = BTreeMap::new();
        let mut viewings = Vec::new();
        for sitting in due {
            let DueSitting { learner, place, end } = *sitting;
            let learner = &self.learners[learner];
            let (content, state) = &learner.contents[place];
            let length_ms = lengths[*content as usize];
            let cut = Cut { length_ms, spans: spans(length_ms) };
            if cut.spans == 0 {
                continue;
            }
            let day = sitting.day();
            let Some(sitting) = Sitting::read(state, cut, end, &mut viewings) else { continue };
            let stratum = Stratum::of(self, learner, day, day);
            let met = [sitting.entered, sitting.sought_back, sitting.skipped, sitting.paused];
            for span in (0..cut.spans).filter(|span| met.iter().any(|spans| spans.has(*span))) {
                counted.entry((day, stratum, *content, span)).or_default().add(&sitting, span, cut);
            }
        }
        let strata = StratumNames::new(self, counted.keys().map(|(_, stratum, _, _)| *stratum));
        let mut cells: Vec<SpanCell> = counted
            .into_iter()
            .map(|((day, stratum, content, span), counts)| {
                let length_ms = lengths[content as usize];
                SpanCell {
                    day,
                    stratum: strata.get(stratum).to_owned(),
                    content: self.names.contents.text(content).to_owned(),
                    spans: spans(length_ms),
                    length_ms,
                    span,
                    entered: counts.entered,
                    dropped: counts.dropped,
                    replayed: counts.replayed,
                    sought_back: counts.sought_back,
                    skipped: counts.skipped,
                    paused: counts.paused,
                    segments: counts.segments.into_iter().collect(),
                }
            })
            .collect();
        cells.sort_unstable();
        cells
    }
}
