//! Judges a million hypotheses by empirical Bayes, to see how long it takes on one core:
//!
//! ```text
//! cargo build --release -p teachback-core --example empirical_bayes_million
//! time target/release/examples/empirical_bayes_million fit      # the prior alone
//! time target/release/examples/empirical_bayes_million normal   # and a million estimates
//! time target/release/examples/empirical_bayes_million counts   # and a million counts, each with its own baseline
//! ```
//!
//! It prints a sum over all judgements, which is the same on every machine.

use std::process::ExitCode;
use teachback_core::statistics::empirical_bayes::{Candidate, EffectGrid, Likelihood, Observed, Prior, confirmed, fit, training_places};
use teachback_core::statistics::eprocess::Side;

const HYPOTHESES: usize = 1_000_000;

/// Multiples of the baseline, 70 of them from 1/4 to 8; more than 1.5 is worth a signal.
fn grid() -> Option<EffectGrid> {
    let ratios: Vec<f64> = (0..70).map(|step| 0.25 * libm::exp2(f64::from(step) * 5.0 / 69.0)).collect();
    EffectGrid::new(Side::Upper, 1.5, &ratios)
}

/// A stand-in for evidence: spread over the grid, the same at each run.
fn share(place: usize, salt: u64) -> f64 {
    let mixed = (place as u64 + salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) as f64 / u64::MAX as f64
}

fn of_estimate(grid: &EffectGrid, place: usize) -> Option<Likelihood> {
    let effect = if place.is_multiple_of(50) { 3.0 } else { 1.0 };
    grid.normal(effect + 0.8 * (share(place, 1) - 0.5), 0.1 + 0.4 * share(place, 2))
}

fn of_counts(grid: &EffectGrid, place: usize) -> Option<Likelihood> {
    let baseline = 0.02 + 0.1 * share(place, 3);
    let n = 20.0 + 800.0 * share(place, 4);
    let rate = baseline * if place.is_multiple_of(50) { 3.0 } else { 0.5 + share(place, 5) };
    let events = (n * rate) as u64;
    grid.binomial(events, n as u64 - events, |ratio| baseline * ratio)
}

fn run(likelihood: fn(&EffectGrid, usize) -> Option<Likelihood>, judged: usize) -> Option<()> {
    let grid = grid()?;
    let sample: Vec<Observed> =
        training_places(HYPOTHESES).filter_map(|place| Some(Observed { provider: (place / 5000) as u32, likelihood: likelihood(&grid, place)? })).collect();
    let prior = fit(&Prior::uniform(grid.clone()), &sample);
    let candidates: Vec<Candidate> = (0..judged)
        .map(|place| Candidate { entity: place as u64, judgement: likelihood(&grid, place).and_then(|likelihood| prior.judge(&likelihood)), weight: 1.0 })
        .collect();
    let list = confirmed(&candidates, HYPOTHESES, 0.05);
    let raised = list.raised.iter().filter(|raised| **raised).count();
    let lfdr: f64 = candidates.iter().filter_map(|one| one.judgement).map(|judgement| judgement.lfdr).sum();
    println!("{} rows fitted, {judged} judged, {raised} raised ({:?}), sum of lfdr {lfdr}", sample.len(), list.form);
    Some(())
}

fn main() -> ExitCode {
    let judged = match std::env::args().nth(1).as_deref() {
        Some("fit") => run(of_counts, 0),
        Some("normal") => run(of_estimate, HYPOTHESES),
        Some("counts") => run(of_counts, HYPOTHESES),
        _ => None,
    };
    if judged.is_some() {
        return ExitCode::SUCCESS;
    }
    eprintln!("say what to do: fit, normal or counts");
    ExitCode::from(2)
}
