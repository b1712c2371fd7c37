//! The rules, one file each: null hypothesis, statistic, margin, smallest sample, what clears it, what it finds.
//!
//! | rule | about | family | file |
//! |---|---|---|---|
//! | I-01 mis-keyed | item | items | `miskeyed` |
//! | I-02 not discriminating | item | items | `not_discriminating` |
//! | I-03 too hard | item | items | `too_hard` |
//! | V-01 segment drop | span of a recording | spans | `segment_drop` |
//! | D-01 wall | module | places | `wall` |
//! | X-01 bots | course | places | `bots` |
//! | C-01 broken | content with a class of client | pages alone | `broken` |
//! | X-02 flow | provider's events | pages alone | `flow` |
//! | R-01 improved, R-02 worsened, R-03 no effect | revision | revisions | `revised` |
//!
//! The words of a rule stand in `messages/`, under its code.

pub(super) mod bots;
pub(super) mod broken;
pub(super) mod flow;
pub(super) mod miskeyed;
pub(super) mod not_discriminating;
pub(super) mod revised;
pub(super) mod segment_drop;
pub(super) mod too_hard;
pub(super) mod wall;

use super::family::{Budget, Family};
use super::openings;
use super::signal::Code;

/// Learners until a rule raises a target alone, see [`learners_needed`](super::learners_needed).
pub(super) fn learners_needed(code: &str, usual: f64, truly: f64, hypotheses: usize) -> Option<u64> {
    let is = |one: Code| one.as_str() == code;
    let family = |family: Family| Budget { hypotheses, alpha: family.alpha() };
    if is(Code::SegmentDrop) {
        segment_drop::MARGIN.learners_needed(usual, truly, family(Family::Spans))
    } else if is(Code::Wall) {
        wall::MARGIN.learners_needed(usual, truly, family(Family::Places))
    } else if is(Code::Broken) {
        broken::MARGIN.learners_needed(usual, truly, Budget { hypotheses, alpha: openings::ALPHA })
    } else if is(Code::Improved) || is(Code::Worsened) {
        revised::learners_needed(usual, truly, family(Family::Revisions))
    } else {
        None
    }
}
