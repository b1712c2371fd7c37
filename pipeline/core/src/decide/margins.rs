//! Every number that the rules decide by: levels, margins, smallest samples, lags and version-0 baselines.

use crate::evidence::PLACE_WINDOW;
use crate::time::DAY;

/// Version of all six rules; a change of any number below makes a new one.
pub(super) const RULE_VERSION: &str = "1";

/// Share of false discoveries allowed in each family, and the level of every interval.
pub(super) const ALPHA: f64 = 0.05;
/// ln 20: an e-value that is striking taken alone, or speaks for a resolved signal.
pub(super) const LN_E_ALONE: f64 = 2.995_732_273_553_991;

/// Days from an evidence day of items and spans to its decision day: a day of horizon, and the next midnight.
pub(super) const LAG_DAYS: i32 = 2;
/// Days from an evidence day of places to its decision day: the window in which leaving shows comes on top.
pub(super) const PLACE_LAG_DAYS: i32 = (PLACE_WINDOW / DAY) as i32 + LAG_DAYS;
/// Days from a day of openings to its decision day: broken content cannot wait.
pub(super) const OPENING_LAG_DAYS: i32 = 1;

/// Fewest learners for an item rule.
pub(super) const ITEM_LEARNERS_MIN: u64 = 20;
/// Fewest learners in each class that is compared.
pub(super) const CLASS_LEARNERS_MIN: u64 = 5;
/// Plausible excess of a difference of rest scores, in standard deviations (K2).
pub(super) const DIFFERENCE_TAU: f64 = 0.18;
/// An item discriminates when its item-rest correlation is at least this.
pub(super) const ITEM_REST_MIN: f64 = 0.10;
/// An item is not too hard when this share answers it right …
pub(super) const FACILITY_MIN: f64 = 0.30;
/// … and this much more than by guessing.
pub(super) const ABOVE_GUESSING: f64 = 0.10;
/// Chance of guessing right where no options are known.
pub(super) const GUESSING: f64 = 0.25;
/// Step of the alternatives of I-03.
pub(super) const FACILITY_STEP: f64 = 0.05;
/// A response always marked right is taken for the key from this many learners on.
pub(super) const KEY_LEARNERS_MIN: u64 = 5;

/// How a rate is compared with its baseline.
#[derive(Debug, Clone, Copy)]
pub(super) struct RateMargin {
    /// Fewest learners.
    pub(super) learners_min: u64,
    /// H0: the rate is at most this multiple of its baseline …
    pub(super) multiple: f64,
    /// … but this is not worth a signal in any case …
    pub(super) p0_min: f64,
    /// … and a margin above this is none.
    pub(super) p0_max: f64,
    /// Alternatives as multiples of the baseline.
    pub(super) of_baseline: &'static [f64],
    /// Alternatives as multiples of p0, if below [`ALTERNATIVE_MAX`].
    pub(super) of_p0: &'static [f64],
    /// Alternatives in absolute terms.
    pub(super) absolute: &'static [f64],
}

/// Leaving in a span of a recording.
pub(super) const SPAN: RateMargin =
    RateMargin { learners_min: 20, multiple: 1.5, p0_min: 0.0, p0_max: 0.9, of_baseline: &[2.0, 3.0, 4.0], of_p0: &[], absolute: &[] };
/// Leaving the course at a place.
pub(super) const PLACE: RateMargin =
    RateMargin { learners_min: 50, multiple: 1.5, p0_min: 0.0, p0_max: 0.9, of_baseline: &[2.0, 3.0, 4.0], of_p0: &[], absolute: &[] };
/// Failing to open.
pub(super) const OPENING: RateMargin =
    RateMargin { learners_min: 10, multiple: 2.0, p0_min: 0.02, p0_max: 0.9, of_baseline: &[], of_p0: &[2.5, 6.0, 15.0], absolute: &[0.5] };
/// Multiples of p0 above this are left out.
pub(super) const ALTERNATIVE_MAX: f64 = 0.95;
/// Alternatives of the reverse process, as shares of p0.
pub(super) const RESOLVE_SHARES: [f64; 2] = [1.0 / 2.0, 1.0 / 3.0];
/// Alternatives of the reverse process of I-03, above p0.
pub(super) const RESOLVE_FACILITY_STEPS: [f64; 5] = [0.05, 0.10, 0.20, 0.30, 0.40];

/// Spans or places with [`COMPARABLE_LEARNERS_MIN`] that a baseline rests on at least.
pub(super) const COMPARABLE_MIN: u32 = 5;
/// Learners from which on a span or a place can be compared with.
pub(super) const COMPARABLE_LEARNERS_MIN: u64 = 20;

/// Version-0 baselines: hazard of the first, a middle and the last span of a recording.
pub(super) const SPAN_HAZARD: [f64; 3] = [0.08, 0.05, 0.05];
/// Version-0 baseline: hazard of a place.
pub(super) const PLACE_HAZARD: f64 = 0.06;
/// Weight of a version-0 baseline, in learners.
pub(super) const PRIOR_LEARNERS: f64 = 200.0;
/// Leavers that a recording's own level is shrunk by.
pub(super) const OWN_LEVEL_LEAVERS: f64 = 10.0;
