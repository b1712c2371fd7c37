//! The numbers that more than one rule decides by: levels, smallest samples, lags. What is one rule's alone stands with
//! the rule; version-0 baselines stand in `baselines/version-0.json`.

use crate::evidence::PLACE_WINDOW;
use crate::time::DAY;
use serde::Deserialize;

/// Level of every interval.
pub(super) const ALPHA: f64 = 0.05;
/// ln 20: an e-value that is striking taken alone, or speaks for a resolved signal.
pub(super) const LN_E_ALONE: f64 = 2.995_732_273_553_991;
/// ln 5: an e-value of few learners that is worth waiting for more.
pub(super) const LN_E_HINT: f64 = 1.609_437_912_434_100_3;
/// A hypothesis is watched below this local false discovery rate.
pub(super) const LFDR_WATCH: f64 = 0.05;
/// A signal goes stale after so many days …
pub(super) const STALE_DAYS: i32 = 90;
/// … without so many new learners.
pub(super) const STALE_LEARNERS: u64 = 20;

/// Days from an evidence day to the day whose first event closes it: everything that could still arrive is late by then.
/// Accounts, items and spans.
pub(super) const CLOSING_DAYS: i32 = 2;
/// The same for places: the window in which leaving shows comes on top.
pub(super) const PLACE_CLOSING_DAYS: i32 = (PLACE_WINDOW / DAY) as i32 + CLOSING_DAYS;
/// Days from a day of openings to its decision day: broken content cannot wait.
pub(super) const OPENING_LAG_DAYS: i32 = 1;

/// The stratum of likely bots, which no rule counts.
pub(super) const BOT_STRATUM: &str = "bot";

/// Fewest learners for an item rule.
pub(super) const ITEM_LEARNERS_MIN: u64 = 20;
/// Fewest learners in each class that is compared.
pub(super) const CLASS_LEARNERS_MIN: u64 = 5;
/// Plausible excess of a difference of rest scores, in standard deviations (K2).
pub(super) const DIFFERENCE_TAU: f64 = 0.18;
/// A response always marked right is taken for the key from this many learners on.
pub(super) const KEY_LEARNERS_MIN: u64 = 5;

/// Alternatives of the reverse process, as shares of p0.
pub(super) const RESOLVE_SHARES: [f64; 2] = [1.0 / 2.0, 1.0 / 3.0];

/// Spans, places or runs with [`COMPARABLE_LEARNERS_MIN`] that a baseline rests on at least.
pub(super) const COMPARABLE_MIN: u32 = 5;
/// Learners from which on a span or a place can be compared with.
pub(super) const COMPARABLE_LEARNERS_MIN: u64 = 20;
/// Weight of a version-0 baseline, in learners.
pub(super) const PRIOR_LEARNERS: f64 = 200.0;
/// Weight of all strata's baseline for that of one stratum, in learners.
pub(super) const STRATUM_LEARNERS: f64 = 200.0;
/// Leavers that the level of a recording, a course or a week is shrunk by.
pub(super) const OWN_LEVEL_LEAVERS: f64 = 10.0;

/// Weeks of a course that have a baseline of their own; the last stands for all after it.
pub(super) const WEEKS: usize = 6;

/// Version of the baselines in `baselines/version-0.json`.
pub(super) const BASELINES_VERSION: u32 = 0;

/// What is expected before anything was seen.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Baselines {
    /// Share of learners who leave in the first, a middle and the last span of a recording.
    pub(super) span_hazard: [f64; 3],
    /// Share of learners who leave the course after arriving at a place, by week of the course.
    pub(super) place_hazard: [f64; WEEKS],
    /// Weeks in which the expected share is never below that of this list.
    pub(super) administrative_weeks: usize,
    /// Share of accounts that are bots.
    pub(super) bot_share: f64,
}

impl Baselines {
    /// Version 0, as it ships.
    pub(super) fn version_0() -> Self {
        // The file is part of the program, and a test reads it.
        #[allow(clippy::expect_used)]
        serde_json::from_str(include_str!("baselines/version-0.json")).expect("baselines/version-0.json is sound")
    }

    /// The least share that is expected to leave in a week, whatever was seen.
    pub(super) fn place_floor(&self, week: usize) -> f64 {
        if week < self.administrative_weeks { self.place_hazard[week] } else { 0.0 }
    }
}
