//! Tests of the e-processes: known answers, and the law that makes them evidence.

use super::*;
use crate::statistics::interval::normal_mixture_confidence_sequence;
use crate::statistics::known_answers::{assert_close, cases, number, numbers};
use proptest::prelude::*;

/// E[exp(L)] over n outcomes with probability p, by enumeration.
fn mean_e(grid: &BernoulliGrid, n: u64, p: f64) -> f64 {
    let mut choose = 1.0;
    let mut mean = 0.0;
    for successes in 0..=n {
        let failures = n - successes;
        let weight = choose * libm::pow(p, successes as f64) * libm::pow(1.0 - p, failures as f64);
        mean += weight * libm::exp(grid.increments(successes, failures).ln_e());
        choose *= failures as f64 / (successes + 1) as f64;
    }
    mean
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Upper), Just(Side::Lower)]
}

#[test]
fn bernoulli_evidence_equals_the_known_answers() {
    for case in cases("bernoulli_grid") {
        let side = if case["side"] == "upper" { Side::Upper } else { Side::Lower };
        let grid = BernoulliGrid::new(side, number(&case["p0"]), &numbers(&case["alternatives"])).unwrap();
        assert_close(grid.p0(), number(&case["p0_used"]), "p0");
        let (successes, failures) = (case["successes"].as_u64().unwrap(), case["failures"].as_u64().unwrap());
        let ours = grid.increments(successes, failures);
        let known = number(&case["ln_e"]);
        // Rounding down costs each outcome less than 2⁻³² nat, and a guard of 1/256 of that.
        let rounding = (successes + failures) as f64 * (1.0 + FLOAT_ERROR_UNITS) / UNITS_PER_NAT;
        let tolerance = 1e-9 * known.abs() + 1e-12;
        assert!(ours.ln_e() <= known + tolerance, "{} > {known}: {case}", ours.ln_e());
        assert!(ours.ln_e() >= known - rounding - tolerance, "{} < {known}: {case}", ours.ln_e());
        assert_close(ours.log10_e(), ours.ln_e() * std::f64::consts::LOG10_E, "log10");
    }
}

#[test]
fn normal_mixture_evidence_equals_the_known_answers() {
    for case in cases("normal_mixture_one_sided") {
        let (estimate, variance) = (number(&case["estimate"]), number(&case["variance"]));
        let ours = ln_normal_mixture_one_sided(estimate, variance, number(&case["null"]), number(&case["tau"]));
        assert_close(ours, number(&case["ln_e"]), &format!("{case}"));
    }
}

#[test]
fn two_sided_normal_mixture_evidence_equals_the_known_answers() {
    for case in cases("normal_mixture_two_sided") {
        let (estimate, variance) = (number(&case["estimate"]), number(&case["variance"]));
        let ours = ln_normal_mixture_two_sided(estimate, variance, number(&case["null"]), number(&case["tau"]));
        assert_close(ours, number(&case["ln_e"]), &format!("{case}"));
    }
}

#[test]
fn normal_mixture_without_information_is_the_evidence_of_an_empty_sample() {
    for (estimate, variance, tau) in
        [(1.0, 0.0, 1.0), (1.0, -1.0, 1.0), (1.0, 1.0, 0.0), (f64::NAN, 1.0, 1.0), (1.0, f64::NAN, 1.0), (1.0, f64::INFINITY, 1.0), (f64::INFINITY, 1.0, 1.0)]
    {
        assert_eq!(ln_normal_mixture_one_sided(estimate, variance, 0.0, tau), 0.0);
        assert_eq!(ln_normal_mixture_two_sided(estimate, variance, 0.0, tau), 0.0);
    }
}

#[test]
fn no_outcome_is_no_evidence() {
    let grid = BernoulliGrid::new(Side::Upper, 0.1, &[0.2, 0.3]).unwrap();
    assert_eq!(grid.increments(0, 0).ln_e(), 0.0);
    assert_eq!(LogLikelihood::default().ln_e(), 0.0);
}

#[test]
fn a_grid_without_a_valid_alternative_does_not_exist() {
    assert_eq!(BernoulliGrid::new(Side::Upper, 0.5, &[]), None);
    assert_eq!(BernoulliGrid::new(Side::Upper, 0.5, &[0.4, 0.5, 1.0, f64::NAN]), None);
    assert_eq!(BernoulliGrid::new(Side::Lower, 0.5, &[0.6, 0.5, 0.0, -1.0]), None);
    assert_eq!(BernoulliGrid::new(Side::Upper, 1.0, &[0.9]), None);
    assert_eq!(BernoulliGrid::new(Side::Lower, 0.0, &[0.1]), None);
    for p0 in [-0.1, 1.1, f64::NAN] {
        assert_eq!(BernoulliGrid::new(Side::Upper, p0, &[0.9]), None);
    }
}

#[test]
fn an_alternative_that_is_not_beyond_the_margin_keeps_its_place_and_bets_nothing() {
    let grid = BernoulliGrid::new(Side::Upper, 0.45, &[0.6, 0.9, 1.2]).unwrap();
    let evidence = grid.increments(50, 0);
    assert_eq!(evidence.0.len(), 3);
    assert_eq!(evidence.0[2], 0);
}

#[test]
fn the_margin_one_half_is_on_the_grid_for_both_sides() {
    assert_eq!(widened(Side::Upper, 0.5), Some(0.5));
    assert_eq!(widened(Side::Lower, 0.5), Some(0.5));
}

#[test]
fn margins_at_the_ends_round_to_the_ends_of_the_grid() {
    let smallest = 1.0 / f64::from(1 << 30);
    assert_eq!(widened(Side::Upper, 0.0), Some(smallest));
    assert_eq!(widened(Side::Lower, 1.0), Some(1.0 - smallest));
}

#[test]
fn the_stored_form_is_a_list_of_integers() {
    let grid = BernoulliGrid::new(Side::Upper, 0.25, &[0.5]).unwrap();
    let evidence = grid.increments(u64::MAX, 0);
    let text = serde_json::to_string(&evidence).unwrap();
    // ⌊2³² ln 2⌋ (2⁶⁴ − 1)
    assert_eq!(text, "[54916777452589037095324870665]");
    assert_eq!(serde_json::from_str::<LogLikelihood>(&text).unwrap(), evidence);
}

proptest! {
    #[test]
    fn under_the_null_the_mean_is_at_most_one(
        side in side(),
        p0 in 0.0..=1.0_f64,
        alternatives in prop::collection::vec(0.0..=1.0_f64, 1..5),
        inside in 0.0..=1.0_f64,
        n in 0u64..25,
    ) {
        if let Some(grid) = BernoulliGrid::new(side, p0, &alternatives) {
            let p = match side {
                Side::Upper => p0 * inside,
                Side::Lower => 1.0 - (1.0 - p0) * inside,
            };
            prop_assert!(mean_e(&grid, n, p) <= 1.0 + 1e-12);
            prop_assert!(mean_e(&grid, n, grid.p0()) <= 1.0 + 1e-12);
        }
    }

    #[test]
    fn p0_is_rounded_towards_a_wider_null_by_less_than_a_step(side in side(), p0 in 1e-8..0.99999999_f64) {
        let used = widened(side, p0).unwrap();
        let wider = match side { Side::Upper => used >= p0, Side::Lower => used <= p0 };
        prop_assert!(wider);
        let step = libm::exp2(1.0 / 64.0) - 1.0 + 1e-9;
        prop_assert!((used - p0).abs() <= step * p0.min(1.0 - p0).max(used.min(1.0 - used)));
        prop_assert_eq!(widened(side, used), Some(used));
    }

    #[test]
    fn evidence_does_not_depend_on_how_the_outcomes_are_split(
        side in side(),
        batches in prop::collection::vec((0u64..1_000_000, 0u64..1_000_000), 0..8),
    ) {
        let alternatives = match side { Side::Upper => [0.3, 0.4, 0.6], Side::Lower => [0.2, 0.1, 0.05] };
        let grid = BernoulliGrid::new(side, 0.25, &alternatives).unwrap();
        let mut forwards = LogLikelihood::default();
        let mut backwards = LogLikelihood::default();
        for (successes, failures) in &batches {
            forwards.add(&grid.increments(*successes, *failures));
        }
        for (successes, failures) in batches.iter().rev() {
            let mut shard = LogLikelihood::default();
            shard.add(&grid.increments(0, *failures));
            shard.add(&grid.increments(*successes, 0));
            backwards.add(&shard);
        }
        let (successes, failures) = batches.iter().fold((0, 0), |sum, batch| (sum.0 + batch.0, sum.1 + batch.1));
        let mut at_once = LogLikelihood::default();
        at_once.add(&grid.increments(successes, failures));
        prop_assert_eq!(&forwards, &backwards);
        prop_assert_eq!(forwards.ln_e().to_bits(), at_once.ln_e().to_bits());
    }

    #[test]
    fn days_with_different_margins_still_have_a_mean_of_at_most_one(
        margins in prop::collection::vec(0.02..0.24_f64, 2..4),
        n in 1u64..5,
    ) {
        // Enumerates the outcomes of every day, each at its own p0.
        let grids: Vec<BernoulliGrid> = margins
            .iter()
            .filter_map(|p0| BernoulliGrid::new(Side::Upper, *p0, &[2.0 * p0, 3.0 * p0, 4.0 * p0]))
            .collect();
        prop_assert_eq!(grids.len(), margins.len());
        let mut histories = vec![(1.0, LogLikelihood::default())];
        for grid in &grids {
            let mut longer = Vec::new();
            for (weight, evidence) in &histories {
                let mut choose = 1.0;
                for successes in 0..=n {
                    let failures = n - successes;
                    let odds = libm::pow(grid.p0(), successes as f64) * libm::pow(1.0 - grid.p0(), failures as f64);
                    let mut evidence = evidence.clone();
                    evidence.add(&grid.increments(successes, failures));
                    longer.push((weight * choose * odds, evidence));
                    choose *= failures as f64 / (successes + 1) as f64;
                }
            }
            histories = longer;
        }
        let mean: f64 = histories.iter().map(|(weight, evidence)| weight * libm::exp(evidence.ln_e())).sum();
        prop_assert!(mean <= 1.0 + 1e-12);
    }

    #[test]
    fn normal_mixture_evidence_grows_with_the_estimate(
        estimate in -50.0..50.0_f64, more in 0.001..10.0_f64, variance in 1e-4..10.0_f64, tau in 0.01..2.0_f64,
    ) {
        let less = ln_normal_mixture_one_sided(estimate, variance, 0.0, tau);
        prop_assert!(ln_normal_mixture_one_sided(estimate + more, variance, 0.0, tau) > less);
    }

    #[test]
    fn a_null_outside_the_confidence_sequence_has_an_e_value_above_one_over_alpha(
        estimate in -2.0..2.0_f64, variance in 1e-4..1.0_f64, tau in 0.01..2.0_f64, alpha in 0.001..0.5_f64,
    ) {
        let interval = normal_mixture_confidence_sequence(estimate, variance, tau, alpha);
        let ln_e = |null: f64| ln_normal_mixture_two_sided(estimate, variance, null, tau);
        let tolerance = 1e-9 * (1.0 + ln_e(interval.hi).abs());
        prop_assert!((ln_e(interval.lo) + libm::log(alpha)).abs() < tolerance);
        prop_assert!((ln_e(interval.hi) + libm::log(alpha)).abs() < tolerance);
    }
}
