//! What a revised target would lose had it not been revised: what its own level and the calendar let expect of the learners
//! who came after, and by how much that may err.
//!
//! The calendar is learned from all targets of the platform that nobody revised. On the scale of the logit each has a level
//! of its own, and each week of the course adds the same to all of them:
//!
//! ```text
//! logit share(target, week) = level(target) + week(week)
//! expected(after) = Σ_w n_w/n · logistic(level + week(w) + shift)      level  such that the same over the weeks before is
//!                   n_w its own learners after, by week                       the target's own share before
//! ```
//! In points a bad week costs a bad module more than a good one, and learners come to each module in other weeks: shares
//! of other modules, taken as they are, are no control.
//!
//! How far this is off is seen on those that nobody revised. Each is compared in the same way, as if it had been revised in
//! the same week of its course (placebos). They move by more than chance where something else than the calendar changed, in
//! a course or in a module (`random_effects`). What the other targets of its own course moved by since its revision is the
//! `shift`, shrunk; what is not known of it is part of the variance.
//!
//! Invariant: where the odds of leaving in a week are those of another week times the same for all, the expected share
//! is what the target loses without the revision.

use super::margins::COMPARABLE_MIN;
use super::strata::Counts;
use crate::statistics::random_effects::{NormalEstimate, Spread};
use crate::statistics::shrinkage::RateEstimate;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Learners by week of the course.
pub(super) type ByWeek = BTreeMap<i32, Counts>;

/// Placebos by course.
type Moved = BTreeMap<Arc<str>, Vec<NormalEstimate>>;

/// Variance of what weeks add, as it is known before anybody came.
const WEEK_VARIANCE: f64 = 1.0;
/// Times that levels and weeks are fitted in turn.
const ROUNDS: usize = 40;
/// Newton's steps to a level at most, how long one may be, and how short the last.
const STEPS: usize = 25;
const STEP_MAX: f64 = 1.0;
const STEP_MIN: f64 = 1e-10;
/// No level is further from 0 than this.
const LEVEL_MAX: f64 = 12.0;
/// Fewest learners of a placebo on each side.
const PLACEBO_LEARNERS_MIN: u64 = 20;

/// What weeks add, and the targets that say so.
#[derive(Debug)]
pub(super) struct Calendar {
    unrevised: Vec<(Arc<str>, ByWeek)>,
    weeks: BTreeMap<i32, NormalEstimate>,
    /// By the first week after, as it was asked for.
    moved: BTreeMap<i32, (Moved, Spread)>,
}

impl Calendar {
    /// Learned from the targets that nobody revised, each with its course, in order of name.
    pub(super) fn of(unrevised: Vec<(Arc<str>, ByWeek)>) -> Self {
        let names = unrevised.iter().flat_map(|(_, learners)| learners.keys().copied());
        let weeks = names.map(|week| (week, NormalEstimate { estimate: 0.0, variance: WEEK_VARIANCE })).collect();
        let mut calendar = Self { unrevised, weeks, moved: BTreeMap::new() };
        let mut levels: Vec<f64> = calendar.unrevised.iter().map(|(_, learners)| logit(share(learners))).collect();
        for _ in 0..ROUNDS {
            for ((_, learners), level) in calendar.unrevised.iter().zip(&mut levels) {
                *level = calendar.step(learners, share(learners), *level);
            }
            calendar.fit_weeks(&levels);
        }
        calendar
    }

    /// One step of Newton's for what each week adds, given the levels.
    fn fit_weeks(&mut self, levels: &[f64]) {
        let mut sums: BTreeMap<i32, (f64, f64)> = BTreeMap::new();
        for ((_, learners), level) in self.unrevised.iter().zip(levels) {
            for (week, Counts { n, events }) in learners {
                let expected = logistic(level + self.adds(*week).estimate);
                let (excess, information) = sums.entry(*week).or_default();
                *excess += *events as f64 - *n as f64 * expected;
                *information += *n as f64 * expected * (1.0 - expected);
            }
        }
        for (week, (excess, information)) in sums {
            let known = self.adds(week).estimate;
            let variance = 1.0 / (information + 1.0 / WEEK_VARIANCE);
            let step = ((excess - known / WEEK_VARIANCE) * variance).clamp(-STEP_MAX, STEP_MAX);
            self.weeks.insert(week, NormalEstimate { estimate: known + step, variance });
        }
    }

    fn adds(&self, week: i32) -> NormalEstimate {
        self.weeks.get(&week).copied().unwrap_or(NormalEstimate { estimate: 0.0, variance: WEEK_VARIANCE })
    }

    /// By how much the share of a target of a course falls without its revision, which came in week `revised`: from `own`,
    /// its level before, in the weeks of its learners before and after. `None` with too few to compare with.
    pub(super) fn fall(&mut self, (course, revised): (&Arc<str>, i32), own: RateEstimate, before: &ByWeek, after: &ByWeek) -> Option<RateEstimate> {
        let shift = self.shift(course, revised)?;
        let level = self.level(before, own.estimate);
        let (_, rise_before) = self.expected(before, level);
        let (expected, rise_after) = self.expected(after, level + shift.estimate);
        // What one more before makes of the expected share after.
        let slope = rise_after / rise_before;
        let mut by_week: BTreeMap<i32, f64> = BTreeMap::new();
        for (side, level, factor) in [(before, level, -slope), (after, level + shift.estimate, 1.0)] {
            self.by_week(side, level).for_each(|(week, share, weight)| *by_week.entry(week).or_default() += factor * weight * share * (1.0 - share));
        }
        let calendar: f64 = by_week.iter().map(|(week, rise)| rise * rise * self.adds(*week).variance).sum();
        let variance = calendar + shift.variance * rise_after * rise_after + own.variance * (slope * slope - 1.0).max(0.0);
        variance.is_finite().then_some(RateEstimate { estimate: own.estimate - expected, variance })
    }

    /// What the targets of a course that nobody revised moved by since a week, shrunk; `None` with too few to compare with.
    fn shift(&mut self, course: &Arc<str>, revised: i32) -> Option<NormalEstimate> {
        if !self.moved.contains_key(&revised) {
            let moved = self.placebos(revised);
            let spread = Spread::of(&moved);
            self.moved.insert(revised, (moved, spread));
        }
        let (moved, spread) = self.moved.get(&revised)?;
        let comparable = moved.values().map(Vec::len).sum::<usize>();
        (comparable >= COMPARABLE_MIN as usize).then(|| spread.one_more(moved.get(course).map_or(&[], Vec::as_slice)))
    }

    /// The share to expect of learners at a level in each of their weeks, with its weight.
    fn by_week(&self, learners: &ByWeek, level: f64) -> impl Iterator<Item = (i32, f64, f64)> {
        let total = Counts::sum(learners.values()).n.max(1) as f64;
        learners.iter().map(move |(week, counts)| (*week, logistic(level + self.adds(*week).estimate), counts.n as f64 / total))
    }

    /// The share to expect of learners at a level, and by how much it rises for one on its logit.
    fn expected(&self, learners: &ByWeek, level: f64) -> (f64, f64) {
        self.by_week(learners, level)
            .fold((0.0, 0.0), |(expected, rise), (_, share, weight)| (expected + weight * share, rise + weight * share * (1.0 - share)))
    }

    /// The level at which learners lose this share in their weeks.
    fn level(&self, learners: &ByWeek, share: f64) -> f64 {
        let mut level = logit(share);
        for _ in 0..STEPS {
            let next = self.step(learners, share, level);
            let is_there = (next - level).abs() < STEP_MIN;
            level = next;
            if is_there {
                break;
            }
        }
        level
    }

    /// One step of Newton's towards it.
    fn step(&self, learners: &ByWeek, share: f64, level: f64) -> f64 {
        let (expected, rise) = self.expected(learners, level);
        (level + ((share - expected) / rise.max(f64::MIN_POSITIVE)).clamp(-STEP_MAX, STEP_MAX)).clamp(-LEVEL_MAX, LEVEL_MAX)
    }

    /// By how much more than the calendar lets expect each target moved from a week of its course on: one step of Newton's from
    /// no move, so that few leavers make no large one.
    fn placebos(&self, revised: i32) -> Moved {
        let mut moved = Moved::new();
        for (course, learners) in &self.unrevised {
            let part =
                |is_in: &dyn Fn(&i32) -> bool| -> ByWeek { learners.iter().filter(|(week, _)| is_in(week)).map(|(week, counts)| (*week, *counts)).collect() };
            let (before, after) = (part(&|week| *week < revised), part(&|week| *week >= revised));
            let [n_before, n_after] = [&before, &after].map(|side| Counts::sum(side.values()).n);
            if n_before.min(n_after) < PLACEBO_LEARNERS_MIN {
                continue;
            }
            let level = self.level(&before, share(&before));
            let (expected, rise_after) = self.expected(&after, level);
            let (known_before, known_after) = (n_before as f64 * self.expected(&before, level).1, n_after as f64 * rise_after);
            let excess = Counts::sum(after.values()).events as f64 - n_after as f64 * expected;
            let placebo = NormalEstimate { estimate: excess / known_after, variance: 1.0 / known_before + 1.0 / known_after };
            moved.entry(Arc::clone(course)).or_default().push(placebo);
        }
        moved
    }
}

/// The share of all learners, with half an outcome and half none besides.
fn share(learners: &ByWeek) -> f64 {
    let all = Counts::sum(learners.values());
    (all.events as f64 + 0.5) / (all.n as f64 + 1.0)
}

fn logistic(logit: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-logit))
}

fn logit(share: f64) -> f64 {
    libm::log(share / (1.0 - share)).clamp(-LEVEL_MAX, LEVEL_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weeks(counts: &[(u64, f64)]) -> ByWeek {
        (0..).zip(counts.iter().map(|(n, share)| Counts { n: *n, events: libm::round(*n as f64 * share) as u64 })).collect()
    }

    /// `odds` times the odds of a share.
    fn times(share: f64, odds: f64) -> f64 {
        let odds = odds * share / (1.0 - share);
        odds / (1.0 + odds)
    }

    fn name(course: usize) -> Arc<str> {
        Arc::from(format!("c{course}"))
    }

    /// So many courses of so many modules, each with these weeks.
    fn alike(courses: usize, modules: usize, learners: &ByWeek) -> Vec<(Arc<str>, ByWeek)> {
        (0..courses * modules).map(|place| (name(place / modules), learners.clone())).collect()
    }

    fn known(share: f64) -> RateEstimate {
        RateEstimate { estimate: share, variance: 0.0 }
    }

    #[test]
    fn a_week_in_which_many_leave_is_no_effect_of_the_revision() {
        // The second week is bad everywhere; the target has eight times the odds, and most of its learners then.
        let mut calendar = Calendar::of(alike(5, 1, &weeks(&[0.05, 0.155, 0.05, 0.05].map(|share| (500_000, share)))));
        let (usual, bad) = (times(0.05, 8.0), times(0.155, 8.0));
        let before = weeks(&[(20_000, usual), (80_000, bad)]);
        let after = weeks(&[(0, 0.0), (0, 0.0), (60_000, usual), (60_000, usual)]);
        let fall = calendar.fall((&name(9), 2), known(0.2 * usual + 0.8 * bad), &before, &after).unwrap();
        assert!((fall.estimate - (0.2 * usual + 0.8 * bad - usual)).abs() < 1e-3, "{fall:?}");
        // The plain shares of the others fall by 8 points, and not by the 24 of the target.
        assert!(fall.estimate > 0.2);
    }

    #[test]
    fn modules_of_other_levels_tell_the_same_calendar() {
        let level = |odds: f64| weeks(&[0.05, 0.155, 0.05].map(|share| (500_000, times(share, odds))));
        let mut calendar = Calendar::of([0.5, 1.0, 2.0, 4.0, 8.0].iter().map(|odds| (name(0), level(*odds))).collect());
        let after = weeks(&[(0, 0.0), (0, 0.0), (1_000, 0.0)]);
        let fall = calendar.fall((&name(0), 2), known(times(0.155, 3.0)), &weeks(&[(0, 0.0), (1_000, 0.0)]), &after).unwrap();
        assert!((fall.estimate - (times(0.155, 3.0) - times(0.05, 3.0))).abs() < 1e-3, "{fall:?}");
    }

    #[test]
    fn the_calendar_is_as_uncertain_as_the_leavers_who_tell_of_it() {
        let mut calendar = Calendar::of(alike(5, 1, &weeks(&[(10_000, 0.2), (10_000, 0.2)])));
        let fall = calendar.fall((&name(0), 1), known(0.2), &weeks(&[(1_000, 0.2)]), &weeks(&[(0, 0.0), (1_000, 0.2)])).unwrap();
        // Each week has information 5 × 10,000 × 0.2 × 0.8 and 1 of its own; the share moves by 0.2 × 0.8 for one on the logit.
        assert!(fall.estimate.abs() < 1e-5, "{fall:?}");
        assert!((fall.variance / (2.0 * 0.16 * 0.16 / 8_001.0) - 1.0).abs() < 1e-3, "{fall:?}");
    }

    #[test]
    fn what_moves_one_course_is_expected_of_its_other_modules_and_feared_of_an_unknown_course() {
        let moved = |odds: f64| weeks(&[(100_000, 0.2), (100_000, times(0.2, odds))]);
        let odds = |course: usize| libm::exp([-0.1, 0.1].get(course).copied().unwrap_or(0.0));
        let mut calendar = Calendar::of((0..18).map(|place| (name(place / 3), moved(odds(place / 3)))).collect());
        let (before, after) = (weeks(&[(1_000, 0.2)]), weeks(&[(0, 0.0), (1_000, 0.2)]));
        let mut fall = |course| calendar.fall((&name(course), 1), known(0.2), &before, &after).unwrap();
        let in_moved = fall(0);
        // Odds of a quarter to one times exp(−0.1).
        assert!((in_moved.estimate / (0.2 - times(0.2, libm::exp(-0.1))) - 1.0).abs() < 0.05, "{in_moved:?}");
        assert!(in_moved.variance < 1e-5, "{in_moved:?}");
        // Of six courses one moved by −0.1 and one by 0.1: variance 2 × 0.01/5.
        let in_unknown = fall(9);
        assert!((in_unknown.variance / (0.004 * 0.16 * 0.16) - 1.0).abs() < 0.05, "{in_unknown:?}");
    }

    #[test]
    fn with_fewer_than_five_to_compare_with_nothing_is_said() {
        let own = weeks(&[(1_000, 0.2), (1_000, 0.2)]);
        let fall = |others| Calendar::of(alike(1, others, &own)).fall((&name(0), 1), known(0.2), &own, &own);
        assert!(fall(5).is_some());
        assert_eq!(fall(4), None);
        let few = weeks(&[(1_000, 0.2), (19, 0.2)]);
        assert_eq!(Calendar::of(alike(1, 5, &few)).fall((&name(0), 1), known(0.2), &own, &own), None);
    }
}
