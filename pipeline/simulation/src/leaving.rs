//! The law by which learners leave a course: drawn once, when a learner comes to a module.
//!
//! `logit p = course + week + module − 0.5 motivation − 0.3 ability + mode + 1.2 [failed the last quiz] + ln frailty`, where
//! audit learners leave more, and a revision adds its change to `p` itself. The second week has a spike that no module is to
//! blame for: those who never meant to come are taken off the lists then.

use crate::course::{Course, Module};
use crate::random::logistic;
use teachback_core::time::{DAY, EventTime};

/// Weights of motivation and ability.
const TRAIT_WEIGHTS: (f64, f64) = (0.5, 0.3);
/// Correlation of motivation and ability.
pub(crate) const TRAITS_CORRELATION: f64 = 0.3;
/// What audit learners have more, and what verified learners have less.
const MODE_LOGITS: (f64, f64) = (0.3, 0.4);
/// What a failed quiz adds.
const FAILED_LOGIT: f64 = 1.2;
/// ln 3.5: in the Open University's presentations 3.6 % leave in the second week, about 1 % in those around it.
const SECOND_WEEK_LOGIT: f64 = 1.252_762_968_495_368;
/// Least and greatest probability that a revision leads to.
const REVISED: (f64, f64) = (0.01, 0.95);
/// Share of learners who failed the quiz before, for [`logit_for`].
const FAILED_SHARE: f64 = 0.12;

/// What of a learner decides whether he leaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Traits {
    pub(crate) motivation: f64,
    pub(crate) ability: f64,
    pub(crate) is_verified: bool,
    pub(crate) has_failed_last_quiz: bool,
    /// Factor on all his hazards.
    pub(crate) frailty: f64,
}

impl Traits {
    /// The logit of leaving but for what the module adds, at a moment of a world that began at `start`.
    pub(crate) fn logit(&self, course: &Course, start: EventTime, time: EventTime) -> f64 {
        let week = (time.0 - start.0).div_euclid(7 * DAY);
        course.hazard_logit + if week == 1 { SECOND_WEEK_LOGIT } else { 0.0 } - TRAIT_WEIGHTS.0 * self.motivation - TRAIT_WEIGHTS.1 * self.ability
            + if self.is_verified { -MODE_LOGITS.1 } else { MODE_LOGITS.0 }
            + if self.has_failed_last_quiz { FAILED_LOGIT } else { 0.0 }
            + libm::log(self.frailty)
    }
}

/// Probability of leaving in a module, for a learner with this logit who comes to it at this moment.
pub(crate) fn chance(module: &Module, logit: f64, time: EventTime) -> f64 {
    let before = unrevised(module, logit);
    match module.revision.filter(|revision| revision.time <= time && revision.change != 0.0) {
        Some(revision) => (before + revision.change).clamp(REVISED.0, REVISED.1),
        None => before,
    }
}

/// The same as if the module had not been revised.
pub(crate) fn unrevised(module: &Module, logit: f64) -> f64 {
    logistic(logit + module.hazard_logit)
}

/// What a module must add so that this share of the course's learners leaves in it, in any but the second week.
pub(crate) fn logit_for(course: &Course, share: f64) -> f64 {
    let (mut low, mut high) = (-5.0, 10.0);
    for _ in 0..50 {
        let middle = (low + high) / 2.0;
        if mean_share(course, middle) < share { low = middle } else { high = middle }
    }
    low
}

fn mean_share(course: &Course, module_logit: f64) -> f64 {
    let (motivation, ability) = TRAIT_WEIGHTS;
    let deviation = (motivation * motivation + ability * ability + 2.0 * TRAITS_CORRELATION * motivation * ability).sqrt();
    let (mut sum, mut weights) = (0.0, 0.0);
    for step in -8..=8 {
        let z = f64::from(step) / 2.0;
        let density = libm::exp(-z * z / 2.0);
        for (is_verified, of_mode) in [(false, 0.6), (true, 0.4)] {
            for (has_failed_last_quiz, of_failed) in [(true, FAILED_SHARE), (false, 1.0 - FAILED_SHARE)] {
                let traits = Traits { motivation: 0.0, ability: course.mean_ability, is_verified, has_failed_last_quiz, frailty: 1.0 };
                let logit = traits.logit(course, EventTime(0), EventTime(0)) + deviation * z + module_logit;
                sum += density * of_mode * of_failed * logistic(logit);
                weights += density * of_mode * of_failed;
            }
        }
    }
    sum / weights
}
