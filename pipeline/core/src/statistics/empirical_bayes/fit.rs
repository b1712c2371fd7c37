//! Fitting the prior: nonparametric maximum likelihood on a fixed grid, by expectation–maximisation.
//!
//! One pass is `G_g ← Σ_i w_i G_g L_ig / f_i ÷ Σ_i w_i` with `f_i = Σ_h G_h L_ih` (Kiefer & Wolfowitz, Ann. Math.
//! Stat. 27, 1956; Dempster, Laird & Rubin, JRSS B 39, 1977). Each pass raises `Σ w_i ln f_i`. 40 passes from the last
//! prior do not reach the maximum, and need not: the spiky maximum over-fits, the early iterates are smooth.

use super::{Likelihood, Prior};
use std::collections::BTreeMap;

/// Passes of one fit.
const PASSES: usize = 40;

/// How much of the uniform prior is mixed into the start, so that an effect whose weight died out can come back.
const UNIFORM_SHARE: f64 = 0.001;

/// No provider weighs more than one in this many in the fit; with fewer providers it cannot be.
const PROVIDERS_MIN: usize = 10;

/// The most hypotheses a prior is fitted to.
///
/// A prior has some 80 weights, and sampling error falls with the root of the rows: 20 000 leave a standard error below
/// 0.0036 on any share. A million rows would take 3.2 × 10⁹ multiplications for each of the two sums and 640 MB.
const TRAINING_ROWS_MAX: usize = 20_000;

/// One hypothesis of the training sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// The provider that owns it, by any number that is his alone.
    pub provider: u32,
    /// What its data say.
    pub likelihood: Likelihood,
}

/// Fits the prior of a pool to its hypotheses, starting from an older fit or from [`Prior::uniform`].
///
/// 40 passes from 0.999 `start` + 0.001 uniform. All sums run in the order of `observed`: sort it by key and the result
/// is the same to the bit. The data end before the day that is judged, or the e-values lose their meaning.
///
/// No provider has more than a tenth of the weight. Each hypothesis weighs 1; those of one provider together weigh
/// `min(their number, c)`, and c is the largest for which `c <= 0.1 × Σ min(n_p, c)`. With fewer than 10 providers no c
/// does that; there c is a tenth of all hypotheses, which holds the large ones down and does not blow up the small.
///
/// A likelihood of another grid is left out, and so is one that the prior holds impossible. With nothing left the
/// result is the start.
#[must_use]
pub fn fit(start: &Prior, observed: &[Observed]) -> Prior {
    let size = start.weights.len();
    let usable: Vec<&Observed> = observed.iter().filter(|one| one.likelihood.0.len() == size).collect();
    let weights = provider_weights(&usable);
    let mut rows = Vec::with_capacity(usable.len() * size);
    for one in &usable {
        rows.extend(one.likelihood.0.iter().copied().map(libm::exp));
    }
    let uniform = UNIFORM_SHARE / size as f64;
    let mut prior: Vec<f64> = start.weights.iter().map(|weight| (1.0 - UNIFORM_SHARE) * weight + uniform).collect();
    for _ in 0..PASSES {
        prior = pass(&prior, &rows, &weights);
    }
    Prior::normalised(start.grid.clone(), prior)
}

/// One pass of EM. `rows` holds the likelihoods of one hypothesis after the other, as many as `prior` has weights.
pub(super) fn pass(prior: &[f64], rows: &[f64], weights: &[f64]) -> Vec<f64> {
    let mut next = vec![0.0; prior.len()];
    let mut total = 0.0;
    for (row, weight) in rows.chunks_exact(prior.len()).zip(weights) {
        let density = dot(prior, row);
        // A density of 0 means data that the prior holds impossible.
        let share = weight / density;
        if share.is_finite() {
            total += weight;
            for (next, likelihood) in next.iter_mut().zip(row) {
                *next += share * likelihood;
            }
        }
    }
    if total == 0.0 {
        return prior.to_vec();
    }
    next.iter().zip(prior).map(|(ratio, prior)| prior * ratio / total).collect()
}

/// Σ left × right of two lists of one length, as four sums side by side: one after another each addition waits for the last.
fn dot(left: &[f64], right: &[f64]) -> f64 {
    let ((left, left_rest), (right, right_rest)) = (left.as_chunks::<4>(), right.as_chunks::<4>());
    let mut sums = [0.0; 4];
    for (left, right) in left.iter().zip(right) {
        for lane in 0..4 {
            sums[lane] += left[lane] * right[lane];
        }
    }
    let rest: f64 = left_rest.iter().zip(right_rest).map(|(left, right)| left * right).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

/// The weight of each hypothesis: 1, or less where its provider is held down.
pub(super) fn provider_weights(observed: &[&Observed]) -> Vec<f64> {
    let mut numbers: BTreeMap<u32, usize> = BTreeMap::new();
    for one in observed {
        *numbers.entry(one.provider).or_default() += 1;
    }
    let cap = provider_cap(numbers.values().copied().collect());
    let weight = |one: &&Observed| {
        let number = numbers.get(&one.provider).copied().unwrap_or(1) as f64;
        if number > cap { cap / number } else { 1.0 }
    };
    observed.iter().map(weight).collect()
}

/// The largest c with `10 c <= Σ min(n_p, c)` for the numbers n of hypotheses of each provider; `Σ n / 10` for fewer
/// than 10 providers.
fn provider_cap(mut numbers: Vec<usize>) -> f64 {
    let mut rest: usize = numbers.iter().sum();
    if numbers.len() < PROVIDERS_MIN {
        return rest as f64 / PROVIDERS_MIN as f64;
    }
    numbers.sort_unstable_by_key(|number| std::cmp::Reverse(*number));
    // With the `held` largest held at c, c is the sum of the rest over (10 − held), once none of the rest is above it.
    let mut held = 0;
    while held + 1 < PROVIDERS_MIN && numbers[held].saturating_mul(PROVIDERS_MIN - held) > rest {
        rest -= numbers[held];
        held += 1;
    }
    rest as f64 / (PROVIDERS_MIN - held) as f64
}

/// Which of `hypotheses`, by their places in key order, a prior is fitted to: all up to 20 000, else one of each of
/// 20 000 stretches of equal length.
///
/// The place within its stretch moves on by the golden ratio. Every k-th of the list would be simpler and wrong: where
/// all quizzes have k items, it would be the same question of each.
pub fn training_places(hypotheses: usize) -> impl Iterator<Item = usize> {
    /// 2⁶⁴ divided by the golden ratio.
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    let rows = hypotheses.min(TRAINING_ROWS_MAX);
    let start = move |row: usize| (row as u128 * hypotheses as u128 / rows as u128) as usize;
    (0..rows).map(move |row| {
        let length = start(row + 1) - start(row);
        let phase = (row as u64).wrapping_mul(GOLDEN);
        start(row) + ((u128::from(phase) * length as u128) >> 64) as usize
    })
}
