//! `course_activity`: one row an hour in which anything happened.

use super::View;
use crate::table::{Cell, Rows, contracts};

pub(super) fn rows(view: &View<'_>) -> Rows {
    let mut rows = Rows::new(&contracts::COURSE_ACTIVITY);
    for (hour, counts) in &view.course.hours {
        rows.push(&[
            Cell::Text(&view.course.id),
            hour.start().into(),
            counts.events.into(),
            counts.active.into(),
            counts.enrolled.into(),
            counts.withdrew.into(),
        ]);
    }
    rows
}
