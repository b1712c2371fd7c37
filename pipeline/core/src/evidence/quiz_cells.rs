//! Quizzes: the sums that reliability needs of each assessment, and what its items took the learners.
//!
//! With n, ΣT, Σx_i, Σx_i² and Σx_i·T of an assessment everything follows that classical test theory says of it: alpha, the
//! correlation of each item with the total, alpha without an item. ΣT³ and ΣT⁴ give the skewness and kurtosis of totals.
//! An item that a learner left out counts 0, as in `item_quality`.
//!
//! Marks are shares of the highest one in thousandths, so T of a course's largest assessment is below 2³¹ and a sum of T⁴ fits
//! into 128 bits for more than 10⁶ learners a day. Sums saturate all the same: of integers above 0 that has no order either.

use super::attempts::{Answered, share};
use super::strata::{Stratum, StratumNames};
use super::{ATTEMPTS_MAX, QuizCell, QuizItem};
use crate::course::Course;
use crate::course::time_bins::NO_TIME;
use crate::time::Day;
use hashbrown::HashMap;
use std::collections::BTreeMap;

/// A share of the highest mark is in thousandths.
const SHARE_SCALE: u64 = 1_000;

/// What one item adds.
#[derive(Debug, Default)]
struct ItemSums {
    answered: u32,
    sum: u64,
    squares: u64,
    products: u64,
    attempts: BTreeMap<u8, u32>,
    response_times: BTreeMap<u8, u32>,
}

/// What one assessment adds; items by the course's numbers.
#[derive(Debug, Default)]
struct Sums {
    learners: u32,
    totals: [u128; 4],
    items: BTreeMap<u32, ItemSums>,
}

/// Learners of each day, stratum and assessment.
#[derive(Debug, Default)]
pub(super) struct QuizCounts(HashMap<(Day, Stratum, u32), Sums>);

impl QuizCounts {
    /// Counts a learner's first attempt, if anything of it has a mark.
    pub(super) fn add(&mut self, day: Day, stratum: Stratum, assessment: u32, answered: &[Answered]) {
        if answered.iter().all(|answer| answer.mark.is_none()) {
            return;
        }
        let x = |answer: &Answered| answer.mark.map_or(0, |mark| share(mark, SHARE_SCALE));
        let total: u64 = answered.iter().map(x).sum();
        let sums = self.0.entry((day, stratum, assessment)).or_default();
        sums.learners += 1;
        let mut power = 1_u128;
        for sum in &mut sums.totals {
            power = power.saturating_mul(u128::from(total));
            *sum = sum.saturating_add(power);
        }
        for answer in answered {
            let (item, x) = (sums.items.entry(answer.item).or_default(), x(answer));
            item.answered += 1;
            item.sum = item.sum.saturating_add(x);
            item.squares = item.squares.saturating_add(x * x);
            item.products = item.products.saturating_add(x.saturating_mul(total));
            if answer.mark.is_some() {
                *item.attempts.entry(answer.right_at.map_or(0, |attempt| attempt.min(ATTEMPTS_MAX) as u8)).or_default() += 1;
            }
            if answer.response_bin != NO_TIME {
                *item.response_times.entry(answer.response_bin).or_default() += 1;
            }
        }
    }

    pub(super) fn cells(self, course: &Course) -> Vec<QuizCell> {
        let strata = StratumNames::new(course, self.0.keys().map(|(_, stratum, _)| *stratum));
        let mut cells: Vec<QuizCell> = self
            .0
            .into_iter()
            .map(|((day, stratum, assessment), Sums { learners, totals, items })| {
                let mut items: Vec<QuizItem> = items
                    .into_iter()
                    .map(|(item, sums)| QuizItem {
                        item: course.item_name(item).1.to_owned(),
                        omitted: learners - sums.answered,
                        sum: sums.sum,
                        squares: sums.squares,
                        products: sums.products,
                        attempts: sums.attempts.into_iter().collect(),
                        response_times: sums.response_times.into_iter().collect(),
                    })
                    .collect();
                items.sort_unstable();
                QuizCell {
                    day,
                    stratum: strata.get(stratum).to_owned(),
                    assessment: course.names.assessments.text(assessment).to_owned(),
                    learners,
                    totals,
                    items,
                }
            })
            .collect();
        cells.sort_unstable();
        cells
    }
}
