//! I-03: an item answered hardly better than by guessing.
//!
//! H0: the share right is at least 0.30, and at least 0.10 above guessing (K1, lower side). Guessing is one in as many
//! options as the outline has, or as responses were seen; a quarter where neither is known.

use super::margins::{ABOVE_GUESSING, ALPHA, FACILITY_MIN, FACILITY_STEP, GUESSING, ITEM_LEARNERS_MIN, RESOLVE_FACILITY_STEPS};
use super::tally::Tally;
use crate::statistics::eprocess::{BernoulliGrid, Side};
use crate::statistics::interval::proportion_confidence_sequence;

/// What the learners of some days say about an item.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hard {
    pub(super) ln_e: f64,
    /// Share right, and its 95 % interval.
    pub(super) facility: f64,
    pub(super) interval: (f64, f64),
}

/// Chance of guessing right.
pub(super) fn guessing(options: usize, responses: usize) -> f64 {
    [options, responses].into_iter().find(|count| *count >= 2).map_or(GUESSING, |count| 1.0 / count as f64)
}

/// The least share that a sound item has.
pub(super) fn margin(guessing: f64) -> f64 {
    FACILITY_MIN.max(guessing + ABOVE_GUESSING)
}

/// The evidence; `None` below the smallest sample.
pub(super) fn evidence(tally: &Tally<'_>, margin: f64) -> Option<Hard> {
    if tally.learners < ITEM_LEARNERS_MIN {
        return None;
    }
    let alternatives: Vec<f64> = (1..20).map(|step| f64::from(step) * FACILITY_STEP).take_while(|p| *p < margin - FACILITY_STEP / 2.0).collect();
    let grid = BernoulliGrid::new(Side::Lower, margin, &alternatives)?;
    let interval = proportion_confidence_sequence(tally.right, tally.learners, ALPHA);
    let ln_e = grid.increments(tally.right, tally.learners - tally.right).ln_e();
    Some(Hard { ln_e, facility: tally.right as f64 / tally.learners as f64, interval: (interval.lo, interval.hi) })
}

/// ln of the e-value that enough learners answer it right.
pub(super) fn reverse_ln_e(later: &Tally<'_>, margin: f64) -> f64 {
    let alternatives = RESOLVE_FACILITY_STEPS.map(|step| margin + step);
    BernoulliGrid::new(Side::Upper, margin, &alternatives).map_or(0.0, |grid| grid.increments(later.right, later.learners - later.right).ln_e())
}
