//! Empirical Bayes over a grid of effects (K5): what the other hypotheses of a pool say about this one.
//!
//! ```text
//! estimates, counts ─▶ EffectGrid ─▶ Likelihood ─┬─▶ fit        prior G by EM, from data up to yesterday
//!                                                └─▶ Prior::judge ─▶ Judgement  lfdr, compound and defensive e-value
//!                                                                        └─▶ confirmed  which to raise
//! ```
//!
//! With effects g, likelihoods `L_g` of one hypothesis and a prior G over the effects:
//!
//! ```text
//! lfdr       = Σ_null G_g L_g / Σ G_g L_g
//! compound   = [Σ_alternative G_g L_g / G(alternative)] / [Σ_null G_g L_g / G(null)]
//! defensive  = [same numerator] / (0.95 × [same denominator] + 0.05 × L_margin)
//! ```
//!
//! The compound e-values control the false discovery rate under e-BH if G is right and the hypotheses of the pool are
//! exchangeable (Ignatiadis, Wang & Ramdas, arXiv 2409.19812). Where the fitted G is thin, beside the margin, that is
//! the weak point: the defensive e-value is at most 20 times the plain likelihood ratio against the margin, whatever
//! G is. Its mean under G's null hypotheses is at most 1/0.95, not 1.
//!
//! Invariants:
//! - Sums run in the order of the grid and of the caller's list, so the same input gives the same bits.
//! - Sums are taken of logarithms: no evidence is so strong that it underflows to 0/0. No result is a `NaN`.

mod confirmed;
mod fit;

pub use confirmed::{Candidate, Confirmed, Form, confirmed};
pub use fit::{Observed, fit, training_places};

use super::eprocess::Side;
use std::ops::Range;

/// The share of the margin's own likelihood in the denominator of the defensive e-value.
const DEFENSIVE_SHARE: f64 = 0.05;

/// The effects at which likelihoods are taken, split into null hypothesis and alternative.
#[derive(Debug, Clone, PartialEq)]
pub struct EffectGrid {
    effects: Vec<f64>,
    margin: usize,
    side: Side,
}

impl EffectGrid {
    /// Builds a grid for H0 `effect <= margin` ([`Side::Upper`]) or `effect >= margin` ([`Side::Lower`]).
    ///
    /// `effects` may be in any unit (a difference, a ratio, a logit) and any order; 60 to 80 points are enough. They are
    /// sorted, repeats are dropped, and the margin, which belongs to the null hypothesis, is added if it is missing.
    /// `None` if a number is not finite or no effect is beyond the margin.
    #[must_use]
    pub fn new(side: Side, margin: f64, effects: &[f64]) -> Option<Self> {
        // Adding 0 makes one zero of the two.
        let mut effects: Vec<f64> = effects.iter().chain([&margin]).map(|effect| effect + 0.0).collect();
        if !effects.iter().all(|effect| effect.is_finite()) {
            return None;
        }
        effects.sort_unstable_by(f64::total_cmp);
        effects.dedup();
        let margin = effects.iter().position(|effect| *effect == margin)?;
        let grid = Self { effects, margin, side };
        (!grid.alternative().is_empty()).then_some(grid)
    }

    /// The effects, ascending.
    #[must_use]
    pub fn effects(&self) -> &[f64] {
        &self.effects
    }

    /// The likelihood of an asymptotically normal estimate: `ln L_g = −(estimate − g)²/(2 se²)`.
    ///
    /// `estimate` and `standard_error` are in the unit of the effects. `None` unless both are finite and the standard
    /// error is positive.
    #[must_use]
    pub fn normal(&self, estimate: f64, standard_error: f64) -> Option<Likelihood> {
        if !(standard_error > 0.0 && standard_error.is_finite()) {
            return None;
        }
        self.likelihood(|effect| {
            let z = (estimate - effect) / standard_error;
            -0.5 * z * z
        })
    }

    /// The likelihood of counts of independent outcomes: `ln L_g = S ln p + F ln(1 − p)` with `p = probability(g)`.
    ///
    /// `probability` says what an effect means against this hypothesis's baseline, for instance `baseline × g`; what it
    /// gives outside `[0, 1]` is read as the nearer end. `None` if it gives a `NaN`, or if no effect could have given
    /// these counts.
    #[must_use]
    pub fn binomial(&self, successes: u64, failures: u64, probability: impl Fn(f64) -> f64) -> Option<Likelihood> {
        // Without the check, 0 × ln 0 would be a NaN.
        let term = |count: u64, ln_p: f64| if count == 0 { 0.0 } else { count as f64 * ln_p };
        self.likelihood(|effect| {
            let p = probability(effect).clamp(0.0, 1.0);
            if p.is_nan() {
                return p;
            }
            term(successes, libm::log(p)) + term(failures, libm::log1p(-p))
        })
    }

    /// Any other likelihood, by its natural logarithm at an effect, up to a constant that is the same for all effects.
    ///
    /// `None` if it gives a `NaN` or `+∞`, or `−∞` at every effect.
    #[must_use]
    pub fn likelihood(&self, ln_likelihood: impl Fn(f64) -> f64) -> Option<Likelihood> {
        let mut ln: Vec<f64> = self.effects.iter().map(|effect| ln_likelihood(*effect)).collect();
        let largest = ln.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if !largest.is_finite() || ln.iter().any(|value| value.is_nan()) {
            return None;
        }
        for value in &mut ln {
            *value -= largest;
        }
        Some(Likelihood(ln))
    }

    fn null(&self) -> Range<usize> {
        match self.side {
            Side::Upper => 0..self.margin + 1,
            Side::Lower => self.margin..self.effects.len(),
        }
    }

    fn alternative(&self) -> Range<usize> {
        match self.side {
            Side::Upper => self.margin + 1..self.effects.len(),
            Side::Lower => 0..self.margin,
        }
    }
}

/// What one hypothesis's data say: ln of the likelihood at each effect of the grid that made it, the largest being 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Likelihood(Vec<f64>);

/// How the true effects of a pool are spread over a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Prior {
    grid: EffectGrid,
    weights: Vec<f64>,
    ln_weights: Vec<f64>,
    ln_null: f64,
    ln_alternative: f64,
}

impl Prior {
    /// The prior that holds all effects of the grid equally likely; where the first fit starts.
    #[must_use]
    pub fn uniform(grid: EffectGrid) -> Self {
        let weights = vec![1.0; grid.effects.len()];
        Self::normalised(grid, weights)
    }

    /// A prior by its weights, one for each of [`EffectGrid::effects`], which need not sum to 1.
    ///
    /// `None` if their number is not that of the effects, one is negative or not finite, or all are 0.
    #[must_use]
    pub fn from_weights(grid: EffectGrid, weights: Vec<f64>) -> Option<Self> {
        let usable = weights.len() == grid.effects.len() && weights.iter().all(|weight| *weight >= 0.0);
        let total: f64 = weights.iter().sum();
        (usable && total > 0.0 && total.is_finite()).then(|| Self::normalised(grid, weights))
    }

    /// `weights` are as many as the effects, not negative, and their sum is positive and finite.
    fn normalised(grid: EffectGrid, mut weights: Vec<f64>) -> Self {
        let total: f64 = weights.iter().sum();
        for weight in &mut weights {
            *weight /= total;
        }
        let ln_weights = weights.iter().copied().map(libm::log).collect();
        let ln_mass = |part: Range<usize>| libm::log(weights[part].iter().sum());
        let (ln_null, ln_alternative) = (ln_mass(grid.null()), ln_mass(grid.alternative()));
        Self { grid, weights, ln_weights, ln_null, ln_alternative }
    }

    /// The grid it is over.
    #[must_use]
    pub fn grid(&self) -> &EffectGrid {
        &self.grid
    }

    /// The weights, one for each effect; they sum to 1.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Judges one hypothesis. The likelihood comes from the prior's own grid; `None` if it has another length, or if
    /// the prior holds the data impossible.
    ///
    /// A prior without an alternative gives e-values of 1: it has nothing to bet on. One without a null hypothesis
    /// leaves the margin to speak for it.
    #[must_use]
    pub fn judge(&self, likelihood: &Likelihood) -> Option<Judgement> {
        let ln_likelihood = &likelihood.0;
        if ln_likelihood.len() != self.weights.len() {
            return None;
        }
        let null = self.part(self.grid.null(), ln_likelihood);
        let alternative = self.part(self.grid.alternative(), ln_likelihood);
        if null.ln_sum == f64::NEG_INFINITY && alternative.ln_sum == f64::NEG_INFINITY {
            return None;
        }
        let lfdr = 1.0 / (1.0 + libm::exp(alternative.ln_sum - null.ln_sum));
        let ln_margin = ln_likelihood[self.grid.margin];
        let (ln_compound, ln_defensive) = if self.ln_alternative == f64::NEG_INFINITY {
            (0.0, 0.0)
        } else {
            let numerator = alternative.ln_sum - self.ln_alternative;
            let denominator = if self.ln_null == f64::NEG_INFINITY { ln_margin } else { null.ln_sum - self.ln_null };
            let guarded = ln_add(libm::log1p(-DEFENSIVE_SHARE) + denominator, libm::log(DEFENSIVE_SHARE) + ln_margin);
            (ln_ratio(numerator, denominator), ln_ratio(numerator, guarded))
        };
        let estimate = lfdr * null.mean + (1.0 - lfdr) * alternative.mean;
        Some(Judgement { lfdr, ln_compound, ln_defensive, estimate })
    }

    fn part(&self, part: Range<usize>, ln_likelihood: &[f64]) -> Part {
        let terms = || self.ln_weights[part.clone()].iter().zip(&ln_likelihood[part.clone()]).map(|(weight, likelihood)| weight + likelihood);
        let largest = terms().fold(f64::NEG_INFINITY, f64::max);
        if largest == f64::NEG_INFINITY {
            return Part { ln_sum: largest, mean: 0.0 };
        }
        let (mut sum, mut moment) = (0.0, 0.0);
        for (term, effect) in terms().zip(&self.grid.effects[part.clone()]) {
            let weight = libm::exp(term - largest);
            sum += weight;
            moment += weight * effect;
        }
        Part { ln_sum: largest + libm::log(sum), mean: moment / sum }
    }
}

/// One side of the grid under the posterior: ln Σ G L, and the mean effect (0 where the sum is 0).
struct Part {
    ln_sum: f64,
    mean: f64,
}

/// What is to be held of one hypothesis, given its data and the prior.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// The local false discovery rate: the posterior probability of the null hypothesis.
    pub lfdr: f64,
    /// ln of the compound e-value; `±∞` only where the counts are impossible on one side of the margin.
    pub ln_compound: f64,
    /// ln of the defensive e-value; at most ln 20 above the plain likelihood ratio against the margin.
    pub ln_defensive: f64,
    /// The empirical-Bayes estimate, the posterior mean of the effect.
    pub estimate: f64,
}

/// ln(a/b) of two numbers given by their logarithms; 0/0 is no evidence.
fn ln_ratio(numerator: f64, denominator: f64) -> f64 {
    if numerator == denominator { 0.0 } else { numerator - denominator }
}

/// ln(a + b) of two numbers given by their logarithms.
fn ln_add(a: f64, b: f64) -> f64 {
    let (larger, smaller) = if a >= b { (a, b) } else { (b, a) };
    if larger == f64::NEG_INFINITY { larger } else { larger + libm::log1p(libm::exp(smaller - larger)) }
}

#[cfg(test)]
mod tests;
