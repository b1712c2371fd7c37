//! Scores of several worlds of one kind, pooled: what is quoted, with intervals over worlds.
//!
//! Shares of false discoveries are means over worlds, each world counting once; powers are pooled over everything planted, with
//! an interval that allows for worlds that differ. Of quantiles, what was missed counts as later than anything found.

use super::discovery::Family;
use super::intervals::{ALPHA, Estimate, mean, ratio, share, share_upper_limit};
use super::{Discoveries, OURS, Outcome, RuleScore, Score};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Key of what is said of all families together.
pub const ALL: &str = "all";
/// A ratio of hazards from which on a planted span counts as one of 3.5 times, else of 2.5 times.
const STRONG_SPAN: f64 = 3.0;

/// All worlds of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorldReport {
    /// The kind of world.
    pub world: String,
    /// What every world has in the mean: courses, learners, items, spans, modules.
    pub size: Vec<(String, f64)>,
    /// Our rules first.
    pub rules: Vec<RuleReport>,
    /// Worlds with any signal pushed, by family and for all.
    pub any_pushed: BTreeMap<String, Share>,
    /// Worlds with any signal pushed about something of which nothing holds.
    pub any_false: Share,
    /// Small courses in which nothing was planted, with any signal pushed.
    pub clean_small_courses: Share,
    /// Revisions without effect that were called an improvement.
    pub no_effect_verified: Share,
    /// Every world by itself.
    pub seeds: Vec<SeedReport>,
}

/// A share of independent cases.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// Cases that hold.
    pub holding: u64,
    /// Cases.
    pub cases: u64,
    /// Two-sided, 95 %; `None` without cases.
    pub share: Option<Estimate>,
    /// One-sided, 95 %.
    pub upper_limit: f64,
}

impl Share {
    fn of(holding: u64, cases: u64) -> Self {
        Self { holding, cases, share: share(holding, cases), upper_limit: share_upper_limit(holding, cases, ALPHA) }
    }
}

/// One rule over all worlds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleReport {
    /// Its name.
    pub rule: String,
    /// By family and for all.
    pub families: BTreeMap<String, FamilyReport>,
    /// By code.
    pub discoveries: BTreeMap<String, Discoveries>,
    /// By code, strength and learners.
    pub power: Vec<Power>,
}

/// The discoveries of one rule in one family.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FamilyReport {
    /// Mean share of false discoveries.
    pub false_share: Option<Estimate>,
    /// The same with a wrong code about a faulty item counted as false.
    pub false_share_by_code: Option<Estimate>,
    /// Over all worlds.
    pub discoveries: Discoveries,
    /// Power over everything planted in it.
    pub power: Option<Estimate>,
}

/// How much of one kind of planted thing was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Power {
    /// Its code, with the strength for spans.
    pub code: String,
    /// Learners who met it; for spans, who started the recording.
    pub learners: Band,
    /// Things planted.
    pub planted: u32,
    /// Found, by any code of the family for items.
    pub found: Option<Estimate>,
    /// Found by the right code.
    pub right_code: Option<Estimate>,
    /// Learners in the evidence when it was raised: median and 90 % quantile.
    pub learners_judged: [Option<u32>; 2],
    /// Learners who had met it when it was raised.
    pub learners_met: [Option<u32>; 2],
    /// Days until it was raised.
    pub days: [Option<i32>; 2],
}

/// Bands of learners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Band {
    /// Under 100.
    #[serde(rename = "< 100")]
    Few,
    /// 100 to 599.
    #[serde(rename = "100-600")]
    Some,
    /// 600 or more.
    #[serde(rename = ">= 600")]
    Many,
    /// As many as the rule prints as needed, where it knows the truth.
    #[serde(rename = "as needed")]
    Needed,
    /// Any.
    #[serde(rename = "all")]
    Any,
}

impl Band {
    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Few => "< 100",
            Self::Some => "100-600",
            Self::Many => ">= 600",
            Self::Needed => "as needed",
            Self::Any => "all",
        }
    }

    fn holds(self, outcome: &Outcome) -> bool {
        let learners = outcome.starters.unwrap_or(outcome.learners);
        match self {
            Self::Few => learners < 100,
            Self::Some => (100..600).contains(&learners),
            Self::Many => learners >= 600,
            Self::Needed => outcome.learners_needed.is_some_and(|needed| u64::from(outcome.learners_judged) >= needed),
            Self::Any => true,
        }
    }
}

/// One world in a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeedReport {
    /// Its seed.
    pub seed: u64,
    /// Our discoveries by code.
    pub discoveries: BTreeMap<String, Discoveries>,
    /// Share of false ones among them.
    pub false_share: f64,
    /// Planted, found, and found by the right code.
    pub planted: [u32; 3],
    /// The first of the false ones.
    pub false_ones: Vec<String>,
}

/// Pools the scores of worlds of one kind; `None` of none.
#[must_use]
pub fn pooled(world: &str, scores: &[Score]) -> Option<WorldReport> {
    let first = scores.first()?;
    let total = |count: fn(&Score) -> u32| scores.iter().map(|score| u64::from(count(score))).sum::<u64>();
    let worlds = |holds: &dyn Fn(&Score) -> bool| Share::of(scores.iter().filter(|score| holds(score)).count() as u64, scores.len() as u64);
    let families: BTreeSet<Family> = scores.iter().flat_map(|score| score.pushed.keys().copied()).collect();
    let mut any_pushed = BTreeMap::from([(ALL.to_owned(), worlds(&|score| !score.pushed.is_empty()))]);
    any_pushed.extend(families.into_iter().map(|family| (family.letter().to_owned(), worlds(&|score| score.pushed.contains_key(&family)))));
    let in_the_mean = |name: &str, number: &dyn Fn(&Score) -> f64| (name.to_owned(), scores.iter().map(number).sum::<f64>() / scores.len() as f64);
    Some(WorldReport {
        world: world.to_owned(),
        size: vec![
            in_the_mean("courses", &|score| f64::from(score.size.courses)),
            in_the_mean("learners", &|score| score.learners as f64),
            in_the_mean("items", &|score| f64::from(score.size.items)),
            in_the_mean("spans", &|score| f64::from(score.size.spans)),
            in_the_mean("modules", &|score| f64::from(score.size.modules)),
        ],
        rules: first.rules.iter().map(|rule| rule_report(&rule.rule, scores)).collect(),
        any_pushed,
        any_false: worlds(&|score| ours(score).any(|found| found.wrong > 0)),
        clean_small_courses: Share::of(total(|score| score.clean_small_courses_pushed), total(|score| score.clean_small_courses)),
        no_effect_verified: Share::of(total(|score| score.no_effect_verified), total(|score| score.no_effect_revisions)),
        seeds: scores.iter().filter_map(seed_report).collect(),
    })
}

fn ours(score: &Score) -> impl Iterator<Item = &Discoveries> {
    score.rules.iter().filter(|rule| rule.rule == OURS).flat_map(|rule| rule.discoveries.values())
}

fn rule_report(name: &str, scores: &[Score]) -> RuleReport {
    let rules: Vec<&RuleScore> = scores.iter().flat_map(|score| score.rules.iter().filter(|rule| rule.rule == name)).collect();
    let mut discoveries: BTreeMap<String, Discoveries> = BTreeMap::new();
    for (code, found) in rules.iter().flat_map(|rule| &rule.discoveries) {
        let known = discoveries.entry(code.clone()).or_default();
        *known = known.and(*found);
    }
    let families: BTreeSet<Family> = rules.iter().flat_map(|rule| rule.families.iter().copied()).collect();
    let one = |family: &Family| (family.letter().to_owned(), family_report(&rules, |code| Family::of(code) == Some(*family)));
    let mut by_family: BTreeMap<String, FamilyReport> = families.iter().map(one).collect();
    by_family.insert(ALL.to_owned(), family_report(&rules, |_| true));
    RuleReport { rule: name.to_owned(), families: by_family, discoveries, power: powers(&rules) }
}

fn family_report(rules: &[&RuleScore], counts: impl Fn(&str) -> bool) -> FamilyReport {
    let of_world = |rule: &&RuleScore| {
        let codes = rule.discoveries.iter().filter(|(code, _)| counts(code));
        codes.fold(Discoveries::default(), |sum, (_, found)| sum.and(*found))
    };
    let worlds: Vec<Discoveries> = rules.iter().map(of_world).collect();
    let planted = |rule: &&RuleScore| {
        let outcomes = || rule.outcomes.iter().filter(|outcome| counts(&outcome.code));
        (outcomes().filter(|outcome| outcome.found.is_some()).count() as u64, outcomes().count() as u64)
    };
    FamilyReport {
        false_share: mean(&worlds.iter().map(|world| world.false_share()).collect::<Vec<f64>>()),
        false_share_by_code: mean(&worlds.iter().map(|world| world.false_share_by_code()).collect::<Vec<f64>>()),
        discoveries: worlds.iter().fold(Discoveries::default(), |sum, world| sum.and(*world)),
        power: ratio(&rules.iter().map(planted).collect::<Vec<_>>()),
    }
}

fn powers(rules: &[&RuleScore]) -> Vec<Power> {
    let codes: BTreeSet<String> = rules.iter().flat_map(|rule| &rule.outcomes).map(code_with_strength).collect();
    let mut powers = Vec::new();
    for code in codes {
        for learners in [Band::Few, Band::Some, Band::Many, Band::Needed, Band::Any] {
            let power = power(&code, learners, rules);
            powers.extend((power.planted > 0).then_some(power));
        }
    }
    powers
}

/// The code, and for spans how much more than elsewhere leave.
fn code_with_strength(outcome: &Outcome) -> String {
    let strength = match Family::of(&outcome.code) {
        Some(Family::Spans) if outcome.effect >= STRONG_SPAN => " × 3.5",
        Some(Family::Spans) => " × 2.5",
        _ => "",
    };
    format!("{}{strength}", outcome.code)
}

fn power(code: &str, learners: Band, rules: &[&RuleScore]) -> Power {
    let counts = |outcome: &&Outcome| code_with_strength(outcome) == code && learners.holds(outcome);
    let worlds: Vec<Vec<&Outcome>> = rules.iter().map(|rule| rule.outcomes.iter().filter(counts).collect()).collect();
    let of_worlds = |holds: fn(&Outcome) -> bool| {
        let count = |world: &Vec<&Outcome>| (world.iter().filter(|outcome| holds(outcome)).count() as u64, world.len() as u64);
        ratio(&worlds.iter().map(count).collect::<Vec<_>>())
    };
    let found: Vec<_> = worlds.iter().flatten().map(|outcome| outcome.found).collect();
    Power {
        code: code.to_owned(),
        learners,
        planted: found.len() as u32,
        found: of_worlds(|outcome| outcome.found.is_some()),
        right_code: of_worlds(|outcome| outcome.found.is_some_and(|found| found.right_code)),
        learners_judged: quantiles(found.iter().map(|found| found.map(|found| found.learners_judged))),
        learners_met: quantiles(found.iter().map(|found| found.map(|found| found.learners_met))),
        days: quantiles(found.iter().map(|found| found.map(|found| found.days))),
    }
}

/// Median and 90 % quantile, what is missing counted as larger than all; `None` where the quantile itself is missing.
fn quantiles<T: Copy + Ord>(values: impl Iterator<Item = Option<T>>) -> [Option<T>; 2] {
    let mut found: Vec<T> = Vec::new();
    let mut all = 0_usize;
    for value in values {
        all += 1;
        found.extend(value);
    }
    found.sort_unstable();
    [50, 90].map(|percent| found.get((all * percent).div_ceil(100).max(1) - 1).copied())
}

fn seed_report(score: &Score) -> Option<SeedReport> {
    let ours = score.rules.iter().find(|rule| rule.rule == OURS)?;
    let all = ours.discoveries.values().fold(Discoveries::default(), |sum, found| sum.and(*found));
    let found = |holds: fn(&Outcome) -> bool| ours.outcomes.iter().filter(|outcome| holds(outcome)).count() as u32;
    Some(SeedReport {
        seed: score.seed,
        discoveries: ours.discoveries.clone(),
        false_share: all.false_share(),
        planted: [found(|_| true), found(|outcome| outcome.found.is_some()), found(|outcome| outcome.found.is_some_and(|found| found.right_code))],
        false_ones: ours.false_ones.clone(),
    })
}
