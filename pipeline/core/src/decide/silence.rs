//! Whether learners who fall silent are taken to have left their course: only where it is seen that those who stay are not silent.
//!
//! A platform may send grades and withdrawals but no clicks, or a sample of them. Then every learner seems to stop out after
//! everything he does, and counting that as leaving would make a wall of every module. So the silence of a course's
//! learners counts on a decision day only while both hold of its own closed days, through that day:
//!
//! ```text
//! presence    seen again soon ≥ silent                      of those who came to a module and did not withdraw
//! departure   came back after a silence ≤ ½ (silent + 10)   of silences with time enough to have ended; shrunk
//! ```
//! Without presence it is unknown what a silence means; without departure most silences are pauses. Until both are shown, and
//! wherever they are not, withdrawals alone count.
//!
//! Invariants: all modules have their say, the one under trial included, so that its first learners are judged too. The price: a
//! first module that more than half fall silent in is not told from a platform that says nothing. What was counted
//! before stays counted.

use super::agenda::{Arrivals, PlaceKey, Targets};
use super::margins::OWN_LEVEL_LEAVERS;
use crate::evidence::PLACE_WINDOW;
use crate::time::{DAY, Day};
use std::collections::BTreeMap;

/// What is known of each course, by its number.
#[derive(Debug, Default)]
pub(super) struct Silence {
    courses: BTreeMap<u32, Presence>,
}

/// Learners who came to the modules of one course, on all days judged so far.
#[derive(Debug, Default)]
struct Presence {
    seen_again: u64,
    /// By evidence day.
    silent: BTreeMap<Day, u64>,
    returned: u64,
    /// The latest evidence day.
    latest: Day,
}

impl Silence {
    /// Takes the arrivals of one decision day, and marks those of them whose silence counts.
    pub(super) fn hear(&mut self, arrivals: &mut [(u32, Arrivals)], targets: &Targets<PlaceKey>) {
        let mut counts: BTreeMap<u32, bool> = BTreeMap::new();
        for (place, cell) in arrivals.iter() {
            let course = targets.course(*place);
            self.courses.entry(course).or_default().add(cell);
            counts.insert(course, false);
        }
        for (course, counts) in &mut counts {
            *counts = self.courses[course].tells_who_left();
        }
        for (place, cell) in arrivals {
            cell.silence_counts = counts[&targets.course(*place)];
        }
    }
}

impl Presence {
    fn add(&mut self, cell: &Arrivals) {
        let silent = u64::from(cell.stopped_out);
        self.seen_again += u64::from(cell.arrived).saturating_sub(u64::from(cell.withdrew) + silent);
        *self.silent.entry(cell.day).or_default() += silent;
        self.returned += u64::from(cell.returned);
        self.latest = self.latest.max(cell.day);
    }

    fn tells_who_left(&self) -> bool {
        let silent: u64 = self.silent.values().sum();
        let could_return: u64 = self.silent.range(..=self.latest.plus(-((PLACE_WINDOW / DAY) as i32))).map(|(_, silent)| silent).sum();
        self.seen_again >= silent && 2.0 * self.returned as f64 <= could_return as f64 + OWN_LEVEL_LEAVERS
    }
}
