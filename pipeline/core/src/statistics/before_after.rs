//! Before and after a revision (K9): did it help, did it hurt, or did it make no difference?
//!
//! A module is revised because it looked bad, so part of its badness was chance and goes by itself; and whole courses get
//! better or worse with the calendar. Two remedies, both needed (simulated without them: a false "verified" for 35 % of
//! revisions that changed nothing, looked at once, and 71 % looked at daily; experiment E5 of the signal catalogue):
//!
//! - The rate before is shrunk towards its peers ([`BetaBinomial::shrink`](super::shrinkage::BetaBinomial::shrink)), or
//!   taken from learners who came after the signal was raised ([`RateEstimate::of_counts`]).
//! - What happened in the same weeks to modules that nobody revised is taken off.
//!
//! All evidence here may be looked at every day: it comes from K2. That is asymptotic, so keep the smallest samples. With
//! the effect at the margin, rates near 0.3 and 40 to 200 learners before, the mean e-value was 1.04 at 75 learners after
//! the revision and 1 within simulation error from 200 on; 20 was ever reached in under 1 % of the runs.
//!
//! Invariants: exchanging before and after turns the effect and "improved" into "worsened"; rates that are
//! not finite give no evidence and the widest interval.

use super::eprocess::ln_normal_mixture_one_sided;
use super::interval::{Interval, normal_mixture_confidence_sequence};
use super::shrinkage::RateEstimate;

/// A plausible change of a rate: for it evidence grows fastest (K2).
const RATE_TAU: f64 = 0.05;

/// Rates of an outcome nobody wants, such as leaving.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arms {
    /// Of the revised module before, shrunk or free of selection.
    pub before: RateEstimate,
    /// Of the revised module since; learners who met the new version only.
    pub after: RateEstimate,
    /// By how much it falls from the weeks of `before` to those of `after` without a revision, as modules that nobody revised
    /// tell.
    pub control: RateEstimate,
}

/// By how much the rate fell because of the revision, and how well that is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// The fall of the rate beyond that of the control, a share: 0.05 is five points better, below 0 is worse.
    pub effect: f64,
    /// The variance of the effect.
    pub variance: f64,
}

impl Change {
    /// The difference in differences: `theta = (p_before − p_after) − control`, with the three variances added.
    ///
    /// The rate before may be kept while learners come in after: its part of the error is the same at every look, and
    /// `theta / v` then still is a Brownian motion in information time 1/v, which K2 needs.
    #[must_use]
    pub fn between(arms: &Arms) -> Self {
        Self {
            effect: arms.before.estimate - arms.after.estimate - arms.control.estimate,
            variance: arms.before.variance + arms.after.variance + arms.control.variance,
        }
    }

    /// ln of the e-value against H0 "the rate fell by no more than `margin`": K2 with tau = 0.05.
    #[must_use]
    pub fn ln_e_improved(&self, margin: f64) -> f64 {
        ln_normal_mixture_one_sided(self.effect, self.variance, margin, RATE_TAU)
    }

    /// ln of the e-value against H0 "the rate rose by no more than `margin`": the same, mirrored.
    #[must_use]
    pub fn ln_e_worsened(&self, margin: f64) -> f64 {
        ln_normal_mixture_one_sided(-self.effect, self.variance, margin, RATE_TAU)
    }

    /// Where the effect lies, at all looks together, with probability 1 − `alpha`: K2, two-sided, tau = 0.05.
    #[must_use]
    pub fn confidence_sequence(&self, alpha: f64) -> Interval {
        normal_mixture_confidence_sequence(self.effect, self.variance, RATE_TAU, alpha)
    }

    /// Whether the revision made no difference worth naming: the confidence sequence lies inside `±margin`.
    ///
    /// If the true effect is `margin` or more either way, this is ever said with probability at most `alpha`.
    #[must_use]
    pub fn is_without_effect(&self, margin: f64, alpha: f64) -> bool {
        let interval = self.confidence_sequence(alpha);
        -margin < interval.lo && interval.hi < margin
    }
}

#[cfg(test)]
mod tests;
