//! What a revised target would lose if its learners left as those of its siblings do: in the weeks in which its own
//! learners came, and at its own level.
//!
//! Two things make the plain shares of siblings a poor control. Learners come to other modules in other weeks, and in a
//! week in which many leave a bad module loses more points than a good one. So the siblings' shares are taken week by week,
//! weighted by the target's own learners (direct standardisation, K8), and moved to its level on the scale of the logit:
//!
//! ```text
//! s(side) = Σ_w n_w/n · logistic(logit c_w + λ)     c_w the siblings' share in week w, n_w the target's learners on that side
//! λ       such that s(before) is the target's own share before
//! ```
//!
//! No week has more leavers than learners.
//!
//! Invariant: where the odds of leaving are those of the siblings times a constant, s(before) − s(after) is what the target's
//! share falls by without the revision.

use super::strata::Counts;
use crate::statistics::shrinkage::RateEstimate;
use std::collections::BTreeMap;

/// Learners by calendar week.
pub(super) type ByWeek = BTreeMap<i32, Counts>;

/// Weight of the siblings' share over all weeks for that of one week, in learners.
const WEEK_LEARNERS: f64 = 20.0;
/// Halvings of the interval in which λ lies: it is known to 2⁻⁴⁰ of it.
const HALVINGS: usize = 45;
/// λ lies within this on either side.
const LAMBDA_MAX: f64 = 12.0;

/// What the siblings say of a target before and after; `None` where too few came to them or to it.
pub(super) fn standardised(before: &ByWeek, after: &ByWeek, siblings: &ByWeek) -> Option<[RateEstimate; 2]> {
    let all = Counts::sum(siblings.values());
    RateEstimate::of_counts(all.events, all.n)?;
    let usual = (all.events as f64 + 0.5) / (all.n as f64 + 1.0);
    let share = |week: i32| {
        let Counts { n, events } = siblings.get(&week).copied().unwrap_or_default();
        let learners = n as f64 + WEEK_LEARNERS;
        ((events as f64 + WEEK_LEARNERS * usual) / learners, learners)
    };
    let own = before.values().fold((0.5, 1.0), |(events, n), counts| (events + counts.events as f64, n + counts.n as f64));
    let lambda = level(before, &share, own.0 / own.1);
    Some([before, after].map(|side| at_level(side, &share, lambda)))
}

/// The λ at which the siblings lose this share in the weeks of some learners.
fn level(learners: &ByWeek, share: &impl Fn(i32) -> (f64, f64), target: f64) -> f64 {
    let (mut low, mut high) = (-LAMBDA_MAX, LAMBDA_MAX);
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        if at_level(learners, share, middle).estimate < target { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

fn at_level(learners: &ByWeek, share: &impl Fn(i32) -> (f64, f64), lambda: f64) -> RateEstimate {
    let total = learners.values().map(|counts| counts.n).sum::<u64>().max(1) as f64;
    let (mut estimate, mut variance) = (0.0, 0.0);
    for (week, counts) in learners {
        let (of_siblings, n) = share(*week);
        let moved = 1.0 / (1.0 + libm::exp(-lambda) * (1.0 - of_siblings) / of_siblings);
        let weight = counts.n as f64 / total;
        // d logistic(logit c + λ) / dc, times the standard error of c.
        let spread = moved * (1.0 - moved) / libm::sqrt(of_siblings * (1.0 - of_siblings) * n);
        estimate += weight * moved;
        variance += weight * weight * spread * spread;
    }
    RateEstimate { estimate, variance }
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

    #[test]
    fn a_week_in_which_many_leave_is_no_effect_of_the_revision() {
        // The second week is bad everywhere; the target has eight times the siblings' odds, and most of its learners then.
        let shares = [0.05, 0.155, 0.05, 0.05];
        let siblings = weeks(&shares.map(|share| (500_000, share)));
        let before = weeks(&[(20_000, times(0.05, 8.0)), (80_000, times(0.155, 8.0))]);
        let after: ByWeek = weeks(&[(0, 0.0), (0, 0.0), (60_000, times(0.05, 8.0)), (60_000, times(0.05, 8.0))]);
        let [was, is] = standardised(&before, &after, &siblings).unwrap();
        assert!((was.estimate - (0.2 * times(0.05, 8.0) + 0.8 * times(0.155, 8.0))).abs() < 1e-3, "{was:?}");
        assert!((is.estimate - times(0.05, 8.0)).abs() < 1e-3, "{is:?}");
        // The plain shares of the siblings fall by 5 points and not by the 23 of the target.
        assert!(was.estimate - is.estimate > 0.2);
    }

    #[test]
    fn at_the_level_of_the_siblings_it_is_their_own_share_and_variance() {
        let siblings = weeks(&[(10_000, 0.2)]);
        let [was, is] = standardised(&weeks(&[(1_000, 0.2)]), &weeks(&[(1_000, 0.1)]), &siblings).unwrap();
        assert!((was.estimate - 0.2).abs() < 1e-3 && (is.estimate - was.estimate).abs() < 1e-12);
        assert!((was.variance / (0.2 * 0.8 / 10_020.0) - 1.0).abs() < 0.01, "{was:?}");
    }

    #[test]
    fn without_siblings_nothing_is_said() {
        let own = weeks(&[(1_000, 0.2)]);
        assert_eq!(standardised(&own, &own, &weeks(&[(19, 0.2)])), None);
    }
}
