//! `course_quality`: one row a course run.

use super::{Standing, View, rate};
use crate::course::learner::MARK_SCALE;
use crate::table::{Cell, Rows, contracts};

pub(super) fn rows(view: &View<'_>) -> Rows {
    let mut rows = Rows::new(&contracts::COURSE_QUALITY);
    let count = |test: &dyn Fn(&crate::course::learner::Learner) -> bool| view.learners.iter().filter(|learner| test(learner)).count() as u64;
    let enrolled = count(&|learner| learner.enrolled.is_some());
    let active = count(&|learner| learner.is_active());
    let never_active = count(&|learner| learner.enrolled.is_some() && !learner.is_active());
    let withdrew = count(&|learner| view.standing(learner) == Standing::Withdrawn);
    let stopped_out = count(&|learner| view.standing(learner) == Standing::StoppedOut);
    let completed = count(&|learner| view.standing(learner) == Standing::Completed);
    let ratings: Vec<i64> = view.learners.iter().filter_map(|learner| learner.rating.get().copied()).collect();
    let mean_rating =
        (!ratings.is_empty()).then(|| ratings.iter().map(|rating| i128::from(*rating)).sum::<i128>() as f64 / ratings.len() as f64 / MARK_SCALE as f64);
    let [withdrawal, withdrawal_lo, withdrawal_hi] = rate(withdrew, enrolled);
    let [stop_out, stop_out_lo, stop_out_hi] = rate(stopped_out, active);
    let [complete, complete_lo, complete_hi] = rate(completed, enrolled);
    rows.push(&[
        Cell::Text(&view.course.id),
        view.course.provider.get().map(|provider| &**provider).into(),
        enrolled.into(),
        active.into(),
        never_active.into(),
        withdrew.into(),
        stopped_out.into(),
        completed.into(),
        withdrawal,
        withdrawal_lo,
        withdrawal_hi,
        stop_out,
        stop_out_lo,
        stop_out_hi,
        complete,
        complete_lo,
        complete_hi,
        ratings.len().into(),
        mean_rating.into(),
        view.course.title.get().map(|title| &**title).into(),
        view.course.clock().into(),
        view.course.overflow.into(),
    ]);
    rows
}
