//! Which modules are made anew, when, and what that does.
//!
//! Two kinds: modules that lose many learners, revised with some effect or none; and modules with nothing wrong, revised
//! because they looked worst by chance, as course teams do. The second have no effect: they only fall back to the mean.
//!
//! Invariants: a module is revised at most once; no last module, none that is a planted wall; all in the middle third of the
//! days, so that learners come before and after.

use crate::course::{Course, REVISED_LEARNERS_MIN, Revision, Wall, apportion};
use crate::leaving::logit_for;
use crate::met::Met;
use crate::random::{Random, Stream};
use crate::{Kind, World};
use teachback_core::time::{DAY, EventTime};

/// Share of all modules of the world that are troubled and then revised, at most one in a course; in a revised world it is
/// one in each.
const TROUBLED_SHARE: f64 = 0.04;
/// Shares of learners who leave in a troubled module.
const TROUBLED: (f64, f64) = (0.25, 0.35);
/// What a revision adds to the share that leaves, with the share of revisions of troubled modules that do.
const CHANGES: [(f64, f64); 3] = [(-0.10, 0.3), (0.0, 0.5), (0.05, 0.2)];
/// Share of modules of large courses with nothing wrong that are revised.
const UNTROUBLED_SHARE: f64 = 0.10;
/// Learners who must have come to a module before anybody says that it looks bad.
const ARRIVED_MIN: u32 = 20;

/// A revision to come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) time: EventTime,
    /// Place of the course.
    pub(crate) course: usize,
    which: Which,
}

#[derive(Debug, Clone, Copy)]
enum Which {
    /// This module, with this change.
    Troubled { module: usize, change: f64 },
    /// The one that looks worst then; no change.
    WorstLooking,
}

/// Makes some modules troubled, and plans all revisions, in order of time.
pub(crate) fn plan(world: &World, courses: &mut [Course]) -> Vec<Plan> {
    let mut plans = Vec::new();
    if world.kind == Kind::Clean {
        return plans;
    }
    let mut random = Random::of(world.seed, Stream::Revisions);
    let modules: usize = courses.iter().map(|course| course.modules.len()).sum();
    let mut large: Vec<usize> = (0..courses.len()).filter(|place| courses[*place].size >= REVISED_LEARNERS_MIN).collect();
    random.shuffle(&mut large);
    let troubled = match world.kind {
        Kind::Revised => large.len(),
        Kind::Base | Kind::Stress | Kind::Clean | Kind::Misspecified => ((TROUBLED_SHARE * modules as f64).round() as usize).min(large.len()),
    };
    let counts = apportion(troubled as u32, &CHANGES.map(|(_, share)| share));
    let changes = CHANGES.iter().zip(counts).flat_map(|((change, _), count)| (0..count).map(|_| *change));
    for (course, change) in large.iter().copied().zip(changes) {
        let free = unplanned(&courses[course]);
        let share = random.between(TROUBLED.0, TROUBLED.1);
        if let Some(module) = free.get(random.below(free.len())).copied() {
            courses[course].modules[module].hazard_logit = logit_for(&courses[course], share);
            courses[course].modules[module].wall = Some(Wall::Troubled(share));
            // Later modules later, so that learners come before and after.
            let passed = (module as f64 + random.unit()) / courses[course].modules.len() as f64;
            plans.push(Plan { time: moment(world, passed), course, which: Which::Troubled { module, change } });
        }
    }
    large.sort_unstable();
    for course in large {
        let revised = unplanned(&courses[course]).iter().filter(|_| random.chance(UNTROUBLED_SHARE)).count();
        plans.extend((0..revised).map(|_| Plan { time: moment(world, random.unit()), course, which: Which::WorstLooking }));
    }
    plans.sort_by_key(|plan| (plan.time, plan.course));
    plans
}

impl Plan {
    /// Carries the revision out; `met` is what learners of the course did so far. Gives whether there was one to make.
    pub(crate) fn carry_out(&self, course: &mut Course, met: &Met) -> bool {
        let (module, change) = match self.which {
            Which::Troubled { module, change } => (Some(module), change),
            Which::WorstLooking => (worst_looking(course, met), 0.0),
        };
        if let Some(module) = module {
            course.modules[module].revision = Some(Revision { time: self.time, change });
        }
        module.is_some()
    }
}

fn worst_looking(course: &Course, met: &Met) -> Option<usize> {
    let share = |module: &usize| f64::from(met.modules[*module].leaving) / f64::from(met.modules[*module].arrived);
    let seen = unplanned(course).into_iter().filter(|module| met.modules[*module].arrived >= ARRIVED_MIN);
    seen.max_by(|left, right| share(left).total_cmp(&share(right)))
}

/// Places of modules with nothing wrong that nobody revises, the last left out.
fn unplanned(course: &Course) -> Vec<usize> {
    let last = course.modules.len() - 1;
    (0..last).filter(|place| course.modules[*place].wall.is_none() && course.modules[*place].revision.is_none()).collect()
}

/// The moment at which this share of the middle third of the days has passed.
fn moment(world: &World, passed: f64) -> EventTime {
    let third = f64::from(world.days) / 3.0;
    world.start.plus(((1.0 + passed) * third * DAY as f64) as i64)
}
