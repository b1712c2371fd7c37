//! studentAssessment: work that was handed in, with its mark.
//!
//! One row gives one event, `assessment.submitted` on the day of handing in, with the mark where there is one: the date is
//! the student's, so the event is his activity, not the marker's. Marks are out of 100.

use super::events::{DayEvent, What};
use super::learners::Registrations;
use super::presentations::{AssessmentIndex, Presentations};
use super::table::Table;
use super::{OuladError, StudentIndex, Students, Summary};
use std::collections::HashMap;

/// The submissions of this run, in the order of the file.
#[derive(Debug, Default)]
pub(super) struct Submissions {
    rows: Vec<Submission>,
}

#[derive(Debug, Clone, Copy)]
struct Submission {
    assessment: AssessmentIndex,
    student: StudentIndex,
    day: i32,
    mark: Option<f64>,
}

pub(super) fn read(
    table: Table,
    presentations: &Presentations,
    students: &mut Students,
    registrations: &Registrations,
    summary: &mut Summary,
) -> Result<Submissions, OuladError> {
    let (assessment, student, submitted) = (table.column("id_assessment")?, table.column("id_student")?, table.column("date_submitted")?);
    let (banked, score) = (table.column("is_banked")?, table.column("score")?);
    let mut submissions = Submissions::default();
    table.for_each(|row| {
        let (id, student, day, mark) = (row.id(assessment)?, row.id(student)?, row.day(submitted)?, row.mark(score)?);
        let is_banked = match row.count(banked)? {
            None | Some(0) => false,
            Some(1) => true,
            Some(_) => return Err(row.bad(banked, "0, or 1 for a score carried over from an earlier run")),
        };
        summary.submissions += 1;
        match (is_banked, presentations.assessment(id), day) {
            (true, _, _) => summary.submissions_banked += 1,
            (false, None, _) => summary.unknown_assessments += 1,
            (false, Some(_), None) => summary.submissions_without_date += 1,
            (false, Some(assessment), Some(day)) => {
                let student = students.intern(student);
                let is_registered = registrations.hold(presentations.get_assessment(assessment).presentation, student);
                summary.unknown_registrations += u64::from(!is_registered);
                summary.submissions_without_score += u64::from(mark.is_none());
                submissions.rows.push(Submission { assessment, student, day, mark });
            }
        }
        Ok(())
    })?;
    Ok(submissions)
}

impl Submissions {
    /// Adds one event a submission.
    pub(super) fn events(&self, presentations: &Presentations, out: &mut Vec<DayEvent>) {
        let mut ordinals: HashMap<(AssessmentIndex, StudentIndex), u32> = HashMap::new();
        for &Submission { assessment, student, day, mark } in &self.rows {
            let presentation = presentations.get_assessment(assessment).presentation;
            let ordinal = *ordinals.entry((assessment, student)).and_modify(|last| *last += 1).or_insert(1);
            let day = presentations.get(presentation).start.plus(day);
            out.push(DayEvent { day, presentation, student: Some(student), ordinal, what: What::Submitted { assessment, mark } });
        }
    }
}
