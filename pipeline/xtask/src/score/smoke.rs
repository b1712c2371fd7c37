//! The smoke size: two small worlds, and what can be demanded of so few learners.

use super::scored;
use crate::Failure;
use teachback_simulation::score::discovery::Family;
use teachback_simulation::score::{Discoveries, OURS, RuleScore, Score};
use teachback_simulation::{Kind as Laws, World};

/// A seed that nothing was tuned on, the first whose base world has a mis-keyed item that so many answer.
const SEED: u64 = 1001;
/// False discoveries among ours at most. So few are made that one alone may be a tenth of them.
const FALSE_SHARE_MAX: f64 = 0.15;
/// From so many learners on every mis-keyed item must be found.
const LEARNERS_FOUND: u32 = 600;

/// Scores both worlds; the error lists all that does not hold.
pub(super) fn run() -> Result<(), Failure> {
    let small = |kind: Laws, courses: u32, learners: u32| World { kind, courses, learners, days: 40, modules: Some(2), seed: SEED, ..World::default() };
    let base = scored(&small(Laws::Base, 5, 6_000))?;
    let clean = scored(&small(Laws::Clean, 5, 2_000))?;
    let mut faults = base_faults(&base)?;
    faults.extend(clean_faults(&clean));
    println!("base: {}\nclean: {}", super::table::line(&base), super::table::line(&clean));
    if faults.is_empty() { Ok(()) } else { Err(format!("the smoke worlds are not scored as they should be:\n  {}", faults.join("\n  ")).into()) }
}

fn base_faults(score: &Score) -> Result<Vec<String>, Failure> {
    let ours: &RuleScore = score.rules.iter().find(|rule| rule.rule == OURS).ok_or("our rules were not scored")?;
    let mut faults = Vec::new();
    let all = ours.discoveries.values().fold(Discoveries::default(), |sum, found| sum.and(*found));
    if all.false_share() > FALSE_SHARE_MAX {
        faults.push(format!("{:.0} % of discoveries are false: {}", 100.0 * all.false_share(), ours.false_ones.join("; ")));
    }
    let large = || ours.outcomes.iter().filter(|outcome| outcome.code == "I-01" && outcome.learners >= LEARNERS_FOUND);
    let missed = large().filter(|outcome| outcome.found.is_none()).count();
    if large().count() == 0 || missed > 0 {
        faults.push(format!("{missed} of {} mis-keyed items with {LEARNERS_FOUND} learners or more were missed", large().count()));
    }
    if score.nameless_signals > 0 || score.unknown_facts > 0 {
        faults.push(format!("{} signals and {} facts do not name what they are about", score.nameless_signals, score.unknown_facts));
    }
    Ok(faults)
}

fn clean_faults(score: &Score) -> Vec<String> {
    let pages = score.pushed.get(&Family::Openings).copied().unwrap_or_default();
    let ours = score.rules.iter().find(|rule| rule.rule == OURS);
    let wrong: u32 = ours.into_iter().flat_map(|rule| rule.discoveries.values()).map(|found| found.wrong).sum();
    let mut faults = Vec::new();
    faults.extend((pages > 0).then(|| format!("{pages} pages in a world where nothing is broken")));
    faults.extend((wrong > 0).then(|| format!("{wrong} false signals in a world without defects")));
    faults
}
