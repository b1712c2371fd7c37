//! Multiplicity: which of many hypotheses to raise, with the false discovery rate controlled.
//!
//! Invariants: the answer for a hypothesis depends on its e-value and on the multiset of all, never on its place in
//! the list; more evidence for one hypothesis never takes another one from the list.

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::known_answers::{cases, number, numbers};
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

    proptest! {
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
