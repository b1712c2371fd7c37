//! I-03: an item answered hardly better than by guessing.
//!
//! H0: the share right is at least 0.30, and at least 0.10 above guessing (K1, lower side). Guessing is one in as many
//! options as the outline has, or as responses were seen; a quarter where neither is known. Pool: the logit of the share,
//! against that of the margin.

use super::super::items::{Evidence, ItemRule, Share};
use super::super::life::{Finding, Weighed};
use super::super::margins::ALPHA;
use super::super::messages::{percent, percents};
use super::super::pool::{Pool, Sample, steps};
use super::super::rate::divergence;
use super::super::signal::Code;
use crate::statistics::eprocess::{BernoulliGrid, Side};
use crate::statistics::interval::proportion_confidence_sequence;

/// The rule.
pub(in super::super) const RULE: ItemRule = ItemRule { code: Code::TooHard, share: Share::Equal, pool, weigh, cleared, find };

/// An item is not too hard when this share answers it right …
const FACILITY_MIN: f64 = 0.30;
/// … and this much more than by guessing.
const ABOVE_GUESSING: f64 = 0.10;
/// Chance of guessing right where no options are known.
const GUESSING: f64 = 0.25;
/// Step of the alternatives.
const FACILITY_STEP: f64 = 0.05;
/// Alternatives of the reverse process, above the margin.
const CLEARED_STEPS: [f64; 5] = [0.05, 0.10, 0.20, 0.30, 0.40];
/// Fewest learners of whom anything is said at all.
const HINT_LEARNERS_MIN: u64 = 10;

fn pool() -> Option<Pool> {
    Pool::new(Side::Lower, 0.0, &steps(-3.0, 5.0, 80))
}

fn guessing(evidence: &Evidence<'_>) -> f64 {
    match evidence.options() {
        options @ 2.. => 1.0 / options as f64,
        _ => GUESSING,
    }
}

/// The least share that a sound item has.
fn margin(evidence: &Evidence<'_>) -> f64 {
    FACILITY_MIN.max(guessing(evidence) + ABOVE_GUESSING)
}

fn weigh(evidence: &Evidence<'_>) -> Option<Weighed> {
    let (tally, margin) = (evidence.tally, margin(evidence));
    if tally.learners < HINT_LEARNERS_MIN {
        return None;
    }
    let alternatives: Vec<f64> = (1..20).map(|step| f64::from(step) * FACILITY_STEP).take_while(|p| *p < margin - FACILITY_STEP / 2.0).collect();
    let grid = BernoulliGrid::new(Side::Lower, margin, &alternatives)?;
    let (right, wrong) = (tally.right, tally.learners - tally.right);
    let facility = right as f64 / tally.learners as f64;
    Some(Weighed {
        learners: tally.learners,
        ln_e: grid.increments(right, wrong).ln_e(),
        sample: Some(Sample::Logit { events: right, others: wrong, unit: libm::log(margin / (1.0 - margin)) }),
        is_supported: true,
        nats_a_learner: if facility < margin { divergence(facility, margin) } else { 0.0 },
    })
}

fn cleared(later: &Evidence<'_>) -> f64 {
    let (tally, margin) = (later.tally, margin(later));
    let alternatives = CLEARED_STEPS.map(|step| margin + step);
    BernoulliGrid::new(Side::Upper, margin, &alternatives).map_or(0.0, |grid| grid.increments(tally.right, tally.learners - tally.right).ln_e())
}

fn find(evidence: &Evidence<'_>) -> Option<Finding> {
    let (tally, margin) = (evidence.tally, margin(evidence));
    let facility = tally.right as f64 / tally.learners.max(1) as f64;
    let interval = proportion_confidence_sequence(tally.right, tally.learners, ALPHA);
    Some(Finding {
        n_learners: tally.learners,
        estimate: facility,
        interval: (interval.lo, interval.hi),
        baseline: margin,
        values: vec![
            ("item", evidence.name().to_owned()),
            ("n", tally.learners.to_string()),
            ("estimate", percent(facility)),
            ("interval", percents(interval.lo, interval.hi)),
            ("guessing", percent(guessing(evidence))),
            ("margin", percent(margin)),
        ],
        ..Finding::default()
    })
}
