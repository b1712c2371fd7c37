//! R-01 improved, R-02 worsened, R-03 no effect: what a revision did to the share of learners who leave (K9).
//!
//! | rule | says | asks |
//! |---|---|---|
//! | R-01 | fewer leave | H0: the share fell by at most 2 points; the estimate is 5 points or more; 100 learners before and after |
//! | R-02 | more leave | H0: it rose by at most 2 points; 50 learners before and after |
//! | R-03 | no difference | the 99 % confidence sequence of the change lies within 3 points; 400 learners before and after |
//!
//! R-02 has no part in the family either, and is never pushed: in simulated worlds it finds one of forty revisions that took ten
//! points more. It stands in the table as watched.
//!
//! R-03 is no discovery and takes no part in the family: where the true change is 3 points or more either way, it is ever
//! said with a probability of at most 1 %.

use super::super::family::Budget;
use super::super::life::{About, Finding, Weighed};
use super::super::messages::{percent, points};
use super::super::pool::{Pool, Sample, steps};
use super::super::revisions::{Kind, Revision};
use super::super::signal::{Code, Signal, State};
use super::super::strata::Counts;
use crate::statistics::before_after::{Arms, Change};
use crate::statistics::eprocess::Side;

/// The rules, in the order in which they are looked at.
pub(in super::super) const RULES: [Code; 3] = [Code::Improved, Code::Worsened, Code::NoEffect];

/// How many of them can be raised. R-02 is watched only: that it finds what it should is not shown.
pub(in super::super) const PUSHED: usize = 1;

/// A change of this much is none that matters.
const MARGIN: f64 = 0.02;
/// An improvement is worth saying from here on.
const IMPROVED_MIN: f64 = 0.05;
/// No effect is a change of less than this.
const EQUIVALENT: f64 = 0.03;
/// The level of the interval of R-03.
const ALPHA_EQUIVALENT: f64 = 0.01;
/// Fewest learners before, and after, for.
const LEARNERS_MIN: [u64; 2] = [100, 50];
/// Fewest for R-03.
const NO_EFFECT_LEARNERS_MIN: u64 = 400;

/// The effects of the pool of one rule: the change in its direction. R-03 has none.
pub(in super::super) fn pool(rule: usize) -> Option<Pool> {
    (RULES[rule] != Code::NoEffect).then(|| Pool::new(Side::Upper, MARGIN, &steps(-0.4, 0.4, 80)).map(Pool::of_few)).flatten()
}

/// Learners on each side until a revision that changes one share to another is raised alone; `None` where the change lies
/// within the margin.
pub(in super::super) fn learners_needed(before: f64, after: f64, budget: Budget) -> Option<u64> {
    let excess = (before - after).abs() - MARGIN;
    let of_one = |share: f64| share * (1.0 - share);
    let needed = (excess > 0.0).then(|| budget.learners_needed(0.0, 0.5 * excess * excess / (of_one(before) + of_one(after)))).flatten();
    needed.map(|learners| learners.max(LEARNERS_MIN[0]))
}

/// What is known of a revision.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Verdicts {
    change: Change,
    arms: [Counts; 2],
}

impl Verdicts {
    /// What two arms and their control say; `counts` are the learners before and after.
    pub(in super::super) fn of(arms: &Arms, counts: [Counts; 2]) -> Self {
        Self { change: Change::between(arms), arms: counts }
    }

    /// The evidence of one rule; `None` below its smallest sample.
    pub(in super::super) fn weigh(&self, rule: usize) -> Option<Weighed> {
        let learners = self.arms[0].n.min(self.arms[1].n);
        let ln_e = match RULES[rule] {
            Code::Improved => self.change.ln_e_improved(MARGIN),
            Code::Worsened => self.change.ln_e_worsened(MARGIN),
            _ => return None,
        };
        let better = if RULES[rule] == Code::Improved { self.change.effect } else { -self.change.effect };
        let excess = (better - MARGIN).max(0.0);
        let weighed = Weighed {
            learners,
            ln_e,
            sample: Some(Sample::Normal { estimate: better, standard_error: libm::sqrt(self.change.variance) }),
            is_supported: true,
            // The variance falls as both arms grow.
            nats_a_learner: 0.5 * excess * excess / (self.change.variance * learners as f64),
        };
        LEARNERS_MIN.get(rule).filter(|least| learners >= **least).map(|_| weighed)
    }

    /// Whether what the evidence of a rule says is large enough to be named.
    pub(in super::super) fn is_worth_saying(&self, rule: usize) -> bool {
        RULES[rule] != Code::Improved || self.change.effect >= IMPROVED_MIN
    }

    /// Whether the revision made no difference that matters.
    pub(in super::super) fn is_without_effect(&self) -> bool {
        self.arms.iter().all(|arm| arm.n >= NO_EFFECT_LEARNERS_MIN) && self.change.is_without_effect(EQUIVALENT, ALPHA_EQUIVALENT)
    }
}

/// What is said of a revision by one rule.
pub(in super::super) fn signal(revision: &Revision, rule: usize, about: &About, state: State) -> Signal {
    let Some(found) = &revision.found else { return revision.lives[rule].signal(about, RULES[rule], state, Finding::default()) };
    let interval = found.change.confidence_sequence(ALPHA_EQUIVALENT);
    let share = |counts: Counts| percent(counts.events as f64 / counts.n.max(1) as f64);
    let [before, after] = found.arms;
    let (name, content, module) = match revision.kind {
        Kind::Module => (about.module_name(&revision.name).to_owned(), None, Some(revision.name.to_string())),
        Kind::Recording => {
            (about.content_name(&revision.name).to_owned(), Some(revision.name.to_string()), about.module_of_content(&revision.name).map(str::to_owned))
        }
    };
    let finding = Finding {
        n_learners: before.n.min(after.n),
        estimate: found.change.effect,
        interval: (interval.lo, interval.hi),
        baseline: MARGIN,
        values: vec![
            ("name", name),
            ("day", revision.day.to_string()),
            ("before", share(before)),
            ("after", share(after)),
            ("n_before", before.n.to_string()),
            ("n_after", after.n.to_string()),
            ("effect", points(found.change.effect)),
            ("lo", points(interval.lo)),
            ("hi", points(interval.hi)),
        ],
        content_version: revision.version(about),
        content,
        module,
        ..Finding::default()
    };
    revision.lives[rule].signal(about, RULES[rule], state, finding)
}

impl Revision {
    /// The version that the revision brought; of a module, its day.
    fn version(&self, about: &About) -> Option<String> {
        match self.kind {
            Kind::Module => Some(self.day.to_string()),
            Kind::Recording => about.version(&self.name, self.day).map(str::to_owned),
        }
    }
}
