//! `dropout`: where in the outline, and in which week since enrolment, learners leave.
//!
//! Competing ways to leave are counted apart (withdrew by an event, stopped out after 10 days of silence). A learner is
//! at risk in a place only when his outcome could have been seen, whatever it was: otherwise progress, which shows at
//! once, would push the hazard of leaving, which shows late, too low.

use super::{STOP_OUT_IDLE, Standing, View, rate};
use crate::course::learner::Learner;
use crate::statistics::survival::{Place, kaplan_meier};
use crate::table::{Cell, Rows, contracts};
use crate::time::{DAY, EventTime};
use std::collections::BTreeMap;

const WEEK: i64 = 7 * DAY;
/// Weeks of the week axis; a run longer than ten years is cut there.
const WEEKS_MAX: i64 = 520;

/// Counts of one place.
#[derive(Debug, Clone, Default)]
struct Counts<'a> {
    at_risk: u64,
    withdrew: u64,
    stopped_out: u64,
    completed: u64,
    reasons: BTreeMap<&'a str, u64>,
    last_contents: BTreeMap<&'a str, u64>,
}

impl<'a> Counts<'a> {
    /// Counts how a learner left here.
    fn leave(&mut self, view: &View<'a>, learner: &'a Learner) {
        let standing = view.standing(learner);
        match standing {
            Standing::Withdrawn => self.withdrew += 1,
            Standing::StoppedOut => self.stopped_out += 1,
            Standing::Completed => self.completed += 1,
            Standing::Enrolled | Standing::Active => return,
        }
        if standing == Standing::Withdrawn
            && let Some(reason) = learner.reason.get().copied().flatten()
        {
            *self.reasons.entry(view.course.names.words.text(reason)).or_default() += 1;
        }
        if standing != Standing::Completed
            && let Some(content) = learner.last_content.get()
        {
            *self.last_contents.entry(view.course.names.contents.text(*content)).or_default() += 1;
        }
    }
}

pub(super) fn rows(view: &View<'_>) -> Rows {
    let mut rows = Rows::new(&contracts::DROPOUT);
    let modules = modules(view);
    let names: Vec<String> = view.places.modules.iter().map(|name| (*name).to_owned()).collect();
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_key(|place| &names[*place]);
    axis_rows(view, "module", &names, &order, &modules, &mut rows);
    let weeks = weeks(view);
    let names: Vec<String> = (0..weeks.len()).map(|week| format!("{week:03}")).collect();
    axis_rows(view, "week", &names, &(0..weeks.len()).collect::<Vec<_>>(), &weeks, &mut rows);
    rows
}

fn modules<'a>(view: &View<'a>) -> Vec<Counts<'a>> {
    let mut counts = vec![Counts::default(); view.places.modules.len()];
    for (learner, arrivals) in view.walks() {
        let Some((furthest, _)) = arrivals.last() else { continue };
        // Coming to a place is coming to it or to any later one.
        let mut reached: Option<EventTime> = None;
        let mut ahead = arrivals.iter().rev().peekable();
        for place in (0..=*furthest).rev() {
            while let Some((_, time)) = ahead.next_if(|(arrived, _)| *arrived >= place) {
                reached = Some(reached.map_or(*time, |reached| reached.min(*time)));
            }
            if reached.is_some_and(|time| time.plus(STOP_OUT_IDLE) <= view.time) {
                counts[place as usize].at_risk += 1;
                if place == *furthest {
                    counts[place as usize].leave(view, learner);
                }
            }
        }
    }
    counts
}

fn weeks<'a>(view: &View<'a>) -> Vec<Counts<'a>> {
    let mut counts: Vec<Counts<'_>> = Vec::new();
    for learner in &view.learners {
        let Some(start) = learner.enrolled.or(learner.first_activity) else { continue };
        let left = match view.standing(learner) {
            Standing::Withdrawn | Standing::Completed => learner.enrollment.time(),
            Standing::StoppedOut => learner.last_activity,
            Standing::Enrolled | Standing::Active => None,
        };
        let last_week = left.map(|left| (left.0 - start.0).max(0) / WEEK);
        for week in 0..WEEKS_MAX {
            let seen = start.plus((week + 1) * WEEK + STOP_OUT_IDLE) <= view.time;
            if !seen || last_week.is_some_and(|last| week > last) {
                break;
            }
            if counts.len() <= week as usize {
                counts.push(Counts::default());
            }
            counts[week as usize].at_risk += 1;
            if last_week == Some(week) {
                counts[week as usize].leave(view, learner);
            }
        }
    }
    counts
}

fn axis_rows(view: &View<'_>, axis: &str, names: &[String], order: &[usize], counts: &[Counts<'_>], rows: &mut Rows) {
    let places: Vec<Place> = counts.iter().map(|counts| Place { at_risk: counts.at_risk, events: counts.withdrew + counts.stopped_out }).collect();
    let survival = kaplan_meier(&places, super::INTERVAL_ALPHA);
    for place in order {
        let (counts, survival) = (&counts[*place], &survival[*place]);
        let [hazard, lo, hi] = rate(counts.withdrew + counts.stopped_out, counts.at_risk);
        rows.push(&[
            Cell::Text(&view.course.id),
            Cell::Text(axis),
            Cell::Text(&names[*place]),
            (*place).into(),
            counts.at_risk.into(),
            counts.withdrew.into(),
            counts.stopped_out.into(),
            counts.completed.into(),
            hazard,
            lo,
            hi,
            survival.survival.into(),
            survival.lo.into(),
            survival.hi.into(),
            most_frequent(&counts.reasons).into(),
            most_frequent(&counts.last_contents).into(),
        ]);
    }
}

/// The name counted most often; of equals the first by name.
fn most_frequent<'a>(counts: &BTreeMap<&'a str, u64>) -> Option<&'a str> {
    counts.iter().max_by_key(|(name, count)| (**count, std::cmp::Reverse(**name))).map(|(name, _)| *name)
}
