//! Promises of the simulator: the same bytes for a seed, only valid events in order of arrival, and an answer book that agrees
//! with what is seen in them.

mod answer_book;
mod log;

use crate::*;
use teachback_core::event::encode::encode;

/// A world small enough for a test, with two courses that are large enough for everything.
fn small(kind: Kind, seed: u64) -> World {
    World { kind, courses: 7, learners: 2100, days: 40, seed, modules: Some(4), ..World::default() }
}

/// Every arrival with its line, and the truth.
fn lines(world: &World) -> (Vec<(EventTime, String)>, Truth) {
    let mut lines = Vec::new();
    let truth = simulate(world, &mut |arrival, event| {
        lines.push((arrival, encode(event).map_err(io::Error::other)?));
        Ok(())
    });
    (lines, truth.expect("nothing that fails"))
}

/// The truth alone.
fn truth(world: &World) -> Truth {
    simulate(world, &mut |_, _| Ok(())).expect("nothing that fails")
}

#[test]
fn worlds_of_any_size_hold_together() {
    for kind in Kind::ALL {
        for (courses, learners) in [(0, 0), (1, 0), (1, 1), (2, 5), (3, 7), (40, 300)] {
            let modules = (courses == 3).then_some(1);
            let truth = truth(&World { kind, courses, learners, days: 20, modules, ..World::default() });
            assert_eq!(truth.courses.iter().map(|course| course.learners).sum::<u32>(), learners);
        }
    }
}
