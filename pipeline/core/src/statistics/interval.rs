//! Confidence sequences: intervals that hold at all times together, so they may be looked at every day.
//!
//! With probability at least `1 − alpha` the interval covers the truth at *every* sample size, not only at one chosen
//! before (K3 exactly, K2 for large samples). The price against a fixed-time interval is about 1.65 to 1.95 times
//! the width at n = 100 to 1000.
//!
//! Invariants: `lo <= estimate <= hi`; proportions lie in `[0, 1]`, correlations in `[-1, 1]`; input without
//! information, or a level outside `0 < alpha < 1`, gives the widest interval.

use super::normal::LN_SQRT_2PI;

/// Fewest learners for which K2 is used for a correlation.
const CORRELATION_LEARNERS_MIN: u64 = 20;

/// The effect size for which the interval of a correlation is made narrowest (K2, discrimination).
const CORRELATION_TAU: f64 = 0.18;

/// From here on Stirling's series with the terms below is exact to rounding.
const STIRLING_MIN: u64 = 16;

/// ln π.
const LN_PI: f64 = 1.144_729_885_849_400_2;

/// A closed interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
}

/// The exact confidence sequence of a proportion (K3; beta mixture with a = b = 1/2): all p with
/// `ln B(a+S, b+n−S) − ln B(a,b) − S ln p − (n−S) ln(1−p) < ln(1/alpha)`.
///
/// `successes` of `n` independent trials with the same p; more successes than trials are read as `n`. For `n = 0` it
/// is `[0, 1]`. The ends are found to about 1e-15 and any `n` is fine: the condition is written
/// `n KL(S/n ‖ p) < ln(1/alpha) − C` with C by Stirling's series, so no large numbers cancel.
#[must_use]
pub fn proportion_confidence_sequence(successes: u64, n: u64, alpha: f64) -> Interval {
    if n == 0 || !(alpha > 0.0 && alpha < 1.0) {
        return Interval { lo: 0.0, hi: 1.0 };
    }
    let successes = successes.min(n);
    let failures = n - successes;
    let threshold = -libm::log(alpha) - ln_mixture_ratio(successes, failures);
    Interval { lo: lower_root(successes, failures, threshold), hi: (1.0 - lower_root(failures, successes, threshold)).max(successes as f64 / n as f64) }
}

/// The confidence sequence of an asymptotically normal estimate (K2; normal mixture, two-sided):
/// `estimate ± v √((I+r) ln((I+r)/(r alpha²)))` with `I = 1/v` and `r = 1/tau²`.
///
/// `variance` is that of the estimate (squared unit of the estimate), `tau` the effect for which the interval is made
/// narrowest (unit of the estimate). If either is not positive, or a number is not finite, it is the whole line.
/// Source: Robbins, Ann. Math. Stat. 41 (1970); Waudby-Smith et al., Ann. Stat. 52 (2024).
#[must_use]
pub fn normal_mixture_confidence_sequence(estimate: f64, variance: f64, tau: f64, alpha: f64) -> Interval {
    let usable = estimate.is_finite() && variance > 0.0 && tau > 0.0 && alpha > 0.0 && alpha < 1.0;
    let information = 1.0 / variance;
    let prior = 1.0 / (tau * tau);
    let sum = information + prior;
    let margin = variance * libm::sqrt(sum * (libm::log(sum / prior) - 2.0 * libm::log(alpha)));
    if !usable || !margin.is_finite() {
        return Interval { lo: f64::NEG_INFINITY, hi: f64::INFINITY };
    }
    Interval { lo: estimate - margin, hi: estimate + margin }
}

/// The confidence sequence of a Pearson correlation: K2 with `v = (1 − r²)²/(n − 1)` and tau = 0.18.
///
/// That variance is the large-sample one under bivariate normality (Fisher, Biometrika 10, 1915); for marks of few
/// values it is an approximation. `r` is the correlation of `n` pairs. `None` below 20 pairs or if `r` is outside
/// `[-1, 1]`; at `r = ±1`, where the formula's variance vanishes, it is `[-1, 1]`.
#[must_use]
pub fn correlation_confidence_sequence(r: f64, n: u64, alpha: f64) -> Option<Interval> {
    if n < CORRELATION_LEARNERS_MIN || !(-1.0..=1.0).contains(&r) {
        return None;
    }
    let unexplained = 1.0 - r * r;
    let variance = unexplained * unexplained / (n as f64 - 1.0);
    let line = normal_mixture_confidence_sequence(r, variance, CORRELATION_TAU, alpha);
    Some(Interval { lo: line.lo.max(-1.0), hi: line.hi.min(1.0) })
}

/// C = ln of (likelihood under the beta mixture / largest likelihood), never above 0:
/// `ln B(S+½, F+½) − ln π − S ln(S/n) − F ln(F/n)`, the terms of order n taken out of the gamma functions by hand.
fn ln_mixture_ratio(successes: u64, failures: u64) -> f64 {
    let n = successes.saturating_add(failures);
    LN_SQRT_2PI + stirling_half(successes) + stirling_half(failures) - stirling_one(n) - 0.5 * libm::log(n as f64) - LN_PI
}

/// `ln Γ(k + ½) − (k ln k − k + ln √(2π))`.
fn stirling_half(k: u64) -> f64 {
    let z = k as f64;
    if k >= STIRLING_MIN {
        let w = 1.0 / (z * z);
        let tail = 127.0 / 215_040.0 - w * (2555.0 / 3_041_280.0);
        return (-1.0 / 24.0 + w * (7.0 / 2880.0 + w * (-31.0 / 40_320.0 + w * tail))) / z;
    }
    let leading = if k == 0 { 0.0 } else { z * libm::log(z) - z };
    libm::lgamma(z + 0.5) - leading - LN_SQRT_2PI
}

/// `ln Γ(k + 1) − (k ln k − k + ½ ln k + ln √(2π))` for `k >= 1`.
fn stirling_one(k: u64) -> f64 {
    let z = k as f64;
    if k >= STIRLING_MIN {
        let w = 1.0 / (z * z);
        let tail = -1.0 / 1680.0 + w * (1.0 / 1188.0);
        return (1.0 / 12.0 + w * (-1.0 / 360.0 + w * (1.0 / 1260.0 + w * tail))) / z;
    }
    libm::lgamma(z + 1.0) - (z * libm::log(z) - z) - 0.5 * libm::log(z) - LN_SQRT_2PI
}

/// The p below `S/n` at which `g(p) = S ln(S/(n p)) + F ln(F/(n (1−p)))` equals `threshold > 0`; 0 if S is 0.
///
/// g is convex and falls towards `S/n`. Newton's method from a point at or below the root therefore climbs to it and
/// never passes it (up to rounding): stopping early could only widen the interval.
fn lower_root(successes: u64, failures: u64, threshold: f64) -> f64 {
    if successes == 0 {
        return 0.0;
    }
    let (s, f) = (successes as f64, failures as f64);
    let n = s + f;
    let observed = s / n;
    let excess = |p: f64| {
        let of_failures = if failures == 0 { 0.0 } else { f * libm::log1p((p - observed) / (1.0 - p)) };
        s * libm::log1p((observed - p) / p) + of_failures - threshold
    };
    // Two lower bounds of the root, from g(p) >= n (observed − p)²/(2 observed) and g(p) >= S ln(observed/p) − S.
    let quadratic = observed - libm::sqrt(2.0 * observed * threshold / n);
    let exponential = observed * libm::exp(-1.0 - threshold / s);
    let mut p = quadratic.max(exponential).max(f64::MIN_POSITIVE);
    for _ in 0..64 {
        let step = excess(p) * p * (1.0 - p) / (n * (observed - p));
        if step <= 1e-15 * p || step.is_nan() {
            break;
        }
        p += step;
    }
    p.min(observed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::known_answers::{assert_close, cases, number};
    use proptest::prelude::*;

    #[test]
    fn proportions_equal_the_known_answers() {
        for case in cases("proportion_confidence_sequence") {
            let (successes, n) = (case["successes"].as_u64().unwrap(), case["n"].as_u64().unwrap());
            let ours = proportion_confidence_sequence(successes, n, number(&case["alpha"]));
            assert_close(ours.lo, number(&case["lo"]), &format!("lo of {successes}/{n}"));
            assert_close(ours.hi, number(&case["hi"]), &format!("hi of {successes}/{n}"));
        }
    }

    #[test]
    fn normal_mixtures_equal_the_known_answers() {
        for case in cases("normal_mixture_confidence_sequence") {
            let (estimate, variance) = (number(&case["estimate"]), number(&case["variance"]));
            let ours = normal_mixture_confidence_sequence(estimate, variance, number(&case["tau"]), number(&case["alpha"]));
            assert_close(ours.lo, number(&case["lo"]), "lo");
            assert_close(ours.hi, number(&case["hi"]), "hi");
        }
    }

    #[test]
    fn correlations_equal_the_known_answers() {
        for case in cases("correlation_confidence_sequence") {
            let (r, n) = (number(&case["r"]), case["n"].as_u64().unwrap());
            let ours = correlation_confidence_sequence(r, n, number(&case["alpha"])).unwrap();
            assert_close(ours.lo, number(&case["lo"]), &format!("lo of r {r}, n {n}"));
            assert_close(ours.hi, number(&case["hi"]), &format!("hi of r {r}, n {n}"));
        }
    }

    #[test]
    fn without_information_the_interval_is_the_widest() {
        let unit = Interval { lo: 0.0, hi: 1.0 };
        assert_eq!(proportion_confidence_sequence(0, 0, 0.05), unit);
        for alpha in [0.0, 1.0, f64::NAN] {
            assert_eq!(proportion_confidence_sequence(3, 5, alpha), unit);
        }
        for (variance, tau) in [(0.0, 1.0), (1.0, 0.0), (f64::NAN, 1.0), (f64::INFINITY, 1.0), (-1.0, 1.0)] {
            let line = normal_mixture_confidence_sequence(0.0, variance, tau, 0.05);
            assert_eq!((line.lo, line.hi), (f64::NEG_INFINITY, f64::INFINITY));
        }
        assert_eq!(correlation_confidence_sequence(0.5, 19, 0.05), None);
        assert_eq!(correlation_confidence_sequence(f64::NAN, 100, 0.05), None);
        assert_eq!(correlation_confidence_sequence(1.0, 100, 0.05), Some(Interval { lo: -1.0, hi: 1.0 }));
    }

    #[test]
    fn the_truth_ever_leaves_the_sequence_of_a_proportion_with_a_chance_below_alpha() {
        // Exact, not simulated: the chance of every number of successes among the runs never missed so far.
        for truth in [0.02, 0.3, 0.5] {
            let looks = 2000;
            let mut never_missed = vec![1.0];
            let mut missed = 0.0;
            for n in 1..=looks {
                let mut next = vec![0.0; never_missed.len() + 1];
                for (successes, chance) in never_missed.iter().enumerate().filter(|(_, chance)| **chance > 1e-15) {
                    next[successes] += chance * (1.0 - truth);
                    next[successes + 1] += chance * truth;
                }
                for (successes, chance) in next.iter_mut().enumerate().filter(|(_, chance)| **chance > 0.0) {
                    let interval = proportion_confidence_sequence(successes as u64, n, 0.05);
                    if truth < interval.lo || truth > interval.hi {
                        missed += std::mem::take(chance);
                    }
                }
                never_missed = next;
            }
            assert!(missed <= 0.05, "truth {truth}: missed with chance {missed} in {looks} looks");
            assert!(missed >= 0.01, "truth {truth}: {missed} is too rare, the sequence is wider than it need be");
        }
    }

    proptest! {
        #[test]
        fn a_proportion_lies_inside_its_interval(
            n in prop_oneof![1u64..200, 1u64..1_000_000_000, Just(u64::MAX)],
            share in 0.0..=1.0_f64,
            alpha in 1e-6..0.5_f64,
        ) {
            let successes = ((n as f64 * share) as u64).min(n);
            let interval = proportion_confidence_sequence(successes, n, alpha);
            let observed = successes as f64 / n as f64;
            prop_assert!(0.0 <= interval.lo && interval.lo <= observed, "{interval:?} {observed}");
            prop_assert!(observed <= interval.hi && interval.hi <= 1.0, "{interval:?} {observed}");
        }

        #[test]
        fn one_more_success_moves_both_ends_up(n in 1u64..2000, place in any::<prop::sample::Index>()) {
            let successes = place.index(n as usize) as u64;
            let fewer = proportion_confidence_sequence(successes, n, 0.05);
            let more = proportion_confidence_sequence(successes + 1, n, 0.05);
            prop_assert!(fewer.lo < more.lo && fewer.hi < more.hi);
        }

        #[test]
        fn an_estimate_lies_inside_its_interval(
            estimate in -1e3..1e3_f64, variance in 1e-9..1e9_f64, tau in 1e-3..1e3_f64, alpha in 1e-6..0.5_f64,
        ) {
            let interval = normal_mixture_confidence_sequence(estimate, variance, tau, alpha);
            prop_assert!(interval.lo <= estimate && estimate <= interval.hi);
        }
    }
}
