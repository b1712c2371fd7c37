//! The family of spans: first sittings at recordings, in ten parts each, and what to expect of a part.
//!
//! ```text
//! expected = hazard of the position class and stratum × level of the recording
//!            (first, middle, last: all other             (leavers in its other spans / those expected there,
//!             recordings, shrunk to version 0)            shrunk by 10 leavers)
//! ```
//! Nothing is judged without five comparable spans: other spans of the recording, or spans of the class in the course.
//! A new version of the recording is another recording; sittings on the day it came out are left out.

use super::agenda::{Passage, SpanKey, Targets};
use super::around::Around;
use super::catalogue::Catalogue;
use super::family::{Family, raise};
use super::life::{About, Lack, Life};
use super::margins::{Baselines, COMPARABLE_LEARNERS_MIN, COMPARABLE_MIN, OWN_LEVEL_LEAVERS, PRIOR_LEARNERS, STRATUM_LEARNERS};
use super::pool::{Pool, ratios};
use super::rate::{self, Baseline, Rate, RateTarget, Unjudged, settle};
use super::rules::segment_drop;
use super::signal::{Signal, State};
use super::strata::{ByStratum, Counts};
use crate::statistics::eprocess::Side;
use crate::time::Day;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Position classes: first, middle, last.
const CLASSES: usize = 3;

/// The family of all spans, and what their baselines rest on.
#[derive(Debug)]
pub(super) struct Spans {
    spans: Vec<Span>,
    recordings: Vec<Recording>,
    /// Number of the recording of a course, content and number of spans.
    numbers: BTreeMap<(Arc<str>, Arc<str>, u32), usize>,
    platform: [ByStratum; CLASSES],
    /// Comparable spans of each course.
    comparable: Vec<[u32; CLASSES]>,
    pool: Option<Pool>,
}

/// One span.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) key: SpanKey,
    course: u32,
    class: usize,
    recording: usize,
    pub(super) life: Life,
    pub(super) rate: Rate,
    /// Revisions of the recording before the present hypothesis, and the version's day.
    revisions: usize,
    pub(super) evidence_day: Day,
    /// Leavers by 5-second segment, of this generation.
    pub(super) segments: BTreeMap<u32, u64>,
    /// Learners who played it twice or sought back from it, of this generation.
    pub(super) returned: u64,
    pub(super) length_ms: u32,
    /// All that was ever told of this version, whatever the generation: what others are compared with.
    counts: ByStratum,
    pub(super) unjudged: Unjudged,
}

/// The hazard of all learners, and of those of each stratum in order of its name.
type ClassHazard = (f64, Vec<(Arc<str>, f64)>);

/// What is usual in recordings other than one, and what is known of that one.
#[derive(Debug)]
struct Usual {
    classes: [ClassHazard; CLASSES],
    /// By class and stratum: the recording's learners, and the hazard that is usual for them.
    of_recording: Vec<(usize, Arc<str>, Counts, f64)>,
}

impl Usual {
    fn hazard(&self, class: usize, stratum: &str) -> f64 {
        let (crude, strata) = &self.classes[class];
        strata.binary_search_by(|(known, _)| (**known).cmp(stratum)).map_or(*crude, |place| strata[place].1)
    }
}

#[derive(Debug, Default)]
struct Recording {
    counts: [ByStratum; CLASSES],
    comparable: [u32; CLASSES],
}

impl Default for Spans {
    fn default() -> Self {
        let pool = Pool::new(Side::Upper, segment_drop::MARGIN.multiple, &ratios(0.1, 20.0, 72));
        Self { spans: Vec::new(), recordings: Vec::new(), numbers: BTreeMap::new(), platform: Default::default(), comparable: Vec::new(), pool }
    }
}

impl Spans {
    /// Judges one decision day.
    pub(super) fn judge(&mut self, day: Day, mut cells: Vec<(u32, Passage)>, targets: &Targets<SpanKey>, catalogue: &Catalogue, baselines: &Baselines) {
        if cells.is_empty() {
            return;
        }
        cells.sort_by(|(left, one), (right, other)| (left, one.day, &one.stratum).cmp(&(right, other.day, &other.stratum)));
        self.grow(targets, catalogue);
        let refitted = self.refit(day, targets, catalogue);
        cells.retain(|(number, cell)| self.spans[*number as usize].take_version(cell, day, catalogue));
        let mut usual: BTreeMap<usize, Usual> = BTreeMap::new();
        for (number, _) in &cells {
            let recording = self.spans[*number as usize].recording;
            usual.entry(recording).or_insert_with(|| self.usual(recording, baselines));
        }
        let expected: Vec<Option<Baseline>> =
            cells.iter().map(|(number, cell)| self.baseline(*number as usize, &cell.stratum, &usual[&self.spans[*number as usize].recording])).collect();
        let mut changed = Vec::new();
        for ((number, cell), expected) in cells.iter().zip(expected) {
            self.spans[*number as usize].observe(cell, day, expected);
            changed.push(*number);
            self.count(*number as usize, cell);
        }
        changed.dedup();
        let pool = self.pool.as_ref();
        for number in &changed {
            let span = &mut self.spans[*number as usize];
            let evidence_day = span.evidence_day;
            span.unjudged.usual = baselines.span_hazard[span.class];
            if span.rate.lacks_baseline(&span.unjudged, &segment_drop::MARGIN) {
                span.life.hint(Lack::Baseline, day, evidence_day);
            } else {
                span.weigh(&segment_drop::MARGIN, pool, day, evidence_day);
            }
        }
        if refitted {
            self.spans.iter_mut().for_each(|span| span.life.judge(pool));
        }
        let raised = raise(Family::Spans, self.spans.iter().enumerate().map(|(number, span)| (number as u32, &span.life, 1.0)));
        settle(&mut self.spans, &changed, &raised, day, |number| Arc::clone(catalogue.course(targets.course(number), day)));
    }

    fn grow(&mut self, targets: &Targets<SpanKey>, catalogue: &Catalogue) {
        self.comparable.resize(catalogue.len(), [0; CLASSES]);
        for number in self.spans.len()..targets.len() {
            let (course, content, spans, span) = targets.key(number as u32);
            let next = self.recordings.len();
            let recording = *self.numbers.entry((Arc::clone(course), Arc::clone(content), *spans)).or_insert(next);
            if recording == next {
                self.recordings.push(Recording::default());
            }
            self.spans.push(Span {
                key: targets.key(number as u32).clone(),
                course: targets.course(number as u32),
                class: class(*span, *spans),
                recording,
                life: Life::default(),
                rate: Rate::default(),
                revisions: 0,
                evidence_day: Day::default(),
                segments: BTreeMap::new(),
                returned: 0,
                length_ms: 0,
                counts: ByStratum::default(),
                unjudged: Unjudged::default(),
            });
        }
    }

    fn refit(&mut self, day: Day, targets: &Targets<SpanKey>, catalogue: &Catalogue) -> bool {
        let Some(pool) = &mut self.pool else { return false };
        let lives = targets.in_order().filter_map(|number| self.spans.get(number as usize)).map(|span| (span.course, &span.life));
        pool.learn(lives, |course| catalogue.provider_number(course, day))
    }

    fn count(&mut self, number: usize, cell: &Passage) {
        let counts = Counts { n: u64::from(cell.entered), events: u64::from(cell.dropped) };
        let span = &mut self.spans[number];
        let was_comparable = is_comparable(&span.counts);
        let recording = &mut self.recordings[span.recording];
        for by_stratum in [&mut span.counts, &mut recording.counts[span.class], &mut self.platform[span.class]] {
            by_stratum.add(&cell.stratum, counts);
        }
        if !was_comparable && is_comparable(&span.counts) {
            recording.comparable[span.class] += 1;
            self.comparable[span.course as usize][span.class] += 1;
        }
    }

    /// What is usual in other recordings, from what was judged before.
    fn usual(&self, recording: usize, baselines: &Baselines) -> Usual {
        let own = &self.recordings[recording].counts;
        let class = |class: usize| {
            let crude = self.platform[class].all().without(own[class].all()).share(baselines.span_hazard[class], PRIOR_LEARNERS);
            let hazard = |(stratum, all): (&Arc<str>, Counts)| (Arc::clone(stratum), all.without(own[class].of(stratum)).share(crude, STRATUM_LEARNERS));
            (crude, self.platform[class].iter().map(hazard).collect())
        };
        let mut usual = Usual { classes: [0, 1, 2].map(class), of_recording: Vec::new() };
        for (class, counts) in own.iter().enumerate() {
            for (stratum, counts) in counts.iter() {
                usual.of_recording.push((class, Arc::clone(stratum), counts, usual.hazard(class, stratum)));
            }
        }
        usual
    }

    /// The hazard to expect in a span; `None` where there is too little to compare with.
    fn baseline(&self, number: usize, stratum: &str, usual: &Usual) -> Option<Baseline> {
        let span = &self.spans[number];
        let recording = &self.recordings[span.recording];
        let of_recording = recording.comparable.iter().sum::<u32>() - u32::from(is_comparable(&span.counts));
        let of_class = self.comparable[span.course as usize][span.class] - recording.comparable[span.class];
        if of_recording + of_class < COMPARABLE_MIN {
            return None;
        }
        let mut level = (OWN_LEVEL_LEAVERS, OWN_LEVEL_LEAVERS);
        let mut crude_level = level;
        for (class, known, counts, hazard) in &usual.of_recording {
            let own = if *class == span.class { span.counts.of(known) } else { Counts::default() };
            let others = counts.without(own);
            level.0 += others.events as f64;
            level.1 += others.n as f64 * hazard;
            crude_level.0 += others.events as f64;
            crude_level.1 += others.n as f64 * usual.classes[*class].0;
        }
        let share = usual.hazard(span.class, stratum) * level.0 / level.1;
        Some(Baseline { share, crude: usual.classes[span.class].0 * crude_level.0 / crude_level.1 })
    }

    /// Ends what has gone stale by a day.
    pub(super) fn expire(&mut self, day: Day, targets: &Targets<SpanKey>, catalogue: &Catalogue) {
        rate::expire(&mut self.spans, day, |number, day| Arc::clone(catalogue.course(targets.course(number), day)));
    }

    /// All that is to be said.
    pub(super) fn signals(&self, day: Day, targets: &Targets<SpanKey>, catalogue: &Catalogue, around: Around<'_>) -> Vec<Signal> {
        rate::signals(&self.spans, |number| Arc::clone(catalogue.course(targets.course(number), day)), around)
    }

    /// A span that has a signal open, in words.
    pub(super) fn open_words(&self, number: u32, about: &About) -> Option<String> {
        self.spans.get(number as usize).filter(|span| span.life.is_open()).map(|span| segment_drop::words(span, about))
    }
}

fn is_comparable(counts: &ByStratum) -> bool {
    counts.all().n >= COMPARABLE_LEARNERS_MIN
}

fn class(span: u32, spans: u32) -> usize {
    match span {
        0 => 0,
        span if span + 1 == spans => 2,
        _ => 1,
    }
}

impl Span {
    /// Notes which version a cell is about, and whether it is to be counted at all.
    fn take_version(&mut self, cell: &Passage, day: Day, catalogue: &Catalogue) -> bool {
        let about = Arc::clone(catalogue.course(self.course, day));
        let (mut revisions, mut is_mixed) = (0, false);
        for revised in about.content_revisions(&self.key.1).take_while(|revised| *revised <= cell.day) {
            revisions += 1;
            is_mixed = revised == cell.day;
        }
        if revisions != self.revisions {
            if self.life.is_open() {
                self.end(&about, State::Superseded, day);
            }
            self.life.begin_version();
            (self.rate, self.revisions, self.unjudged) = (Rate::default(), revisions, Unjudged::default());
            self.forget();
        }
        !is_mixed
    }

    fn observe(&mut self, cell: &Passage, day: Day, expected: Option<Baseline>) {
        self.length_ms = cell.length_ms;
        self.evidence_day = self.evidence_day.max(cell.day);
        let Some(expected) = expected else {
            self.unjudged.counts.add(Counts { n: u64::from(cell.entered), events: u64::from(cell.dropped) });
            return;
        };
        self.rate.observe(day, u64::from(cell.entered), u64::from(cell.dropped), expected, &segment_drop::MARGIN);
        self.returned += u64::from(cell.replayed.max(cell.sought_back));
        for (segment, leavers) in &cell.segments {
            *self.segments.entry(*segment).or_default() += u64::from(*leavers);
        }
    }
}

impl RateTarget for Span {
    fn parts(&mut self) -> (&mut Life, &mut Rate) {
        (&mut self.life, &mut self.rate)
    }

    fn life(&self) -> &Life {
        &self.life
    }

    fn signal(&self, about: &About, around: Around<'_>, state: State) -> Signal {
        segment_drop::signal(self, about, around, state)
    }

    fn forget(&mut self) {
        self.segments.clear();
        self.returned = 0;
    }
}
