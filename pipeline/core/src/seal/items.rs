//! `item_quality` and `item_options`: classical item analysis over learners, first and last attempts.
//!
//! A learner's total in an assessment is over the items he answered; what he left out counts 0, as in Moodle. The total
//! is over the same attempt (first or last) as the item's mark.

use super::{INTERVAL_ALPHA, View, bounds, rate};
use crate::course::learner::Mark;
use crate::statistics::interval::{Interval, correlation_confidence_sequence, normal_mixture_confidence_sequence, proportion_confidence_sequence};
use crate::statistics::item_analysis::{ItemStatistics, item_statistics};
use crate::table::{Cell, Rows, contracts};
use hashbrown::HashMap;
use std::collections::BTreeMap;

/// Plausible excess of a mean, for its confidence sequence (signals K2).
pub(super) const MEAN_TAU: f64 = 0.05;
/// Smallest n for an asymptotic interval (signals K2).
pub(super) const ASYMPTOTIC_N_MIN: usize = 20;
/// First responses that must all be marked right before a response is taken for the key.
pub(super) const KEY_RESPONSES_MIN: u64 = 5;

/// One item over its learners.
#[derive(Debug, Default)]
struct Tally<'a> {
    max: i64,
    answers: u64,
    hinted: u64,
    revealed: u64,
    first: Vec<(f64, f64)>,
    first_full: u64,
    last: Vec<(f64, f64)>,
    last_full: u64,
    partial: bool,
    responses: BTreeMap<&'a str, Response>,
}

/// One first response over its learners.
#[derive(Debug, Default, Clone, Copy)]
struct Response {
    learners: u64,
    full: u64,
    rest: f64,
}

/// An item in its assessment, by name.
type ItemName<'a> = (&'a str, &'a str);

/// The items of a course by name, and where each number of the course's own stands among them.
pub(super) struct ItemOrder<'a> {
    /// Sorted, each once.
    pub(super) names: Vec<ItemName<'a>>,
    /// By the course's number for the item: its place in `names`.
    pub(super) place: Vec<u32>,
    /// By place: a number for its assessment.
    pub(super) assessment: Vec<u32>,
    /// Assessments by that number.
    pub(super) assessments: Vec<&'a str>,
}

impl<'a> ItemOrder<'a> {
    pub(super) fn new(view: &'a View<'_>) -> Self {
        let named: Vec<ItemName<'_>> = view.course.names.items.iter().map(|(item, _)| view.places.assessment_of(view.course, item)).collect();
        let mut names = named.clone();
        names.sort_unstable();
        names.dedup();
        let place = named.iter().map(|name| names.binary_search(name).unwrap_or_default() as u32).collect();
        let mut assessments: Vec<&str> = names.iter().map(|(assessment, _)| *assessment).collect();
        assessments.dedup();
        let assessment = names.iter().map(|(assessment, _)| assessments.binary_search(assessment).unwrap_or_default() as u32).collect();
        Self { names, place, assessment, assessments }
    }

    /// The place of an item and the number of its assessment.
    pub(super) fn find(&self, item: u32) -> (usize, usize) {
        let place = self.place.get(item as usize).copied().unwrap_or_default() as usize;
        (place, self.assessment.get(place).copied().unwrap_or_default() as usize)
    }
}

pub(super) fn rows(view: &View<'_>) -> (Rows, Rows) {
    let words = &view.course.names.words;
    let order = ItemOrder::new(view);
    let mut tallies: Vec<Tally<'_>> = order.names.iter().map(|_| Tally::default()).collect();
    for (item, state) in view.learners.iter().flat_map(|learner| &learner.items) {
        let tally = &mut tallies[order.find(*item).0];
        tally.answers += u64::from(state.graded_answers);
        tally.hinted += u64::from(state.hinted);
        tally.revealed += u64::from(state.revealed);
        for mark in [state.first_mark(), state.last_mark()].into_iter().flatten() {
            tally.max = tally.max.max(mark.max);
            tally.partial |= mark.score > 0 && !mark.is_full();
        }
    }
    let mut responses: Vec<HashMap<u32, Response>> = order.names.iter().map(|_| HashMap::new()).collect();
    let mut totals: Vec<(f64, f64)> = vec![(0.0, 0.0); order.assessments.len()];
    for learner in &view.learners {
        for (item, _) in &learner.items {
            totals[order.find(*item).1] = (0.0, 0.0);
        }
        for (item, state) in &learner.items {
            let (place, assessment) = order.find(*item);
            let in_marks = |mark: Option<Mark>| mark.map_or(0.0, |mark| marks(mark, tallies[place].max));
            totals[assessment].0 += in_marks(state.first_mark());
            totals[assessment].1 += in_marks(state.last_mark());
        }
        for (item, state) in &learner.items {
            let (place, assessment) = order.find(*item);
            let (tally, total) = (&mut tallies[place], totals[assessment]);
            if let Some(mark) = state.first_mark() {
                tally.first.push((marks(mark, tally.max), total.0));
                tally.first_full += u64::from(mark.is_full());
            }
            if let Some(mark) = state.last_mark() {
                tally.last.push((marks(mark, tally.max), total.1));
                tally.last_full += u64::from(mark.is_full());
            }
            if let Some(response) = state.first.and_then(|answer| answer.response) {
                let mark = state.first_mark();
                let counts = responses[place].entry(response).or_default();
                counts.learners += 1;
                counts.full += u64::from(mark.is_some_and(|mark| mark.is_full()));
                counts.rest += total.0 - mark.map_or(0.0, |mark| marks(mark, tally.max));
            }
        }
    }
    for (tally, responses) in tallies.iter_mut().zip(responses) {
        tally.responses = responses.into_iter().map(|(response, counts)| (words.text(response), counts)).collect();
    }
    let tallies: Vec<(ItemName<'_>, Tally<'_>)> = order.names.iter().copied().zip(tallies).collect();
    let mut quality = Rows::with_room(&contracts::ITEM_QUALITY, tallies.len());
    for ((assessment, item), tally) in &tallies {
        quality_row(view, assessment, item, tally, &mut quality);
    }
    (quality, option_rows(view, &tallies))
}

/// A mark in the item's own marks.
fn marks(mark: Mark, max: i64) -> f64 {
    mark.fraction() * max as f64 / crate::course::learner::MARK_SCALE as f64
}

/// The key of an item: the outline's, or the one response that was always marked right.
fn key<'a>(view: &View<'a>, assessment: &str, item: &str, tally: &'a Tally<'_>) -> Option<&'a str> {
    if let Some(key) = view.places.item(assessment, item).and_then(|entry| entry.key.as_deref()) {
        return Some(key);
    }
    let mut always_right = tally.responses.iter().filter(|(_, response)| response.learners >= KEY_RESPONSES_MIN && response.full == response.learners);
    let first = always_right.next()?;
    always_right.next().is_none().then_some(*first.0)
}

fn quality_row(view: &View<'_>, assessment: &str, item: &str, tally: &Tally<'_>, rows: &mut Rows) {
    let max_mark = tally.max as f64 / crate::course::learner::MARK_SCALE as f64;
    let first = Attempts::new(&tally.first, tally.first_full, max_mark, tally.partial);
    // Where nobody tried again, the last attempts are the first ones.
    let last = if tally.last == tally.first { first } else { Attempts::new(&tally.last, tally.last_full, max_mark, tally.partial) };
    rows.push(&[
        Cell::Text(&view.course.id),
        Cell::Text(assessment),
        Cell::Text(item),
        tally.first.len().into(),
        tally.first_full.into(),
        first.facility,
        first.facility_bounds[0],
        first.facility_bounds[1],
        first.sd,
        first.item_rest,
        first.item_rest_bounds[0],
        first.item_rest_bounds[1],
        first.item_total,
        first.d27,
        first.efficiency,
        tally.answers.into(),
        tally.last_full.into(),
        last.facility,
        last.facility_bounds[0],
        last.facility_bounds[1],
        last.item_rest,
        last.item_rest_bounds[0],
        last.item_rest_bounds[1],
        last.item_total,
        last.d27,
        last.efficiency,
        tally.hinted.into(),
        tally.revealed.into(),
        (tally.max > 0).then_some(max_mark).into(),
        key(view, assessment, item, tally).into(),
        view.places.item(assessment, item).and_then(|entry| entry.title.as_deref()).into(),
    ]);
}

/// The statistics of one choice of attempt, as cells.
#[derive(Clone, Copy)]
struct Attempts {
    facility: Cell<'static>,
    facility_bounds: [Cell<'static>; 2],
    sd: Cell<'static>,
    item_rest: Cell<'static>,
    item_rest_bounds: [Cell<'static>; 2],
    item_total: Cell<'static>,
    d27: Cell<'static>,
    efficiency: Cell<'static>,
}

impl Attempts {
    fn new(marks: &[(f64, f64)], full: u64, max_mark: f64, partial: bool) -> Self {
        let statistics = item_statistics(marks, max_mark);
        let facility_interval = statistics.as_ref().and_then(|statistics| facility_interval(statistics, full, partial));
        let item_rest = statistics.as_ref().and_then(|statistics| statistics.item_rest);
        let of = |pick: &dyn Fn(&ItemStatistics) -> Option<f64>| Cell::from(statistics.as_ref().and_then(pick));
        Self {
            facility: of(&|statistics| Some(statistics.facility)),
            facility_bounds: bounds(facility_interval),
            sd: of(&|statistics| statistics.sd.map(|sd| sd * max_mark)),
            item_rest: item_rest.into(),
            item_rest_bounds: bounds(item_rest.and_then(|r| correlation_confidence_sequence(r, marks.len() as u64, INTERVAL_ALPHA))),
            item_total: of(&|statistics| statistics.item_total),
            d27: of(&|statistics| statistics.d27),
            efficiency: of(&|statistics| statistics.efficiency),
        }
    }
}

/// Exact where marks are all or nothing; else asymptotic, from 20 learners on.
fn facility_interval(statistics: &ItemStatistics, full: u64, partial: bool) -> Option<Interval> {
    if !partial {
        return Some(proportion_confidence_sequence(full, statistics.n as u64, INTERVAL_ALPHA));
    }
    let sd = statistics.sd.filter(|_| statistics.n >= ASYMPTOTIC_N_MIN)?;
    let interval = normal_mixture_confidence_sequence(statistics.facility, sd * sd / statistics.n as f64, MEAN_TAU, INTERVAL_ALPHA);
    Some(Interval { lo: interval.lo.clamp(0.0, 1.0), hi: interval.hi.clamp(0.0, 1.0) })
}

/// A response over all assessments that ask the item: its counts, whether it is the key, its text.
type Merged<'a> = (Response, Option<bool>, Option<&'a str>);

fn option_rows(view: &View<'_>, tallies: &[(ItemName<'_>, Tally<'_>)]) -> Rows {
    let mut merged: BTreeMap<(&str, &str), Merged<'_>> = BTreeMap::new();
    let mut asked: BTreeMap<&str, u64> = BTreeMap::new();
    for ((assessment, item), tally) in tallies {
        let key = key(view, assessment, item, tally);
        let outlined = view.places.item(assessment, item);
        for (option, response) in &tally.responses {
            let (sum, is_key, text) = merged.entry((item, option)).or_default();
            sum.learners += response.learners;
            sum.rest += response.rest;
            *is_key = key.map(|key| key == *option);
            *text = outlined.and_then(|entry| entry.options.iter().find(|entry| entry.option == *option)).and_then(|entry| entry.text.as_deref());
            *asked.entry(item).or_default() += response.learners;
        }
    }
    let mut rows = Rows::new(&contracts::ITEM_OPTIONS);
    for ((item, option), (sum, is_key, text)) in &merged {
        let [share, lo, hi] = rate(sum.learners, asked.get(item).copied().unwrap_or_default());
        rows.push(&[
            Cell::Text(&view.course.id),
            Cell::Text(item),
            Cell::Text(option),
            (*is_key).into(),
            sum.learners.into(),
            share,
            lo,
            hi,
            (sum.rest / sum.learners as f64).into(),
            (*text).into(),
        ]);
    }
    rows
}
