//! Evidence that may be looked at every day and added over days, shards and partitions.
//!
//! An e-process E starts at 1 and, under its null hypothesis, has a mean of at most 1 at every stopping time; so
//! P(E ever >= 1/alpha) <= alpha (Ville 1939).
//!
//! Invariants:
//! - Evidence of counts (K1) is a list of integers, and adding lists is exact: it does not depend on how the outcomes
//!   were split or ordered.
//! - Whatever is rounded is rounded towards the null hypothesis: p0 widens it, increments fall.

pub use super::normal::ln_normal_cdf;

use super::normal::ln_scaled_normal_cdf;
use serde::{Deserialize, Serialize};
use std::f64::consts::{LN_2, LN_10};

/// Steps of the grid of p0 in a factor of 2.
const STEPS_PER_OCTAVE: i32 = 64;

/// The grid's ends are p0 = 2⁻³⁰ and 1 − 2⁻³⁰: this many steps on each side of 1/2.
const STEPS_MAX: i32 = 29 * STEPS_PER_OCTAVE;

/// Units of a fixed-point log-likelihood in one nat.
const UNITS_PER_NAT: f64 = 4_294_967_296.0;

/// Taken off before an increment is rounded down, in units: more than the float error of the logarithm, so that the
/// integer is never above the exact value.
const FLOAT_ERROR_UNITS: f64 = 1.0 / 256.0;

/// Which side the alternatives are on, and so what the null hypothesis is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// H0: `p <= p0`; evidence grows when outcomes happen more often than p0 allows.
    Upper,
    /// H0: `p >= p0`; evidence grows when outcomes happen less often than p0 demands.
    Lower,
}

/// The bets of one hypothesis about the probability p of an outcome (K1): J alternatives against the margin p0.
#[derive(Debug, Clone, PartialEq)]
pub struct BernoulliGrid {
    p0: f64,
    bets: Vec<Bet>,
}

/// What one outcome adds to the log-likelihood ratio of one alternative, in units of 2⁻³² nat, rounded down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bet {
    success: i64,
    failure: i64,
}

impl BernoulliGrid {
    /// Builds the bets for H0 `p <= p0` ([`Side::Upper`]) or `p >= p0` ([`Side::Lower`]), p0 = margin × baseline.
    ///
    /// p0 is first rounded so that the null hypothesis grows (up for `Upper`, down for `Lower`), to a grid that is
    /// logarithmic in the smaller of p and 1 − p with 64 steps in a factor of 2, from 2⁻³⁰ to 1 − 2⁻³⁰. There are few
    /// distinct grids, so they can be cached by [`BernoulliGrid::p0`].
    ///
    /// An alternative that is not beyond p0, or not strictly inside (0, 1), bets nothing: its ratio stays 1, and it
    /// keeps its place, so that sums of days with different p0 add index by index. `None` if no alternative is left,
    /// or p0 is outside `[0, 1]`. With `Upper` and a p0 above 1 − 2⁻³⁰, or `Lower` and one below 2⁻³⁰, none is.
    #[must_use]
    pub fn new(side: Side, p0: f64, alternatives: &[f64]) -> Option<Self> {
        let p0 = widened(side, p0)?;
        let beyond = |p1: f64| match side {
            Side::Upper => p1 > p0 && p1 < 1.0,
            Side::Lower => p1 < p0 && p1 > 0.0,
        };
        if !alternatives.iter().any(|p1| beyond(*p1)) {
            return None;
        }
        let bet = |p1: f64| {
            if !beyond(p1) {
                return Bet { success: 0, failure: 0 };
            }
            Bet { success: units_below(libm::log(p1 / p0)), failure: units_below(libm::log((1.0 - p1) / (1.0 - p0))) }
        };
        Some(Self { p0, bets: alternatives.iter().map(|p1| bet(*p1)).collect() })
    }

    /// The margin that is really tested, after rounding to the grid.
    #[must_use]
    pub fn p0(&self) -> f64 {
        self.p0
    }

    /// The evidence of a batch of outcomes: `L_j = S ln(p1_j/p0) + F ln((1−p1_j)/(1−p0))` for each alternative j.
    ///
    /// The same formula serves both sides. Every outcome must be a learner's first, and p0 known before it.
    #[must_use]
    pub fn increments(&self, successes: u64, failures: u64) -> LogLikelihood {
        // Exact: a bet is below 2⁴² units and a count below 2⁶⁴.
        let sum = |bet: &Bet| i128::from(bet.success) * i128::from(successes) + i128::from(bet.failure) * i128::from(failures);
        LogLikelihood(self.bets.iter().map(sum).collect())
    }
}

/// Accumulated evidence of one hypothesis: one log-likelihood ratio for each alternative, in units of 2⁻³² nat.
///
/// The default is the empty list, the evidence of no outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLikelihood(Vec<i128>);

impl LogLikelihood {
    /// Adds the evidence of further outcomes of the same hypothesis, index by index.
    ///
    /// Both lists have the rule's number of alternatives, or none; a shorter list is read as if its missing
    /// alternatives had bet nothing.
    pub fn add(&mut self, other: &LogLikelihood) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (sum, more) in self.0.iter_mut().zip(&other.0) {
            *sum = sum.saturating_add(*more);
        }
    }

    /// The natural logarithm of the e-value, `ln((1/J) Σ_j exp(L_j))`; 0 for the empty list.
    #[must_use]
    pub fn ln_e(&self) -> f64 {
        let Some(largest) = self.0.iter().max() else {
            return 0.0;
        };
        let nats = |units: &i128| *units as f64 / UNITS_PER_NAT;
        let largest = nats(largest);
        let sum: f64 = self.0.iter().map(|units| libm::exp(nats(units) - largest)).sum();
        largest + libm::log(sum / self.0.len() as f64)
    }

    /// The decimal logarithm of the e-value.
    #[must_use]
    pub fn log10_e(&self) -> f64 {
        self.ln_e() / LN_10
    }
}

/// The natural logarithm of the e-value against H0 `theta <= null`, for an asymptotically normal estimate (K2):
/// `ln 2 + ½ ln(r/(r+I)) + S²/(2(I+r)) + ln Φ(S/√(I+r))` with `I = 1/v`, `S = (estimate − null) I`, `r = 1/tau²`.
///
/// `variance` is that of the estimate (squared unit of the estimate), `tau` a plausible excess (unit of the
/// estimate). Input without information (a variance or tau that is not positive, a number that is not finite) gives
/// 0, the evidence of an empty sample. Valid for large samples only: keep the floors of 20 learners, 5 in each class.
/// For H0 `theta >= null` pass the negated estimate and null.
/// Source: Robbins, Ann. Math. Stat. 41 (1970); Johari, Pekelis & Walsh, Oper. Res. 70 (2022).
#[must_use]
pub fn ln_normal_mixture_one_sided(estimate: f64, variance: f64, null: f64, tau: f64) -> f64 {
    let information = 1.0 / variance;
    let prior = 1.0 / (tau * tau);
    let sum = information + prior;
    let z = (estimate - null) * information / libm::sqrt(sum);
    // S²/(2(I+r)) + ln Φ(z) is taken together: the two cancel when the estimate is far below the null.
    let ln_e = LN_2 + 0.5 * libm::log(prior / sum) + ln_scaled_normal_cdf(z);
    let usable = variance > 0.0 && tau > 0.0 && ln_e.is_finite();
    if usable { ln_e } else { 0.0 }
}

/// The natural logarithm of the e-value against H0 `theta = null` (K2, two-sided): `½ ln(r/(r+I)) + S²/(2(I+r))`.
///
/// Arguments, units and what holds without information are those of [`ln_normal_mixture_one_sided`]. The nulls with an
/// e-value below 1/alpha are the confidence sequence of level 1 − alpha.
#[must_use]
pub fn ln_normal_mixture_two_sided(estimate: f64, variance: f64, null: f64, tau: f64) -> f64 {
    let information = 1.0 / variance;
    let prior = 1.0 / (tau * tau);
    let sum = information + prior;
    let z = (estimate - null) * information / libm::sqrt(sum);
    let ln_e = 0.5 * (libm::log(prior / sum) + z * z);
    let usable = variance > 0.0 && tau > 0.0 && ln_e.is_finite();
    if usable { ln_e } else { 0.0 }
}

/// The point of the grid next to `p0` on the side where the null hypothesis grows; `None` outside `[0, 1]` and past
/// the grid's end on that side.
fn widened(side: Side, p0: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&p0) {
        return None;
    }
    // The grid rises with its index, so the first point at or above p0 is found by halving; no rounding is trusted.
    let (mut low, mut high) = (-STEPS_MAX, STEPS_MAX + 1);
    while low < high {
        let middle = low + (high - low).div_euclid(2);
        if grid(middle) < p0 { low = middle + 1 } else { high = middle }
    }
    match side {
        Side::Upper => (low <= STEPS_MAX).then(|| grid(low)),
        Side::Lower if low <= STEPS_MAX && grid(low) == p0 => Some(p0),
        Side::Lower => (low > -STEPS_MAX).then(|| grid(low - 1)),
    }
}

/// Point `step` of the grid of p0: 1/2 at 0, halved every 64 steps downwards, and 1 − p halved every 64 upwards.
fn grid(step: i32) -> f64 {
    let smaller = 0.5 * libm::exp2(-f64::from(step.abs()) / f64::from(STEPS_PER_OCTAVE));
    if step <= 0 { smaller } else { 1.0 - smaller }
}

/// A number of nats as units, rounded down.
fn units_below(nats: f64) -> i64 {
    libm::floor(nats * UNITS_PER_NAT - FLOAT_ERROR_UNITS) as i64
}

#[cfg(test)]
mod tests;
