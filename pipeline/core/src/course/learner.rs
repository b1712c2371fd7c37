//! What is known of one learner in one course: a join of his events.

use super::account::Account;
use super::playback::Playback;
use super::strata::Strata;
use super::time_bins::{NO_TIME, time_bin};
use super::{Latest, Stamp};
use crate::pseudonym::Pseudonym;
use crate::time::{EventTime, Hour};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

/// Marks are held in millionths.
pub const MARK_SCALE: i64 = 1_000_000;

/// A mark: score and highest score, both above the lowest possible, in millionths. `max` is above 0, `score` at most `max`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mark {
    /// The score.
    pub score: i64,
    /// The highest possible.
    pub max: i64,
}

impl Mark {
    /// The share of the highest mark, 0 to 1.
    #[must_use]
    pub fn fraction(self) -> f64 {
        self.score as f64 / self.max as f64
    }

    /// Whether it is the full mark.
    #[must_use]
    pub fn is_full(self) -> bool {
        self.score == self.max
    }
}

/// The second attempt: the least number that an answer behind the first one has.
const SECOND: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);

/// One answer to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Answer {
    /// Its place in the order.
    pub stamp: Stamp,
    /// Its mark; `None` while ungraded.
    pub mark: Option<Mark>,
    /// The response, by its number in `names.words`.
    pub response: Option<u32>,
}

/// The earliest of the answers behind the first one that got the full mark; of one time the one with the least attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Right {
    time: EventTime,
    /// Number of the attempt, as the event has it; at least 2, for the first answer lies before.
    attempt: NonZeroU32,
}

/// What is known of the answers behind the first one.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Later {
    last: Answer,
    right: Option<Right>,
}

impl Later {
    fn new(answer: Answer) -> Self {
        let mut later = Self { last: answer, right: None };
        later.join(answer);
        later
    }

    fn join(&mut self, answer: Answer) {
        self.last = self.last.max(answer);
        let attempt = NonZeroU32::new(answer.stamp.rank).unwrap_or(NonZeroU32::MIN).max(SECOND);
        if answer.mark.is_some_and(Mark::is_full) {
            let right = Right { time: answer.stamp.time, attempt };
            self.right = Some(self.right.map_or(right, |held| held.min(right)));
        }
    }
}

/// What a learner did with an item. There are more of these than of anything else: 80 bytes, as a test holds it to.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ItemState {
    /// First answer.
    pub first: Option<Answer>,
    /// The answers behind it, where there are any: most learners answer an item once.
    later: Option<Box<Later>>,
    /// First and last mark that came apart from its answer.
    pub graded: Option<Box<(Answer, Answer)>>,
    /// Answers with a mark of their own.
    pub graded_answers: u32,
    /// Whether a hint was asked for.
    pub hinted: bool,
    /// Whether the answer was shown.
    pub revealed: bool,
    /// The time that the first answer took, as its bin ([`super::time_bins`]).
    pub response_bin: u8,
}

impl ItemState {
    /// Joins an answer, and the time that it took in milliseconds.
    pub fn answer(&mut self, answer: Answer, response_ms: Option<u64>) {
        self.graded_answers += u32::from(answer.mark.is_some());
        match self.first {
            Some(first) if first < answer => self.answer_later(answer),
            Some(first) if first == answer => {}
            earlier => {
                self.first = Some(answer);
                self.response_bin = response_ms.map_or(NO_TIME, time_bin);
                if let Some(no_longer_first) = earlier {
                    self.answer_later(no_longer_first);
                }
            }
        }
    }

    fn answer_later(&mut self, answer: Answer) {
        match &mut self.later {
            Some(later) => later.join(answer),
            None => self.later = Some(Box::new(Later::new(answer))),
        }
    }

    /// At which attempt the learner was right first, by all that he did up to a moment; `None` when he was not.
    ///
    /// It is the number that the event has. Where attempts have none, it is 1 for the first answer and 2 for any other.
    #[must_use]
    pub fn attempts_to_right(&self, through: EventTime) -> Option<u32> {
        if self.first_mark().is_some_and(Mark::is_full) {
            return Some(self.first.map_or(1, |first| first.stamp.rank.max(1)));
        }
        let right = self.later.as_ref().and_then(|later| later.right);
        right.filter(|right| right.time <= through).map(|right| right.attempt.get())
    }

    /// Last answer.
    #[must_use]
    pub fn last(&self) -> Option<Answer> {
        self.later.as_ref().map(|later| later.last).or(self.first)
    }

    /// Joins a mark for an earlier answer.
    pub fn grade(&mut self, grade: Answer) {
        match &mut self.graded {
            None => self.graded = Some(Box::new((grade, grade))),
            Some(graded) => {
                graded.0 = graded.0.min(grade);
                graded.1 = graded.1.max(grade);
            }
        }
    }

    /// The mark of the first attempt: its own, or else the first one given apart from it.
    #[must_use]
    pub fn first_mark(&self) -> Option<Mark> {
        self.first.and_then(|answer| answer.mark).or_else(|| self.graded.as_ref().and_then(|graded| graded.0.mark))
    }

    /// The mark of the last attempt: its own, or else the last one given apart from it.
    #[must_use]
    pub fn last_mark(&self) -> Option<Mark> {
        self.last().and_then(|answer| answer.mark).or_else(|| self.graded.as_ref().and_then(|graded| graded.1.mark))
    }

    /// When the first attempt was made.
    #[must_use]
    pub fn first_time(&self) -> Option<EventTime> {
        self.first.or_else(|| self.graded.as_ref().map(|graded| graded.0)).map(|answer| answer.stamp.time)
    }
}

/// What a learner did with an assessment as a whole.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct AssessmentState {
    /// First time it was handed in.
    pub submitted: Option<EventTime>,
    /// First and last mark of the whole.
    pub graded: Option<(Answer, Answer)>,
    /// Whether this learner's first attempt has been given as evidence.
    pub evidence_given: bool,
}

/// The first time a learner opened a content with one class of client.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Opening {
    /// The client, by its number in `names.words`.
    pub client: u32,
    /// The first event.
    pub first: Stamp,
    /// Whether that event was a failure.
    pub failed: bool,
}

/// What a learner did with a content.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ContentState {
    /// First event other than a failure.
    pub first: Option<EventTime>,
    /// Last event other than a failure.
    pub last: Option<EventTime>,
    /// Views: the sum of `count` over content.viewed.
    pub views: u64,
    /// content.played events.
    pub plays: u32,
    /// First content.completed.
    pub completed: Option<EventTime>,
    /// content.failed events.
    pub failures: u32,
    /// First openings by client.
    pub openings: Vec<Opening>,
    /// Playing, for recordings.
    pub playback: Option<Box<Playback>>,
    /// Whether the first sitting has been given as evidence.
    pub evidence_given: bool,
    /// The longest stay that an event of the first day reports, as its bin ([`super::time_bins`]).
    pub stay_bin: u8,
    /// Whether that stay has been given as evidence.
    pub stay_given: bool,
}

impl ContentState {
    /// Joins an event other than a failure: its time, and how long it says the learner stayed.
    ///
    /// Of stays only those of the earliest day count, and of these the longest: platforms repeat the time so far.
    pub fn meet(&mut self, time: EventTime, stay_ms: Option<u64>) {
        if self.first.is_none_or(|first| time < first) {
            if self.first.is_some_and(|first| time.day() < first.day()) {
                self.stay_bin = NO_TIME;
            }
            self.first = Some(time);
        }
        if let Some(ms) = stay_ms
            && self.first.map(EventTime::day) == Some(time.day())
        {
            self.stay_bin = self.stay_bin.max(time_bin(ms));
        }
        later(&mut self.last, time);
    }

    /// Joins the opening by a class of client; gives whether that changed anything.
    pub fn open(&mut self, opening: Opening) -> bool {
        match self.openings.iter_mut().find(|known| known.client == opening.client) {
            Some(known) if opening.first < known.first => *known = opening,
            Some(_) => return false,
            None => push_exact(&mut self.openings, opening),
        }
        true
    }
}

/// Adds to a list that mostly stays at one: room for four would be most of a state's memory.
pub(super) fn push_exact<T>(list: &mut Vec<T>, value: T) {
    if list.is_empty() {
        list.reserve_exact(1);
    }
    list.push(value);
}

/// Where an enrolment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Enrollment {
    /// In the course.
    Enrolled,
    /// Left it.
    Withdrawn,
    /// Finished it.
    Completed,
}

/// A learner in a course. Vectors are sorted by number.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Learner {
    /// Who.
    pub pseudonym: Pseudonym,
    /// Earliest enrolment event.
    pub enrolled: Option<EventTime>,
    /// Latest of created, withdrawn, completed.
    pub enrollment: Latest<Enrollment>,
    /// Reason of the latest withdrawal, by its number in `names.words`.
    pub reason: Latest<Option<u32>>,
    /// Enrolment mode and prior-ability class.
    pub strata: Strata,
    /// Whether a human stands behind it.
    pub account: Account,
    /// First activity.
    pub first_activity: Option<EventTime>,
    /// Last activity.
    pub last_activity: Option<EventTime>,
    /// Content of the last activity that has one.
    pub last_content: Latest<u32>,
    /// Hours with activity.
    pub hours: Vec<Hour>,
    /// Accepted events.
    pub events: u64,
    /// By content.
    pub contents: Vec<(u32, ContentState)>,
    /// By item.
    pub items: Vec<(u32, ItemState)>,
    /// By assessment.
    pub assessments: Vec<(u32, AssessmentState)>,
    /// First activity in each module named by events (contents of the outline are placed at the seal).
    pub modules: Vec<(u32, EventTime)>,
    /// Latest rating, in millionths.
    pub rating: Latest<i64>,
}

impl Learner {
    /// A learner of whom nothing is known yet.
    #[must_use]
    pub fn new(pseudonym: Pseudonym) -> Self {
        Self {
            pseudonym,
            enrolled: None,
            enrollment: Latest::default(),
            reason: Latest::default(),
            strata: Strata::default(),
            account: Account::default(),
            first_activity: None,
            last_activity: None,
            last_content: Latest::default(),
            hours: Vec::new(),
            events: 0,
            contents: Vec::new(),
            items: Vec::new(),
            assessments: Vec::new(),
            modules: Vec::new(),
            rating: Latest::default(),
        }
    }

    /// The state of a content, made on first sight.
    pub fn content(&mut self, number: u32) -> &mut ContentState {
        entry(&mut self.contents, number)
    }

    /// The state of an item, made on first sight.
    pub fn item(&mut self, number: u32) -> &mut ItemState {
        entry(&mut self.items, number)
    }

    /// The state of an assessment, made on first sight.
    pub fn assessment(&mut self, number: u32) -> &mut AssessmentState {
        entry(&mut self.assessments, number)
    }

    /// What is known of a content.
    #[must_use]
    pub fn content_state(&self, number: u32) -> Option<&ContentState> {
        self.contents.binary_search_by_key(&number, |(number, _)| *number).ok().map(|place| &self.contents[place].1)
    }

    /// Whether there was any activity.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.first_activity.is_some()
    }
}

fn entry<T: Default>(list: &mut Vec<(u32, T)>, number: u32) -> &mut T {
    let place = match list.binary_search_by_key(&number, |(number, _)| *number) {
        Ok(place) => place,
        Err(place) => {
            list.insert(place, (number, T::default()));
            place
        }
    };
    &mut list[place].1
}

/// The earlier of two times, where the first may be missing.
pub(super) fn earlier(held: &mut Option<EventTime>, time: EventTime) {
    *held = Some(held.map_or(time, |held| held.min(time)));
}

/// The later of two times, where the first may be missing.
pub(super) fn later(held: &mut Option<EventTime>, time: EventTime) {
    *held = Some(held.map_or(time, |held| held.max(time)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Day;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn first_and_last_answer_do_not_depend_on_order(
            seconds in proptest::collection::vec(0_i64..6, 1..6),
            keys in proptest::collection::vec(any::<u32>(), 6),
        ) {
            let answer = |second: i64| {
                let stamp = Stamp { time: EventTime(second), rank: 0, tie: 0 };
                Answer { stamp, mark: Some(Mark { score: second, max: 9 }), response: None }
            };
            let mut order: Vec<usize> = (0..seconds.len()).collect();
            order.sort_by_key(|place| keys[*place]);
            let mut state = ItemState::default();
            order.iter().for_each(|place| state.answer(answer(seconds[*place]), None));
            prop_assert_eq!(state.first, seconds.iter().min().map(|second| answer(*second)));
            prop_assert_eq!(state.last(), seconds.iter().max().map(|second| answer(*second)));
        }

        #[test]
        fn what_an_item_and_a_content_took_do_not_depend_on_order(
            // Second, whether right, time to respond or stay in seconds.
            answers in proptest::collection::vec((0_i64..8, any::<bool>(), 0_u64..50), 1..8),
            keys in proptest::collection::vec(any::<u32>(), 8),
            through in 0_i64..8,
        ) {
            let answer = |place: usize| {
                let (second, right, _) = answers[place];
                let stamp = Stamp { time: EventTime(second), rank: 1 + place as u32, tie: 0 };
                Answer { stamp, mark: Some(Mark { score: i64::from(right), max: 1 }), response: None }
            };
            let mut order: Vec<usize> = (0..answers.len()).collect();
            order.sort_by_key(|place| keys[*place]);
            let (mut item, mut content) = (ItemState::default(), ContentState::default());
            for place in order {
                item.answer(answer(place), Some(1000 * answers[place].2));
                // Two seconds are a day here.
                content.meet(Day(answers[place].0 as i32 / 2).start(), Some(1000 * answers[place].2));
            }
            let first = (0..answers.len()).min_by_key(|place| answer(*place).stamp).unwrap_or_default();
            prop_assert_eq!(item.response_bin, time_bin(1000 * answers[first].2));
            let right = (0..answers.len()).filter(|place| answers[*place].1 && (*place == first || answers[*place].0 <= through));
            let attempt = |place: usize| if place == first { 1 + place as u32 } else { 2.max(1 + place as u32) };
            prop_assert_eq!(item.attempts_to_right(EventTime(through)), right.min_by_key(|place| answer(*place).stamp).map(attempt));
            let stays = answers.iter().filter(|(second, ..)| *second / 2 == answers[first].0 / 2);
            prop_assert_eq!(content.stay_bin, stays.map(|(.., seconds)| time_bin(1000 * seconds)).max().unwrap_or_default());
        }
    }

    #[test]
    fn states_are_no_larger_than_said() {
        assert_eq!((size_of::<ItemState>(), size_of::<ContentState>()), (80, 104));
    }

    #[test]
    fn without_numbers_the_first_answer_is_attempt_1_and_any_other_is_2() {
        let answer = |second: i64, right: bool| {
            let stamp = Stamp { time: EventTime(second), rank: 0, tie: 0 };
            Answer { stamp, mark: Some(Mark { score: i64::from(right), max: 1 }), response: None }
        };
        let mut state = ItemState::default();
        [answer(2, false), answer(3, false), answer(4, true)].into_iter().for_each(|answer| state.answer(answer, None));
        assert_eq!([3, 4].map(|through| state.attempts_to_right(EventTime(through))), [None, Some(2)]);
        state.answer(answer(1, true), None);
        assert_eq!(state.attempts_to_right(EventTime(1)), Some(1));
    }
}
