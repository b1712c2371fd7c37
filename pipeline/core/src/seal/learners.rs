//! `learner_course`: one row a learner. Restricted, learner-level.

use super::{Standing, View, text_or_null};
use crate::table::{Cell, Rows, contracts};

/// `completed`: contents that each learner completed, in the view's order of learners.
pub(super) fn rows(view: &View<'_>, completed: &[u32]) -> Rows {
    let mut rows = Rows::with_room(&contracts::LEARNER_COURSE, view.learners.len());
    let words = &view.course.names.words;
    for ((learner, arrivals), completed) in view.walks().zip(completed) {
        let status = match view.standing(learner) {
            Standing::Enrolled => "enrolled",
            Standing::Active => "active",
            Standing::StoppedOut => "stopped_out",
            Standing::Withdrawn => "withdrawn",
            Standing::Completed => "completed",
        };
        let furthest = arrivals.last().map(|(place, _)| view.places.module(*place));
        let pseudonym = learner.pseudonym.to_string();
        rows.push(&[
            Cell::Text(&view.course.id),
            Cell::Text(&pseudonym),
            Cell::Text(status),
            learner.enrolled.into(),
            learner.first_activity.into(),
            learner.last_activity.into(),
            learner.strata.mode().map(|mode| words.text(mode)).into(),
            learner.strata.class().map(u32::from).into(),
            learner.events.into(),
            learner.hours.len().into(),
            learner.contents.iter().filter(|(_, state)| state.first.is_some()).count().into(),
            (*completed).into(),
            learner.items.iter().filter(|(_, state)| state.first_mark().is_some()).count().into(),
            learner.items.iter().filter(|(_, state)| state.first_mark().is_some_and(|mark| mark.is_full())).count().into(),
            furthest.into(),
            learner.last_content.get().map_or(Cell::Null, |content| text_or_null(view.course.names.contents.text(*content))),
            learner.reason.get().copied().flatten().map_or(Cell::Null, |reason| text_or_null(words.text(reason))),
        ]);
    }
    rows
}
