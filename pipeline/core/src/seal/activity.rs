//! `course_activity`: one row an hour in which anything happened.

use super::View;
use crate::table::{Cell, Rows, contracts};
use crate::time::Hour;
use hashbrown::HashMap;

pub(super) fn rows(view: &View<'_>) -> Rows {
    let mut rows = Rows::new(&contracts::COURSE_ACTIVITY);
    let mut active: HashMap<Hour, u64> = HashMap::new();
    for hour in view.learners.iter().flat_map(|learner| &learner.hours) {
        *active.entry(*hour).or_default() += 1;
    }
    for (hour, counts) in &view.course.hours {
        rows.push(&[
            Cell::Text(&view.course.id),
            hour.start().into(),
            counts.events.into(),
            active.get(hour).copied().unwrap_or_default().into(),
            counts.enrolled.into(),
            counts.withdrew.into(),
        ]);
    }
    rows
}
