//! `assessment_quality`: the distribution and reliability of each assessment's totals, after Moodle's quiz statistics.

use super::items::{ASYMPTOTIC_N_MIN, MEAN_TAU};
use super::{ASSESSMENT_IDLE, INTERVAL_ALPHA, View, bounds};
use crate::course::learner::{Learner, MARK_SCALE};
use crate::statistics::interval::{Interval, normal_mixture_confidence_sequence};
use crate::statistics::item_analysis::{assessment_statistics, sample_variance};
use crate::table::{Cell, Rows, contracts};
use crate::time::EventTime;
use std::collections::BTreeMap;

/// One assessment over the learners who finished it.
#[derive(Debug, Default)]
struct Tally<'a> {
    /// Highest mark of each item, in millionths.
    items: BTreeMap<&'a str, i64>,
    submitted: u64,
    /// A learner's marks by item, first and last attempts.
    first: Vec<BTreeMap<&'a str, f64>>,
    last: Vec<BTreeMap<&'a str, f64>>,
    /// Marks of the whole as fractions, first and last, for assessments without items.
    graded_first: Vec<f64>,
    graded_last: Vec<f64>,
}

/// One learner's part in one assessment.
#[derive(Debug, Default)]
struct Part<'a> {
    first: BTreeMap<&'a str, f64>,
    last: BTreeMap<&'a str, f64>,
    last_answer: Option<EventTime>,
    handed_in: bool,
    graded: Option<(f64, f64)>,
}

pub(super) fn rows(view: &View<'_>) -> Rows {
    let course = view.course;
    let mut tallies: BTreeMap<&str, Tally<'_>> = BTreeMap::new();
    let named: Vec<(&str, &str)> = course.names.items.iter().map(|(item, _)| view.places.assessment_of(course, item)).collect();
    for (item, state) in view.learners.iter().flat_map(|learner| &learner.items) {
        let (assessment, item) = named[*item as usize];
        for mark in [state.first_mark(), state.last_mark()].into_iter().flatten() {
            let max = tallies.entry(assessment).or_default().items.entry(item).or_default();
            *max = (*max).max(mark.max);
        }
    }
    for learner in &view.learners {
        for (assessment, part) in parts(view, learner, &named) {
            let finished = part.handed_in || part.graded.is_some() || part.last_answer.is_some_and(|last| last.plus(ASSESSMENT_IDLE) <= view.time);
            if finished {
                tallies.entry(assessment).or_default().add(part);
            }
        }
    }
    let mut rows = Rows::new(&contracts::ASSESSMENT_QUALITY);
    for (assessment, tally) in &tallies {
        row(view, assessment, tally, &mut rows);
    }
    rows
}

fn parts<'a>(view: &View<'a>, learner: &Learner, named: &[(&'a str, &'a str)]) -> BTreeMap<&'a str, Part<'a>> {
    let mut parts: BTreeMap<&str, Part<'_>> = BTreeMap::new();
    for (item, state) in &learner.items {
        let (assessment, item) = named[*item as usize];
        if assessment.is_empty() {
            continue;
        }
        let part = parts.entry(assessment).or_default();
        part.first.extend(state.first_mark().map(|mark| (item, mark.fraction())));
        part.last.extend(state.last_mark().map(|mark| (item, mark.fraction())));
        part.last_answer = part.last_answer.max(state.last.map(|answer| answer.stamp.time));
    }
    for (assessment, state) in &learner.assessments {
        let part = parts.entry(view.course.names.assessments.text(*assessment)).or_default();
        part.handed_in = state.submitted.is_some();
        part.graded = state.graded.and_then(|(first, last)| Some((first.mark?.fraction(), last.mark?.fraction())));
    }
    parts
}

impl<'a> Tally<'a> {
    fn add(&mut self, part: Part<'a>) {
        self.submitted += 1;
        if part.first.is_empty()
            && let Some((first, last)) = part.graded
        {
            self.graded_first.push(first);
            self.graded_last.push(last);
        } else {
            self.first.push(part.first);
            self.last.push(part.last);
        }
    }

    /// Each learner's mark in an item, in marks.
    fn marks_of<'b>(learners: &'b [BTreeMap<&'a str, f64>], item: &'b str, max: i64) -> impl Iterator<Item = f64> + Clone + 'b {
        learners.iter().map(move |marks| marks.get(item).copied().unwrap_or_default() * max as f64 / MARK_SCALE as f64)
    }

    fn highest_total(&self) -> f64 {
        self.items.values().sum::<i64>() as f64 / MARK_SCALE as f64
    }

    /// Totals as fractions of the highest.
    fn fractions(&self, learners: &[BTreeMap<&'a str, f64>], graded: &[f64]) -> Vec<f64> {
        let highest = self.highest_total();
        let by_items = learners.iter().filter(|_| highest > 0.0).map(|marks| {
            let total: f64 = self.items.iter().map(|(item, max)| marks.get(item).copied().unwrap_or_default() * *max as f64 / MARK_SCALE as f64).sum();
            total / highest
        });
        by_items.chain(graded.iter().copied()).collect()
    }
}

fn row(view: &View<'_>, assessment: &str, tally: &Tally<'_>, rows: &mut Rows) {
    let fractions = tally.fractions(&tally.first, &tally.graded_first);
    let highest = tally.highest_total();
    // Reliability is over learners whose items are known; mixing in totals without items would change its meaning.
    let variances: Vec<f64> = if tally.graded_first.is_empty() && highest > 0.0 {
        tally
            .items
            .iter()
            .filter_map(|(item, max)| sample_variance(Tally::marks_of(&tally.first, item, *max)))
            .map(|variance| variance / (highest * highest))
            .collect()
    } else {
        Vec::new()
    };
    let statistics = assessment_statistics(&fractions, &variances);
    let last = tally.fractions(&tally.last, &tally.graded_last);
    let mean_last = (!last.is_empty()).then(|| last.iter().sum::<f64>() / last.len() as f64);
    let sd = statistics.as_ref().and_then(|statistics| statistics.sd);
    let interval = statistics.as_ref().zip(sd).filter(|(statistics, _)| statistics.n >= ASYMPTOTIC_N_MIN).map(|(statistics, sd)| {
        let interval = normal_mixture_confidence_sequence(statistics.mean, sd * sd / statistics.n as f64, MEAN_TAU, INTERVAL_ALPHA);
        Interval { lo: interval.lo.clamp(0.0, 1.0), hi: interval.hi.clamp(0.0, 1.0) }
    });
    let [lo, hi] = bounds(interval.filter(|interval| interval.lo.is_finite() && interval.hi.is_finite()));
    rows.push(&[
        Cell::Text(&view.course.id),
        Cell::Text(assessment),
        tally.submitted.into(),
        statistics.as_ref().map(|statistics| statistics.mean).into(),
        lo,
        hi,
        sd.into(),
        statistics.as_ref().and_then(|statistics| statistics.skewness).into(),
        statistics.as_ref().and_then(|statistics| statistics.kurtosis).into(),
        statistics.as_ref().and_then(|statistics| statistics.alpha).into(),
        statistics.as_ref().and_then(|statistics| statistics.error_ratio).into(),
        statistics.as_ref().and_then(|statistics| statistics.standard_error).into(),
        tally.items.len().into(),
        mean_last.into(),
        view.places.assessment(assessment).and_then(|(entry, _)| entry.title.as_deref()).into(),
    ]);
}
