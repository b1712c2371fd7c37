//! Intervals for what was counted over worlds: Clopper and Pearson's for shares, Student's for means, and a ratio's.
//!
//! All rest on the regularised incomplete beta function, here by Lentz's continued fraction (Press et al., *Numerical
//! Recipes*, 6.4): `P(X >= k) = I_p(k, n − k + 1)` for a binomial X, and `P(|T| > t) = I_{ν/(ν+t²)}(ν/2, 1/2)` for Student's T.
//!
//! Invariants: every function is pure and gives a number for every input; ends of intervals are found by bisection to 1e-12.

use serde::{Deserialize, Serialize};

/// Halvings of an interval: beyond these nothing changes any more.
const HALVINGS: u32 = 80;
/// Terms of the continued fraction at most; it needs about the square root of the larger parameter.
const TERMS_MAX: u32 = 10_000;
/// What stands for zero in a denominator.
const TINY: f64 = 1e-300;
/// Largest quantile of Student's distribution that is looked for.
const STUDENT_MAX: f64 = 1e6;
/// One minus the level of two-sided intervals.
pub const ALPHA: f64 = 0.05;

/// An estimate over worlds with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
}

/// The regularised incomplete beta function `I_x(a, b)`, for positive `a` and `b`; `x` outside `[0, 1]` is read as its end.
#[must_use]
pub fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let ln_front = a * libm::log(x) + b * libm::log1p(-x) + libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b);
    let front = libm::exp(ln_front);
    // The fraction converges fast on this side of the mean; the other side by symmetry.
    if x < (a + 1.0) / (a + b + 2.0) { front * fraction(x, a, b) / a } else { 1.0 - front * fraction(1.0 - x, b, a) / b }
}

fn fraction(x: f64, a: f64, b: f64) -> f64 {
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut result = d;
    for term in 1..=TERMS_MAX {
        let m = f64::from(term);
        for coefficient in [m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)), -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))] {
            d = 1.0 / away_from_zero(1.0 + coefficient * d);
            c = away_from_zero(1.0 + coefficient / c);
            result *= c * d;
        }
        if (c * d - 1.0).abs() < 1e-15 {
            break;
        }
    }
    result
}

/// `P(X >= successes)` for `trials` at probability `p`.
#[must_use]
pub fn binomial_upper_tail(successes: u64, trials: u64, p: f64) -> f64 {
    if successes == 0 { 1.0 } else { incomplete_beta(p, successes as f64, (trials.saturating_sub(successes) + 1) as f64) }
}

/// `P(X <= successes)` for `trials` at probability `p`.
#[must_use]
pub fn binomial_lower_tail(successes: u64, trials: u64, p: f64) -> f64 {
    if successes >= trials { 1.0 } else { incomplete_beta(1.0 - p, (trials - successes) as f64, (successes + 1) as f64) }
}

/// The one-sided upper limit of a share at level `alpha` (Clopper & Pearson 1934): the p at which so few successes have
/// probability `alpha`. 1 without trials.
#[must_use]
pub fn share_upper_limit(successes: u64, trials: u64, alpha: f64) -> f64 {
    if successes >= trials {
        return 1.0;
    }
    root(0.0, 1.0, |p| binomial_lower_tail(successes, trials, p) - alpha)
}

/// A share of independent trials with its two-sided interval (Clopper & Pearson); `None` without trials.
#[must_use]
pub fn share(successes: u64, trials: u64) -> Option<Estimate> {
    let value = (trials > 0).then(|| successes as f64 / trials as f64)?;
    let lo = if successes == 0 { 0.0 } else { root(0.0, 1.0, |p| ALPHA / 2.0 - binomial_upper_tail(successes, trials, p)) };
    Some(Estimate { value, lo, hi: share_upper_limit(successes, trials, ALPHA / 2.0) })
}

/// The mean of one number a world, with Student's interval; of one world alone the interval is the point. `None` of nothing.
#[must_use]
pub fn mean(values: &[f64]) -> Option<Estimate> {
    let n = values.len() as f64;
    let value = (!values.is_empty()).then(|| values.iter().sum::<f64>() / n)?;
    let squares: f64 = values.iter().map(|one| (one - value) * (one - value)).sum();
    Some(around(value, squares / (n * (n - 1.0).max(1.0)), values.len()))
}

/// The ratio of sums over worlds of (cases that hold, cases), with an interval that allows for worlds that differ: cases
/// of one world share its courses (Cochran 1977, 2.11). `None` without cases.
#[must_use]
pub fn ratio(worlds: &[(u64, u64)]) -> Option<Estimate> {
    let cases: f64 = worlds.iter().map(|(_, cases)| *cases as f64).sum();
    let value = (cases > 0.0).then(|| worlds.iter().map(|(holding, _)| *holding as f64).sum::<f64>() / cases)?;
    let squares: f64 = worlds.iter().map(|(holding, cases)| *holding as f64 - value * *cases as f64).map(|residual| residual * residual).sum();
    let n = worlds.len() as f64;
    let interval = around(value, squares * n / ((n - 1.0).max(1.0) * cases * cases), worlds.len());
    Some(Estimate { lo: interval.lo.max(0.0), hi: interval.hi.min(1.0), ..interval })
}

fn around(value: f64, variance: f64, worlds: usize) -> Estimate {
    let margin = if worlds < 2 { 0.0 } else { student_quantile(worlds as f64 - 1.0) * libm::sqrt(variance) };
    Estimate { value, lo: value - margin, hi: value + margin }
}

/// The t with `P(|T| > t)` = [`ALPHA`].
fn student_quantile(freedom: f64) -> f64 {
    root(0.0, STUDENT_MAX, |t| incomplete_beta(freedom / (freedom + t * t), freedom / 2.0, 0.5) - ALPHA)
}

/// Where a falling function crosses zero.
fn root(mut above: f64, mut below: f64, function: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..HALVINGS {
        let middle = 0.5 * (above + below);
        if function(middle) > 0.0 { above = middle } else { below = middle }
    }
    0.5 * (above + below)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(ours: f64, known: f64) {
        assert!((ours - known).abs() < 1e-9, "ours {ours}, known {known}");
    }

    /// Known answers: scipy 1.x, `scipy.stats.beta.ppf`, `scipy.stats.t.ppf`, `scipy.special.betainc`.
    #[test]
    fn limits_equal_known_ones() {
        // No success: 1 − alpha^(1/n), the rule of three.
        assert_close(share_upper_limit(0, 200, 0.05), 1.0 - libm::pow(0.05, 1.0 / 200.0));
        assert_close(share_upper_limit(9, 200, 0.05), 0.077_210_975_017_338_1);
        assert_close(share_upper_limit(10, 200, 0.05), 0.083_335_151_066_371_96);
        assert_eq!(share_upper_limit(5, 5, 0.05), 1.0);
        let half = share(5, 10).unwrap();
        assert_close(half.lo, 0.187_086_028_447_398_55);
        assert_close(half.hi, 1.0 - 0.187_086_028_447_398_55);
        assert_close(student_quantile(1.0), 12.706_204_736_174_694);
        assert_close(student_quantile(19.0), 2.093_024_054_408_308_7);
        assert_close(incomplete_beta(0.3, 2.5, 4.0), 0.352_197_585_906_767_2);
    }

    #[test]
    fn tails_are_the_sums_of_the_definition() {
        let choose = |n: u64, k: u64| (0..k).fold(1.0, |product, i| product * (n - i) as f64 / (i + 1) as f64);
        let mass = |k: u64| choose(12, k) * libm::pow(0.3, k as f64) * libm::pow(0.7, (12 - k) as f64);
        for k in 0..=12 {
            assert_close(binomial_upper_tail(k, 12, 0.3), (k..=12).map(mass).sum());
            assert_close(binomial_lower_tail(k, 12, 0.3), (0..=k).map(mass).sum());
        }
    }

    #[test]
    fn a_mean_and_a_ratio_have_intervals_from_how_worlds_differ() {
        let mean = mean(&[0.0, 0.02, 0.04]).unwrap();
        assert_close(mean.value, 0.02);
        assert_close(mean.hi - mean.lo, 2.0 * student_quantile(2.0) * libm::sqrt(0.0004 / 3.0));
        assert_eq!(super::mean(&[]), None);
        // Worlds of one size: the ratio is the mean of their shares.
        let ratio = ratio(&[(0, 100), (2, 100), (4, 100)]).unwrap();
        assert_close(ratio.value, 0.02);
        assert_close(ratio.hi, mean.hi);
        assert_eq!(ratio.lo, 0.0);
        assert_eq!(super::ratio(&[(0, 0)]), None);
    }
}
