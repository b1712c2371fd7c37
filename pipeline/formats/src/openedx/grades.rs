//! Grades. Whoever caused one, the learner is the one whom the payload names.
//!
//! `edx.grades.problem.submitted` repeats the grade of a problem's `problem_check` and is ignored for problems. Other blocks that
//! give grades (open assessments, drag and drop, external tools) send nothing else with a score, so theirs counts.

use super::collect::Collector;
use super::keys::block_type;
use super::problems::of_problem;
use super::score::scored;
use super::tolerant::{Number, Text};
use serde::Deserialize;
use teachback_core::event::{Data, EventType};
use teachback_core::refusal::Refusal;

/// What was graded, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GradeOf {
    /// A block, because answers were handed in.
    Submission,
    /// A block, again.
    Rescored,
    /// A block, by the decision of staff.
    Overridden,
    /// A subsection, the sum of its graded blocks.
    Subsection,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Grade<'a> {
    #[serde(borrow)]
    course_id: Text<'a>,
    #[serde(borrow)]
    problem_id: Text<'a>,
    #[serde(borrow)]
    block_id: Text<'a>,
    #[serde(borrow)]
    course_version: Text<'a>,
    weighted_earned: Number,
    weighted_possible: Number,
    new_weighted_earned: Number,
    new_weighted_possible: Number,
    weighted_graded_earned: Number,
    weighted_graded_possible: Number,
}

/// Maps a grade.
///
/// # Errors
/// `bad_identifier`.
pub(super) fn map(of: GradeOf, out: &mut Collector<'_, '_>) -> Result<(), Refusal> {
    let Some(grade) = out.line.payload.read::<Grade<'_>>() else {
        out.partial("payload");
        return Ok(());
    };
    let (block, place, earned, possible) = match of {
        GradeOf::Submission | GradeOf::Overridden => (&grade.problem_id, "problem_id", grade.weighted_earned, grade.weighted_possible),
        GradeOf::Rescored => (&grade.problem_id, "problem_id", grade.new_weighted_earned, grade.new_weighted_possible),
        GradeOf::Subsection => (&grade.block_id, "block_id", grade.weighted_graded_earned, grade.weighted_graded_possible),
    };
    let Some(block) = block.get() else {
        out.partial(place);
        return Ok(());
    };
    if of == GradeOf::Submission && block_type(block) == Some("problem") {
        out.twin();
        return Ok(());
    }
    let course_version = grade.course_version.get().map(|version| version.to_owned().into());
    out.happened(EventType::AssessmentGraded, grade.course_id.get(), scored(earned, possible, Data { course_version, ..of_problem(block) }))
}
