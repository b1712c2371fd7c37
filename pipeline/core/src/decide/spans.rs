//! V-01: a span of a recording where more learners leave than spans of that position lose in such a recording.
//!
//! ```text
//! expected = hazard of the position class      × level of the recording
//!            (first, middle, last: all other     (leavers in its other spans / those expected there,
//!             recordings, shrunk to version 0)    shrunk by 10 leavers)
//! H0: hazard <= 1.5 × expected
//! ```
//! Nothing is judged without five comparable spans: other spans of the recording, or spans of the class in the course.

use super::book::{Book, Cells, Facts, SpanTarget};
use super::life::{Finding, Life, raised};
use super::margins::{COMPARABLE_LEARNERS_MIN, COMPARABLE_MIN, LAG_DAYS, OWN_LEVEL_LEAVERS, PRIOR_LEARNERS, SPAN, SPAN_HAZARD};
use super::rate::{self, Rate, RateTarget, settle};
use super::signal::{Code, Signal, State};
use super::words;
use crate::time::Day;
use std::collections::BTreeMap;

/// Position classes: first, middle, last.
const CLASSES: usize = 3;

/// Learners who entered, and those of them who left.
#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    entered: u64,
    dropped: u64,
}

impl Counts {
    fn add(&mut self, entered: u32, dropped: u32) {
        self.entered += u64::from(entered);
        self.dropped += u64::from(dropped);
    }

    fn is_comparable(self) -> bool {
        self.entered >= COMPARABLE_LEARNERS_MIN
    }
}

/// The family of all spans, and what their baselines rest on.
#[derive(Debug)]
pub(super) struct Spans<'a> {
    spans: Vec<Span<'a>>,
    recordings: Vec<Recording>,
    platform: [Counts; CLASSES],
    /// Comparable spans of each course.
    comparable: Vec<[u32; CLASSES]>,
}

#[derive(Debug)]
struct Span<'a> {
    target: SpanTarget<'a>,
    class: usize,
    recording: usize,
    life: Life,
    rate: Rate,
    /// Leavers by 5-second segment, of this generation.
    segments: BTreeMap<u32, u64>,
    length_ms: u32,
    /// All that was ever told, whatever the generation: what others are compared with.
    counts: Counts,
}

#[derive(Debug, Default)]
struct Recording {
    counts: [Counts; CLASSES],
    comparable: [u32; CLASSES],
}

impl<'a> Spans<'a> {
    pub(super) fn new(book: &Book<'a>) -> Self {
        let mut numbers: BTreeMap<(usize, &str, u32), usize> = BTreeMap::new();
        let spans: Vec<Span<'a>> = book
            .spans
            .iter()
            .map(|target| {
                let next = numbers.len();
                let recording = *numbers.entry((target.course, target.content, target.spans)).or_insert(next);
                let (life, rate, segments) = Default::default();
                Span { target: *target, class: class(target), recording, life, rate, segments, length_ms: 0, counts: Counts::default() }
            })
            .collect();
        let recordings = numbers.iter().map(|_| Recording::default()).collect();
        Self { spans, recordings, platform: Default::default(), comparable: vec![[0; CLASSES]; book.courses.len()] }
    }

    /// Judges one decision day.
    pub(super) fn judge(&mut self, day: Day, cells: &Cells<'a>, book: &Book<'a>) {
        if cells.spans.is_empty() {
            return;
        }
        let baselines: Vec<Option<f64>> = cells.spans.iter().map(|(span, _)| self.baseline(*span)).collect();
        let mut changed = Vec::new();
        for ((number, cell), baseline) in cells.spans.iter().zip(baselines) {
            let span = &mut self.spans[*number];
            if let Some(baseline) = baseline {
                span.rate.observe(cell.entered, cell.dropped, baseline, &SPAN);
                span.length_ms = cell.length_ms;
                for (segment, leavers) in &cell.segments {
                    *span.segments.entry(*segment).or_default() += u64::from(*leavers);
                }
                span.life.judge(span.rate.ln_e(&SPAN), day, day.plus(-LAG_DAYS));
                changed.push(*number);
            }
            let was_comparable = span.counts.is_comparable();
            let recording = &mut self.recordings[span.recording];
            for counts in [&mut span.counts, &mut recording.counts[span.class], &mut self.platform[span.class]] {
                counts.add(cell.entered, cell.dropped);
            }
            if !was_comparable && span.counts.is_comparable() {
                recording.comparable[span.class] += 1;
                self.comparable[span.target.course][span.class] += 1;
            }
        }
        let (raised, hypotheses) = raised(self.spans.iter().map(|span| &span.life));
        settle(&mut self.spans, &changed, &raised, hypotheses, day, book);
    }

    /// The hazard to expect in a span, from what was judged before; `None` where there is too little to compare with.
    fn baseline(&self, number: usize) -> Option<f64> {
        let span = &self.spans[number];
        let recording = &self.recordings[span.recording];
        let of_recording = recording.comparable.iter().sum::<u32>() - u32::from(span.counts.is_comparable());
        let of_class = self.comparable[span.target.course][span.class] - recording.comparable[span.class];
        if of_recording + of_class < COMPARABLE_MIN {
            return None;
        }
        let hazard = |class: usize| {
            let (all, own) = (self.platform[class], recording.counts[class]);
            let (entered, dropped) = (all.entered - own.entered, all.dropped - own.dropped);
            (dropped as f64 + PRIOR_LEARNERS * SPAN_HAZARD[class]) / (entered as f64 + PRIOR_LEARNERS)
        };
        let (mut dropped, mut expected) = (OWN_LEVEL_LEAVERS, OWN_LEVEL_LEAVERS);
        for (class, counts) in recording.counts.iter().enumerate() {
            let own = if class == span.class { span.counts } else { Counts::default() };
            dropped += (counts.dropped - own.dropped) as f64;
            expected += (counts.entered - own.entered) as f64 * hazard(class);
        }
        Some(hazard(span.class) * dropped / expected)
    }

    /// All that is to be said.
    pub(super) fn signals(&self, book: &Book<'a>) -> Vec<Signal> {
        rate::signals(&self.spans, book)
    }
}

fn class(target: &SpanTarget<'_>) -> usize {
    match target.span {
        0 => 0,
        span if span + 1 == target.spans => 2,
        _ => 1,
    }
}

impl RateTarget for Span<'_> {
    fn parts(&mut self) -> (&mut Life, &mut Rate) {
        (&mut self.life, &mut self.rate)
    }

    fn life(&self) -> &Life {
        &self.life
    }

    fn course(&self) -> usize {
        self.target.course
    }

    fn signal(&self, facts: &Facts<'_>, state: State) -> Signal {
        let SpanTarget { content, spans, span, .. } = self.target;
        let second = |span: u32| u64::from(self.length_ms) * u64::from(span) / u64::from(spans.max(1)) / 1000;
        // The earliest of equal peaks.
        let peak = self.segments.iter().max_by_key(|(segment, leavers)| (**leavers, std::cmp::Reverse(**segment))).map(|(segment, _)| *segment);
        let (estimate, interval) = self.rate.share();
        let finding = Finding {
            n_learners: self.rate.n,
            estimate,
            interval: (interval.lo, interval.hi),
            baseline: self.rate.baseline,
            words: words::segment_drop(facts.content_name(content), (second(span), second(span + 1)), peak, &self.rate, &self.life),
            content: Some(content.to_owned()),
            content_version: facts.version(content).map(str::to_owned),
            segment: peak,
            span: Some(format!("{span}/{spans}")),
            module: facts.module_of_content(content).map(str::to_owned),
            ..Finding::default()
        };
        self.life.signal(facts, Code::SegmentDrop, state, finding)
    }

    fn forget(&mut self) {
        self.segments.clear();
    }
}
