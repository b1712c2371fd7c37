//! Tests of the before/after evidence: known answers, and worlds in which revisions do nothing.

use super::*;
use crate::statistics::draws::Draws;
use crate::statistics::known_answers::{assert_close, cases, number};
use crate::statistics::shrinkage::BetaBinomial;

const LN_20: f64 = 2.995_732_273_553_991;

/// Counts of one arm: how many of n had the outcome.
type Counts = (u64, u64);

fn rate(counts: Counts) -> RateEstimate {
    RateEstimate::of_counts(counts.0, counts.1).unwrap()
}

/// By how much the rate of siblings fell.
fn fall(before: RateEstimate, after: RateEstimate) -> RateEstimate {
    RateEstimate { estimate: before.estimate - after.estimate, variance: before.variance + after.variance }
}

#[test]
fn changes_equal_the_known_answers() {
    for case in cases("before_after") {
        let arm = |name: &str| rate((case[name][0].as_u64().unwrap(), case[name][1].as_u64().unwrap()));
        let arms = Arms { before: arm("before"), after: arm("after"), control: fall(arm("siblings_before"), arm("siblings_after")) };
        let change = Change::between(&arms);
        let margin = number(&case["margin"]);
        assert_close(change.effect, number(&case["effect"]), "effect");
        assert_close(change.variance, number(&case["variance"]), "variance");
        assert_close(change.ln_e_improved(margin), number(&case["ln_e_improved"]), "improved");
        assert_close(change.ln_e_worsened(margin), number(&case["ln_e_worsened"]), "worsened");

        let back = Arms { before: arms.after, after: arms.before, control: RateEstimate { estimate: -arms.control.estimate, ..arms.control } };
        let back = Change::between(&back);
        assert_close(back.ln_e_worsened(margin), change.ln_e_improved(margin), "mirrored");
    }
}

#[test]
fn a_fall_that_the_siblings_share_is_no_effect_of_the_revision() {
    let arms = Arms { before: rate((300, 1000)), after: rate((200, 1000)), control: fall(rate((900, 3000)), rate((600, 3000))) };
    let change = Change::between(&arms);
    assert!(change.effect.abs() < 1e-12);
    assert!(change.ln_e_improved(0.0) < 0.0 && change.ln_e_worsened(0.0) < 0.0);
}

#[test]
fn no_effect_is_said_only_where_enough_is_known() {
    let arms = |n: u64| Arms { before: rate((3 * n / 10, n)), after: rate((3 * n / 10, n)), control: fall(rate((n, 4 * n)), rate((n, 4 * n))) };
    assert!(!Change::between(&arms(400)).is_without_effect(0.03, 0.05));
    assert!(Change::between(&arms(20_000)).is_without_effect(0.03, 0.05));
    let worse = Arms { after: rate((7000, 20_000)), ..arms(20_000) };
    assert!(!Change::between(&worse).is_without_effect(0.03, 0.05));
}

/// A module whose rate before is known, looked at every 25 learners after its revision.
struct Revision {
    truth_before: f64,
    counts_before: Counts,
    shrunk: RateEstimate,
}

/// A pool of modules with rates around 0.3, and 40 to 200 learners before.
fn pool(draws: &mut Draws, size: usize) -> Vec<Revision> {
    let modules: Vec<(f64, Counts)> = (0..size)
        .map(|_| {
            let truth = (0.3 + 0.08 * draws.normal()).clamp(0.05, 0.7);
            let n = 40 + (160.0 * draws.uniform()) as u64;
            (truth, (draws.successes(n, truth), n))
        })
        .collect();
    let peers: Vec<Counts> = modules.iter().map(|(_, counts)| *counts).collect();
    let fitted = BetaBinomial::fit(&peers).unwrap();
    let revision = |(truth_before, counts_before): (f64, Counts)| {
        let shrunk = fitted.shrink(counts_before.0, counts_before.1);
        Revision { truth_before, counts_before, shrunk }
    };
    modules.into_iter().map(revision).collect()
}

/// The changes seen at 25, 50, … 600 learners after a revision with the given true effect, all rates falling by 3 points.
fn looks(draws: &mut Draws, revision: &Revision, effect: f64) -> Vec<(Change, RateEstimate)> {
    let drift = 0.03;
    let siblings_before = rate((draws.successes(800, 0.3), 800));
    let (mut after, mut siblings_after) = ((0, 0), (0, 0));
    (0..24)
        .map(|_| {
            after = (after.0 + draws.successes(25, (revision.truth_before - drift - effect).max(0.0)), after.1 + 25);
            siblings_after = (siblings_after.0 + draws.successes(50, 0.3 - drift), siblings_after.1 + 50);
            let arms = Arms { before: revision.shrunk, after: rate(after), control: fall(siblings_before, rate(siblings_after)) };
            (Change::between(&arms), rate(after))
        })
        .collect()
}

#[test]
fn at_the_margin_the_evidence_has_a_mean_of_about_one_and_seldom_reaches_twenty() {
    let mut draws = Draws::new(3);
    let margin = 0.02;
    let (mut sums, mut squares, mut reached, mut runs) = ([0.0; 24], [0.0; 24], 0.0, 0.0);
    for _ in 0..64 {
        for revision in pool(&mut draws, 250) {
            let looks = looks(&mut draws, &revision, margin);
            for ((sum, square), (change, _)) in sums.iter_mut().zip(&mut squares).zip(&looks) {
                let e = libm::exp(change.ln_e_improved(margin));
                *sum += e;
                *square += e * e;
            }
            reached += f64::from(looks.iter().any(|(change, _)| change.ln_e_improved(margin) >= LN_20));
            runs += 1.0;
        }
    }
    for (look, (sum, square)) in sums.iter().zip(squares).enumerate() {
        let mean = sum / runs;
        let error = libm::sqrt((square / runs - mean * mean) / runs);
        // Below 200 learners after the revision the normal approximation shows: 1.04 at most was seen.
        let bound = if look < 7 { 1.05 } else { 1.0 + 3.0 * error };
        assert!(mean <= bound, "mean {mean}, standard error {error}, after {} learners", 25 * (look + 1));
        assert!(mean >= 0.8, "{mean}: something is lost");
    }
    assert!(reached / runs <= 0.01, "{reached} of {runs}");
}

#[test]
fn without_effect_the_evidence_for_worse_seldom_reaches_twenty() {
    let mut draws = Draws::new(4);
    let revisions = pool(&mut draws, 1000);
    let reached = revisions.iter().filter(|revision| looks(&mut draws, revision, 0.0).iter().any(|(change, _)| change.ln_e_worsened(0.0) >= LN_20)).count();
    assert!(reached <= 50, "{reached} of 1000");
}

/// How often, of 1000 large revisions looked at 60 times each, "no effect" within 3 points is ever said.
fn said_without_effect(draws: &mut Draws, effect: f64) -> usize {
    // Counts of this size by the normal approximation; drawn one by one they would take minutes.
    let mut counts = |n: u64, p: f64| {
        let spread = libm::sqrt(n as f64 * p * (1.0 - p));
        (libm::round(n as f64 * p + spread * draws.normal()) as u64, n)
    };
    let mut is_ever_said = || {
        let before = rate(counts(8000, 0.3));
        let siblings_before = rate(counts(20_000, 0.3));
        let (mut after, mut siblings_after) = ((0, 0), (0, 0));
        (0..60).any(|_| {
            let (day, siblings_day) = (counts(200, 0.3 - effect), counts(500, 0.3));
            after = (after.0 + day.0, after.1 + day.1);
            siblings_after = (siblings_after.0 + siblings_day.0, siblings_after.1 + siblings_day.1);
            Change::between(&Arms { before, after: rate(after), control: fall(siblings_before, rate(siblings_after)) }).is_without_effect(0.03, 0.05)
        })
    };
    (0..1000).filter(|_| is_ever_said()).count()
}

#[test]
fn no_effect_is_said_of_most_that_have_none_and_of_few_that_have_the_margin() {
    let mut draws = Draws::new(5);
    for effect in [0.03, -0.03] {
        let said = said_without_effect(&mut draws, effect);
        assert!(said <= 50, "{said} of 1000 at {effect}");
    }
    let said = said_without_effect(&mut draws, 0.0);
    assert!(said > 500, "{said} of 1000 without effect");
}

#[test]
fn revising_the_worst_without_effect_is_seldom_verified() {
    // Regression to the mean and a calendar that helps everybody: 3 points of drift, the worst tenth revised.
    let mut draws = Draws::new(6);
    let (mut verified, mut by_eye, mut helped, mut runs) = (0, 0, 0, 0);
    for _ in 0..4 {
        let mut revisions = pool(&mut draws, 1000);
        let raw = |revision: &Revision| revision.counts_before.0 as f64 / revision.counts_before.1 as f64;
        revisions.sort_by(|a, b| raw(b).total_cmp(&raw(a)));
        for revision in &revisions[..100] {
            let is_verified = |change: &Change| change.ln_e_improved(0.02) >= LN_20 && change.effect >= 0.05;
            let unchanged = looks(&mut draws, revision, 0.0);
            verified += u32::from(unchanged.iter().any(|(change, _)| is_verified(change)));
            let before = rate(revision.counts_before);
            by_eye += u32::from(unchanged.iter().any(|(_, after)| {
                let z = (before.estimate - after.estimate) / libm::sqrt(before.variance + after.variance);
                z > 1.96
            }));
            helped += u32::from(looks(&mut draws, revision, 0.15).iter().any(|(change, _)| is_verified(change)));
            runs += 1;
        }
    }
    assert!(f64::from(verified) <= 0.02 * f64::from(runs), "{verified} of {runs}");
    assert!(f64::from(by_eye) >= 0.4 * f64::from(runs), "the world is too easy: {by_eye} of {runs}");
    // 15 points are seldom surer than this: with some 120 learners before, the rate before has a standard error of 4 points.
    assert!(f64::from(helped) >= 0.3 * f64::from(runs), "no power: {helped} of {runs}");
}
