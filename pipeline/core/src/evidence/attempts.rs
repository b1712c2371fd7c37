//! First attempts at assessments, each read once for both families that count them: items and quizzes.

use super::due::{DueAttempt, items_of};
use super::item_cells::ItemCounts;
use super::quiz_cells::QuizCounts;
use super::strata::Stratum;
use super::{ItemCell, QuizCell};
use crate::course::Course;
use crate::course::learner::Mark;

/// What a learner made of one item in a first attempt.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answered {
    /// By the course's number.
    pub(super) item: u32,
    pub(super) mark: Option<Mark>,
    pub(super) response: Option<u32>,
    /// The attempt at which the learner was right first.
    pub(super) right_at: Option<u32>,
    /// The time that the first answer took, as its bin.
    pub(super) response_bin: u8,
}

impl Course {
    pub(super) fn attempt_cells(&self, due: &[DueAttempt]) -> (Vec<ItemCell>, Vec<QuizCell>) {
        let (mut items, mut quizzes) = (ItemCounts::default(), QuizCounts::default());
        let mut answered: Vec<Answered> = Vec::new();
        for attempt in due {
            let learner = &self.learners[attempt.learner];
            answered.clear();
            let met = items_of(learner, &self.names, attempt.assessment).filter(|(_, state)| state.first_time().is_some_and(|time| time <= attempt.entry));
            answered.extend(met.map(|(item, state)| Answered {
                item,
                mark: state.first_mark(),
                response: state.first.and_then(|answer| answer.response),
                right_at: state.attempts_to_right(attempt.entry),
                response_bin: state.response_bin,
            }));
            let day = attempt.entry.day();
            let stratum = Stratum::of(self, learner, day, day);
            items.add(day, stratum, &answered);
            quizzes.add(day, stratum, attempt.assessment, &answered);
        }
        (items.cells(self), quizzes.cells(self))
    }

    pub(super) fn item_name(&self, item: u32) -> (&str, &str) {
        self.names.items.get(item).map_or(("", ""), |name| (self.names.assessments.text(name.assessment), self.names.item_ids.text(name.item)))
    }
}

/// The share of the highest mark, of `scale`, rounded: sums of such shares do not depend on the order of items.
pub(super) fn share(mark: Mark, scale: u64) -> u64 {
    let (score, max) = (u128::from(mark.score.unsigned_abs()), u128::from(mark.max.unsigned_abs()));
    ((2 * score * u128::from(scale) + max) / (2 * max)) as u64
}
