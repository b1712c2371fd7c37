//! A pool: what all hypotheses of one rule together say about one of them (K5).
//!
//! The prior is fitted anew whenever the pool has seen a fifth more learners than at the last fit: daily while it is
//! young, weekly later. It is fitted before the cells of the day are counted, so it rests on the days before.
//!
//! Invariant: rows are fitted in order of name, so the prior is the same to the bit whatever order cells were told in.

use super::life::Life;
use crate::statistics::empirical_bayes::{EffectGrid, Judgement, Likelihood, Observed, Prior, fit, training_places};
use crate::statistics::eprocess::Side;

/// A fit pays when the learners have grown by one in this many.
const GROWTH_PART: u64 = 5;
/// Hypotheses from which on a prior says something.
const HYPOTHESES_MIN: usize = 50;
/// The same of a pool of few, each with hundreds of learners: forty passes from the uniform prior stay smooth.
const HYPOTHESES_MIN_OF_FEW: usize = 20;

/// What the data of one hypothesis say about its effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Sample {
    /// An asymptotically normal estimate, in the unit of the effects.
    Normal {
        /// The estimate.
        estimate: f64,
        /// Its standard error.
        standard_error: f64,
    },
    /// Learners with an outcome whose probability is `unit` times the effect.
    Ratio {
        /// Learners with the outcome.
        events: u64,
        /// Learners without it.
        others: u64,
        /// The probability at effect 1.
        unit: f64,
    },
    /// Learners with an outcome whose logit is `unit` plus the effect.
    Logit {
        /// Learners with the outcome.
        events: u64,
        /// Learners without it.
        others: u64,
        /// The logit at effect 0.
        unit: f64,
    },
}

/// The prior of one rule.
#[derive(Debug)]
pub(super) struct Pool {
    side: Side,
    margin: f64,
    prior: Prior,
    learners: u64,
    hypotheses_min: usize,
    is_fitted: bool,
}

impl Pool {
    /// A pool before anything is known. `None` for a grid without an alternative.
    pub(super) fn new(side: Side, margin: f64, effects: &[f64]) -> Option<Self> {
        let grid = EffectGrid::new(side, margin, effects)?;
        Some(Self { side, margin, prior: Prior::uniform(grid), learners: 0, hypotheses_min: HYPOTHESES_MIN, is_fitted: false })
    }

    /// The pool of a rule that has few hypotheses, each with many learners.
    pub(super) fn of_few(self) -> Self {
        Self { hypotheses_min: HYPOTHESES_MIN_OF_FEW, ..self }
    }

    /// Learns from lives in order of name, each with its course, if so many learners have come since the last fit that it
    /// pays; gives whether it did. `provider` gives the number of a course's provider.
    pub(super) fn learn<'a>(&mut self, lives: impl Iterator<Item = (u32, &'a Life)> + Clone, provider: impl Fn(u32) -> u32) -> bool {
        let samples = lives.filter_map(|(course, life)| life.sample().map(|(learners, sample)| (course, learners, sample)));
        let learners = samples.clone().map(|(_, learners, _)| learners).sum();
        if !self.is_outgrown(learners) {
            return false;
        }
        let samples: Vec<(u32, Sample)> = samples.map(|(course, _, sample)| (provider(course), sample)).collect();
        self.refit(learners, &samples)
    }

    /// Whether a fit would pay, with so many learners seen by now.
    fn is_outgrown(&self, learners: u64) -> bool {
        learners > 0 && learners - self.learners.min(learners) >= self.learners / GROWTH_PART
    }

    /// Fits the prior to samples in order of name, each with the number of its provider; gives whether it did.
    fn refit(&mut self, learners: u64, samples: &[(u32, Sample)]) -> bool {
        if samples.len() < self.hypotheses_min {
            return false;
        }
        let observed = |place: usize| {
            let (provider, sample) = samples[place];
            self.likelihood(sample).map(|likelihood| Observed { provider, likelihood })
        };
        let observed: Vec<Observed> = training_places(samples.len()).filter_map(observed).collect();
        self.prior = fit(&self.prior, &observed);
        self.learners = learners;
        self.is_fitted = true;
        true
    }

    /// What is to be held of one hypothesis; `None` until there is a prior.
    pub(super) fn judge(&self, sample: Sample) -> Option<Judgement> {
        self.is_fitted.then(|| self.prior.judge(&self.likelihood(sample)?)).flatten()
    }

    /// Whether an effect is on the wrong side of the margin.
    pub(super) fn is_beyond(&self, effect: f64) -> bool {
        match self.side {
            Side::Upper => effect > self.margin,
            Side::Lower => effect < self.margin,
        }
    }

    fn likelihood(&self, sample: Sample) -> Option<Likelihood> {
        let grid = self.prior.grid();
        match sample {
            Sample::Normal { estimate, standard_error } => grid.normal(estimate, standard_error),
            Sample::Ratio { events, others, unit } => grid.binomial(events, others, |effect| (unit * effect).min(SHARE_MAX)),
            Sample::Logit { events, others, unit } => grid.binomial(events, others, |effect| 1.0 / (1.0 + libm::exp(-unit - effect))),
        }
    }
}

/// No outcome is certain.
const SHARE_MAX: f64 = 0.98;

/// Effects at equal steps.
pub(super) fn steps(from: f64, to: f64, steps: u32) -> Vec<f64> {
    (0..=steps).map(|step| from + (to - from) * f64::from(step) / f64::from(steps)).collect()
}

/// Effects at equal ratios.
pub(super) fn ratios(from: f64, to: f64, steps: u32) -> Vec<f64> {
    let (from, to) = (libm::log(from), libm::log(to));
    self::steps(from, to, steps).into_iter().map(libm::exp).collect()
}
