//! The rules of others about items: Moodle's, Blackboard's, and p-values of the hypotheses of I-02 and I-03.

use super::super::discovery::{Entity, Family, Part};
use super::super::intervals::binomial_lower_tail;
use super::{Flagged, Flags, LEARNERS_MIN, LEVEL, TESTED_LEARNERS_MIN, Tested};
use std::collections::{BTreeMap, HashMap};
use teachback_core::decide::Told;
use teachback_core::evidence::{ItemCell, REST_BINS};
use teachback_core::time::Day;

/// Moodle calls an item dubious below this discriminative efficiency.
const EFFICIENCY_MIN: f64 = 0.15;
/// Blackboard asks to review an item below this discrimination …
const DISCRIMINATION_MIN: f64 = 0.10;
/// … or with fewer right.
const RIGHT_MIN: f64 = 0.30;
/// H0 of I-02: the item-rest correlation is at least this.
const ITEM_REST_MIN: f64 = 0.10;
/// H0 of I-03: at least this share is right, and this much more than by guessing.
const FACILITY_MIN: f64 = 0.30;
const ABOVE_GUESSING: f64 = 0.10;
/// Chance of guessing right where no options are known.
const GUESSING: f64 = 0.25;
/// Fewest learners in each class that is compared.
const CLASS_LEARNERS_MIN: u64 = 5;

/// The cells of one day by item.
type Days<'a> = BTreeMap<Day, Vec<(Entity<'a>, &'a ItemCell)>>;

/// A hypothesis about an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Hypothesis {
    Discriminates,
    NotTooHard,
}

/// Learners by mark and rest-score bin, and those without a rest score.
#[derive(Debug, Clone, Default)]
pub(super) struct Marks {
    bins: [[u64; REST_BINS as usize + 1]; 2],
    learners: u64,
    right: u64,
}

impl Marks {
    fn add(&mut self, cell: &ItemCell) {
        let learners = u64::from(cell.learners);
        self.learners += learners;
        self.right += if cell.right { learners } else { 0 };
        if let Some(bin) = cell.rest_bin {
            self.bins[usize::from(cell.right)][usize::from(bin).min(REST_BINS as usize)] += learners;
        }
    }

    fn facility(&self) -> f64 {
        self.right as f64 / self.learners.max(1) as f64
    }

    fn moments(&self) -> Moments {
        let class = |mark: usize| {
            let sum = |power: u32| self.bins[mark].iter().enumerate().map(|(bin, learners)| learners * (bin as u64).pow(power)).sum::<u64>() as f64;
            (sum(0), sum(1), sum(2))
        };
        let ((wrong, wrong_sum, wrong_squares), (right, right_sum, right_squares)) = (class(0), class(1));
        let n = wrong + right;
        let mean = (wrong_sum + right_sum) / n;
        Moments { wrong, right, difference: right_sum / right - wrong_sum / wrong, variance: (wrong_squares + right_squares) / n - mean * mean }
    }

    /// Item-rest correlation, point-biserial; `None` where either does not vary.
    pub(super) fn correlation(&self) -> Option<f64> {
        let moments = self.moments();
        let n = moments.wrong + moments.right;
        let r = moments.difference * libm::sqrt(moments.right * moments.wrong) / n / libm::sqrt(moments.variance);
        r.is_finite().then_some(r)
    }

    /// Moodle's discriminative efficiency: the covariance of item and rest, of the largest that their marginals allow.
    pub(super) fn efficiency(&self) -> Option<f64> {
        let moments = self.moments();
        let n = moments.wrong + moments.right;
        // Right would be those with the highest rest scores.
        let (mut left, mut best) = (moments.right, 0.0);
        let mut sum = 0.0;
        for bin in (0..=REST_BINS as usize).rev() {
            let here = (self.bins[0][bin] + self.bins[1][bin]) as f64;
            let taken = here.min(left);
            best += taken * bin as f64;
            sum += here * bin as f64;
            left -= taken;
        }
        let covariance = moments.difference * moments.right * moments.wrong / (n * n);
        let largest = (best - sum * moments.right / n) / n;
        let efficiency = covariance / largest;
        efficiency.is_finite().then_some(efficiency)
    }

    /// One-sided p-value of: the item-rest correlation is at least 0.10. The difference of mean rest scores, in standard
    /// deviations, against the one that a correlation of 0.10 makes at this facility.
    fn p_discriminates(&self) -> Option<f64> {
        let moments = self.moments();
        let (wrong, right) = (moments.wrong, moments.right);
        if wrong + right < TESTED_LEARNERS_MIN as f64 || wrong.min(right) < CLASS_LEARNERS_MIN as f64 || moments.variance <= 0.0 {
            return None;
        }
        let facility = right / (wrong + right);
        let margin = ITEM_REST_MIN / libm::sqrt(facility * (1.0 - facility));
        let z = (moments.difference / libm::sqrt(moments.variance) - margin) / libm::sqrt(1.0 / wrong + 1.0 / right);
        Some(0.5 * libm::erfc(-z / std::f64::consts::SQRT_2))
    }

    /// Exact one-sided p-value of: at least `margin` are right.
    fn p_not_too_hard(&self, margin: f64) -> Option<f64> {
        (self.learners >= TESTED_LEARNERS_MIN).then(|| binomial_lower_tail(self.right, self.learners, margin))
    }
}

/// Of the learners with a rest score.
struct Moments {
    wrong: f64,
    right: f64,
    /// Mean rest score of those marked right minus that of those marked wrong; `NaN` where a class is empty.
    difference: f64,
    /// Of the rest scores of all.
    variance: f64,
}

/// What each rule ever flagged.
pub(super) fn flagged(told: &[Told]) -> Vec<Flagged<'_>> {
    let (days, margins) = read(told);
    let [mut moodle, mut moodle_30, mut blackboard, mut p_value, mut bh] =
        ["Moodle, any n", "Moodle, n ≥ 30", "Blackboard, n ≥ 30", "p < 0.05 daily, items", "BH daily, items"].map(|name| Flags::new(name, Family::Items));
    let mut known: HashMap<Entity<'_>, Marks> = HashMap::new();
    let mut tested = Tested::new();
    for (day, cells) in days {
        let mut changed: Vec<Entity<'_>> = Vec::new();
        for (entity, cell) in cells {
            known.entry(entity).or_default().add(cell);
            if changed.last() != Some(&entity) {
                changed.push(entity);
            }
        }
        changed.sort_unstable();
        changed.dedup();
        for entity in changed {
            let Some(marks) = known.get(&entity) else { continue };
            let enough = marks.learners >= LEARNERS_MIN;
            if marks.efficiency().is_some_and(|efficiency| efficiency < EFFICIENCY_MIN) {
                moodle.raise(entity, day);
                if enough {
                    moodle_30.raise(entity, day);
                }
            }
            if enough && (marks.facility() < RIGHT_MIN || marks.correlation().is_some_and(|r| r < DISCRIMINATION_MIN)) {
                blackboard.raise(entity, day);
            }
            let margin = margins.get(&entity).copied().unwrap_or(margin(None));
            for (hypothesis, p) in [(Hypothesis::Discriminates, marks.p_discriminates()), (Hypothesis::NotTooHard, marks.p_not_too_hard(margin))] {
                let Some(p) = p else { continue };
                tested.set((entity, hypothesis), p);
                if p < LEVEL {
                    p_value.raise(entity, day);
                }
            }
        }
        tested.rejected().into_iter().for_each(|(entity, _)| bh.raise(entity, day));
    }
    [moodle, moodle_30, blackboard, p_value, bh].map(Flags::into_flagged).into()
}

/// Cells by day, and the margin of I-03 of each item of an outline.
fn read(told: &[Told]) -> (Days<'_>, HashMap<Entity<'_>, f64>) {
    let (mut days, mut margins): (Days<'_>, HashMap<Entity<'_>, f64>) = Default::default();
    for evidence in told.iter().flat_map(|told| &told.courses) {
        let course = evidence.course.as_str();
        for cell in &evidence.items {
            let part = Part::Item { assessment: &cell.assessment, item: &cell.item };
            days.entry(cell.day).or_default().push((Entity { course, part }, cell));
        }
        for assessment in evidence.outline.modules().iter().flat_map(|module| &module.assessments) {
            for item in &assessment.items {
                let part = Part::Item { assessment: &assessment.assessment, item: &item.item };
                margins.insert(Entity { course, part }, margin(Some(item.options.len())));
            }
        }
    }
    (days, margins)
}

/// H0 of I-03: at least this share is right.
fn margin(options: Option<usize>) -> f64 {
    let guessing = options.filter(|options| *options > 0).map_or(GUESSING, |options| 1.0 / options as f64);
    FACILITY_MIN.max(guessing + ABOVE_GUESSING)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(right: bool, rest_bin: Option<u8>, learners: u32) -> ItemCell {
        ItemCell {
            day: Day(20_000),
            stratum: String::new(),
            assessment: "q".to_owned(),
            item: "i".to_owned(),
            response: String::new(),
            right,
            rest_bin,
            learners,
        }
    }

    fn marks(cells: &[ItemCell]) -> Marks {
        let mut marks = Marks::default();
        cells.iter().for_each(|cell| marks.add(cell));
        marks
    }

    #[test]
    fn correlation_and_efficiency_are_those_of_the_learners_one_by_one() {
        // Rest scores 4, 8, 12, 16; wrong, right, wrong, right: cov = 1 and sd = ½, √20; best: the upper two right, cov_max = 2.
        let marks = marks(&[cell(false, Some(4), 1), cell(true, Some(8), 1), cell(false, Some(12), 1), cell(true, Some(16), 1)]);
        assert!((marks.correlation().unwrap() - 1.0 / (0.5 * 20.0_f64.sqrt())).abs() < 1e-12);
        assert!((marks.efficiency().unwrap() - 0.5).abs() < 1e-12);
        assert!((marks.facility() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn what_does_not_vary_has_neither() {
        for cells in [vec![cell(true, Some(4), 9)], vec![cell(true, Some(4), 9), cell(false, Some(4), 9)], vec![cell(true, None, 9)], vec![]] {
            let marks = marks(&cells);
            assert_eq!((marks.correlation(), marks.efficiency(), marks.p_discriminates()), (None, None, None));
        }
    }

    #[test]
    fn p_values_are_of_the_margins() {
        // 100 right and 100 wrong with the same rest scores: d = 0, margin 0.2, z = −0.2/√(2/100) = −√2.
        let flat = marks(&[cell(true, Some(8), 50), cell(true, Some(12), 50), cell(false, Some(8), 50), cell(false, Some(12), 50)]);
        assert!((flat.p_discriminates().unwrap() - 0.5 * libm::erfc(1.0)).abs() < 1e-12);
        assert!(flat.p_not_too_hard(margin(Some(4))).unwrap() > 0.99);
        let hard = marks(&[cell(true, Some(9), 4), cell(false, Some(9), 16)]);
        assert!((hard.p_not_too_hard(margin(Some(4))).unwrap() - binomial_lower_tail(4, 20, 0.35)).abs() < 1e-15);
        assert_eq!(marks(&[cell(true, Some(9), 19)]).p_not_too_hard(0.35), None);
        assert_eq!((margin(Some(4)), margin(Some(10)), margin(None)), (0.35, 0.30, 0.35));
    }
}
