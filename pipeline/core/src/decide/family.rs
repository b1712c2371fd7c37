//! Families: hypotheses that share one error budget, and which of them are raised on a day.
//!
//! | family | rules | α |
//! |---|---|---|
//! | items | I-01, I-02, I-03 | 0.02 |
//! | spans | V-01 | 0.01 |
//! | courses and places | D-01, X-01 | 0.01 |
//! | revisions | R-01 | 0.01 |
//!
//! CERTIFIED is weighted e-BH on the plain e-values, whatever the pool looks like. CONFIRMED is weighted e-BH on the empirical-Bayes
//! e-values with the defensive switch (K5), for hypotheses whose shrunk estimate is beyond the margin as well. The
//! guarantee of both is for the list of one day; C-01 and X-02 page alone and belong to no family.

use super::life::Life;
use super::signal::Tier;
use crate::statistics::empirical_bayes::{Candidate, confirmed};
use crate::statistics::multiplicity::{Weighted, weighted_e_bh};

/// A family of hypotheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// Questions.
    Items,
    /// Stretches of recordings.
    Spans,
    /// Modules, and courses as a whole.
    Places,
    /// Revisions.
    Revisions,
}

impl Family {
    /// The share of false discoveries that is allowed in it.
    pub(super) fn alpha(self) -> f64 {
        match self {
            Self::Items => 0.02,
            Self::Spans | Self::Places | Self::Revisions => 0.01,
        }
    }
}

/// How many hypotheses share an error budget, and how much it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Budget {
    /// Hypotheses with enough learners.
    pub(super) hypotheses: usize,
    /// The budget of all of them.
    pub(super) alpha: f64,
}

impl Budget {
    /// ln of the e-value at which a hypothesis is raised that nobody else is raised with.
    pub(super) fn ln_e_alone(self) -> f64 {
        libm::log(self.hypotheses.max(1) as f64 / self.alpha)
    }

    /// Learners until a hypothesis is raised alone, if it has this evidence and each brings so many nats; `None` if that
    /// is not worth waiting for.
    pub(super) fn learners_needed(self, ln_e: f64, nats_a_learner: f64) -> Option<u64> {
        let needed = libm::ceil((self.ln_e_alone() - ln_e).max(0.0) / nats_a_learner);
        (needed.is_finite() && needed < LEARNERS_NEEDED_MAX).then_some(needed as u64)
    }
}

/// More learners than this are not worth waiting for.
const LEARNERS_NEEDED_MAX: f64 = 100_000.0;

/// What is raised on one day.
#[derive(Debug)]
pub(super) struct Raised {
    /// For each hypothesis, in the order given, how far it can be trusted; `None` if it is not raised.
    pub(super) tiers: Vec<Option<Tier>>,
    /// What they share.
    pub(super) budget: Budget,
}

/// Which hypotheses of a family are raised, each with the number of what it is about and its weight. Those below the
/// smallest sample are not in the family; over the others the mean weight is 1.
pub(super) fn raise<'a>(family: Family, lives: impl Iterator<Item = (u32, &'a Life, f64)>) -> Raised {
    let mut places = Vec::new();
    let (mut plain, mut candidates) = (Vec::new(), Vec::new());
    let mut total = 0;
    for (place, (entity, life, weight)) in lives.enumerate() {
        total = place + 1;
        if let Some(ln_e) = life.ln_e() {
            places.push(place);
            plain.push(Weighted { ln_e, weight });
            candidates.push(Candidate { entity: u64::from(entity), judgement: life.weighted_judgement(), weight });
        }
    }
    let hypotheses = places.len();
    let budget = Budget { hypotheses, alpha: family.alpha() };
    let certified = weighted_e_bh(&plain, hypotheses, budget.alpha);
    let confirmed = confirmed(&candidates, hypotheses, budget.alpha);
    let mut tiers = vec![None; total];
    for ((place, certified), confirmed) in places.into_iter().zip(certified).zip(confirmed.raised) {
        tiers[place] = match (certified, confirmed) {
            (true, _) => Some(Tier::Certified),
            (false, true) => Some(Tier::Confirmed),
            (false, false) => None,
        };
    }
    Raised { tiers, budget }
}
