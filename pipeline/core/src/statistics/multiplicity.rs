//! Multiplicity: which of many hypotheses to raise, with the false discovery rate controlled.
//!
//! A family is one call: hypotheses of different families never meet.
//!
//! Invariants: the answer for a hypothesis depends on its e-value (and weight) and on the multiset of all, never on its
//! place in the list; more evidence for one hypothesis never takes another one from the list.

/// Raises hypotheses by e-BH (K6; Wang & Ramdas, JRSS B 84, 2022): those whose e-value is at least `m/(alpha k*)`,
/// where `k* = max{k : the k-th largest e-value >= m/(alpha k)}`.
///
/// Controls the expected share of false discoveries among the raised at `alpha`, whatever the dependence between the
/// e-values. The guarantee is for this one list, not for the union of lists of several days.
///
/// - `ln_e`: natural logarithms of the e-values, one for each hypothesis judged; `NaN` counts as no evidence.
/// - `hypotheses`: m, the size of the family. Hypotheses of the family that are not in `ln_e` count as e-value 0.
///   A smaller number than `ln_e.len()` is read as `ln_e.len()`.
/// - `alpha`: the level; nothing is raised unless `0 < alpha < 1`.
///
/// Returns one answer for each entry of `ln_e`, in the same order. Equal e-values have equal answers: if the k-th
/// and the next are equal and the k-th qualifies, so does the next, whose bound is lower.
#[must_use]
pub fn e_bh(ln_e: &[f64], hypotheses: usize, alpha: f64) -> Vec<bool> {
    if !(alpha > 0.0 && alpha < 1.0) {
        return vec![false; ln_e.len()];
    }
    let family = hypotheses.max(ln_e.len()) as f64;
    let bound = |k: usize| libm::log(family / (alpha * k as f64));

    let mut descending: Vec<f64> = ln_e.iter().copied().filter(|value| !value.is_nan()).collect();
    descending.sort_unstable_by(|a, b| b.total_cmp(a));
    let last = descending.iter().enumerate().rev().find(|&(place, &value)| value >= bound(place + 1));
    match last {
        Some((place, _)) => {
            let threshold = bound(place + 1);
            ln_e.iter().map(|&value| value >= threshold).collect()
        }
        None => vec![false; ln_e.len()],
    }
}

/// A hypothesis that matters more, or less, than the others of its family.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weighted {
    /// The natural logarithm of its e-value; `NaN` counts as no evidence.
    pub ln_e: f64,
    /// Its weight, fixed before its data were seen; one that is not positive and finite counts as 0.
    pub weight: f64,
}

/// Raises hypotheses by weighted e-BH (Wang & Ramdas 2022): [`e_bh`] on the e-values times their weights.
///
/// The weights of the family may sum to m; if those given sum to more, all are scaled down until they do. With weights
/// of 1 the answer is that of [`e_bh`]; `hypotheses` and `alpha` are as there.
#[must_use]
pub fn weighted_e_bh(family: &[Weighted], hypotheses: usize, alpha: f64) -> Vec<bool> {
    let usable = |weight: f64| if weight > 0.0 && weight.is_finite() { weight } else { 0.0 };
    let hypotheses = hypotheses.max(family.len());
    let mut weights: Vec<f64> = family.iter().map(|one| usable(one.weight)).collect();
    // A sum of numbers in order of size does not show their places in the list.
    weights.sort_unstable_by(f64::total_cmp);
    let total: f64 = weights.iter().sum();
    let ln_scale = libm::log((hypotheses as f64 / total).min(1.0));
    let staked = |one: &Weighted| match usable(one.weight) {
        0.0 => f64::NEG_INFINITY,
        weight => one.ln_e + libm::log(weight) + ln_scale,
    };
    e_bh(&family.iter().map(staked).collect::<Vec<f64>>(), hypotheses, alpha)
}

/// The natural logarithm of the evidence that the running maximum M of an e-process leaves (K6):
/// `A(M) = (M − 1 − ln M)/(ln M)²`, and 1/2 at M = 1.
///
/// A maximum is no e-value: it was chosen after the fact. A(M) is one (Choe & Ramdas, arXiv 2402.09698), and it never
/// falls, so [`e_bh`] on it gives a list of "ever raised" that keeps its level and only grows while the family stays.
/// It costs power; for today's list use today's e-value.
///
/// `ln_maximum` is ln M. A process starts at 1, so what is below 0, or a `NaN`, is read as 0.
#[must_use]
pub fn ln_adjusted_maximum(ln_maximum: f64) -> f64 {
    let x = ln_maximum.max(0.0);
    if x == f64::INFINITY {
        return x;
    }
    if x < 1.0 {
        // Σ xᵏ/(k + 2)!: near 0 the formula is 0/0. 16 terms reach rounding at x = 1.
        let series = (2..=18).rev().fold(1.0, |sum, k| 1.0 + sum * x / f64::from(k + 1));
        return libm::log(0.5 * series);
    }
    x + libm::log1p(-(1.0 + x) * libm::exp(-x)) - 2.0 * libm::log(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::known_answers::{assert_close, cases, number, numbers};
    use proptest::prelude::*;

    #[test]
    fn the_raised_list_equals_the_known_answers() {
        for case in cases("e_bh") {
            let known: Vec<bool> = case["raised"].as_array().unwrap().iter().map(|v| v.as_bool().unwrap()).collect();
            let family = case["hypotheses"].as_u64().unwrap() as usize;
            assert_eq!(e_bh(&numbers(&case["ln_e"]), family, number(&case["alpha"])), known, "{case}");
        }
    }

    #[test]
    fn a_single_hypothesis_is_raised_at_one_over_alpha() {
        assert_eq!(e_bh(&[libm::log(20.0)], 1, 0.05), [true]);
        assert_eq!(e_bh(&[libm::log(19.9)], 1, 0.05), [false]);
    }

    #[test]
    fn nothing_is_raised_without_evidence_or_level() {
        assert_eq!(e_bh(&[], 0, 0.05), Vec::<bool>::new());
        assert_eq!(e_bh(&[f64::NAN, f64::NEG_INFINITY, 0.0], 3, 0.05), [false; 3]);
        for alpha in [0.0, 1.0, -1.0, f64::NAN] {
            assert_eq!(e_bh(&[1e9], 1, alpha), [false]);
        }
    }

    #[test]
    fn adjusted_maxima_equal_the_known_answers() {
        for case in cases("adjusted_maximum") {
            let ln_maximum = number(&case["ln_maximum"]);
            assert_close(ln_adjusted_maximum(ln_maximum), number(&case["ln_adjusted"]), &format!("A(exp {ln_maximum})"));
        }
    }

    #[test]
    fn a_maximum_below_the_start_is_read_as_the_start() {
        for ln_maximum in [-3.0, f64::NAN, f64::NEG_INFINITY] {
            assert_eq!(ln_adjusted_maximum(ln_maximum), libm::log(0.5));
        }
        assert_eq!(ln_adjusted_maximum(f64::INFINITY), f64::INFINITY);
    }

    #[test]
    fn an_adjusted_maximum_is_an_e_value_with_nothing_to_spare() {
        // By Ville, the largest maximum has P(M >= c) = 1/c. The mean of A(M) is then ∫ A(eˣ) e⁻ˣ dx = 1; the midpoint rule
        // up to X, and beyond it (1 − 1/eˣ…)/x² sums to 1/X.
        let (steps, end) = (400_000, 400.0);
        let width = end / f64::from(steps);
        let ratio = |x: f64| libm::exp(ln_adjusted_maximum(x) - x);
        let mean: f64 = (0..steps).map(|step| ratio((f64::from(step) + 0.5) * width) * width).sum::<f64>() + 1.0 / end;
        assert!((mean - 1.0).abs() < 1e-6, "{mean}");
    }

    #[test]
    fn a_weight_lets_a_hypothesis_pass_and_takes_from_the_others() {
        let family = |weights: [f64; 3]| weights.map(|weight| Weighted { ln_e: libm::log(40.0), weight });
        // Alone, one of three needs an e-value of 60; together they need 20.
        assert_eq!(weighted_e_bh(&family([1.0, 1.0, 1.0]), 3, 0.05), [true; 3]);
        assert_eq!(weighted_e_bh(&family([2.0, 0.4, 0.4]), 3, 0.05), [true, false, false]);
        // Scaled down from a sum of 30 to 3: 0.1 is left of the second's.
        assert_eq!(weighted_e_bh(&family([28.0, 1.0, 1.0]), 3, 0.05), [true, false, false]);
        assert_eq!(weighted_e_bh(&family([0.0, f64::NAN, -1.0]), 3, 0.05), [false; 3]);
    }

    /// e-BH as it is printed: for each k, whether k e-values are at least m/(alpha k); the largest such k are raised.
    fn brute_force(ln_e: &[f64], hypotheses: usize, alpha: f64) -> Vec<bool> {
        let meets = |value: f64, k: usize| value >= libm::log(hypotheses as f64 / (alpha * k as f64));
        let largest = (1..=ln_e.len()).filter(|&k| ln_e.iter().filter(|value| meets(**value, k)).count() >= k).max();
        ln_e.iter().map(|value| largest.is_some_and(|k| meets(*value, k))).collect()
    }

    proptest! {
        #[test]
        fn the_raised_list_is_that_of_the_definition(
            whole in prop::collection::vec(-5i32..15, 1..40), absent in 0usize..40, alpha in 0.01..0.3_f64,
        ) {
            let ln_e: Vec<f64> = whole.into_iter().map(|value| f64::from(value) / 2.0).collect();
            prop_assert_eq!(e_bh(&ln_e, ln_e.len() + absent, alpha), brute_force(&ln_e, ln_e.len() + absent, alpha));
        }

        #[test]
        fn weights_of_one_change_nothing_and_a_sum_is_never_exceeded(
            family in prop::collection::vec((-5.0..15.0_f64, 0.0..9.0_f64), 1..40), scale in 1.0..100.0_f64,
        ) {
            let ln_e: Vec<f64> = family.iter().map(|(ln_e, _)| *ln_e).collect();
            let equal: Vec<Weighted> = ln_e.iter().map(|ln_e| Weighted { ln_e: *ln_e, weight: 1.0 }).collect();
            prop_assert_eq!(weighted_e_bh(&equal, equal.len(), 0.05), e_bh(&ln_e, ln_e.len(), 0.05));
            let with = |scale: f64| family.iter().map(|(ln_e, weight)| Weighted { ln_e: *ln_e, weight: weight * scale }).collect::<Vec<_>>();
            let total: f64 = family.iter().map(|(_, weight)| weight).sum();
            if total > 0.0 {
                let at_the_limit = weighted_e_bh(&with(family.len() as f64 / total), family.len(), 0.05);
                let beyond = weighted_e_bh(&with(scale * family.len() as f64 / total), family.len(), 0.05);
                prop_assert_eq!(at_the_limit, beyond);
            }
        }

        #[test]
        fn an_adjusted_maximum_rises_and_stays_below_the_maximum(x in 0.0..800.0_f64, more in 1e-6..10.0_f64) {
            prop_assert!(ln_adjusted_maximum(x + more) > ln_adjusted_maximum(x));
            prop_assert!(ln_adjusted_maximum(x) < x);
        }

        #[test]
        fn more_evidence_never_shortens_the_list(
            mut ln_e in prop::collection::vec(-5.0..15.0_f64, 1..40),
            place in any::<prop::sample::Index>(),
            more in 0.0..20.0_f64,
        ) {
            let before = e_bh(&ln_e, ln_e.len(), 0.05);
            let place = place.index(ln_e.len());
            ln_e[place] += more;
            let after = e_bh(&ln_e, ln_e.len(), 0.05);
            for (before, after) in before.iter().zip(&after) {
                prop_assert!(!before || *after);
            }
        }

        #[test]
        fn a_larger_family_or_a_stricter_level_never_lengthens_the_list(
            ln_e in prop::collection::vec(-5.0..15.0_f64, 1..40),
            absent in 0usize..100,
        ) {
            let base = e_bh(&ln_e, ln_e.len(), 0.05);
            let larger = e_bh(&ln_e, ln_e.len() + absent, 0.05);
            let stricter = e_bh(&ln_e, ln_e.len(), 0.01);
            for ((base, larger), stricter) in base.iter().zip(&larger).zip(&stricter) {
                prop_assert!(*base || !larger);
                prop_assert!(*base || !stricter);
            }
        }

        #[test]
        fn every_raised_hypothesis_meets_its_bound(ln_e in prop::collection::vec(-5i32..15, 1..40)) {
            // Whole numbers, so that ties are common.
            let ln_e: Vec<f64> = ln_e.into_iter().map(f64::from).collect();
            let raised = e_bh(&ln_e, ln_e.len(), 0.05);
            let count = raised.iter().filter(|raised| **raised).count();
            for (value, raised) in ln_e.iter().zip(&raised) {
                let meets = count > 0 && *value >= libm::log(ln_e.len() as f64 / (0.05 * count as f64));
                prop_assert_eq!(*raised, meets);
            }
        }
    }
}
