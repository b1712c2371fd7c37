//! The rules of others about spans: twice the recording's mean, and p-values of the hypothesis of V-01.

use super::super::discovery::{Entity, Family, Part};
use super::super::intervals::binomial_upper_tail;
use super::{Flagged, Flags, LEARNERS_MIN, LEVEL, TESTED_LEARNERS_MIN, Tested};
use std::collections::{BTreeMap, BTreeSet};
use teachback_core::decide::Told;
use teachback_core::evidence::{SPANS_MAX, SpanCell};
use teachback_core::time::Day;

/// The drop-off rule: more than this multiple of the recording's mean leave.
const MEAN_MULTIPLE: f64 = 2.0;
/// H0 of V-01: at most this multiple of what is expected leave.
const MARGIN_MULTIPLE: f64 = 1.5;

/// Learners who entered and who left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Leaving {
    entered: u64,
    dropped: u64,
}

impl Leaving {
    fn add(&mut self, other: Self) {
        self.entered += other.entered;
        self.dropped += other.dropped;
    }

    fn rate(self) -> f64 {
        self.dropped as f64 / self.entered.max(1) as f64
    }
}

/// A recording by course and content.
type Recording<'a> = (&'a str, &'a str);
type Spans = [Leaving; SPANS_MAX as usize];

/// What each rule ever flagged.
pub(super) fn flagged(told: &[Told]) -> Vec<Flagged<'_>> {
    let mut days: BTreeMap<Day, Vec<(&str, &SpanCell)>> = BTreeMap::new();
    for course in told.iter().flat_map(|told| &told.courses) {
        for cell in course.spans.iter().filter(|cell| cell.span < SPANS_MAX) {
            days.entry(cell.day).or_default().push((&course.course, cell));
        }
    }
    let [mut drop_off, mut p_value, mut bh] = ["drop-off × 2, n ≥ 30", "p < 0.05 daily, spans", "BH daily, spans"].map(|name| Flags::new(name, Family::Spans));
    let mut recordings: BTreeMap<Recording<'_>, Spans> = BTreeMap::new();
    // Leaving in first spans, and in all others, of every recording.
    let mut classes = [Leaving::default(); 2];
    let mut tested = Tested::new();
    for (day, cells) in days {
        let mut changed: BTreeSet<Recording<'_>> = BTreeSet::new();
        for (course, cell) in cells {
            let leaving = Leaving { entered: u64::from(cell.entered), dropped: u64::from(cell.dropped) };
            recordings.entry((course, &cell.content)).or_default()[cell.span as usize].add(leaving);
            classes[class(cell.span as usize)].add(leaving);
            changed.insert((course, &cell.content));
        }
        let usual = classes.map(Leaving::rate);
        for (course, content) in changed {
            let Some(spans) = recordings.get(&(course, content)) else { continue };
            let mut all = Leaving::default();
            spans.iter().for_each(|span| all.add(*span));
            for (place, span) in spans.iter().enumerate() {
                let entity = Entity { course, part: Part::Span { content, span: place as u32 } };
                if span.entered >= LEARNERS_MIN && span.rate() > MEAN_MULTIPLE * all.rate() {
                    drop_off.raise(entity, day);
                }
                let Some(p) = p_not_worse(spans, place, usual) else { continue };
                tested.set(entity, p);
                if p < LEVEL {
                    p_value.raise(entity, day);
                }
            }
        }
        tested.rejected().into_iter().for_each(|entity| bh.raise(entity, day));
    }
    [drop_off, p_value, bh].map(Flags::into_flagged).into()
}

/// More leave in first spans everywhere.
fn class(span: usize) -> usize {
    usize::from(span > 0)
}

/// Exact one-sided p-value of: at most 1.5 times as many leave in a span as expected. Expected is what is usual in such a span,
/// times the level of the recording's other spans.
fn p_not_worse(spans: &Spans, place: usize, usual: [f64; 2]) -> Option<f64> {
    let span = spans[place];
    let others = || spans.iter().enumerate().filter(|(other, _)| *other != place);
    let dropped: u64 = others().map(|(_, other)| other.dropped).sum();
    let expected: f64 = others().map(|(other, leaving)| leaving.entered as f64 * usual[class(other)]).sum();
    let tested = span.entered >= TESTED_LEARNERS_MIN && expected > 0.0 && dropped > 0;
    let margin = MARGIN_MULTIPLE * usual[class(place)] * dropped as f64 / expected;
    tested.then(|| binomial_upper_tail(span.dropped, span.entered, margin.min(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_held_against_the_level_of_the_others() {
        let mut spans = Spans::default();
        let leaving = |entered, dropped| Leaving { entered, dropped };
        spans[0] = leaving(100, 16);
        spans[1] = leaving(100, 10);
        spans[2] = leaving(60, 30);
        // Usual: 8 % in first spans, 5 % in others. The two others lost 26 where 13 are usual: level 2, so 10 % are expected.
        let p = p_not_worse(&spans, 2, [0.08, 0.05]).unwrap();
        assert!((p - binomial_upper_tail(30, 60, 0.15)).abs() < 1e-15, "{p}");
        // The first: 46 where 8 are usual… (100 and 60 of the others at 5 %): 8 % × 40/8, times 1.5.
        let p = p_not_worse(&spans, 0, [0.08, 0.05]).unwrap();
        assert!((p - binomial_upper_tail(16, 100, 0.6)).abs() < 1e-15, "{p}");
    }

    #[test]
    fn without_others_or_learners_nothing_is_tested() {
        let mut spans = Spans::default();
        spans[1] = Leaving { entered: 100, dropped: 50 };
        assert_eq!(p_not_worse(&spans, 1, [0.08, 0.05]), None);
        assert_eq!(p_not_worse(&spans, 2, [0.08, 0.05]), None);
    }
}
