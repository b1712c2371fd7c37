//! What is due: first attempts, first sittings and first stays that lie in a closed day and have not been told.

use crate::course::Course;
use crate::course::learner::{ContentState, ItemState, Learner};
use crate::course::names::Names;
use crate::course::playback::SITTING_IDLE;
use crate::course::time_bins::NO_TIME;
use crate::seal::ASSESSMENT_IDLE;
use crate::time::{Day, EventTime};

/// A first attempt that is to be told.
#[derive(Debug, Clone, Copy)]
pub(super) struct DueAttempt {
    /// Place in the course's learners.
    pub(super) learner: usize,
    pub(super) assessment: u32,
    pub(super) entry: EventTime,
}

/// A first sitting at a recording that is to be told.
#[derive(Debug, Clone, Copy)]
pub(super) struct DueSitting {
    /// Place in the course's learners.
    pub(super) learner: usize,
    /// Place in the learner's contents.
    pub(super) place: usize,
    /// The sitting's last point.
    pub(super) end: EventTime,
}

impl DueSitting {
    /// The evidence day.
    pub(super) fn day(&self) -> Day {
        self.end.plus(SITTING_IDLE).day()
    }
}

/// A first stay at a content, as events report it, that is to be told.
#[derive(Debug, Clone, Copy)]
pub(super) struct DueStay {
    /// Place in the course's learners.
    pub(super) learner: usize,
    /// Place in the learner's contents.
    pub(super) place: usize,
    /// The evidence day.
    pub(super) day: Day,
}

/// What lies in a closed day and has not been told.
pub(super) struct Due {
    pub(super) attempts: Vec<DueAttempt>,
    pub(super) sittings: Vec<DueSitting>,
    pub(super) stays: Vec<DueStay>,
}

impl Due {
    pub(super) fn of(course: &Course, closed: EventTime) -> Self {
        let mut due = Self { attempts: Vec::new(), sittings: Vec::new(), stays: Vec::new() };
        let (mut assessments, mut times) = (Vec::new(), Vec::new());
        for (learner, known) in course.learners.iter().enumerate() {
            assessments.clear();
            for assessment in known.items.iter().filter_map(|(item, _)| course.names.items.get(*item)).map(|name| name.assessment) {
                // The items of an assessment mostly lie side by side.
                if assessments.last() != Some(&assessment) {
                    assessments.push(assessment);
                }
            }
            assessments.sort_unstable();
            assessments.dedup();
            assessments.retain(|assessment| !known.assessments.iter().any(|(number, state)| number == assessment && state.evidence_given));
            for assessment in assessments.iter().copied() {
                if let Some(entry) = entry_time(known, &course.names, assessment, &mut times).filter(|entry| is_closed(*entry, closed)) {
                    due.attempts.push(DueAttempt { learner, assessment, entry });
                }
            }
            for (place, (_, state)) in known.contents.iter().enumerate() {
                due.sittings.extend(sitting_end(state).filter(|end| is_closed(end.plus(SITTING_IDLE), closed)).map(|end| DueSitting { learner, place, end }));
                due.stays.extend(stay(state).filter(|first| is_closed(*first, closed)).map(|first| DueStay { learner, place, day: first.day() }));
            }
        }
        due
    }
}

/// The end of a first sitting that has not been told.
fn sitting_end(state: &ContentState) -> Option<EventTime> {
    state.playback.as_ref().filter(|_| !state.evidence_given)?.first_sitting_end()
}

/// The beginning of a reported stay that has not been told.
fn stay(state: &ContentState) -> Option<EventTime> {
    state.first.filter(|_| state.stay_bin != NO_TIME && !state.stay_given)
}

/// Whether everything of the day of a moment is closed.
pub(super) fn is_closed(moment: EventTime, closed: EventTime) -> bool {
    moment.day().end() <= closed
}

/// The items of an assessment that a learner met.
pub(super) fn items_of<'a>(learner: &'a Learner, names: &'a Names, assessment: u32) -> impl Iterator<Item = (u32, &'a ItemState)> {
    learner.items.iter().filter(move |(item, _)| names.items.get(*item).is_some_and(|name| name.assessment == assessment)).map(|(item, state)| (*item, state))
}

/// When a learner's first attempt at an assessment is over: handed in, or 48 hours after the last answer before a pause.
///
/// `times` is room to work in.
fn entry_time(learner: &Learner, names: &Names, assessment: u32, times: &mut Vec<EventTime>) -> Option<EventTime> {
    times.clear();
    times.extend(items_of(learner, names, assessment).filter_map(|(_, state)| state.first_time()));
    times.sort_unstable();
    let gap = times.windows(2).position(|pair| pair[1].0 - pair[0].0 > ASSESSMENT_IDLE);
    let idle = gap.map(|place| times[place]).or_else(|| times.last().copied())?.plus(ASSESSMENT_IDLE);
    let handed_in = learner.assessments.iter().find(|(number, _)| *number == assessment).and_then(|(_, state)| state.submitted);
    Some(handed_in.filter(|time| *time >= times[0] && *time <= idle).unwrap_or(idle))
}
