//! What a learner did with one item: first and last answer, and when he was right.

use super::super::time_bins::{NO_TIME, time_bin};
use super::{Answer, Mark};
use crate::time::EventTime;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

/// The second attempt: the least number that an answer behind the first one has.
const SECOND: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);

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
    /// The time that the first answer took, as its bin ([`crate::course::time_bins`]).
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
