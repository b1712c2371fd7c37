//! I-02: an item that does not tell who knows the subject.
//!
//! H0: the item-rest correlation r is at least 0.10. Plain evidence: K2 on the difference of mean rest scores d of those
//! marked right and wrong, in standard deviations; the margin is written as a difference by r = d √(pq). Pool: r with
//! standard error 1/√n.

use super::super::items::{Evidence, ItemRule, Share};
use super::super::life::{Finding, Weighed};
use super::super::margins::{ALPHA, DIFFERENCE_TAU};
use super::super::messages::signed;
use super::super::pool::{Pool, Sample, steps};
use super::super::signal::Code;
use super::super::tally::{Difference, Tally};
use crate::statistics::eprocess::{Side, ln_normal_mixture_one_sided};
use crate::statistics::interval::correlation_confidence_sequence;

/// The rule.
pub(in super::super) const RULE: ItemRule = ItemRule { code: Code::NotDiscriminating, share: Share::ByLearners, pool, weigh, cleared, find };

/// A sound item has at least this item-rest correlation.
const ITEM_REST_MIN: f64 = 0.10;

fn pool() -> Option<Pool> {
    Pool::new(Side::Lower, ITEM_REST_MIN, &steps(-0.7, 0.8, 75))
}

fn weigh(evidence: &Evidence<'_>) -> Option<Weighed> {
    let Parts { difference, spread, n } = Parts::of(evidence.tally)?;
    let item_rest = difference.estimate * spread;
    let standard_error = 1.0 / libm::sqrt(n as f64);
    let excess = (ITEM_REST_MIN - item_rest).max(0.0);
    Some(Weighed {
        learners: n,
        ln_e: ln_normal_mixture_one_sided(-difference.estimate, difference.variance, -ITEM_REST_MIN / spread, DIFFERENCE_TAU),
        sample: Some(Sample::Normal { estimate: item_rest, standard_error }),
        is_supported: true,
        nats_a_learner: 0.5 * excess * excess,
    })
}

fn cleared(later: &Evidence<'_>) -> f64 {
    Parts::of(later.tally).map_or(0.0, |Parts { difference, spread, .. }| {
        ln_normal_mixture_one_sided(difference.estimate, difference.variance, ITEM_REST_MIN / spread, DIFFERENCE_TAU)
    })
}

fn find(evidence: &Evidence<'_>) -> Option<Finding> {
    let Parts { difference, spread, n } = Parts::of(evidence.tally)?;
    let item_rest = (difference.estimate * spread).clamp(-1.0, 1.0);
    let interval = correlation_confidence_sequence(item_rest, n, ALPHA)?;
    Some(Finding {
        n_learners: n,
        estimate: item_rest,
        interval: (interval.lo, interval.hi),
        baseline: ITEM_REST_MIN,
        values: vec![
            ("item", evidence.name().to_owned()),
            ("n", n.to_string()),
            ("estimate", signed(item_rest)),
            ("lo", signed(interval.lo)),
            ("hi", signed(interval.hi)),
            ("margin", signed(ITEM_REST_MIN)),
        ],
        ..Finding::default()
    })
}

/// The difference of means, √(pq) and n.
struct Parts {
    difference: Difference,
    spread: f64,
    n: u64,
}

impl Parts {
    fn of(tally: &Tally) -> Option<Self> {
        let difference = tally.right_minus_wrong()?;
        let [wrong, right] = tally.by_mark().map(|moments| moments.n);
        let n = wrong + right;
        Some(Self { difference, spread: libm::sqrt(wrong as f64 * right as f64) / n as f64, n })
    }
}
