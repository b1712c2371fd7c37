//! I-02: an item that does not tell who knows the subject.
//!
//! H0: the item-rest correlation is at least 0.10, written as a difference of means: r = d √(pq).

use super::margins::{ALPHA, DIFFERENCE_TAU, ITEM_REST_MIN};
use super::tally::{Difference, Tally};
use crate::statistics::eprocess::ln_normal_mixture_one_sided;
use crate::statistics::interval::correlation_confidence_sequence;

/// What the learners of some days say about an item.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flat {
    pub(super) ln_e: f64,
    /// Item-rest correlation, and its 95 % interval.
    pub(super) item_rest: f64,
    pub(super) interval: (f64, f64),
}

/// The evidence; `None` below the smallest samples.
pub(super) fn evidence(tally: &Tally<'_>) -> Option<Flat> {
    let (difference, spread, n) = parts(tally)?;
    let item_rest = (difference.estimate * spread).clamp(-1.0, 1.0);
    let interval = correlation_confidence_sequence(item_rest, n, ALPHA)?;
    let ln_e = ln_normal_mixture_one_sided(-difference.estimate, difference.variance, -ITEM_REST_MIN / spread, DIFFERENCE_TAU);
    Some(Flat { ln_e, item_rest, interval: (interval.lo, interval.hi) })
}

/// ln of the e-value that the item does discriminate.
pub(super) fn reverse_ln_e(later: &Tally<'_>) -> f64 {
    parts(later)
        .map_or(0.0, |(difference, spread, _)| ln_normal_mixture_one_sided(difference.estimate, difference.variance, ITEM_REST_MIN / spread, DIFFERENCE_TAU))
}

/// The difference of means, √(pq) and n.
fn parts(tally: &Tally<'_>) -> Option<(Difference, f64, u64)> {
    let difference = tally.right_minus_wrong()?;
    let [wrong, right] = tally.by_mark().map(|moments| moments.n);
    let n = wrong + right;
    Some((difference, libm::sqrt(wrong as f64 * right as f64) / n as f64, n))
}
