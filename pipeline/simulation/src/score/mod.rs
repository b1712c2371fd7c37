//! Judging what was said about a world against what is true of it.
//!
//! ```text
//! Verdict ──discovery::said──▶ Discovery ─┐               one world                 all worlds of a kind
//! Told ─────comparators──────▶ Discovery ─┼─▶ score ─▶ Score of each rule ──report──▶ pooled, with intervals ──bars──▶ met?
//! Truth ────answers──────────▶ Fact ──────┘
//! ```
//!
//! Invariants:
//! - A discovery is an entity and a code that was *ever* pushed; saying it again, or a later generation, adds nothing, unless it
//!   was wrong at one time and right at another: then it is one of each.
//! - What is planted counts for power, what holds without having been planted only makes saying it right, and what lies between
//!   the margin and the planted effects counts neither way. An entity without facts is clean.
//! - An item counts as found when any item code was raised on it; whether it was the right one is told apart.
//! - Pure: the same verdict, cells and truth give the same score.

pub mod answers;
pub mod bars;
pub mod comparators;
pub mod coverage;
pub mod discovery;
pub mod exposure;
pub mod intervals;
pub mod report;
#[cfg(test)]
mod tests;

use crate::truth::{Fact, Truth};
use answers::{Answer, Answers, Judgement};
use discovery::{Discovery, Entity, Family, Part};
use exposure::{Exposure, Size};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use teachback_core::decide::{Told, Verdict, learners_needed};
use teachback_core::time::Day;

/// Our own rules, all together.
pub const OURS: &str = "teachback";
/// False discoveries that are listed by name; all are counted.
const FALSE_LISTED_MAX: usize = 50;
/// The code of a revision that helped, and of one that changed nothing.
const IMPROVED: &str = "R-01";
const NO_EFFECT: &str = "R-03";
/// A course is small below this.
pub const SMALL_COURSE_LEARNERS: u32 = 50;

/// What was said about one world, judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The kind of world.
    pub world: String,
    /// Its seed.
    pub seed: u64,
    /// How many entities it has.
    pub size: Size,
    /// Learners of all its courses.
    pub learners: u64,
    /// Our rules first, then the others.
    pub rules: Vec<RuleScore>,
    /// Our discoveries by family, whatever is to be thought of them.
    pub pushed: BTreeMap<Family, u32>,
    /// Courses of under [`SMALL_COURSE_LEARNERS`] learners in which nothing was planted …
    pub clean_small_courses: u32,
    /// … and those of them about which anything was ever pushed.
    pub clean_small_courses_pushed: u32,
    /// Revisions that were planted without effect …
    pub no_effect_revisions: u32,
    /// … and those of them that were called an improvement.
    pub no_effect_verified: u32,
    /// Signals that do not name what they are about.
    pub nameless_signals: u32,
    /// Facts that do not name what they are about.
    pub unknown_facts: u32,
}

/// One rule on one world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleScore {
    /// [`OURS`], or the name of another rule.
    pub rule: String,
    /// Which families it judges.
    pub families: BTreeSet<Family>,
    /// Discoveries by code, or by the letter of the family for a rule that only flags.
    pub discoveries: BTreeMap<String, Discoveries>,
    /// What became of everything planted in its families.
    pub outcomes: Vec<Outcome>,
    /// The first of its false discoveries.
    pub false_ones: Vec<String>,
}

/// Discoveries by what is to be thought of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Discoveries {
    /// It holds.
    pub right: u32,
    /// Another code holds of this item.
    pub other_code: u32,
    /// Counted neither way.
    pub between: u32,
    /// Nothing of the kind holds.
    pub wrong: u32,
}

impl Discoveries {
    fn count(&mut self, judgement: Judgement) {
        match judgement {
            Judgement::True => self.right += 1,
            Judgement::OtherCode => self.other_code += 1,
            Judgement::Between => self.between += 1,
            Judgement::False => self.wrong += 1,
        }
    }

    /// The two together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            right: self.right + other.right,
            other_code: self.other_code + other.other_code,
            between: self.between + other.between,
            wrong: self.wrong + other.wrong,
        }
    }

    /// The share of discoveries about entities of which nothing holds; 0 of none.
    #[must_use]
    pub fn false_share(self) -> f64 {
        share(self.wrong, self.right + self.other_code + self.wrong)
    }

    /// The same with a wrong code about a faulty item counted as false.
    #[must_use]
    pub fn false_share_by_code(self) -> f64 {
        share(self.wrong + self.other_code, self.right + self.other_code + self.wrong)
    }
}

fn share(part: u32, whole: u32) -> f64 {
    f64::from(part) / f64::from(whole.max(1))
}

/// What became of one planted thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Its code.
    pub code: String,
    /// Its true effect.
    pub effect: f64,
    /// Learners who met it, over the whole world.
    pub learners: u32,
    /// Learners who started the recording that it is in, for V-01.
    pub starters: Option<u32>,
    /// Learners of it in the evidence (of a revision, the fewer of those before and after).
    pub learners_judged: u32,
    /// Learners that its rule prints as needed, if it knows the truth.
    pub learners_needed: Option<u64>,
    /// When it was first found; `None` if it was missed.
    pub found: Option<Found>,
}

/// When a planted thing was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Whether the right code was ever raised on it.
    pub right_code: bool,
    /// Learners who had met it, from planting on, in the evidence that was judged (V-01: who had started the recording).
    pub learners_judged: u32,
    /// Learners who had met it by the day it was raised (V-01: who had started the recording).
    pub learners_met: u32,
    /// Days from planting, or from its first learner, until it was raised.
    pub days: i32,
}

/// Scores our verdict and every comparator on the same cells.
#[must_use]
pub fn score(truth: &Truth, verdict: &Verdict, told: &[Told]) -> Score {
    let exposure = Exposure::new(told);
    let (said, nameless_signals) = discovery::said(verdict);
    let mut hypotheses: BTreeMap<&str, u64> = BTreeMap::new();
    for signal in &verdict.signals {
        let largest = hypotheses.entry(signal.code.as_str()).or_default();
        *largest = signal.hypotheses.max(*largest);
    }
    let judging = Judging { answers: Answers::new(truth), exposure: &exposure, hypotheses };
    let all = [Family::Items, Family::Spans, Family::Places, Family::Openings, Family::Revisions, Family::Data];
    let mut rules = vec![judging.rule(OURS, BTreeSet::from(all), &said)];
    for flagged in comparators::flagged(told) {
        rules.push(judging.rule(flagged.name, BTreeSet::from([flagged.family]), &flagged.discoveries));
    }
    let mut pushed: BTreeMap<Family, u32> = BTreeMap::new();
    for (family, ..) in said.iter().map(|discovery| (discovery.family, discovery.entity, discovery.code)).collect::<BTreeSet<_>>() {
        *pushed.entry(family).or_default() += 1;
    }
    let courses_pushed: BTreeSet<&str> = said.iter().map(|discovery| discovery.entity.course).collect();
    let (no_effect_revisions, no_effect_verified) = without_effect(&judging.answers, &said);
    let clean_small = || truth.courses.iter().filter(|course| course.is_clean && course.learners < SMALL_COURSE_LEARNERS);
    Score {
        world: truth.world.clone(),
        seed: truth.seed,
        size: exposure.size(),
        learners: truth.courses.iter().map(|course| u64::from(course.learners)).sum(),
        rules,
        pushed,
        clean_small_courses: clean_small().count() as u32,
        clean_small_courses_pushed: clean_small().filter(|course| courses_pushed.contains(course.course.as_str())).count() as u32,
        no_effect_revisions,
        no_effect_verified,
        nameless_signals,
        unknown_facts: judging.answers.unknown,
    }
}

/// Revisions that were planted without effect, and those of them that were called an improvement: the module, or any
/// recording of it.
fn without_effect(answers: &Answers<'_>, said: &[Discovery<'_>]) -> (u32, u32) {
    let module = |entity: &Entity<'_>| match entity.part {
        Part::Module(module) | Part::Recording { module, .. } => Some((entity.course.to_owned(), module.to_owned())),
        Part::Item { .. } | Part::Span { .. } | Part::Opening { .. } | Part::Course | Part::Provider(_) => None,
    };
    let improved: BTreeSet<_> = said.iter().filter(|said| said.code == Some(IMPROVED)).filter_map(|said| module(&said.entity)).collect();
    let revised = answers.planted.iter().filter(|answer| answer.fact.code == NO_EFFECT);
    let verified = revised.clone().filter(|answer| module(&answer.entity).is_some_and(|module| improved.contains(&module)));
    (revised.count() as u32, verified.count() as u32)
}

struct Judging<'a> {
    answers: Answers<'a>,
    exposure: &'a Exposure<'a>,
    /// The largest family that a code was ever judged in.
    hypotheses: BTreeMap<&'a str, u64>,
}

impl Judging<'_> {
    fn rule(&self, name: &str, families: BTreeSet<Family>, said: &[Discovery<'_>]) -> RuleScore {
        let mut discoveries: BTreeMap<String, Discoveries> = BTreeMap::new();
        let mut false_ones = Vec::new();
        let mut judged = HashSet::new();
        let mut by_entity: HashMap<(Family, Entity<'_>), Vec<&Discovery<'_>>> = HashMap::new();
        for discovery in said {
            by_entity.entry((discovery.family, discovery.entity)).or_default().push(discovery);
            let judgement = self.answers.judge(discovery);
            if !judged.insert((discovery.entity, discovery.code, judgement)) {
                continue;
            }
            let code = discovery.code.unwrap_or(discovery.family.letter());
            discoveries.entry(code.to_owned()).or_default().count(judgement);
            if judgement == Judgement::False && false_ones.len() < FALSE_LISTED_MAX {
                false_ones.push(format!("{code} {} on {}", discovery.entity, discovery.day));
            }
        }
        let planted = self.answers.planted.iter().filter(|answer| families.contains(&answer.family));
        let outcomes = planted.map(|answer| self.outcome(answer, by_entity.get(&(answer.family, answer.entity)).map_or(&[], Vec::as_slice))).collect();
        RuleScore { rule: name.to_owned(), families, discoveries, outcomes, false_ones }
    }

    fn outcome(&self, answer: &Answer<'_>, about: &[&Discovery<'_>]) -> Outcome {
        let Answer { fact, family, entity } = *answer;
        let is_time = |discovery: &&&Discovery<'_>| fact.since.is_none_or(|since| since <= discovery.day);
        let right_code = |discovery: &&&Discovery<'_>| discovery.code == Some(fact.code.as_str());
        // Only of items does another code find the thing: elsewhere it says something else.
        let counts = |discovery: &&&Discovery<'_>| family == Family::Items || discovery.code.is_none() || right_code(discovery);
        let first = about.iter().filter(is_time).filter(counts).min_by_key(|discovery| discovery.day);
        let recording = fact.content.as_deref().filter(|_| family == Family::Spans);
        let learners = |through| match recording {
            Some(content) => self.exposure.starters(entity.course, content, fact.since, through),
            None => self.exposure.learners(entity, fact.since, through),
        };
        let planted = fact.since.or_else(|| self.exposure.first_day(entity));
        let found = first.map(|first| Found {
            right_code: about.iter().filter(is_time).any(|discovery| right_code(&discovery)),
            learners_judged: learners(first.evidence_through),
            learners_met: learners(first.day),
            days: planted.map_or(0, |planted| first.day.0 - planted.0),
        });
        let starters = recording.map(|content| self.exposure.starters(entity.course, content, None, Day(i32::MAX)));
        let after = self.exposure.learners(entity, fact.since, Day(i32::MAX));
        let before = fact.since.filter(|_| family == Family::Revisions).map(|since| self.exposure.learners(entity, None, since.plus(-1)));
        Outcome {
            code: fact.code.clone(),
            effect: fact.effect,
            learners: fact.learners_exposed,
            starters,
            learners_judged: before.map_or(after, |before| before.min(after)),
            learners_needed: self.needed(fact, family),
            found,
        }
    }

    /// Learners that the rule of a fact prints as needed where it knows the truth; `None` for rules that print none.
    fn needed(&self, fact: &Fact, family: Family) -> Option<u64> {
        let usual = fact.usual?;
        let truly = match family {
            Family::Spans | Family::Places => fact.effect * usual,
            Family::Revisions => fact.effect + usual,
            Family::Items | Family::Openings | Family::Data => fact.effect,
        };
        learners_needed(&fact.code, usual, truly, self.hypotheses.get(fact.code.as_str()).copied().unwrap_or(1))
    }
}
