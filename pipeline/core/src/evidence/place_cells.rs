//! Places: whether learners who came to a module were gone within the window.

use super::strata::{Stratum, StratumNames};
use super::{PLACE_LEAVE, PLACE_WINDOW, PlaceCell};
use crate::course::Course;
use crate::course::learner::{Enrollment, Learner};
use crate::seal::{Places, STOP_OUT_IDLE};
use crate::time::{DAY, Day, EventTime, HOUR, Hour};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    arrived: u32,
    withdrew: u32,
    stopped_out: u32,
    returned: u32,
}

impl Course {
    /// The last day of arrivals that can be told.
    pub(super) fn places_through(closed: EventTime) -> Day {
        closed.plus(-PLACE_WINDOW).day().plus(-1)
    }

    pub(super) fn place_cells(&self, placing: &Places<'_>, closed: EventTime) -> Vec<PlaceCell> {
        let through = Self::places_through(closed);
        let told = self.evidence.places.unwrap_or(Day(i32::MIN));
        if through <= told {
            return Vec::new();
        }
        // Leaving after the last place of the outline is finishing, not dropping out.
        let last = placing.outlined.checked_sub(1).map(|last| last as u32);
        let mut counted: BTreeMap<(Day, Stratum, u32), Counts> = BTreeMap::new();
        let mut arrivals = Vec::new();
        for learner in &self.learners {
            arrivals.clear();
            placing.arrivals(learner, &mut arrivals);
            for (place, arrived) in &arrivals {
                let day = arrived.day();
                if day <= told || day > through || Some(*place) == last {
                    continue;
                }
                let moved_on = arrivals.iter().any(|(other, time)| other != place && time > arrived && *time <= arrived.plus(PLACE_WINDOW));
                // By the time that a day of arrivals is told, as many days as the window has have closed behind it.
                let stratum = Stratum::of(self, learner, day, day.plus((PLACE_WINDOW / DAY) as i32));
                let counts = counted.entry((day, stratum, *place)).or_default();
                counts.arrived += 1;
                // Whoever comes to several places within one hour came back once.
                let is_first = !arrivals.iter().any(|(other, time)| time.hour() == arrived.hour() && (time, other) < (arrived, place));
                counts.returned += u32::from(is_first && had_been_silent(learner, *arrived));
                match leaving(learner, *arrived).filter(|_| !moved_on) {
                    Some(Enrollment::Withdrawn) => counts.withdrew += 1,
                    Some(_) => counts.stopped_out += 1,
                    None => {}
                }
            }
        }
        let names = StratumNames::new(self, counted.keys().map(|(_, stratum, _)| *stratum));
        let mut cells: Vec<PlaceCell> = counted
            .into_iter()
            .map(|((day, stratum, place), counts)| PlaceCell {
                day,
                stratum: names.get(stratum).to_owned(),
                module: placing.module(place).to_owned(),
                arrived: counts.arrived,
                withdrew: counts.withdrew,
                stopped_out: counts.stopped_out,
                returned: counts.returned,
            })
            .collect();
        cells.sort_unstable();
        cells
    }
}

/// How a learner left within the window after arriving at a place, if he did.
fn leaving(learner: &Learner, arrived: EventTime) -> Option<Enrollment> {
    let within = |time: EventTime| time >= arrived && time <= arrived.plus(PLACE_WINDOW);
    match learner.enrollment.get() {
        Some(Enrollment::Withdrawn) if learner.enrollment.time().is_some_and(within) => return Some(Enrollment::Withdrawn),
        Some(Enrollment::Completed) if learner.enrollment.time().is_some_and(within) => return None,
        _ => {}
    }
    let first = learner.hours.partition_point(|hour| *hour < arrived.hour());
    let hours = &learner.hours[first..];
    let silent = |place: usize| hours.get(place + 1).is_none_or(|next| is_silence(hours[place], *next));
    let went_silent = (0..hours.len()).take_while(|place| hours[*place].start() <= arrived.plus(PLACE_LEAVE)).any(silent);
    went_silent.then_some(Enrollment::Enrolled)
}

/// Whether a learner who arrives somewhere was last active before a silence; not so when he is active for the first time.
fn had_been_silent(learner: &Learner, arrived: EventTime) -> bool {
    let before = learner.hours.partition_point(|hour| *hour < arrived.hour()).checked_sub(1);
    before.is_some_and(|before| is_silence(learner.hours[before], arrived.hour()))
}

/// Whether the time between two hours of activity, one after the other, is long enough to be taken for leaving.
fn is_silence(last: Hour, next: Hour) -> bool {
    next.0 - last.0 > (STOP_OUT_IDLE / HOUR) as i32
}
