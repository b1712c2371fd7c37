//! Tests of empirical Bayes: known answers, the laws of EM and of e-values, and worlds with and without defects.

use super::fit::{pass, provider_weights};
use super::*;
use crate::statistics::draws::Draws;
use crate::statistics::known_answers::{assert_close, cases, number, numbers};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;

const LN_20: f64 = 2.995_732_273_553_991;

fn grid_of(case: &Value) -> EffectGrid {
    let side = if case["side"] == "upper" { Side::Upper } else { Side::Lower };
    EffectGrid::new(side, number(&case["margin"]), &numbers(&case["effects"])).unwrap()
}

/// Differences in points: harm above 0.1 is not harmless.
fn points() -> EffectGrid {
    let effects: Vec<f64> = (-30..=40).map(|step| f64::from(step) / 50.0).collect();
    EffectGrid::new(Side::Upper, 0.1, &effects).unwrap()
}

fn observed(providers: &[u32], estimates: &[f64], errors: &[f64], grid: &EffectGrid) -> Vec<Observed> {
    let likelihoods = estimates.iter().zip(errors).map(|(estimate, error)| grid.normal(*estimate, *error).unwrap());
    providers.iter().zip(likelihoods).map(|(provider, likelihood)| Observed { provider: *provider, likelihood }).collect()
}

#[test]
fn judgements_equal_the_known_answers() {
    for case in cases("judgement") {
        let grid = grid_of(&case);
        let likelihood = if case["kind"] == "normal" {
            grid.normal(number(&case["estimate"]), number(&case["se"])).unwrap()
        } else {
            let baseline = number(&case["baseline"]);
            grid.binomial(case["successes"].as_u64().unwrap(), case["failures"].as_u64().unwrap(), |effect| baseline * effect).unwrap()
        };
        let ours = Prior::from_weights(grid, numbers(&case["prior"])).unwrap().judge(&likelihood).unwrap();
        let known = &case["known"];
        assert_close(ours.lfdr, number(&known["lfdr"]), &format!("lfdr of {known}"));
        assert_close(ours.ln_compound, number(&known["ln_compound"]), &format!("compound of {known}"));
        assert_close(ours.ln_defensive, number(&known["ln_defensive"]), &format!("defensive of {known}"));
        assert_close(ours.estimate, number(&known["estimate"]), &format!("estimate of {known}"));
    }
}

#[test]
fn fitted_priors_equal_the_known_answers() {
    for case in cases("prior_fit") {
        let effects = numbers(&case["effects"]);
        let grid = EffectGrid::new(Side::Lower, effects[30], &effects).unwrap();
        let providers: Vec<u32> = numbers(&case["providers"]).iter().map(|number| *number as u32).collect();
        let sample = observed(&providers, &numbers(&case["estimates"]), &numbers(&case["errors"]), &grid);
        let weights = provider_weights(&sample.iter().collect::<Vec<_>>());
        for (ours, known) in weights.iter().zip(numbers(&case["weights"])) {
            assert_close(*ours, known, &format!("a provider's weight, {}", case["name"]));
        }
        let fitted = fit(&Prior::from_weights(grid, numbers(&case["start"])).unwrap(), &sample);
        for (ours, known) in fitted.weights().iter().zip(numbers(&case["prior"])) {
            assert_close(*ours, known, &format!("{}", case["name"]));
        }
    }
}

#[test]
fn a_grid_is_sorted_and_holds_its_margin() {
    let grid = EffectGrid::new(Side::Upper, 0.0, &[2.0, 1.0, -1.0, 1.0, -0.0]).unwrap();
    assert_eq!(grid.effects(), [-1.0, 0.0, 1.0, 2.0]);
    assert_eq!((grid.null(), grid.alternative()), (0..2, 2..4));
    let grid = EffectGrid::new(Side::Lower, 0.5, &[0.0, 1.0]).unwrap();
    assert_eq!((grid.effects(), grid.null(), grid.alternative()), (&[0.0, 0.5, 1.0][..], 1..3, 0..1));
    assert_eq!(EffectGrid::new(Side::Upper, 3.0, &[1.0, 2.0]), None);
    assert_eq!(EffectGrid::new(Side::Upper, 0.0, &[1.0, f64::NAN]), None);
    assert_eq!(EffectGrid::new(Side::Lower, f64::INFINITY, &[1.0]), None);
}

#[test]
fn data_without_information_have_no_likelihood() {
    let grid = points();
    for (estimate, error) in [(f64::NAN, 1.0), (0.0, 0.0), (0.0, -1.0), (0.0, f64::NAN), (0.0, f64::INFINITY), (f64::INFINITY, 1.0)] {
        assert_eq!(grid.normal(estimate, error), None);
    }
    assert_eq!(grid.binomial(1, 0, |_| f64::NAN), None);
    assert_eq!(grid.binomial(1, 0, |_| 0.0), None);
    assert_eq!(grid.likelihood(|_| f64::NEG_INFINITY), None);
    assert_eq!(grid.likelihood(|effect| if effect > 0.0 { f64::NAN } else { 0.0 }), None);
}

#[test]
fn weights_that_are_no_distribution_make_no_prior() {
    let size = points().effects().len();
    let mut negative = vec![1.0; size];
    negative[3] = -0.1;
    for weights in [vec![1.0; size - 1], vec![0.0; size], vec![f64::NAN; size], vec![f64::MAX; size], negative] {
        assert_eq!(Prior::from_weights(points(), weights), None);
    }
}

#[test]
fn a_likelihood_of_another_grid_is_not_judged_and_not_fitted() {
    let other = EffectGrid::new(Side::Upper, 0.0, &[1.0]).unwrap().normal(0.0, 1.0).unwrap();
    let prior = Prior::uniform(points());
    assert_eq!(prior.judge(&other), None);
    for (ours, start) in fit(&prior, &[Observed { provider: 1, likelihood: other }]).weights().iter().zip(prior.weights()) {
        assert_close(*ours, *start, "unchanged");
    }
}

#[test]
fn a_prior_with_one_side_only_makes_no_evidence_of_its_own() {
    let effects = [0.0, 0.1, 0.2];
    let grid = EffectGrid::new(Side::Upper, 0.1, &effects).unwrap();
    let likelihood = grid.normal(0.2, 0.01).unwrap();
    let clean = Prior::from_weights(grid.clone(), vec![0.5, 0.5, 0.0]).unwrap().judge(&likelihood).unwrap();
    assert_eq!((clean.lfdr, clean.ln_compound, clean.ln_defensive), (1.0, 0.0, 0.0));
    // All are bad, says the prior; the e-value is still the likelihood ratio against the margin: 10 errors, 50 nats.
    let bad = Prior::from_weights(grid, vec![0.0, 0.0, 1.0]).unwrap().judge(&likelihood).unwrap();
    assert_eq!((bad.lfdr, bad.estimate), (0.0, 0.2));
    assert_close(bad.ln_compound, 50.0, "compound");
    assert_close(bad.ln_defensive, 50.0, "defensive");
}

#[test]
fn counts_that_the_null_rules_out_are_evidence_without_bound() {
    let grid = EffectGrid::new(Side::Upper, 0.0, &[0.5]).unwrap();
    let prior = Prior::uniform(grid.clone());
    let seen = prior.judge(&grid.binomial(1, 0, |effect| effect).unwrap()).unwrap();
    assert_eq!((seen.ln_compound, seen.ln_defensive, seen.lfdr), (f64::INFINITY, f64::INFINITY, 0.0));
}

#[test]
fn one_provider_with_many_bad_items_does_not_make_everybody_look_bad() {
    // Of one provider's 500 items 3 of 10 are bad, of twenty others' 20 each none.
    let grid = points();
    let mut draws = Draws::new(7);
    let mut sample = Vec::new();
    for provider in 0..21 {
        for item in 0..if provider == 0 { 500 } else { 20 } {
            let effect = if provider == 0 && item % 10 < 3 { 0.4 } else { 0.0 };
            sample.push(Observed { provider, likelihood: grid.normal(effect + 0.1 * draws.normal(), 0.1).unwrap() });
        }
    }
    let share = |prior: &Prior| prior.weights()[grid.alternative()].iter().sum::<f64>();
    let start = Prior::uniform(grid.clone());
    let capped = share(&fit(&start, &sample));
    let mut alone = sample.clone();
    for (place, one) in alone.iter_mut().enumerate() {
        one.provider = place as u32;
    }
    let uncapped = share(&fit(&start, &alone));
    assert!(capped < 0.09, "{capped}");
    assert!(uncapped > 0.14, "{uncapped}");
}

/// A pool of 4000, of which a share is planted with 0.4 and the rest lie around 0, some of them a little beyond the margin of
/// 0.1. Returns the list, how many of it are false, and how many of it were planted, of how many.
fn world(seed: u8, planted: f64) -> (Confirmed, usize, (usize, usize)) {
    let grid = points();
    let mut draws = Draws::new(seed);
    let (mut sample, mut truths) = (Vec::new(), Vec::new());
    for item in 0..4000 {
        let error = 0.03 + 0.12 * draws.uniform();
        let effect = if draws.uniform() < planted { 0.4 } else { 0.06 * draws.normal() };
        truths.push(effect);
        sample.push(Observed { provider: item % 40, likelihood: grid.normal(effect + error * draws.normal(), error).unwrap() });
    }
    let prior = fit(&Prior::uniform(grid), &sample);
    let candidates: Vec<Candidate> =
        sample.iter().enumerate().map(|(entity, one)| Candidate { entity: entity as u64, judgement: prior.judge(&one.likelihood), weight: 1.0 }).collect();
    let list = confirmed(&candidates, candidates.len(), 0.05);
    let raised_with = |is: fn(f64) -> bool| list.raised.iter().zip(&truths).filter(|(raised, truth)| **raised && is(**truth)).count();
    let (false_ones, found) = (raised_with(|truth| truth <= 0.1), raised_with(|truth| truth == 0.4));
    (list, false_ones, (found, truths.iter().filter(|truth| **truth == 0.4).count()))
}

#[test]
fn in_a_world_with_defects_the_list_is_long_and_few_of_it_are_false() {
    for seed in 10..15 {
        let (list, false_ones, (found, planted)) = world(seed, 0.05);
        let raised = list.raised.iter().filter(|raised| **raised).count();
        assert_eq!(list.form, Form::Compound);
        assert!(false_ones as f64 <= 0.05 * raised as f64, "{false_ones} of {raised}");
        assert!(found as f64 >= 0.45 * planted as f64, "{found} of {planted}");
    }
}

#[test]
fn in_a_world_without_planted_defects_the_defensive_list_is_used() {
    // 5 % are naturally a little beyond the margin; hardly any can be told.
    for seed in 20..25 {
        let (list, false_ones, _) = world(seed, 0.0);
        assert_eq!((list.form, false_ones), (Form::Defensive, 0));
    }
}

#[test]
fn the_switch_counts_entities_and_not_hypotheses() {
    let sure = |entity| Candidate { entity, judgement: Some(Judgement { lfdr: 0.0, ln_compound: 20.0, ln_defensive: 20.0, estimate: 1.0 }), weight: 1.0 };
    let likely = Candidate { entity: 99, judgement: Some(Judgement { lfdr: 0.01, ln_compound: 9.0, ln_defensive: 0.0, estimate: 1.0 }), weight: 1.0 };
    let unknown = Candidate { entity: 100, judgement: None, weight: 1.0 };
    let family = |entities: u64| -> Vec<Candidate> { (0..40).map(|place| sure(place % entities)).chain([likely, unknown]).collect() };
    let nineteen = confirmed(&family(19), 42, 0.05);
    assert_eq!((nineteen.form, &nineteen.raised[39..]), (Form::Defensive, &[true, false, false][..]));
    let twenty = confirmed(&family(20), 42, 0.05);
    assert_eq!((twenty.form, &twenty.raised[39..]), (Form::Compound, &[true, true, false][..]));
}

#[test]
fn training_places_are_all_of_a_small_family_and_one_of_each_stretch_of_a_large_one() {
    assert_eq!(training_places(0).count(), 0);
    assert!(training_places(20_000).eq(0..20_000));
    for hypotheses in [20_001, 123_457, 1_000_000, usize::MAX] {
        let places: Vec<usize> = training_places(hypotheses).collect();
        assert_eq!(places.len(), 20_000);
        assert!(places.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(places.last().unwrap() < &hypotheses);
    }
}

#[test]
fn training_places_meet_every_question_of_equally_long_quizzes_alike() {
    // A million hypotheses: one of each 50. With quizzes of 10 or 50 questions, "every 50th" would be one question.
    for questions in [5, 10, 25, 50] {
        let mut met = vec![0u32; questions];
        for place in training_places(1_000_000) {
            met[place % questions] += 1;
        }
        let fair = 20_000.0 / questions as f64;
        assert!(met.iter().all(|times| (f64::from(*times) - fair).abs() < 0.1 * fair), "{questions}: {met:?}");
    }
}

/// The chance of `successes` among n with probability p.
fn binomial(successes: u64, n: u64, p: f64) -> f64 {
    let choose: f64 = (1..=successes).map(|k| (n - successes + k) as f64 / k as f64).product();
    choose * libm::pow(p, successes as f64) * libm::pow(1.0 - p, (n - successes) as f64)
}

proptest! {
    #[test]
    fn under_the_priors_null_the_mean_e_value_is_at_most_one(
        side in prop_oneof![Just(Side::Upper), Just(Side::Lower)],
        margin in 0.5..2.0_f64,
        baseline in 0.02..0.3_f64,
        weights in prop::collection::vec(0.0..1.0_f64, 12),
        n in 1u64..60,
    ) {
        // Exact, not simulated: all numbers of successes, under the null part of the prior.
        let effects: Vec<f64> = (0..11).map(|step| 0.25 * libm::exp2(f64::from(step) / 2.5)).collect();
        let grid = EffectGrid::new(side, margin, &effects).unwrap();
        let probability = |effect: f64| (baseline * effect).min(1.0);
        let prior = Prior::from_weights(grid.clone(), weights).unwrap();
        let null: f64 = prior.weights()[grid.null()].iter().sum();
        let (mut compound, mut defensive) = (0.0, 0.0);
        for successes in 0..=n {
            let judgement = prior.judge(&grid.binomial(successes, n - successes, probability).unwrap()).unwrap();
            let chance: f64 = grid.null().map(|g| prior.weights()[g] / null * binomial(successes, n, probability(grid.effects()[g]))).sum();
            compound += chance * libm::exp(judgement.ln_compound);
            defensive += chance * libm::exp(judgement.ln_defensive);
        }
        prop_assert!(compound <= 1.0 + 1e-9, "{compound}");
        prop_assert!(defensive <= 1.0 / 0.95 + 1e-9, "{defensive}");
    }

    #[test]
    fn the_defensive_e_value_is_at_most_twenty_likelihood_ratios_against_the_margin(
        weights in prop::collection::vec(prop_oneof![Just(0.0), 1e-200..1e-9_f64, 0.0..1.0_f64], 71),
        estimate in -3.0..3.0_f64, error in 0.005..2.0_f64,
    ) {
        let grid = points();
        if let Some(prior) = Prior::from_weights(grid.clone(), weights) {
            let judgement = prior.judge(&grid.normal(estimate, error).unwrap()).unwrap();
            let z = |effect: f64| (estimate - effect) / error;
            // The numerator against L_margin, by the largest term and the rest.
            let terms: Vec<(f64, f64)> = grid.alternative()
                .map(|g| (prior.weights()[g], 0.5 * (z(0.1) * z(0.1) - z(grid.effects()[g]) * z(grid.effects()[g]))))
                .filter(|(weight, _)| *weight > 0.0)
                .collect();
            if !terms.is_empty() {
                let mass: f64 = terms.iter().map(|(weight, _)| weight).sum();
                let largest = terms.iter().map(|(weight, ln)| libm::log(*weight) + ln).fold(f64::NEG_INFINITY, f64::max);
                let plain = largest + libm::log(terms.iter().map(|(weight, ln)| libm::exp(libm::log(*weight) + ln - largest)).sum::<f64>() / mass);
                let rounding = 1e-9 * (1.0 + plain.abs());
                prop_assert!(judgement.ln_defensive <= LN_20 + plain + rounding);
                prop_assert!(judgement.ln_defensive <= judgement.ln_compound - libm::log(0.95) + rounding);
            }
            prop_assert!((0.0..=1.0).contains(&judgement.lfdr));
            prop_assert!(grid.effects()[0] - 1e-12 <= judgement.estimate && judgement.estimate <= grid.effects()[70] + 1e-12);
        }
    }

    #[test]
    fn each_pass_raises_the_likelihood(
        sample in prop::collection::vec((0u32..15, -0.5..0.7_f64, 0.02..0.5_f64), 1..40),
        weights in prop::collection::vec(0.001..1.0_f64, 71),
    ) {
        let grid = points();
        let sample: Vec<Observed> = sample.into_iter()
            .map(|(provider, estimate, error)| Observed { provider, likelihood: grid.normal(estimate, error).unwrap() })
            .collect();
        let held = provider_weights(&sample.iter().collect::<Vec<_>>());
        let rows: Vec<f64> = sample.iter().flat_map(|one| one.likelihood.0.iter().copied().map(libm::exp)).collect();
        let ln_likelihood = |prior: &[f64]| -> f64 {
            let density = |row: &[f64]| -> f64 { prior.iter().zip(row).map(|(prior, likelihood)| prior * likelihood).sum() };
            rows.chunks(71).zip(&held).map(|(row, weight)| weight * libm::log(density(row))).sum()
        };
        let mut prior = Prior::from_weights(grid, weights).unwrap().weights().to_vec();
        for _ in 0..40 {
            let next = pass(&prior, &rows, &held);
            prop_assert!((next.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            prop_assert!(ln_likelihood(&next) >= ln_likelihood(&prior) - 1e-11 * (1.0 + ln_likelihood(&prior).abs()));
            prior = next;
        }
    }

    #[test]
    fn the_order_of_hypotheses_hardly_shows_and_sorted_it_does_not_show_at_all(
        sample in prop::collection::vec((0u32..15, -0.5..0.7_f64, 0.02..0.5_f64), 1..60).prop_flat_map(|sample| {
            (Just(sample.clone()), Just(sample).prop_shuffle())
        }),
    ) {
        let grid = points();
        let start = Prior::uniform(grid.clone());
        let fitted = |sample: &[(u32, f64, f64)]| {
            let columns = |(provider, estimate, error): &(u32, f64, f64)| Observed { provider: *provider, likelihood: grid.normal(*estimate, *error).unwrap() };
            fit(&start, &sample.iter().map(columns).collect::<Vec<_>>())
        };
        let (mut one, mut other) = sample;
        for (one, other) in fitted(&one).weights().iter().zip(fitted(&other).weights()) {
            prop_assert!((one - other).abs() < 1e-12);
        }
        for sample in [&mut one, &mut other] {
            sample.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.total_cmp(&b.2)));
        }
        let bits = |prior: &Prior| prior.weights().iter().map(|weight| weight.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(&fitted(&one)), bits(&fitted(&other)));
    }

    #[test]
    fn no_provider_of_ten_or_more_weighs_more_than_a_tenth_nor_less_than_it_must(numbers in prop::collection::vec(1usize..80, 10..25)) {
        let likelihood = points().normal(0.0, 1.0).unwrap();
        let sample: Vec<Observed> = numbers.iter().enumerate()
            .flat_map(|(provider, number)| vec![Observed { provider: provider as u32, likelihood: likelihood.clone() }; *number])
            .collect();
        let weights = provider_weights(&sample.iter().collect::<Vec<_>>());
        let total: f64 = weights.iter().sum();
        let mut shares: BTreeMap<u32, f64> = BTreeMap::new();
        for (one, weight) in sample.iter().zip(&weights) {
            *shares.entry(one.provider).or_default() += weight / total;
        }
        for (provider, share) in shares {
            prop_assert!(share <= 0.1 + 1e-12);
            // Who was held down stands at the cap.
            let held = (share * total) < numbers[provider as usize] as f64 - 1e-9;
            prop_assert!(!held || share > 0.1 - 1e-9);
        }
    }
}
