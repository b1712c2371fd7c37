//! The law that makes e-processes evidence: under the null hypothesis the mean is at most 1 at any time, so that "ever 20"
//! happens in at most one case of twenty, however often one looks.

use super::draws::Draws;
use super::eprocess::{BernoulliGrid, LogLikelihood, Side, ln_normal_mixture_one_sided, ln_normal_mixture_two_sided};
use std::f64::consts::TAU;

const LN_20: f64 = 2.995_732_273_553_991;

#[test]
fn bernoulli_evidence_ever_reaches_twenty_with_a_chance_below_one_in_twenty() {
    // Exact, not simulated: the chance of every number of successes among the runs that never reached 20.
    for (side, p0, alternatives) in [(Side::Upper, 0.1, [0.15, 0.2, 0.4]), (Side::Upper, 0.02, [0.03, 0.04, 0.08]), (Side::Lower, 0.3, [0.25, 0.15, 0.05])] {
        let grid = BernoulliGrid::new(side, p0, &alternatives).unwrap();
        let mut never = vec![1.0];
        let mut ever = 0.0;
        for n in 1..=1500u64 {
            let mut next = vec![0.0; never.len() + 1];
            for (successes, chance) in never.iter().enumerate().filter(|(_, chance)| **chance > 1e-15) {
                next[successes] += chance * (1.0 - p0);
                next[successes + 1] += chance * p0;
            }
            for (successes, chance) in next.iter_mut().enumerate().filter(|(_, chance)| **chance > 0.0) {
                if grid.increments(successes as u64, n - successes as u64).ln_e() >= LN_20 {
                    ever += std::mem::take(chance);
                }
            }
            never = next;
        }
        assert!(ever <= 0.05, "p0 {p0}: {ever}");
        assert!(ever >= 0.02, "p0 {p0}: {ever} is too rare, something is lost");
    }
}

#[test]
fn bernoulli_evidence_of_margins_that_follow_the_past_ever_reaches_twenty_in_one_run_of_twenty() {
    // The margin of a day depends on the outcomes of the day before: known in time, and unlike from run to run.
    let mut draws = Draws::new(1);
    let runs = 2000;
    let (mut reached, mut mean) = (0, 0.0);
    for _ in 0..runs {
        let mut evidence = LogLikelihood::default();
        let (mut yesterday, mut largest) = (0, 0.0_f64);
        for _ in 0..100 {
            let margin = 0.05 + 0.03 * yesterday.min(5) as f64;
            // The largest rate that the null hypothesis allows.
            let outcomes = draws.successes(10, margin);
            let grid = BernoulliGrid::new(Side::Upper, margin, &[1.3 * margin, 2.0 * margin, 3.0 * margin]).unwrap();
            evidence.add(&grid.increments(outcomes, 10 - outcomes));
            largest = largest.max(evidence.ln_e());
            yesterday = outcomes;
        }
        reached += u32::from(largest >= LN_20);
        mean += libm::exp(evidence.ln_e()) / f64::from(runs);
    }
    // 5 % and three standard errors; the mean of a variable with such tails is coarser.
    assert!(reached <= 100 + 30, "{reached} of {runs}");
    assert!(mean < 1.5, "{mean}");
}

#[test]
fn normal_mixture_evidence_has_a_mean_of_one_at_the_null_and_less_below() {
    for (variance, tau) in [(0.01, 0.05), (0.01, 0.18), (0.002, 0.05), (1.0, 0.5)] {
        let deviation = libm::sqrt(variance);
        let mean = |truth: f64, ln_e: fn(f64, f64, f64, f64) -> f64| -> f64 {
            let steps = 40_000;
            let width = 80.0 / f64::from(steps);
            (0..steps)
                .map(|step| {
                    let z = -40.0 + (f64::from(step) + 0.5) * width;
                    width / libm::sqrt(TAU) * libm::exp(ln_e(truth + z * deviation, variance, 0.1, tau) - 0.5 * z * z)
                })
                .sum()
        };
        assert!((mean(0.1, ln_normal_mixture_one_sided) - 1.0).abs() < 1e-9);
        assert!((mean(0.1, ln_normal_mixture_two_sided) - 1.0).abs() < 1e-9);
        assert!(mean(0.05, ln_normal_mixture_one_sided) < 1.0);
    }
}

#[test]
fn normal_mixture_evidence_of_estimated_variances_ever_reaches_twenty_in_one_run_of_twenty() {
    // Outcomes are 0 or 1, and the variance is that of the sample: what K2 is used for, from its floors on.
    let (runs, looks, p) = (2000, 1500, 0.3);
    let mut draws = Draws::new(2);
    let mut reached = 0;
    for _ in 0..runs {
        let mut successes = 0;
        let reaches = |n: u64, successes: u64| {
            let rate = successes as f64 / n as f64;
            n >= 20 && successes >= 5 && n - successes >= 5 && ln_normal_mixture_one_sided(rate, rate * (1.0 - rate) / n as f64, p, 0.05) >= LN_20
        };
        let ever = (1..=looks).any(|n| {
            successes += draws.successes(1, p);
            reaches(n, successes)
        });
        reached += u32::from(ever);
    }
    // 5 % and three standard errors.
    assert!(reached <= 100 + 30, "{reached} of {runs}");
    assert!(reached >= 20, "{reached} of {runs} is too rare");
}
