//! What is planted in a course: faulty items, confusing spans, contents that fail to open, walls.
//!
//! Invariants: nothing in courses of under [`PLANTED_LEARNERS_MIN`] learners; every share is of all entities of the course
//! that can have the defect; one defect an entity.

use crate::course::item::{Fault, Item};
use crate::course::{Broken, CLIENTS, Content, ContentKind, Course, PLANTED_LEARNERS_MIN, Peak, Wall};
use crate::random::{Random, Stream};
use crate::{Kind, World};

/// Share of items with each of the three faults.
const FAULT_SHARE: f64 = 0.02;
/// Shares right of items that do not discriminate.
const NOT_DISCRIMINATING: (f64, f64) = (0.3, 0.7);
/// Difficulty of an item that is too hard, and its spread.
const TOO_HARD: (f64, f64) = (4.0, 0.3);
/// Share of spans that confuse, and of those that are only worth another look.
const PEAK_SHARE: f64 = 0.03;
/// How many times as often learners leave a confusing span: one half of them each.
const CONFUSING_TIMES: [f64; 2] = [2.5, 3.5];
/// Greatest hazard of a span.
const SPAN_HAZARD_MAX: f64 = 0.9;
/// Share of contents that fail on one client.
const BROKEN_SHARE: f64 = 0.01;
/// Shares of openings that fail then.
const FAILING: (f64, f64) = (0.05, 0.6);
/// Share of modules that are walls, and the multiple of the odds of leaving there. In a revised world, whose courses alone are
/// large enough to find them, there are more of the same.
const WALL_SHARE: f64 = 0.02;
const WALL_SHARE_REVISED: f64 = 0.10;
const WALL_ODDS: f64 = 3.0;

/// Plants what the kind of world has in the course at this place.
pub(crate) fn plant(world: &World, place: usize, course: &mut Course) {
    if world.kind == Kind::Clean || course.size < PLANTED_LEARNERS_MIN {
        return;
    }
    let mut random = Random::of(world.seed, Stream::Defects(place as u32));
    let last = course.modules.len() - 1;
    let wall_share = if world.kind == Kind::Revised { WALL_SHARE_REVISED } else { WALL_SHARE };
    for (place, module) in course.modules.iter_mut().enumerate() {
        module.quiz.items.iter_mut().for_each(|item| plant_fault(item, &mut random));
        module.contents.iter_mut().for_each(|content| plant_in_content(content, world, &mut random));
        // Who leaves in the last module has finished, so nobody can see a wall there.
        if random.chance(wall_share) && place < last {
            module.hazard_logit += libm::log(WALL_ODDS);
            module.wall = Some(Wall::Planted);
        }
    }
}

fn plant_fault(item: &mut Item, random: &mut Random) {
    let share = random.unit();
    if share < FAULT_SHARE {
        item.fault = Some(Fault::MisKeyed);
        item.key = item.most_popular_distractor();
    } else if share < 2.0 * FAULT_SHARE {
        item.fault = Some(Fault::NotDiscriminating(random.between(NOT_DISCRIMINATING.0, NOT_DISCRIMINATING.1)));
    } else if share < 3.0 * FAULT_SHARE {
        item.fault = Some(Fault::TooHard);
        item.difficulty = random.normal(TOO_HARD.0, TOO_HARD.1);
    }
}

fn plant_in_content(content: &mut Content, world: &World, random: &mut Random) {
    if random.chance(BROKEN_SHARE) {
        let client = random.below(CLIENTS.len());
        let since = world.start.day().plus(random.below(1 + 2 * world.days as usize / 3) as i32);
        content.broken = Some(Broken { client, since, share: random.between(FAILING.0, FAILING.1) });
    }
    let ContentKind::Video(video) = &mut content.kind else { return };
    for span in &mut video.spans {
        let share = random.unit();
        if share < PEAK_SHARE {
            let times = CONFUSING_TIMES[random.below(CONFUSING_TIMES.len())];
            span.hazard = (span.hazard * times).min(SPAN_HAZARD_MAX);
            span.peak = Some(Peak::Confusing(times));
        } else if share < 2.0 * PEAK_SHARE {
            span.peak = Some(Peak::WorthAnotherLook);
        }
    }
}
