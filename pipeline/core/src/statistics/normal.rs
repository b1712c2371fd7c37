//! The standard normal distribution, accurate in the far tails.
//!
//! Invariants: all functions are monotone up to rounding; beyond [`TAIL`] standard deviations below zero the
//! continued fraction of the Mills ratio (Laplace 1805; Abramowitz & Stegun 26.2.14) replaces `erfc`, so no
//! intermediate value underflows.

use std::f64::consts::{LN_2, SQRT_2};

/// ln √(2π).
pub(super) const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;

/// Below minus this many standard deviations the continued fraction is used.
const TAIL: f64 = 10.0;

/// Depth of the continued fraction; at [`TAIL`] 30 levels leave a relative error below 1e-16.
const LEVELS: u32 = 30;

/// The natural logarithm of the standard normal distribution function, ln Φ(x).
///
/// Stable for every `x`: about `-x²/2` far below zero, where Φ itself underflows, and about `-Φ(-x)` far above.
#[must_use]
pub fn ln_normal_cdf(x: f64) -> f64 {
    if x > 0.0 {
        libm::log1p(-0.5 * libm::erfc(x / SQRT_2))
    } else if x >= -TAIL {
        libm::log(libm::erfc(-x / SQRT_2)) - LN_2
    } else {
        -0.5 * x * x + ln_tail_ratio(x)
    }
}

/// ln Φ(x) + x²/2, without the cancellation of the two terms far below zero.
pub(super) fn ln_scaled_normal_cdf(x: f64) -> f64 {
    if x < -TAIL { ln_tail_ratio(x) } else { ln_normal_cdf(x) + 0.5 * x * x }
}

/// ln(Φ(x)/φ(x)) − ln √(2π) for `x < -TAIL`: the Mills ratio `1/(t + 1/(t + 2/(t + …)))` at `t = -x`.
fn ln_tail_ratio(x: f64) -> f64 {
    let t = -x;
    let denominator = (1..=LEVELS).rev().fold(t, |below, level| t + f64::from(level) / below);
    -libm::log(denominator) - LN_SQRT_2PI
}

/// The `z >= 0` with P(|Z| > z) = `alpha` for a standard normal Z; `None` unless `0 < alpha < 1`.
///
/// Newton's method on ln Φ(−z) = ln(alpha/2). ln Φ is concave and Φ(−z) <= exp(−z²/2)/2, so the iterates fall
/// from the start towards the root.
pub(super) fn two_sided_quantile(alpha: f64) -> Option<f64> {
    if !(alpha > 0.0 && alpha < 1.0) {
        return None;
    }
    let target = libm::log(0.5 * alpha);
    let mut z = libm::sqrt(-2.0 * libm::log(alpha));
    for _ in 0..64 {
        let ln_tail = ln_normal_cdf(-z);
        let ln_density = -0.5 * z * z - LN_SQRT_2PI;
        let step = (target - ln_tail) * libm::exp(ln_tail - ln_density);
        if step <= 1e-15 * z || step.is_nan() {
            break;
        }
        z -= step;
    }
    Some(z.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::known_answers::{assert_close, cases, number};

    #[test]
    fn the_distribution_function_equals_the_known_answers() {
        for case in cases("ln_normal_cdf") {
            let x = number(&case["x"]);
            assert_close(ln_normal_cdf(x), number(&case["ln_cdf"]), &format!("ln Φ({x})"));
            assert_close(ln_scaled_normal_cdf(x), number(&case["ln_scaled"]), &format!("scaled ln Φ({x})"));
        }
    }

    #[test]
    fn the_quantile_equals_the_known_answers() {
        for case in cases("two_sided_quantile") {
            let alpha = number(&case["alpha"]);
            assert_close(two_sided_quantile(alpha).unwrap(), number(&case["z"]), &format!("z({alpha})"));
        }
    }

    #[test]
    fn a_level_outside_zero_to_one_has_no_quantile() {
        for alpha in [0.0, 1.0, -0.1, f64::NAN] {
            assert_eq!(two_sided_quantile(alpha), None);
        }
    }

    #[test]
    fn the_tail_and_the_centre_meet_without_a_step() {
        let above = ln_normal_cdf(-TAIL);
        let below = -0.5 * TAIL * TAIL + ln_tail_ratio(-TAIL);
        assert_close(above, below, "at the border");
    }

    #[test]
    fn infinities_are_limits() {
        assert_eq!(ln_normal_cdf(f64::INFINITY), 0.0);
        assert_eq!(ln_normal_cdf(f64::NEG_INFINITY), f64::NEG_INFINITY);
    }
}
