//! `assessment_quality`: the distribution and reliability of each assessment's totals, after Moodle's quiz statistics.

use super::items::{ASYMPTOTIC_N_MIN, ItemOrder, MEAN_TAU};
use super::{ASSESSMENT_IDLE, INTERVAL_ALPHA, View, bounds};
use crate::course::learner::{Learner, MARK_SCALE, Mark};
use crate::statistics::interval::{Interval, normal_mixture_confidence_sequence};
use crate::statistics::item_analysis::{assessment_statistics, sample_variance};
use crate::table::{Cell, Rows, contracts};
use crate::time::EventTime;

/// One assessment over the learners who finished it.
#[derive(Debug, Default)]
struct Tally {
    /// Highest mark of each item, in millionths, in the order of the items' names.
    items: Vec<i64>,
    submitted: u64,
    /// Each learner's marks by item as fractions, first and last attempts; what he left out is 0.
    first: Vec<Vec<f64>>,
    last: Vec<Vec<f64>>,
    /// Marks of the whole as fractions, first and last, for assessments without items.
    graded_first: Vec<f64>,
    graded_last: Vec<f64>,
}

/// One learner's part in one assessment.
#[derive(Debug, Default)]
struct Part {
    assessment: usize,
    first: Vec<f64>,
    last: Vec<f64>,
    answered: bool,
    last_answer: Option<EventTime>,
    handed_in: bool,
    graded: Option<(f64, f64)>,
}

/// The assessments of a course by name: those of its items, and those that are only handed in or graded.
struct Order<'a> {
    items: ItemOrder<'a>,
    names: Vec<&'a str>,
    /// By the course's number for an assessment: its place in `names`.
    place: Vec<usize>,
    /// By item place: the place of its assessment in `names`, and the item's place within it.
    of_item: Vec<(usize, usize)>,
    /// Items of each assessment.
    sizes: Vec<usize>,
}

impl<'a> Order<'a> {
    fn new(view: &'a View<'_>) -> Self {
        let items = ItemOrder::new(view);
        let course_names = || view.course.names.assessments.iter().map(|(_, name)| &**name);
        let mut names: Vec<&str> = course_names().chain(items.assessments.iter().copied()).collect();
        names.sort_unstable();
        names.dedup();
        let find = |name: &str| names.binary_search(&name).unwrap_or_default();
        let place = course_names().map(find).collect();
        let mut sizes = vec![0; names.len()];
        let of_item = items
            .names
            .iter()
            .map(|(assessment, _)| {
                let place = find(assessment);
                sizes[place] += 1;
                (place, sizes[place] - 1)
            })
            .collect();
        Self { items, names, place, of_item, sizes }
    }
}

pub(super) fn rows(view: &View<'_>) -> Rows {
    let order = Order::new(view);
    let mut tallies: Vec<Tally> = order.sizes.iter().map(|size| Tally { items: vec![0; *size], ..Tally::default() }).collect();
    for (item, state) in view.learners.iter().flat_map(|learner| &learner.items) {
        let (assessment, item) = order.of_item[order.items.find(*item).0];
        for mark in [state.first_mark(), state.last_mark()].into_iter().flatten() {
            let max = &mut tallies[assessment].items[item];
            *max = (*max).max(mark.max);
        }
    }
    for learner in &view.learners {
        for part in parts(learner, &order) {
            let finished = part.handed_in || part.graded.is_some() || part.last_answer.is_some_and(|last| last.plus(ASSESSMENT_IDLE) <= view.time);
            if finished {
                tallies[part.assessment].add(part);
            }
        }
    }
    let mut rows = Rows::new(&contracts::ASSESSMENT_QUALITY);
    for (name, tally) in order.names.iter().zip(&tallies) {
        // The empty name stands for items outside any assessment.
        if !name.is_empty() && (tally.submitted > 0 || tally.items.iter().any(|max| *max > 0)) {
            row(view, name, tally, &mut rows);
        }
    }
    rows
}

fn parts(learner: &Learner, order: &Order<'_>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for (item, state) in &learner.items {
        let (assessment, item) = order.of_item[order.items.find(*item).0];
        let part = part_of(&mut parts, assessment, order.sizes[assessment]);
        part.answered |= state.first_mark().is_some();
        part.first[item] = state.first_mark().map_or(0.0, Mark::fraction);
        part.last[item] = state.last_mark().map_or(0.0, Mark::fraction);
        part.last_answer = part.last_answer.max(state.last().map(|answer| answer.stamp.time));
    }
    for (assessment, state) in &learner.assessments {
        let assessment = order.place.get(*assessment as usize).copied().unwrap_or_default();
        let part = part_of(&mut parts, assessment, order.sizes[assessment]);
        part.handed_in = state.submitted.is_some();
        part.graded = state.graded.and_then(|(first, last)| Some((first.mark?.fraction(), last.mark?.fraction())));
    }
    parts
}

fn part_of(parts: &mut Vec<Part>, assessment: usize, items: usize) -> &mut Part {
    let place = parts.iter().rposition(|part| part.assessment == assessment).unwrap_or_else(|| {
        parts.push(Part { assessment, first: vec![0.0; items], last: vec![0.0; items], ..Part::default() });
        parts.len() - 1
    });
    &mut parts[place]
}

impl Tally {
    fn add(&mut self, part: Part) {
        self.submitted += 1;
        match part.graded {
            Some((first, last)) if !part.answered => {
                self.graded_first.push(first);
                self.graded_last.push(last);
            }
            _ => {
                self.first.push(part.first);
                self.last.push(part.last);
            }
        }
    }

    fn highest_total(&self) -> f64 {
        self.items.iter().sum::<i64>() as f64 / MARK_SCALE as f64
    }

    /// Each learner's mark in an item, in marks.
    fn marks_of(&self, item: usize) -> impl Iterator<Item = f64> + Clone + '_ {
        self.first.iter().map(move |marks| marks[item] * self.items[item] as f64 / MARK_SCALE as f64)
    }

    /// Totals as fractions of the highest.
    fn fractions(&self, learners: &[Vec<f64>], graded: &[f64]) -> Vec<f64> {
        let highest = self.highest_total();
        let total = |marks: &Vec<f64>| marks.iter().zip(&self.items).map(|(mark, max)| mark * *max as f64 / MARK_SCALE as f64).sum::<f64>();
        let by_items = learners.iter().filter(|_| highest > 0.0).map(|marks| total(marks) / highest);
        by_items.chain(graded.iter().copied()).collect()
    }
}

fn row(view: &View<'_>, assessment: &str, tally: &Tally, rows: &mut Rows) {
    let fractions = tally.fractions(&tally.first, &tally.graded_first);
    let highest = tally.highest_total();
    // Reliability is over learners whose items are known; mixing in totals without items would change its meaning.
    let variances: Vec<f64> = if tally.graded_first.is_empty() && highest > 0.0 {
        let variances = (0..tally.items.len()).filter(|item| tally.items[*item] > 0).filter_map(|item| sample_variance(tally.marks_of(item)));
        variances.map(|variance| variance / (highest * highest)).collect()
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
        tally.items.iter().filter(|max| **max > 0).count().into(),
        mean_last.into(),
        view.places.assessment(assessment).and_then(|(entry, _)| entry.title.as_deref()).into(),
    ]);
}
