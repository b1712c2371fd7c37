//! What is known of one learner in one course: a join of his events.

mod item;

use super::account::Account;
use super::playback::Playback;
use super::strata::Strata;
use super::time_bins::{NO_TIME, time_bin};
use super::{Latest, Stamp};
use crate::pseudonym::Pseudonym;
use crate::time::{EventTime, Hour};
pub use item::ItemState;
use serde::{Deserialize, Serialize};

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
mod tests;
