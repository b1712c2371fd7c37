//! Special exams: timed, practice and proctored attempts at a subsection.
//!
//! `created` begins an attempt and `submitted` ends it; the platform's own xAPI says the same. `started` follows `created` and is
//! its twin. What proctors decide afterwards is no event of the catalogue.

use super::collect::Collector;
use super::problems::of_problem;
use super::tolerant::{Number, Text};
use serde::Deserialize;
use teachback_core::event::{Data, EventType};
use teachback_core::refusal::Refusal;

/// A step of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExamStep {
    /// The attempt began.
    Created,
    /// The clock runs.
    Started,
    /// It was handed in.
    Submitted,
}

impl ExamStep {
    /// The step that a name means.
    pub(super) fn of(name: &str) -> Option<Self> {
        let (kind, step) = name.strip_prefix("edx.special_exam.")?.split_once(".attempt.")?;
        match (kind, step) {
            ("timed" | "practice" | "proctored", "created") => Some(Self::Created),
            ("timed" | "practice" | "proctored", "started") => Some(Self::Started),
            ("timed" | "practice" | "proctored", "submitted") => Some(Self::Submitted),
            _ => None,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Exam<'a> {
    #[serde(borrow)]
    course_id: Text<'a>,
    #[serde(borrow)]
    exam_content_id: Text<'a>,
    attempt_event_elapsed_time_secs: Number,
}

/// Maps a step of an attempt.
///
/// # Errors
/// `bad_identifier`.
pub(super) fn map(step: ExamStep, out: &mut Collector<'_, '_>) -> Result<(), Refusal> {
    let event_type = match step {
        ExamStep::Created => EventType::AssessmentStarted,
        ExamStep::Submitted => EventType::AssessmentSubmitted,
        ExamStep::Started => {
            out.twin();
            return Ok(());
        }
    };
    let exam: Exam<'_> = out.line.payload.read().unwrap_or_default();
    let Some(block) = exam.exam_content_id.get() else {
        out.partial("exam_content_id");
        return Ok(());
    };
    let duration_s = exam.attempt_event_elapsed_time_secs.get().filter(|seconds| *seconds >= 0.0 && step == ExamStep::Submitted);
    out.happened(event_type, exam.course_id.get(), Data { duration_s, ..of_problem(block) })
}
